/*
 * access: the token of somebody who signed in (a JWT, HS256): short-lived, so
 * that nobody has to be asked whether it still counts. Pure: the time is
 * handed in.
 */
#ifndef PROTO_ACCESS_H
#define PROTO_ACCESS_H

#include "base/uuid.h"

#define ACCESS_TEXT_MAX 512

struct access {
	char user[UUID_LEN + 1];    /* sub */
	char session[UUID_LEN + 1]; /* sid */
};

/** Good for life_s from now_s (since 1970) on. 0, -ENOMEM. */
int access_print(char out[ACCESS_TEXT_MAX], const struct access *a,
		 struct sv secret, int64_t now_s, int life_s);

/**
 * -EACCES: not ours, whatever is wrong with it; -ETIME: it was. *a is set
 * only on 0.
 */
int access_read(struct access *a, struct sv text, struct sv secret,
		int64_t now_s);

/** Three parts with dots: what could be one of ours. */
bool access_looks_so(struct sv text);

#endif
