/* smtp against a mail server on a real socket, polite and less so. */
#include "tests/unit/io/peer.h"

#include "io/smtp.h"

static struct loop *loop;
static struct watch *door;
static int lfd, port;

/* A server of one connection at a time: answers commands by their table. */
static struct server {
	struct peer p;
	bool open, data;	   /* data: the message comes */
	size_t at;		   /* of p.in everything before is dealt with */
	const char *const *script; /* "RCPT", "550 no\r\n", …, NULL */
	int connects;
	char message[4096], log[1024];
} srv;

static const char *answer(struct sv line)
{
	static const char *const usual[] = {
		"EHLO", "250-here\r\n250 AUTH PLAIN\r\n",
		"AUTH", "334 \r\n",
		"AG1l", "235 ok\r\n", /* "me", "secret" */
		"MAIL", "250 ok\r\n",
		"RCPT", "250 ok\r\n",
		"DATA", "354 go on\r\n",
		".",	"250 taken\r\n",
		"QUIT", "221 bye\r\n",
		NULL};
	const char *const *tables[] = {srv.script, usual};

	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (const char *const *s = tables[t]; s && *s; s += 2)
			if (sv_starts(line, *s))
				return s[1];
	return NULL; /* it says nothing */
}

static void serve(struct sv line)
{
	const char *text;

	if (srv.data && !sv_eq(line, ".")) {
		strncat(srv.message, line.p, line.len);
		strncat(srv.message, "\n",
			sizeof(srv.message) - strlen(srv.message) - 1);
		return;
	}
	srv.data = false;
	if (!sv_eq(line, "QUIT")) {
		strncat(srv.log, line.p, MIN(line.len, (size_t)4));
		strncat(srv.log, " ", sizeof(srv.log) - strlen(srv.log) - 1);
	}
	text = answer(line);
	srv.data = text && !strncmp(text, "354", 3);
	if (text && !*text)
		peer_close(&srv.p);
	else if (text)
		peer_send(&srv.p, text);
}

static void on_bytes(void *arg)
{
	char *end;
	(void)arg;

	peer_read(&srv.p);
	while (srv.p.fd >= 0 && srv.p.in.len > srv.at &&
	       (end = memmem(srv.p.in.p + srv.at, srv.p.in.len - srv.at, "\r\n",
			     2))) {
		struct sv line = {srv.p.in.p + srv.at,
				  (size_t)(end - srv.p.in.p) - srv.at};

		srv.at += line.len + 2;
		serve(line);
	}
}

static void on_connect(void *arg)
{
	const char *hello = answer(SV("hello"));
	(void)arg;

	if (srv.open)
		peer_close(&srv.p);
	memset(&srv.p, 0, sizeof(srv.p));
	srv.p.fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);
	assert_true(srv.p.fd >= 0);
	srv.open = true;
	srv.at = 0;
	srv.data = false;
	srv.connects++;
	buf_init(&srv.p.in, 1 << 20);
	assert_int_equal(
		0, watch_new(&srv.p.watch, loop, srv.p.fd, on_bytes, NULL));
	peer_send(&srv.p, hello ? hello : "220 here\r\n");
}

static int setup(void **state)
{
	(void)state;
	memset(&srv, 0, sizeof(srv));
	assert_int_equal(0, loop_new(&loop));
	lfd = peer_listen(&port);
	return watch_new(&door, loop, lfd, on_connect, NULL);
}

static int teardown(void **state)
{
	(void)state;
	door = watch_free(door);
	if (srv.open)
		peer_close(&srv.p);
	close(lfd);
	loop = loop_free(loop);
	return 0;
}

struct got {
	int n, err, reply;
	bool sent;
};

static void on_result(const struct smtp_result *r, void *arg)
{
	struct got *g = arg;

	g->n++;
	g->err = r->err;
	g->reply = r->reply;
	g->sent = r->sent;
	if (r->err)
		print_message("  %d %s\n", r->err, r->why);
}

static struct smtp_prm prm_of(char url[64])
{
	snprintf(url, 64, "smtp://127.0.0.1:%d", port);
	return (struct smtp_prm){
		.url = url,
		.tls = SMTP_TLS_TRY,
		.from = "a@b.test",
		.to = "c@d.test",
		.message =
			SV("Subject: x\r\n\r\nHi.\r\n.\r\n..dots\r\nBye.\r\n"),
		.timeout_ms = 5000,
	};
}

static const struct {
	const char *name, *script[5];
	enum smtp_tls tls;
	const char *user;
	int err, reply;
	bool sent;
	const char *log;
} tv[] = {
	{"taken",
	 {NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 0,
	 250,
	 false,
	 "EHLO MAIL RCPT DATA . "},
	{"with a login",
	 {NULL},
	 SMTP_TLS_NEVER,
	 "me",
	 0,
	 250,
	 false,
	 "EHLO AUTH AG1l MAIL RCPT DATA . "},
	{"login refused",
	 {"AG1l", "535 no\r\n", NULL},
	 SMTP_TLS_NEVER,
	 "me",
	 -EACCES,
	 535,
	 false,
	 "EHLO AUTH AG1l "},
	{"no TLS there",
	 {NULL},
	 SMTP_TLS_REQUIRED,
	 NULL,
	 -EPROTO,
	 250,
	 false,
	 "EHLO "},
	{"not now",
	 {"hello", "421 busy\r\n", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -EREMOTEIO,
	 421,
	 false,
	 ""},
	{"no such person",
	 {"RCPT", "550 nobody\r\n", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -EREMOTEIO,
	 550,
	 false,
	 "EHLO MAIL RCPT "},
	{"come again",
	 {"RCPT", "450 grey\r\n", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -EREMOTEIO,
	 450,
	 false,
	 "EHLO MAIL RCPT "},
	{"not such words",
	 {".", "554 spam\r\n", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -EREMOTEIO,
	 554,
	 false,
	 "EHLO MAIL RCPT DATA . "},
	{"gone before it took it",
	 {"DATA", "", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -ECONNRESET,
	 0,
	 false,
	 "EHLO MAIL RCPT DATA "},
	{"gone with it",
	 {".", "", NULL},
	 SMTP_TLS_TRY,
	 NULL,
	 -ECONNRESET,
	 0,
	 true,
	 "EHLO MAIL RCPT DATA . "},
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct got g = {0};
		char url[64];
		struct smtp_prm prm = prm_of(url);

		print_message("%s\n", tv[i].name);
		srv.log[0] = srv.message[0] = '\0';
		srv.script = tv[i].script;
		prm.tls = tv[i].tls;
		prm.user = tv[i].user;
		prm.password = "secret";
		assert_int_equal(0, smtp_send(NULL, loop, &prm, on_result, &g));
		RUN_UNTIL(loop, g.n == 1);
		assert_int_equal(tv[i].err, g.err);
		if (tv[i].reply)
			assert_int_equal(tv[i].reply, g.reply);
		assert_int_equal(tv[i].sent, g.sent);
		assert_string_equal(tv[i].log, srv.log);
		if (!g.err)
			assert_string_equal(
				"Subject: x\n\nHi.\n..\n...dots\nBye.\n",
				srv.message);
	}
	assert_int_equal(ARRAY_LEN(tv), srv.connects);
}

/* The server does not say goodbye: the mail is out, and that is told. */
static void test_no_farewell(void **state)
{
	static const char *const script[] = {"QUIT", NULL, NULL};
	int64_t begun = clock_mono_us();
	struct got g = {0};
	char url[64];
	struct smtp_prm prm = prm_of(url);
	(void)state;

	srv.script = script;
	prm.timeout_ms = 1500;
	assert_int_equal(0, smtp_send(NULL, loop, &prm, on_result, &g));
	RUN_UNTIL(loop, g.n == 1);
	assert_int_equal(0, g.err);
	assert_true(clock_mono_us() - begun < 4000000);
}

static void test_nobody(void **state)
{
	struct got g = {0};
	char url[64];
	struct smtp_prm prm = prm_of(url);
	struct smtp_call *call;
	(void)state;

	/* Cancelled under way: no word. */
	assert_int_equal(0, smtp_send(&call, loop, &prm, on_result, &g));
	RUN_UNTIL(loop, srv.connects == 1);
	smtp_cancel(call);
	door = watch_free(door);
	close(lfd);
	prm.url = "smtp://127.0.0.1:1";
	assert_int_equal(0, smtp_send(NULL, loop, &prm, on_result, &g));
	RUN_UNTIL(loop, g.n == 1);
	assert_int_equal(-ECONNREFUSED, g.err);
	assert_int_equal(0, g.reply);
	assert_false(g.sent);
	prm.url = "http://127.0.0.1:1";
	assert_int_equal(0, smtp_send(NULL, loop, &prm, on_result, &g));
	RUN_UNTIL(loop, g.n == 2);
	assert_int_equal(-EINVAL, g.err);
	lfd = peer_listen(&port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_farewell, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
