/* session: the secret in a request's headers. */
#include "tests/unit/assert.h"

#include "desk/session.h"

static const struct {
	const char *name, *authorization, *cookies, *secret;
	bool cookie;
} tv[] = {
	{"none", "", "", "", false},
	{"cookie", "", "nightbell_session=abc", "abc", true},
	{"among others", "", "a=b; nightbell_session=abc ; c=d", "abc", true},
	{"another's name", "", "xnightbell_session=abc", "", false},
	{"longer name", "", "nightbell_session2=abc", "", false},
	{"empty", "", "nightbell_session=", "", true},
	{"no end", "", ";;; ;nightbell_session=a=b", "a=b", true},
	{"bearer", "Bearer abc", "", "abc", false},
	{"any case", "bearer  abc ", "", "abc", false},
	{"bearer first", "Bearer abc", "nightbell_session=def", "abc", false},
	{"basic", "Basic abc", "nightbell_session=def", "def", true},
	{"just the word", "Bearer", "", "", false},
};

static void test_session_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		bool cookie;
		struct sv s;

		print_message("%s\n", tv[i].name);
		s = session_secret(sv_str(tv[i].authorization),
				   sv_str(tv[i].cookies), &cookie);
		assert_sv_equal(tv[i].secret, s);
		assert_int_equal(tv[i].cookie, cookie);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
