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

/* 2026-11-23T10:00 in New York, a Monday. */
#define TALK_NOW INT64_C(1795446000000)

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

static inline char *talk_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *s = calloc(1, 1 << 17);

	assert_non_null(f);
	assert_non_null(s);
	assert_true(fread(s, 1, (1 << 17) - 1, f) > 0);
	fclose(f);
	return s;
}

struct talk {
	struct dialog_sess *s;
	char *script;
	struct buf log; /* one line per act */
	uint32_t tool;	/* the last tool asked for */
	bool over, expects;
	bool waits; /* for the tool */
	size_t nacts;
	int hangover_ms, answer_ms;	/* of the last expectation */
	struct sv phrases, words, bias; /* until the next input */
};

/* patch: JSON object merged into the context, or NULL. */
static inline void talk_open(struct talk *t, const char *patch)
{
	json_t *context = json_loads(talk_context, 0, NULL);
	json_t *more = patch ? json_loads(patch, JSON_DISABLE_EOF_CHECK, NULL)
			     : json_object();
	const struct dialog *d = dialog_find(SV("script"));
	char why[256] = "", *dump;
	struct dialog_prm prm;
	int err;

	assert_non_null(d);
	assert_int_equal(0, json_object_update_recursive(context, more));
	dump = json_dumps(context, 0);
	*t = (struct talk){0};
	t->script = talk_file("conf/scripts/home_services.json");
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
}

static inline void talk_close(struct talk *t)
{
	dialog_find(SV("script"))->close(t->s);
	buf_fini(&t->log);
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
			buf_printf(&t->log, "%s %.*s\n", a->protect ? "!" : "<",
				   SV_ARG(a->text));
			break;
		case DIALOG_EXPECT:
			t->expects = true;
			t->hangover_ms = a->hangover_ms;
			t->answer_ms = a->answer_ms;
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
		}
	}
}

/*
 * One line of a conversation: "> text" the caller says it, ">[3]" a key,
 * ">?" unclear speech, ">_" silence, ">|heard" interrupted, ">~" patience,
 * "{…}" the tool's result, "{}" it failed. Any other line is not ours.
 */
static inline bool talk_line(struct talk *t, const char *line, size_t len)
{
	struct dialog_in in = {.wall_ms = TALK_NOW};

	if (len && line[0] == '{') {
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
	} else if (line[1] == '_') {
		in.kind = DIALOG_SILENCE;
	} else if (line[1] == '~') {
		in.kind = DIALOG_PATIENCE;
	} else if (line[1] == '|') {
		in.kind = DIALOG_INTERRUPTED;
		in.text = (struct sv){line + 2, len - 2};
	} else {
		in.kind = DIALOG_TEXT;
		in.text = (struct sv){line + 2, len - 2};
	}
	buf_add(&t->log, line, len);
	buf_char(&t->log, '\n');
	talk_in(t, &in);
	return true;
}

#endif
