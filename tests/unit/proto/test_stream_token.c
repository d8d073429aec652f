/* The token of a media socket: good for one nonce, one call, a while. */
#include "tests/unit/assert.h"

#include "proto/stream_token.h"

#define SECRET SV("0123456789abcdef0123456789abcdef")
#define NONCE SV("00112233445566778899aabbccddeeff")
#define CALL "0193a1c0-0000-7000-8000-000000000001"
#define BUSINESS "0193a1c0-0000-7000-8000-000000000002"

enum { EXPIRES_S = 1000000 };

static void make(struct buf *b)
{
	buf_init(b, STREAM_TOKEN_MAX);
	assert_int_equal(0, stream_token_make(b, SECRET, NONCE, SV(CALL),
					      SV(BUSINESS), EXPIRES_S));
}

static void test_good(void **state)
{
	struct sv call, business;
	struct buf b;

	(void)state;
	make(&b);
	/* A <Parameter> holds 500 characters, name and value. */
	assert_true(b.len < 400);
	assert_int_equal(0,
			 stream_token_check(buf_get(&b), SECRET, NONCE,
					    EXPIRES_S - 1, &call, &business));
	assert_sv_equal(CALL, call);
	assert_sv_equal(BUSINESS, business);
	buf_fini(&b);
}

static void test_refused(void **state)
{
	struct sv call, business;
	struct buf b;

	(void)state;
	make(&b);
	assert_int_equal(-ETIME,
			 stream_token_check(buf_get(&b), SECRET, NONCE,
					    EXPIRES_S, &call, &business));
	assert_int_equal(
		-EACCES,
		stream_token_check(buf_get(&b), SECRET,
				   SV("00112233445566778899aabbccddeefe"), 1,
				   &call, &business));
	assert_int_equal(
		-EACCES,
		stream_token_check(buf_get(&b),
				   SV("0123456789abcdef0123456789abcdeF"),
				   NONCE, 1, &call, &business));
	assert_int_equal(-EACCES, stream_token_check(buf_get(&b), SV(""), NONCE,
						     1, &call, &business));
	assert_int_equal(-EBADMSG, stream_token_check(SV(""), SECRET, NONCE, 1,
						      &call, &business));
	buf_fini(&b);
}

/* Each bit of each byte, each byte missing, each byte twice. */
static void test_tampered(void **state)
{
	struct sv call, business;
	char text[STREAM_TOKEN_MAX + 2];
	struct buf b;

	(void)state;
	make(&b);
	for (size_t i = 0; i < b.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			b.p[i] = (char)(b.p[i] ^ 1 << bit);
			assert_int_not_equal(
				0,
				stream_token_check(buf_get(&b), SECRET, NONCE,
						   1, &call, &business));
			b.p[i] = (char)(b.p[i] ^ 1 << bit);
		}
		memcpy(text, b.p, i);
		memcpy(text + i, b.p + i + 1, b.len - i - 1);
		assert_int_not_equal(
			0,
			stream_token_check((struct sv){text, b.len - 1}, SECRET,
					   NONCE, 1, &call, &business));
		memcpy(text, b.p, i + 1);
		memcpy(text + i + 1, b.p + i, b.len - i);
		assert_int_not_equal(
			0,
			stream_token_check((struct sv){text, b.len + 1}, SECRET,
					   NONCE, 1, &call, &business));
		assert_int_not_equal(0, stream_token_check((struct sv){b.p, i},
							   SECRET, NONCE, 1,
							   &call, &business));
	}
	buf_fini(&b);
}

static const struct {
	const char *name;
	struct sv secret, nonce, call, business;
	int64_t expires_s;
} bad[] = {
	{"short secret",
	 {"0123456789abcde", 15},
	 {"n", 1},
	 {"c", 1},
	 {"b", 1},
	 1},
	{"no nonce", {"0123456789abcdef", 16}, {"", 0}, {"c", 1}, {"b", 1}, 1},
	{"dot in the call",
	 {"0123456789abcdef", 16},
	 {"n", 1},
	 {"c.d", 3},
	 {"b", 1},
	 1},
	{"line end in the nonce",
	 {"0123456789abcdef", 16},
	 {"n\n", 2},
	 {"c", 1},
	 {"b", 1},
	 1},
	{"no business",
	 {"0123456789abcdef", 16},
	 {"n", 1},
	 {"c", 1},
	 {"", 0},
	 1},
	{"before all time",
	 {"0123456789abcdef", 16},
	 {"n", 1},
	 {"c", 1},
	 {"b", 1},
	 -1},
};

static void test_make_refuses(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, STREAM_TOKEN_MAX);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("%s\n", bad[i].name);
		assert_int_equal(-EINVAL,
				 stream_token_make(&b, bad[i].secret,
						   bad[i].nonce, bad[i].call,
						   bad[i].business,
						   bad[i].expires_s));
	}
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_make_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
