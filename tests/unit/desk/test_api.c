/* The dashboard's API over real sockets and a real database. */
#include "tests/unit/desk/desk.h"

static struct secret owner;

static int setup(void **state)
{
	int err = desk_setup(state);

	owner = sign_in("owner@harbor.test");
	return err;
}

static void test_api_sign_in(void **state)
{
	char body[160];
	struct answer a;
	(void)state;

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}",
		 link_of("owner@harbor.test"));
	post(&a, "/api/v1/sign-in", "", body);
	assert_int_equal(200, a.status);
	assert_has(&a, "HttpOnly");
	assert_has(&a, "SameSite=Strict");
	assert_has(&a, "Max-Age=1209600");
	assert_has(&a, "Cache-Control: no-store");
	assert_null(strstr(a.body, "session"));
	answer_fini(&a);

	print_message("a link is good once\n");
	post(&a, "/api/v1/sign-in", "", body);
	assert_int_equal(401, a.status);
	assert_has(&a, "application/problem+json");
	assert_has(&a, "too old");
	assert_false(peer_has(&a.p, "Set-Cookie"));
	answer_fini(&a);
}

static void test_api_posts(void **state)
{
	static const struct {
		const char *name, *path, *head, *body;
		int status;
	} tv[] = {
		{"no body", "/api/v1/sign-in", "", "", 400},
		{"no JSON", "/api/v1/sign-in", "", "token=1", 400},
		{"no token", "/api/v1/sign-in", "", "{\"token\":1}", 400},
		{"empty token", "/api/v1/sign-in", "", "{\"token\":\"\"}", 400},
		{"unknown token", "/api/v1/sign-in", "", "{\"token\":\"x\"}",
		 401},
		{"quotes in it", "/api/v1/sign-in", "",
		 "{\"token\":\"\\\"'; --\"}", 401},
		{"NUL in it", "/api/v1/sign-in", "",
		 "{\"token\":\"a\\u0000b\"}", 400},
		{"another site", "/api/v1/sign-in",
		 "Origin: https://evil.test\r\n", "{\"token\":\"x\"}", 403},
		{"another site, as the browser says", "/api/v1/sign-in",
		 "Sec-Fetch-Site: cross-site\r\n", "{\"token\":\"x\"}", 403},
		{"a sandbox", "/api/v1/sign-in", "Origin: null\r\n",
		 "{\"token\":\"x\"}", 403},
		{"our own page", "/api/v1/sign-in",
		 "Sec-Fetch-Site: same-origin\r\n", "{\"token\":\"x\"}", 401},
		{"a cookie without an origin", "/api/v1/sign-out",
		 "Cookie: nightbell_session=x\r\n", "{}", 403},
		{"wrong method", "/api/v1/calls", "", "{}", 405},
		{"no such path", "/api/v1/nothing", "", "{}", 404},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct answer a;

		print_message("%s\n", tv[i].name);
		post(&a, tv[i].path, tv[i].head, tv[i].body);
		assert_int_equal(tv[i].status, a.status);
		assert_has(&a, "application/problem+json");
		answer_fini(&a);
	}
}

static void test_api_gets(void **state)
{
	static const struct {
		const char *name, *path;
		int status;
		const char *has;
	} tv[] = {
		{"session", "/api/v1/session", 200, "America/New_York"},
		{"calls", "/api/v1/calls", 200, CALL_A},
		{"where the list ends", "/api/v1/calls", 200, "\"last\": 1"},
		{"limit", "/api/v1/calls?limit=1", 200, CALL_A},
		{"zero", "/api/v1/calls?limit=0", 400, "limit"},
		{"too many", "/api/v1/calls?limit=201", 400, "limit"},
		{"no number", "/api/v1/calls?limit=1x", 400, "limit"},
		{"no cursor", "/api/v1/calls?before=x", 400, "uuid"},
		{"unknown parameter", "/api/v1/calls?business=" OTHER, 400,
		 "parameter"},
		{"one call", "/api/v1/calls/" CALL_A, 200, "\"segments\": []"},
		{"another business's", "/api/v1/calls/" CALL_B, 404,
		 "no such call"},
		{"no id", "/api/v1/calls/x", 404, "Not found"},
		{"appointments", "/api/v1/appointments", 200,
		 "\"appointments\": []"},
		{"messages", "/api/v1/messages", 200, "\"messages\": []"},
		{"bad position", "/api/v1/events?last_event_id=-2", 400,
		 "Last-Event-ID"},
		{"bad call", "/transcripts?call=x", 400, "UUID"},
		{"no such path", "/api/v2/calls", 404, "Not found"},
		{"bare", "/api", 404, "Not found"},
		{"GET of a POST", "/api/v1/sign-in", 405, "Allow: POST"},
		{"the page", "/calls", 503, "make build"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct answer a;

		print_message("%s\n", tv[i].name);
		get(&a, &owner, tv[i].path, "");
		assert_int_equal(tv[i].status, a.status);
		assert_has(&a, tv[i].has);
		assert_has(&a, "nosniff");
		answer_fini(&a);
	}
}

static void test_api_needs_session(void **state)
{
	static const char *const paths[] = {
		"GET /api/v1/session",	     "GET /api/v1/calls",
		"GET /api/v1/calls/" CALL_A, "GET /api/v1/appointments",
		"GET /api/v1/messages",	     "GET /api/v1/events",
		"GET /transcripts"};
	static const char *const heads[] = {
		"\r\n", "Authorization: Bearer wrong\r\n\r\n",
		"Cookie: nightbell_session=\r\n\r\n",
		"Cookie: nightbell_session=\"'\\\r\n\r\n"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		for (size_t k = 0; k < ARRAY_LEN(heads); k++) {
			struct answer a;

			ask(&a, desk.loop, desk.port, paths[i], heads[k]);
			assert_int_equal(401, a.status);
			assert_has(&a, "WWW-Authenticate: Bearer");
			answer_fini(&a);
		}
}

static void test_api_sign_out(void **state)
{
	struct secret s = sign_in("owner@harbor.test");
	char head[256];
	struct answer a;
	(void)state;

	get(&a, &s, "/api/v1/calls", ""); /* it is in the cache now */
	assert_int_equal(200, a.status);
	answer_fini(&a);
	snprintf(head, sizeof(head),
		 "Cookie: nightbell_session=%s\r\n"
		 "Origin: http://127.0.0.1:%d\r\n",
		 s.s, desk.port);
	post(&a, "/api/v1/sign-out", head, "{}");
	assert_int_equal(200, a.status);
	assert_has(&a, "nightbell_session=;");
	assert_has(&a, "Max-Age=0");
	answer_fini(&a);
	get(&a, &s, "/api/v1/calls", "");
	assert_int_equal(401, a.status);
	answer_fini(&a);
	get(&a, &owner, "/api/v1/calls", "");
	assert_int_equal(200, a.status);
	answer_fini(&a);
}

/* What the database says no to, and its absence. */
static void test_api_database(void **state)
{
	char cmd[160];
	struct answer a;
	(void)state;

	db_ask("revoke execute on function api.messages from nightbell_api");
	get(&a, &owner, "/api/v1/messages", "");
	assert_int_equal(403, a.status);
	assert_false(peer_has(&a.p, "api.messages"));
	answer_fini(&a);
	db_ask("grant execute on function api.messages to nightbell_api");

	PQfinish(db);
	snprintf(cmd, sizeof(cmd), "tools/pg stop %s", db_dir);
	assert_int_equal(0, system(cmd));
	RUN_UNTIL(desk.loop, !pg_up(desk.pg));
	get(&a, &owner, "/api/v1/calls", "");
	assert_int_equal(503, a.status);
	assert_has(&a, "Retry-After: 2");
	answer_fini(&a);
	snprintf(cmd, sizeof(cmd), "tools/pg start %s", db_dir);
	assert_int_equal(0, system(cmd));
	db_connect();
	RUN_UNTIL(desk.loop, pg_up(desk.pg));
	get(&a, &owner, "/api/v1/calls", "");
	assert_int_equal(200, a.status);
	answer_fini(&a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_api_sign_in),  T(test_api_posts),
		T(test_api_gets),     T(test_api_needs_session),
		T(test_api_sign_out), T(test_api_database),
	};

	return cmocka_run_group_tests(tests, db_setup, db_teardown);
}
