/* Event streams over real sockets, a real database and the real bus. */
#include "tests/unit/desk/desk.h"

#include "desk/sse.h"

static struct secret owner, other;

static int setup(void **state)
{
	int err = desk_setup(state);

	owner = sign_in("owner@harbor.test");
	other = sign_in("owner@other.test");
	return err;
}

/* A stream as the session's owner. head: more header lines. */
static void listen_to(struct peer *p, const struct secret *s, const char *path,
		      const char *head)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b,
		   "GET %s HTTP/1.1\r\nHost: x\r\n"
		   "Cookie: nightbell_session=%s\r\n%s\r\n",
		   path, s->cookie, head);
	peer_open(p, desk.loop, desk.port, 0);
	peer_send(p, b.p);
	buf_fini(&b);
	RUN_UNTIL(desk.loop, peer_has(p, "retry: 2000\n\n"));
	assert_true(peer_has(p, "Content-Type: text/event-stream"));
}

/* Adds n events with {"n": from …} in one transaction. */
static void happen(const char *business, const char *type, const char *call,
		   int from, int n)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "insert into nightbell.events (business_id, type, data)"
		 " select '%s', '%s', jsonb_build_object('n', i, 'call', '%s',"
		 " 'text', E'two\\nlines') from generate_series(%d, %d) i",
		 business, type, call, from, from + n - 1);
	db_ask(sql);
}

static long long last_of(const char *business)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "select last from nightbell.event_counters"
		 " where business_id = '%s'",
		 business);
	return strtoll(db_ask(sql), NULL, 10);
}

/*
 * Checks that the events with data in text are first, first + 1, … without a
 * hole or a double. Returns the last.
 */
static long long in_order(const struct peer *p, long long first)
{
	const char *at = p->in.p;
	long long want = first;

	while ((at = strstr(at, "\nid: "))) {
		long long id = strtoll(at + 5, NULL, 10);

		at = strchr(at + 1, '\n');
		if (strncmp(at, "\nevent: ", 8))
			continue; /* only a position */
		assert_int_equal(want, id);
		want++;
	}
	return want - 1;
}

static void test_sse_now(void **state)
{
	long long last = last_of(HARBOR);
	char text[64];
	struct peer p;
	(void)state;

	listen_to(&p, &owner, "/api/v1/events", "");
	snprintf(text, sizeof(text), "id: %lld\n\n", last);
	RUN_UNTIL(desk.loop, peer_has(&p, text));
	assert_int_equal(1, dashboard_readers(desk.d));
	happen(HARBOR, "lead", CALL_A, 1, 1);
	bus_all[0]->ring(desk.bell, SV(HARBOR));
	RUN_UNTIL(desk.loop, peer_has(&p, "event: lead\ndata: {"));
	assert_true(peer_has(&p, "\"text\":\"two\\nlines\""));
	assert_int_equal(last + 1, in_order(&p, last + 1));
	print_message("another business's bell and events\n");
	happen(OTHER, "lead", CALL_B, 777, 1);
	bus_all[0]->ring(desk.bell, SV(OTHER));
	happen(HARBOR, "lead", CALL_A, 2, 1);
	dashboard_ring(desk.d, SV(HARBOR));
	snprintf(text, sizeof(text), "id: %lld\n", last + 2);
	RUN_UNTIL(desk.loop, peer_has(&p, text));
	assert_false(peer_has(&p, "777"));
	peer_close(&p);
	RUN_UNTIL(desk.loop, !dashboard_readers(desk.d));
}

static void test_sse_poll(void **state)
{
	struct peer p;
	(void)state;

	listen_to(&p, &owner, "/api/v1/events", "");
	RUN_UNTIL(desk.loop, peer_has(&p, "\n\nid: "));
	happen(HARBOR, "task", CALL_A, 1, 1);
	RUN_UNTIL(desk.loop, peer_has(&p, "event: task\n")); /* no bell */
	peer_close(&p);
}

static void test_sse_resume(void **state)
{
	static const char *const froms[] = {"header", "query"};
	long long last = last_of(HARBOR);
	char path[96], head[96];
	(void)state;

	happen(HARBOR, "message", CALL_A, 1, 450); /* over two batches */
	for (size_t i = 0; i < ARRAY_LEN(froms); i++) {
		struct peer p;

		print_message("%s\n", froms[i]);
		snprintf(path, sizeof(path),
			 "/api/v1/events?last_event_id=%lld",
			 i ? last : last + 449);
		snprintf(head, sizeof(head), "Last-Event-ID: %lld\r\n", last);
		listen_to(&p, &owner, path, i ? "" : head);
		snprintf(head, sizeof(head), "id: %lld\n", last + 450);
		RUN_UNTIL(desk.loop, peer_has(&p, head));
		assert_int_equal(last + 450, in_order(&p, last + 1));
		peer_close(&p);
	}
}

/* Readers come and go at all places while events happen. */
static void test_sse_many(void **state)
{
	enum { READERS = 60 };
	static struct peer p[READERS];
	long long first = last_of(HARBOR), last = first;
	char path[96], text[64];
	(void)state;

	for (int i = 0; i < READERS; i++) {
		snprintf(path, sizeof(path),
			 "/api/v1/events?last_event_id=%lld",
			 first + (i % 3 ? 0 : last - first));
		listen_to(&p[i], &owner, path, "");
		happen(HARBOR, "call", CALL_A, i, 1 + i % 4);
		last = last_of(HARBOR);
		dashboard_ring(desk.d, SV(HARBOR));
	}
	snprintf(text, sizeof(text), "id: %lld\n", last);
	for (int i = 0; i < READERS; i++) {
		RUN_UNTIL(desk.loop, peer_has(&p[i], text));
		if (i % 3)
			assert_int_equal(last, in_order(&p[i], first + 1));
	}
	for (int i = 0; i < READERS; i++)
		peer_close(&p[i]);
	RUN_UNTIL(desk.loop, !dashboard_readers(desk.d));
}

/* One client that reconnects again and again from its last id. */
static void test_sse_reconnects(void **state)
{
	enum { TIMES = 1000 };
	long long at = last_of(HARBOR);
	(void)state;

	for (int i = 0; i < TIMES; i++) {
		long long n = 1 + i % 3;
		char head[64], text[64];
		struct peer p;

		snprintf(head, sizeof(head), "Last-Event-ID: %lld\r\n", at);
		snprintf(text, sizeof(text), "id: %lld\n", at + n);
		if (i % 2)
			happen(HARBOR, "segment", CALL_A, i, (int)n);
		listen_to(&p, &owner, "/api/v1/events", head);
		if (!(i % 2))
			happen(HARBOR, "segment", CALL_A, i, (int)n);
		dashboard_ring(desk.d, SV(HARBOR));
		RUN_UNTIL(desk.loop, peer_has(&p, text));
		at = in_order(&p, at + 1);
		peer_close(&p);
	}
	assert_int_equal(last_of(HARBOR), at);
}

static void test_sse_transcripts(void **state)
{
	long long last = last_of(HARBOR);
	struct peer all, one, none;
	char text[64];
	(void)state;

	listen_to(&all, &owner, "/transcripts", "");
	listen_to(&one, &owner, "/transcripts?call=" CALL_A, "");
	listen_to(&none, &other, "/transcripts", "");
	RUN_UNTIL(desk.loop, peer_has(&one, "\n\nid: ") &&
				     peer_has(&none, "\n\nid: ") &&
				     peer_has(&all, "\n\nid: "));
	happen(HARBOR, "segment", CALL_B, 11, 1);
	happen(HARBOR, "lead", CALL_A, 12, 1);
	happen(HARBOR, "segment", CALL_A, 13, 1);
	bus_all[0]->partial(desk.bell, SV(HARBOR),
			    SV("{\"call\":\"" CALL_A "\",\n\"n\":14}"));
	bus_all[0]->partial(desk.bell, SV(HARBOR),
			    SV("{\"call\":\"" CALL_B "\",\"n\":15}"));
	bus_all[0]->ring(desk.bell, SV(HARBOR));
	snprintf(text, sizeof(text), "id: %lld\n", last + 3);
	RUN_UNTIL(desk.loop, peer_has(&all, text) && peer_has(&one, text) &&
				     peer_has(&all, "\"n\":15") &&
				     peer_has(&one, "\"n\":14"));
	assert_true(peer_has(&all, "\"n\":11"));
	assert_false(peer_has(&all, "\"n\":12"));
	assert_false(peer_has(&one, "\"n\":11"));
	assert_false(peer_has(&one, "\"n\":15"));
	assert_true(peer_has(&one, "\"n\":13"));
	assert_true(peer_has(&one,
			     "\n\nevent: segment\ndata: {\"call\":\"" CALL_A
			     "\", \"n\":14}\n\n"));
	assert_false(peer_has(&none, "\"n\":"));
	peer_close(&all);
	peer_close(&one);
	peer_close(&none);
}

/* Event id was the last that came (looks only at the end: it is much). */
static bool ends_at(const struct peer *p, long long id)
{
	const char *end = p->in.p + p->in.len, *at = end;
	char text[32];
	int n = snprintf(text, sizeof(text), "\nid: %lld\nevent", id);

	if (p->in.len < 8000 || memcmp(end - 2, "\n\n", 2))
		return false;
	at -= 8000;
	return memmem(at, 8000, text, (size_t)n) != NULL;
}

/* Who reads slowly keeps nobody waiting, and gets it all later. */
static void test_sse_slow(void **state)
{
	long long last = last_of(HARBOR), end;
	struct peer slow, fast;
	char text[64];
	(void)state;

	peer_open(&slow, desk.loop, desk.port, 4096);
	snprintf(text, sizeof(text), "Last-Event-ID: %lld\r\n\r\n", last);
	peer_send(&slow, "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n");
	peer_send(&slow, "Authorization: Bearer ");
	peer_send(&slow, owner.s);
	peer_send(&slow, "\r\n");
	peer_send(&slow, text);
	RUN_UNTIL(desk.loop, peer_has(&slow, "retry: 2000\n\n"));
	slow.watch = watch_free(slow.watch); /* reads no more */
	listen_to(&fast, &owner, "/api/v1/events", "");
	RUN_UNTIL(desk.loop, peer_has(&fast, "\n\nid: "));
	db_ask("insert into nightbell.events (business_id, type, data)"
	       " select '" HARBOR "', 'message',"
	       " jsonb_build_object('text', repeat('x', 4000))"
	       " from generate_series(1, 2000)");
	end = last_of(HARBOR);
	dashboard_ring(desk.d, SV(HARBOR));
	RUN_UNTIL(desk.loop, ends_at(&fast, end));
	assert_int_equal(2, dashboard_readers(desk.d));
	assert_int_equal(0, watch_new(&slow.watch, desk.loop, slow.fd,
				      peer_read, &slow));
	RUN_UNTIL_MS(desk.loop, ends_at(&slow, end), 30000);
	assert_int_equal(end, in_order(&slow, last + 1));
	peer_close(&slow);
	peer_close(&fast);
}

static void test_sse_reset(void **state)
{
	long long last = last_of(HARBOR);
	char text[64];
	struct peer p, q;
	(void)state;

	listen_to(&p, &owner, "/api/v1/events?last_event_id=99999999", "");
	listen_to(&q, &owner, "/api/v1/events", "");
	snprintf(text, sizeof(text), "id: %lld\n\n", last);
	RUN_UNTIL(desk.loop, peer_has(&p, text) && peer_has(&q, text));
	assert_true(peer_has(&p, "event: reset\ndata: {}\n\n"));
	assert_false(peer_has(&q, "reset"));
	peer_close(&p);
	peer_close(&q);
}

/* Comes back with this number; true: it is told to read the lists again. */
static bool reset_after(long long number)
{
	long long last = last_of(HARBOR);
	char head[64], text[64];
	struct peer p;
	bool reset;

	snprintf(head, sizeof(head), "Last-Event-ID: %lld\r\n", number);
	listen_to(&p, &owner, "/api/v1/events", head);
	if (number >= last) { /* no event: one comes */
		happen(HARBOR, "lead", CALL_A, 1, 1);
		dashboard_ring(desk.d, SV(HARBOR));
		snprintf(text, sizeof(text), "\nid: %lld\n", last + 1);
	} else {
		snprintf(text, sizeof(text), "\nid: %lld\n", last);
	}
	RUN_UNTIL(desk.loop, peer_has(&p, text));
	reset = peer_has(&p, "event: reset\ndata: {}\n\n");
	if (!reset) /* then nothing lacks */
		assert_int_equal(last_of(HARBOR), in_order(&p, number + 1));
	peer_close(&p);
	return reset;
}

/* Days of events go; who comes back later must not take it for all. */
static void test_sse_gone(void **state)
{
	long long last = last_of(HARBOR);
	char sql[160];
	(void)state;

	happen(HARBOR, "lead", CALL_A, 1, 30);
	snprintf(sql, sizeof(sql),
		 "delete from nightbell.events where business_id = '" HARBOR
		 "' and seq <= %lld",
		 last + 20);
	db_ask(sql);
	assert_true(reset_after(last + 5));
	assert_true(reset_after(last + 19));
	assert_false(reset_after(last + 20));
	assert_false(reset_after(last + 30));
	print_message("none is left\n");
	db_ask("delete from nightbell.events where business_id = '" HARBOR "'");
	last = last_of(HARBOR);
	assert_true(reset_after(last - 1));
	assert_false(reset_after(last));
}

/* A backup comes back: numbers told after it mean nothing any more. */
static void test_sse_restored(void **state)
{
	long long backup = last_of(HARBOR), told;
	(void)state;

	for (int times = 0; times < 2; times++) {
		happen(HARBOR, "lead", CALL_A, 1, 5);
		told = last_of(HARBOR);
		if (times) {
			/* The same backup again: the counter is its own. */
			db_ask("update nightbell.event_counters set last = 7,"
			       " resume_from = 0"
			       " where business_id = '" HARBOR "'");
			db_ask("delete from nightbell.events"
			       " where business_id = '" HARBOR "'"
			       " and seq > 7");
		}
		db_ask("select lib.events_anew()");
		assert_true(last_of(HARBOR) > told);
		assert_true(last_of(HARBOR) < 1LL << 53); /* for browsers */
		happen(HARBOR, "lead", CALL_A, 6, 9);
		assert_true(reset_after(told));
		assert_true(reset_after(backup));
		assert_false(reset_after(last_of(HARBOR) - 9));
	}
}

/* A program's key is revoked elsewhere: no bell, and who it is is kept. */
static void test_sse_revoked(void **state)
{
	char head[640], key[128];
	int64_t began;
	struct answer a;
	struct peer p;
	const char *at;
	(void)state;

	snprintf(head, sizeof(head), "Authorization: Bearer %s\r\n", owner.s);
	post(&a, "/api/v1/tokens", head,
	     "{\"name\":\"till\",\"role\":\"viewer\",\"days\":1}");
	at = strstr(a.body, "nbt_");
	assert_non_null(at);
	assert_int_equal(1, sscanf(at, "%127[^\"]", key));
	answer_fini(&a);
	peer_open(&p, desk.loop, desk.port, 0);
	snprintf(head, sizeof(head),
		 "GET /api/v1/events HTTP/1.1\r\nHost: x\r\n"
		 "Authorization: Bearer %s\r\n\r\n",
		 key);
	peer_send(&p, head);
	RUN_UNTIL(desk.loop, peer_has(&p, "\n\nid: "));
	db_ask("update nightbell.api_keys set revoked_at = now()");
	began = clock_mono_us();
	RUN_UNTIL_MS(desk.loop, p.eof, 10000);
	assert_true(clock_mono_us() - began < 10000000);
	assert_true(peer_has(&p, "signed_out"));
	peer_close(&p);
}

static void test_sse_sign_out(void **state)
{
	struct secret s = sign_in("owner@harbor.test");
	char head[640];
	struct answer a;
	struct peer p, q;
	(void)state;

	listen_to(&p, &s, "/api/v1/events", "");
	listen_to(&q, &owner, "/api/v1/events", "");
	snprintf(head, sizeof(head), "Authorization: Bearer %s\r\n", s.s);
	post(&a, "/api/v1/sign-out", head, "{}");
	assert_int_equal(200, a.status);
	answer_fini(&a);
	RUN_UNTIL(desk.loop, p.eof);
	assert_true(peer_has(&p, "event: dropped\ndata: "
				 "{\"reason\":\"signed_out\"}\n\n"));
	assert_int_equal(1, dashboard_readers(desk.d));
	assert_false(q.eof);
	peer_close(&p);
	peer_close(&q);
}

/* The reader's membership ends while it reads. */
static void test_sse_not_allowed(void **state)
{
	struct peer p;
	(void)state;

	listen_to(&p, &other, "/api/v1/events", "");
	RUN_UNTIL(desk.loop, peer_has(&p, "\n\nid: "));
	db_ask("delete from nightbell.memberships where business_id = '" OTHER
	       "'");
	dashboard_ring(desk.d, SV(OTHER));
	RUN_UNTIL(desk.loop, p.eof);
	assert_true(peer_has(&p, "not_allowed"));
	peer_close(&p);
	db_ask("insert into nightbell.memberships (business_id, user_id, role)"
	       " select '" OTHER "', id, 'staff' from nightbell.users"
	       " where email = 'owner@other.test'");
}

/* The hub alone, with a heart that beats faster. */
static struct {
	struct sessions *sessions;
	struct sse *sse;
	struct web_listener *lis;
	struct web_req *r;
	struct cred cred;
} fast;

static void fast_session(int err, const struct session *who, void *arg)
{
	struct sse_open_prm p = {
		.who = who, .segments_only = true, .after = -1};
	(void)arg;

	assert_int_equal(0, err);
	sse_open(fast.sse, fast.r, &p);
}

static void fast_request(struct web_req *r, void *arg)
{
	(void)arg;
	fast.r = r;
	session_find(fast.sessions, &fast.cred, fast_session, NULL);
}

static void test_sse_heartbeat(void **state)
{
	struct web_listen_prm w = {.name = "test",
				   .body_max = 100,
				   .header_ms = 5000,
				   .requesth = fast_request};
	struct sse_prm prm = {.counts = &desk_streams,
			      .loop = desk.loop,
			      .pg = desk.pg,
			      .poll_ms = 60000,
			      .heartbeat_ms = 20,
			      .check_ms = 20};
	struct secret secret;
	char text[64];
	struct peer p;
	int port;
	(void)state;

	secret = sign_in("owner@harbor.test");
	fast.cred.kind = CRED_COOKIE;
	sv_copy(fast.cred.secret, sizeof(fast.cred.secret),
		sv_str(secret.cookie));
	assert_int_equal(0, sessions_new(&fast.sessions, desk.pg));
	prm.sessions = fast.sessions;
	assert_int_equal(0, sse_new(&fast.sse, &prm));
	w.fd = peer_listen(&port);
	assert_int_equal(0, web_listen(&fast.lis, desk.web, &w));
	peer_open(&p, desk.loop, port, 0);
	peer_send(&p, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	RUN_UNTIL(desk.loop, peer_count(&p, "\n:\n\n") >= 3);

	print_message("moves past what a reader does not want\n");
	happen(HARBOR, "lead", CALL_A, 1, 3);
	sse_ring(fast.sse, SV(HARBOR));
	snprintf(text, sizeof(text), "\nid: %lld\n\n", last_of(HARBOR));
	RUN_UNTIL(desk.loop, peer_has(&p, text));
	assert_false(peer_has(&p, "event: lead"));
	assert_int_equal(1, sse_readers(fast.sse));

	print_message("notices that the session is over\n");
	db_ask("delete from nightbell.sessions");
	RUN_UNTIL(desk.loop, p.eof);
	assert_true(peer_has(&p, "signed_out"));
	assert_int_equal(0, sse_readers(fast.sse));
	peer_close(&p);
	fast.sse = sse_free(fast.sse);
	fast.sessions = sessions_free(fast.sessions);
	fast.lis = web_listener_free(fast.lis);
	close(w.fd);
}

/* Everything goes while streams, requests and reads are under way. */
static void test_sse_free(void **state)
{
	struct peer p[3];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		listen_to(&p[i], &owner, "/api/v1/events", "");
	happen(HARBOR, "lead", CALL_A, 1, 1);
	dashboard_ring(desk.d, SV(HARBOR)); /* its answer finds nobody */
	desk.d = dashboard_free(desk.d);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		RUN_UNTIL(desk.loop, p[i].eof);
		assert_true(peer_has(&p[i], "restart"));
		peer_close(&p[i]);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, desk_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(test_sse_now),	T(test_sse_poll),
		T(test_sse_resume),	T(test_sse_many),
		T(test_sse_reconnects), T(test_sse_transcripts),
		T(test_sse_slow),	T(test_sse_reset),
		T(test_sse_gone),	T(test_sse_restored),
		T(test_sse_sign_out),	T(test_sse_not_allowed),
		T(test_sse_revoked),	T(test_sse_free),
		T(test_sse_heartbeat),
	};

	return cmocka_run_group_tests(tests, db_setup, db_teardown);
}
