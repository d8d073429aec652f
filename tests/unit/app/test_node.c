/* What a node stands on: sockets, folders, the secret, certificates, figures. */
#include "tests/unit/assert.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cert.h"
#include "app/listen.h"
#include "app/ops.h"
#include "core/timers.h"
#include "app/secret.h"

static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[4][128];
	static unsigned i;

	snprintf(path[++i % 4], sizeof(path[0]), "%s/%s", dir, name);
	return path[i % 4];
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/nightbell-node-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"a.sock", "stream_secret", "token_secret", "lock", "cert",
		"key",	  "other",	   "deep/er",	   "deep", ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove(in_dir(names[i]));
	return 0;
}

static void test_listen(void **state)
{
	char why[LISTEN_WHY_MAX], name[64], again[64];
	int fds[3], fd;

	(void)state;
	assert_int_equal(0, listen_tcp(fds, 3, "127.0.0.1:0", "a.b", why));
	listen_name(fds[0], name, sizeof(name));
	for (int i = 1; i < 3; i++) {
		listen_name(fds[i], again, sizeof(again));
		assert_string_equal(name, again);
	}
	/* Sharing is for the three, not for whoever comes next. */
	assert_int_equal(-EADDRINUSE, listen_tcp(&fd, 1, name, "a.b", why));
	assert_non_null(strstr(why, "a.b"));
	assert_non_null(strstr(why, name));
	assert_int_equal(-EADDRINUSE, listen_tcp(fds, 2, name, "a.b", why));
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	assert_int_equal(0, listen_tcp(&fd, 1, name, "a.b", why));
	close(fd);
	assert_int_equal(0, listen_tcp(&fd, 1, "localhost:0", "a.b", why));
	close(fd);
	assert_int_equal(-EINVAL, listen_tcp(&fd, 1, "a.test:1", "a.b", why));
	assert_int_equal(-EADDRNOTAVAIL,
			 listen_tcp(&fd, 1, "192.0.2.1:0", "a.b", why));
}

static void test_unix(void **state)
{
	char why[LISTEN_WHY_MAX];
	int fd, fd2;

	(void)state;
	assert_int_equal(0, listen_unix(&fd, in_dir("a.sock"), false, why));
	close(fd); /* left behind */
	assert_int_equal(0, listen_unix(&fd2, in_dir("a.sock"), false, why));
	close(fd2);
	assert_int_equal(
		-ENAMETOOLONG,
		listen_unix(&fd,
			    "/tmp/0123456789012345678901234567890123456789"
			    "0123456789012345678901234567890123456789"
			    "0123456789012345678901234567890123456789",
			    true, why));
	assert_non_null(strstr(why, "node.runtime_dir"));
}

static void test_dirs(void **state)
{
	char why[LISTEN_WHY_MAX];
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(0, dir_private(in_dir("deep/er"), why));
	assert_int_equal(0, stat(in_dir("deep/er"), &st));
	assert_int_equal(0700, st.st_mode & 0777);
	assert_int_equal(0, chmod(in_dir("deep/er"), 0750));
	assert_int_equal(-EPERM, dir_private(in_dir("deep/er"), why));
	assert_non_null(strstr(why, "0700"));
	assert_int_equal(0, dir_make(in_dir("deep/er"), why));
	fd = dir_lock(dir, why);
	assert_true(fd >= 0);
	assert_int_equal(-EEXIST, dir_lock(dir, why));
	close(fd);
}

static void test_secret(void **state)
{
	char one[SECRET_MAX], two[SECRET_MAX], why[256];
	struct config cfg = {.node.state_dir = dir};
	struct stat st;

	(void)state;
	assert_int_equal(-ENOENT, secret_load(one, &cfg, SECRET_STREAM, false,
					      why, 256));
	assert_int_equal(0,
			 secret_load(one, &cfg, SECRET_STREAM, true, why, 256));
	assert_int_equal(
		0, secret_load(two, &cfg, SECRET_STREAM, false, why, 256));
	assert_string_equal(one, two);
	assert_int_equal(64, strlen(one));
	assert_int_equal(0, stat(in_dir("stream_secret"), &st));
	assert_int_equal(0600, st.st_mode & 0777);
	assert_int_equal(0,
			 secret_load(two, &cfg, SECRET_TOKEN, true, why, 256));
	assert_string_not_equal(one, two);
	assert_int_equal(0, chmod(in_dir("stream_secret"), 0644));
	assert_int_equal(-EPERM,
			 secret_load(two, &cfg, SECRET_STREAM, true, why, 256));
	assert_null(strstr(why, one));
	cfg.media.stream_secret = (char *)"0123456789abcdef";
	assert_int_equal(0,
			 secret_load(two, &cfg, SECRET_STREAM, true, why, 256));
	assert_string_equal("0123456789abcdef", two);
	cfg.media.stream_secret = (char *)"0123456789abcde";
	assert_int_equal(-EINVAL,
			 secret_load(two, &cfg, SECRET_STREAM, true, why, 256));
	assert_null(strstr(why, "0123456789abcde"));
}

/* ---- certificates ---- */

enum { DAY_S = 86400 };

static void write_key(const char *path, EVP_PKEY *key)
{
	BIO *b = BIO_new_file(path, "w");

	assert_int_equal(
		1, PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL));
	BIO_free(b);
}

/* Good from 1 to 11 days after 1970, for v.test. */
static void write_cert(const char *path, EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(
		NULL, NULL, NID_subject_alt_name, "DNS:v.test,IP:127.0.0.1");
	BIO *b = BIO_new_file(path, "w");

	ASN1_TIME_set(X509_getm_notBefore(x), DAY_S);
	ASN1_TIME_set(X509_getm_notAfter(x), 11 * DAY_S);
	X509_set_pubkey(x, key);
	X509_add_ext(x, ext, -1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(1, PEM_write_bio_X509(b, x));
	BIO_free(b);
	X509_EXTENSION_free(ext);
	X509_free(x);
}

static const struct {
	const char *name, *cert, *key, *host;
	int64_t now_s;
	int err, days;
	const char *why;
} certs[] = {
	{"good", "cert", "key", "v.test", DAY_S + 1, 0, 9, "9 days"},
	{"by address", "cert", "key", "127.0.0.1", 2 * DAY_S, 0, 9, "9 days"},
	{"any host", "cert", "key", NULL, 2 * DAY_S, 0, 9, "9 days"},
	{"another host", "cert", "key", "w.test", 2 * DAY_S, -EINVAL, 0,
	 "not for w.test"},
	{"expired", "cert", "key", "v.test", 14 * DAY_S, -EINVAL, -3,
	 "expired 3 days ago"},
	{"not yet", "cert", "key", "v.test", 100, -EINVAL, 10, "not valid yet"},
	{"another key", "cert", "other", "v.test", 2 * DAY_S, -EINVAL, 0,
	 "not the key"},
	{"no certificate", "none", "key", "v.test", 2 * DAY_S, -EINVAL, 0,
	 "PEM certificate"},
	{"no key", "cert", "none", "v.test", 2 * DAY_S, -EINVAL, 0, "PEM key"},
	{"exchanged", "key", "cert", "v.test", 2 * DAY_S, -EINVAL, 0,
	 "PEM certificate"},
};

static void test_cert(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
	char why[256];
	int days;

	(void)state;
	write_key(in_dir("key"), key);
	write_key(in_dir("other"), other);
	write_cert(in_dir("cert"), key);
	for (size_t i = 0; i < ARRAY_LEN(certs); i++) {
		int err = cert_check(in_dir(certs[i].cert),
				     in_dir(certs[i].key), certs[i].host,
				     certs[i].now_s, &days, why, sizeof(why));

		print_message("%s: %s\n", certs[i].name, why);
		assert_int_equal(certs[i].err, err);
		assert_int_equal(certs[i].days, days);
		assert_non_null(strstr(why, certs[i].why));
	}
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void test_ops(void **state)
{
	struct stats *s, *same;
	struct buf b;
	size_t row = 0;
	char why[64];
	int fd;

	(void)state;
	assert_int_equal(0, stats_new(&s, &fd, 2));
	assert_int_equal(0, stats_map(&same, fd));
	sv_copy(s->roles[0].name, 16, SV("media0"));
	sv_copy(s->roles[1].name, 16, SV("desk"));
	assert_false(ops_ready(same, why, sizeof(why)));
	assert_string_equal("media0 does not serve\n", why);
	atomic_store(&s->roles[0].ready, true);
	atomic_store(&s->roles[1].ready, true);
	assert_true(ops_ready(same, why, sizeof(why)));
	atomic_store(&s->draining, true);
	atomic_store(&s->roles[0].ready, false);
	assert_false(ops_ready(same, why, sizeof(why)));
	assert_string_equal("draining\n", why);
	atomic_store(&s->draining, false);
	atomic_store(&s->roles[0].ready, true);
	sv_copy(s->roles[0].links[0].purpose, 12, SV("webhooks"));
	sv_copy(s->roles[0].links[1].purpose, 12, SV("calls"));
	atomic_store(&s->roles[0].links[0].state, LINK_UP);
	atomic_store(&s->roles[0].links[1].state, LINK_DOWN);
	assert_false(ops_ready(same, why, sizeof(why)));
	assert_string_equal("the database is not connected: media0 (calls)\n",
			    why);
	atomic_store(&s->roles[0].links[1].state, LINK_SILENT);
	assert_false(ops_ready(same, why, sizeof(why)));
	assert_string_equal("the database does not answer: media0 (calls)\n",
			    why);
	atomic_store(&stats_role(s, "media0")->calls, 7);
	atomic_fetch_add(&s->roles[0].webhooks.answered, 3);
	atomic_fetch_add(&s->roles[1].webhooks.answered, 4);
	counts_hist_add(&s->roles[0].media.reply, 700);
	counts_hist_add(&s->roles[0].media.reply, 70000);
	counts_hist_add(&s->roles[0].media.reply, -3);
	while (strcmp(timers_table(row)->name, "talk") != 0)
		row++;
	counts_add(&s->roles[0].media.stalls[row]);
	counts_add(&s->roles[0].media.timers[row]);
	counts_add(&s->roles[0].webhooks.away);
	counts_add(&s->roles[0].media.turns[0]);
	counts_add(&s->roles[1].media.turns[1]); /* no media role */
	counts_add(&s->streams.slow);
	assert_null(stats_role(s, "media1"));
	buf_init(&b, 0);
	ops_metrics(&b, same);
	assert_non_null(strstr(b.p, "nightbell_database_up 0\n"));
	assert_non_null(strstr(b.p, "nightbell_database_up{role=\"media0\","
				    "purpose=\"webhooks\"} 1\n"));
	assert_non_null(strstr(b.p, "nightbell_database_up{role=\"media0\","
				    "purpose=\"calls\"} 0\n"));
	assert_null(strstr(b.p, "purpose=\"\""));
	assert_non_null(strstr(b.p, "nightbell_calls{role=\"media0\"} 7\n"));
	assert_non_null(strstr(
		b.p, "nightbell_webhooks_total{result=\"answered\"} 7\n"));
	assert_non_null(strstr(b.p, "nightbell_role_up{role=\"desk\"} 1\n"));
	assert_non_null(
		strstr(b.p, "nightbell_reply_seconds_bucket{le=\"0.5\"} 1\n"));
	assert_non_null(
		strstr(b.p, "nightbell_reply_seconds_bucket{le=\"0.75\"} 2\n"));
	assert_non_null(
		strstr(b.p, "nightbell_reply_seconds_bucket{le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(b.p, "nightbell_reply_seconds_sum 70.7\n"));
	assert_non_null(
		strstr(b.p, "nightbell_call_stalls_total{stage=\"talk\"} 1\n"));
	assert_non_null(
		strstr(b.p, "nightbell_timer_fired_total{row=\"talk\"} 1\n"));
	assert_non_null(strstr(
		b.p, "nightbell_timer_fired_total{row=\"recogniser\"} 0\n"));
	assert_non_null(
		strstr(b.p, "nightbell_webhooks_total{result=\"away\"} 1\n"));
	assert_non_null(
		strstr(b.p, "nightbell_turns_total{leg=\"caller\"} 1\n"));
	assert_non_null(
		strstr(b.p, "nightbell_turns_total{leg=\"assistant\"} 0\n"));
	assert_non_null(strstr(
		b.p, "nightbell_streams_dropped_total{reason=\"slow\"} 1\n"));
	buf_fini(&b);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_listen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unix, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dirs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_secret, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cert, set_up, tear_down),
		cmocka_unit_test(test_ops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
