/* session: what a request's headers say of who asks. */
#include "tests/unit/assert.h"

#include "base/clock.h"
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

#define USER "019363a0-0000-7000-8000-000000000001"
#define SESSION "019363a0-0000-7000-8000-000000000002"

/* What a request brought; signed: a token of ours replaces the word. */
static void test_session_cred(void **state)
{
	static const struct {
		const char *name, *authorization, *cookies;
		int signed_s; /* that token's life; 0: none */
		int err;
		enum cred_kind kind;
	} cases[] = {
		{"nothing", "", "", 0, 0, CRED_NONE},
		{"cookie", "", "nightbell_session=abc", 0, 0, CRED_COOKIE},
		{"a program's key", "Bearer nbt_abc", "", 0, 0, CRED_KEY},
		{"ours", NULL, "", 600, 0, CRED_ACCESS},
		{"ours, too old", NULL, "", -1, -EACCES, CRED_ACCESS},
		{"somebody else's", "Bearer a.b.c", "", 0, -EACCES,
		 CRED_ACCESS},
		{"before the cookie", "Bearer a.b.c", "nightbell_session=abc",
		 0, -EACCES, CRED_ACCESS},
		{"no token in a cookie", "", "nightbell_session=a.b.c", 0, 0,
		 CRED_COOKIE},
	};
	static const struct access who = {USER, SESSION};
	char text[ACCESS_TEXT_MAX], head[ACCESS_TEXT_MAX + 16];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cred c;

		print_message("%s\n", cases[i].name);
		assert_int_equal(0, access_print(text, &who, SV("a secret"),
						 clock_wall_us() / 1000000,
						 cases[i].signed_s));
		snprintf(head, sizeof(head), "Bearer %s", text);
		assert_int_equal(
			cases[i].err,
			session_cred(&c,
				     sv_str(cases[i].authorization
						    ? cases[i].authorization
						    : head),
				     sv_str(cases[i].cookies), SV("a secret")));
		assert_int_equal(cases[i].kind, c.kind);
		if (cases[i].signed_s > 0)
			assert_string_equal(SESSION, c.who.session);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session_secret),
		cmocka_unit_test(test_session_cred),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
