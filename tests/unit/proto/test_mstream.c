/* A carrier's messages: what they mean, and that both readers agree. */
#include "tests/unit/assert.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/b64.h"
#include "proto/mstream.h"

#define MZ "MZ00000000000000000000000000000001"
#define MSG(ev, rest) "{\"event\":\"" ev "\",\"streamSid\":\"" MZ "\"" rest "}"
#define MEDIA(rest)                                                            \
	MSG("media", ",\"sequenceNumber\":\"4\",\"media\":{" rest "}")

static const struct {
	const char *name, *in;
	int err;
	enum carrier_kind kind;
	const char *text; /* payload, name, params or call */
	int64_t n;	  /* timestamp or digit */
} tv[] = {
	{"connected",
	 "{\"event\":\"connected\",\"protocol\":\"Call\",\"version\":\"1.0."
	 "0\"}",
	 0, CARRIER_CONNECTED, NULL, 0},
	{"start",
	 MSG("start",
	     ",\"sequenceNumber\":\"1\",\"start\":{\"streamSid\":\"" MZ
	     "\",\"accountSid\":\"AC1\",\"callSid\":\"CA1\",\"tracks\":["
	     "\"inbound\"],\"mediaFormat\":{\"encoding\":\"audio/x-mulaw\","
	     "\"sampleRate\":8000,\"channels\":1},\"customParameters\":{"
	     "\"token\":\"t1\"}}"),
	 0, CARRIER_START, "{\"token\":\"t1\"}", 0},
	{"start without parameters",
	 MSG("start", ",\"start\":{\"callSid\":\"CA1\"}"), 0, CARRIER_START, "",
	 0},
	{"audio",
	 MEDIA("\"track\":\"inbound\",\"chunk\":\"2\",\"timestamp\":\"20\","
	       "\"payload\":\"f39/\""),
	 0, CARRIER_MEDIA, "f39/", 20},
	{"timestamp as a number", MEDIA("\"payload\":\"\",\"timestamp\":7"), 0,
	 CARRIER_MEDIA, "", 7},
	{"escaped slash in base64",
	 MEDIA("\"payload\":\"f39\\/\",\"timestamp\":\"0\""), 0, CARRIER_MEDIA,
	 "f39/", 0},
	{"escaped key", MEDIA("\"p\\u0061yload\":\"f39/\",\"timestamp\":\"1\""),
	 0, CARRIER_MEDIA, "f39/", 1},
	{"the last of equal keys counts",
	 MEDIA("\"payload\":\"AAAA\",\"payload\":\"f39/\",\"timestamp\":\"1\""),
	 0, CARRIER_MEDIA, "f39/", 1},
	{"blanks everywhere",
	 " { \"event\" : \"mark\" , \"streamSid\" : \"" MZ
	 "\",\n\t\"mark\":{ \"name\" : \"g1-2\" } }\r\n",
	 0, CARRIER_MARK, "g1-2", 0},
	{"mark with other letters",
	 MSG("mark", ",\"mark\":{\"name\":\"caf\xc3\xa9\"}"), 0, CARRIER_MARK,
	 "caf\xc3\xa9", 0},
	{"digit",
	 MSG("dtmf", ",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"#\"}"),
	 0, CARRIER_DTMF, NULL, '#'},
	{"small letter digit", MSG("dtmf", ",\"dtmf\":{\"digit\":\"b\"}"), 0,
	 CARRIER_DTMF, NULL, 'B'},
	{"two digits", MSG("dtmf", ",\"dtmf\":{\"digit\":\"12\"}"), -EBADMSG, 0,
	 NULL, 0},
	{"no digit of a phone", MSG("dtmf", ",\"dtmf\":{\"digit\":\"E\"}"),
	 -EBADMSG, 0, NULL, 0},
	{"stop",
	 MSG("stop", ",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"CA1\"}"),
	 0, CARRIER_STOP, "CA1", 0},
	{"bare stop", MSG("stop", ""), 0, CARRIER_STOP, "", 0},
	{"no payload", MEDIA("\"timestamp\":\"1\""), -EBADMSG, 0, NULL, 0},
	{"no timestamp", MEDIA("\"payload\":\"f39/\""), -EBADMSG, 0, NULL, 0},
	{"negative timestamp", MEDIA("\"payload\":\"\",\"timestamp\":\"-1\""),
	 -EBADMSG, 0, NULL, 0},
	{"timestamp of letters", MEDIA("\"payload\":\"\",\"timestamp\":\"1x\""),
	 -EBADMSG, 0, NULL, 0},
	{"timestamp that is none",
	 MEDIA("\"payload\":\"\",\"timestamp\":\"9223372036854775800\""),
	 -EBADMSG, 0, NULL, 0},
	{"timestamp over all bounds",
	 MEDIA("\"payload\":\"\",\"timestamp\":\"99999999999999999999\""),
	 -EBADMSG, 0, NULL, 0},
	{"payload is a number", MEDIA("\"payload\":1,\"timestamp\":\"1\""),
	 -EBADMSG, 0, NULL, 0},
	{"media is a text", MSG("media", ",\"media\":\"f39/\""), -EBADMSG, 0,
	 NULL, 0},
	{"parameters are a list",
	 MSG("start",
	     ",\"start\":{\"callSid\":\"CA1\",\"customParameters\":[]}"),
	 -EBADMSG, 0, NULL, 0},
	{"no stream", "{\"event\":\"mark\",\"mark\":{\"name\":\"x\"}}",
	 -EBADMSG, 0, NULL, 0},
	{"empty stream",
	 "{\"event\":\"mark\",\"streamSid\":\"\",\"mark\":{\"name\":\"x\"}}",
	 -EBADMSG, 0, NULL, 0},
	{"next year's event", MSG("hologram", ""), -ENOTSUP, 0, NULL, 0},
	{"event is a number", "{\"event\":1}", -EBADMSG, 0, NULL, 0},
	{"no event", "{}", -EBADMSG, 0, NULL, 0},
	{"a list", "[]", -EBADMSG, 0, NULL, 0},
	{"nothing", "", -EBADMSG, 0, NULL, 0},
	{"two messages", "{\"event\":\"connected\"}{}", -EBADMSG, 0, NULL, 0},
	{"broken behind what we need", "{\"event\":\"connected\",\"x\":01}",
	 -EBADMSG, 0, NULL, 0},
	{"no UTF-8", MSG("mark", ",\"mark\":{\"name\":\"\xff\"}"), -EBADMSG, 0,
	 NULL, 0},
};

static struct sv text_of(const struct carrier_msg *m)
{
	switch (m->kind) {
	case CARRIER_MEDIA:
		return m->payload;
	case CARRIER_MARK:
		return m->name;
	case CARRIER_START:
		return m->params;
	default:
		return m->call;
	}
}

typedef int parse_h(struct carrier_msg *m, struct sv in);

static void check_row(size_t i, parse_h *parse)
{
	struct carrier_msg m;

	assert_int_equal(tv[i].err, parse(&m, sv_str(tv[i].in)));
	if (tv[i].err)
		return;
	assert_int_equal(tv[i].kind, m.kind);
	if (tv[i].text)
		assert_sv_equal(tv[i].text, text_of(&m));
	if (m.kind == CARRIER_MEDIA)
		assert_int_equal(tv[i].n, m.timestamp_ms);
	if (m.kind == CARRIER_DTMF)
		assert_int_equal(tv[i].n, m.digit);
	if (m.kind != CARRIER_CONNECTED)
		assert_sv_equal(MZ, m.stream);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		check_row(i, mstream_parse);
		check_row(i, mstream_parse_tree);
	}
}

static void same_text(struct sv a, struct sv b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.p, b.p, a.len);
}

/* Parameters may differ in blanks. */
static void same_object(struct sv a, struct sv b)
{
	json_t *x = json_loadb(a.p ? a.p : "", a.len, 0, NULL);
	json_t *y = json_loadb(b.p ? b.p : "", b.len, 0, NULL);

	assert_true(!x == !y && (!x || json_equal(x, y)));
	json_decref(x);
	json_decref(y);
}

static void both_agree(struct sv in)
{
	struct carrier_msg quick, tree;
	int err = mstream_parse(&quick, in);
	struct sv mine[6] = {quick.stream,  quick.account, quick.call,
			     quick.payload, quick.track,   quick.name};
	char *copy[7];
	struct sv params = quick.params;

	/* The tree's reader may lend what the quick one lent before. */
	for (size_t i = 0; i < 6; i++) {
		copy[i] = malloc(mine[i].len + 1);
		sv_copy(copy[i], mine[i].len + 1, mine[i]);
		mine[i].p = copy[i];
	}
	copy[6] = malloc(params.len + 1);
	sv_copy(copy[6], params.len + 1, params);
	params.p = copy[6];

	assert_int_equal(err, mstream_parse_tree(&tree, in));
	if (!err) {
		assert_int_equal(quick.kind, tree.kind);
		assert_int_equal(quick.timestamp_ms, tree.timestamp_ms);
		assert_int_equal(quick.digit, tree.digit);
		same_text(mine[0], tree.stream);
		same_text(mine[1], tree.account);
		same_text(mine[2], tree.call);
		same_text(mine[3], tree.payload);
		same_text(mine[4], tree.track);
		same_text(mine[5], tree.name);
		same_object(params, tree.params);
	}
	for (size_t i = 0; i < 7; i++)
		free(copy[i]);
}

static uint32_t next_random(uint32_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 17;
	*s ^= *s << 5;
	return *s;
}

/* Each row, spoilt in one to three places with what JSON is made of. */
static void test_readers_agree(void **state)
{
	static const char bits[] = "\"\\{}[]:,01-.eEtrufalsn \n\x01/a\x7f\xc3";
	uint32_t seed = 20261121;
	char text[1024];

	(void)state;
	for (int round = 0; round < 60000; round++) {
		size_t i = next_random(&seed) % ARRAY_LEN(tv);
		size_t len = strlen(tv[i].in), n = 1 + next_random(&seed) % 3;

		assert_true(len < sizeof(text));
		memcpy(text, tv[i].in, len);
		for (; n && len; n--) {
			size_t at = next_random(&seed) % len;
			char c = bits[next_random(&seed) % (sizeof(bits) - 1)];

			switch (next_random(&seed) % 3) {
			case 0:
				text[at] = c;
				break;
			case 1:
				memmove(text + at, text + at + 1, --len - at);
				break;
			default:
				if (len + 1 == sizeof(text))
					break;
				memmove(text + at + 1, text + at, len++ - at);
				text[at] = c;
				break;
			}
		}
		both_agree((struct sv){text, len});
	}
}

/* Every prefix of every message, so that it ends at an unreadable page. */
static void test_prefixes(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct carrier_msg m;

	(void)state;
	assert_ptr_not_equal(MAP_FAILED, two);
	assert_int_equal(0, mprotect(two + page, page, PROT_NONE));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		size_t len = strlen(tv[i].in);

		for (size_t n = 0; n <= len; n++) {
			char *at = two + page - n;
			int err;

			memcpy(at, tv[i].in, n);
			err = mstream_parse(&m, (struct sv){at, n});
			if (n == len)
				assert_int_equal(tv[i].err, err);
			else if (tv[i].in[n] != '\r' && tv[i].in[n] != '\n' &&
				 tv[i].in[n] != '{')
				assert_int_equal(-EBADMSG, err);
		}
	}
	munmap(two, 2 * page);
}

static void test_write(void **state)
{
	uint8_t audio[160], back[160];
	struct carrier_msg m;
	struct buf b;
	json_t *o;

	(void)state;
	for (size_t i = 0; i < sizeof(audio); i++)
		audio[i] = (uint8_t)(i * 7);
	buf_init(&b, 0);
	for (size_t n = 0; n <= sizeof(audio); n++) {
		const char *payload;

		buf_reset(&b);
		mstream_media(&b, SV(MZ), audio, n);
		assert_int_equal(0, b.err);
		o = json_loadb(b.p, b.len, 0, NULL);
		assert_non_null(o);
		payload = json_string_value(json_object_get(
			json_object_get(o, "media"), "payload"));
		assert_int_equal(
			n, b64_decode(back, sizeof(back), sv_str(payload)));
		assert_memory_equal(audio, back, n);
		json_decref(o);
	}
	buf_reset(&b);
	mstream_mark(&b, SV(MZ), SV("g1-2 \"x\"\\"));
	assert_int_equal(0, mstream_parse(&m, buf_get(&b)));
	assert_sv_equal("g1-2 \"x\"\\", m.name);
	buf_reset(&b);
	mstream_clear(&b, SV(MZ));
	assert_string_equal("{\"event\":\"clear\",\"streamSid\":\"" MZ "\"}",
			    b.p);
	buf_fini(&b);
}

/* A writer that finds no room says so and leaves no half message behind. */
static void test_write_full(void **state)
{
	uint8_t audio[160] = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	mstream_media(&b, SV(MZ), audio, sizeof(audio));
	assert_int_equal(-ENOSPC, b.err);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_readers_agree),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
