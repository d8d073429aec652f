#include "desk/away.h"

#include <jansson.h>
#include <stdlib.h>

#include "media/away.h"
#include "proto/call_id.h"

enum {
	SID_LIFE_MS = 6 * 3600 * 1000,
	RING_MORE_S = 15, /* the carrier needs longer than the ringing */
	STREAMS_MAX = 3,  /* then a call whose stream breaks is given up */
};

int away_call_id(struct uuid *out, struct memo *m, struct sv secret,
		 struct sv sid, int64_t now_ms)
{
	return call_id_make(out, secret, sid,
			    memo_first_ms(m, "sid", sid, now_ms, SID_LIFE_MS));
}

void away_remember(struct memo *m, struct sv call, struct sv to, struct sv from,
		   int64_t now_ms)
{
	struct buf b;

	if (!to.len || !from.len)
		return;
	buf_init(&b, MEMO_NOTE_MAX);
	buf_printf(&b, "%.*s %.*s", SV_ARG(to), SV_ARG(from));
	if (!b.err)
		memo_note(m, AWAY_CALL, call, now_ms, buf_get(&b));
	buf_fini(&b);
}

/* Whom the call is for, and who calls. */
static void recall(struct memo *m, struct sv call, int64_t now_ms,
		   char note[MEMO_NOTE_MAX], struct sv *to, struct sv *from)
{
	char *blank;

	memo_read(m, AWAY_CALL, call, now_ms, note);
	blank = strchr(note, ' ');
	*to = (struct sv){note, blank ? (size_t)(blank - note) : 0};
	*from = blank ? sv_str(blank + 1) : SV("");
}

static struct sv text_of(const json_t *entry, const char *key)
{
	const json_t *v = json_object_get(entry, key);

	return (struct sv){json_string_value(v), json_string_length(v)};
}

static bool waits(struct sv status)
{
	return !status.len || sv_eq(status, "queued") ||
	       sv_eq(status, "ringing") || sv_eq(status, "in-progress");
}

static bool same(struct sv a, struct sv b)
{
	return a.len && sv_same(a, b);
}

static bool is_number(struct sv s)
{
	return s.len > 7 && s.p[0] == '+';
}

static bool is_blocked(const json_t *e, struct sv from)
{
	char key[32];

	return is_number(from) && !sv_copy(key, sizeof(key), from) &&
	       json_object_get(json_object_get(e, "blocked"), key);
}

/* As desk.voice: the owner's phone rings once for a caller. */
static const char *plan_voice(const json_t *e, struct memo *m,
			      const struct away_form *f, int64_t now_ms)
{
	const json_t *plans = json_object_get(e, "plans");
	struct sv owner = text_of(e, "owner_number");
	int64_t life_ms = (json_integer_value(json_object_get(e, "ring_s")) +
			   RING_MORE_S) *
			  1000;
	bool rings = json_is_array(json_object_get(plans, "ring"));
	struct buf key;
	bool first = true;

	if (same(f->from, f->to) || same(f->forwarded, f->to))
		return "loop";
	if (is_blocked(e, f->from))
		return "blocked";
	if (!rings || same(f->from, owner))
		return "connect";
	if (memo_bits(m, AWAY_CALL, f->call, now_ms, 0) & AWAY_RUNG)
		return is_number(f->from) ? "ring" : "ring_hidden";
	if (is_number(f->from)) {
		buf_init(&key, 128);
		buf_printf(&key, "%.*s %.*s", SV_ARG(f->to), SV_ARG(f->from));
		if (!key.err)
			first = memo_once(m, "ring", buf_get(&key), now_ms,
					  life_ms);
		buf_fini(&key);
	}
	if (same(f->forwarded, owner))
		return first ? "connect" : "loop";
	if (!first)
		return "connect";
	memo_bits(m, AWAY_CALL, f->call, now_ms, AWAY_RUNG);
	return is_number(f->from) ? "ring" : "ring_hidden";
}

static const char *plan_whisper(struct memo *m, const struct away_form *f,
				int64_t now_ms)
{
	if (sv_eq(f->digits, "1")) {
		memo_bits(m, AWAY_CALL, f->call, now_ms, AWAY_ACCEPTED);
		return "accepted";
	}
	return f->digits.len ? "hangup" : "whisper";
}

/* NULL: given up. */
static const char *plan_after(struct memo *m, const struct away_form *f,
			      int64_t now_ms)
{
	unsigned bits = memo_bits(m, AWAY_CALL, f->call, now_ms, 0);

	if (!waits(f->call_status) || bits & AWAY_OVER)
		return "hangup";
	if (memo_count(m, AWAY_CALL, f->call, now_ms, 0, 0) >= STREAMS_MAX)
		return NULL;
	return "connect";
}

static const char *plan_name(const json_t *e, struct memo *m,
			     const struct away_form *f, int64_t now_ms)
{
	unsigned bits;

	if (sv_eq(f->route, "voice"))
		return plan_voice(e, m, f, now_ms);
	if (sv_eq(f->route, "whisper"))
		return plan_whisper(m, f, now_ms);
	if (sv_eq(f->route, "after"))
		return plan_after(m, f, now_ms);
	if (!sv_eq(f->route, "dial"))
		return NULL;
	bits = memo_bits(m, AWAY_CALL, f->call, now_ms, 0);
	return bits & AWAY_ACCEPTED || !waits(f->call_status) ? "hangup"
							      : "connect";
}

int away_plan(struct buf *out, const struct snapshot *s, struct memo *m,
	      const struct away_form *f, int64_t now_ms)
{
	char note[MEMO_NOTE_MAX];
	const json_t *e;
	const char *name;
	json_t *verbs;
	struct sv to, from;
	char *text;

	recall(m, f->call, now_ms, note, &to, &from);
	e = snapshot_find(s, f->to);
	e = e ? e : snapshot_find(s, to); /* a whisper goes to the owner */
	name = e ? plan_name(e, m, f, now_ms) : NULL;
	verbs = name ? json_object_get(json_object_get(e, "plans"), name)
		     : NULL;
	if (!json_is_array(verbs))
		return -ENOENT;
	text = json_dumps(verbs, JSON_COMPACT);
	if (!text)
		return -ENOMEM;
	buf_printf(out, "{\"call\":\"%.*s\",\"business\":\"%.*s\"",
		   SV_ARG(f->call), SV_ARG(text_of(e, "business")));
	buf_printf(out, ",\"reason\":\"away: %s\",\"verbs\":%s}", name, text);
	free(text);
	return out->err;
}

/* ---- the context of a stream ---- */

static const json_t *span_at(const json_t *e, int64_t now_ms)
{
	const json_t *spans = json_object_get(e, "spans"), *v = NULL;
	size_t i;

	json_array_foreach (spans, i, v)
		if (json_integer_value(json_object_get(v, "until_ms")) > now_ms)
			return v;
	return json_array_get(spans, json_array_size(spans) - 1);
}

/* What depends on the moment and on the call. */
static int fill(json_t *begin, const json_t *e, struct sv call, struct sv from,
		unsigned stream_no, int64_t now_ms)
{
	const json_t *span = span_at(e, now_ms);
	json_t *ctx = json_object_get(begin, "context");
	json_t *caller = json_object_get(ctx, "caller");
	int bad = json_object_set_new(begin, "call",
				      json_stringn(call.p, call.len)) |
		  json_object_set_new(begin, "stream_no",
				      json_integer(stream_no)) |
		  json_object_set_new(
			  ctx, "attempt",
			  json_string(stream_no > 1 ? "again" : "first"));

	if (span) {
		bad |= json_object_set(ctx, "after_hours",
				       json_object_get(span, "after_hours"));
		bad |= json_object_set(json_object_get(ctx, "business"),
				       "utc_offset_min",
				       json_object_get(span, "utc_offset_min"));
	}
	if (is_number(from))
		bad |= json_object_set_new(caller, "phone",
					   json_stringn(from.p, from.len));
	return bad ? -ENOMEM : 0;
}

int away_context(struct buf *out, const struct snapshot *s, struct memo *m,
		 struct sv call, unsigned stream_no, int64_t now_ms)
{
	char note[MEMO_NOTE_MAX];
	struct sv to, from;
	const json_t *e;
	json_t *begin;
	char *text = NULL;
	int err = -ENOMEM;

	recall(m, call, now_ms, note, &to, &from);
	e = snapshot_find(s, to);
	if (!e || !json_is_object(json_object_get(json_object_get(e, "begin"),
						  "script")))
		return -ENOENT;
	begin = json_deep_copy(json_object_get(e, "begin"));
	if (begin && !fill(begin, e, call, from, stream_no, now_ms))
		text = json_dumps(begin, JSON_COMPACT);
	if (text) {
		buf_str(out, text);
		err = out->err;
	}
	free(text);
	json_decref(begin);
	return err;
}
