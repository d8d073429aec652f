/* The messages of a call from a browser: table, prefixes, random bytes. */
#include "tests/unit/assert.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proto/bstream.h"

#define MSG(kind, body) SV(kind "\x01\0\0\0\0\0\0" body)

static const struct {
	const char *name;
	struct sv in;
	int err;
	enum carrier_kind kind;
	const char *body;
} tv[] = {
	{"start", MSG("\1", "{\"token\":\"a.b\"}"), 0, CARRIER_START,
	 "{\"token\":\"a.b\"}"},
	{"start without JSON", MSG("\1", "token"), -EBADMSG, 0, NULL},
	{"start, empty", MSG("\1", ""), -EBADMSG, 0, NULL},
	{"packet", MSG("\2", "\xfc\xff\xfe"), 0, CARRIER_MEDIA, "\xfc\xff\xfe"},
	{"no packet", MSG("\2", ""), -EBADMSG, 0, NULL},
	{"mark", MSG("\3", "g7-3"), 0, CARRIER_MARK, "g7-3"},
	{"no mark", MSG("\3", ""), -EBADMSG, 0, NULL},
	{"mark that is no text", MSG("\3", "g\n"), -EBADMSG, 0, NULL},
	{"only we clear", MSG("\4", ""), -EBADMSG, 0, NULL},
	{"key", MSG("\5", "#"), 0, CARRIER_DTMF, "#"},
	{"small letter", MSG("\5", "a"), -EBADMSG, 0, NULL},
	{"two keys", MSG("\5", "12"), -EBADMSG, 0, NULL},
	{"stop", MSG("\6", ""), 0, CARRIER_STOP, ""},
	{"stop with more", MSG("\6", "x"), -EBADMSG, 0, NULL},
	{"next year's", MSG("\x7f", "x"), -ENOTSUP, 0, NULL},
	{"nothing", MSG("\0", ""), -EBADMSG, 0, NULL},
	{"version", SV("\2\2\0\0\0\0\0\0x"), -EBADMSG, 0, NULL},
	{"short", SV("\2\1\0\0\0\0\0"), -EBADMSG, 0, NULL},
	{"empty", SV(""), -EBADMSG, 0, NULL},
	{"the other carrier's", SV("{\"event\":\"start\"}"), -EBADMSG, 0, NULL},
};

static struct sv body_of(const struct carrier_msg *m)
{
	switch (m->kind) {
	case CARRIER_START:
		return m->params;
	case CARRIER_MARK:
		return m->name;
	case CARRIER_DTMF:
		return (struct sv){&m->digit, 1};
	default:
		return m->payload;
	}
}

static void test_parse(void **state)
{
	struct carrier_msg m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		assert_int_equal(tv[i].err, bstream_parse(&m, tv[i].in));
		if (tv[i].err)
			continue;
		assert_int_equal(tv[i].kind, m.kind);
		assert_sv_equal(tv[i].body, body_of(&m));
		assert_int_equal(0, m.stream.len);
	}
}

static void test_place(void **state)
{
	struct carrier_msg m;

	(void)state;
	assert_int_equal(0, bstream_parse(&m, SV("\2\1\xab\xcd\0\1\x86\xa0p")));
	assert_int_equal(0xabcd, m.seq);
	assert_int_equal(100000, m.at_n);
	assert_int_equal(2083, m.timestamp_ms);
	assert_int_equal(
		0, bstream_parse(&m, SV("\2\1\xff\xff\xff\xff\xff\xffp")));
	assert_int_equal(0xffffffff, m.at_n); /* never below 0 */
}

static void test_longest(void **state)
{
	static char msg[BSTREAM_HEAD + BSTREAM_PACKET_MAX + 1] = "\2\1";
	struct carrier_msg m;

	(void)state;
	assert_int_equal(0,
			 bstream_parse(&m, (struct sv){msg, sizeof(msg) - 1}));
	assert_int_equal(BSTREAM_PACKET_MAX, m.payload.len);
	assert_int_equal(-EBADMSG,
			 bstream_parse(&m, (struct sv){msg, sizeof(msg)}));
	msg[0] = BSTREAM_MARK;
	memset(msg + BSTREAM_HEAD, 'm', sizeof(msg) - BSTREAM_HEAD);
	assert_int_equal(
		0,
		bstream_parse(
			&m, (struct sv){msg, BSTREAM_HEAD + BSTREAM_NAME_MAX}));
	assert_int_equal(
		-EBADMSG,
		bstream_parse(
			&m,
			(struct sv){msg, BSTREAM_HEAD + BSTREAM_NAME_MAX + 1}));
}

static void test_ours(void **state)
{
	const uint8_t packet[] = {0xfc, 0x01, 0x02};
	const struct frame f = {packet, sizeof(packet), 0x102030405, 960,
				CODEC_OPUS};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	bstream_media(&b, SV("S"), 0x10203, &f);
	assert_int_equal(11, b.len);
	assert_memory_equal("\2\1\2\3\2\3\4\5\xfc\1\2", b.p, 11);
	buf_reset(&b);
	bstream_mark(&b, SV("S"), SV("g1-2"));
	assert_int_equal(12, b.len);
	assert_memory_equal("\3\1\0\0\0\0\0\0g1-2", b.p, 12);
	buf_reset(&b);
	bstream_clear(&b, SV("S"));
	assert_int_equal(8, b.len);
	assert_memory_equal("\4\1\0\0\0\0\0\0", b.p, 8);
	buf_fini(&b);
}

static bool within(struct sv part, struct sv in)
{
	return !part.len ||
	       (part.p >= in.p && part.p + part.len <= in.p + in.len);
}

/* Each input ends at a page that cannot be read; slices stay inside it. */
static void test_random(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct carrier_msg m;
	unsigned taken = 0;

	(void)state;
	assert_ptr_not_equal(MAP_FAILED, map);
	assert_int_equal(0, mprotect(map + page, page, PROT_NONE));
	srand(6);
	for (int i = 0; i < 200000; i++) {
		size_t len = (size_t)rand() % 40;
		struct sv in = {map + page - len, len};
		int err;

		for (size_t k = 0; k < len; k++)
			map[page - len + k] = (char)rand();
		if (len && i % 2) /* often enough one that we know */
			map[page - len] = (char)(rand() % 8);
		if (len > 1 && i % 4)
			map[page - len + 1] = BSTREAM_VERSION;
		err = bstream_parse(&m, in);
		assert_true(!err || err == -EBADMSG || err == -ENOTSUP);
		if (err)
			continue;
		taken++;
		assert_true(within(m.payload, in) && within(m.params, in) &&
			    within(m.name, in));
		assert_true(m.at_n >= 0 && m.timestamp_ms >= 0);
	}
	assert_true(taken > 1000);
	munmap(map, 2 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	cmocka_unit_test(test_place),
		cmocka_unit_test(test_longest), cmocka_unit_test(test_ours),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
