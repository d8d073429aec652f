/* link: messages both ways, limits, loss and return of a peer. */
#include "tests/unit/io/io.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/link.h"

static struct loop *loop;
static char dir[] = "/tmp/nightbell-link-XXXXXX";
static char path[64];
static int lfd = -1;

struct side {
	int opened, closed, got;
	struct link *k;
	size_t bytes;
	uint8_t type;
	char last[64];
	bool echo, stop_after_one;
	struct link_server **server_to_free;
};

static void open_h(struct link *k, void *arg)
{
	struct side *s = arg;

	s->opened++;
	s->k = k;
	link_set_data(k, s);
}

static void recv_h(struct link *k, uint8_t type, struct sv msg, void *arg)
{
	struct side *s = arg;

	assert_ptr_equal(s, link_data(k));
	s->got++;
	s->type = type;
	s->bytes += msg.len;
	sv_copy(s->last, sizeof(s->last), msg);
	if (s->echo)
		link_send(k, (uint8_t)(type + 1), msg, SV(""));
	if (s->server_to_free)
		*s->server_to_free = link_server_free(*s->server_to_free);
	if (s->stop_after_one)
		link_close(k);
}

static void closed_h(struct link *k, void *arg)
{
	struct side *s = arg;

	if (s->k == k)
		s->k = NULL;
	s->closed++;
}

static struct link_handlers handlers(struct side *s)
{
	return (struct link_handlers){open_h, recv_h, closed_h, s};
}

static int listen_at(const char *at)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(at));
	unlink(at);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&un, sizeof(un)));
	assert_int_equal(0, listen(fd, 16));
	return fd;
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(0, loop_new(&loop));
	lfd = listen_at(path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(lfd);
	loop = loop_free(loop);
	return 0;
}

static void test_echo(void **state)
{
	struct side a = {0}, b = {.echo = true};
	struct link_handlers ha = handlers(&a), hb = handlers(&b);
	struct link_server *srv;
	struct link_client *cli;
	(void)state;

	assert_int_equal(0, link_connect(&cli, loop, path, &ha));
	assert_int_equal(0, a.opened);
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	RUN_UNTIL(loop, a.opened && b.opened);
	assert_int_equal(0, link_send(a.k, 7, SV("hea"), SV("d and body")));
	assert_int_equal(0, link_send(a.k, 9, SV(""), SV("")));
	RUN_UNTIL(loop, a.got == 2);
	assert_int_equal(10, a.type);
	assert_string_equal("", a.last);
	assert_int_equal(13, b.bytes);
	cli = link_client_free(cli);
	assert_int_equal(0, a.closed);
	RUN_UNTIL(loop, b.closed);
	srv = link_server_free(srv);
	assert_int_equal(1, b.closed);
}

static void test_limits(void **state)
{
	static char big[LINK_MSG_MAX];
	struct side a = {0}, b = {0};
	struct link_handlers ha = handlers(&a), hb = handlers(&b);
	struct sv max = {big, sizeof(big) - 1};
	struct link_server *srv;
	struct link_client *cli;
	int sent = 0, err;
	(void)state;

	assert_int_equal(-ENOTCONN, link_send(NULL, 1, max, SV("")));
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	assert_int_equal(0, link_connect(&cli, loop, path, &ha));
	RUN_UNTIL(loop, a.opened);
	assert_int_equal(-EMSGSIZE, link_send(a.k, 1, max, SV("x")));
	while (!(err = link_send(a.k, 1, max, SV(""))))
		sent++;
	assert_int_equal(-ENOBUFS, err);
	assert_true(sent >= 3 && sent <= 5);
	RUN_UNTIL(loop, b.got == sent);
	assert_int_equal((size_t)sent * max.len, b.bytes);
	assert_int_equal(0, link_send(a.k, 1, SV("again"), SV("")));
	RUN_UNTIL(loop, b.got == sent + 1);
	assert_string_equal("again", b.last);
	cli = link_client_free(cli);
	srv = link_server_free(srv);
	assert_int_equal(1, b.closed);
}

static void test_client_comes_back(void **state)
{
	struct side a = {0}, b = {.stop_after_one = true};
	struct link_handlers ha = handlers(&a), hb = handlers(&b);
	struct link_server *srv;
	struct link_client *cli;
	(void)state;

	close(lfd);
	unlink(path);
	assert_int_equal(0, link_connect(&cli, loop, path, &ha));
	uv_run(loop_uv(loop), UV_RUN_ONCE);
	lfd = listen_at(path);
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	RUN_UNTIL(loop, a.opened == 1);
	for (int i = 1; i < 4; i++) {
		assert_int_equal(0, link_send(a.k, 1, SV("bye"), SV("")));
		assert_int_equal(0, link_send(a.k, 1, SV("bye"), SV("")));
		RUN_UNTIL(loop, a.opened == i + 1);
		assert_int_equal(i, a.closed);
		assert_int_equal(i, b.closed);
		assert_int_equal(i, b.got);
	}
	link_close(a.k);
	assert_int_equal(3, a.closed);
	RUN_UNTIL(loop, a.opened == 5 && b.opened == 5);
	srv = link_server_free(srv);
	RUN_UNTIL(loop, a.closed == 5);
	cli = link_client_free(cli);
}

static void test_free_inside_handler(void **state)
{
	struct side a = {0}, b = {.stop_after_one = true};
	struct link_handlers ha = handlers(&a), hb = handlers(&b);
	struct link_server *srv;
	struct link_client *cli;
	(void)state;

	b.server_to_free = &srv;
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	assert_int_equal(0, link_connect(&cli, loop, path, &ha));
	RUN_UNTIL(loop, a.opened);
	assert_int_equal(0, link_send(a.k, 1, SV("one"), SV("")));
	assert_int_equal(0, link_send(a.k, 1, SV("two"), SV("")));
	RUN_UNTIL(loop, a.closed);
	assert_null(srv);
	assert_int_equal(1, b.closed);
	assert_int_equal(1, b.got);
	cli = link_client_free(cli);
}

static void test_free_while_closing(void **state)
{
	struct side a = {0}, b = {0};
	struct link_handlers ha = handlers(&a), hb = handlers(&b);
	struct link_server *srv;
	struct link_client *cli;
	(void)state;

	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	assert_int_equal(0, link_connect(&cli, loop, path, &ha));
	RUN_UNTIL(loop, a.opened && b.opened);
	link_close(a.k);
	link_close(b.k);
	cli = link_client_free(cli);
	srv = link_server_free(srv);
	assert_int_equal(0, a.closed);
	assert_int_equal(1, b.closed);
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	assert_int_equal(1, b.closed);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *name;
		struct sv bytes;
	} tv[] = {
		{"length 0", SV("\0\0\0\0x")},
		{"over 1 MiB", SV("\1\0\x10\0x")},
		{"huge", SV("\xff\xff\xff\xffx")},
	};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct side b = {0};
	struct link_handlers hb = handlers(&b);
	struct link_server *srv;
	(void)state;

	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(path));
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		print_message("%s\n", tv[i].name);
		assert_int_equal(
			0, connect(fd, (struct sockaddr *)&un, sizeof(un)));
		assert_int_equal((ssize_t)tv[i].bytes.len,
				 write(fd, tv[i].bytes.p, tv[i].bytes.len));
		RUN_UNTIL(loop, b.closed == (int)i + 1);
		close(fd);
	}
	assert_int_equal(0, b.got);
	srv = link_server_free(srv);
}

static void test_split_message(void **state)
{
	static const char msg[] = "\6\0\0\0\3hello\1\0\0\0\4";
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct side b = {0};
	struct link_handlers hb = handlers(&b);
	struct link_server *srv;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)state;

	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(path));
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	assert_int_equal(0, connect(fd, (struct sockaddr *)&un, sizeof(un)));
	RUN_UNTIL(loop, b.opened);
	for (size_t i = 0; i < sizeof(msg) - 1; i++) {
		assert_int_equal(i >= 10, b.got);
		assert_int_equal(1, write(fd, msg + i, 1));
		uv_run(loop_uv(loop), UV_RUN_ONCE);
	}
	assert_int_equal(2, b.got);
	assert_int_equal(5, b.bytes);
	close(fd);
	srv = link_server_free(srv);
}

/* What is sent in one turn goes out when it ends, in one piece. */
static void test_one_write_a_turn(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct side b = {0};
	struct link_handlers hb = handlers(&b);
	struct link_server *srv;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), n;
	uint8_t in[4096];
	(void)state;

	/* A packet socket keeps each write apart. */
	close(lfd);
	lfd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(path));
	unlink(path);
	assert_int_equal(0, bind(lfd, (struct sockaddr *)&un, sizeof(un)));
	assert_int_equal(0, listen(lfd, 16));
	assert_int_equal(0, link_listen(&srv, loop, lfd, &hb));
	assert_int_equal(0, connect(fd, (struct sockaddr *)&un, sizeof(un)));
	RUN_UNTIL(loop, b.opened);
	for (int i = 0; i < 10; i++)
		assert_int_equal(0, link_send(b.k, 7, SV("0123"), SV("45")));
	assert_int_equal(-1, recv(fd, in, sizeof(in), MSG_DONTWAIT));
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	n = (int)recv(fd, in, sizeof(in), MSG_DONTWAIT);
	assert_int_equal(10 * 11, n);
	assert_memory_equal("\7\0\0\0\7"
			    "012345",
			    in + 99, 11);
	/* Closing does not lose what was sent before. */
	assert_int_equal(0, link_send(b.k, 8, SV("bye"), SV("")));
	link_close(b.k);
	assert_int_equal(8, recv(fd, in, sizeof(in), MSG_DONTWAIT));
	RUN_UNTIL(loop, b.closed);
	close(fd);
	srv = link_server_free(srv);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_echo),
		T(test_limits),
		T(test_client_comes_back),
		T(test_free_inside_handler),
		T(test_free_while_closing),
		T(test_garbage),
		T(test_split_message),
		T(test_one_write_a_turn),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/link.sock", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return failed;
}
