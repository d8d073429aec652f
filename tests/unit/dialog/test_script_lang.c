/*
 * Scripts in two languages and with all kinds of slots: what is wrong in
 * them, what is listened for, and that a wrong ear does not make them flap.
 */
#include "tests/unit/dialog/talk.h"

#define FEATURES "tests/unit/dialog/talks/features/script.json"
#define BOTH                                                                   \
	"{\"languages\":[\"en\",\"es\"],\"call\":{\"hears\":\"en es\"},"       \
	"\"streets\":[\"Elm Street\"],\"places\":[\"Springfield\"]}"

static json_t *features(const char *patch)
{
	char *text = talk_script(FEATURES);
	json_t *v = json_loads(text, 0, NULL),
	       *more = json_loads(patch, 0, NULL);

	free(text);
	assert_non_null(more);
	assert_int_equal(0, json_object_update_recursive(v, more));
	json_decref(more);
	return v;
}

struct wrong {
	const char *name, *patch;
	const char *why; /* NULL: nothing wrong */
};

static void check_wrong(const struct wrong *tv, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v = features(tv[i].patch);
		char why[512] = "";
		int err = script_check(v, why, sizeof(why));

		print_message("%s: %s\n", tv[i].name, why);
		assert_int_equal(tv[i].why ? -EBADMSG : 0, err);
		if (tv[i].why)
			assert_non_null(strstr(why, tv[i].why));
		json_decref(v);
	}
}

static void test_wrong_emergencies(void **state)
{
	static const struct wrong tv[] = {
		{"anywhere without phrases",
		 "{\"always\":[{\"intent\":\"bye\",\"anywhere\":true}]}",
		 "is \"anywhere\" and needs \"phrases\""},
		{"a guess without anywhere",
		 "{\"always\":[{\"phrases\":[\"gas\"],\"guess\":[\"gas\"]}]}",
		 "script.always[0].guess goes with \"anywhere\""},
		{"first without anywhere",
		 "{\"always\":[{\"phrases\":[\"gas\"],\"first\":true}]}",
		 "script.always[0].first goes with \"anywhere\""},
		{"beside no tool",
		 "{\"always\":[{\"intent\":\"no_record\",\"beside\":\"x\"}]}",
		 "script.always[0].beside must be a state with a tool"},
		{"follows to nowhere",
		 "{\"always\":[{\"intent\":\"person\",\"follows\":true}]}",
		 "script.always[0].follows needs \"intent\" and \"then\""},
	};
	(void)state;

	check_wrong(tv, ARRAY_LEN(tv));
}

static void test_wrong(void **state)
{
	static const struct wrong tv[] = {
		{"as it is", "{}", NULL},
		{"an unknown language", "{\"languages\":{\"tlh\":{}}}",
		 "script.languages.tlh"},
		{"its own language", "{\"languages\":{\"en\":{}}}",
		 "script.languages.en"},
		{"no texts", "{\"languages\":{\"es\":7}}",
		 "script.languages.es"},
		{"no languages", "{\"languages\":[]}",
		 "script.languages must be an object"},
		{"a text is missing",
		 "{\"states\":{\"bye\":{\"say\":\"See you.\"}}}",
		 "script.languages.es lacks 1 texts; the first one: \"See "
		 "you.\""},
		{"also one of a step",
		 "{\"states\":{\"wait\":{\"over\":{\"say\":\"Enough.\",\"go\":"
		 "\"bye\"}}}}",
		 "\"Enough.\""},
		{"also one of a problem",
		 "{\"states\":{\"address\":{\"problems\":{\"number\":\"Which "
		 "number?\"}}}}",
		 "\"Which number?\""},
		{"also the name of an option",
		 "{\"slots\":{\"kind\":{\"options\":[{\"id\":\"x\",\"name\":"
		 "\"looking\"}]}}}",
		 "\"looking\""},
		{"not what goes to the desk",
		 "{\"states\":{\"look\":{\"args\":{\"text\":\"Only for the "
		 "office.\"}}}}",
		 NULL},
		{"not what has its own language",
		 "{\"states\":{\"bye\":{\"say\":{\"text\":\"Hasta luego.\","
		 "\"lang\":\"es\"}}}}",
		 NULL},
		{"not what is only paths",
		 "{\"states\":{\"bye\":{\"say\":\"{name.full|cap}.\"}}}", NULL},
		{"an empty text", "{\"languages\":{\"es\":{\"Hello.\":\"\"}}}",
		 "must be a text, and not empty"},
		{"a path of its own",
		 "{\"languages\":{\"es\":{\"Hello.\":\"Hola {nombre}.\"}}}",
		 "a {path} that the text has not"},
		{"a broken path",
		 "{\"languages\":{\"es\":{\"Hello.\":\"Hola {nombre.\"}}}",
		 "without its \"}\""},
		{"a step's language",
		 "{\"states\":{\"hello\":{\"next\":{\"lang\":\"fr\",\"go\":"
		 "\"kind\"}}}}",
		 "script.states.hello.next.lang must be"},
		{"a line's language",
		 "{\"states\":{\"bye\":{\"say\":{\"text\":\"Salut.\",\"lang\":"
		 "\"fr\"}}}}",
		 "script.states.bye.say.lang must be"},
		{"once",
		 "{\"states\":{\"bye\":{\"say\":{\"text\":\"Goodbye.\","
		 "\"once\":1}}}}",
		 "say.once must be true or false"},
		{"a choice without options",
		 "{\"slots\":{\"wait\":{\"kind\":\"choice\"}}}",
		 "script.slots.wait needs \"options\""},
		{"options without a choice",
		 "{\"slots\":{\"wait\":{\"options\":[{\"id\":\"a\",\"name\":"
		 "\"selling\"}]}}}",
		 "script.slots.wait.options is for kind choice"},
		{"an option without a name",
		 "{\"slots\":{\"kind\":{\"options\":[{\"id\":\"a\"}]}}}",
		 "script.slots.kind.options[0] needs"},
		{"an option's words",
		 "{\"slots\":{\"kind\":{\"options\":[{\"id\":\"a\",\"name\":"
		 "\"selling\",\"words\":{\"fr\":[]}}]}}}",
		 "options[0].words: there is no language \"fr\""},
		{"keep_unsure of a kind that cannot",
		 "{\"slots\":{\"urgency\":{\"keep_unsure\":true}}}",
		 "script.slots.urgency.keep_unsure is for kinds"},
		{"also no slot",
		 "{\"states\":{\"address_ok\":{\"also\":[\"adress\"]}}}",
		 "script.states.address_ok.also[0]: there is no such slot"},
		{"no key", "{\"always\":[{\"key\":\"12\",\"say\":\"Hello.\"}]}",
		 "script.always[0].key must be one key"},
		{"phrases of no language",
		 "{\"always\":[{\"phrases\":{\"fr\":[\"gaz\"]}}]}",
		 "script.always[0].phrases: there is no language \"fr\""},
		{"a state by the name of the way back",
		 "{\"states\":{\"back\":{\"end\":\"x\"}}}",
		 "script.states.back"},
		{"files not put together", "{\"include\":[\"x.json\"]}",
		 "script.include: put the files together first"},
		{"no again at all", "{\"states\":{\"kind\":{\"again\":[]}}}",
		 NULL},
	};
	(void)state;

	check_wrong(tv, ARRAY_LEN(tv));
}

static void test_missing(void **state)
{
	json_t *v = features("{\"states\":{\"bye\":{\"say\":[\"See you.\","
			     "\"Hello.\",\"See you.\",\"Soon.\"]}}}");
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	assert_int_equal(2, script_missing(v, "es", &b));
	assert_sv_equal("See you.\nSoon.\n", buf_get(&b));
	buf_fini(&b);
	assert_true(script_missing(v, "fr", NULL) > 20);
	json_decref(v);
}

static bool has_line(struct sv list, const char *line)
{
	struct buf b;
	bool is;

	buf_init(&b, 0);
	buf_printf(&b, "\n%.*s\n", SV_ARG(list));
	is = b.len > strlen(line) && strstr(b.p, line);
	buf_fini(&b);
	return is;
}

static void begin(struct talk *t, const char *patch)
{
	struct dialog_in in = {.kind = DIALOG_BEGIN, .wall_ms = TALK_NOW};

	talk_open_script(t, FEATURES, NULL, patch);
	talk_in(t, &in);
}

static void say(struct talk *t, const char *line)
{
	assert_true(talk_line(t, line, strlen(line)));
}

static void test_expectations(void **state)
{
	struct talk t;
	(void)state;

	begin(&t, BOTH);
	assert_sv_equal("en", t.lang);
	assert_true(has_line(t.phrases, "buying"));
	assert_true(has_line(t.phrases, "list my house"));
	assert_false(has_line(t.phrases, "vender"));
	assert_int_equal(400, t.early_ms);

	say(&t, ">[9]");
	assert_sv_equal("es", t.lang);
	assert_true(has_line(t.phrases, "vender"));
	assert_false(has_line(t.phrases, "list my house"));
	say(&t, ">[9]");
	assert_sv_equal("en", t.lang);

	say(&t, "> buy");
	assert_true(has_line(t.words, "thousand"));
	assert_int_equal(0, t.early_ms);
	say(&t, "> two hundred thousand");
	assert_true(has_line(t.bias, "elm street"));
	assert_true(has_line(t.bias, "springfield"));
	assert_int_equal(1200, t.hangover_ms);
	say(&t, "> 12 Elm Street");
	assert_true(has_line(t.phrases, "yes"));
	assert_true(has_line(t.bias, "elm street"));
	assert_true(has_line(t.words, "S>n twelve"));
	assert_int_equal(450, t.early_ms);
	say(&t, "> yes");
	assert_true(has_line(t.phrases, "no rush"));
	talk_close(&t);

	/* what the recogniser cannot read is not listened for */
	begin(&t, "{\"languages\":[\"en\",\"es\"],\"call\":{\"lang\":\"es\"}}");
	assert_sv_equal("es", t.lang);
	assert_int_equal(0, t.phrases.len);
	talk_close(&t);

	/* a business may want one language less than its script has */
	begin(&t, "{\"languages\":[\"en\"],\"call\":{\"lang\":\"es\",\"hears\":"
		  "\"en es\"}}");
	assert_sv_equal("en", t.lang);
	say(&t, ">[9]");
	assert_sv_equal("en", t.lang);
	talk_close(&t);
}

/* A line that is taken for one language and the other by turns. */
static void test_no_flapping(void **state)
{
	struct talk t;
	unsigned changes = 0;
	bool es = false;
	(void)state;

	begin(&t, BOTH);
	for (int i = 0; i < 60 && !t.over; i++) {
		say(&t,
		    i / 2 % 2 ? ">(en) bla blub blub" : ">(es) bla blub blub");
		say(&t, ">[1]");
		changes += sv_eq(t.lang, "es") != es && t.lang.len;
		es = t.lang.len ? sv_eq(t.lang, "es") : es;
		if (t.waits)
			say(&t, "{\"ok\":true}");
	}
	assert_true(changes <= 4);
	talk_close(&t);
}

/* The tool that an emergency left alone answers after all. */
static void test_left_tool(void **state)
{
	static const char *const says[] = {
		"> rent",  "> 12 Elm Street", "> yes",
		"> today", "> Dana",	      "> I smell gas",
	};
	struct dialog_in left = {.kind = DIALOG_TOOL,
				 .tool_id = 1,
				 .result = SV("{\"ok\":true,\"x\":7}"),
				 .wall_ms = TALK_NOW};
	struct talk t;
	size_t said;
	(void)state;

	begin(&t, BOTH);
	for (size_t i = 0; i < ARRAY_LEN(says); i++)
		say(&t, says[i]);
	assert_int_equal(2, t.tool);
	assert_true(t.waits);
	said = t.log.len;
	talk_in(&t, &left);
	assert_int_equal(said, t.log.len); /* nothing is said about it */
	assert_true(t.waits);
	say(&t, "{\"ok\":true}");
	assert_true(t.over);
	talk_close(&t);
}

static uint32_t rnd_state;

static uint32_t rnd(uint32_t n)
{
	rnd_state = rnd_state * 1664525u + 1013904223u;
	return (rnd_state >> 8) % n;
}

static const char *const bits[] = {
	"> buy // sell",
	">(es) quiero vender mi casa",
	">(es) calle Elm doce // no",
	">(es) no, mejor mañana",
	"> twelve Elm Street",
	"> no, Oak Avenue",
	"> Elm Street",
	"> between two and three hundred thousand",
	"> it is an emergency",
	"> English please",
	">(es) ingles por favor",
	">(en) I smell gas",
	"> sparks",
	">?gas",
	">?fifteen Blorn Street // Dana",
	">?",
	">_",
	">~",
	">|Is that",
	">|",
	">[1]",
	">[2]",
	">[9]",
	">[0]",
	">[*]",
	">[#]",
	">[5]",
	"> yes",
	"> no",
	"> what?",
	"> how much is it",
	"> please do not record this",
	"> Dana Miller",
	"> \xff\xfe // \xe2 // ",
	">(xx) bla",
	"{\"ok\":true}",
	"{\"ok\":false,\"error\":\"x\"}",
	"{}",
};

/* Whatever comes, the call has a question, a tool or an end. */
static void test_anything(void **state)
{
	static const char *const contexts[] = {
		BOTH,
		"{\"call\":{\"lang\":\"es\"}}",
		"{\"call\":{\"hears\":\"-\"}}",
	};
	(void)state;

	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct talk t;

		rnd_state = seed;
		begin(&t, contexts[seed % ARRAY_LEN(contexts)]);
		for (int i = 0; i < 80; i++) {
			const char *b = bits[rnd(ARRAY_LEN(bits))];

			if (t.waits && rnd(2))
				b = bits[ARRAY_LEN(bits) - 1 - rnd(3)];
			say(&t, b);
			assert_true(t.over || t.expects || t.waits || !t.nacts);
			assert_true(t.nacts || t.waits);
		}
		talk_close(&t);
	}
}

/* Puts wrong in the place of the nth value below v. */
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

/* Each value in turn is wrong: the script is refused, or lived with. */
static void test_spoilt(void **state)
{
	static const char *const wrong[] = {"null", "7",  "\"\"",
					    "[]",   "{}", "\"kind\""};
	static const char *const says[] = {
		"> buy",
		"> 12",
		"> 12 Elm Street",
		"> no, Oak Avenue",
		">?gas leak",
		"> today",
		">(es) hola que tal",
		"> Dana",
		">_",
		">[9]",
		"{\"ok\":true}",
	};
	const struct dialog *d = dialog_find(SV("script"));
	(void)state;

	for (unsigned i = 0; i < 700; i += 3) {
		json_t *v = features("{}");
		json_t *w = json_loads(wrong[i / 3 % ARRAY_LEN(wrong)],
				       JSON_DECODE_ANY, NULL);
		struct dialog_prm prm = {.context = sv_str(talk_context)};
		struct talk t = {.s = NULL};
		char why[256] = "", *dump;
		unsigned nth = i;

		spoil(v, &nth, w);
		dump = json_dumps(v, 0);
		prm.script = sv_str(dump);
		if (!d->open(&t.s, &prm, why, sizeof(why))) {
			t.script = dump;
			buf_init(&t.log, 0);
			buf_init(&t.alts, 0);
			for (size_t k = 0; k < ARRAY_LEN(says); k++)
				say(&t, says[k]);
			talk_close(&t);
		} else {
			assert_true(why[0]);
			free(dump);
		}
		json_decref(w);
		json_decref(v);
	}
}

/* Tried in Spanish, no example speaks of a "haircut". */
static void test_examples(void **state)
{
	static const char *const files[] = {
		"conf/scripts/car_repair.json", "conf/scripts/dental.json",
		"conf/scripts/salon.json", "conf/scripts/real_estate.json"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		json_t *script = json_load_file(files[i], 0, NULL), *list, *v;
		size_t k;

		list = json_object_get(json_object_get(script, "example"),
				       "services");
		assert_true(json_array_size(list) > 0);
		json_array_foreach (list, k, v) {
			json_t *es = json_object_get(
				json_object_get(v, "names"), "es");

			assert_true(json_string_length(es) > 0);
		}
		json_decref(script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_wrong_emergencies),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_no_flapping),
		cmocka_unit_test(test_left_tool),
		cmocka_unit_test(test_anything),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
