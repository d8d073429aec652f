/* Calls from the page: who may come, where to, with which token. */
#include "tests/unit/assert.h"

#include <jansson.h>

#include "base/clock.h"
#include "desk/browser.h"
#include "desk/origin.h"
#include "desk/ticket.h"

#define SECRET SV("0123456789abcdef0123456789abcdef")
#define CALL "0192f3a0-0000-7000-8000-000000000001"
#define BUSINESS "0192f3a0-0000-7000-8000-000000000002"
#define NONCE "0123456789abcdef0123456789abcdef"

static void test_origin(void **state)
{
	static const struct {
		const char *origin, *host, *public_url;
		bool ours;
	} tv[] = {
		{"http://127.0.0.1:8080", "127.0.0.1:8080", NULL, true},
		{"https://desk.test", "desk.test", NULL, true},
		{"https://desk.test", "127.0.0.1:8080", "https://desk.test",
		 true},
		{"http://desk.test", "127.0.0.1:8080", "https://desk.test",
		 false},
		{"https://desk.test.evil.test", "desk.test",
		 "https://desk.test", false},
		{"https://evil.test", "desk.test", NULL, false},
		{"http://127.0.0.1:8081", "127.0.0.1:8080", NULL, false},
		{"null", "desk.test", NULL, false},
		{"null", "null", NULL, false},
		{"https://", "", NULL, false},
		{"", "desk.test", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s at %s\n", tv[i].origin, tv[i].host);
		assert_int_equal(tv[i].ours, origin_fits(sv_str(tv[i].origin),
							 sv_str(tv[i].host),
							 tv[i].public_url));
	}
}

static void test_path(void **state)
{
	static const struct {
		const char *path, *carrier;
	} tv[] = {
		{"/ws/voice/browser/" NONCE, "browser"},
		{"/ws/voice/twilio/" NONCE, "twilio"},
		{"/ws/voice/" NONCE, NULL},
		{"/ws/voice//" NONCE, ""},
		{"/ws/voice/browser/" NONCE "0", NULL},
		{"/ws/voice/browser/0123456789ABCDEF0123456789abcdef", NULL},
		{"/ws/voice/browser/x/23456789abcdef0123456789abcdef", NULL},
		{"/ws/voice/browser/", NULL},
		{"/ws/voice/", NULL},
		{"/", NULL},
		{"", NULL},
	};
	struct sv carrier, nonce;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].path);
		assert_int_equal(
			tv[i].carrier != NULL,
			ticket_path(sv_str(tv[i].path), &carrier, &nonce));
		if (!tv[i].carrier)
			continue;
		assert_sv_equal(tv[i].carrier, carrier);
		assert_sv_equal(NONCE, nonce);
	}
}

/* What the page gets: its path and token fit each other, and no others. */
static void test_answer(void **state)
{
	const struct sv row =
		SV("{\"call\":\"" CALL "\",\"business\":"
		   "\"" BUSINESS "\",\"number\":\"+14155550100\"}");
	struct sv carrier, nonce, call, business, token;
	struct ticket other;
	struct buf b;
	json_t *j;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(0, browser_answer(&b, row, SECRET, 60));
	j = json_loadb(b.p, b.len, 0, NULL);
	assert_non_null(j);
	assert_string_equal(CALL,
			    json_string_value(json_object_get(j, "call")));
	assert_int_equal(60,
			 json_integer_value(json_object_get(j, "expires_s")));
	assert_true(ticket_path(
		sv_str(json_string_value(json_object_get(j, "path"))), &carrier,
		&nonce));
	assert_sv_equal("browser", carrier);
	token = sv_str(json_string_value(json_object_get(j, "token")));
	assert_int_equal(0, stream_token_check(token, SECRET, nonce,
					       clock_wall_us() / 1000000, &call,
					       &business));
	assert_sv_equal(CALL, call);
	assert_sv_equal(BUSINESS, business);
	assert_int_equal(0, ticket_make(&other, SECRET, call, business, 60));
	assert_false(sv_eq(nonce, other.nonce));
	assert_int_equal(-EACCES,
			 stream_token_check(token, SECRET, sv_str(other.nonce),
					    clock_wall_us() / 1000000, &call,
					    &business));
	json_decref(j);
	buf_reset(&b);
	assert_int_equal(-EBADMSG, browser_answer(&b, SV("{}"), SECRET, 60));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
