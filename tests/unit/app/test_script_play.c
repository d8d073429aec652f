/*
 * Scripts in the terminal: what is typed goes in, a conversation comes out,
 * with tools answered from a calendar in memory.
 */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "app/script_desk.h"
#include "app/script_play.h"

/* 2026-11-23T10:00 in New York, a Monday. */
#define NOW INT64_C(1795446000000)

static const char script[] =
	"{\"lang\":\"en\",\"start\":\"a\",\"slots\":{"
	"\"service\":{\"kind\":\"service\"},\"when\":{\"kind\":\"when\"},"
	"\"ok\":{\"kind\":\"yesno\"}},"
	"\"languages\":{\"es\":{\"What is it?\":\"\u00bfQu\u00e9 es?\","
	"\"again\":\"otra vez\",\"silent\":\"silencio\",\"wait\":\"espere\","
	"\"sorry\":\"perd\u00f3n\",\"When?\":\"\u00bfCu\u00e1ndo?\","
	"\"Shall I take {offer.start|when}?\":\"\u00bf{offer.start|when}?\","
	"\"Done: {booked.service_name}, {booked.start|when}.\":"
	"\"Hecho: {booked.service_name}, {booked.start|when}.\","
	"\"Bye.\":\"Adi\u00f3s.\"}},"
	"\"always\":[{\"intent\":\"repeat\"},{\"key\":\"9\",\"then\":{\"lang\":"
	"\"es\"}}],"
	"\"defaults\":{\"again\":[\"again\"],\"silent\":[\"silent\"],"
	"\"patience\":[\"wait\"],\"sorry\":\"sorry\",\"fail\":\"z\",\"gone\":"
	"\"z\",\"failed\":\"z\"},\"states\":{"
	"\"a\":{\"ask\":\"service\",\"say\":\"What is it?\",\"next\":\"b\"},"
	"\"b\":{\"ask\":\"when\",\"say\":\"When?\",\"next\":\"find\"},"
	"\"find\":{\"tool\":\"find_slots\",\"args\":{\"service\":"
	"\"{service.id}\",\"date\":\"{when.date}\",\"time\":\"{when.time}\","
	"\"part\":\"{when.part}\"},\"save\":\"found\",\"on\":{\"ok\":\"pick\"}}"
	","
	"\"pick\":{\"pick\":{\"from\":\"found.slots\",\"wish\":\"when\","
	"\"into\":\"offer\"},\"on\":{\"some\":\"offer\",\"none\":\"z\"}},"
	"\"offer\":{\"ask\":\"ok\",\"fresh\":true,\"also\":[\"when\"],\"say\":"
	"\"Shall I take {offer.start|when}?\",\"on\":{\"yes\":\"book\",\"no\":"
	"\"z\"}},"
	"\"book\":{\"tool\":\"book\",\"args\":{\"service\":\"{service.id}\","
	"\"start\":\"{offer.start}\"},\"save\":\"booked\",\"on\":{\"ok\":"
	"\"y\"}},"
	"\"y\":{\"say\":\"Done: {booked.service_name}, {booked.start|when}.\","
	"\"end\":\"booked\"},"
	"\"z\":{\"say\":\"Bye.\",\"end\":\"declined\"}}}";

static void play_as(const char *typed, const char *want, const char *lang,
		    const char *hears, bool verbose)
{
	char *said = NULL, why[256] = "";
	size_t len = 0;
	struct script_play_prm prm = {
		.lang = lang,
		.hears = hears,
		.wall_ms = NOW,
		.verbose = verbose,
	};

	prm.script = json_loads(script, 0, NULL);
	assert_non_null(prm.script);
	prm.context = script_play_context(prm.script);
	prm.in = fmemopen((void *)(uintptr_t)typed, strlen(typed), "r");
	prm.out = open_memstream(&said, &len);
	assert_non_null(prm.in);
	assert_int_equal(0, script_play(&prm, why, sizeof(why)));
	fclose(prm.in);
	fclose(prm.out);
	assert_string_equal(want, said);
	free(said);
	json_decref(prm.script);
	json_decref(prm.context);
}

static void test_play(void **state)
{
	(void)state;

	play_as("my furnace\n\ntomorrow at two // tomorrow at ten\nyes\n",
		"Assistant: What is it?\n"
		"Caller: my furnace\n"
		"Assistant: When?\n"
		"Caller: (silence)\n"
		"Assistant: silent\n"
		"Caller: tomorrow at two // tomorrow at ten\n"
		"Assistant: Shall I take Tuesday, November 24th at 2 PM?\n"
		"Caller: yes\n"
		"Assistant: Done: furnace repair, Tuesday, November 24th at "
		"2 PM.\n"
		"(The call ends: booked.)\n",
		NULL, "en es", false);
	play_as("/3\n/int When\n/unclear\n/what\n/quit\nnever read\n",
		"Assistant: What is it?\n"
		"Caller: /3\n"
		"Assistant: When?\n"
		"Caller: /int When\n"
		"Caller: /unclear\n"
		"Assistant: When?\n"
		"Caller: /what\n"
		"There is no /what. What there is:\n"
		"  a line     what the caller says; \" // \" before other "
		"readings\n"
		"  nothing    silence\n"
		"  /12#       keys of the telephone\n"
		"  /int       interrupts the assistant; /int TEXT: that was "
		"heard of it\n"
		"  /unclear   speech that was not understood; /unclear GUESS\n"
		"  /es TEXT   said in Spanish; /en TEXT in English\n"
		"  /quit      hangs up\n"
		"Caller: /quit\n"
		"(The caller hung up.)\n",
		NULL, "en es", false);
}

static void test_languages(void **state)
{
	(void)state;

	play_as("/es la calefacci\u00f3n por favor\n",
		"Assistant: What is it?\n"
		"Caller: /es la calefacci\u00f3n por favor\n"
		"Assistant: \u00bfCu\u00e1ndo?\n"
		"(The caller hung up.)\n",
		NULL, "en es", false);
	play_as("/1\n",
		"Assistant: \u00bfQu\u00e9 es?\n"
		"Caller: /1\n"
		"Assistant: \u00bfCu\u00e1ndo?\n"
		"(The caller hung up.)\n",
		"es", "en es", false);
	/* the desk's English name of the service is said in Spanish */
	play_as("/3\nma\u00f1ana a las dos\ns\u00ed\n",
		"Assistant: \u00bfQu\u00e9 es?\n"
		"Caller: /3\n"
		"Assistant: \u00bfCu\u00e1ndo?\n"
		"Caller: ma\u00f1ana a las dos\n"
		"Assistant: \u00bfel martes 24 de noviembre a las 2 de la "
		"tarde?\n"
		"Caller: s\u00ed\n"
		"Assistant: Hecho: limpieza de desag\u00fce, el martes 24 de "
		"noviembre a las 2 de la tarde.\n"
		"(The call ends: booked.)\n",
		"es", "en es", false);
	/* only keys are read */
	play_as("furnace\n/9\n/2\n",
		"Assistant: What is it?\n"
		"Caller: furnace\n"
		"Assistant: again\n"
		"Caller: /9\n"
		"Assistant: \u00bfQu\u00e9 es?\n"
		"Caller: /2\n"
		"Assistant: \u00bfCu\u00e1ndo?\n"
		"(The caller hung up.)\n",
		NULL, "-", false);
}

static void test_tools_shown(void **state)
{
	(void)state;

	play_as("drain on Saturday at two\nno\n",
		"Assistant: What is it?\n"
		"Caller: drain on Saturday at two\n"
		"  # find_slots {\"service\":\"s3\",\"date\":\"2026-11-28\","
		"\"time\":\"14:00\",\"part\":null}\n"
		"  # = {\"ok\":true,\"exact\":false,\"slots\":[{\"start\":"
		"\"2026-11-28T11:00\",\"end\":\"2026-11-28T12:00\"},{\"start\":"
		"\"2026-11-28T10:30\",\"end\":\"2026-11-28T11:30\"},{\"start\":"
		"\"2026-11-28T10:00\",\"end\":\"2026-11-28T11:00\"}]}\n"
		"Assistant: Shall I take Saturday, November 28th at 11 AM?\n"
		"Caller: no\n"
		"Assistant: Bye.\n"
		"(The call ends: declined.)\n",
		NULL, "en es", true);
}

static json_t *answer(struct script_desk *d, const char *name, const char *args)
{
	json_t *a = json_loads(args, 0, NULL);
	json_t *v = script_desk_answer(d, sv_str(name), a, 20780, 600);

	json_decref(a);
	assert_non_null(v);
	return v;
}

static void says(struct script_desk *d, const char *name, const char *args,
		 const char *want)
{
	json_t *v = answer(d, name, args), *w = json_loads(want, 0, NULL);
	const char *key;
	json_t *m;

	json_object_foreach (w, key, m)
		assert_true(json_equal(m, json_object_get(v, key)));
	json_decref(v);
	json_decref(w);
}

/* Day 20780 is 2026-11-23. */
static void test_desk(void **state)
{
	json_t *context = script_play_context(NULL);
	struct script_desk *d;
	(void)state;

	assert_int_equal(0, script_desk_new(&d, context));
	says(d, "hold", "{\"service\":\"s1\",\"start\":\"2026-11-24T09:00\"}",
	     "{\"ok\":true,\"end\":\"2026-11-24T10:30\"}");
	says(d, "book", "{\"service\":\"s1\",\"start\":\"2026-11-24T09:00\"}",
	     "{\"ok\":true,\"service_name\":\"furnace repair\"}");
	says(d, "book", "{\"service\":\"s1\",\"start\":\"2026-11-24T09:00\"}",
	     "{\"ok\":false,\"error\":\"slot_taken\"}");
	says(d, "move",
	     "{\"appointment\":\"a2\",\"start\":\"2026-11-24T11:00\"}",
	     "{\"ok\":true,\"start\":\"2026-11-24T11:00\"}");
	says(d, "hold", "{\"service\":\"s1\",\"start\":\"2026-11-24T09:00\"}",
	     "{\"ok\":true}");
	says(d, "cancel", "{\"appointment\":\"a2\"}", "{\"ok\":true}");
	says(d, "cancel", "{\"appointment\":\"a2\"}",
	     "{\"ok\":false,\"error\":\"not_found\"}");
	says(d, "appointments", "{}", "{\"ok\":true,\"appointments\":[]}");
	says(d, "transfer", "{}", "{\"ok\":false,\"error\":\"nobody\"}");
	says(d, "dispatch", "{\"kind\":\"gas\"}", "{\"technician\":\"Sam\"}");
	says(d, "dispatch_status", "{}", "{\"state\":\"asked\"}");
	says(d, "dispatch_status", "{}", "{\"state\":\"acknowledged\"}");
	says(d, "dance", "{}", "{\"ok\":false,\"error\":\"unknown_tool\"}");
	says(d, "hold", "{}", "{\"ok\":false,\"error\":\"bad_request\"}");
	script_desk_free(d);
	json_decref(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_play),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_tools_shown),
		cmocka_unit_test(test_desk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
