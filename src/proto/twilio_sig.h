/*
 * twilio_sig: the X-Twilio-Signature of a request: base64 of HMAC-SHA1 over
 * the URL that the carrier was given, followed by the sorted parameters. A
 * WebSocket upgrade signs its wss URL and no parameters.
 */
#ifndef PROTO_TWILIO_SIG_H
#define PROTO_TWILIO_SIG_H

#include "proto/form.h"

#define TWILIO_SIG_LEN 28

/**
 * Signs url exactly as it stands (without a fragment) with params of a form
 * POST; NULL: none (GET, WebSocket, JSON). Writes TWILIO_SIG_LEN characters
 * and a NUL. 0, -EINVAL no token, -ENOMEM.
 */
int twilio_sig_make(char out[TWILIO_SIG_LEN + 1], struct sv token,
		    struct sv url, const struct form *params);

/**
 * True when sig belongs to the request in one of the spellings of its URL
 * that the carrier is known to sign: with and without port and credentials,
 * for ws and wss also with and without a slash at the end. Compares in
 * constant time. An empty token or signature is always false.
 */
bool twilio_sig_check(struct sv token, struct sv sig, struct sv url,
		      const struct form *params);

/**
 * A body that is not a form: true when the query of url holds bodySHA256=
 * with the hash of exactly these bytes. Its signature is checked separately,
 * with params NULL.
 */
bool twilio_sig_body(struct sv url, struct sv body);

#endif
