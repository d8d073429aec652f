/* speech/local: lists, search, messages: no model needed. */
#include "tests/unit/assert.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "speech.h"
#include "speech/local/hints.h"
#include "speech/local/proto.h"
#include "speech/local/recog.h"
#include "speech/local/search.h"
#include "speech/local/trie.h"
#include "speech/local/vocab.h"

/* ---- vocabulary ---- */

static void test_fold(void **state)
{
	static const struct {
		const char *in, *out;
	} tv[] = {
		{"", ""},
		{"Yes, please.", "yes please"},
		{"  2:30 p.m. ", "2 30 p m"},
		{"I'm O'Neil", "i'm o'neil"},
		{"...", ""},
		{"415-555-0123", "415 555 0123"},
		{"caf\xc3\xa9", "cafe"},
		{"¿Qué día, seÑor? Üng\xc3", "que dia senor ung"},
	};
	char out[64];
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		size_t n = vocab_fold_text(out, sizeof(out), sv_str(tv[i].in));

		assert_string_equal(tv[i].out, out);
		assert_int_equal(strlen(tv[i].out), n);
	}
	assert_int_equal(3, vocab_fold_text(out, 4, SV("abcdef")));
	assert_string_equal("abc", out);
}

/* A small vocabulary in the file's format; returns its path. */
static void write_vocab(char path[32])
{
	static const char *const first[] = {"<unk>", "<s>", "</s>"};
	static const char *const text[] = {"\xe2\x96\x81yes",
					   "\xe2\x96\x81no",
					   ",",
					   ".",
					   "\xe2\x96\x81please",
					   "\xe2\x96\x81two",
					   "5",
					   "\xe2\x96\x81",
					   "ye",
					   "s",
					   "caf\xc3\xa9",
					   "\xe2\x96\x81yellow",
					   "\xe2\x98\x83"};
	FILE *f;
	int fd;

	sv_copy(path, 32, SV("/tmp/nb-vocab-XXXXXX"));
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	for (int i = 0; i < VOCAB_N; i++) {
		if (i < 3)
			fprintf(f, "%s\n", first[i]);
		else if (i < VOCAB_TEXT)
			fprintf(f, "<0x%02X>\n", i - 3);
		else if ((size_t)(i - VOCAB_TEXT) < ARRAY_LEN(text))
			fprintf(f, "%s\n", text[i - VOCAB_TEXT]);
		else
			fprintf(f, "~\n");
	}
	fclose(f);
}

enum {
	T_YES = VOCAB_TEXT,
	T_NO,
	T_COMMA,
	T_STOP,
	T_PLEASE,
	T_TWO,
	T_5,
	T_BLANK,
	T_YE,
	T_S,
	T_CAFE,
	T_YELLOW,
	T_SNOW
};

#define STEPS                                                                  \
	"yes\nS>d on\nS>A monday\nd>A monday\nA>t at\nt>H three\nt>H 3\nH>K "  \
	"30"
#define PLAIN "\n~S>a friday\n~a>h at\n~h>E four"
#define ALARM "\n!S>g i smell\n!g>E gas"

static struct vocab *small_vocab(void)
{
	struct vocab *v;
	char path[32];

	write_vocab(path);
	assert_int_equal(0, vocab_new(&v, path));
	unlink(path);
	return v;
}

static void test_vocab(void **state)
{
	struct vocab *v = small_vocab();
	(void)state;

	assert_string_equal(" yes", vocab_text(v, T_YES));
	assert_string_equal(",", vocab_text(v, T_COMMA));
	assert_string_equal(" ", vocab_fold(v, T_COMMA));
	assert_string_equal("A", vocab_text(v, 3 + 'A'));
	assert_string_equal("a", vocab_fold(v, 3 + 'A'));
	assert_true(vocab_allowed(v, VOCAB_EN, T_YES));
	assert_false(vocab_allowed(v, VOCAB_EN, 3 + 'A')); /* a byte */
	assert_false(vocab_allowed(v, VOCAB_EN, VOCAB_BEGIN));
	assert_false(vocab_allowed(v, VOCAB_EN, T_CAFE));
	assert_true(vocab_allowed(v, VOCAB_ES, T_YES));
	assert_true(vocab_allowed(v, VOCAB_ES, T_CAFE));
	assert_string_equal("cafe", vocab_fold(v, T_CAFE));
	assert_false(vocab_allowed(v, VOCAB_ES, T_SNOW));
	assert_false(vocab_allowed(v, VOCAB_ES, 3 + 'A'));
	vocab_free(v);
	assert_int_equal(-ENOENT, vocab_new(&v, "/nonexistent/vocab.txt"));
	assert_int_equal(-EBADMSG, vocab_new(&v, "Makefile"));
}

/* ---- tries ---- */

static void test_trie_holds(void **state)
{
	static const struct {
		const char *lines;
		enum trie_kind kind;
		const char *text;
		bool holds;
	} tv[] = {
		{"yes\nno", TRIE_ONE, "Yes.", true},
		{"yes\nno", TRIE_ONE, "no", true},
		{"yes\nno", TRIE_ONE, "yes no", false},
		{"yes\nno", TRIE_ONE, "ye", false},
		{"yes\nno", TRIE_ONE, "yess", false},
		{"yes\nno", TRIE_ONE, "", false},
		{"yes please\nyes", TRIE_ONE, "Yes, please!", true},
		{"a\n\n  \nTwo  Words ", TRIE_ONE, "two words", true},
		{"i'm here", TRIE_ONE, "I'm here.", true},
		{"two\nthirty\n5", TRIE_LOOP, "two thirty", true},
		{"two\nthirty\n5", TRIE_LOOP, "Two, two, two", true},
		{"two\nthirty\n5", TRIE_LOOP, "555", true},
		{"two\nthirty\n5", TRIE_LOOP, "twothirty", false},
		{"two\nthirty\n5", TRIE_LOOP, "thirty four", false},
		{"4\n1\n5\n0", TRIE_LOOP, "415-555-0110", true},
		{STEPS, TRIE_LOOP, "On Monday at three.", true},
		{STEPS, TRIE_LOOP, "Monday", true},
		{STEPS, TRIE_LOOP, "Monday  at  3", true},
		{STEPS, TRIE_LOOP, "yes on Monday", true},
		{STEPS, TRIE_LOOP, "Monday at 330", true},
		{STEPS, TRIE_LOOP, "Monday at", false}, /* not to an end */
		{STEPS, TRIE_LOOP, "on three", false},	/* a day follows */
		{STEPS, TRIE_LOOP, "three", false},
		{STEPS, TRIE_LOOP, "Monday Monday", false},
		{STEPS, TRIE_LOOP, "on at three", false},
		{STEPS, TRIE_ONE, "on", false}, /* not read in phrases */
		{"twenty-fourth", TRIE_ONE, "twenty fourth", true},
		{STEPS PLAIN, TRIE_LOOP, "Monday at three", true},
		{STEPS PLAIN, TRIE_LOOP, "Friday at four", false},
		{STEPS PLAIN, TRIE_PLAIN, "Friday at four", true},
		{STEPS PLAIN, TRIE_PLAIN, "Friday", false},
		{STEPS PLAIN, TRIE_PLAIN, "Monday at three", false},
		{STEPS PLAIN ALARM, TRIE_PLAIN, "I smell gas", false},
		{STEPS PLAIN ALARM, TRIE_LOOP, "I smell gas", false},
		{STEPS PLAIN ALARM, TRIE_ALARM, "I smell gas", true},
		{STEPS PLAIN ALARM, TRIE_ALARM, "I smell", false},
		{STEPS PLAIN ALARM, TRIE_ALARM, "Monday", false},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct trie *t;

		print_message("%s / %s\n", tv[i].lines, tv[i].text);
		assert_int_equal(0,
				 trie_new(&t, sv_str(tv[i].lines), tv[i].kind));
		assert_int_equal(tv[i].holds,
				 trie_holds(t, sv_str(tv[i].text)));
		trie_free(t);
	}
}

static void test_trie_empty(void **state)
{
	static const char *const none[] = {"", "\n", " \n.\n", "\n\n"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct trie *t = (struct trie *)1;

		assert_int_equal(0, trie_new(&t, sv_str(none[i]), TRIE_ONE));
		assert_null(t);
	}
}

/* The bonus of a text is that of the listed phrases that it completes. */
static void test_trie_bonus(void **state)
{
	static const struct {
		const char *text;
		int chars;
	} tv[] = {
		{"oak street", 9}, {"oak strong", 0}, {"at oak street now", 9},
		{"oak", 0},	   {"smith", 5},      {"smith smith", 10},
		{"smithy", 0},	   {"oak smith", 5},  {"", 0},
	};
	struct trie *t;
	(void)state;

	assert_int_equal(0, trie_new(&t, SV("oak street\nsmith"), TRIE_ONE));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		/* in one piece, and character by character */
		for (int step = 0; step < 2; step++) {
			struct trie_pos p;
			float sum = 0;

			trie_begin(&p);
			if (!step)
				sum = trie_bonus(t, &p, tv[i].text, 1, &p);
			for (const char *c = tv[i].text; step && *c; c++)
				sum += trie_bonus(t, &p, (char[]){*c, 0}, 1,
						  &p);
			sum += trie_bonus_end(t, &p);
			print_message("%s: %g\n", tv[i].text, (double)sum);
			assert_int_equal(tv[i].chars, (int)lroundf(sum));
		}
	}
	trie_free(t);
}

/* "oak" is not lost because "oak street" is listed too and does not come. */
static void test_trie_bonus_of_a_prefix(void **state)
{
	static const struct {
		const char *text;
		int chars;
	} tv[] = {
		{"oak strong", 3},	{"oak", 3},  {"oak street", 9},
		{"oak street oak", 12}, {"oaks", 0}, {"oak oak street", 12},
	};
	struct trie *t;
	(void)state;

	assert_int_equal(0, trie_new(&t, SV("oak street\noak"), TRIE_ONE));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct trie_pos p;
		float sum;

		trie_begin(&p);
		sum = trie_bonus(t, &p, tv[i].text, 1, &p);
		sum += trie_bonus_end(t, &p);
		print_message("%s: %g\n", tv[i].text, (double)sum);
		assert_int_equal(tv[i].chars, (int)lroundf(sum));
	}
	trie_free(t);
}

/* ---- search ---- */

struct step {
	int token;
	float score;
};

/*
 * A model that knows one sentence: token i of it has score 5 at step i, all
 * others 0, unless "other" is likelier at the first step.
 */
static void say(struct search *s, const int *sentence, int n, int other,
		struct search_text *out)
{
	static float scores[SEARCH_BEAM_MAX * SEARCH_SCORES];
	int parent[SEARCH_BEAM_MAX];

	for (int step = 0; search_rows(s); step++) {
		memset(scores, 0, sizeof(scores));
		for (int r = 0; r < search_rows(s); r++) {
			float *row = scores + r * SEARCH_SCORES;
			int want = step < n ? sentence[step] : VOCAB_END;

			row[want] = 14;
			if (!step && other)
				row[other] = 15;
		}
		search_step(s, scores, parent);
		for (int r = 0; r < search_rows(s); r++)
			assert_in_range(parent[r], 0, SEARCH_BEAM_MAX - 1);
	}
	search_result(s, out);
}

static void test_search(void **state)
{
	struct vocab *v = small_vocab();
	const int yes_please[] = {T_YES, T_COMMA, T_PLEASE, T_STOP};
	const int empty[] = {VOCAB_END};
	const int again[] = {T_NO, T_NO, T_NO, T_NO, T_NO, T_NO,
			     T_NO, T_NO, T_NO, T_NO, T_NO, T_NO};
	struct search_prm prm = {.vocab = v, .beam = 4, .limit = 20};
	struct search_text t;
	struct search *s;
	struct trie *list;
	(void)state;

	assert_int_equal(0, search_new(&s, &prm));
	assert_int_equal(VOCAB_BEGIN, search_token(s, 0));
	say(s, yes_please, 4, 0, &t);
	assert_int_equal(SEARCH_END, t.stop);
	assert_int_equal(4, t.n);
	assert_int_equal(T_PLEASE, t.token[2]);
	assert_true(t.score < 0 && t.score > -0.1f);
	search_free(s);

	/* never an empty text, however much the model wants it */
	assert_int_equal(0, search_new(&s, &prm));
	say(s, empty, 1, 0, &t);
	assert_true(t.n > 0);
	search_free(s);

	/* the same over and over is cut */
	assert_int_equal(0, search_new(&s, &prm));
	say(s, again, ARRAY_LEN(again), 0, &t);
	assert_int_equal(SEARCH_REPEAT, t.stop);
	assert_int_equal(1, t.n);
	search_free(s);

	/* more than the audio can hold */
	prm.limit = 1;
	assert_int_equal(0, search_new(&s, &prm));
	say(s, yes_please, 4, 0, &t);
	assert_int_equal(SEARCH_LIMIT, t.stop);
	search_free(s);

	/* the list wins over a first token that the model likes better */
	prm.limit = 20;
	assert_int_equal(0, trie_new(&list, SV("yes please\nno"), TRIE_ONE));
	prm.must = list;
	assert_int_equal(0, search_new(&s, &prm));
	say(s, yes_please, 4, T_YELLOW, &t);
	assert_int_equal(SEARCH_END, t.stop);
	assert_int_equal(T_YES, t.token[0]);
	search_free(s);
	prm.must = NULL;
	assert_int_equal(0, search_new(&s, &prm));
	say(s, yes_please, 4, T_YELLOW, &t);
	assert_int_equal(T_YELLOW, t.token[0]);
	search_free(s);
	trie_free(list);

	/* a list that the audio has nothing of is given up */
	assert_int_equal(0, trie_new(&list, SV("555555555555"), TRIE_ONE));
	prm.must = list;
	prm.accept = -1;
	assert_int_equal(0, search_new(&s, &prm));
	say(s, yes_please, 4, 0, &t);
	assert_int_equal(SEARCH_HOPELESS, t.stop);
	search_free(s);
	trie_free(list);

	prm.beam = SEARCH_BEAM_MAX + 1;
	assert_int_equal(-EINVAL, search_new(&s, &prm));
	vocab_free(v);
}

/* A short text that fits badly and a long one that fits well. */
static void test_search_mean(void **state)
{
	static float scores[SEARCH_BEAM_MAX * SEARCH_SCORES];
	struct vocab *v = small_vocab();
	struct search_prm prm = {.vocab = v, .beam = 12, .limit = 20};
	struct trie *list;
	(void)state;

	assert_int_equal(
		0, trie_new(&list, SV("no\nyes please please"), TRIE_ONE));
	prm.must = list;
	for (int mean = 0; mean < 2; mean++) {
		struct search_text t;
		int parent[SEARCH_BEAM_MAX];
		struct search *s;

		prm.mean = mean;
		assert_int_equal(0, search_new(&s, &prm));
		for (int step = 0; search_rows(s); step++) {
			memset(scores, 0, sizeof(scores));
			for (int r = 0; r < search_rows(s); r++) {
				float *row = scores + r * SEARCH_SCORES;

				row[T_NO] = step ? 0 : 20;
				row[T_YES] = step ? 0 : 19;
				row[T_PLEASE] = step ? 22 : 0;
				row[VOCAB_END] = step ? 20 : 0;
			}
			assert_true(step < 20);
			search_step(s, scores, parent);
		}
		search_result(s, &t);
		assert_int_equal(SEARCH_END, t.stop);
		assert_int_equal(mean ? 3 : 1, t.n);
		assert_int_equal(mean ? T_YES : T_NO, t.token[0]);
		search_free(s);
	}
	trie_free(list);
	vocab_free(v);
}

/* Two sentences that are nearly as likely: the second one is not lost. */
static void test_search_others(void **state)
{
	static float scores[SEARCH_BEAM_MAX * SEARCH_SCORES];
	struct vocab *v = small_vocab();
	struct search_prm prm = {
		.vocab = v, .beam = 4, .limit = 20, .others = 4};
	struct search_text t;
	int parent[SEARCH_BEAM_MAX];
	struct search *s;
	(void)state;

	for (int with = 0; with < 2; with++) {
		prm.others = with ? 4 : 0;
		assert_int_equal(0, search_new(&s, &prm));
		for (int step = 0; search_rows(s); step++) {
			memset(scores, 0, sizeof(scores));
			for (int r = 0; r < search_rows(s); r++) {
				float *row = scores + r * SEARCH_SCORES;
				int last = search_token(s, r);

				/* "yes" or, a little less, "no please" */
				row[T_YES] = step ? 0 : 15;
				row[T_NO] = step ? 0 : 13;
				row[last == T_NO ? T_PLEASE : VOCAB_END] =
					step ? 16 : 0;
			}
			assert_true(step < 6);
			search_step(s, scores, parent);
		}
		search_result(s, &t);
		assert_int_equal(1, t.n);
		assert_int_equal(T_YES, t.token[0]);
		assert_int_equal(with, search_other(s, 0, &t));
		if (with) {
			assert_int_equal(2, t.n);
			assert_int_equal(T_NO, t.token[0]);
			assert_int_equal(T_PLEASE, t.token[1]);
			assert_true(t.score < 0);
		}
		search_free(s);
	}
	vocab_free(v);
}

static void test_prefers_free(void **state)
{
	static const struct {
		enum trie_kind kind;
		const char *list;
		float list_score;
		const char *open;
		float open_score;
		bool wanted;
	} tv[] = {
		{TRIE_ONE, "Yes.", -0.9f, "Yes, but Tuesday instead.", -0.1f,
		 true},
		{TRIE_ONE, "Yes.", -0.1f, "Yes, but Tuesday instead.", -0.15f,
		 false},
		{TRIE_ONE, "Yes.", -0.5f, "Yes, please.", -0.1f, false},
		{TRIE_ONE, "No.", -0.5f, "No.", -0.1f, false},
		{TRIE_LOOP, "November the twenty fourth.", -0.5f,
		 "No damper could twenty-fourth.", -0.28f, false},
		{TRIE_LOOP, "Make it on Thursday at three.", -0.6f,
		 "My mother is ill, I have to cancel.", -0.2f, true},
		{TRIE_LOOP, "On Thursday at 10 in the morning, please.", -0.66f,
		 "On thirsty events in the morning, please.", -0.29f, false},
		{TRIE_LOOP, "Next Friday.", -0.9f, "Next Friday!", -0.1f,
		 false},
		{TRIE_LOOP, "Wednesday morning.", -0.92f, "When the morning.",
		 -0.3f, false},
		{TRIE_LOOP, "Wednesday morning.", -0.92f, "When the morning.",
		 -0.1f, true},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		assert_int_equal(
			tv[i].wanted,
			recog_prefers_free(tv[i].kind, sv_str(tv[i].list),
					   tv[i].list_score, sv_str(tv[i].open),
					   tv[i].open_score));
}

static void test_alike(void **state)
{
	static const struct {
		const char *a, *b;
		int from, to; /* percent */
	} tv[] = {
		{"Monday", "Monday.", 100, 100},
		{"Monday", "Mandy", 95, 100},
		{"Next Saturday", "Next separately", 65, 90},
		{"Half past eight.", "Half-pastied.", 90, 100},
		{"quarter past 4", "Quarter past four", 100, 100},
		{"two thirty", "2:30", 100, 100},
		{"furnace", "fairness", 80, 100},
		{"Wednesday", "Kitchen", 0, 50},
		{"Tomorrow morning", "How much is it?", 0, 50},
		{"yes", "no", 0, 40},
		{"", "no", 0, 0},
		{"...", "\xff", 0, 0},
		{"h", "h", 0, 0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct sv a = sv_str(tv[i].a), b = sv_str(tv[i].b);
		int percent = (int)lroundf(100 * hints_alike(a, b));

		print_message("%s / %s: %d\n", tv[i].a, tv[i].b, percent);
		assert_in_range(percent, tv[i].from, tv[i].to);
		assert_int_equal(percent,
				 (int)lroundf(100 * hints_alike(b, a)));
	}
}

/* ---- messages ---- */

static void test_proto(void **state)
{
	static const struct proto_msg tv[] = {
		{.type = PROTO_OPEN,
		 .sess = 7,
		 .kind = SPEECH_TTS,
		 .body = {"slt", 3}},
		{.type = PROTO_AUDIO,
		 .sess = 0xffffffff,
		 .at_n = INT64_MAX - 1,
		 .body = {"\xff\x7f", 2}},
		{.type = PROTO_EXPECT,
		 .sess = 1,
		 .n = 900,
		 .len = {3, 0, 2},
		 .early = 350,
		 .body = {"yesnoes", 7}},
		{.type = PROTO_SAY,
		 .sess = 1,
		 .utt = 3,
		 .len = {2},
		 .body = {"enHi.", 5}},
		{.type = PROTO_GRANT, .sess = 1, .n = 160},
		{.type = PROTO_CANCEL, .sess = 1, .utt = 3},
		{.type = PROTO_CLOSE, .sess = 1},
		{.type = PROTO_VAD,
		 .sess = 1,
		 .kind = SPEECH_ENDED,
		 .at_n = -1},
		{.type = PROTO_TEXT,
		 .sess = 1,
		 .kind = SPEECH_NONE,
		 .at_n = 5,
		 .end_n = 6,
		 .score = -0.25f,
		 .len = {4, 3},
		 .body = {"Yes.No.en", 9}},
		{.type = PROTO_HEARS, .body = {"en es", 5}},
		{.type = PROTO_VOICE,
		 .sess = 1,
		 .utt = 2,
		 .at_n = 3,
		 .n = 1,
		 .last = 1,
		 .err = -5,
		 .body = {"wwwwwwwwaa", 10}},
		{.type = PROTO_CLOSED, .sess = 1, .err = -ENOMEM},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		uint8_t wire[PROTO_HEAD_MAX + 16];
		size_t len = proto_head(wire, &tv[i]);
		struct sv in = {(const char *)wire, len + tv[i].body.len};
		struct proto_msg m;

		assert_in_range(len, 4, PROTO_HEAD_MAX);
		if (tv[i].body.len)
			memcpy(wire + len, tv[i].body.p, tv[i].body.len);
		assert_int_equal(0, proto_parse(&m, (uint8_t)tv[i].type, in));
		assert_int_equal(tv[i].sess, m.sess);
		assert_int_equal(tv[i].utt, m.utt);
		assert_int_equal(tv[i].n, m.n);
		assert_int_equal(tv[i].kind, m.kind);
		assert_int_equal(tv[i].last, m.last);
		assert_int_equal(tv[i].early, m.early);
		assert_int_equal(tv[i].err, m.err);
		assert_true(tv[i].at_n == m.at_n && tv[i].end_n == m.end_n);
		assert_true(tv[i].score == m.score);
		assert_memory_equal(tv[i].len, m.len, sizeof(m.len));
		assert_true(sv_same(tv[i].body, m.body));
		for (in.len = 0; in.len < len; in.len++)
			assert_int_equal(
				-EBADMSG,
				proto_parse(&m, (uint8_t)tv[i].type, in));
	}
}

static void test_proto_bad(void **state)
{
	uint8_t wire[PROTO_HEAD_MAX];
	struct proto_msg m = {.type = PROTO_EXPECT, .len = {1, 1, 1}};
	struct sv in = {(const char *)wire, proto_head(wire, &m)};
	(void)state;

	assert_int_equal(-EBADMSG, proto_parse(&m, PROTO_EXPECT, in));
	m = (struct proto_msg){.type = PROTO_TEXT, .len = {0, 1}};
	in.len = proto_head(wire, &m);
	assert_int_equal(-EBADMSG, proto_parse(&m, PROTO_TEXT, in));
	m = (struct proto_msg){.type = PROTO_SAY, .len = {UINT32_MAX}};
	in.len = proto_head(wire, &m);
	assert_int_equal(-EBADMSG, proto_parse(&m, PROTO_SAY, in));
	m = (struct proto_msg){.type = PROTO_VOICE, .n = 1u << 31};
	in.len = proto_head(wire, &m);
	assert_int_equal(-EBADMSG, proto_parse(&m, PROTO_VOICE, in));
	assert_int_equal(-ENOTSUP, proto_parse(&m, 0, in));
	assert_int_equal(-ENOTSUP, proto_parse(&m, 200, in));
}

static void test_proto_parts(void **state)
{
	static const struct {
		struct proto_msg m;
		const char *part[4];
	} tv[] = {
		{{.type = PROTO_EXPECT,
		  .len = {3, 0, 2},
		  .body = {"yesnoes", 7}},
		 {"yes", "", "no", "es"}},
		{{.type = PROTO_SAY, .len = {2}, .body = {"enHi.", 5}},
		 {"en", "Hi.", "", ""}},
		{{.type = PROTO_TEXT, .len = {1, 2}, .body = {"abb", 3}},
		 {"a", "bb", "", ""}},
		{{.type = PROTO_HEARS, .body = {"en", 2}}, {"en", "", "", ""}},
		{{.type = PROTO_TEXT}, {"", "", "", ""}},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		for (int k = 0; k < 4; k++)
			assert_sv_equal(tv[i].part[k], proto_part(&tv[i].m, k));
}

static void test_proto_word(void **state)
{
	const struct speech_word w = {65535, 12, 0x12345678};
	struct speech_word got;
	uint8_t wire[PROTO_WORD_LEN];
	(void)state;

	proto_put_word(wire, &w);
	proto_get_word(&got, wire);
	assert_memory_equal(&w, &got, sizeof(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_vocab),
		cmocka_unit_test(test_trie_holds),
		cmocka_unit_test(test_trie_empty),
		cmocka_unit_test(test_trie_bonus),
		cmocka_unit_test(test_trie_bonus_of_a_prefix),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_search_others),
		cmocka_unit_test(test_search_mean),
		cmocka_unit_test(test_prefers_free),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_proto),
		cmocka_unit_test(test_proto_bad),
		cmocka_unit_test(test_proto_parts),
		cmocka_unit_test(test_proto_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
