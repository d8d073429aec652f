/* httpc and dns, against our own server and peers that misbehave. */
#include "tests/unit/io/peer.h"

#include "io/dns.h"
#include "io/httpc.h"
#include "io/web.h"

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static struct httpc *httpc;
static int lfd, port;
static char url[64];

static struct {
	int requests;
	char method[16], path[64], auth[64], type[64], body[64], expect[64];
	struct web_req *waiting;
} seen;

/* What came back. */
struct got {
	int n, err, status, retry_after_s;
	bool sent, free_client;
	size_t body_len;
	char body[64], type[64], why[128];
	struct httpc_call *cancel;
};

static void result_h(const struct httpc_result *r, void *arg)
{
	struct got *g = arg;

	g->n++;
	g->err = r->err;
	g->sent = r->sent;
	g->status = r->status;
	g->retry_after_s = r->retry_after_s;
	g->body_len = r->body.len;
	sv_copy(g->body, sizeof(g->body), r->body);
	sv_copy(g->type, sizeof(g->type), r->type);
	sv_copy(g->why, sizeof(g->why), sv_str(r->why));
	if (r->err)
		print_message("  %d %s\n", r->err, r->why);
	if (g->cancel)
		httpc_cancel(g->cancel);
	if (g->free_client)
		httpc = httpc_free(httpc);
}

static void gone_h(void *arg)
{
	(void)arg;
	seen.waiting = NULL;
}

static void request_h(struct web_req *r, void *arg)
{
	struct sv path = web_req_path(r);
	static char big[100000];
	(void)arg;

	seen.requests++;
	sv_copy(seen.method, sizeof(seen.method), web_req_method(r));
	sv_copy(seen.path, sizeof(seen.path), path);
	sv_copy(seen.auth, sizeof(seen.auth),
		web_req_header(r, "authorization"));
	sv_copy(seen.type, sizeof(seen.type),
		web_req_header(r, "content-type"));
	sv_copy(seen.expect, sizeof(seen.expect), web_req_header(r, "expect"));
	sv_copy(seen.body, sizeof(seen.body), web_req_body(r));
	if (sv_eq(path, "/wait")) {
		seen.waiting = r;
		web_req_on_gone(r, gone_h, NULL);
	} else if (sv_eq(path, "/moved")) {
		web_reply(r, 302, NULL, SV(""), "Location: /hello\r\n");
	} else if (sv_eq(path, "/busy")) {
		web_reply(r, 429, "text/plain", SV("later"),
			  "Retry-After: 7\r\n");
	} else if (sv_eq(path, "/big")) {
		web_reply(r, 200, "text/plain", (struct sv){big, sizeof(big)},
			  NULL);
	} else {
		web_reply(r, 201, "text/plain", SV("hello"), NULL);
	}
}

static void listen_with(const char *cert, const char *key)
{
	struct web_listen_prm prm = {
		.name = "test",
		.fd = lfd,
		.cert_file = cert,
		.key_file = key,
		.body_max = 100000,
		.header_ms = 10000,
		.requesth = request_h,
	};

	assert_int_equal(0, web_listen(&lis, web, &prm));
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	assert_int_equal(0, httpc_new(&httpc, loop));
	lfd = peer_listen(&port);
	listen_with(NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	httpc = httpc_free(httpc);
	web = web_free(web);
	close(lfd);
	loop = loop_free(loop);
	return 0;
}

static struct httpc_prm to(const char *method, const char *path)
{
	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, path);
	return (struct httpc_prm){
		.method = method, .url = url, .timeout_ms = 10000};
}

static struct got fetch(const struct httpc_prm *prm)
{
	struct got g = {0};

	assert_int_equal(0, httpc_send(NULL, httpc, prm, result_h, &g));
	assert_int_equal(0, g.n);
	RUN_UNTIL(loop, g.n);
	return g;
}

static void test_get_and_post(void **state)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded", NULL};
	struct httpc_prm prm = to("GET", "/hello");
	struct got g = fetch(&prm);
	(void)state;

	assert_int_equal(0, g.err);
	assert_true(g.sent);
	assert_int_equal(201, g.status);
	assert_int_equal(-1, g.retry_after_s);
	assert_string_equal("hello", g.body);
	assert_string_equal("text/plain", g.type);
	assert_string_equal("GET", seen.method);
	assert_string_equal("", seen.auth);
	prm = to("POST", "/Messages.json");
	prm.headers = headers;
	prm.body = SV("To=%2B1415&Body=x");
	prm.user = "AC1";
	prm.password = "secret";
	g = fetch(&prm);
	assert_int_equal(201, g.status);
	assert_string_equal("POST", seen.method);
	assert_string_equal("/Messages.json", seen.path);
	assert_string_equal("Basic QUMxOnNlY3JldA==", seen.auth);
	assert_string_equal("application/x-www-form-urlencoded", seen.type);
	assert_string_equal("To=%2B1415&Body=x", seen.body);
	prm = to("POST", "/empty");
	g = fetch(&prm);
	assert_string_equal("", seen.body);
	prm = to("DELETE", "/x");
	g = fetch(&prm);
	assert_string_equal("DELETE", seen.method);
	prm = to("HEAD", "/x");
	g = fetch(&prm);
	assert_string_equal("HEAD", seen.method);
	assert_int_equal(0, g.body_len);
}

static void test_statuses(void **state)
{
	struct httpc_prm prm = to("GET", "/busy");
	struct got g = fetch(&prm);
	(void)state;

	assert_int_equal(429, g.status);
	assert_int_equal(7, g.retry_after_s);
	prm = to("GET", "/moved");
	g = fetch(&prm);
	assert_int_equal(302, g.status);
	assert_int_equal(2, seen.requests);
	prm = to("GET", "/big");
	g = fetch(&prm);
	assert_int_equal(100000, g.body_len);
	prm.body_max = 99999;
	g = fetch(&prm);
	assert_int_equal(-EMSGSIZE, g.err);
	assert_true(g.sent);
}

/* Large bodies would make libcurl wait a second for "100 Continue". */
static void test_large_post(void **state)
{
	static char body[100000];
	struct httpc_prm prm = to("POST", "/x");
	int64_t start_us = clock_mono_us();
	struct got g;
	(void)state;

	prm.body = (struct sv){body, sizeof(body)};
	g = fetch(&prm);
	assert_int_equal(201, g.status);
	assert_string_equal("", seen.expect);
	assert_true(clock_mono_us() - start_us < 900000);
}

static void test_failures(void **state)
{
	struct httpc_prm prm = to("GET", "/wait");
	int fd = peer_listen(&port), conn = -1;
	struct got g = {0};
	(void)state;

	/* Nobody there. */
	close(fd);
	prm = to("GET", "/");
	g = fetch(&prm);
	assert_int_equal(-ECONNREFUSED, g.err);
	assert_false(g.sent);
	/* Takes the request and goes without a word. */
	fd = peer_listen(&port);
	prm = to("POST", "/");
	g = (struct got){0};
	assert_int_equal(0, httpc_send(NULL, httpc, &prm, result_h, &g));
	RUN_UNTIL(loop, conn >= 0 || (conn = accept(fd, NULL, NULL)) >= 0);
	while (!g.n) {
		char b[1024];

		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
		if (conn >= 0 && recv(conn, b, sizeof(b), MSG_DONTWAIT) > 0) {
			close(conn);
			conn = -1;
		}
	}
	assert_int_equal(-ECONNRESET, g.err);
	assert_true(g.sent);
	/* Never answers. */
	prm = to("POST", "/");
	prm.timeout_ms = 100;
	g = fetch(&prm);
	assert_int_equal(-ETIMEDOUT, g.err);
	assert_true(g.sent);
	close(fd);
	/* No such things. */
	prm.url = "http://a..b/";
	prm.timeout_ms = 10000;
	g = fetch(&prm);
	assert_int_equal(-ENOENT, g.err);
	assert_false(g.sent);
	prm.url = "http://localhost:1/";
	g = fetch(&prm);
	assert_int_equal(-ECONNREFUSED, g.err);
	prm.url = "http:// /";
	assert_int_equal(-EINVAL, httpc_send(NULL, httpc, &prm, result_h, &g));
	prm.url = "ftp://127.0.0.1/";
	g = fetch(&prm);
	assert_int_equal(-EINVAL, g.err);
}

static void test_tls(void **state)
{
	struct certs certs;
	struct httpc_prm prm;
	char at[64];
	struct got g;
	(void)state;

	certs_make(&certs);
	lis = web_listener_free(lis);
	listen_with(certs.cert, certs.key);
	prm = to("GET", "/hello");
	prm.url = "https://voice.test/hello";
	snprintf(at, sizeof(at), "voice.test:443:127.0.0.1:%d", port);
	prm.connect_to = at;
	prm.ca_file = certs.ca;
	g = fetch(&prm);
	assert_int_equal(0, g.err);
	assert_int_equal(201, g.status);
	prm.ca_file = certs.other_ca;
	g = fetch(&prm);
	assert_int_equal(-EPROTO, g.err);
	assert_false(g.sent);
	prm.ca_file = NULL;
	g = fetch(&prm);
	assert_int_equal(-EPROTO, g.err);
	prm.ca_file = certs.ca;
	prm.url = "https://other.test/hello";
	snprintf(at, sizeof(at), "other.test:443:127.0.0.1:%d", port);
	g = fetch(&prm);
	assert_int_equal(-EPROTO, g.err);
	assert_int_equal(1, seen.requests);
	certs_remove(&certs);
}

static void test_many_at_once(void **state)
{
	struct httpc_prm prm = to("GET", "/hello");
	struct got g = {0};
	(void)state;

	for (int i = 0; i < 50; i++)
		assert_int_equal(0,
				 httpc_send(NULL, httpc, &prm, result_h, &g));
	RUN_UNTIL(loop, g.n == 50);
	assert_int_equal(50, seen.requests);
}

static void test_cancel(void **state)
{
	struct httpc_prm prm = to("GET", "/wait"), quick;
	struct got g = {0}, canceller = {0}, last = {0};
	struct httpc_call *call;
	char quick_url[64];
	(void)state;

	assert_int_equal(0, httpc_send(&call, httpc, &prm, result_h, &g));
	httpc_cancel(call);
	/* While the name is looked up. */
	prm.url = "http://localhost/";
	assert_int_equal(0, httpc_send(&call, httpc, &prm, result_h, &g));
	httpc_cancel(call);
	prm.url = url;
	assert_int_equal(0, httpc_send(&call, httpc, &prm, result_h, &g));
	RUN_UNTIL(loop, seen.waiting);
	/* From inside the handler of another. */
	snprintf(quick_url, sizeof(quick_url), "http://127.0.0.1:%d/x", port);
	quick = prm;
	quick.url = quick_url;
	canceller.cancel = call;
	assert_int_equal(0,
			 httpc_send(NULL, httpc, &quick, result_h, &canceller));
	RUN_UNTIL(loop, canceller.n);
	assert_int_equal(0, g.n);
	/* The client goes from inside a handler, with a request open. */
	assert_int_equal(0, httpc_send(NULL, httpc, &prm, result_h, &g));
	last.free_client = true;
	assert_int_equal(0, httpc_send(NULL, httpc, &quick, result_h, &last));
	RUN_UNTIL(loop, last.n);
	assert_null(httpc);
	assert_int_equal(0, g.n);
}

/* ---- dns ---- */

struct resolved {
	int n, err;
	char addr[DNS_ADDR_MAX];
};

static void resolved_h(int err, const char *addr, void *arg)
{
	struct resolved *r = arg;

	r->n++;
	r->err = err;
	sv_copy(r->addr, sizeof(r->addr), sv_str(addr));
}

static void test_dns(void **state)
{
	static const struct {
		const char *host;
		int err;
		const char *addr;
	} tv[] = {
		{"127.0.0.1", 0, "127.0.0.1"}, {"::1", 0, "::1"},
		{"localhost", 0, NULL},	       {"localhost", 0, NULL},
		{"a..b", -ENOENT, ""},
	};
	struct resolved r[ARRAY_LEN(tv)] = {0}, late = {0};
	struct dns *d;
	(void)state;

	assert_int_equal(0, dns_new(&d, loop));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		assert_int_equal(0,
				 dns_resolve(d, tv[i].host, resolved_h, &r[i]));
		assert_int_equal(0, r[i].n);
	}
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].host);
		RUN_UNTIL(loop, r[i].n);
		assert_int_equal(1, r[i].n);
		assert_int_equal(tv[i].err, r[i].err);
		if (tv[i].addr)
			assert_string_equal(tv[i].addr, r[i].addr);
		else
			assert_true(!strcmp(r[i].addr, "127.0.0.1") ||
				    !strcmp(r[i].addr, "::1"));
	}
	/* Known by now: the next turn tells. */
	assert_int_equal(0, dns_resolve(d, "localhost", resolved_h, &late));
	assert_int_equal(0, late.n);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(1, late.n);
	/* Who waits is told when it goes. */
	late.n = 0;
	assert_int_equal(0, dns_resolve(d, "c..d", resolved_h, &late));
	d = dns_free(d);
	assert_int_equal(1, late.n);
	assert_int_equal(-ECANCELED, late.err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_get_and_post), T(test_statuses), T(test_large_post),
		T(test_failures),     T(test_tls),	T(test_many_at_once),
		T(test_cancel),	      T(test_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
