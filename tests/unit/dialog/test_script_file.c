/*
 * Scripts as files: what includes put together, what is wrong with them,
 * and that every script of conf/scripts is one.
 */
#include "tests/unit/dialog/talk.h"

#include <dirent.h>

/* Files as a table; the loader sees nothing else. */
struct fake {
	const char *path, *text;
};

static int fake_read(struct buf *out, const char *path, void *arg)
{
	for (const struct fake *f = arg; f->path; f++) {
		if (!strcmp(f->path, path))
			return buf_str(out, f->text);
	}
	return -ENOENT;
}

static json_t *json_of(const char *text)
{
	json_t *v = json_loads(text, 0, NULL);

	assert_non_null(v);
	return v;
}

static void test_merge(void **state)
{
	static const struct {
		const char *name, *into, *from, *want;
	} tv[] = {
		{"a value more", "{\"a\":1}", "{\"b\":2}", "{\"a\":1,\"b\":2}"},
		{"ours wins", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}"},
		{"objects go together", "{\"s\":{\"x\":{\"say\":\"mine\"}}}",
		 "{\"s\":{\"x\":{\"say\":\"theirs\",\"next\":\"z\"},\"y\":1}}",
		 "{\"s\":{\"x\":{\"say\":\"mine\",\"next\":\"z\"},\"y\":1}}"},
		{"lists are replaced", "{\"a\":[1]}", "{\"a\":[2,3]}",
		 "{\"a\":[1]}"},
		{"always: ours first", "{\"always\":[1]}", "{\"always\":[2,3]}",
		 "{\"always\":[1,2,3]}"},
		{"words: ours first", "{\"words\":[1]}", "{\"words\":[2]}",
		 "{\"words\":[1,2]}"},
		{"always deeper is a list like others",
		 "{\"x\":{\"always\":[1]}}", "{\"x\":{\"always\":[2]}}",
		 "{\"x\":{\"always\":[1]}}"},
		{"an id is there once",
		 "{\"always\":[{\"id\":\"gas\",\"say\":\"mine\"}]}",
		 "{\"always\":[{\"id\":\"gas\",\"say\":\"theirs\"},"
		 "{\"id\":\"co\"}]}",
		 "{\"always\":[{\"id\":\"gas\",\"say\":\"mine\"},"
		 "{\"id\":\"co\"}]}"},
		{"an id takes the languages it lacks",
		 "{\"always\":[{\"id\":\"gas\",\"phrases\":[\"gas\"]}]}",
		 "{\"always\":[{\"id\":\"gas\",\"phrases\":{\"en\":[\"x\"],"
		 "\"es\":[\"huele\"]},\"say\":\"theirs\"}]}",
		 "{\"always\":[{\"id\":\"gas\",\"phrases\":{\"en\":[\"gas\"],"
		 "\"es\":[\"huele\"]}}]}"},
		{"options, too",
		 "{\"slots\":{\"c\":{\"options\":[{\"id\":\"buy\",\"words\":"
		 "[\"buy\"]}]}}}",
		 "{\"slots\":{\"c\":{\"options\":[{\"id\":\"buy\",\"words\":"
		 "{\"es\":[\"comprar\"]}},{\"id\":\"rent\"}]}}}",
		 "{\"slots\":{\"c\":{\"options\":[{\"id\":\"buy\",\"words\":"
		 "{\"en\":[\"buy\"],\"es\":[\"comprar\"]}}]}}}"},
		{"another kind of value", "{\"always\":7}", "{\"always\":[1]}",
		 "{\"always\":7}"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		json_t *into = json_of(tv[i].into), *from = json_of(tv[i].from),
		       *want = json_of(tv[i].want);

		print_message("%s\n", tv[i].name);
		assert_int_equal(0, script_merge(into, from));
		assert_true(json_equal(into, want));
		json_decref(into);
		json_decref(from);
		json_decref(want);
	}
}

static void test_resolve(void **state)
{
	static const struct {
		const char *name;
		struct fake files[4];
		const char *want; /* NULL: it fails … */
		const char *why;  /* … and says this */
	} tv[] = {
		{"alone", {{"s/a.json", "{\"x\":1}"}}, "{\"x\":1}", NULL},
		{"beside the including file",
		 {{"s/a.json", "{\"include\":[\"es/b.json\"],\"x\":1}"},
		  {"s/es/b.json", "{\"include\":[\"c.json\"],\"y\":1}"},
		  {"s/es/c.json", "{\"x\":2,\"y\":2,\"z\":2}"}},
		 "{\"x\":1,\"y\":1,\"z\":2}",
		 NULL},
		{"the first include before the second",
		 {{"s/a.json", "{\"include\":[\"b.json\",\"c.json\"]}"},
		  {"s/b.json", "{\"x\":1}"},
		  {"s/c.json", "{\"x\":2}"}},
		 "{\"x\":1}",
		 NULL},
		{"a file twice counts once",
		 {{"s/a.json", "{\"include\":[\"b.json\",\"c.json\"]}"},
		  {"s/b.json", "{\"include\":[\"c.json\"],\"always\":[1]}"},
		  {"s/c.json", "{\"always\":[2]}"}},
		 "{\"always\":[1,2]}",
		 NULL},
		{"null takes away",
		 {{"s/a.json", "{\"include\":[\"b.json\"],\"states\":{"
			       "\"x\":null,\"y\":{\"if\":null,\"set\":"
			       "{\"n\":null}}}}"},
		  {"s/b.json", "{\"states\":{\"x\":{\"say\":\"x\"},"
			       "\"y\":{\"if\":\"q\"},\"z\":{}}}"}},
		 "{\"states\":{\"y\":{\"set\":{\"n\":null}},\"z\":{}}}",
		 NULL},
		{"no such file",
		 {{NULL, NULL}},
		 NULL,
		 "s/a.json: No such file"},
		{"no such include",
		 {{"s/a.json", "{\"include\":[\"b.json\"]}"}},
		 NULL,
		 "s/a.json: include: s/b.json: No such file"},
		{"itself",
		 {{"s/a.json", "{\"include\":[\"a.json\"]}"}},
		 NULL,
		 "s/a.json: include \"a.json\" goes round in a circle"},
		{"a circle",
		 {{"s/a.json", "{\"include\":[\"b.json\"]}"},
		  {"s/b.json", "{\"include\":[\"a.json\"]}"}},
		 NULL,
		 "s/b.json: include \"a.json\" goes round in a circle"},
		{"not a list",
		 {{"s/a.json", "{\"include\":\"b.json\"}"}},
		 NULL,
		 "s/a.json: \"include\" must be a list of file names"},
		{"not names",
		 {{"s/a.json", "{\"include\":[7]}"}},
		 NULL,
		 "s/a.json: \"include\" must be a list of file names"},
		{"broken",
		 {{"s/a.json", "{\"include\":[\"b.json\"]}"},
		  {"s/b.json", "{\n\"x\""}},
		 NULL,
		 "s/b.json, line 2"},
		{"not an object",
		 {{"s/a.json", "[]"}},
		 NULL,
		 "s/a.json must be a JSON object"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		json_t *out, *want;
		char why[256];
		int err = script_resolve(&out, NULL, "s/a.json", fake_read,
					 (void *)(uintptr_t)tv[i].files, why,
					 sizeof(why));

		print_message("%s: %s\n", tv[i].name, why);
		assert_int_equal(!tv[i].want, err < 0);
		if (err) {
			assert_null(out);
			assert_non_null(strstr(why, tv[i].why));
			continue;
		}
		want = json_of(tv[i].want);
		assert_true(json_equal(out, want));
		json_decref(want);
		json_decref(out);
	}
}

/* A mistake is told with the file that it is in. */
static void test_origin(void **state)
{
	static const struct fake files[] = {
		{"s/a.json",
		 "{\"include\":[\"b.json\"],\"always\":[{\"phrases\":[\"x\"]}],"
		 "\"states\":{\"p\":{\"say\":\"p\"}}}"},
		{"s/b.json", "{\"always\":[{\"intent\":\"dance\"}],\"states\":{"
			     "\"p\":{\"next\":\"q\"},\"q\":{\"end\":7}}}"},
		{NULL, NULL},
	};
	static const struct {
		const char *why, *file;
	} tv[] = {
		{"script.states.p.say: bad", "s/a.json"},
		{"script.states.p.next: bad", "s/b.json"},
		{"script.states.q.end must be", "s/b.json"},
		{"script.always[0]: bad", "s/a.json"},
		{"script.always[1].intent: bad", "s/b.json"},
		{"script.always[9].intent: bad", "s/a.json"},
		{"script: unknown key", "s/a.json"},
		{"script.nothing.at.all", "s/a.json"},
		{"", "s/a.json"},
	};
	json_t *out, *parts = json_array();
	char why[256];
	(void)state;

	assert_int_equal(0, script_resolve(&out, parts, "s/a.json", fake_read,
					   (void *)(uintptr_t)files, why,
					   sizeof(why)));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].why);
		assert_string_equal(tv[i].file,
				    script_origin(parts, out, tv[i].why));
	}
	json_decref(out);
	json_decref(parts);
}

/* Parts have no "start": they are for others to include. */
static void test_conf(void **state)
{
	DIR *d = opendir("conf/scripts");
	struct dirent *e;
	unsigned n = 0;
	(void)state;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[300], why[512] = "";
		json_t *v;

		snprintf(path, sizeof(path), "conf/scripts/%.200s", e->d_name);
		if (!strstr(e->d_name, ".json"))
			continue;
		if (script_resolve(&v, NULL, path, talk_read, NULL, why,
				   sizeof(why)))
			fail_msg("%s", why);
		if (json_object_get(v, "start") &&
		    script_check(v, why, sizeof(why)))
			fail_msg("%s: %s", path, why);
		n += json_object_get(v, "start") != NULL;
		json_decref(v);
	}
	closedir(d);
	assert_true(n > 0);
}

/* The tree of the talks' script, its note being n. */
static json_t *take(int n)
{
	char why[200] = "", *text = talk_script(TALK_SCRIPT), *noted;
	json_t *v = json_of(text);

	json_object_set_new(v, "note", json_sprintf("%d", n));
	noted = json_dumps(v, 0);
	json_decref(v);
	if (script_take(&v, sv_str(noted), why, sizeof(why)))
		fail_msg("%s", why);
	free(noted);
	free(text);
	return v;
}

/* Who has the same text has the same tree; who holds one keeps it. */
static void test_shared(void **state)
{
	json_t *first = take(0), *again = take(0);
	char why[200] = "";

	(void)state;
	assert_ptr_equal(first, again);
	json_decref(again);
	for (int i = 1; i < 40; i++)
		json_decref(take(i));
	assert_string_equal("0",
			    json_string_value(json_object_get(first, "note")));
	again = take(0);
	assert_ptr_not_equal(first, again);
	assert_true(json_equal(first, again));
	json_decref(first);
	for (int i = 0; i < 2; i++) { /* a bad one is bad each time */
		why[0] = '\0';
		assert_int_equal(-EBADMSG,
				 script_take(&first, SV("{\"start\":1}"), why,
					     sizeof(why)));
		assert_true(why[0]);
	}
	json_decref(again);
}

/* What is wanted again and again is never given up, nor what is new. */
static void test_kept(void **state)
{
	json_t *first = take(100), *before = json_incref(first), *next, *v;

	(void)state;
	for (int i = 101; i < 140; i++) {
		next = take(i);
		v = take(100);
		assert_ptr_equal(first, v);
		json_decref(v);
		v = take(i - 1);
		assert_ptr_equal(before, v);
		json_decref(v);
		json_decref(before);
		before = next;
	}
	json_decref(before);
	json_decref(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared), cmocka_unit_test(test_kept),
		cmocka_unit_test(test_merge),  cmocka_unit_test(test_resolve),
		cmocka_unit_test(test_origin), cmocka_unit_test(test_conf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
