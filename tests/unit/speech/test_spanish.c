/* Spanish: the voice of espeak-ng, and the optional model on its speech. */
#include "tests/unit/speech/phone.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "speech/local.h"
#include "speech/local/engine.h"
#include "speech/local/espeak.h"
#include "speech/local/recog.h"

static struct engine engine;
static struct voice *voice;
static bool have; /* the Spanish model too */

static struct config spanish_config(void)
{
	struct config cfg = phone_config();

	cfg.speech.spanish = (char *)(uintptr_t) "true";
	cfg.speech.spanish_licence = (char *)(uintptr_t) "accepted";
	return cfg;
}

static int set_up(void **state)
{
	struct config cfg = spanish_config();
	(void)state;

	if (voice_new(&voice))
		return -1;
	have = !access(MODELS "/vocab.txt", R_OK) && speech_spanish(&cfg);
	if (!have)
		print_message("no Spanish model in " MODELS "/es: left out\n");
	return have && engine_init(&engine, &cfg) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	voice_free(voice);
	engine_fini(&engine);
	return 0;
}

/* The model counts only when it is wanted and its licence is accepted. */
static void test_wanted(void **state)
{
	static const struct {
		const char *spanish, *licence;
		bool wanted;
	} tv[] = {
		{"true", "accepted", true}, {"false", "accepted", false},
		{NULL, "accepted", false},  {"true", NULL, false},
		{"true", "", false},
	};
	struct config cfg = phone_config();
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		cfg.speech.spanish = (char *)(uintptr_t)tv[i].spanish;
		cfg.speech.spanish_licence = (char *)(uintptr_t)tv[i].licence;
		assert_int_equal(tv[i].wanted && have, speech_spanish(&cfg));
	}
	cfg = spanish_config();
	cfg.speech.models = (char *)(uintptr_t) "/nonexistent";
	assert_false(speech_spanish(&cfg));
}

/* ---- the voice ---- */

struct said {
	struct buf ulaw;
	struct speech_word word[64];
	size_t nwords;
	bool stop;
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
	return !s->stop;
}

static int say(struct said *s, const char *lang, const char *text)
{
	struct voice_utt *u;
	int more;

	assert_int_equal(0, voice_utt_new(&u, voice, SV("rms"), sv_str(lang),
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
		"Buenas tardes, habla el asistente de Harbor Heating. ¿En qué "
		"puedo ayudarle? Llame al 415-555-0123, por favor.";
	struct said s = {0};
	double level;
	(void)state;

	assert_int_equal(0, say(&s, "es", text));
	level = speech_dbov((uint8_t *)s.ulaw.p, s.ulaw.len);
	print_message("%.2f s, %.1f dBov\n", (double)s.ulaw.len / 8000, level);
	assert_int_equal(17, s.nwords);
	assert_int_equal(strlen(text), s.word[16].off + s.word[16].len);
	assert_in_range(s.ulaw.len, 6 * 8000, 16 * 8000);
	assert_true(level > -21 && level < -19);
	for (size_t i = 1; i < s.nwords; i++)
		assert_true(s.word[i].end_n > s.word[i - 1].end_n);
	/* speech from the first 40 ms to the last 100 ms */
	assert_true(dbov((uint8_t *)s.ulaw.p, 640) > -45);
	assert_true(dbov((uint8_t *)s.ulaw.p + s.ulaw.len - 800, 800) > -55);
	/* begins and ends without a click */
	assert_true(abs(ulaw_to_lin[(uint8_t)s.ulaw.p[0]]) < 600);
	assert_true(abs(ulaw_to_lin[(uint8_t)s.ulaw.p[s.ulaw.len - 1]]) < 300);
	/* the pause behind "tardes," is where its word ends */
	assert_in_range(s.word[1].end_n, 4800, 12000);
	assert_true(dbov((uint8_t *)s.ulaw.p + s.word[1].end_n + 80, 400) <
		    level - 15);
	buf_fini(&s.ulaw);
}

/* The next one may be in another language; nobody waits for what is left. */
static void test_voice_turns(void **state)
{
	struct said s = {0};
	(void)state;

	assert_int_equal(0, say(&s, "es", "¿Sí?"));
	assert_int_equal(1, s.nwords);
	assert_int_equal(0, say(&s, "en", "Yes?"));
	assert_int_equal(2, s.nwords);
	assert_int_equal(0, say(&s, "es", ""));
	assert_int_equal(0, say(&s, "es", "... —"));
	s.stop = true;
	assert_int_equal(-ECANCELED, say(&s, "es", "Esto no lo oye nadie."));
	buf_fini(&s.ulaw);
}

/* ---- a program that does not do what it should ---- */

static void with_program(const char *script, char dir[32])
{
	char path[64];
	FILE *f;

	assert_int_equal(0, sv_copy(dir, 32, SV("/tmp/nb-esp-XXXXXX")));
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/espeak-ng", dir);
	if (script) {
		f = fopen(path, "w");
		assert_non_null(f);
		fprintf(f, "#!/bin/sh\n%s\n", script);
		fclose(f);
		assert_int_equal(0, chmod(path, 0755));
	}
}

static bool stop_now(void *arg)
{
	int *asked = arg;

	return ++*asked > 1;
}

static void test_bad_program(void **state)
{
	static const struct {
		const char *name, *script;
		bool stop;
		int err;
	} tv[] = {
		{"not there", NULL, false, -ENOENT},
		{"hangs", "exec /bin/sleep 60", false, -ETIMEDOUT},
		{"hangs, nobody listens", "exec /bin/sleep 60", true,
		 -ECANCELED},
		{"fails", "exit 3", false, -EIO},
		{"is killed", "kill -9 $$", false, -EIO},
		{"says nothing", "exit 0", false, -EIO},
		{"no sound", "echo hello hello hello hello hello hello hello",
		 false, -EIO},
		{"too much", "exec /bin/cat /dev/zero", false, -EMSGSIZE},
	};
	char *old = strdup(getenv("PATH"));
	(void)state;

	assert_non_null(old);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char dir[32], path[64];
		unsigned rate_hz;
		struct buf pcm;
		int asked = 0;

		print_message("%s\n", tv[i].name);
		with_program(tv[i].script, dir);
		setenv("PATH", dir, 1);
		assert_int_equal(
			tv[i].err,
			espeak_say(&pcm, &rate_hz, SV("hola"),
				   tv[i].err == -ETIMEDOUT ? 100 : 20000,
				   tv[i].stop ? stop_now : NULL, &asked));
		buf_fini(&pcm);
		setenv("PATH", old, 1);
		/* nothing is left behind */
		assert_int_equal(-1, waitpid(-1, NULL, WNOHANG));
		snprintf(path, sizeof(path), "%s/espeak-ng", dir);
		unlink(path);
		assert_int_equal(0, rmdir(dir));
	}
	free(old);
	assert_int_equal(0, speech_spanish_voice());
}

/* ---- the recogniser ---- */

/* A Spanish caller: a voice and speed that the model can follow. */
static void caller_says(struct phone_clip *c, const char *text)
{
	char wav[] = "/tmp/nb-es-XXXXXX", cmd[512];
	int16_t *pcm;
	size_t from, n;
	FILE *f;
	uint8_t head[44];
	int fd = mkstemp(wav);

	assert_true(fd >= 0);
	close(fd);
	snprintf(cmd, sizeof(cmd),
		 "espeak-ng -v es-419+m3 -s 135 -p 40 -w %s \"%s\"", wav, text);
	assert_int_equal(0, system(cmd));
	f = fopen(wav, "r");
	assert_non_null(f);
	assert_int_equal(sizeof(head), fread(head, 1, sizeof(head), f));
	pcm = calloc(1, 4 << 20);
	assert_non_null(pcm);
	n = fread(pcm, 2, 2 << 20, f);
	fclose(f);
	unlink(wav);
	from = phone_n(c);
	for (size_t i = 0; (i * 22050) / 8000 + 3 < n; i++) {
		/* 22,050 to 8,000 Hz: an average is enough below 3.4 kHz */
		size_t k = (i * 22050) / 8000;
		int16_t x = (int16_t)((pcm[k] + pcm[k + 1] + pcm[k + 2]) / 6);

		buf_add(&c->b, &x, sizeof(x));
	}
	free(pcm);
	phone_line(phone_pcm(c) + from, phone_n(c) - from);
}

struct want {
	const char *said, *lang, *phrases;
	enum recog_lang call;
	enum speech_source source;
	enum recog_lang heard;
	const char *fold;
	bool sure;
	int speech_ms;
};

static void hear(const struct want *w)
{
	struct phone_clip c = {0};
	struct recog_text t;
	char fold[256];

	phone_silence(&c, 300);
	if (!strcmp(w->lang, "es"))
		caller_says(&c, w->said);
	else
		phone_say(&c, voice, "rms", w->said);
	phone_silence(&c, 200);
	assert_int_equal(
		0, recog_run(&t, engine.moonshine, phone_pcm(&c), phone_n(&c),
			     &(struct recog_prm){
				     .phrases = sv_str(w->phrases),
				     .lists = w->phrases && *w->lang == 'e' &&
							      w->lang[1] == 's'
						      ? RECOG_ES
						      : RECOG_EN,
				     .spanish = engine.spanish,
				     .call = w->call,
				     .speech_ms = w->speech_ms,
			     }));
	print_message("%s -> \"%s\" %d %.2f lang %d%s\n", w->said, t.text,
		      t.source, (double)t.score, t.lang, t.sure ? " sure" : "");
	vocab_fold_text(fold, sizeof(fold), sv_str(t.text));
	assert_int_equal(w->source, t.source);
	assert_int_equal(w->heard, t.lang);
	assert_string_equal(w->fold, fold);
	assert_int_equal(w->sure, t.sure);
	phone_fini(&c);
}

static void test_hears(void **state)
{
	static const char yes_no[] = "sí\nno\nsí por favor\nno gracias\nclaro";
	static const struct want tv[] = {
		{"Necesito una cita para reparar la calefacción el martes por "
		 "la mañana.",
		 "es", NULL, RECOG_ANY, SPEECH_FREE, RECOG_ES,
		 "necesito una cita para reparar la calefaccion el martes por "
		 "la manana",
		 true, 4000},
		/* the call was English so far */
		{"Necesito una cita para reparar la calefacción el martes por "
		 "la mañana.",
		 "es", NULL, RECOG_EN, SPEECH_FREE, RECOG_ES,
		 "necesito una cita para reparar la calefaccion el martes por "
		 "la manana",
		 true, 4000},
		{"Sí, por favor.", "es", yes_no, RECOG_ES, SPEECH_LIST,
		 RECOG_ES, "si por favor", false, 1100},
		{"No, gracias.", "es", yes_no, RECOG_ANY, SPEECH_LIST, RECOG_ES,
		 "no gracias", false, 1100},
		{"I need somebody to repair my heater on Tuesday morning.",
		 "en", NULL, RECOG_ANY, SPEECH_FREE, RECOG_EN,
		 "i need somebody to repair my heater on tuesday morning", true,
		 3000},
		{"I need somebody to repair my heater on Tuesday morning.",
		 "en", NULL, RECOG_ES, SPEECH_FREE, RECOG_EN,
		 "i need somebody to repair my heater on tuesday morning", true,
		 3000},
		{"Yes please.", "en", "yes\nno\nyes please", RECOG_ANY,
		 SPEECH_LIST, RECOG_EN, "yes please", false, 700},
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++)
		hear(&tv[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_voice),
		cmocka_unit_test(test_voice_turns),
		cmocka_unit_test(test_bad_program),
		cmocka_unit_test(test_hears),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
