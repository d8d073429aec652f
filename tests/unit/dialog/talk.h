/*
 * talk: plays a conversation with a dialog session as text. A script of
 * lines goes in, a transcript of acts is compared with what is wanted.
 */
#ifndef TESTS_DIALOG_TALK_H
#define TESTS_DIALOG_TALK_H

#include "tests/unit/assert.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/buf.h"
#include "dialog.h"
#include "dialog/script_file.h"

/* 2026-11-23T10:00 in New York, a Monday. */
#define TALK_NOW INT64_C(1795446000000)

#define TALK_SCRIPT "conf/scripts/home_services.json"

static const char talk_context[] =
	"{\"business\":{\"name\":\"Harbor Heating and Plumbing\","
	"\"phone\":\"+14155550100\",\"utc_offset_min\":-300,"
	"\"timezone\":\"America/New_York\"},"
	"\"disclosure\":{\"recorded\":false,\"transcribed\":true},"
	"\"caller\":{\"phone\":\"+14155550123\",\"name\":null,"
	"\"can_text\":true},\"services\":["
	"{\"id\":\"s1\",\"name\":\"furnace repair\","
	"\"words\":[\"furnace\",\"heater\",\"heating\"],\"duration_min\":90},"
	"{\"id\":\"s2\",\"name\":\"water heater repair\","
	"\"words\":[\"water heater\",\"hot water\"],\"duration_min\":120},"
	"{\"id\":\"s3\",\"name\":\"drain cleaning\","
	"\"words\":[\"drain\",\"clogged\"],\"duration_min\":60}],"
	"\"names\":[\"Dana\",\"Miller\",\"Robert\"],\"hours\":["
	"{\"dow\":1,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":2,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":3,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":4,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":5,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":6,\"open\":\"08:00\",\"close\":\"18:00\"}]}";

static inline int talk_read(struct buf *out, const char *path, void *arg)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	(void)arg;
	if (!f)
		return -errno;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		assert_int_equal(0, buf_add(out, part, n));
	fclose(f);
	return 0;
}

static inline char *talk_file(const char *path)
{
	struct buf b;

	buf_init(&b, 0);
	if (talk_read(&b, path, NULL))
		print_error("%s is not there\n", path);
	assert_true(b.len > 0);
	buf_char(&b, '\0');
	return b.p;
}

/* A script and what it includes, as the database holds it. */
static inline char *talk_script(const char *path)
{
	json_t *v = NULL;
	char why[512], *dump;

	if (script_resolve(&v, NULL, path, talk_read, NULL, why, sizeof(why)))
		print_error("%s\n", why);
	assert_non_null(v);
	dump = json_dumps(v, 0);
	json_decref(v);
	assert_non_null(dump);
	return dump;
}

struct talk {
	struct dialog_sess *s;
	char *script;
	struct buf log; /* one line per act */
	uint32_t tool;	/* the last tool asked for */
	bool over, expects;
	bool waits; /* for the tool */
	size_t nacts;
	int hangover_ms, answer_ms; /* of the last expectation */
	int early_ms;
	struct sv lang, phrases, words, bias; /* until the next input */
	struct buf alts;		      /* of the last input */
};

/*
 * path: the script's file. base, patch: JSON objects merged into the
 * context, in this order (member "call" may name lang and hears of
 * dialog_prm), or NULL.
 */
static inline void talk_open_script(struct talk *t, const char *path,
				    const char *base, const char *patch)
{
	json_t *context = json_loads(talk_context, 0, NULL);
	json_t *more = patch ? json_loads(patch, JSON_DISABLE_EOF_CHECK, NULL)
			     : json_object();
	const struct dialog *d = dialog_find(SV("script"));
	char why[256] = "", *dump;
	struct dialog_prm prm = {.lang = {NULL, 0}};
	json_t *call, *first = base ? json_loads(base, 0, NULL) : json_object();
	int err;

	assert_non_null(d);
	assert_non_null(more);
	assert_int_equal(0, json_object_update_recursive(context, first));
	json_decref(first);
	assert_int_equal(0, json_object_update_recursive(context, more));
	call = json_object_get(context, "call");
	prm.lang = sv_str(json_string_value(json_object_get(call, "lang")));
	prm.hears = sv_str(json_string_value(json_object_get(call, "hears")));
	dump = json_dumps(context, 0);
	*t = (struct talk){0};
	t->script = talk_script(path);
	prm.script = sv_str(t->script);
	prm.context = sv_str(dump);
	err = d->open(&t->s, &prm, why, sizeof(why));
	if (err)
		print_error("%s\n", why);
	assert_int_equal(0, err);
	json_decref(context);
	json_decref(more);
	free(dump);
	buf_init(&t->log, 0);
	buf_init(&t->alts, 0);
}

static inline void talk_open(struct talk *t, const char *patch)
{
	talk_open_script(t, TALK_SCRIPT, NULL, patch);
}

static inline void talk_close(struct talk *t)
{
	dialog_find(SV("script"))->close(t->s);
	buf_fini(&t->log);
	buf_fini(&t->alts);
	free(t->script);
}

static inline void talk_in(struct talk *t, const struct dialog_in *in)
{
	struct dialog_out out = dialog_find(SV("script"))->input(t->s, in);

	t->expects = false;
	if (in->kind == DIALOG_TOOL && in->tool_id == t->tool)
		t->waits = false;
	t->nacts = out.n;
	for (size_t i = 0; i < out.n; i++) {
		const struct dialog_act *a = &out.acts[i];

		switch (a->kind) {
		case DIALOG_SAY:
			buf_str(&t->log, a->protect ? "!" : "<");
			if (a->lang.len && !sv_eq(a->lang, "en"))
				buf_printf(&t->log, "(%.*s)", SV_ARG(a->lang));
			buf_printf(&t->log, " %.*s\n", SV_ARG(a->text));
			break;
		case DIALOG_EXPECT:
			t->expects = true;
			t->hangover_ms = a->hangover_ms;
			t->answer_ms = a->answer_ms;
			t->early_ms = a->early_ms;
			t->lang = a->lang;
			t->phrases = a->phrases;
			t->words = a->words;
			t->bias = a->bias;
			break;
		case DIALOG_TOOL_CALL:
			buf_printf(&t->log, "# %.*s %.*s\n", SV_ARG(a->name),
				   SV_ARG(a->args));
			t->tool = a->tool_id;
			t->waits = true;
			break;
		case DIALOG_END:
			buf_printf(&t->log, "= %.*s\n", SV_ARG(a->outcome));
			t->over = true;
			break;
		case DIALOG_PROMPT:
		case DIALOG_RESULT:
		case DIALOG_DISMISS:
			fail_msg("an act that is a model's");
			break;
		}
	}
}

/* "(es) text // another reading // a third" */
static inline void talk_text(struct talk *t, struct dialog_in *in,
			     struct sv text)
{
	const char *p;

	if (text.len > 4 && text.p[0] == '(' && text.p[3] == ')') {
		in->lang = (struct sv){text.p + 1, 2};
		text.p += 4;
		text.len -= 4;
	}
	while (text.len && text.p[0] == ' ')
		text.p++, text.len--;
	buf_reset(&t->alts);
	while ((p = memmem(text.p, text.len, " // ", 4))) {
		if (!in->text.len)
			in->text = (struct sv){text.p, (size_t)(p - text.p)};
		else
			buf_printf(&t->alts, "%.*s\n", (int)(p - text.p),
				   text.p);
		text.len -= (size_t)(p + 4 - text.p);
		text.p = p + 4;
	}
	if (in->text.len)
		buf_sv(&t->alts, text);
	else
		in->text = text;
	in->alts = buf_get(&t->alts);
}

/*
 * One line of a conversation: "> text" the caller says it, ">(es) text" in
 * another language, " // " before other readings, ">[3]" a key, ">?guess"
 * unclear speech, ">_" silence, ">|heard" interrupted, ">~" patience, "{…}"
 * the tool's result, "{}" it failed, "^{…}" that of the one before. Any other line is not ours.
 */
static inline bool talk_line(struct talk *t, const char *line, size_t len)
{
	struct dialog_in in = {.wall_ms = TALK_NOW};

	if (len > 1 && line[0] == '^' && line[1] == '{') {
		in.kind = DIALOG_TOOL;
		in.tool_id = t->tool - 1;
		in.result = (struct sv){line + 1, len - 1};
	} else if (len && line[0] == '{') {
		in.kind = DIALOG_TOOL;
		in.tool_id = t->tool;
		if (len > 2)
			in.result = (struct sv){line, len};
	} else if (len < 2 || line[0] != '>') {
		return false;
	} else if (line[1] == '[') {
		in.kind = DIALOG_DTMF;
		in.digit = line[2];
	} else if (line[1] == '?') {
		in.kind = DIALOG_UNCLEAR;
		talk_text(t, &in, (struct sv){line + 2, len - 2});
	} else if (line[1] == '_') {
		in.kind = DIALOG_SILENCE;
	} else if (line[1] == '~') {
		in.kind = DIALOG_PATIENCE;
	} else if (line[1] == '|') {
		in.kind = DIALOG_INTERRUPTED;
		in.text = (struct sv){line + 2, len - 2};
	} else {
		in.kind = DIALOG_TEXT;
		talk_text(t, &in, (struct sv){line + 1, len - 1});
	}
	buf_add(&t->log, line, len);
	buf_char(&t->log, '\n');
	talk_in(t, &in);
	return true;
}

#endif
