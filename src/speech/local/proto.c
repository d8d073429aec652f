#include "speech/local/proto.h"

#include "speech.h"

enum { FIELDS_MAX = 8 };

struct field {
	uint8_t off, size;
};

#define F(member)                                                              \
	{                                                                      \
		offsetof(struct proto_msg, member),                            \
			sizeof(((struct proto_msg *)0)->member)                \
	}

/* The head of each type, in the order of the wire. */
static const struct {
	enum proto_type type;
	struct field field[FIELDS_MAX]; /* size 0 ends it */
} heads[] = {
	{PROTO_OPEN, {F(sess), F(kind)}},
	{PROTO_AUDIO, {F(sess), F(at_n)}},
	{PROTO_EXPECT,
	 {F(sess), F(n), F(early), F(len[0]), F(len[1]), F(len[2])}},
	{PROTO_SAY, {F(sess), F(utt), F(len[0])}},
	{PROTO_GRANT, {F(sess), F(n)}},
	{PROTO_CANCEL, {F(sess), F(utt)}},
	{PROTO_CLOSE, {F(sess)}},
	{PROTO_VAD, {F(sess), F(kind), F(at_n)}},
	{PROTO_TEXT,
	 {F(sess), F(kind), F(at_n), F(end_n), F(score), F(len[0]), F(len[1]),
	  F(last)}},
	{PROTO_VOICE, {F(sess), F(utt), F(at_n), F(n), F(last), F(err)}},
	{PROTO_CLOSED, {F(sess), F(err)}},
	{PROTO_HEARS, {F(sess)}},
};

static const struct field *find(enum proto_type type)
{
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (heads[i].type == type)
			return heads[i].field;
	return NULL;
}

static void put(uint8_t *out, uint64_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t get(const uint8_t *in, size_t size)
{
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)in[i] << 8 * i;
	return v;
}

size_t proto_head(uint8_t out[PROTO_HEAD_MAX], const struct proto_msg *m)
{
	const struct field *f = find(m->type);
	size_t at = 0;

	for (int i = 0; f && i < FIELDS_MAX && f[i].size; i++) {
		const char *p = (const char *)m + f[i].off;
		uint64_t v64;
		uint32_t v32;

		if (f[i].size == sizeof(v64)) {
			memcpy(&v64, p, sizeof(v64));
		} else {
			memcpy(&v32, p, sizeof(v32));
			v64 = v32;
		}
		put(out + at, v64, f[i].size);
		at += f[i].size;
	}
	return at;
}

/* What the body must hold for the lengths in the head. */
static bool body_fits(const struct proto_msg *m)
{
	if (m->type == PROTO_VOICE)
		return m->n <= m->body.len / PROTO_WORD_LEN;
	return (uint64_t)m->len[0] + m->len[1] + m->len[2] <= m->body.len;
}

struct sv proto_part(const struct proto_msg *m, int i)
{
	static const int parts[] = {
		[PROTO_EXPECT] = 4, [PROTO_SAY] = 2, [PROTO_TEXT] = 3};
	int n = (size_t)m->type < ARRAY_LEN(parts) ? parts[m->type] : 1;
	struct sv s = m->body;
	size_t len;

	for (int k = 0;; k++) {
		len = k + 1 < n ? m->len[k] : s.len;
		if (k == i)
			return (struct sv){s.p, len};
		s = (struct sv){s.p + len, s.len - len};
	}
}

int proto_parse(struct proto_msg *m, uint8_t type, struct sv in)
{
	const struct field *f = find((enum proto_type)type);

	*m = (struct proto_msg){.type = (enum proto_type)type};
	if (!f)
		return -ENOTSUP;
	for (int i = 0; i < FIELDS_MAX && f[i].size; i++) {
		char *p = (char *)m + f[i].off;
		uint64_t v64;
		uint32_t v32;

		if (in.len < f[i].size)
			return -EBADMSG;
		v64 = get((const uint8_t *)in.p, f[i].size);
		v32 = (uint32_t)v64;
		if (f[i].size == sizeof(v64))
			memcpy(p, &v64, sizeof(v64));
		else
			memcpy(p, &v32, sizeof(v32));
		in = (struct sv){in.p + f[i].size, in.len - f[i].size};
	}
	m->body = in;
	return body_fits(m) ? 0 : -EBADMSG;
}

void proto_put_word(uint8_t out[PROTO_WORD_LEN], const struct speech_word *w)
{
	put(out, w->off, 2);
	put(out + 2, w->len, 2);
	put(out + 4, w->end_n, 4);
}

void proto_get_word(struct speech_word *w, const uint8_t in[PROTO_WORD_LEN])
{
	w->off = (uint16_t)get(in, 2);
	w->len = (uint16_t)get(in + 2, 2);
	w->end_n = (uint32_t)get(in + 4, 4);
}
