/* Deepgram's live recogniser: its messages, and utterances made of them. */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include "proto/dg.h"
#include "proto/dg_turns.h"

/* ---- the address ---- */

static void test_url(void **state)
{
	struct dg_prm p = {.base = "wss://api.deepgram.com",
			   .model = "nova-3",
			   .language = "en-US",
			   .endpointing_ms = 300,
			   .terms = SV("Maple Street\n\nO'Neil & Co\n")};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	dg_url(&b, &p);
	assert_string_equal(
		"wss://api.deepgram.com/v1/listen?model=nova-3&language=en-US"
		"&encoding=mulaw&sample_rate=8000&channels=1"
		"&interim_results=true&smart_format=true&vad_events=true"
		"&endpointing=300&utterance_end_ms=1000"
		"&keyterm=Maple%20Street&keyterm=O%27Neil%20%26%20Co",
		b.p);
	buf_reset(&b);
	p.model = "nova-2-phonecall";
	dg_url(&b, &p);
	assert_null(strstr(b.p, "keyterm"));
	buf_fini(&b);
}

/* What it takes of words is limited: so is what we send. */
static void test_many_terms(void **state)
{
	struct dg_prm p = {.base = "", .model = "nova-3", .language = "en"};
	struct buf b, terms;
	int n = 0;
	(void)state;

	buf_init(&b, 0);
	buf_init(&terms, 0);
	for (int i = 0; i < 1000; i++)
		buf_printf(&terms, "name number %d\n", i);
	p.terms = buf_get(&terms);
	dg_url(&b, &p);
	for (const char *at = b.p; (at = strstr(at, "&keyterm=")); at++)
		n++;
	assert_int_equal(60, n);
	buf_fini(&terms);
	buf_fini(&b);
}

/* ---- messages ---- */

#define RESULT                                                                 \
	"{\"type\":\"Results\",\"channel_index\":[0,1],\"start\":4.2,"         \
	"\"duration\":1.1,\"is_final\":true,\"speech_final\":true,"            \
	"\"from_finalize\":false,\"channel\":{\"alternatives\":[{"             \
	"\"transcript\":\"Monday at nine\",\"confidence\":0.98,\"words\":["    \
	"{\"word\":\"monday\",\"start\":4.25,\"end\":4.6},"                    \
	"{\"word\":\"nine\",\"start\":4.9,\"end\":5.1}],"                      \
	"\"languages\":[\"en\"]}]},\"metadata\":{\"request_id\":\"r-1\"}}"

static void test_results(void **state)
{
	struct dg_msg m;
	(void)state;

	assert_int_equal(0, dg_parse(&m, SV(RESULT)));
	assert_int_equal(DG_RESULTS, m.kind);
	assert_true(m.is_final && m.speech_final && !m.from_finalize);
	assert_int_equal(33600, m.start_n);
	assert_int_equal(42400, m.end_n);
	assert_int_equal(34000, m.first_n);
	assert_int_equal(40800, m.last_n);
	assert_string_equal("Monday at nine", m.text);
	assert_string_equal("en", m.lang);
	assert_true(m.confidence > 0.97f);
	/* Cut short anywhere it is no message, and nothing is read past it. */
	for (size_t n = 0; n < sizeof(RESULT) - 1; n++) {
		char *part = malloc(n + 1);

		memcpy(part, RESULT, n);
		assert_int_equal(-EBADMSG, dg_parse(&m, (struct sv){part, n}));
		free(part);
	}
}

static void test_kinds(void **state)
{
	static const struct {
		const char *in;
		int err;
		enum dg_kind kind;
		int64_t start_n, end_n;
	} tv[] = {
		{"{\"type\":\"SpeechStarted\",\"timestamp\":1.5}", 0,
		 DG_SPEECH_STARTED, 12000, 0},
		{"{\"type\":\"UtteranceEnd\",\"last_word_end\":2}", 0,
		 DG_UTTERANCE_END, 0, 16000},
		{"{\"type\":\"UtteranceEnd\",\"last_word_end\":-1}", 0,
		 DG_UTTERANCE_END, 0, 0},
		{"{\"type\":\"Metadata\",\"duration\":2}", 0, DG_METADATA, 0,
		 0},
		{"{\"type\":\"Error\",\"description\":\"no\"}", 0, DG_ERROR, 0,
		 0},
		{"{\"type\":\"TurnInfo\"}", 0, DG_OTHER, 0, 0},
		{"{\"type\":\"Results\"}", 0, DG_RESULTS, 0, 0},
		{"{\"type\":\"Results\",\"start\":\"x\",\"channel\":[]}", 0,
		 DG_RESULTS, 0, 0},
		{"{\"type\":\"Results\",\"start\":1e300}", 0, DG_RESULTS, 0, 0},
		{"{}", -EBADMSG, DG_OTHER, 0, 0},
		{"[1]", -EBADMSG, DG_OTHER, 0, 0},
		{"", -EBADMSG, DG_OTHER, 0, 0},
	};
	struct dg_msg m;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].in);
		assert_int_equal(tv[i].err, dg_parse(&m, sv_str(tv[i].in)));
		assert_int_equal(tv[i].kind, m.kind);
		assert_int_equal(tv[i].start_n, m.start_n);
		assert_int_equal(tv[i].end_n, m.end_n);
	}
}

/* ---- utterances ---- */

static struct buf said; /* what happened, as a line */
static struct dg_turns turns;

static void began_h(int64_t at_n, void *arg)
{
	(void)arg;
	buf_printf(&said, "began %d; ", (int)at_n);
}

static void ended_h(int64_t at_n, void *arg)
{
	(void)arg;
	buf_printf(&said, "ended %d; ", (int)at_n);
}

static void text_h(const struct dg_text *t, void *arg)
{
	(void)arg;
	buf_printf(&said, "%s %d-%d \"%.*s\"; ", t->final ? "text" : "part",
		   (int)t->start_n, (int)t->end_n, SV_ARG(t->text));
}

static void finalize_h(void *arg)
{
	(void)arg;
	buf_str(&said, "finalize; ");
}

static int setup(void **state)
{
	const struct dg_turns_handlers h = {began_h, ended_h, text_h,
					    finalize_h, NULL};
	(void)state;

	buf_init(&said, 0);
	dg_turns_init(&turns, &h);
	dg_turns_sent(&turns, 1 << 20); /* few tests ask how far */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&said);
	return 0;
}

#define EXPECT(text)                                                           \
	do {                                                                   \
		assert_string_equal(text, said.p ? said.p : "");               \
		buf_reset(&said);                                              \
	} while (0)

enum { INTERIM = 0, FINAL = 1, SPEECH = 2, ASKED = 4 };

/* Words take the whole window but its edges. */
static void result(int flags, int64_t start_n, int64_t end_n, const char *text,
		   int64_t now_us)
{
	struct dg_msg m = {.kind = DG_RESULTS,
			   .is_final = flags > 0,
			   .speech_final = flags & SPEECH,
			   .from_finalize = flags & ASKED,
			   .start_n = start_n,
			   .end_n = end_n,
			   .first_n = start_n + 100,
			   .last_n = end_n - 100,
			   .confidence = 0.9f};

	sv_copy(m.text, sizeof(m.text), sv_str(text));
	dg_turns_heard(&turns, &m, now_us);
}

static void utterance_end(int64_t at_n)
{
	const struct dg_msg m = {.kind = DG_UTTERANCE_END, .end_n = at_n};

	dg_turns_heard(&turns, &m, 0);
}

/* A window that ends when nobody can have spoken yet makes us deaf no more. */
static void test_future(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	dg_turns_sent(&turns, 8000);
	result(FINAL, 0, 7200000, "", 0);
	dg_turns_began(&turns, 10000);
	dg_turns_sent(&turns, 18000);
	result(FINAL, 9000, 18000, "hello there", 0);
	dg_turns_ended(&turns, 18000, 20000, 5000000);
	dg_turns_sent(&turns, 20760);
	result(FINAL | ASKED, 18000, 20700, "", 0);
	assert_non_null(strstr(said.p ? said.p : "", "hello there"));
	assert_true(turns.wrong);
	assert_int_equal(20700, dg_turns_again(&turns));
}

/* Words that end when nobody can have spoken yet count up to now. */
static void test_future_words(void **state)
{
	(void)state;
	dg_turns_sent(&turns, 8000);
	result(FINAL, 0, 8300, "hello", 0); /* rounded */
	EXPECT("began 100; part 100-8000 \"hello\"; ");
	assert_false(turns.wrong);
	dg_turns_sent(&turns, 16000);
	result(FINAL | SPEECH, 8300, 7200000, "there", 0);
	EXPECT("ended 16000; text 100-16000 \"hello there\"; ");
	assert_true(turns.wrong);
	assert_int_equal(16000, dg_turns_again(&turns));
	result(FINAL, 0, 7200000, "again", 0); /* nothing was sent again */
	EXPECT("");
	assert_int_equal(16000, dg_turns_again(&turns));
}

/* One utterance, its windows, Finalize behind its last samples. */
static void test_led(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	dg_turns_began(&turns, 1000);
	result(INTERIM, 0, 8000, "my kitchen", 0);
	EXPECT("part 100-7900 \"my kitchen\"; ");
	result(FINAL, 0, 12000, "My kitchen drain", 0);
	EXPECT("part 100-11900 \"My kitchen drain\"; ");
	/* its own idea of an end is not asked */
	result(FINAL | SPEECH, 12000, 20000, "is blocked.", 0);
	EXPECT("part 100-19900 \"My kitchen drain is blocked.\"; ");
	assert_true(dg_turns_next_us(&turns) == INT64_MAX);
	dg_turns_ended(&turns, 19000, 20000, 5000000);
	EXPECT(""); /* audio up to 20600 goes out first */
	dg_turns_sent(&turns, 20599);
	EXPECT("");
	dg_turns_sent(&turns, 20760);
	EXPECT("finalize; ");
	result(FINAL | ASKED, 20000, 20760, "", 5100000);
	EXPECT("text 1000-19900 \"My kitchen drain is blocked.\"; ");
	assert_true(dg_turns_next_us(&turns) == INT64_MAX);
	utterance_end(19900);
	EXPECT("");
}

/* Who talks on before the answer has come has two utterances. */
static void test_two(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	dg_turns_began(&turns, 0);
	dg_turns_ended(&turns, 8000, 12000, 0);
	EXPECT("finalize; ");
	dg_turns_began(&turns, 13000);
	result(FINAL | ASKED, 0, 12000, "Yes.", 0);
	EXPECT("text 0-11900 \"Yes.\"; ");
	dg_turns_ended(&turns, 20000, 24000, 0);
	EXPECT("finalize; ");
	result(FINAL | ASKED, 12000, 24000, "No, wait.", 0);
	EXPECT("text 13000-23900 \"No, wait.\"; ");
}

/* No answer: what is known counts, and is not told twice. */
static void test_late(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	dg_turns_began(&turns, 0);
	result(INTERIM, 0, 8000, "yes please", 0);
	buf_reset(&said);
	dg_turns_ended(&turns, 8000, 12000, 0);
	EXPECT("finalize; ");
	assert_int_equal(DG_FINAL_MS * 1000, dg_turns_next_us(&turns));
	dg_turns_tick(&turns, DG_FINAL_MS * 1000 - 1);
	EXPECT("");
	dg_turns_tick(&turns, DG_FINAL_MS * 1000);
	EXPECT("text 0-8000 \"yes please\"; ");
	result(FINAL | ASKED, 0, 9000, "Yes, please.", 0);
	EXPECT("");
	/* Silence is told as a text, too: each end has its answer. */
	dg_turns_began(&turns, 20000);
	dg_turns_ended(&turns, 22000, 24000, 0);
	EXPECT("finalize; ");
	dg_turns_tick(&turns, 10000000);
	EXPECT("text 20000-22000 \"\"; ");
}

/* A new connection hears again what is not final, and is asked again. */
static void test_again(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	dg_turns_began(&turns, 0);
	result(FINAL, 0, 8000, "Forty two", 0);
	result(INTERIM, 8000, 12000, "oak a", 0);
	dg_turns_ended(&turns, 16000, 20000, 0);
	buf_reset(&said);
	assert_int_equal(8000, dg_turns_again(&turns));
	dg_turns_wait(&turns, 4000000);
	assert_int_equal(4000000 + DG_FINAL_MS * 1000,
			 dg_turns_next_us(&turns));
	dg_turns_sent(&turns, 16000);
	EXPECT("");
	dg_turns_sent(&turns, 20000);
	EXPECT("finalize; ");
	result(FINAL | ASKED, 8000, 20000, "Oak Avenue.", 0);
	EXPECT("text 0-19900 \"Forty two Oak Avenue.\"; ");
}

/* Words that the detector did not notice: two of them are believed. */
static void test_unnoticed(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	result(FINAL | SPEECH, 0, 8000, "Hm.", 0);
	EXPECT("");
	result(FINAL, 8000, 16000, "are you", 0);
	EXPECT("part 8100-15900 \"are you\"; ");
	utterance_end(16000);
	EXPECT("text 8100-15900 \"are you\"; ");
}

static void test_alone(void **state)
{
	(void)state;
	result(INTERIM, 0, 8000, "", 0);
	EXPECT("");
	result(INTERIM, 0, 8000, "yes", 1000);
	EXPECT("began 100; part 100-7900 \"yes\"; ");
	result(FINAL | SPEECH, 0, 9000, "Yes.", 2000);
	EXPECT("ended 8900; text 100-8900 \"Yes.\"; ");
	utterance_end(8900); /* of the same utterance */
	EXPECT("");
	/* In noise only the words end it: theirs, or at last ours. */
	result(FINAL, 20000, 28000, "My name", 0);
	EXPECT("began 20100; part 20100-27900 \"My name\"; ");
	utterance_end(27900);
	EXPECT("ended 27900; text 20100-27900 \"My name\"; ");
	result(INTERIM, 30000, 38000, "is Ann", 7000000);
	buf_reset(&said);
	assert_int_equal(7000000 + DG_GAP_MS * 1000, dg_turns_next_us(&turns));
	dg_turns_tick(&turns, 7000000 + DG_GAP_MS * 1000);
	EXPECT("ended 37900; text 30100-37900 \"is Ann\"; ");
	assert_true(dg_turns_next_us(&turns) == INT64_MAX);
}

/* More ends than it may owe: the oldest is answered with what there is. */
static void test_full(void **state)
{
	(void)state;
	dg_turns_lead(&turns, true);
	for (int i = 0; i <= DG_TURNS_MAX; i++) {
		dg_turns_began(&turns, i * 10000);
		dg_turns_ended(&turns, i * 10000 + 5000, 0, 0);
	}
	EXPECT("text 0-5000 \"\"; ");
	dg_turns_sent(&turns, 1000000);
	for (int i = 0; i < DG_TURNS_MAX; i++)
		dg_turns_tick(&turns, 10000000);
	assert_true(dg_turns_next_us(&turns) == INT64_MAX);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_many_terms),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_kinds),
		T(test_future),
		T(test_future_words),
		T(test_led),
		T(test_two),
		T(test_late),
		T(test_again),
		T(test_unnoticed),
		T(test_alone),
		T(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
