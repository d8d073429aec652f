/* speech/local: the models and the voice, on real audio. */
#include "tests/unit/speech/phone.h"

#include "speech/local/ear.h"
#include "speech/local/engine.h"
#include "speech/local/recog.h"

static struct engine engine;
static struct voice *voice;
static bool have;

static int set_up(void **state)
{
	struct config cfg = phone_config();
	(void)state;

	have = phone_models();
	if (voice_new(&voice))
		return -1;
	return have && engine_init(&engine, &cfg) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	voice_free(voice);
	engine_fini(&engine);
	return 0;
}

static const char digits[] =
	"zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\noh\n"
	"0\n1\n2\n3\n4\n5\n6\n7\n8\n9\nmy\nnumber\nis\nit's";
static const char yes_no[] =
	"yes\nno\nyeah\nyes please\nno thanks\nno thank you\nsure\nokay";
static const char when[] =
	"monday\ntuesday\nwednesday\nthursday\nfriday\nsaturday\nnext\nat\n"
	"in\nthe\nmorning\nafternoon\nevening\nnovember\ndecember\nnine\n"
	"two\nthirty\ntwenty\nfourth\nfirst\n2\n30\n9\n24th\n1st\no'clock";

static const struct recog_text *hear(struct phone_clip *c, const char *phrases,
				     const char *words)
{
	static struct recog_text t;

	assert_int_equal(
		0, recog_run(&t, engine.moonshine, phone_pcm(c), phone_n(c),
			     &(struct recog_prm){.phrases = sv_str(phrases),
						 .words = sv_str(words)}));
	print_message("  \"%s\" %d %.2f\n", t.text, t.source, (double)t.score);
	return &t;
}

/* "My number is 415" and "four one five" are the same digits. */
static void only_digits(char *out, size_t size, const char *text)
{
	static const char *const word[] = {"zero",  "one",  "two", "three",
					   "four",  "five", "six", "seven",
					   "eight", "nine", "oh"};
	char fold[256];
	size_t n = 0;

	vocab_fold_text(fold, sizeof(fold), sv_str(text));
	for (char *p = fold; *p && n + 1 < size;) {
		size_t len = strcspn(p, " ");

		for (int i = 0; i < (int)ARRAY_LEN(word); i++)
			if (sv_eq((struct sv){p, len}, word[i]))
				out[n++] = (char)('0' + i % 10);
		for (size_t i = 0; i < len && n + 1 < size; i++)
			if (p[i] >= '0' && p[i] <= '9')
				out[n++] = p[i];
		p += len + (p[len] == ' ');
	}
	out[n] = '\0';
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text, *digits;
	} tv[] = {
		{"My number is four one five, five five five, zero one two "
		 "three.",
		 "4155550123"},
		{"six one seven, five five five, zero one zero zero",
		 "6175550100"},
		{"nine one seven, five five five, zero one nine nine",
		 "9175550199"},
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++) {
		struct phone_clip c = {0};
		const struct recog_text *t;
		char got[32];

		phone_silence(&c, 300);
		phone_say(&c, voice, "rms", tv[i].text);
		phone_silence(&c, 200);
		t = hear(&c, NULL, digits);
		assert_int_equal(SPEECH_LIST, t->source);
		only_digits(got, sizeof(got), t->text);
		assert_string_equal(tv[i].digits, got);
		phone_fini(&c);
	}
}

static void test_answers(void **state)
{
	static const struct {
		const char *said, *phrases, *words, *fold;
		enum speech_source source;
	} tv[] = {
		{"Yes.", yes_no, NULL, "yes", SPEECH_LIST},
		{"No.", yes_no, NULL, "no", SPEECH_LIST},
		{"Yes please.", yes_no, NULL, "yes please", SPEECH_LIST},
		{"No thanks.", yes_no, NULL, "no thanks", SPEECH_LIST},
		{"Yes please.", yes_no, when, "yes please", SPEECH_LIST},
		{"Next Friday at nine in the morning.", yes_no, when,
		 "next friday at nine in the morning", SPEECH_LIST},
		{"November the twenty fourth.", NULL, when,
		 "november the twenty fourth", SPEECH_LIST},
		{"I smell gas in the basement.", yes_no, when,
		 "i smell gas in the basement", SPEECH_FREE},
		{"No, I would like to talk to a person.", yes_no, NULL,
		 "no i would like to talk to a person", SPEECH_FREE},
		{"Yes, but could you come in the morning?", yes_no, NULL,
		 "yes but could you come in the morning", SPEECH_FREE},
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++) {
		struct phone_clip c = {0};
		const struct recog_text *t;
		char fold[256];

		print_message("%s\n", tv[i].said);
		phone_silence(&c, 300);
		phone_say(&c, voice, "rms", tv[i].said);
		phone_silence(&c, 200);
		t = hear(&c, tv[i].phrases, tv[i].words);
		vocab_fold_text(fold, sizeof(fold), sv_str(t->text));
		assert_string_equal(tv[i].fold, fold);
		assert_int_equal(tv[i].source, t->source);
		assert_true(t->score <= 0);
		phone_fini(&c);
	}
}

/* What comes near an alarm goes along in front, to be asked about. */
static void test_danger(void **state)
{
	static const char lines[] = "yes\nno\n!S>g i smell\n!g>E gas";
	static const struct {
		const char *said, *text, *alts;
	} tv[] = {
		{"I smell gas.", "I smell a gas.", "?I smell gas.\n"},
		{"I smell glass.", "I smell a glass.", "I smell her glass."},
		{"Yes.", "Yes.", ""},
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++) {
		struct phone_clip c = {0};
		const struct recog_text *t;

		phone_silence(&c, 300);
		phone_say(&c, voice, "kal", tv[i].said);
		phone_silence(&c, 200);
		t = hear(&c, lines, NULL);
		assert_string_equal(tv[i].text, t->text);
		assert_memory_equal(tv[i].alts, t->alts, strlen(tv[i].alts));
		assert_int_equal(*tv[i].alts == '?', strchr(t->alts, '?') != 0);
		phone_fini(&c);
	}
}

/* A list of names brings out what no free dictation gets. */
static void test_bias(void **state)
{
	static const char names[] = "oak street\nsusan miller\nmiller";
	struct phone_clip c = {0};
	struct recog_text t;
	char fold[256];
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 300);
	phone_say(&c, voice, "kal", "My name is Susan Miller.");
	phone_silence(&c, 200);
	assert_int_equal(0, recog_run(&t, engine.moonshine, phone_pcm(&c),
				      phone_n(&c),
				      &(struct recog_prm){.bias = SV(names)}));
	vocab_fold_text(fold, sizeof(fold), sv_str(t.text));
	assert_string_equal("my name is susan miller", fold);
	phone_fini(&c);
}

/* ---- nobody speaks ---- */

static uint32_t seed;

static double chance(void)
{
	seed = seed * 1664525u + 1013904223u;
	return (double)(seed >> 8) / (1 << 24) - 0.5;
}

static int16_t junk_sample(int kind, size_t i)
{
	static double brown;
	const double t = (double)i / 8000, tau = 6.28318530717959;

	switch (kind) {
	case 0:
		return (int16_t)(6000 * chance());
	case 1:
		brown = 0.98 * brown + chance();
		return (int16_t)(3000 * brown);
	case 2:
		return (int16_t)(8000 * sin(tau * 440 * t));
	case 3: /* digit 5 */
		return (int16_t)(6000 *
				 (sin(tau * 770 * t) + sin(tau * 1336 * t)));
	case 4: /* ringing */
		return (int16_t)(fmod(t, 1) < 0.5 ? 5000 * (sin(tau * 440 * t) +
							    sin(tau * 480 * t))
						  : 0);
	case 5: /* clicks */
		return (int16_t)(i % 1600 < 8 ? 16000 : 0);
	default:
		return 0;
	}
}

static void ignore(const struct ear_event *ev, void *arg)
{
	int *events = arg;

	(void)ev;
	++*events;
}

/* Noise and tones raise no speech, and if they did, pass no gate. */
static void test_junk(void **state)
{
	(void)state;

	for (int kind = 0; have && kind < 7; kind++) {
		struct phone_clip c = {0};
		const struct recog_text *t;
		struct ear *ear;
		int events = 0;

		print_message("junk %d\n", kind);
		seed = 1;
		for (size_t i = 0; i < 16000; i++) {
			int16_t s = junk_sample(kind, i);

			buf_add(&c.b, &s, sizeof(s));
		}
		phone_line(phone_pcm(&c), phone_n(&c));
		t = hear(&c, yes_no, NULL);
		assert_int_equal(SPEECH_NONE, t->source);
		assert_int_equal(0,
				 ear_new(&ear, engine.silero, ignore, &events));
		assert_int_equal(0,
				 ear_push(ear, 0, phone_pcm(&c), phone_n(&c)));
		assert_int_equal(0, events);
		ear_free(ear);
		phone_fini(&c);
	}
}

struct heard {
	struct ear *ear;
	struct ear_event ev[16];
	size_t n;
};

static void note(const struct ear_event *ev, void *arg)
{
	struct heard *h = arg;

	assert_true(h->n < ARRAY_LEN(h->ev));
	if (ev->kind == TURNS_ENDED) {
		int16_t *pcm;
		size_t n;

		/* 400 ms in front, 200 ms behind */
		assert_int_equal(0, ear_clip(h->ear, &pcm, &n));
		assert_int_equal(ev->end_n - ev->start_n + 4800, n);
		free(pcm);
	}
	if (ev->kind == TURNS_BEGAN || ev->kind == TURNS_ENDED)
		h->ev[h->n++] = *ev;
}

/* A hole in the positions is no hole in the sound. */
static void test_hole(void **state)
{
	const int64_t first_n = 80000, jump_n = 800000;
	struct phone_clip c = {0};
	struct heard h = {0};
	size_t second;
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 1000);
	phone_say(&c, voice, "kal", "Tomorrow morning.");
	phone_silence(&c, 1000);
	second = phone_n(&c);
	phone_silence(&c, 1000);
	phone_say(&c, voice, "kal", "Tomorrow morning.");
	phone_silence(&c, 1000);
	assert_int_equal(0, ear_new(&h.ear, engine.silero, note, &h));
	assert_int_equal(0, ear_push(h.ear, first_n, phone_pcm(&c), second));
	assert_int_equal(2, h.n);
	assert_int_equal(0, ear_push(h.ear, jump_n, phone_pcm(&c) + second,
				     phone_n(&c) - second));
	assert_int_equal(4, h.n);
	assert_in_range(h.ev[0].start_n, first_n + 7200, first_n + 8800);
	assert_in_range(h.ev[2].start_n, jump_n + 7200, jump_n + 8800);
	assert_in_range(h.ev[3].end_n - h.ev[2].start_n,
			h.ev[1].end_n - h.ev[0].start_n - 512,
			h.ev[1].end_n - h.ev[0].start_n + 512);
	assert_in_range(h.ev[1].speech_ms, 500, 1500);
	ear_free(h.ear);
	phone_fini(&c);
}

/* ---- the same text as measured ---- */

/*
 * What a separate program of ours, which made all measurements, gave for the
 * same audio: kal says the same samples every time. Mistakes are part of it.
 */
static void test_as_measured(void **state)
{
	static const struct {
		const char *said, *text;
		float score;
	} tv[] = {
#include "tests/unit/speech/measured.inc"
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++) {
		struct phone_clip c = {0};
		const struct recog_text *t;

		phone_silence(&c, 300);
		phone_say(&c, voice, "kal", tv[i].said);
		phone_silence(&c, 300);
		t = hear(&c, NULL, NULL);
		assert_string_equal(tv[i].text, t->text);
		assert_true(fabsf(tv[i].score - t->score) < 0.01f);
		phone_fini(&c);
	}
}

/* ---- the voice ---- */

struct said {
	struct buf ulaw;
	struct speech_word word[64];
	size_t nwords, pieces, stop_after;
};

static bool keep(const struct voice_piece *p, void *arg)
{
	struct said *s = arg;

	buf_add(&s->ulaw, p->ulaw, p->n);
	for (size_t i = 0; i < p->nwords; i++) {
		assert_true(s->nwords < ARRAY_LEN(s->word));
		assert_true(p->words[i].end_n <= s->ulaw.len);
		s->word[s->nwords++] = p->words[i];
	}
	return ++s->pieces != s->stop_after;
}

static int say(struct said *s, const char *name, const char *text)
{
	struct voice_utt *u;
	int more;

	assert_int_equal(0, voice_utt_new(&u, voice, sv_str(name), SV("en"),
					  sv_str(text)));
	do
		more = voice_utt_next(u, keep, s);
	while (more == 1);
	voice_utt_free(u);
	return more;
}

static double dbov(const uint8_t *ulaw, size_t n)
{
	double p = 1;

	for (size_t i = 0; i < n; i++)
		p += pow(ulaw_to_lin[ulaw[i]], 2);
	return 10 * log10(p / (double)n / 32768 / 32768);
}

/* Level of the 20 ms frames that hold speech. */
static double speech_dbov(const uint8_t *ulaw, size_t n)
{
	double sum = 0;
	int frames = 0;

	for (size_t i = 0; i + 160 <= n; i += 160) {
		double level = dbov(ulaw + i, 160);

		if (level < -40)
			continue;
		sum += pow(10, level / 10);
		frames++;
	}
	return 10 * log10(sum / frames);
}

static void test_voice(void **state)
{
	static const char text[] =
		"Hello, this is Harbor Heating. We're open -- from 9 to 5. "
		"Call 415-555-0123 & ask for Dr. Smith, please.";
	static const char *const names[] = {"rms", "slt", "awb", "kal",
					    "unknown"};
	static const char *const words[] = {
		"Hello,", "this", "is",	  "Harbor",	  "Heating.",
		"We're",  "open", "--",	  "from",	  "9",
		"to",	  "5.",	  "Call", "415-555-0123", "&",
		"ask",	  "for",  "Dr.",  "Smith,",	  "please."};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct said s = {0};
		const uint8_t *ulaw;
		double level;
		size_t lead = 0;
		uint32_t before = 0;

		assert_int_equal(0, say(&s, names[i], text));
		assert_int_equal(ARRAY_LEN(words), s.nwords);
		for (size_t k = 0; k < s.nwords; k++) {
			struct sv w = {text + s.word[k].off, s.word[k].len};

			assert_sv_equal(words[k], w);
			assert_true(s.word[k].end_n >= before);
			before = s.word[k].end_n;
		}
		/* seven seconds of speech, its last word near the end */
		assert_in_range(s.ulaw.len, 5 * 8000, 12 * 8000);
		assert_in_range(s.ulaw.len - before, 0, 8000 / 5);
		ulaw = (const uint8_t *)s.ulaw.p;
		while (lead < s.ulaw.len && dbov(ulaw + lead, 80) < -45)
			lead += 80;
		level = speech_dbov(ulaw, s.ulaw.len);
		print_message("%s: %.1f dBov, %zu ms before the first sound\n",
			      names[i], level, lead / 8);
		assert_true(level > -21.5 && level < -18.5);
		assert_in_range(lead, 0, 8 * 60);
		buf_fini(&s.ulaw);
	}
}

static void test_voice_stops(void **state)
{
	struct said s = {.stop_after = 3};
	(void)state;

	assert_int_equal(-ECANCELED, say(&s, "rms",
					 "This is a long sentence "
					 "that nobody hears."));
	assert_int_equal(3, s.pieces);
	buf_fini(&s.ulaw);
}

static void test_voice_nothing(void **state)
{
	static const char *const tv[] = {"", "  ", "...", "-- !"};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct said s = {0};

		assert_int_equal(0, say(&s, "kal", tv[i]));
		assert_int_equal(0, s.ulaw.len);
		buf_fini(&s.ulaw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_danger),
		cmocka_unit_test(test_bias),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_as_measured),
		cmocka_unit_test(test_voice),
		cmocka_unit_test(test_voice_stops),
		cmocka_unit_test(test_voice_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
