/* What a seed changes in a caller file, and what it leaves. */
#include "../assert.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caller.h"
#include "vary.h"

static json_t *varied(const char *json, uint64_t seed)
{
	json_t *o = json_loads(json, 0, NULL);
	char why[300];

	assert_non_null(o);
	if (vary_caller(o, seed, why, sizeof(why)))
		fail_msg("%s", why);
	return o;
}

#define FILE_OF_ALL                                                            \
	"{\"facts\":{\"who\":[{\"name\":\"Ann\"},{\"name\":\"Bob\"}],"         \
	"\"day\":[\"Monday\",\"Friday\"]},"                                    \
	"\"truth\":{\"name\":\"{who.name}\"},"                                 \
	"\"turns\":[{\"say\":[\"It is {who.name}.\",\"{who.name} here.\"]},"   \
	"[\"On {day}.\",\"{day}, please.\"],{\"say\":\"No {facts} {here\"}],"  \
	"\"answers\":[{\"hears\":\"x{2}\",\"say\":[[\"a\",\"b\"],\"c\"]}]}"

static const char *says(json_t *o, size_t i)
{
	json_t *t = json_array_get(json_object_get(o, "turns"), i);

	return json_string_value(json_is_string(t) ? t
						   : json_object_get(t, "say"));
}

static void test_first(void **state)
{
	json_t *o = varied(FILE_OF_ALL, 1), *a;

	(void)state;
	assert_string_equal("It is Ann.", says(o, 0));
	assert_string_equal("On Monday.", says(o, 1));
	assert_string_equal("No {facts} {here", says(o, 2));
	a = json_array_get(json_object_get(o, "answers"), 0);
	assert_string_equal("x{2}",
			    json_string_value(json_object_get(a, "hears")));
	assert_string_equal("a", json_string_value(json_array_get(
					 json_object_get(a, "say"), 0)));
	/* seed 1 is the file as written: its own voice and pace */
	assert_null(json_object_get(o, "voice"));
	assert_null(json_object_get(o, "rate"));
	assert_null(json_object_get(o, "facts"));
	json_decref(o);
}

/* All that may come comes, truth and words agree, a seed is repeatable. */
static void test_seeds(void **state)
{
	static const char *const words[] = {"It is Ann.", "Ann here.",
					    "It is Bob.", "Bob here."};
	bool seen[ARRAY_LEN(words)] = {0};

	(void)state;
	for (uint64_t seed = 2; seed < 60; seed++) {
		json_t *o = varied(FILE_OF_ALL, seed);
		json_t *again = varied(FILE_OF_ALL, seed);
		const char *name = json_string_value(
			json_object_get(json_object_get(o, "truth"), "name"));
		double rate = json_number_value(json_object_get(o, "rate"));

		assert_true(json_equal(o, again));
		assert_non_null(strstr(says(o, 0), name));
		assert_true(rate >= 0.95 && rate <= 1.06);
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			seen[i] |= !strcmp(words[i], says(o, 0));
		json_decref(o);
		json_decref(again);
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_true(seen[i]);
}

static void test_ranges(void **state)
{
	(void)state;
	for (uint64_t seed = 2; seed < 30; seed++) {
		json_t *o = varied(
			"{\"rate\":1.3,\"line\":{\"level_db\":-30},"
			"\"varies\":{\"voices\":[\"flite:awb\"],"
			"\"rate\":[0.9,1.1],\"level_db\":[0,1]},\"turns\":[]}",
			seed);
		json_t *line = json_object_get(o, "line");
		double rate = json_number_value(json_object_get(o, "rate"));
		double level =
			json_number_value(json_object_get(line, "level_db"));

		assert_string_equal(
			"flite:awb",
			json_string_value(json_object_get(o, "voice")));
		assert_true(rate >= 1.16 && rate <= 1.44);
		assert_true(level >= -30 && level <= -29);
		json_decref(o);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_like(void **state)
{
	char dir[600], why[300];
	struct caller *k;
	json_t *o;

	(void)state;
	dir_make("build/test-callers");
	write_file("build/test-callers/base.json",
		   "{\"from\":\"+14155550199\",\"truth\":{\"a\":1,\"b\":2},"
		   "\"answers\":[{\"hears\":\"day\",\"say\":\"Monday\"}]}");
	write_file("build/test-callers/own.json",
		   "{\"like\":\"base\",\"truth\":{\"b\":3},"
		   "\"answers\":[{\"hears\":\"day\",\"say\":\"Friday\"}]}");
	write_file("build/test-callers/round.json", "{\"like\":\"round\"}");
	assert_int_equal(0, caller_read(&o, "own", "build/test-callers", 1, dir,
					sizeof(dir), why, sizeof(why)));
	assert_int_equal(2, json_array_size(json_object_get(o, "answers")));
	assert_int_equal(1, json_integer_value(json_object_get(
				    json_object_get(o, "truth"), "a")));
	assert_int_equal(3, json_integer_value(json_object_get(
				    json_object_get(o, "truth"), "b")));
	json_decref(o);
	assert_int_equal(0, caller_load(&k, "own", "build/test-callers", 1, why,
					sizeof(why)));
	assert_string_equal("+14155550199", k->from);
	assert_string_equal("Friday", k->answers[0].does[0].utter.text);
	caller_unref(k);
	assert_int_equal(-EBADMSG,
			 caller_load(&k, "round", "build/test-callers", 1, why,
				     sizeof(why)));
	assert_non_null(strstr(why, "circle"));
}

static const struct {
	const char *json, *why;
} bad[] = {
	{"[]", "object"},
	{"{\"facts\":[]}", "facts"},
	{"{\"facts\":{\"a\":[]}}", "list"},
	{"{\"varies\":{\"voices\":[]}}", "voices"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		json_t *o = json_loads(bad[i].json, 0, NULL);
		char why[300];

		print_message("%s\n", bad[i].json);
		assert_int_equal(-EBADMSG, vary_caller(o, 2, why, sizeof(why)));
		if (!strstr(why, bad[i].why))
			fail_msg("said: %s", why);
		json_decref(o);
	}
}

/* Every caller that comes with callsim can be read, with every seed. */
static void each(const char *name, const char *about, void *arg)
{
	int *n = arg;

	print_message("%s\n", name);
	assert_true(*about);
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct caller *k;
		char why[600];

		if (caller_load(&k, name, "tools/callsim/callers", seed, why,
				sizeof(why)))
			fail_msg("%s", why);
		caller_unref(k);
	}
	++*n;
}

static void test_ours(void **state)
{
	int n = 0;

	(void)state;
	caller_list("tools/callsim/callers", each, &n);
	assert_in_range(n, 22, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),	 cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_ranges),	 cmocka_unit_test(test_like),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
