/* static: the page from memory, over real sockets. */
#include "tests/unit/desk/web.h"

#include <sys/stat.h>

#include "desk/static.h"

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static struct static_files *files;
static int lfd, port;
static char dir[64];

static void put(const char *name, const char *text)
{
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(0, fclose(f));
}

static void request_h(struct web_req *r, void *arg)
{
	(void)arg;
	static_files_reply(files, r);
}

static int start(const char *folder)
{
	struct web_listen_prm prm = {.name = "test",
				     .body_max = 1000,
				     .header_ms = 5000,
				     .requesth = request_h};
	int err = static_files_new(&files, folder);

	if (err)
		return err;
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	lfd = peer_listen(&port);
	prm.fd = lfd;
	assert_int_equal(0, web_listen(&lis, web, &prm));
	return 0;
}

static void stop(void)
{
	lis = web_listener_free(lis);
	web = web_free(web);
	loop = loop_free(loop);
	files = static_files_free(files);
	close(lfd);
}

static int setup(void **state)
{
	char path[160];
	(void)state;

	snprintf(dir, sizeof(dir), "/tmp/nightbell-page-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/assets", dir);
	assert_int_equal(0, mkdir(path, 0700));
	put("index.html", "<p>the page</p>");
	put("bell.svg", "<svg/>");
	put(".secret", "nobody sees this");
	put("assets/app-1a2b.js", "let plain");
	put("assets/app-1a2b.js.gz", "packed!!!");
	snprintf(path, sizeof(path), "%s/link.txt", dir);
	assert_int_equal(0, symlink("/etc/passwd", path));
	return 0;
}

static int teardown(void **state)
{
	char cmd[128];
	(void)state;

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void test_static_reply(void **state)
{
	static const struct {
		const char *name, *what, *more;
		int status;
		const char *has[3];
	} tv[] = {
		{"front",
		 "GET /",
		 NULL,
		 200,
		 {"Content-Type: text/html", "Cache-Control: no-cache",
		  "<p>the page</p>"}},
		{"place in the app",
		 "GET /calls/0192f3a0",
		 NULL,
		 200,
		 {"<p>the page</p>"}},
		{"policy",
		 "GET /",
		 NULL,
		 200,
		 {"script-src 'self'", "frame-ancestors 'none'",
		  "X-Content-Type-Options: nosniff"}},
		{"asset",
		 "GET /assets/app-1a2b.js",
		 NULL,
		 200,
		 {"immutable", "Content-Type: text/javascript", "let plain"}},
		{"packed asset",
		 "GET /assets/app-1a2b.js",
		 "Accept-Encoding: gzip, br\r\n\r\n",
		 200,
		 {"Content-Encoding: gzip", "Vary: Accept-Encoding",
		  "packed!!!"}},
		{"picture",
		 "GET /bell.svg",
		 NULL,
		 200,
		 {"image/svg+xml", "<svg/>"}},
		{"no such asset", "GET /assets/old.js", NULL, 404, {""}},
		{"no such file", "GET /robots.txt", NULL, 404, {""}},
		{"dot file", "GET /.secret", NULL, 404, {""}},
		{"link out of it", "GET /link.txt", NULL, 404, {""}},
		{"way out", "GET /../../etc/passwd", NULL, 200, {"the page"}},
		{"hidden way out",
		 "GET /%2e%2e/%2e%2e/etc/passwd.txt",
		 NULL,
		 404,
		 {""}},
		{"head", "HEAD /", NULL, 200, {"ETag: "}},
		{"post",
		 "POST /",
		 "Content-Length: 0\r\n\r\n",
		 405,
		 {"Allow: GET, HEAD"}},
	};
	(void)state;

	assert_int_equal(0, start(dir));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct answer a;

		print_message("%s\n", tv[i].name);
		ask(&a, loop, port, tv[i].what, tv[i].more);
		assert_int_equal(tv[i].status, a.status);
		for (size_t k = 0; k < 3 && tv[i].has[k]; k++)
			assert_has(&a, tv[i].has[k]);
		assert_false(peer_has(&a.p, "root:"));
		answer_fini(&a);
	}
	stop();
}

static void test_static_etag(void **state)
{
	char etag[64] = "", more[128];
	struct answer a;
	(void)state;

	assert_int_equal(0, start(dir));
	ask(&a, loop, port, "GET /bell.svg", NULL);
	assert_int_equal(
		1, sscanf(strstr(a.p.in.p, "ETag: "), "ETag: %60s", etag));
	answer_fini(&a);
	snprintf(more, sizeof(more), "If-None-Match: W/%s\r\n\r\n", etag);
	ask(&a, loop, port, "GET /bell.svg", more);
	assert_int_equal(304, a.status);
	assert_string_equal("", a.body);
	answer_fini(&a);
	ask(&a, loop, port, "GET /bell.svg",
	    "If-None-Match: \"other\"\r\n\r\n");
	assert_int_equal(200, a.status);
	answer_fini(&a);
	stop();
}

static void test_static_not_built(void **state)
{
	static const char *const folders[] = {NULL, "/nonexistent/nightbell"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		struct answer a;

		assert_int_equal(0, start(folders[i]));
		ask(&a, loop, port, "GET /", NULL);
		assert_int_equal(503, a.status);
		assert_has(&a, "make build");
		answer_fini(&a);
		stop();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_static_reply, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_static_etag, setup,
						teardown),
		cmocka_unit_test(test_static_not_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
