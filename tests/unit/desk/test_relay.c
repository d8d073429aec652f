/* What the carrier's answers mean for a text message or a call of ours. */
#include "tests/unit/assert.h"

#include "desk/relay.h"

#include <jansson.h>

static const struct {
	const char *name;
	struct httpc_result res;
	const char *body;
	bool ok, permanent, maybe_sent;
	int code;
	const char *sid, *error;
} tv[] = {
	{"accepted",
	 {.status = 201},
	 "{\"sid\":\"SM1\",\"status\":\"queued\"}",
	 true,
	 false,
	 false,
	 0,
	 "SM1",
	 ""},
	{"accepted, unreadable",
	 {.status = 200},
	 "<html>",
	 true,
	 false,
	 false,
	 0,
	 "",
	 ""},
	{"said STOP",
	 {.status = 400},
	 "{\"code\":21610,\"message\":\"unsubscribed\"}",
	 false,
	 true,
	 false,
	 21610,
	 "",
	 "HTTP 400: unsubscribed"},
	{"no such number",
	 {.status = 400},
	 "{\"code\":21211}",
	 false,
	 true,
	 false,
	 21211,
	 "",
	 "HTTP 400"},
	{"not found",
	 {.status = 404},
	 "",
	 false,
	 true,
	 false,
	 0,
	 "",
	 "HTTP 404"},
	{"wrong credentials",
	 {.status = 401},
	 "{\"code\":20003}",
	 false,
	 false,
	 false,
	 20003,
	 "",
	 "HTTP 401"},
	{"too many requests",
	 {.status = 429},
	 "{\"code\":20429}",
	 false,
	 false,
	 false,
	 20429,
	 "",
	 "HTTP 429"},
	{"their fault",
	 {.status = 500},
	 "",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 500"},
	{"bad gateway",
	 {.status = 502},
	 "<html>",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 502"},
	{"moved", {.status = 302}, "", false, false, false, 0, "", "HTTP 302"},
	{"nobody there",
	 {.err = -ECONNREFUSED, .why = "refused"},
	 "",
	 false,
	 false,
	 false,
	 0,
	 "",
	 "refused"},
	{"sent, no answer",
	 {.err = -ETIMEDOUT, .sent = true, .why = "late"},
	 "",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "late"},
	{"cut off",
	 {.err = -ECONNRESET, .sent = true},
	 "",
	 false,
	 false,
	 true,
	 0,
	 "",
	 NULL},
};

static void test_judge(void **state)
{
	struct relay_verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct httpc_result res = tv[i].res;

		print_message("%s\n", tv[i].name);
		res.body = sv_str(tv[i].body);
		relay_judge(&v, &res);
		assert_int_equal(tv[i].ok, v.ok);
		assert_int_equal(tv[i].permanent, v.permanent);
		assert_int_equal(tv[i].maybe_sent, v.maybe_sent);
		assert_int_equal(tv[i].code, v.code);
		assert_string_equal(tv[i].sid, v.sid);
		if (tv[i].error)
			assert_string_equal(tv[i].error, v.error);
	}
}

/* 24 Nov 2026 14:00:00 UTC */
#define SINCE_MS INT64_C(1795528800000)
#define ROW(body, status, at)                                                  \
	"{\"sid\":\"SM1\",\"body\":\"" body "\",\"status\":\"" status          \
	"\",\"direction\":\"outbound-api\",\"date_created\":\"" at "\"}"
#define AT "Tue, 24 Nov 2026 14:00:05 +0000"
#define LIST(rows) "{\"messages\":[" rows "]}"

static const struct {
	const char *name, *list;
	bool found;
} lists[] = {
	{"it went out", LIST(ROW("See you at 2.", "sent", AT)), true},
	{"it waits there", LIST(ROW("See you at 2.", "queued", AT)), true},
	{"behind others",
	 LIST(ROW("Hello.", "sent", AT) "," ROW("See you at 2.", "sent", AT)),
	 true},
	{"with the sentence of trial accounts",
	 LIST(ROW("Sent from your trial account - See you at 2.", "sent", AT)),
	 true},
	{"in another zone",
	 LIST(ROW("See you at 2.", "sent", "Tue, 24 Nov 2026 09:00:05 -0500")),
	 true},
	{"it failed", LIST(ROW("See you at 2.", "failed", AT)), false},
	{"undelivered", LIST(ROW("See you at 2.", "undelivered", AT)), false},
	{"the same text, last week",
	 LIST(ROW("See you at 2.", "sent", "Tue, 17 Nov 2026 14:00:05 +0000")),
	 false},
	{"another text", LIST(ROW("See you at 3.", "sent", AT)), false},
	{"more behind it", LIST(ROW("See you at 2. Or 3.", "sent", AT)), false},
	{"theirs",
	 "{\"messages\":[{\"sid\":\"SM1\",\"body\":\"See you at 2.\","
	 "\"status\":\"received\",\"direction\":\"inbound\"}]}",
	 false},
	{"none", LIST(""), false},
	{"no list", "{}", false},
	{"no JSON", "<html>", false},
};

static void test_find(void **state)
{
	char sid[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		print_message("%s\n", lists[i].name);
		assert_int_equal(lists[i].found,
				 relay_find(sid, sv_str(lists[i].list),
					    SV("See you at 2."), SINCE_MS));
		if (lists[i].found)
			assert_string_equal("SM1", sid);
	}
}

#define CALL(sid, status, at)                                                  \
	"{\"sid\":\"" sid "\",\"status\":\"" status                            \
	"\",\"direction\":\"outbound-api\",\"date_created\":\"" at "\"}"
#define CALLS(rows) "{\"calls\":[" rows "]}"

static const struct {
	const char *name, *list, *known, *sid;
} calls[] = {
	{"it rings", CALLS(CALL("CA1", "ringing", AT)), "[]", "CA1"},
	{"nobody answered", CALLS(CALL("CA1", "no-answer", AT)), "[]", "CA1"},
	{"it failed: told by its callback", CALLS(CALL("CA1", "failed", AT)),
	 NULL, "CA1"},
	{"another row's call", CALLS(CALL("CA1", "completed", AT)),
	 "[\"CA0\",\"CA1\"]", NULL},
	{"behind another row's",
	 CALLS(CALL("CA1", "completed", AT) "," CALL("CA2", "queued", AT)),
	 "[\"CA1\"]", "CA2"},
	{"an earlier one",
	 CALLS(CALL("CA1", "completed", "Tue, 24 Nov 2026 13:59:59 +0000")),
	 "[]", NULL},
	{"theirs", "{\"calls\":[{\"sid\":\"CA1\",\"direction\":\"inbound\"}]}",
	 "[]", NULL},
	{"without an id", "{\"calls\":[{\"status\":\"queued\"}]}", "[]", NULL},
	{"none", CALLS(""), "[]", NULL},
	{"no list", "{}", "[]", NULL},
	{"no JSON", "<html>", "[]", NULL},
};

static void test_find_call(void **state)
{
	char sid[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		json_t *known = calls[i].known
					? json_loads(calls[i].known, 0, NULL)
					: NULL;
		bool found = relay_find_call(sid, sv_str(calls[i].list), known,
					     SINCE_MS);

		print_message("%s\n", calls[i].name);
		assert_int_equal(calls[i].sid != NULL, found);
		if (found)
			assert_string_equal(calls[i].sid, sid);
		json_decref(known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
