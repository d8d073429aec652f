/* ws: frames of both sides in any pieces, and the handshake. */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "proto/ws.h"

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static void test_accept(void **state)
{
	char out[WS_ACCEPT_LEN + 1];
	(void)state;

	/* RFC 6455, 1.3 */
	ws_accept(out, SV("dGhlIHNhbXBsZSBub25jZQ=="));
	assert_string_equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", out);
}

/* RFC 6455, 5.7 */
static void test_examples(void **state)
{
	static const uint8_t masked[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d,
					 0x7f, 0x9f, 0x4d, 0x51, 0x58};
	struct sv in = {(const char *)masked, sizeof(masked)};
	struct ws_msg m;
	struct ws_in w;
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	assert_int_equal(0, ws_put(&b, WS_TEXT, SV("Hello"), mask));
	assert_int_equal(sizeof(masked), b.len);
	assert_memory_equal(masked, b.p, b.len);
	ws_in_init(&w, true, 1000);
	assert_int_equal(1, ws_in_next(&w, &in, &m));
	assert_int_equal(WS_TEXT, m.op);
	assert_sv_equal("Hello", m.data);
	assert_int_equal(0, in.len);
	ws_in_fini(&w);
	buf_fini(&b);
}

/* Any message, of either side, in any pieces, is what was sent. */
static void test_pieces(void **state)
{
	static const size_t lens[] = {0,   1,	2,   7,	    8,	   9,
				      125, 126, 127, 65535, 65536, 70000};
	static const size_t steps[] = {1, 2, 3, 7, 64, 1000, 1 << 20};
	char *text = malloc(70000);
	(void)state;

	for (size_t i = 0; i < 70000; i++)
		text[i] = (char)(i * 31 + i / 251);
	for (size_t k = 0; k < ARRAY_LEN(lens) * ARRAY_LEN(steps) * 2; k++) {
		size_t len = lens[k / 2 % ARRAY_LEN(lens)];
		size_t step = steps[k / 2 / ARRAY_LEN(lens)];
		const uint8_t *with = k % 2 ? mask : NULL;
		struct ws_msg m;
		struct ws_in w;
		struct buf b;
		int got = 0;

		buf_init(&b, 0);
		ws_put_part(&b, WS_BINARY, false, (struct sv){text, len / 3},
			    with);
		ws_put(&b, WS_PING, SV("ping"), with);
		ws_put_part(&b, WS_CONTINUED, true,
			    (struct sv){text + len / 3, len - len / 3}, with);
		ws_put(&b, WS_TEXT, (struct sv){text, len}, with);
		ws_put_close(&b, 1011, SV("NET-0001"), with);
		assert_int_equal(0, b.err);
		ws_in_init(&w, with != NULL, 1 << 20);
		for (size_t at = 0; at < b.len; at += step) {
			/* ends at an unreadable byte under the sanitizers */
			size_t n = MIN(step, b.len - at);
			char *piece = malloc(n);
			struct sv in = {memcpy(piece, b.p + at, n), n};

			while (ws_in_next(&w, &in, &m) == 1) {
				switch (got++) {
				case 0:
					assert_int_equal(WS_PING, m.op);
					assert_sv_equal("ping", m.data);
					break;
				case 1:
				case 2:
					assert_int_equal(got == 2 ? WS_BINARY
								  : WS_TEXT,
							 m.op);
					assert_int_equal(len, m.data.len);
					assert_memory_equal(text, m.data.p,
							    len);
					break;
				default:
					assert_int_equal(WS_CLOSE, m.op);
					assert_int_equal(1011, m.code);
					assert_sv_equal("NET-0001", m.why);
				}
			}
			assert_int_equal(0, in.len);
			free(piece);
		}
		assert_int_equal(4, got);
		ws_in_fini(&w);
		buf_fini(&b);
	}
	free(text);
}

/* Noise: an error or nothing, never more than was allowed. */
static void test_noise(void **state)
{
	uint32_t seed = 1;
	(void)state;

	for (int round = 0; round < 20000; round++) {
		uint8_t noise[64];
		struct sv in = {(const char *)noise, sizeof(noise)};
		struct ws_msg m;
		struct ws_in w;
		int ret;

		for (size_t i = 0; i < sizeof(noise); i++) {
			seed = seed * 1664525 + 1013904223;
			noise[i] = (uint8_t)(seed >> 24);
		}
		ws_in_init(&w, round & 1, 40);
		while ((ret = ws_in_next(&w, &in, &m)) == 1)
			assert_true(m.data.len <= 125);
		assert_true(ret == 0 || ret == -EPROTO || ret == -EMSGSIZE);
		ws_in_fini(&w);
	}
}

static void test_request(void **state)
{
	static const char *const headers[] = {"Authorization", "Token k", NULL};
	static const char *const bad[] = {"X", "a\r\nY: b", NULL};
	struct ws_request r = {.host = "voice.test:8443",
			       .path = "/v1/x?model=y",
			       .key = "dGhlIHNhbXBsZSBub25jZQ==",
			       .subprotocol = "realtime",
			       .headers = headers};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	assert_int_equal(0, ws_put_request(&b, &r));
	assert_string_equal("GET /v1/x?model=y HTTP/1.1\r\n"
			    "Host: voice.test:8443\r\nUpgrade: websocket\r\n"
			    "Connection: Upgrade\r\n"
			    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			    "Sec-WebSocket-Version: 13\r\n"
			    "Sec-WebSocket-Protocol: realtime\r\n"
			    "Authorization: Token k\r\n\r\n",
			    b.p);
	buf_reset(&b);
	r.headers = bad;
	assert_int_equal(-EINVAL, ws_put_request(&b, &r));
	r.headers = NULL;
	r.path = "/a b";
	assert_int_equal(-EINVAL, ws_put_request(&b, &r));
	buf_fini(&b);
}

#define GOOD                                                                   \
	"HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"           \
	"Connection: Upgrade\r\nDG-Request-ID:  r-1 \r\n"                      \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static void test_answers(void **state)
{
	static const struct {
		const char *name, *in;
		int ret; /* 1: the head is complete */
		int status, retry_after;
		int64_t body_len;
	} tv[] = {
		{"good", GOOD "\r\nand more", 1, 101, -1, -1},
		{"extension", GOOD "Sec-WebSocket-Extensions: x\r\n\r\n",
		 -EPROTO, 101, -1, -1},
		{"busy",
		 "HTTP/1.1 429 No\r\nRetry-After: 7\r\nContent-Length: 3\r\n"
		 "\r\nabc",
		 1, 429, 7, 3},
		{"a date",
		 "HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 1999\r\n\r\n", 1,
		 503, -1, -1},
		{"no number", "HTTP/1.1 abc\r\n\r\n", -EPROTO, 0, -1, -1},
		{"short", "HTTP/1.1 \r\n\r\n", -EPROTO, 0, -1, -1},
		{"not HTTP", "SSH-2.0\r\n", -EPROTO, 0, -1, -1},
	};
	struct ws_answer a;
	struct sv v;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		int ret = ws_take_answer(&a, sv_str(tv[i].in),
					 "dGhlIHNhbXBsZSBub25jZQ==");

		print_message("%s\n", tv[i].name);
		assert_int_equal(tv[i].ret, MIN(ret, 1));
		assert_int_equal(tv[i].status, a.status);
		assert_int_equal(tv[i].retry_after, a.retry_after_s);
		assert_int_equal(tv[i].body_len, a.body_len);
	}
	for (size_t n = 0; n < sizeof(GOOD "\r\n") - 1; n++) {
		char *part = malloc(n + 1);

		memcpy(part, GOOD "\r\n", n);
		assert_int_equal(0,
				 ws_take_answer(&a, (struct sv){part, n}, "x"));
		free(part);
	}
	assert_int_equal(0, ws_header(SV(GOOD), "dg-request-id", &v));
	assert_sv_equal("r-1", v);
	assert_int_equal(-ENOENT, ws_header(SV(GOOD), "dg-request", &v));
	assert_int_equal(-ENOENT, ws_header(SV(""), "x", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accept),	cmocka_unit_test(test_examples),
		cmocka_unit_test(test_pieces),	cmocka_unit_test(test_noise),
		cmocka_unit_test(test_request), cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
