#include "proto/access.h"

#include <stdlib.h>

#include <jwt.h>

#define ISSUER "nightbell"

int access_print(char out[ACCESS_TEXT_MAX], const struct access *a,
		 struct sv secret, int64_t now_s, int life_s)
{
	jwt_t *jwt = NULL;
	char *text = NULL;
	int err = -ENOMEM;

	if (jwt_new(&jwt))
		return -ENOMEM;
	if (!jwt_add_grant(jwt, "iss", ISSUER) &&
	    !jwt_add_grant(jwt, "sub", a->user) &&
	    !jwt_add_grant(jwt, "sid", a->session) &&
	    !jwt_add_grant_int(jwt, "iat", (long)now_s) &&
	    !jwt_add_grant_int(jwt, "exp", (long)(now_s + life_s)) &&
	    !jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)secret.p,
			 (int)secret.len))
		text = jwt_encode_str(jwt);
	if (text)
		err = sv_copy(out, ACCESS_TEXT_MAX, sv_str(text));
	free(text);
	jwt_free(jwt);
	return err;
}

static int take(char out[UUID_LEN + 1], jwt_t *jwt, const char *name)
{
	const char *v = jwt_get_grant(jwt, name);

	if (!v || !uuid_valid(sv_str(v)))
		return -EACCES;
	return sv_copy(out, UUID_LEN + 1, sv_str(v));
}

int access_read(struct access *a, struct sv text, struct sv secret,
		int64_t now_s)
{
	char z[ACCESS_TEXT_MAX];
	struct access got;
	jwt_t *jwt = NULL;
	const char *iss;
	int err = -EACCES;

	if (!secret.len || sv_copy(z, sizeof(z), text) ||
	    jwt_decode(&jwt, z, (const unsigned char *)secret.p,
		       (int)secret.len))
		return -EACCES;
	iss = jwt_get_grant(jwt, "iss");
	/* Its header may name another algorithm: "none" for one. */
	if (jwt_get_alg(jwt) != JWT_ALG_HS256 || !iss || strcmp(iss, ISSUER) ||
	    take(got.user, jwt, "sub") || take(got.session, jwt, "sid"))
		goto out;
	err = jwt_get_grant_int(jwt, "exp") <= now_s ? -ETIME : 0;
	if (!err)
		*a = got;
out:
	jwt_free(jwt);
	return err;
}

bool access_looks_so(struct sv text)
{
	unsigned dots = 0;

	for (size_t i = 0; i < text.len; i++)
		dots += text.p[i] == '.';
	return dots == 2;
}
