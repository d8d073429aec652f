/*
 * "1.<call>.<business>.<expiry>.<mac>". The mac is compared as text: the
 * last character of base64 has bits that no byte holds, and a token must not
 * have two spellings.
 */
#include "proto/stream_token.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/b64.h"

enum { ID_MAX = 64, SECRET_MIN = 16, MAC_LEN = 43 };

static bool plain(struct sv s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '-' || c == '_'))
			return false;
	}
	return s.len && s.len <= ID_MAX;
}

static int sign(char out[B64_LEN(SHA256_DIGEST_LENGTH) + 1], struct sv secret,
		struct sv nonce, struct sv head)
{
	unsigned char mac[SHA256_DIGEST_LENGTH];
	unsigned len = sizeof(mac);
	struct buf b;
	int err = 0;

	if (secret.len < SECRET_MIN || secret.len > 4096)
		return -EINVAL;
	buf_init(&b, 1024);
	buf_str(&b, "nightbell stream\n");
	buf_sv(&b, nonce);
	buf_char(&b, '\n');
	buf_sv(&b, head);
	err = b.err;
	if (!err && !HMAC(EVP_sha256(), secret.p, (int)secret.len,
			  (const unsigned char *)b.p, b.len, mac, &len))
		err = -ENOMEM;
	if (!err)
		b64url_encode(out, mac, sizeof(mac));
	buf_fini(&b);
	return err;
}

int stream_token_make(struct buf *out, struct sv secret, struct sv nonce,
		      struct sv call, struct sv business, int64_t expires_s)
{
	char mac[B64_LEN(SHA256_DIGEST_LENGTH) + 1];
	size_t from = out->len;
	int err;

	if (!plain(nonce) || !plain(call) || !plain(business) || expires_s < 0)
		return -EINVAL;
	if (buf_printf(out, "1.%.*s.%.*s.%lld", SV_ARG(call), SV_ARG(business),
		       (long long)expires_s))
		return out->err;
	err = sign(mac, secret, nonce,
		   (struct sv){out->p + from, out->len - from});
	if (err)
		return err;
	buf_char(out, '.');
	return buf_add(out, mac, MAC_LEN);
}

/* The part up to the next dot, which goes too; the rest when there is none. */
static struct sv part(struct sv *rest)
{
	const char *dot = rest->len ? memchr(rest->p, '.', rest->len) : NULL;
	struct sv s = *rest;

	if (dot)
		s.len = (size_t)(dot - rest->p);
	rest->p += MIN(s.len + 1, rest->len);
	rest->len -= MIN(s.len + 1, rest->len);
	return s;
}

int stream_token_check(struct sv token, struct sv secret, struct sv nonce,
		       int64_t now_s, struct sv *call, struct sv *business)
{
	char want[B64_LEN(SHA256_DIGEST_LENGTH) + 1];
	struct sv rest = token, expiry, mac, head, c, b;
	int64_t expires_s;

	if (token.len > STREAM_TOKEN_MAX || !sv_eq(part(&rest), "1"))
		return -EBADMSG;
	c = part(&rest);
	b = part(&rest);
	expiry = part(&rest);
	mac = rest;
	if (!plain(c) || !plain(b) || mac.len != MAC_LEN ||
	    sv_i64(&expires_s, expiry))
		return -EBADMSG;
	head = (struct sv){token.p, token.len - MAC_LEN - 1};
	if (!plain(nonce) || sign(want, secret, nonce, head) ||
	    CRYPTO_memcmp(want, mac.p, MAC_LEN))
		return -EACCES;
	if (now_s >= expires_s)
		return -ETIME;
	*call = c;
	*business = b;
	return 0;
}
