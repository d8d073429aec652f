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

static const struct {
	const char *name;
	struct httpc_result res;
	const char *kind;
	int retry_after_s;
} kinds[] = {
	{"nobody there", {.err = -ECONNREFUSED}, "network", 0},
	{"no answer", {.err = -ETIMEDOUT, .sent = true}, "network", 0},
	{"too busy", {.status = 429, .retry_after_s = 7}, "busy", 7},
	{"too busy for a word",
	 {.status = 429, .retry_after_s = -1},
	 "busy",
	 0},
	{"our password",
	 {.status = 401, .retry_after_s = -1},
	 "credentials",
	 0},
	{"their fault", {.status = 503, .retry_after_s = 3}, "server", 3},
	{"their time-out", {.status = 408}, "server", 0},
	{"taken", {.status = 201}, NULL, 0},
};

static void test_kinds(void **state)
{
	struct relay_verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		print_message("%s\n", kinds[i].name);
		relay_judge(&v, &kinds[i].res);
		if (kinds[i].kind)
			assert_string_equal(kinds[i].kind, v.kind);
		else
			assert_null(v.kind);
		assert_int_equal(kinds[i].retry_after_s, v.retry_after_s);
	}
}

static const struct {
	const char *name;
	struct smtp_result res;
	bool ok, permanent, maybe_sent;
	int code;
	const char *kind;
} mails[] = {
	{"taken", {.reply = 250}, true, false, false, 0, NULL},
	{"no such person",
	 {.err = -EREMOTEIO, .reply = 550},
	 false,
	 true,
	 false,
	 550,
	 "server"},
	{"come again",
	 {.err = -EREMOTEIO, .reply = 451},
	 false,
	 false,
	 false,
	 451,
	 "server"},
	{"not now",
	 {.err = -EREMOTEIO, .reply = 421},
	 false,
	 false,
	 false,
	 421,
	 "server"},
	{"our password",
	 {.err = -EACCES, .reply = 535},
	 false,
	 false,
	 false,
	 535,
	 "credentials"},
	{"it wants a login",
	 {.err = -EREMOTEIO, .reply = 530},
	 false,
	 false,
	 false,
	 530,
	 "credentials"},
	{"no TLS there",
	 {.err = -EPROTO, .reply = 250},
	 false,
	 false,
	 false,
	 0,
	 "credentials"},
	{"nobody there",
	 {.err = -ECONNREFUSED},
	 false,
	 false,
	 false,
	 0,
	 "network"},
	{"gone with it",
	 {.err = -ECONNRESET, .reply = 354, .sent = true},
	 false,
	 false,
	 true,
	 0,
	 "network"},
};

static void test_mails(void **state)
{
	struct relay_verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mails); i++) {
		print_message("%s\n", mails[i].name);
		relay_judge_mail(&v, &mails[i].res);
		assert_int_equal(mails[i].ok, v.ok);
		assert_int_equal(mails[i].permanent, v.permanent);
		assert_int_equal(mails[i].maybe_sent, v.maybe_sent);
		assert_int_equal(mails[i].code, v.code);
		if (mails[i].kind)
			assert_string_equal(mails[i].kind, v.kind);
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
	{"another row's",
	 LIST("{\"sid\":\"SM0\",\"body\":\"See you at 2.\","
	      "\"status\":\"sent\"}"),
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
	json_t *known = json_pack("[s]", "SM0");
	char sid[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		print_message("%s\n", lists[i].name);
		assert_int_equal(lists[i].found,
				 relay_find(sid, sv_str(lists[i].list),
					    SV("See you at 2."), known,
					    SINCE_MS));
		if (lists[i].found)
			assert_string_equal("SM1", sid);
	}
	json_decref(known);
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
		cmocka_unit_test(test_judge),	  cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_mails),	  cmocka_unit_test(test_find),
		cmocka_unit_test(test_find_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
