#include "proto/twilio_sig.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "base/b64.h"
#include "proto/url.h"

static int sv_cmp(struct sv a, struct sv b)
{
	int d = memcmp(a.p, b.p, MIN(a.len, b.len));

	if (d)
		return d;
	return a.len < b.len ? -1 : a.len > b.len;
}

static int pair_cmp(const void *pa, const void *pb)
{
	const struct form_pair *a = pa, *b = pb;
	int d = sv_cmp(a->name, b->name);

	return d ? d : sv_cmp(a->value, b->value);
}

/* Name and value of each distinct pair, sorted, without separators. */
static int add_params(struct buf *out, const struct form *params)
{
	struct form_pair *v;

	if (!params || !params->n)
		return 0;
	v = malloc(params->n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	memcpy(v, params->v, params->n * sizeof(*v));
	qsort(v, params->n, sizeof(*v), pair_cmp);
	for (size_t i = 0; i < params->n; i++) {
		if (i && !pair_cmp(&v[i - 1], &v[i]))
			continue;
		buf_sv(out, v[i].name);
		buf_sv(out, v[i].value);
	}
	free(v);
	return out->err;
}

static int sign(char out[TWILIO_SIG_LEN + 1], struct sv token, struct sv data)
{
	unsigned char mac[SHA_DIGEST_LENGTH];
	unsigned len = sizeof(mac);

	if (!token.len || token.len > 4096)
		return -EINVAL;
	if (!HMAC(EVP_sha1(), token.p, (int)token.len,
		  (const unsigned char *)data.p, data.len, mac, &len))
		return -ENOMEM;
	out[b64_encode(out, mac, len)] = '\0';
	return 0;
}

int twilio_sig_make(char out[TWILIO_SIG_LEN + 1], struct sv token,
		    struct sv url, const struct form *params)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	buf_sv(&b, url);
	err = add_params(&b, params);
	if (!err)
		err = b.err;
	if (!err)
		err = sign(out, token, buf_get(&b));
	buf_fini(&b);
	return err;
}

/* How one candidate spells the parts that the carrier's sides disagree on. */
struct spelling {
	bool user;
	int port;	 /* 0 none, 1 the scheme's own, 2 as given */
	int slash;	 /* 0 as given, 1 the other way */
	bool apostrophe; /* ' of the query as %27 */
};

static void add_query(struct buf *b, struct sv query, bool apostrophe)
{
	for (size_t i = 0; i < query.len; i++) {
		if (query.p[i] == '\'' && apostrophe)
			buf_str(b, "%27");
		else
			buf_char(b, query.p[i]);
	}
}

static void spell(struct buf *b, const struct url *u, const struct spelling *s)
{
	bool tls = sv_eq(u->scheme, "https") || sv_eq(u->scheme, "wss");
	struct sv path = u->path;

	buf_sv(b, u->scheme);
	buf_str(b, "://");
	if (s->user) {
		buf_sv(b, u->user);
		buf_char(b, '@');
	}
	buf_sv(b, u->host);
	if (s->port == 1)
		buf_str(b, tls ? ":443" : ":80");
	if (s->port == 2) {
		buf_char(b, ':');
		buf_sv(b, u->port);
	}
	if (s->slash && path.len && path.p[path.len - 1] == '/')
		path.len--;
	buf_sv(b, path);
	if (s->slash && path.len == u->path.len)
		buf_char(b, '/');
	add_query(b, u->query, s->apostrophe);
}

static bool matches(struct sv token, struct sv sig, const struct url *u,
		    const struct spelling *s, struct sv params)
{
	char want[TWILIO_SIG_LEN + 1];
	bool same;
	struct buf b;

	buf_init(&b, 0);
	spell(&b, u, s);
	buf_sv(&b, params);
	same = !b.err && !sign(want, token, buf_get(&b)) &&
	       !CRYPTO_memcmp(want, sig.p, TWILIO_SIG_LEN);
	buf_fini(&b);
	return same;
}

static bool any_matches(struct sv token, struct sv sig, const struct url *u,
			struct sv params)
{
	bool ws = sv_eq(u->scheme, "ws") || sv_eq(u->scheme, "wss");
	int users = u->user.len ? 2 : 1, ports = u->port.len ? 3 : 2;
	int slashes = ws ? 2 : 1;
	int queries =
		u->query.len && memchr(u->query.p, '\'', u->query.len) ? 2 : 1;
	int n = users * ports * slashes * queries;

	for (int i = 0; i < n; i++) {
		struct spelling s = {
			.port = i % ports,
			.slash = i / ports % slashes,
			.user = i / ports / slashes % users,
			.apostrophe = i / ports / slashes / users,
		};

		if (matches(token, sig, u, &s, params))
			return true;
	}
	return false;
}

bool twilio_sig_check(struct sv token, struct sv sig, struct sv url,
		      const struct form *params)
{
	struct buf b;
	struct url u;
	bool ok;

	if (!token.len || sig.len != TWILIO_SIG_LEN || url_split(&u, url))
		return false;
	buf_init(&b, 0);
	ok = !add_params(&b, params) &&
	     any_matches(token, sig, &u, buf_get(&b));
	buf_fini(&b);
	return ok;
}

bool twilio_sig_body(struct sv url, struct sv body)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char text[2 * SHA256_DIGEST_LENGTH];
	struct form query = {0};
	struct sv said;
	struct url u;
	bool ok = false;

	if (url_split(&u, url) || !u.query.len)
		return false;
	if (!form_parse(&query, (struct sv){u.query.p + 1, u.query.len - 1})) {
		said = form_get(&query, "bodySHA256");
		SHA256((const unsigned char *)body.p, body.len, hash);
		for (size_t i = 0; i < sizeof(hash); i++) {
			text[2 * i] = hex[hash[i] >> 4];
			text[2 * i + 1] = hex[hash[i] & 15];
		}
		ok = said.len == sizeof(text) &&
		     !CRYPTO_memcmp(said.p, text, sizeof(text));
	}
	form_fini(&query);
	return ok;
}
