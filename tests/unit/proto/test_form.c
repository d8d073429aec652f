/* Forms and URLs as peers write them. */
#include "tests/unit/assert.h"

#include <jansson.h>

#include "proto/form.h"
#include "proto/url.h"

static const struct {
	const char *name, *in;
	int err;
	const char *json;  /* of the parsed form */
	const char *again; /* printed again; NULL: as it was */
} tv[] = {
	{"two", "a=1&b=2", 0, "{\"a\":\"1\",\"b\":\"2\"}", NULL},
	{"nothing", "", 0, "{}", NULL},
	{"plus and bytes", "Body=caf%C3%A9+%E2%9c%93", 0,
	 "{\"Body\":\"caf\xc3\xa9 \xe2\x9c\x93\"}",
	 "Body=caf%C3%A9%20%E2%9C%93"},
	{"empty value", "a=&b", 0, "{\"a\":\"\",\"b\":\"\"}", "a=&b="},
	{"empty pairs", "&&a=1&", 0, "{\"a\":\"1\"}", "a=1"},
	{"no name", "=x", 0, "{\"\":\"x\"}", NULL},
	{"equals in the value", "a=b=c", 0, "{\"a\":\"b=c\"}", "a=b%3Dc"},
	{"first of equal names", "a=1&a=2", 0, "{\"a\":\"1\"}", NULL},
	{"quotes and controls", "a=%22%5c%0A%01", 0,
	 "{\"a\":\"\\\"\\\\\\n\\u0001\"}", "a=%22%5C%0A%01"},
	{"NUL is no text of the database", "a=x%00y", 0,
	 "{\"a\":\"x\xef\xbf\xbdy\"}", NULL},
	{"no UTF-8", "a=%ff%c3%28", 0, "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd(\"}",
	 "a=%FF%C3%28"},
	{"surrogate", "a=%ED%A0%80", 0,
	 "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}", NULL},
	{"overlong", "a=%C0%AF", 0, "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\"}",
	 NULL},
	{"four bytes", "a=%F0%9F%94%94", 0, "{\"a\":\"\xf0\x9f\x94\x94\"}",
	 NULL},
	{"cut escape", "a=%4", -EBADMSG, NULL, NULL},
	{"cut behind the sign", "a=%", -EBADMSG, NULL, NULL},
	{"no digits", "a=%zz", -EBADMSG, NULL, NULL},
	{"in the name", "%=1", -EBADMSG, NULL, NULL},
};

static void test_parse(void **state)
{
	struct form f;
	struct buf b;
	json_t *o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		form_init(&f);
		assert_int_equal(tv[i].err, form_parse(&f, sv_str(tv[i].in)));
		if (!tv[i].err) {
			buf_init(&b, 0);
			form_json(&b, &f);
			assert_string_equal(tv[i].json, b.p);
			o = json_loadb(b.p, b.len, 0, NULL);
			assert_non_null(o);
			json_decref(o);
			buf_reset(&b);
			form_print(&b, &f);
			assert_sv_equal(tv[i].again ? tv[i].again : tv[i].in,
					buf_get(&b));
			buf_fini(&b);
		} else {
			assert_int_equal(0, f.n);
		}
		form_fini(&f);
	}
}

static void test_get(void **state)
{
	struct form f = {0};

	(void)state;
	assert_int_equal(0, form_parse(&f, SV("From=%2B1&Empty=&from=x")));
	assert_sv_equal("+1", form_get(&f, "From"));
	assert_non_null(form_get(&f, "Empty").p);
	assert_int_equal(0, form_get(&f, "Empty").len);
	assert_null(form_get(&f, "FROM").p);
	assert_sv_equal("x", f.v[2].value);
	form_fini(&f);
}

static void test_limit(void **state)
{
	struct form f = {0};

	(void)state;
	for (int i = 0; i < FORM_PAIRS_MAX; i++)
		assert_int_equal(0, form_add(&f, SV("a"), SV("b")));
	assert_int_equal(-E2BIG, form_add(&f, SV("a"), SV("b")));
	assert_int_equal(-E2BIG, form_parse(&f, SV("x=1")));
	assert_int_equal(FORM_PAIRS_MAX, f.n);
	form_fini(&f);
}

static const struct {
	const char *in;
	int err;
	const char *scheme, *user, *host, *port, *path, *query;
} urls[] = {
	{"https://a.test", 0, "https", "", "a.test", "", "", ""},
	{"https://u:p@a.test:443/x/y?q=1#f", 0, "https", "u:p", "a.test", "443",
	 "/x/y", "?q=1"},
	{"wss://[::1]:8443/ws", 0, "wss", "", "[::1]", "8443", "/ws", ""},
	{"http://[::1]/", 0, "http", "", "[::1]", "", "/", ""},
	{"http://a?b", 0, "http", "", "a", "", "", "?b"},
	{"http://a@b@c/", 0, "http", "a@b", "c", "", "/", ""},
	{"http://", -EINVAL, NULL, NULL, NULL, NULL, NULL, NULL},
	{"/path", -EINVAL, NULL, NULL, NULL, NULL, NULL, NULL},
	{"a.test:80", -EINVAL, NULL, NULL, NULL, NULL, NULL, NULL},
	{"", -EINVAL, NULL, NULL, NULL, NULL, NULL, NULL},
};

static void test_url(void **state)
{
	struct url u;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		print_message("%s\n", urls[i].in);
		assert_int_equal(urls[i].err,
				 url_split(&u, sv_str(urls[i].in)));
		if (urls[i].err)
			continue;
		assert_sv_equal(urls[i].scheme, u.scheme);
		assert_sv_equal(urls[i].user, u.user);
		assert_sv_equal(urls[i].host, u.host);
		assert_sv_equal(urls[i].port, u.port);
		assert_sv_equal(urls[i].path, u.path);
		assert_sv_equal(urls[i].query, u.query);
	}
}

static const struct {
	const char *in;
	int err;
	const char *host;
	int port;
	bool loopback;
} hosts[] = {
	{"127.0.0.1:8080", 0, "127.0.0.1", 8080, true},
	{"localhost:0", 0, "localhost", 0, true},
	{"[::1]:443", 0, "[::1]", 443, true},
	{"127.8.9.10:1", 0, "127.8.9.10", 1, true},
	{"0.0.0.0:65535", 0, "0.0.0.0", 65535, false},
	{"[::]:80", 0, "[::]", 80, false},
	{"127.0.0.1.evil.test:80", 0, "127.0.0.1.evil.test", 80, false},
	{"127.0.0.256:80", 0, "127.0.0.256", 80, false},
	{"127.1:80", 0, "127.1", 80, false},
	{"::1:443", -EINVAL, NULL, 0, false},
	{"a:65536", -EINVAL, NULL, 0, false},
	{"a:", -EINVAL, NULL, 0, false},
	{"a:-1", -EINVAL, NULL, 0, false},
	{":80", -EINVAL, NULL, 0, false},
	{"a", -EINVAL, NULL, 0, false},
	{"", -EINVAL, NULL, 0, false},
};

static void test_host_port(void **state)
{
	struct sv host;
	int port;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		print_message("%s\n", hosts[i].in);
		assert_int_equal(
			hosts[i].err,
			url_host_port(sv_str(hosts[i].in), &host, &port));
		if (hosts[i].err)
			continue;
		assert_sv_equal(hosts[i].host, host);
		assert_int_equal(hosts[i].port, port);
		assert_int_equal(hosts[i].loopback, url_is_loopback(host));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	  cmocka_unit_test(test_get),
		cmocka_unit_test(test_limit),	  cmocka_unit_test(test_url),
		cmocka_unit_test(test_host_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
