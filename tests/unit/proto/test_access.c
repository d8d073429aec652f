/* access: what is signed comes back, and nothing else does. */
#include "tests/unit/assert.h"

#include "base/b64.h"
#include "proto/access.h"

#define USER "019363a0-0000-7000-8000-000000000001"
#define SESSION "019363a0-0000-7000-8000-000000000002"
#define SECRET SV("sixteen or more characters")
#define NOW INT64_C(1795600000)

static const struct access ours = {USER, SESSION};

static void test_access_read(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		struct sv secret;
		int err;
	} tv[] = {
		{"now", NOW, SECRET, 0},
		{"its last second", NOW + 599, SECRET, 0},
		{"too late", NOW + 600, SECRET, -ETIME},
		{"another secret", NOW, SV("sixteen or more character"),
		 -EACCES},
		{"no secret", NOW, SV(""), -EACCES},
	};
	char text[ACCESS_TEXT_MAX];
	struct access a;
	(void)state;

	assert_int_equal(0, access_print(text, &ours, SECRET, NOW, 600));
	assert_true(access_looks_so(sv_str(text)));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		memset(&a, 0, sizeof(a));
		assert_int_equal(
			tv[i].err,
			access_read(&a, sv_str(text), tv[i].secret, tv[i].at));
		assert_string_equal(tv[i].err ? "" : USER, a.user);
		assert_string_equal(tv[i].err ? "" : SESSION, a.session);
	}
}

/* Each byte changed, each prefix: none of them is ours. */
static void test_access_changed(void **state)
{
	char text[ACCESS_TEXT_MAX], bad[ACCESS_TEXT_MAX];
	struct access a;
	size_t n;
	(void)state;

	assert_int_equal(0, access_print(text, &ours, SECRET, NOW, 600));
	n = strlen(text);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(-EACCES, access_read(&a, (struct sv){text, i},
						      SECRET, NOW));
		/* The last character has bits that no byte holds. */
		if (i == n - 1)
			break;
		memcpy(bad, text, sizeof(bad));
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_equal(-EACCES,
				 access_read(&a, sv_str(bad), SECRET, NOW));
	}
}

static void test_access_unsigned(void **state)
{
	static const char head[] = "{\"alg\":\"none\",\"typ\":\"JWT\"}";
	static const char body[] =
		"{\"iss\":\"nightbell\",\"sub\":\"" USER "\",\"sid\":\"" SESSION
		"\",\"exp\":99999999999}";
	char text[ACCESS_TEXT_MAX];
	struct access a;
	size_t n;
	(void)state;

	n = b64url_encode(text, head, sizeof(head) - 1);
	text[n++] = '.';
	n += b64url_encode(text + n, body, sizeof(body) - 1);
	text[n++] = '.';
	text[n] = '\0';
	assert_int_equal(-EACCES, access_read(&a, sv_str(text), SECRET, NOW));
	assert_int_equal(-EACCES, access_read(&a, SV(""), SECRET, NOW));
	assert_int_equal(-EACCES, access_read(&a, SV(".."), SECRET, NOW));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_read),
		cmocka_unit_test(test_access_changed),
		cmocka_unit_test(test_access_unsigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
