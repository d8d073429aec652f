/*
 * The quick scanner knows objects of strings, counts and plain objects. It
 * gives up (-EAGAIN) at whatever it is not certain to read as the general
 * parser does; then that one decides.
 */
#include "proto/mstream.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/b64.h"

static const struct {
	const char *event;
	enum carrier_kind kind;
} kinds[] = {
	{"media", CARRIER_MEDIA}, {"mark", CARRIER_MARK},
	{"dtmf", CARRIER_DTMF},	  {"start", CARRIER_START},
	{"stop", CARRIER_STOP},	  {"connected", CARRIER_CONNECTED},
};

/* What a message can hold for us, by the object it stands in. */
enum place { TOP, START, MEDIA, DTMF, MARK, STOP, PLACES };

enum slot {
	EVENT,
	STREAM,
	START_ACCOUNT,
	START_CALL,
	START_PARAMS,
	PAYLOAD,
	TRACK,
	TIMESTAMP,
	DIGIT,
	NAME,
	STOP_ACCOUNT,
	STOP_CALL,
	SLOTS,
};

enum type { NONE, STRING, NUMBER, OBJECT, OTHER };

static const struct {
	const char *key;
	enum place place;
} slots[SLOTS] = {
	[EVENT] = {"event", TOP},
	[STREAM] = {"streamSid", TOP},
	[START_ACCOUNT] = {"accountSid", START},
	[START_CALL] = {"callSid", START},
	[START_PARAMS] = {"customParameters", START},
	[PAYLOAD] = {"payload", MEDIA},
	[TRACK] = {"track", MEDIA},
	[TIMESTAMP] = {"timestamp", MEDIA},
	[DIGIT] = {"digit", DTMF},
	[NAME] = {"name", MARK},
	[STOP_ACCOUNT] = {"accountSid", STOP},
	[STOP_CALL] = {"callSid", STOP},
};

static const char *const place_key[PLACES] = {
	[START] = "start", [MEDIA] = "media", [DTMF] = "dtmf",
	[MARK] = "mark",   [STOP] = "stop",
};

struct fields {
	struct sv v[SLOTS];
	enum type type[SLOTS];
	enum type body[PLACES];
};

#define STAMP_MAX_MS (INT64_C(1) << 50) /* samples of it fit 64 bits */

static int whole_number(int64_t *out, const struct fields *f, enum slot s)
{
	if (f->type[s] != STRING && f->type[s] != NUMBER)
		return -EBADMSG;
	if (!f->v[s].len || f->v[s].p[0] < '0' || f->v[s].p[0] > '9')
		return -EBADMSG;
	return sv_i64(out, f->v[s]) || *out > STAMP_MAX_MS ? -EBADMSG : 0;
}

/* A string, or nothing at all. */
static int optional(struct sv *out, const struct fields *f, enum slot s)
{
	if (f->type[s] != NONE && f->type[s] != STRING)
		return -EBADMSG;
	*out = f->v[s];
	return 0;
}

static int required(struct sv *out, const struct fields *f, enum slot s)
{
	*out = f->v[s];
	return f->type[s] == STRING ? 0 : -EBADMSG;
}

static int fill_dtmf(struct carrier_msg *m, const struct fields *f)
{
	struct sv d;

	if (required(&d, f, DIGIT) || d.len != 1)
		return -EBADMSG;
	m->digit =
		d.p[0] >= 'a' && d.p[0] <= 'd' ? (char)(d.p[0] - 32) : d.p[0];
	return memchr("0123456789*#ABCD", m->digit, 16) ? 0 : -EBADMSG;
}

static int fill_start(struct carrier_msg *m, const struct fields *f)
{
	if (f->type[START_PARAMS] != NONE && f->type[START_PARAMS] != OBJECT)
		return -EBADMSG;
	m->params = f->v[START_PARAMS];
	return optional(&m->account, f, START_ACCOUNT) ||
			       required(&m->call, f, START_CALL)
		       ? -EBADMSG
		       : 0;
}

static int fill_media(struct carrier_msg *m, const struct fields *f)
{
	return required(&m->payload, f, PAYLOAD) ||
			       optional(&m->track, f, TRACK) ||
			       whole_number(&m->timestamp_ms, f, TIMESTAMP)
		       ? -EBADMSG
		       : 0;
}

static int fill(struct carrier_msg *m, const struct fields *f)
{
	size_t i;

	*m = (struct carrier_msg){.kind = CARRIER_CONNECTED};
	if (f->type[EVENT] != STRING)
		return -EBADMSG;
	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (sv_eq(f->v[EVENT], kinds[i].event))
			break;
	if (i == ARRAY_LEN(kinds))
		return -ENOTSUP;
	m->kind = kinds[i].kind;
	if (m->kind == CARRIER_CONNECTED) /* has no stream yet */
		return 0;
	if (required(&m->stream, f, STREAM) || !m->stream.len)
		return -EBADMSG;
	switch (m->kind) {
	case CARRIER_START:
		return fill_start(m, f);
	case CARRIER_MEDIA:
		return fill_media(m, f);
	case CARRIER_DTMF:
		return fill_dtmf(m, f);
	case CARRIER_MARK:
		return required(&m->name, f, NAME);
	default:
		return optional(&m->account, f, STOP_ACCOUNT) ||
				       optional(&m->call, f, STOP_CALL)
			       ? -EBADMSG
			       : 0;
	}
}

/* ---- the quick scanner ---- */

struct scan {
	const char *p, *end;
};

static char next(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
				 *s->p == '\n' || *s->p == '\r'))
		s->p++;
	return s->p < s->end ? *s->p : '\0';
}

static int scan_string(struct scan *s, struct sv *out)
{
	const char *from = ++s->p;

	for (; s->p < s->end && *s->p != '"'; s->p++)
		if (*s->p < ' ' || *s->p > '~' || *s->p == '\\')
			return -EAGAIN;
	if (s->p == s->end)
		return -EAGAIN;
	*out = (struct sv){from, (size_t)(s->p++ - from)};
	return 0;
}

/* A count without sign, leading zero, fraction; jansson's integers. */
static int scan_count(struct scan *s, struct sv *out)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	*out = (struct sv){from, (size_t)(s->p - from)};
	if (!out->len || out->len > 18 || (*from == '0' && out->len > 1))
		return -EAGAIN;
	if (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))
		return -EAGAIN;
	return 0;
}

/* An array of strings, as "tracks" is. */
static int scan_strings(struct scan *s)
{
	struct sv skip;

	s->p++;
	if (next(s) == ']') {
		s->p++;
		return 0;
	}
	for (;;) {
		if (next(s) != '"' || scan_string(s, &skip))
			return -EAGAIN;
		if (next(s) == ']') {
			s->p++;
			return 0;
		}
		if (s->p == s->end || *s->p++ != ',')
			return -EAGAIN;
	}
}

typedef int member_h(struct scan *s, struct sv key, enum place place,
		     struct fields *f);

/* At an opening brace; memberh reads the value of each key. */
static int scan_object(struct scan *s, enum place place, member_h *memberh,
		       struct fields *f)
{
	struct sv key;

	s->p++;
	if (next(s) == '}') {
		s->p++;
		return 0;
	}
	for (;;) {
		if (next(s) != '"' || scan_string(s, &key) || next(s) != ':')
			return -EAGAIN;
		s->p++;
		if (!next(s) || memberh(s, key, place, f))
			return -EAGAIN;
		if (next(s) == '}') {
			s->p++;
			return 0;
		}
		if (s->p == s->end || *s->p++ != ',')
			return -EAGAIN;
	}
}

static int scan_plain(struct scan *s, struct sv *out, enum type *type)
{
	if (*s->p == '"') {
		*type = STRING;
		return scan_string(s, out);
	}
	*type = NUMBER;
	return scan_count(s, out);
}

/* Custom parameters and media format: strings and counts only. */
static int inner_member(struct scan *s, struct sv key, enum place place,
			struct fields *f)
{
	struct sv skip;
	enum type type;

	(void)key, (void)place, (void)f;
	return scan_plain(s, &skip, &type);
}

static int scan_value(struct scan *s, struct sv *out, enum type *type)
{
	const char *from = s->p;
	int err;

	if (*from == '{') {
		*type = OBJECT;
		err = scan_object(s, TOP, inner_member, NULL);
	} else if (*from == '[') {
		*type = OTHER;
		err = scan_strings(s);
	} else {
		return scan_plain(s, out, type);
	}
	*out = (struct sv){from, (size_t)(s->p - from)};
	return err;
}

static int member(struct scan *s, struct sv key, enum place place,
		  struct fields *f)
{
	enum type type;
	struct sv skip;
	int i;

	for (i = 0; i < SLOTS; i++)
		if (slots[i].place == place && sv_eq(key, slots[i].key))
			break;
	if (i == SLOTS)
		return scan_value(s, &skip, &type);
	if (f->type[i] != NONE) /* repeated: the last counts */
		return -EAGAIN;
	return scan_value(s, &f->v[i], &f->type[i]);
}

static int top_member(struct scan *s, struct sv key, enum place place,
		      struct fields *f)
{
	for (int i = START; i < PLACES; i++) {
		if (!sv_eq(key, place_key[i]))
			continue;
		if (f->body[i] != NONE || *s->p != '{')
			return -EAGAIN;
		f->body[i] = OBJECT;
		return scan_object(s, (enum place)i, member, f);
	}
	return member(s, key, place, f);
}

int mstream_parse(struct carrier_msg *m, struct sv in)
{
	struct fields f = {.type = {NONE}};
	struct scan s = {in.p, in.p + in.len};

	if (next(&s) != '{' || scan_object(&s, TOP, top_member, &f) ||
	    next(&s) || s.p != s.end)
		return mstream_parse_tree(m, in);
	return fill(m, &f);
}

/* ---- the general parser ---- */

/* Texts of the last unusual message; never gets larger than one of them. */
static _Thread_local struct buf scratch = {.max = 1u << 20};

/* Appends; the place is known once nothing moves any more. */
static int keep(struct sv *out, size_t *at, const char *p, size_t len)
{
	*at = scratch.len;
	out->len = len;
	return buf_add(&scratch, p, len) ? -EBADMSG : 0;
}

static int tree_value(struct sv *out, size_t *at, enum type *type,
		      const json_t *v)
{
	char *text;
	int err;

	if (json_is_string(v)) {
		*type = STRING;
		return keep(out, at, json_string_value(v),
			    json_string_length(v));
	}
	if (json_is_integer(v) || json_is_object(v)) {
		*type = json_is_object(v) ? OBJECT : NUMBER;
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		if (!text)
			return -ENOMEM;
		err = keep(out, at, text, strlen(text));
		free(text);
		return err;
	}
	*type = v ? OTHER : NONE;
	return 0;
}

static int tree_fields(struct fields *f, const json_t *root)
{
	size_t at[SLOTS] = {0};
	const json_t *obj;
	int err;

	buf_reset(&scratch);
	for (int i = 0; i < SLOTS; i++) {
		obj = root;
		if (slots[i].place != TOP)
			obj = json_object_get(root, place_key[slots[i].place]);
		err = tree_value(&f->v[i], &at[i], &f->type[i],
				 json_object_get(obj, slots[i].key));
		if (err)
			return err;
	}
	for (int i = 0; i < SLOTS; i++)
		if (f->type[i] != NONE && f->type[i] != OTHER)
			f->v[i].p = scratch.p + at[i];
	return 0;
}

int mstream_parse_tree(struct carrier_msg *m, struct sv in)
{
	struct fields f = {.type = {NONE}};
	json_t *root;
	int err = -EBADMSG;

	*m = (struct carrier_msg){.kind = CARRIER_CONNECTED};
	root = in.len ? json_loadb(in.p, in.len, 0, NULL) : NULL;
	if (json_is_object(root)) {
		err = tree_fields(&f, root);
		if (!err)
			err = fill(m, &f);
	}
	json_decref(root);
	return err;
}

/* ---- ours to the carrier ---- */

static void head(struct buf *out, const char *event, struct sv stream)
{
	buf_str(out, "{\"event\":\"");
	buf_str(out, event);
	buf_str(out, "\",\"streamSid\":\"");
	buf_json(out, stream);
}

void mstream_media(struct buf *out, struct sv stream, const uint8_t *data,
		   size_t len)
{
	head(out, "media", stream);
	buf_str(out, "\",\"media\":{\"payload\":\"");
	if (!buf_room(out, B64_LEN(len)))
		out->len += b64_encode(out->p + out->len, data, len);
	buf_str(out, "\"}}");
}

void mstream_mark(struct buf *out, struct sv stream, struct sv name)
{
	head(out, "mark", stream);
	buf_str(out, "\",\"mark\":{\"name\":\"");
	buf_json(out, name);
	buf_str(out, "\"}}");
}

void mstream_clear(struct buf *out, struct sv stream)
{
	head(out, "clear", stream);
	buf_str(out, "\"}");
}
