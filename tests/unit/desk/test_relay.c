/* What the carrier's answers mean for a text message or a call of ours. */
#include "tests/unit/assert.h"

#include "desk/relay.h"

#include <jansson.h>

#define SM1 "SM00000000000000000000000000000001"
#define SM0 "SM00000000000000000000000000000000"
#define CA0 "CA00000000000000000000000000000000"
#define CA1 "CA00000000000000000000000000000001"
#define CA2 "CA00000000000000000000000000000002"

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
	 "{\"sid\":\"" SM1 "\",\"status\":\"queued\"}",
	 true,
	 false,
	 false,
	 0,
	 SM1,
	 ""},
	{"a page",
	 {.status = 200},
	 "<html>",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 200, but nothing says what was made"},
	{"taken, unreadable",
	 {.status = 201},
	 "<html>",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"taken, no sid",
	 {.status = 201},
	 "{}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"taken, cut",
	 {.status = 201},
	 "{\"sid\":\"" SM1 "\",\"sta",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"taken, no word",
	 {.status = 204},
	 "",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 204, but nothing says what was made"},
	{"a sid that is none",
	 {.status = 201},
	 "{\"sid\":\"SM'; drop table x;--\"}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a sid that is short",
	 {.status = 201},
	 "{\"sid\":\"SM1\"}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a sid of a recording",
	 {.status = 201},
	 "{\"sid\":\"RE00000000000000000000000000000001\"}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a sid with a tail",
	 {.status = 201},
	 "{\"sid\":\"" SM1 "0\"}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a sid that is no hex",
	 {.status = 201},
	 "{\"sid\":\"SM0000000000000000000000000000000g\"}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a sid that is no text",
	 {.status = 201},
	 "{\"sid\":1}",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 201, but nothing says what was made"},
	{"a list",
	 {.status = 200},
	 "[]",
	 false,
	 false,
	 true,
	 0,
	 "",
	 "HTTP 200, but nothing says what was made"},
	{"a call",
	 {.status = 201},
	 "{\"sid\":\"" CA1 "\",\"status\":\"queued\"}",
	 true,
	 false,
	 false,
	 0,
	 CA1,
	 ""},
	{"taken, not registered",
	 {.status = 201},
	 "{\"sid\":\"" SM1 "\",\"status\":\"failed\",\"error_code\":30034}",
	 false,
	 true,
	 false,
	 30034,
	 "",
	 "taken, and failed at once"},
	{"taken, cancelled",
	 {.status = 201},
	 "{\"sid\":\"" SM1 "\",\"status\":\"canceled\",\"error_code\":null}",
	 false,
	 true,
	 false,
	 0,
	 "",
	 "taken, and canceled at once"},
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
	{"no carrier", {.status = 201}, "server", 0},
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
	"{\"sid\":\"" SM1 "\",\"body\":\"" body "\",\"status\":\"" status      \
	"\",\"direction\":\"outbound-api\",\"date_created\":\"" at "\"}"
#define AT "Tue, 24 Nov 2026 14:00:05 +0000"
#define LIST(rows) "{\"messages\":[" rows "]}"

static const struct {
	const char *name, *list;
	int found;
} lists[] = {
	{"it went out", LIST(ROW("See you at 2.", "sent", AT)), 1},
	{"it waits there", LIST(ROW("See you at 2.", "queued", AT)), 1},
	{"behind others",
	 LIST(ROW("Hello.", "sent", AT) "," ROW("See you at 2.", "sent", AT)),
	 1},
	{"with the sentence of trial accounts",
	 LIST(ROW("Sent from your trial account - See you at 2.", "sent", AT)),
	 1},
	{"in another zone",
	 LIST(ROW("See you at 2.", "sent", "Tue, 24 Nov 2026 09:00:05 -0500")),
	 1},
	{"it failed", LIST(ROW("See you at 2.", "failed", AT)), 0},
	{"undelivered", LIST(ROW("See you at 2.", "undelivered", AT)), 0},
	{"the same text, last week",
	 LIST(ROW("See you at 2.", "sent", "Tue, 17 Nov 2026 14:00:05 +0000")),
	 0},
	{"another row's",
	 LIST("{\"sid\":\"" SM0 "\",\"body\":\"See you at 2.\","
	      "\"status\":\"sent\"}"),
	 0},
	{"another text", LIST(ROW("See you at 3.", "sent", AT)), 0},
	{"more behind it", LIST(ROW("See you at 2. Or 3.", "sent", AT)), 0},
	{"theirs",
	 "{\"messages\":[{\"sid\":\"" SM1 "\",\"body\":\"See you at 2.\","
	 "\"status\":\"received\",\"direction\":\"inbound\"}]}",
	 0},
	{"none", LIST(""), 0},
	{"no list", "{}", -EBADMSG},
	{"a list of calls", "{\"calls\":[]}", -EBADMSG},
	{"no list in it", "{\"messages\":{}}", -EBADMSG},
	{"of something else", LIST("1"), -EBADMSG},
	{"without ids",
	 LIST("{\"body\":\"See you at 2.\",\"status\":\"sent\"}"), -EBADMSG},
	{"a good one and one without",
	 LIST(ROW("See you at 2.", "sent", AT) ",{}"), -EBADMSG},
	{"nothing", "", -EBADMSG},
	{"cut", "{\"messages\":[{\"sid\":\"SM", -EBADMSG},
	{"no JSON", "<html>", -EBADMSG},
};

static void test_find(void **state)
{
	json_t *known = json_pack("[s]", SM0);
	char sid[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		print_message("%s\n", lists[i].name);
		assert_int_equal(lists[i].found,
				 relay_find(sid, sv_str(lists[i].list),
					    SV("See you at 2."), known,
					    SINCE_MS));
		if (lists[i].found > 0)
			assert_string_equal(SM1, sid);
	}
	json_decref(known);
}

#define CALL(sid, status, at)                                                  \
	"{\"sid\":\"" sid "\",\"status\":\"" status                            \
	"\",\"direction\":\"outbound-api\",\"date_created\":\"" at "\"}"
#define CALLS(rows) "{\"calls\":[" rows "]}"

static const struct {
	const char *name, *list, *known, *sid;
	bool none; /* it is no list */
} calls[] = {
	{"it rings", CALLS(CALL(CA1, "ringing", AT)), "[]", CA1, false},
	{"nobody answered", CALLS(CALL(CA1, "no-answer", AT)), "[]", CA1,
	 false},
	{"it failed: told by its callback", CALLS(CALL(CA1, "failed", AT)),
	 NULL, CA1, false},
	{"another row's call", CALLS(CALL(CA1, "completed", AT)),
	 "[\"" CA0 "\",\"" CA1 "\"]", NULL, false},
	{"behind another row's",
	 CALLS(CALL(CA1, "completed", AT) "," CALL(CA2, "queued", AT)),
	 "[\"" CA1 "\"]", CA2, false},
	{"an earlier one",
	 CALLS(CALL(CA1, "completed", "Tue, 24 Nov 2026 13:59:59 +0000")), "[]",
	 NULL, false},
	{"theirs",
	 "{\"calls\":[{\"sid\":\"" CA1 "\",\"direction\":\"inbound\"}]}", "[]",
	 NULL, false},
	{"without an id", "{\"calls\":[{\"status\":\"queued\"}]}", "[]", NULL,
	 true},
	{"none", CALLS(""), "[]", NULL, false},
	{"no list", "{}", "[]", NULL, true},
	{"a list of texts", "{\"messages\":[]}", "[]", NULL, true},
	{"no JSON", "<html>", "[]", NULL, true},
};

static void test_find_call(void **state)
{
	char sid[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		json_t *known = calls[i].known
					? json_loads(calls[i].known, 0, NULL)
					: NULL;
		int found = relay_find_call(sid, sv_str(calls[i].list), known,
					    SINCE_MS);

		print_message("%s\n", calls[i].name);
		assert_int_equal(calls[i].none	? -EBADMSG
				 : calls[i].sid ? 1
						: 0,
				 found);
		if (found > 0)
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
