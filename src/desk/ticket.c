#include "desk/ticket.h"

#include "base/clock.h"

int ticket_make(struct ticket *t, struct sv secret, struct sv call,
		struct sv business, int life_s)
{
	static const char hex[] = "0123456789abcdef";
	int64_t now_s = clock_wall_us() / 1000000;
	uint8_t random[TICKET_NONCE_LEN / 2];
	struct buf b;
	int err;

	clock_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		t->nonce[2 * i] = hex[random[i] >> 4];
		t->nonce[2 * i + 1] = hex[random[i] & 15];
	}
	t->nonce[TICKET_NONCE_LEN] = '\0';
	buf_init(&b, STREAM_TOKEN_MAX);
	err = stream_token_make(&b, secret, sv_str(t->nonce), call, business,
				now_s + life_s);
	if (!err)
		err = sv_copy(t->token, sizeof(t->token), buf_get(&b));
	buf_fini(&b);
	return err;
}

bool ticket_path(struct sv path, struct sv *carrier, struct sv *nonce)
{
	struct sv rest;
	const char *slash;

	if (!sv_starts(path, TICKET_SOCKET_PATH))
		return false;
	rest = (struct sv){path.p + strlen(TICKET_SOCKET_PATH),
			   path.len - strlen(TICKET_SOCKET_PATH)};
	slash = rest.len ? memchr(rest.p, '/', rest.len) : NULL;
	if (!slash)
		return false;
	*carrier = (struct sv){rest.p, (size_t)(slash - rest.p)};
	*nonce = (struct sv){slash + 1, rest.len - carrier->len - 1};
	if (nonce->len != TICKET_NONCE_LEN)
		return false;
	for (size_t i = 0; i < nonce->len; i++)
		if (!nonce->p[i] || !strchr("0123456789abcdef", nonce->p[i]))
			return false;
	return true;
}
