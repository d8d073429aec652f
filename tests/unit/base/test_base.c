/* base: slices, buffers, base64, UUIDs, the JSON scanner. */
#include "tests/unit/assert.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/js.h"
#include "base/log.h"
#include "base/uuid.h"

static void test_sv_i64(void **state)
{
	static const struct {
		const char *in;
		int err;
		int64_t v;
	} tv[] = {
		{"0", 0, 0},
		{"-17", 0, -17},
		{"9223372036854775807", 0, INT64_MAX},
		{"-9223372036854775808", 0, INT64_MIN},
		{"9223372036854775808", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"-", -EINVAL, 0},
		{"1 ", -EINVAL, 0},
		{"0x1", -EINVAL, 0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		int64_t v = 0;

		assert_int_equal(tv[i].err, sv_i64(&v, sv_str(tv[i].in)));
		if (!tv[i].err)
			assert_true(tv[i].v == v);
	}
}

static void test_buf_limit_keeps_content(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 10);
	assert_int_equal(0, buf_str(&b, "12345"));
	assert_int_equal(-ENOSPC, buf_str(&b, "678901"));
	assert_sv_equal("12345", buf_get(&b));
	assert_int_equal(-ENOSPC, b.err);
	assert_int_equal(0, buf_printf(&b, "%d", 67890));
	assert_sv_equal("1234567890", buf_get(&b));
	buf_drop(&b, 7);
	assert_sv_equal("890", buf_get(&b));
	buf_fini(&b);
}

static void test_buf_escapes(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	buf_json(&b, SV("a\"b\\c\n\x01 caf\xc3\xa9"));
	assert_sv_equal("a\\\"b\\\\c\\n\\u0001 caf\xc3\xa9", buf_get(&b));
	buf_reset(&b);
	buf_xml(&b, SV("<a b=\"c\">&\x02"));
	assert_sv_equal("&lt;a b=&quot;c&quot;&gt;&amp; ", buf_get(&b));
	buf_fini(&b);
}

static void test_b64(void **state)
{
	static const struct {
		const char *plain, *coded;
	} tv[] = {{"", ""},
		  {"f", "Zg=="},
		  {"fo", "Zm8="},
		  {"foo", "Zm9v"},
		  {"foob", "Zm9vYg=="},
		  {"fooba", "Zm9vYmE="},
		  {"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {"Z",	  "Zg=",  "Zm9v!",   "Zg==Zg==",
					  "Zm-_", "====", "Zm9vYg=", "Zm 9"};
	char out[64];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		size_t n = strlen(tv[i].plain);
		size_t len = b64_encode(out, tv[i].plain, n);

		assert_int_equal(B64_LEN(n), len);
		assert_sv_equal(tv[i].coded, ((struct sv){out, len}));
		assert_int_equal(
			n, b64_decode(out, sizeof(out), sv_str(tv[i].coded)));
		assert_memory_equal(out, tv[i].plain, n);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(-EBADMSG,
				 b64_decode(out, sizeof(out), sv_str(bad[i])));
	assert_int_equal(-ENOSPC, b64_decode(out, 2, SV("Zm9v")));
	assert_int_equal(3, b64url_decode(out, 3, SV("-_-_")));
	assert_memory_equal("\xfb\xff\xbf", out, 3);
}

static void test_b64_round_trip(void **state)
{
	uint8_t in[97], back[97];
	char out[B64_LEN(97) + 1];
	(void)state;

	for (size_t n = 0; n <= sizeof(in); n++) {
		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)(i * 151 + n * 17);
		assert_int_equal(
			n,
			b64_decode(back, n,
				   (struct sv){out, b64_encode(out, in, n)}));
		assert_memory_equal(in, back, n);
		assert_int_equal(
			n, b64url_decode(back, n,
					 (struct sv){out, b64url_encode(out, in,
									n)}));
		assert_memory_equal(in, back, n);
	}
}

static void test_uuid(void **state)
{
	static const uint8_t r[10] = {0xff, 1, 0xff, 3, 4, 5, 6, 7, 8, 9};
	struct uuid u = uuid_v7(0x017F22E279B0, r);
	(void)state;

	assert_string_equal("017f22e2-79b0-7f01-bf03-040506070809", u.s);
	assert_true(uuid_valid(sv_str(u.s)));
	assert_false(uuid_valid(SV("017f22e2-79b0-7f01-bf03-04050607080")));
	assert_false(uuid_valid(SV("017f22e2x79b0-7f01-bf03-040506070809")));
}

static void test_js_get(void **state)
{
	static const struct {
		const char *in, *key;
		int err;
		const char *val;
	} tv[] = {
		{"{\"a\":\"b\"}", "a", 0, "b"},
		{" { \"x\" : 1.5e3 , \"a\" : true } ", "a", 0, "true"},
		{"{\"a\":{\"a\":[1,{}]}}", "a", 0, "{\"a\":[1,{}]}"},
		{"{\"b\":{\"a\":1},\"a\":2}", "a", 0, "2"},
		{"{\"b\":\"}\\\"\",\"a\":\"\\n\"}", "a", 0, "\\n"},
		{"{}", "a", -ENOENT, NULL},
		{"{\"b\":1}", "a", -ENOENT, NULL},
		{"", "a", -EBADMSG, NULL},
		{"[1]", "a", -EBADMSG, NULL},
		{"{\"b\":[}],\"a\":1}", "a", -EBADMSG, NULL},
		{"{\"a\":\"open", "a", -EBADMSG, NULL},
		{"{\"a\"}", "a", -EBADMSG, NULL},
		{"{\"b\":1 \"a\":2}", "a", -EBADMSG, NULL},
		{"{\"b\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]],\"a\":1}", "a",
		 -EBADMSG, NULL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct sv v;

		print_message("%s\n", tv[i].in);
		assert_int_equal(tv[i].err,
				 js_get(sv_str(tv[i].in), tv[i].key, &v));
		if (!tv[i].err)
			assert_sv_equal(tv[i].val, v);
	}
}

/* Every prefix, ending at an unreadable page: no read past the slice. */
static void test_js_prefixes(void **state)
{
	static const char msg[] =
		"{\"event\":\"media\",\"n\":[1,{\"x\":\"\\\"\"}"
		"],\"media\":{\"payload\":\"f39/\"}}";
	long page = sysconf(_SC_PAGESIZE);
	char *mem = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)state;

	assert_ptr_not_equal(MAP_FAILED, mem);
	assert_int_equal(0, mprotect(mem + page, (size_t)page, PROT_NONE));
	for (size_t n = 0; n < sizeof(msg) - 1; n++) {
		char *at = mem + page - n;
		struct sv v;

		memcpy(at, msg, n);
		assert_int_equal(-EBADMSG,
				 js_get((struct sv){at, n}, "none", &v));
	}
	munmap(mem, (size_t)page * 2);
}

static void test_log_phone(void **state)
{
	(void)state;
	assert_string_equal("+1******0100", log_phone(SV("+14155550100")).s);
	assert_string_equal("****", log_phone(SV("9110")).s);
	assert_string_equal("", log_phone(SV("")).s);
}

static void test_log_mask_digits(void **state)
{
	char s[] = "The 'To' number +14155550100 is not valid (21211), 123456";
	char none[] = "", only[] = "1234567";
	(void)state;

	log_mask_digits(s);
	assert_string_equal(
		"The 'To' number +*********** is not valid (21211), 123456", s);
	log_mask_digits(none);
	assert_string_equal("", none);
	log_mask_digits(only);
	assert_string_equal("*******", only);
}

/* What log_line() writes to descriptor 2. */
static const char *logged(bool json, const char *call, const char *text)
{
	static char line[2000];
	int fds[2], was = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(0, pipe(fds));
	dup2(fds[1], STDERR_FILENO);
	log_init(LOG_LEVEL_INFO, json, "test");
	log_line(LOG_LEVEL_WARN, "area", call, "%s", text);
	log_init(LOG_LEVEL_INFO, false, "test");
	dup2(was, STDERR_FILENO);
	n = read(fds[0], line, sizeof(line) - 1);
	assert_true(n > 0);
	line[n] = '\0';
	close(fds[0]);
	close(fds[1]);
	close(was);
	return line;
}

static void test_log_line(void **state)
{
	static const struct {
		const char *name, *text, *shown;
	} tv[] = {
		{"E.164", "Key (phone)=(+14155550100) exists",
		 "Key (phone)=(+1******0100) exists"},
		{"in a URL", "/x?From=%2B14155550100&To=%2b14155550101",
		 "/x?From=%2B1******0100&To=%2b1******0101"},
		{"without its plus", "\"14155550100\": no", "\"1******0100\""},
		{"short ones", "+123456 in 1234567 ms",
		 "+123456 in 1234567 ms"},
		{"ids", "01936c00-1234-7000-8000-123456789012 MZ12345678901",
		 "01936c00-1234-7000-8000-123456789012 MZ12345678901"},
		{"a date", "2026-11-24T10:00:00.123456789012Z",
		 "2026-11-24T10:00:00.123456789012Z"},
		{"the end", "to +4915112345678", "to +4********5678"},
		{"lines", "one\ntwo\x7f", "one two "},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		assert_non_null(
			strstr(logged(false, NULL, tv[i].text), tv[i].shown));
	}
	assert_non_null(strstr(logged(false, "c1", "x"), " area: c1: x\n"));
	assert_non_null(strstr(logged(false, "", "x"), " area: x\n"));
	assert_non_null(strstr(logged(true, "a\"b\nc", "x \"y\""),
			       "\"area\":\"area\",\"call\":\"a\\\"b c\","
			       "\"msg\":\"x \\\"y\\\"\"}\n"));
	assert_null(strstr(logged(true, "", "x"), "\"call\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sv_i64),
		cmocka_unit_test(test_buf_limit_keeps_content),
		cmocka_unit_test(test_buf_escapes),
		cmocka_unit_test(test_b64),
		cmocka_unit_test(test_b64_round_trip),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_js_get),
		cmocka_unit_test(test_js_prefixes),
		cmocka_unit_test(test_log_phone),
		cmocka_unit_test(test_log_mask_digits),
		cmocka_unit_test(test_log_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
