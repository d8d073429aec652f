/*
 * b64: base64 of RFC 4648, standard alphabet with padding; and the URL-safe
 * alphabet without padding for tokens.
 */
#ifndef BASE_B64_H
#define BASE_B64_H

#include "base/base.h"

#define B64_LEN(n) (((n) + 2) / 3 * 4)

/** Writes B64_LEN(n) characters to out, no NUL. Returns how many. */
size_t b64_encode(char *out, const void *in, size_t n);
/**
 * Bytes written, or -EBADMSG (alphabet, padding), -ENOSPC. Takes padding or
 * its absence; never reads or writes past the slices.
 */
int b64_decode(void *out, size_t size, struct sv in);
/** URL-safe, no padding. out needs B64_LEN(n) + 1 bytes; adds a NUL. */
size_t b64url_encode(char *out, const void *in, size_t n);
int b64url_decode(void *out, size_t size, struct sv in);

#endif
