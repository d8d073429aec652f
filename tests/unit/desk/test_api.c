/* The dashboard's API over real sockets and a real database. */
#include "desk/routes.h"
#include "tests/unit/desk/desk.h"

#define TASK_A "019363a0-0000-7000-8000-0000000000c1"

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
	assert_has(&a, "Path=/api/v1");
	assert_has(&a, "; Secure"); /* dashboard.public_url is https */
	assert_null(strstr(a.body, "secret"));
	assert_has(&a, "\"expires_s\":600");
	assert_has(&a, "\"name\":\"Harbor\"");
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
		{"no member of that name", "/api/v1/sign-in", "",
		 "{\"token\":\"x\",\"more\":1}", 400},
		{"twice", "/api/v1/sign-in", "",
		 "{\"token\":\"x\",\"token\":\"y\"}", 400},
		{"no address", "/api/v1/sign-in/link", "", "{\"email\":\"x\"}",
		 400},
		{"two addresses", "/api/v1/sign-in/link", "",
		 "{\"email\":\"a@b.test,c@d.test\"}", 400},
		{"lines in it", "/api/v1/sign-in/link", "",
		 "{\"email\":\"a@b.test\\r\\nBcc: c@d.test\"}", 400},
		{"refresh without a cookie", "/api/v1/refresh", "", "", 401},
		{"refresh by a guess", "/api/v1/refresh",
		 "Cookie: nightbell_session=x\r\n"
		 "Sec-Fetch-Site: same-origin\r\n",
		 "", 401},
		{"another site, as the browser says", "/api/v1/sign-in",
		 "Sec-Fetch-Site: cross-site\r\n", "{\"token\":\"x\"}", 403},
		{"a sandbox", "/api/v1/sign-in", "Origin: null\r\n",
		 "{\"token\":\"x\"}", 403},
		{"our own page", "/api/v1/sign-in",
		 "Sec-Fetch-Site: same-origin\r\n", "{\"token\":\"x\"}", 401},
		{"a cookie without an origin", "/api/v1/sign-out",
		 "Cookie: nightbell_session=x\r\n", "{}", 403},
		{"wrong method", "/api/v1/calls", "", "{}", 405},
		{"a key without a name", "/api/v1/tokens", "",
		 "{\"role\":\"viewer\"}", 400},
		{"days as a word", "/api/v1/tokens", "",
		 "{\"name\":\"x\",\"role\":\"viewer\",\"days\":\"9\"}", 400},
		{"days before", "/api/v1/tokens", "",
		 "{\"name\":\"x\",\"role\":\"viewer\",\"days\":-1}", 400},
		{"a key for a stranger", "/api/v1/tokens", "",
		 "{\"name\":\"x\",\"role\":\"viewer\",\"days\":9}", 401},
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
		{"no cursor", "/api/v1/calls?cursor=x", 400,
		 "cursor is not as it should be (\\\"next\\\" of the page "
		 "before)."},
		{"no cursor, again", "/api/v1/appointments?cursor=x", 400,
		 "cursor is not as it should be"},
		{"half a cursor", "/api/v1/appointments?cursor=1_x", 400,
		 "cursor is not as it should be"},
		{"no number as cursor", "/api/v1/numbers?cursor=x", 400,
		 "cursor is not as it should be"},
		{"no place", "/api/v1/calls/" CALL_A "/segments?cursor=1.x",
		 400, "cursor is not as it should be"},
		{"a place", "/api/v1/calls/" CALL_A "/segments?cursor=1.2", 200,
		 "segments"},
		{"a place in time",
		 "/api/v1/appointments?cursor=1795528800000000_" CALL_A, 200,
		 "appointments"},
		{"no number", "/api/v1/calls?caller=911", 400, "phone"},
		{"no time", "/api/v1/calls?from=yesterdayish", 400,
		 "T14:00:00Z"},
		{"no day", "/api/v1/calls?to=2027-02-29", 400, "T14:00:00Z"},
		{"a time", "/api/v1/calls?from=2026-01-01T10:00:00.5%2B02:00",
		 200, CALL_A},
		{"a day", "/api/v1/calls?from=2026-01-01", 200, CALL_A},
		{"no status", "/api/v1/tasks?status=weird", 400,
		 "status must be one of: open done."},
		{"no direction", "/api/v1/messages?direction=xx", 400,
		 "one of: in out."},
		{"no mark", "/api/v1/calls?mark=in", 400, "robocall"},
		{"a direction", "/api/v1/messages?direction=out", 200,
		 "\"messages\": []"},
		{"filter", "/api/v1/calls?caller=%2B14155550177", 200, CALL_A},
		{"filter, none", "/api/v1/calls?caller=%2B14155550178", 200,
		 "\"calls\": []"},
		{"unknown parameter", "/api/v1/calls?nonsense=1", 400,
		 "parameter"},
		{"twice", "/api/v1/calls?limit=1&mark=sales&limit=2", 400,
		 "limit is given twice"},
		{"business twice",
		 "/api/v1/calls?business=" HARBOR "&business=" HARBOR, 400,
		 "business is given twice"},
		{"another business", "/api/v1/calls?business=" OTHER, 403,
		 "role"},
		{"our business", "/api/v1/calls?business=" HARBOR, 200, CALL_A},
		{"no business", "/api/v1/calls?business=1", 400, "uuid"},
		{"segments", "/api/v1/calls/" CALL_A "/segments", 200,
		 "\"segments\": []"},
		{"its segments", "/api/v1/calls/" CALL_B "/segments", 404,
		 "no such call"},
		{"people", "/api/v1/leads?q=x", 200, "\"leads\": []"},
		{"tasks", "/api/v1/tasks?status=open", 200, "\"tasks\": []"},
		{"what went wrong", "/api/v1/outbox?state=dead", 200,
		 "\"outbox\": []"},
		{"who is blocked", "/api/v1/blocked", 200, "\"blocked\": []"},
		{"audit", "/api/v1/audit", 200, "user_add"},
		{"description", "/api/v1/openapi.json", 200,
		 "\"openapi\":\"3.1.0\""},
		{"one call", "/api/v1/calls/" CALL_A, 200, "\"segments\": []"},
		{"another business's", "/api/v1/calls/" CALL_B, 404,
		 "no such call"},
		{"no id", "/api/v1/calls/x", 404, "Not Found"},
		{"appointments", "/api/v1/appointments", 200,
		 "\"appointments\": []"},
		{"messages", "/api/v1/messages", 200, "\"messages\": []"},
		{"bad position", "/api/v1/events?last_event_id=-2", 400,
		 "last_event_id"},
		{"bad call", "/transcripts?call=x", 400, "uuid"},
		{"no such path", "/api/v2/calls", 404, "Not Found"},
		{"bare", "/api", 404, "Not Found"},
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

/* The words of a filter are those of the tables. */
static void test_api_words(void **state)
{
	static const struct {
		const char *path, *param, *table;
	} tv[] = {{"/api/v1/calls", "status", "call_steps"},
		  {"/api/v1/appointments", "status", "appointment_steps"},
		  {"/api/v1/messages", "status", "message_steps"},
		  {"/api/v1/tasks", "status", "task_steps"},
		  {"/api/v1/outbox", "state", "outbox_steps"}};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		const char *words = "";
		char sql[600];

		for (size_t k = 0; k < route_words_n; k++)
			if (!strcmp(route_words[k].path, tv[i].path) &&
			    !strcmp(route_words[k].param, tv[i].param))
				words = route_words[k].words;
		snprintf(sql, sizeof(sql),
			 "select array(select step from nightbell.%s order by "
			 "1) = array(select w from "
			 "regexp_split_to_table('%s', ' ') w order by 1)",
			 tv[i].table, words);
		print_message("%s\n", tv[i].table);
		assert_string_equal("t", db_ask(sql));
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

/* The cookie for another one and an access token; the old one comes back. */
static void test_api_refresh(void **state)
{
	struct secret first = sign_in("owner@harbor.test"), second;
	char head[300];
	struct answer a;
	(void)state;

	snprintf(head, sizeof(head),
		 "Cookie: nightbell_session=%s\r\nSec-Fetch-Site: "
		 "same-origin\r\nX-Forwarded-Proto: http\r\n",
		 first.cookie);
	post(&a, "/api/v1/refresh", head, "");
	assert_int_equal(200, a.status);
	assert_has(&a, "; Secure");
	second = secret_of(&a);
	assert_string_not_equal(first.cookie, second.cookie);
	answer_fini(&a);
	get(&a, &second, "/api/v1/calls", "");
	assert_int_equal(200, a.status);
	answer_fini(&a);

	print_message("the old one, late: somebody stole it\n");
	db_ask("update nightbell.sessions set rotated_at = now() - interval "
	       "'1 minute' where gen = 1");
	post(&a, "/api/v1/refresh", head, "");
	assert_int_equal(401, a.status);
	assert_has(&a, "Max-Age=0");
	answer_fini(&a);
	get(&a, &second, "/api/v1/calls", "");
	assert_int_equal(401, a.status);
	answer_fini(&a);
	get(&a, &first, "/api/v1/calls", "");
	assert_int_equal(401, a.status);
	answer_fini(&a);
}

/* Whether there is such a user shows in nothing that comes back. */
static void test_api_link(void **state)
{
	static const char *const who[] = {"owner@harbor.test",
					  "nobody@harbor.test"};
	struct buf first;
	(void)state;

	buf_init(&first, 0);
	for (int n = 0; n < 6; n++)
		for (size_t i = 0; i < ARRAY_LEN(who); i++) {
			char body[100];
			struct answer a;

			snprintf(body, sizeof(body), "{\"email\":\"%s\"}",
				 who[i]);
			post(&a, "/api/v1/sign-in/link", "", body);
			assert_int_equal(202, a.status);
			if (!first.len)
				buf_str(&first, a.body);
			else
				assert_string_equal(first.p, a.body);
			answer_fini(&a);
		}
	buf_fini(&first);
	print_message(
		"a proxy says who asks; what others say does not count\n");
	{
		struct answer a;

		post(&a, "/api/v1/sign-in/link",
		     "X-Forwarded-For: 10.9.9.9, 10.1.1.1\r\n",
		     "{\"email\":\"else@harbor.test\"}");
		assert_int_equal(202, a.status);
		answer_fini(&a);
	}
	assert_string_equal("address:10.1.1.1",
			    db_ask("select what from nightbell.sign_in_counts "
				   "where what like 'address:10.%'"));
	RUN_UNTIL(desk.loop,
		  !strcmp("5", db_ask("select count(*) from nightbell.outbox "
				      "where kind = 'email'")));
	assert_string_equal(
		"t", db_ask("select bool_and(payload ->> 'to' = "
			    "'owner@harbor.test' and payload ->> 'text' ~ "
			    "'https://desk.test/sign-in#token=[0-9a-f]{64}') "
			    "from nightbell.outbox where kind = 'email'"));
}

static void change(const char *what, const struct secret *s, const char *body,
		   int status, const char *has)
{
	char head[640];
	struct answer a;

	snprintf(head, sizeof(head), "Authorization: Bearer %s\r\n", s->s);
	send_json(&a, what, head, body);
	if (a.status != status)
		print_error("%s %s: %s\n", what, body, a.p.in.p);
	assert_int_equal(status, a.status);
	assert_has(&a, has);
	answer_fini(&a);
}

static void test_api_changes(void **state)
{
	static const char task[] = "PATCH /api/v1/tasks/" TASK_A;
	struct secret viewer;
	char what[128];
	(void)state;

	db_ask("select admin.user_add('{\"email\":\"viewer@harbor.test\","
	       "\"business\":\"" HARBOR "\",\"role\":\"viewer\"}');"
	       "insert into nightbell.tasks (business_id, id, kind, text)"
	       " values ('" HARBOR "', '" TASK_A "', 'call_back', 'x')"
	       " on conflict do nothing");
	viewer = sign_in("viewer@harbor.test");
	change(task, &viewer, "{\"status\":\"done\"}", 403, "role");
	change(task, &owner, "{\"status\":\"done\"}", 200, "\"done\"");
	change(task, &owner, "{\"status\":\"x\"}", 400,
	       "status must be one of: open done.");
	change(task, &owner, "{}", 400, "status is missing");
	change("PATCH /api/v1/tasks/" CALL_A, &owner, "{\"status\":\"done\"}",
	       404, "no such task");
	change("POST /api/v1/blocked", &owner, "{\"number\":\"911\"}", 400,
	       "phone");
	change("POST /api/v1/blocked", &viewer, "{\"number\":\"+14155550666\"}",
	       403, "role");
	change("POST /api/v1/blocked", &owner, "{\"number\":\"+14155550666\"}",
	       200, "+14155550666");
	snprintf(what, sizeof(what), "DELETE /api/v1/blocked/%s",
		 db_ask("select id from nightbell.blocked_callers"));
	change(what, &owner, "", 200, "+14155550666");
	change(what, &owner, "", 404, "no such");
	change("PUT /api/v1/blocked", &owner, "", 405, "Allow: GET, POST");
}

/* What the database refuses is said in words of ours. */
static void test_api_refused(void **state)
{
	static const char tokens[] = "POST /api/v1/tokens";
	static const struct {
		const char *body, *has;
	} tv[] = {
		{"{\"name\":\"x\",\"role\":\"admin\"}",
		 "role must be one of: viewer staff owner."},
		{"{\"name\":\"x\",\"role\":\"bogus\"}",
		 "role must be one of: viewer staff owner."},
		{"{\"name\":\" \",\"role\":\"viewer\"}",
		 "name must have 1 to 120 characters, and not only blanks."},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"days\":0}",
		 "days must be 1 to 3650."},
		{"{\"name\":\"x\",\"role\":\"viewer\",\"days\":\"1\"}",
		 "days is not as it should be (int)."},
	};
	char name[1901], body[2000];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		change(tokens, &owner, tv[i].body, 400, tv[i].has);
	memset(name, 'n', sizeof(name));
	name[1900] = '\0';
	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"role\":\"viewer\"}",
		 name);
	change(tokens, &owner, body, 400, "name must have 1 to 120");
	/* 120 characters that are more bytes. */
	for (size_t i = 0; i < 120; i++)
		memcpy(name + 2 * i, "\xc3\xa9", 2);
	name[240] = '\0';
	snprintf(body, sizeof(body), "{\"name\":\"%s\",\"role\":\"viewer\"}",
		 name);
	change(tokens, &owner, body, 200, "nbt_");
	/* A check that only the database has. */
	db_ask("alter table nightbell.tasks add constraint secret_name check "
	       "(status <> 'open' or text <> 'no') not valid; insert into "
	       "nightbell.tasks (business_id, id, kind, text, status) values ("
	       "'" HARBOR "', '" CALL_A "', 'call_back', 'no', 'done')");
	change("PATCH /api/v1/tasks/" CALL_A, &owner, "{\"status\":\"open\"}",
	       400, "\"detail\":\"A value is not as it should be.\"");
	db_ask("alter table nightbell.tasks drop constraint secret_name");
}

static void test_api_key(void **state)
{
	struct secret key = {.s = ""};
	struct answer a;
	(void)state;

	sv_copy(key.s, sizeof(key.s),
		sv_str(db_ask("select admin.token_create('{\"email\":"
			      "\"owner@harbor.test\"}') ->> 'token'")));
	get(&a, &key, "/api/v1/calls", "");
	assert_int_equal(200, a.status);
	answer_fini(&a);
	change("POST /api/v1/blocked", &key, "{\"number\":\"+14155550666\"}",
	       403, "role");
	get(&a, &key, "/api/v1/calls?business=" OTHER, "");
	assert_int_equal(401, a.status);
	answer_fini(&a);
	print_message("the business by header\n");
	get(&a, &owner, "/api/v1/calls", "Nightbell-Business: " HARBOR "\r\n");
	assert_int_equal(200, a.status);
	answer_fini(&a);
	get(&a, &owner, "/api/v1/calls", "Nightbell-Business: " OTHER "\r\n");
	assert_int_equal(403, a.status);
	answer_fini(&a);
	get(&a, &owner, "/api/v1/calls", "Nightbell-Business: x\r\n");
	assert_int_equal(400, a.status);
	answer_fini(&a);
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
		 s.cookie, desk.port);
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
		T(test_api_refresh),  T(test_api_link),
		T(test_api_changes),  T(test_api_key),
		T(test_api_words),    T(test_api_refused),
		T(test_api_sign_out), T(test_api_database),
	};

	return cmocka_run_group_tests(tests, db_setup, db_teardown);
}
