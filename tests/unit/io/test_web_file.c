/* web_reply_file over real sockets: parts, keep-alive, readers that are slow
 * or go away, a file that gets shorter. */
#include "tests/unit/io/peer.h"

#include <stdio.h>

#include "io/web.h"

enum { SIZE = 3 << 20 };

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static int lfd, port, fd;
static char all[SIZE];

static void request_h(struct web_req *r, void *arg)
{
	int64_t from = 0, len = 0;
	char q[64];

	(void)arg;
	sv_copy(q, sizeof(q), web_req_query(r));
	assert_int_equal(2, sscanf(q, "%ld-%ld", &from, &len));
	web_reply_file(r, len == SIZE ? 200 : 206, "audio/ogg", "X-One: 1\r\n",
		       dup(fd), from, len);
}

static int setup(void **state)
{
	char name[] = "/tmp/nb-file-XXXXXX";
	struct web_listen_prm prm = {
		.name = "test",
		.body_max = 100,
		.header_ms = 10000,
		.requesth = request_h,
	};

	(void)state;
	for (int i = 0; i < SIZE; i++)
		all[i] = (char)('A' + (i * 7 + i / 1000) % 50);
	fd = mkstemp(name);
	unlink(name);
	assert_int_equal(SIZE, write(fd, all, SIZE));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	lfd = peer_listen(&port);
	prm.fd = lfd;
	assert_int_equal(0, web_listen(&lis, web, &prm));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (web)
		web = web_free(web);
	close(lfd);
	close(fd);
	loop = loop_free(loop);
	return 0;
}

static size_t body_at(const struct peer *p, size_t from)
{
	const char *end = NULL;

	if (p->in.len > from)
		end = memmem(p->in.p + from, p->in.len - from, "\r\n\r\n", 4);
	return end ? (size_t)(end - p->in.p) + 4 : SIZE_MAX / 2;
}

static void ask(struct peer *p, const char *method, int64_t from, int64_t len)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "%s /f?%ld-%ld HTTP/1.1\r\nHost: x\r\n\r\n", method, from,
		 len);
	peer_send(p, text);
}

/* Several on one connection, as a player asks. */
static void test_parts(void **state)
{
	static const struct {
		const char *method;
		int64_t from, len;
	} tv[] = {
		{"GET", 0, SIZE},
		{"HEAD", 0, SIZE},
		{"GET", 0, 1},
		{"GET", SIZE - 1, 1},
		{"HEAD", 5, 10},
		{"GET", 65536, 65536},
		{"GET", 65535, 131073},
		{"GET", 100, 0},
		{"GET", 1 << 20, 1 << 20},
	};
	struct peer p;
	size_t at = 0, body;

	(void)state;
	peer_open(&p, loop, port, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		bool head = tv[i].method[0] == 'H';
		size_t len = head ? 0 : (size_t)tv[i].len;
		char length[64];

		print_message("%s %ld+%ld\n", tv[i].method, tv[i].from,
			      tv[i].len);
		ask(&p, tv[i].method, tv[i].from, tv[i].len);
		RUN_UNTIL(loop, p.in.len >= body_at(&p, at) + len);
		body = body_at(&p, at);
		assert_int_equal(p.in.len, body + len);
		snprintf(length, sizeof(length), "Content-Length: %ld\r\n",
			 tv[i].len);
		assert_non_null(
			memmem(p.in.p + at, body - at, length, strlen(length)));
		assert_non_null(memmem(p.in.p + at, body - at,
				       tv[i].len == SIZE ? "HTTP/1.1 200"
							 : "HTTP/1.1 206",
				       12));
		assert_memory_equal(p.in.p + body, all + tv[i].from, len);
		at = p.in.len;
	}
	assert_false(p.eof);
	peer_close(&p);
}

static void test_slow_reader(void **state)
{
	struct peer p;

	(void)state;
	peer_open(&p, loop, port, 4096);
	ask(&p, "GET", 0, SIZE);
	RUN_UNTIL_MS(loop, p.in.len >= body_at(&p, 0) + SIZE, 30000);
	assert_memory_equal(p.in.p + body_at(&p, 0), all, SIZE);
	peer_close(&p);
}

/* They go in the middle: nothing is left behind (the sanitizer looks). */
static void test_gone(void **state)
{
	struct peer p[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		peer_open(&p[i], loop, port, 4096);
		ask(&p[i], "GET", 0, SIZE);
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		RUN_UNTIL(loop, p[i].in.len > 1000 * i);
		peer_close(&p[i]);
	}
	peer_open(&p[0], loop, port, 0);
	ask(&p[0], "GET", 7, 9);
	RUN_UNTIL(loop, p[0].in.len >= body_at(&p[0], 0) + 9);
	peer_close(&p[0]);
}

static void test_got_shorter(void **state)
{
	struct peer p;

	(void)state;
	assert_int_equal(0, ftruncate(fd, 1000));
	peer_open(&p, loop, port, 0);
	ask(&p, "GET", 0, SIZE);
	RUN_UNTIL(loop, p.eof);
	assert_int_equal(p.in.len, body_at(&p, 0) + 1000);
	peer_close(&p);
}

static void test_free_in_the_middle(void **state)
{
	struct peer p;

	(void)state;
	peer_open(&p, loop, port, 4096);
	ask(&p, "GET", 0, SIZE);
	RUN_UNTIL(loop, p.in.len > 100);
	web = web_free(web);
	RUN_UNTIL(loop, p.eof);
	peer_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slow_reader, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_got_shorter, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_free_in_the_middle, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
