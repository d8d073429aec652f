/*
 * The script dialog: whole conversations (talks/, as text: what is said,
 * heard and asked of the tools), scripts that are wrong, and nonsense.
 */
#include "tests/unit/dialog/talk.h"

#include <dirent.h>
#include <unistd.h>

#include "dialog/lists.h"
#include "dialog/script.h"

#define TALKS "tests/unit/dialog/talks"
#define SPOIL_STEP 5 /* 1 tries them all and takes a while */

/* Plays the inputs of text; the log must be the text again. */
static bool same_again(const char *name, const char *script,
		       const char *context, const char *text)
{
	struct dialog_in begin = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	const char *patch = *text == '@' ? text + 1 : NULL, *p = text;
	struct talk t;
	bool same;

	talk_open_script(&t, script, context, patch);
	if (patch)
		p += strcspn(p, "\n") + 1;
	text = p;
	talk_in(&t, &begin);
	while (*p) {
		size_t n = strcspn(p, "\n");

		talk_line(&t, p, n);
		p += n + (p[n] == '\n');
	}
	same = sv_eq(buf_get(&t.log), text);
	if (!same) { /* print_error() would cut it short */
		fprintf(stderr, "%s says now:\n%s\n", name, t.log.p);
	}
	talk_close(&t);
	return same;
}

static bool is_folder(const char *path)
{
	DIR *d = opendir(path);

	if (d)
		closedir(d);
	return d != NULL;
}

/* Plays the talks of a folder with script. How many there are. */
static unsigned play_folder(const char *folder, const char *script,
			    unsigned *wrong)
{
	DIR *d = opendir(folder);
	char path[512], *text, *context = NULL;
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	snprintf(path, sizeof(path), "%s/context.json", folder);
	if (!access(path, R_OK))
		context = talk_file(path);
	while ((e = readdir(d))) {
		if (!strstr(e->d_name, ".txt"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		text = talk_file(path);
		*wrong += !same_again(path, script, context, text);
		free(text);
		n++;
	}
	closedir(d);
	free(context);
	return n;
}

/* Calls share it: it is as it was. */
static void unchanged(const char *path)
{
	char why[200], *text = talk_script(path);
	json_t *tree, *fresh = json_loads(text, 0, NULL);

	assert_int_equal(0, script_take(&tree, sv_str(text), why, sizeof(why)));
	assert_true(json_equal(tree, fresh));
	json_decref(tree);
	json_decref(fresh);
	free(text);
}

/*
 * talks/NAME/ are with conf/scripts/NAME.json, talks/ with the first
 * one; talks/NAME/context.json is merged into the context.
 */
static void test_talks(void **state)
{
	unsigned wrong = 0, n = play_folder(TALKS, TALK_SCRIPT, &wrong);
	DIR *d = opendir(TALKS);
	struct dirent *e;
	(void)state;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char folder[300], script[400];

		snprintf(folder, sizeof(folder), TALKS "/%.200s", e->d_name);
		if (e->d_name[0] == '.' || !is_folder(folder))
			continue;
		snprintf(script, sizeof(script), "conf/scripts/%.200s.json",
			 e->d_name);
		if (access(script, R_OK)) /* its own, beside its talks */
			snprintf(script, sizeof(script), "%s/script.json",
				 folder);
		n += play_folder(folder, script, &wrong);
		unchanged(script);
	}
	unchanged(TALK_SCRIPT);
	closedir(d);
	assert_int_equal(0, wrong);
	assert_true(n >= 25);
}

static bool has_line(struct sv list, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = list.p; p && p < list.p + list.len;) {
		const char *nl =
			memchr(p, '\n', (size_t)(list.p + list.len - p));
		size_t len = (size_t)((nl ? nl : list.p + list.len) - p);

		if (len == n && !memcmp(p, line, n))
			return true;
		p += len + 1;
	}
	return false;
}

/* Nothing is expected but danger, which may be told of at any time. */
static bool only_alarms(struct sv list)
{
	struct sv line;

	if (!has_line(list, "!g>F gas"))
		return false;
	while (script_next_line(&list, &line)) {
		if (*line.p != '!')
			return false;
	}
	return true;
}

static void say(struct talk *t, const char *line)
{
	assert_true(talk_line(t, line, strlen(line)));
}

static void test_expectations(void **state)
{
	struct dialog_in begin = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	struct talk t;
	(void)state;

	talk_open(&t, "{\"streets\":[\"Elm Street\"]}");
	talk_in(&t, &begin);
	assert_true(t.expects);
	assert_true(has_line(t.phrases, "furnace"));
	assert_true(has_line(t.phrases, "my water heater"));
	assert_true(has_line(t.bias, "drain cleaning"));
	assert_true(t.answer_ms >= 5000);

	say(&t, "> furnace repair");
	assert_true(only_alarms(t.phrases));
	assert_int_equal(0, t.words.len);
	assert_true(has_line(t.bias, "miller"));
	assert_int_equal(1000, t.hangover_ms);

	say(&t, "> Dana");
	assert_true(t.hangover_ms >= 1000);
	assert_true(has_line(t.words, "n>E Elm Street"));
	assert_true(has_line(t.words, "S>n twelve"));
	say(&t, "> 12 Elm Street");
	assert_true(has_line(t.phrases, "yes that's right"));

	say(&t, "> yes");
	say(&t, "{\"ok\":true}"); /* the desk knows who and where */
	assert_true(has_line(t.words, "S>A tomorrow"));
	assert_true(has_line(t.words, "A>m december"));
	assert_true(has_line(t.words, "H>K 30"));
	assert_true(has_line(t.words, "o>A 3rd"));
	assert_true(t.hangover_ms >= 900 && t.hangover_ms <= 1000);

	say(&t, "> tomorrow at two");
	assert_false(t.expects);
	say(&t, "{\"ok\":true,\"slots\":[{\"start\":\"2026-11-24T14:00\"}]}");
	say(&t, "{\"ok\":true,\"hold\":\"h\"}");
	assert_true(has_line(t.phrases, "yes please"));
	assert_true(has_line(t.phrases, "no thank you"));
	assert_true(has_line(t.words, "d>A wednesday"));
	assert_true(t.hangover_ms <= 700);

	say(&t, "> hold on a second");
	assert_true(t.answer_ms >= 15000);
	talk_close(&t);
}

/* A telephone number has seven or ten digits, whatever noise adds. */
static void test_phone_list(void **state)
{
	struct sv words = lists_phone_en();
	(void)state;

	assert_true(has_line(words, "S>a four"));
	assert_false(has_line(words, "S>a zero")); /* no area code begins so */
	assert_true(has_line(words, "a>b or"));	   /* an "oh" */
	assert_true(has_line(words, "a>c double five"));
	assert_true(has_line(words, "S>c eight hundred"));
	assert_true(has_line(words, "f>h forty two"));
	assert_false(has_line(words, "a>c forty two"));
	assert_true(has_line(words, "f>G nine")); /* the seventh: may be all */
	assert_true(has_line(words, "i>T zero"));
	assert_true(has_line(words, "T>E please"));
	assert_false(has_line(words, "T>T one")); /* no eleventh */
}

/* The whole answer of the desk will do as context, too. */
static void test_desk_answer(void **state)
{
	char *script = talk_script(TALK_SCRIPT);
	struct dialog_sess *s = NULL;
	struct dialog_prm prm = {.script = sv_str(script)};
	char why[256] = "";
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	buf_printf(&b, "{\"call\":\"c\",\"context\":%s}", talk_context);
	prm.context = buf_get(&b);
	assert_int_equal(
		0, dialog_find(SV("script"))->open(&s, &prm, why, sizeof(why)));
	dialog_find(SV("script"))->close(s);
	buf_fini(&b);
	free(script);
}

static void test_find(void **state)
{
	(void)state;

	assert_non_null(dialog_find(SV("script")));
	assert_null(dialog_find(SV("")));
	assert_null(dialog_find(SV("scripted")));
	dialog_find(SV("script"))->close(NULL);
}

/* A script that does nothing but ask once; %s are the places to break. */
#define MINI(lang, slots, always, states)                                      \
	"{\"lang\":\"" lang "\",\"start\":\"a\",\"slots\":{" slots             \
	"},\"always\":[" always "],\"defaults\":{\"again\":[\"again\"],"       \
	"\"silent\":[\"silent\"],\"patience\":[\"wait\"],\"sorry\":\"sorry\"," \
	"\"fail\":\"z\",\"gone\":\"z\",\"failed\":\"z\"},\"states\":{" states  \
	"\"z\":{\"say\":\"Goodbye.\",\"end\":\"done\"}}}"
/* The same with more in its defaults. */
#define MINI_WITH(more)                                                        \
	"{\"lang\":\"en\",\"start\":\"a\",\"slots\":{" YES                     \
	"},\"defaults\":{" more ",\"again\":[\"again\"],"                      \
	"\"silent\":[\"silent\"],\"patience\":[\"wait\"],\"sorry\":\"sorry\"," \
	"\"fail\":\"z\",\"gone\":\"z\",\"failed\":\"z\"},\"states\":{" ASK     \
	"\"z\":{\"say\":\"Goodbye.\",\"end\":\"done\"}}}"
#define YES "\"y\":{\"kind\":\"yesno\"}"
#define ASK "\"a\":{\"ask\":\"y\",\"say\":\"Well?\",\"next\":\"z\"},"

static int open_error(const char *script, const char *context, char *why,
		      size_t size)
{
	struct dialog_prm prm = {.script = sv_str(script),
				 .context = sv_str(context)};
	struct dialog_sess *s = NULL;
	int err = dialog_find(SV("script"))->open(&s, &prm, why, size);

	if (!err)
		dialog_find(SV("script"))->close(s);
	return err;
}

static void test_bad_scripts(void **state)
{
	static const struct {
		const char *name, *script;
		const char *why; /* is in the sentence; NULL: it opens */
	} tv[] = {
		{"fine", MINI("en", YES, "", ASK), NULL},
		{"empty", "", "script, line 1"},
		{"cut", "{\"lang\":\n\"en\"", "script, line 2"},
		{"a list", "[]", "must be a JSON object"},
		{"twice the same key", "{\"lang\":\"en\",\"lang\":\"en\"}",
		 "script, line 1"},
		{"language", MINI("tlh", YES, "", ASK), "script.lang"},
		{"unknown key", "{\"lang\":\"en\",\"stats\":{}}",
		 "unknown key \"stats\""},
		{"no states", "{\"lang\":\"en\"}", "script.states"},
		{"start",
		 "{\"lang\":\"en\",\"slots\":{},\"states\":{},"
		 "\"start\":\"x\"}",
		 "no state \"x\""},
		{"slot kind",
		 MINI("en", "\"y\":{\"kind\":\"colour\"}", "", ASK),
		 "script.slots.y.kind: \"colour\""},
		{"slot asked", MINI("en", "", "", ASK),
		 "script.states.a.ask: there is no slot \"y\""},
		{"no question",
		 MINI("en", YES, "", "\"a\":{\"ask\":\"y\",\"next\":\"z\"},"),
		 "needs \"say\""},
		{"no next", MINI("en", YES, "", "\"a\":{\"say\":\"Hi.\"},"),
		 "script.states.a needs \"next\""},
		{"next",
		 MINI("en", YES, "",
		      "\"a\":{\"say\":\"Hi.\","
		      "\"next\":\"b\"},"),
		 "script.states.a.next: there is no state \"b\""},
		{"two deeds",
		 MINI("en", YES, "",
		      "\"a\":{\"ask\":\"y\",\"say\":\"?\",\"end\":\"x\"},"),
		 "only one of"},
		{"state key",
		 MINI("en", YES, "", "\"a\":{\"sey\":\"?\",\"end\":\"x\"},"),
		 "script.states.a: unknown key \"sey\""},
		{"brace",
		 MINI("en", YES, "",
		      "\"a\":{\"say\":\"Hi {name\","
		      "\"end\":\"x\"},"),
		 "script.states.a.say: a \"{\""},
		{"filter",
		 MINI("en", YES, "",
		      "\"a\":{\"say\":\"Hi {name|loud}\","
		      "\"end\":\"x\"},"),
		 "unknown filter"},
		{"tool without ok",
		 MINI("en", YES, "",
		      "\"a\":{\"tool\":\"t\",\"args\":{},\"on\":{}},"),
		 "script.states.a.on needs \"ok\""},
		{"step without go",
		 MINI("en", YES, "",
		      "\"a\":{\"tool\":\"t\",\"args\":{},"
		      "\"on\":{\"ok\":{\"say\":\"x\"}}},"),
		 "script.states.a.on.ok needs \"go\""},
		{"pick",
		 MINI("en", YES, "",
		      "\"a\":{\"pick\":{\"from\":\"x\"},"
		      "\"on\":{\"some\":\"z\",\"none\":\"z\"}},"),
		 "script.states.a.pick needs \"wish\""},
		{"intent", MINI("en", YES, "{\"intent\":\"dance\"}", ASK),
		 "script.always[0].intent"},
		{"line is a number",
		 MINI("en", YES, "",
		      "\"a\":{\"say\":[\"a\",7],"
		      "\"end\":\"x\"},"),
		 "script.states.a.say[1] must be a text"},
		{"interruption", MINI_WITH("\"barge_in\":\"words\""), NULL},
		{"no such interruption", MINI_WITH("\"barge_in\":\"maybe\""),
		 "script.defaults.barge_in must be one of: normal words off"},
		{"echo on", MINI_WITH("\"echo\":\"on\""), NULL},
		{"echo off", MINI_WITH("\"echo\":\"off\""), NULL},
		{"echo auto", MINI_WITH("\"echo\":\"auto\""), NULL},
		{"no such echo", MINI_WITH("\"echo\":\"loud\""),
		 "script.defaults.echo must be one of: auto on off"},
		{"echo is a switch", MINI_WITH("\"echo\":true"),
		 "script.defaults.echo must be one of: auto on off"},
		{"no defaults",
		 "{\"lang\":\"en\",\"slots\":{},\"start\":\"a\",\"states\":"
		 "{\"a\":{\"end\":\"x\"}}}",
		 "script.defaults"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char why[256] = "";
		int err = open_error(tv[i].script, talk_context, why,
				     sizeof(why));

		print_message("%s: %s\n", tv[i].name, why);
		assert_int_equal(tv[i].why ? -EBADMSG : 0, err);
		if (tv[i].why)
			assert_non_null(strstr(why, tv[i].why));
	}
}

static void test_bad_contexts(void **state)
{
	static const struct {
		const char *context, *why;
	} tv[] = {
		{"{\"business\":{\"name\":\"x\"}}", NULL},
		{"", "context, line 1"},
		{"{}", "context.business.name"},
		{"{\"business\":{\"name\":7}}", "context.business.name"},
		{"{\"business\":{\"name\":\"x\",\"utc_offset_min\":\"1\"}}",
		 "utc_offset_min"},
		{"{\"business\":{\"name\":\"x\",\"utc_offset_min\":99999}}",
		 "utc_offset_min"},
		{"{\"business\":{\"name\":\"x\"},\"services\":{}}",
		 "context.services"},
		{"{\"business\":{\"name\":\"x\"},\"services\":[{}]}",
		 "context.services"},
		{"{\"business\":{\"name\":\"x\"},\"hours\":[{\"dow\":9}]}",
		 "context.hours"},
		{"{\"business\":{\"name\":\"x\"},\"hours\":[{\"dow\":1,"
		 "\"open\":\"8\",\"close\":\"18:00\"}]}",
		 "context.hours"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char why[256] = "";
		int err = open_error(MINI("en", YES, "", ASK), tv[i].context,
				     why, sizeof(why));

		assert_int_equal(tv[i].why ? -EBADMSG : 0, err);
		if (tv[i].why)
			assert_non_null(strstr(why, tv[i].why));
	}
}

/* A script that goes round in circles ends the call with a word. */
static void test_circle(void **state)
{
	struct dialog_prm prm = {
		.script = SV(MINI("en", YES, "",
				  "\"a\":{\"say\":\"a\",\"next\":\"b\"},"
				  "\"b\":{\"say\":\"b\",\"next\":\"a\"},")),
		.context = sv_str(talk_context)};
	struct dialog_in begin = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	const struct dialog *d = dialog_find(SV("script"));
	struct dialog_sess *s = NULL;
	struct dialog_out out;
	char why[256];
	(void)state;

	assert_int_equal(0, d->open(&s, &prm, why, sizeof(why)));
	out = d->input(s, &begin);
	assert_true(out.n > 0);
	assert_int_equal(DIALOG_END, out.acts[out.n - 1].kind);
	assert_sv_equal("failed", out.acts[out.n - 1].outcome);
	d->close(s);
}

static uint32_t rnd_state;

static uint32_t rnd(uint32_t n)
{
	rnd_state = rnd_state * 1664525u + 1013904223u;
	return (rnd_state >> 8) % n;
}

static const char *const bits[] = {
	"yes",
	"no",
	"my furnace is broken",
	"Dana Miller",
	"tomorrow",
	"at two",
	"after three",
	"Wednesday",
	"hello?",
	"what",
	"",
	" ",
	"are you a robot",
	"speak to a person",
	"make it the 3rd",
	"11/24",
	"9999 9999",
	"...",
	"{offer.start|when}",
	"\"quoted\"",
	"\xff\xfe",
	"\xe2\x80\x99",
	"m i l l e r",
	"never mind",
	"text me",
	"0",
	"no, actually",
	"anything later",
	"as soon as possible",
	"don't",
	"four one five five five five oh one two three",
	"I smell gas",
	"hold on",
	"a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
	"half past",
	"quarter to",
	"the",
	"between two and",
	"next",
	"in two",
};

static const char *const results[] = {
	"",
	"{}",
	"nonsense",
	"[]",
	"{\"ok\":true}",
	"{\"ok\":false}",
	"{\"ok\":false,\"error\":\"slot_taken\"}",
	"{\"ok\":false,\"error\":\"weird\"}",
	"{\"ok\":true,\"slots\":[]}",
	"{\"ok\":true,\"slots\":[{\"start\":7},{\"x\":1},null]}",
	"{\"ok\":true,\"slots\":[{\"start\":\"2026-11-24T14:00\"}]}",
	"{\"ok\":true,\"slots\":[{\"start\":\"2026-11-25T09:00\"},"
	"{\"start\":\"2026-11-25T10:00\"}],\"hold\":\"h\"}",
	"{\"ok\":true,\"hold\":\"h\",\"start\":\"2026-11-24T14:00\"}",
	"{\"ok\":true,\"appointment\":\"a\",\"service_name\":\"furnace "
	"repair\",\"start\":\"2026-11-24T14:00\"}",
	"{\"ok\":false,\"error\":\"slot_taken\",\"slots\":[{\"start\":"
	"\"2026-11-26T09:00\"}]}",
};

static void any_input(struct talk *t, struct dialog_in *in, char *mem,
		      size_t size)
{
	size_t n = 0;

	*in = (struct dialog_in){.wall_ms = TALK_NOW + rnd(100000000)};
	if (t->waits && rnd(4)) {
		in->kind = DIALOG_TOOL;
		in->tool_id = rnd(12) ? t->tool : t->tool + rnd(3) - 1;
		in->result = sv_str(results[rnd(ARRAY_LEN(results))]);
		return;
	}
	in->kind = (enum dialog_in_kind)rnd(8);
	in->digit = "0123456789*#"[rnd(12)];
	in->count = (int)rnd(3);
	in->tool_id = rnd(60);
	in->result = sv_str(results[rnd(ARRAY_LEN(results))]);
	if (rnd(3))
		in->kind = DIALOG_TEXT;
	if (!rnd(8)) {
		for (; n < rnd((uint32_t)size); n++)
			mem[n] = (char)rnd(256);
	}
	for (uint32_t k = rnd(4); k; k--) {
		const char *b = bits[rnd(ARRAY_LEN(bits))];
		size_t len = strlen(b);

		if (n + len + 1 > size)
			break;
		memcpy(mem + n, b, len);
		n += len;
		mem[n++] = ' ';
	}
	in->text = (struct sv){mem, n};
}

static void act_is_sane(const struct dialog_act *a)
{
	json_t *args;

	switch (a->kind) {
	case DIALOG_SAY:
		assert_true(a->text.len > 0);
		assert_null(memchr(a->text.p, '{', a->text.len));
		break;
	case DIALOG_EXPECT:
		assert_true(a->hangover_ms > 0 && a->answer_ms > 0);
		break;
	case DIALOG_TOOL_CALL:
		args = json_loadb(a->args.p, a->args.len, 0, NULL);
		assert_true(json_is_object(args));
		json_decref(args);
		assert_true(a->name.len && a->tool_id);
		break;
	case DIALOG_END:
		assert_true(a->outcome.len > 0);
		break;
	case DIALOG_PROMPT: /* no script's */
	case DIALOG_RESULT:
	case DIALOG_DISMISS:
		fail();
	}
}

/* Whatever comes, something is said, asked, waited for, or it ends. */
static void test_never_mute(void **state)
{
	const struct dialog *d = dialog_find(SV("script"));
	(void)state;

	for (uint32_t seed = 1; seed <= 300; seed++) {
		struct dialog_in in = {.kind = DIALOG_BEGIN,
				       .wall_ms = TALK_NOW};
		struct talk t;
		char *mem = malloc(300);

		assert_non_null(mem);
		rnd_state = seed;
		talk_open(&t,
			  seed % 3 ? NULL : "{\"caller\":{\"phone\":null}}");
		if (rnd(4))
			talk_in(&t, &in);
		for (int i = 0; i < 60; i++) {
			bool waited = t.waits, over = false;
			struct dialog_out out;

			any_input(&t, &in, mem, 300);
			out = d->input(t.s, &in);
			if (waited && in.kind == DIALOG_TOOL &&
			    in.tool_id == t.tool)
				t.waits = false;
			if (!out.n)
				assert_true(t.waits);
			for (size_t k = 0; k < out.n; k++) {
				const struct dialog_act *a = &out.acts[k];

				act_is_sane(a);
				if (a->kind == DIALOG_TOOL_CALL) {
					assert_int_equal(t.tool + 1,
							 a->tool_id);
					t.tool = a->tool_id;
					t.waits = true;
				}
				over |= a->kind == DIALOG_END;
			}
			if (over)
				assert_int_equal(DIALOG_END,
						 out.acts[out.n - 1].kind);
			else if (!t.waits)
				assert_int_equal(DIALOG_EXPECT,
						 out.acts[out.n - 1].kind);
		}
		free(mem);
		talk_close(&t);
	}
}

/* Counts down to the nth value below v and puts a wrong one there. */
static bool spoil(json_t *v, unsigned *nth, json_t *wrong)
{
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach (v, key, m) {
		if (!(*nth)--)
			return !json_object_set(v, key, wrong);
		if (spoil(m, nth, wrong))
			return true;
	}
	json_array_foreach (v, i, m) {
		if (!(*nth)--)
			return !json_array_set(v, i, wrong);
		if (spoil(m, nth, wrong))
			return true;
	}
	return false;
}

/* A short call; whatever the script, each turn brings something. */
static void short_call(const char *script, const char *context)
{
	static const char *const says[] = {
		"my furnace is broken",
		"Dana",
		"tomorrow at two",
		"no, make it Friday",
		"blah",
		"speak to a person",
		"call me",
		"yes",
		"I smell gas",
	};
	struct dialog_prm prm = {.script = sv_str(script),
				 .context = sv_str(context)};
	const struct dialog *d = dialog_find(SV("script"));
	struct dialog_in in = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};
	struct dialog_sess *s = NULL;
	uint32_t tool = 0;
	char why[256] = "";

	if (d->open(&s, &prm, why, sizeof(why))) {
		assert_true(why[0]);
		return;
	}
	for (size_t i = 0; i < 24; i++) {
		struct dialog_out out = d->input(s, &in);

		assert_true(out.n > 0);
		for (size_t k = 0; k < out.n; k++)
			tool = MAX(tool, out.acts[k].tool_id);
		in.kind = i % 2 ? DIALOG_TEXT : DIALOG_TOOL;
		in.text = sv_str(says[i / 2 % ARRAY_LEN(says)]);
		in.tool_id = tool;
		in.result = sv_str(results[i * 5 % ARRAY_LEN(results)]);
		if (out.acts[out.n - 1].kind == DIALOG_END)
			break;
		if (in.kind == DIALOG_TOOL &&
		    out.acts[out.n - 1].kind != DIALOG_TOOL_CALL)
			in.kind = DIALOG_TEXT;
	}
	d->close(s);
}

/* Each value in turn is of the wrong kind: refused, or lived with. */
static void test_spoilt(void **state)
{
	static const char *const wrong[] = {"null", "7",  "\"\"",
					    "[]",   "{}", "\"service\""};
	char *script = talk_script(TALK_SCRIPT);
	(void)state;

	for (unsigned i = 0; i < 900; i += SPOIL_STEP) {
		json_t *v = json_loads(i % 2 ? talk_context : script, 0, NULL);
		json_t *w = json_loads(wrong[i / 2 % ARRAY_LEN(wrong)],
				       JSON_DECODE_ANY, NULL);
		unsigned nth = i % 2 ? i % 90 : i;
		char *dump;

		spoil(v, &nth, w);
		dump = json_dumps(v, 0);
		if (i % 2)
			short_call(script, dump);
		else
			short_call(dump, talk_context);
		free(dump);
		json_decref(w);
		json_decref(v);
	}
	free(script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_talks),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_phone_list),
		cmocka_unit_test(test_desk_answer),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_bad_scripts),
		cmocka_unit_test(test_bad_contexts),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_never_mute),
		cmocka_unit_test(test_spoilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
