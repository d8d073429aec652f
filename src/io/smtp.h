/*
 * smtp: hands one message to a mail server (libcurl). It runs on the thread
 * pool: libcurl waits for the server's word about a message, and for its
 * goodbye, without turning the loop. Verifies TLS; each message has a
 * connection of its own; never logs what is in it.
 */
#ifndef IO_SMTP_H
#define IO_SMTP_H

#include "io/loop.h"

struct smtp_call;

enum smtp_tls {
	SMTP_TLS_REQUIRED, /* smtp:// without STARTTLS fails */
	SMTP_TLS_TRY,
	SMTP_TLS_NEVER,
};

struct smtp_prm {
	const char *url;	     /* "smtp://host:587", "smtps://host:465" */
	enum smtp_tls tls;	     /* for smtp:// */
	const char *user, *password; /* NULL: no login */
	const char *ca_file;	     /* NULL: the system's */
	const char *connect_to;	     /* "host:port:addr:port" or NULL */
	const char *from, *to; /* addresses alone, checked by the caller; to
				* NULL: only tries connection and login */
	struct sv message;     /* copied; CRLF line ends, no dot-stuffing */
	int timeout_ms;
};

struct smtp_result {
	int err;   /* 0 taken, -EACCES login refused, -ETIMEDOUT, -ECONNREFUSED,
		  * -ENOENT no such host, -EPROTO TLS, -EINVAL the URL,
		  * -EREMOTEIO the server said no: see reply; -ECONNRESET */
	int reply; /* the server's last word (250, 550 …), 0 none */
	bool sent; /* it has the whole message and did not say what becomes of
		    * it: nobody knows */
	const char *why; /* a sentence when err */
};

typedef void smtp_h(const struct smtp_result *r, void *arg);

/**
 * h runs exactly once unless cancelled, never from inside this call; r is
 * lent. 0, -ENOMEM or -EINVAL.
 */
int smtp_send(struct smtp_call **out, struct loop *l,
	      const struct smtp_prm *prm, smtp_h *h, void *arg);
/** Before h ran. The message may go out nevertheless. */
void smtp_cancel(struct smtp_call *call);

#endif
