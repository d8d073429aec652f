/*
 * speech_local: the provider as a worker sees it, against a real speech
 * process with real models, over a Unix socket.
 */
#include "tests/unit/speech/phone.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "speech/local.h"
#include "tests/unit/io/io.h"

enum { TIMEOUT_MS = 20000, EVENTS_MAX = 64 };

static bool have;
static struct voice *voice;
static struct loop *loop;
static struct speech_env *env;
static char dir[32], path[64];
static int listen_fd = -1;
static pid_t server;
static int ups;

/* ---- the speech process ---- */

static void start_server(void)
{
	struct config cfg = phone_config();

	fflush(NULL);
	server = fork();
	assert_true(server >= 0);
	if (!server) /* exit(): leaks of the speech process count too */
		exit(speech_server_run(&cfg, listen_fd, NULL) ? 1 : 0);
}

static void stop_server(int signum)
{
	int status;

	assert_int_equal(0, kill(server, signum));
	assert_int_equal(server, waitpid(server, &status, 0));
	if (signum == SIGTERM)
		assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
}

static void up(void *arg)
{
	(void)arg;
	ups++;
}

static void up_count(void *arg)
{
	int *n = arg;

	++*n;
}

static int set_up(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	(void)state;

	have = phone_models();
	if (!have)
		return 0;
	assert_int_equal(0, sv_copy(dir, sizeof(dir), SV("/tmp/nb-sp-XXXXXX")));
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	assert_int_equal(0,
			 sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path)));
	listen_fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(0, bind(listen_fd, (void *)&a, sizeof(a)));
	assert_int_equal(0, listen(listen_fd, 16));
	start_server();
	assert_int_equal(0, voice_new(&voice));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, speech_env_new(&env, loop, path, up, NULL));
	RUN_UNTIL(loop, ups);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!have)
		return 0;
	speech_env_free(env);
	loop_free(loop);
	voice_free(voice);
	stop_server(SIGTERM);
	close(listen_fd);
	unlink(path);
	rmdir(dir);
	return 0;
}

/* ---- a leg that is heard ---- */

struct event {
	char kind; /* B E T */
	int64_t at_n, end_n;
	char text[256], alts[512], lang[8];
	enum speech_source source;
};

struct leg {
	struct speech_sess *s;
	struct event ev[EVENTS_MAX];
	size_t n;
	int closed, err;
	int64_t pos_n, part_n;
	int pauses;
	char part[512];

	/* spoken to */
	struct buf audio;
	struct speech_word word[64];
	size_t nwords, messages;
	uint32_t utt, lasts;
	int voice_err;
	int64_t first_us;
};

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct leg *l = arg;

	assert_int_equal(0, l->closed);
	assert_true(l->n < EVENTS_MAX);
	l->pauses += v == SPEECH_PAUSED;
	if (v == SPEECH_PAUSED || v == SPEECH_RESUMED)
		return;
	l->ev[l->n++] = (struct event){.kind = v == SPEECH_BEGAN ? 'B' : 'E',
				       .at_n = at_n};
}

static void on_text(const struct speech_text *t, void *arg)
{
	struct leg *l = arg;
	struct event *e = &l->ev[l->n];

	assert_int_equal(0, l->closed);
	if (!t->final) { /* told in a pause; stands when that was the end */
		l->part_n = t->end_n;
		sv_copy(l->part, sizeof(l->part), t->text);
		return;
	}
	if (l->pauses && l->part_n == t->end_n)
		assert_sv_equal(l->part, t->text);
	l->n++;
	assert_true(l->n < EVENTS_MAX);
	*e = (struct event){.kind = 'T',
			    .at_n = t->start_n,
			    .end_n = t->end_n,
			    .source = t->source};
	sv_copy(e->text, sizeof(e->text), t->text);
	sv_copy(e->alts, sizeof(e->alts), t->alts);
	sv_copy(e->lang, sizeof(e->lang), t->lang);
	print_message("  %.2f-%.2f \"%s\" %d\n", (double)t->start_n / 8000,
		      (double)t->end_n / 8000, e->text, t->source);
}

static void on_audio(uint32_t utt, const struct frame *f,
		     const struct speech_word *words, size_t nwords, bool last,
		     int err, void *arg)
{
	struct leg *l = arg;

	assert_int_equal(0, l->closed);
	if (utt != l->utt) {
		l->utt = utt;
		l->nwords = 0;
		buf_reset(&l->audio);
		l->first_us = clock_mono_us();
	}
	assert_int_equal(l->audio.len, f->at_n);
	assert_int_equal(f->len, f->n);
	buf_add(&l->audio, f->data, f->len);
	for (size_t i = 0; i < nwords; i++) {
		assert_true(l->nwords < ARRAY_LEN(l->word));
		assert_true(words[i].end_n <= l->audio.len);
		l->word[l->nwords++] = words[i];
	}
	l->lasts += last;
	l->messages++;
	l->voice_err = err;
}

static void on_closed(int err, void *arg)
{
	struct leg *l = arg;

	l->closed++;
	l->err = err;
}

static void leg_open(struct leg *l, unsigned caps, const char *name)
{
	const struct speech_prm prm = {
		.call = "test", .lang = "en", .voice = name, .caps = caps};
	const struct speech_handlers h = {.texth = on_text,
					  .vadh = on_vad,
					  .audioh = on_audio,
					  .closedh = on_closed,
					  .arg = l};

	*l = (struct leg){0};
	assert_int_equal(0, speech_local.open(&l->s, env, &prm, &h));
	assert_int_equal(0, l->closed);
}

static void leg_close(struct leg *l)
{
	speech_local.close(l->s);
	assert_int_equal(0, l->closed); /* never from inside */
	RUN_UNTIL(loop, l->closed);
	assert_int_equal(1, l->closed);
	assert_int_equal(0, l->err);
	buf_fini(&l->audio);
}

static void leg_expect(struct leg *l, const char *phrases, const char *words,
		       int hangover_ms)
{
	speech_local.expect(
		l->s, &(struct speech_expect){.phrases = sv_str(phrases),
					      .words = sv_str(words),
					      .hangover_ms = hangover_ms});
}

static void leg_hear(struct leg *l, const struct phone_clip *c, size_t from,
		     size_t to)
{
	uint8_t ulaw[TEL_FRAME_N];

	for (; from < to; from += TEL_FRAME_N) {
		size_t n = MIN(to - from, TEL_FRAME_N);
		struct frame f = {ulaw, n, l->pos_n, (uint32_t)n, CODEC_ULAW};

		for (size_t i = 0; i < n; i++)
			ulaw[i] = lin_to_ulaw(phone_pcm(c)[from + i]);
		assert_int_equal(0, speech_local.send_audio(l->s, &f));
		l->pos_n += (int64_t)n;
	}
}

static void assert_kinds(const struct leg *l, const char *want)
{
	char got[EVENTS_MAX + 1];

	for (size_t i = 0; i < l->n; i++)
		got[i] = l->ev[i].kind;
	got[l->n] = '\0';
	assert_string_equal(want, got);
}

/* ---- hearing ---- */

static void test_positions(void **state)
{
	struct phone_clip c = {0};
	size_t began[2], ended[2];
	struct leg l;
	(void)state;

	if (!have)
		return;
	for (int i = 0; i < 2; i++) {
		phone_silence(&c, 1000);
		began[i] = phone_say(&c, voice, "rms",
				     i ? "Tuesday morning is better for me."
				       : "I smell gas in the basement.");
		ended[i] = phone_n(&c);
	}
	phone_silence(&c, 1000);
	leg_open(&l, SPEECH_STT, NULL);
	l.pos_n = 123456; /* the leg's positions need not begin at 0 */
	leg_hear(&l, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, l.n == 6, TIMEOUT_MS);
	for (size_t i = 0, texts = 0, begins = 0; i < l.n; i++) {
		const struct event *e = &l.ev[i];
		size_t k = e->kind == 'B' ? begins++ : begins - 1;

		if (e->kind == 'T') {
			k = texts++;
			assert_int_equal(SPEECH_FREE, e->source);
			assert_string_equal(
				k ? "Tuesday morning is better for me."
				  : "I smell gas in the basement.",
				e->text);
			assert_in_range(e->end_n - 123456, ended[k] - 2000,
					ended[k] + 1600);
		}
		if (e->kind == 'E')
			assert_in_range(e->at_n - 123456, ended[k] - 2000,
					ended[k] + 1600);
		else /* B, T: where it began, to 100 ms */
			assert_in_range(e->at_n - 123456, began[k] - 800,
					began[k] + 800);
	}
	leg_close(&l);
	phone_fini(&c);
}

/* What is expected counts until the utterance has ended, not longer. */
static void test_expect(void **state)
{
	struct phone_clip c = {0};
	size_t ended;
	struct leg l;
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 500);
	phone_say(&c, voice, "rms", "Yes please.");
	ended = phone_n(&c);
	phone_silence(&c, 700);
	leg_open(&l, SPEECH_STT, NULL);
	leg_expect(&l, "tuesday\nwednesday", NULL, 500);
	/* 400 ms of silence: decoding is under way for the wrong list */
	leg_hear(&l, &c, 0, ended + 3200);
	RUN_UNTIL_MS(loop, l.n == 1, TIMEOUT_MS);
	leg_expect(&l, "yes please\nno thanks", NULL, 500);
	leg_hear(&l, &c, ended + 3200, phone_n(&c));
	leg_expect(&l, "tuesday\nwednesday", NULL, 500);
	RUN_UNTIL_MS(loop, l.n == 3, TIMEOUT_MS);
	assert_kinds(&l, "BET");
	assert_string_equal("Yes, please.", l.ev[2].text);
	assert_int_equal(SPEECH_LIST, l.ev[2].source);
	leg_close(&l);
	phone_fini(&c);
}

/* Audio at its own pace until the leg has n events or ms have passed. */
static void leg_live(struct leg *l, size_t n, int ms)
{
	static const uint8_t silence[TEL_FRAME_N] = {[0 ... TEL_FRAME_N - 1] =
							     ULAW_SILENCE};
	struct timer *pace;
	int due = 0, sent = 0;

	assert_int_equal(0, timer_new(&pace, loop, up_count, &due));
	timer_every(pace, 20);
	while (l->n < n && sent * 20 < ms) {
		struct frame f = {silence, TEL_FRAME_N, l->pos_n, TEL_FRAME_N,
				  CODEC_ULAW};

		RUN_UNTIL_MS(loop, due > sent, TIMEOUT_MS);
		assert_int_equal(0, speech_local.send_audio(l->s, &f));
		l->pos_n += TEL_FRAME_N;
		sent++;
	}
	timer_free(pace);
}

/* A complete answer from the list need not wait; any other text must. */
static void test_early(void **state)
{
	static const struct {
		const char *said, *phrases;
		int early_ms;
		bool early;
	} tv[] = {
		{"Yes please.", "yes please\nno thanks", 300, true},
		{"Yes please.", "yes please\nno thanks", 0, false},
		{"Tuesday morning is better for me.", "tuesday morning\nyes",
		 300, false},
	};
	(void)state;

	for (size_t i = 0; have && i < ARRAY_LEN(tv); i++) {
		struct phone_clip c = {0};
		struct leg l;

		print_message("%s early %d\n", tv[i].said, tv[i].early_ms);
		phone_silence(&c, 500);
		phone_say(&c, voice, "rms", tv[i].said);
		leg_open(&l, SPEECH_STT, NULL);
		speech_local.expect(l.s,
				    &(struct speech_expect){
					    .phrases = sv_str(tv[i].phrases),
					    .hangover_ms = 5000,
					    .early_ms = tv[i].early_ms});
		leg_hear(&l, &c, 0, phone_n(&c));
		/* long before the hang-over has passed */
		leg_live(&l, 3, tv[i].early ? 4000 : 1500);
		RUN_UNTIL_MS(loop, l.n == (tv[i].early ? 3 : 1), TIMEOUT_MS);
		assert_kinds(&l, tv[i].early ? "BET" : "B");
		if (tv[i].early) {
			assert_string_equal("Yes, please.", l.ev[2].text);
			assert_string_equal("en", l.ev[2].lang);
		}
		leg_close(&l);
		phone_fini(&c);
	}
}

/* What else it may have been comes along, each once. */
static void test_alts(void **state)
{
	struct phone_clip c = {0};
	struct leg l;
	size_t lines = 0;
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 500);
	phone_say(&c, voice, "kal", "My furnace stopped working.");
	phone_silence(&c, 900);
	leg_open(&l, SPEECH_STT, NULL);
	leg_hear(&l, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, l.n == 3, TIMEOUT_MS);
	print_message("%s\n", l.ev[2].alts);
	assert_true(*l.ev[2].alts != '\0');
	assert_null(strstr(l.ev[2].alts, l.ev[2].text));
	for (const char *p = l.ev[2].alts; p; lines++) {
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	assert_in_range(lines, 1, 3);
	leg_close(&l);
	phone_fini(&c);
}

/* The guess after 200 ms of silence is thrown away when it goes on. */
static void test_goes_on(void **state)
{
	struct phone_clip c = {0};
	struct leg l;
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 500);
	phone_say(&c, voice, "rms", "Can you send someone out");
	phone_silence(&c, 400);
	phone_say(&c, voice, "rms", "tomorrow morning?");
	phone_silence(&c, 1100);
	leg_open(&l, SPEECH_STT, NULL);
	leg_expect(&l, NULL, NULL, 900);
	leg_hear(&l, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, l.n == 3, TIMEOUT_MS);
	assert_kinds(&l, "BET");
	assert_non_null(strstr(l.ev[2].text, "send"));
	assert_non_null(strstr(l.ev[2].text, "morning"));
	/* with a shorter hang-over these are two utterances */
	l.n = 0;
	leg_expect(&l, NULL, NULL, 300);
	leg_hear(&l, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, l.n == 6, TIMEOUT_MS);
	leg_close(&l);
	phone_fini(&c);
}

static void test_junk(void **state)
{
	struct phone_clip c = {0};
	uint32_t seed = 7;
	struct leg l;
	(void)state;

	if (!have)
		return;
	for (size_t i = 0; i < 3 * 8000; i++) {
		int16_t s;

		seed = seed * 1664525u + 1013904223u;
		s = (int16_t)((int)(seed >> 20) - 2048);
		buf_add(&c.b, &s, sizeof(s));
	}
	phone_say(&c, voice, "rms", "Yes.");
	phone_silence(&c, 800);
	leg_open(&l, SPEECH_STT, NULL);
	leg_expect(&l, "yes\nno", NULL, 600);
	leg_hear(&l, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, l.n == 3, TIMEOUT_MS);
	assert_kinds(&l, "BET"); /* only the word, not the noise */
	assert_true(l.ev[0].at_n > 3 * 8000 - 800);
	assert_string_equal("Yes.", l.ev[2].text);
	leg_close(&l);
	phone_fini(&c);
}

/* ---- speaking ---- */

static void test_say(void **state)
{
	static const char text[] = "Good evening. How may I help you?";
	struct leg l;
	int64_t from_us;
	(void)state;

	if (!have)
		return;
	leg_open(&l, SPEECH_TTS, "rms");
	from_us = clock_mono_us();
	assert_int_equal(0, speech_local.say(l.s, 1, sv_str(text), SV("")));
	speech_local.grant(l.s, 1000);
	RUN_UNTIL_MS(loop, l.audio.len == 1000, TIMEOUT_MS);
	print_message("first audio after %.1f ms\n",
		      (double)(l.first_us - from_us) / 1000);
	/* never more than granted; a word only with its audio */
	speech_local.grant(l.s, 1);
	RUN_UNTIL_MS(loop, l.audio.len > 1000, TIMEOUT_MS);
	assert_int_equal(1001, l.audio.len);
	assert_int_equal(0, l.lasts);
	speech_local.grant(l.s, 1 << 20);
	RUN_UNTIL_MS(loop, l.lasts, TIMEOUT_MS);
	assert_int_equal(7, l.nwords);
	assert_int_equal(0, l.voice_err);
	assert_in_range(l.audio.len, 8000, 4 * 8000);
	assert_int_equal(strlen(text), l.word[6].off + l.word[6].len);
	/* nothing to say is complete at once */
	assert_int_equal(0, speech_local.say(l.s, 2, SV("..."), SV("")));
	RUN_UNTIL_MS(loop, l.lasts == 2, TIMEOUT_MS);
	assert_int_equal(0, l.audio.len);
	leg_close(&l);
}

/*
 * The voice never says a text twice alike: what is the same to the byte was
 * not made again.
 */
static void test_say_again(void **state)
{
	static const char text[] = "Thank you for calling. How may I help you?";
	struct speech_word last = {0};
	struct buf second;
	struct leg l;
	(void)state;

	if (!have)
		return;
	buf_init(&second, 1 << 20);
	leg_open(&l, SPEECH_TTS, "rms");
	speech_local.grant(l.s, 1 << 20);
	for (uint32_t i = 1; i <= 4; i++) {
		assert_int_equal(
			0, speech_local.say(l.s, i, sv_str(text), SV("")));
		RUN_UNTIL_MS(loop, l.lasts == i, TIMEOUT_MS);
		assert_int_equal(0, l.voice_err);
		assert_int_equal(9, l.nwords);
		if (i == 2) {
			buf_sv(&second, buf_get(&l.audio));
			last = l.word[8];
		}
		if (i < 3)
			continue;
		assert_int_equal(second.len, l.audio.len);
		assert_memory_equal(second.p, l.audio.p, second.len);
		assert_memory_equal(&last, &l.word[8], sizeof(last));
	}
	buf_fini(&second);
	leg_close(&l);
}

/* One sentence in Spanish, the next in English: the words of each. */
static void test_say_languages(void **state)
{
	static const struct {
		const char *lang, *text;
		size_t words;
	} tv[] = {
		{"es", "Buenas tardes. ¿En qué puedo ayudarle?", 6},
		{"en", "Good evening.", 2},
		{"", "Good evening.", 2},
		{"es-419", "Hasta luego.", 2},
	};
	struct leg l;
	(void)state;

	if (!have)
		return;
	leg_open(&l, SPEECH_TTS, "rms");
	speech_local.grant(l.s, 1 << 20);
	for (uint32_t i = 0; i < ARRAY_LEN(tv); i++) {
		assert_int_equal(0, speech_local.say(l.s, i + 1,
						     sv_str(tv[i].text),
						     sv_str(tv[i].lang)));
		RUN_UNTIL_MS(loop, l.lasts == i + 1, TIMEOUT_MS);
		assert_int_equal(0, l.voice_err);
		assert_int_equal(tv[i].words, l.nwords);
		assert_in_range(l.audio.len, 3000, 4 * 8000);
	}
	leg_close(&l);
}

static void test_say_cancel(void **state)
{
	struct leg l;
	size_t messages;
	(void)state;

	if (!have)
		return;
	leg_open(&l, SPEECH_TTS, "rms");
	for (uint32_t utt = 1; utt <= 3; utt++)
		assert_int_equal(
			0, speech_local.say(l.s, utt,
					    SV("This will not be heard to its "
					       "end. Not at all."),
					    SV("")));
	speech_local.grant(l.s, 4000);
	RUN_UNTIL_MS(loop, l.audio.len > 0, TIMEOUT_MS);
	speech_local.cancel(l.s, 2);
	messages = l.messages;
	/* what was on its way does not count: 3 gets what was granted */
	RUN_UNTIL_MS(loop, l.utt == 3 && l.audio.len > 0, TIMEOUT_MS);
	assert_true(l.messages > messages);
	assert_int_equal(0, l.lasts);
	speech_local.grant(l.s, 1 << 20);
	RUN_UNTIL_MS(loop, l.lasts == 1, TIMEOUT_MS);
	leg_close(&l);
}

/* A call that says a long text does not make another one wait for its end. */
static void test_say_fair(void **state)
{
	struct leg a, b;
	struct buf text;
	(void)state;

	if (!have)
		return;
	buf_init(&text, 0);
	for (int i = 0; i < 40; i++)
		buf_str(&text, "This is one of a great many sentences. ");
	leg_open(&a, SPEECH_TTS, "rms");
	leg_open(&b, SPEECH_TTS, "slt");
	speech_local.grant(a.s, 1 << 30);
	speech_local.grant(b.s, 1 << 30);
	assert_int_equal(0, speech_local.say(a.s, 1, buf_get(&text), SV("")));
	assert_int_equal(0, speech_local.say(b.s, 1, SV("Short."), SV("")));
	RUN_UNTIL_MS(loop, b.lasts, TIMEOUT_MS);
	assert_int_equal(0, a.lasts);
	leg_close(&a);
	leg_close(&b);
	buf_fini(&text);
}

/* ---- the session ---- */

static void test_open(void **state)
{
	static const struct {
		struct speech_prm prm;
		int err;
	} tv[] = {
		{{.caps = SPEECH_STT | SPEECH_TTS, .lang = "en"}, -ENOTSUP},
		{{.caps = 0, .lang = "en"}, -ENOTSUP},
		{{.caps = SPEECH_STT, .lang = "de"}, -ENOTSUP},
	};
	struct leg l = {0};
	(void)state;

	assert_ptr_equal(&speech_local, speech_find(SV("local")));
	assert_null(speech_find(SV("nobody")));
	if (!have)
		return;
	RUN_UNTIL(loop, !strcmp(speech_local.hears(env), "en"));
	for (size_t i = 0; i < ARRAY_LEN(tv); i++)
		assert_int_equal(
			tv[i].err,
			speech_local.open(&l.s, env, &tv[i].prm,
					  &(struct speech_handlers){0}));
	/* closed while opening; closed while busy; twice the wrong thing */
	leg_open(&l, SPEECH_STT, NULL);
	leg_close(&l);
	leg_open(&l, SPEECH_TTS, "rms");
	speech_local.say(l.s, 1, SV("Nobody will hear this sentence."), SV(""));
	leg_close(&l);
	leg_open(&l, SPEECH_TTS, "rms");
	leg_expect(&l, "yes", NULL, 0);
	RUN_UNTIL_MS(loop, l.closed, TIMEOUT_MS);
	assert_int_equal(-EPROTO, l.err);
}

static void test_killed(void **state)
{
	struct phone_clip c = {0};
	struct leg hears, speaks, closing;
	const struct speech_prm prm = {.lang = "en", .caps = SPEECH_STT};
	struct speech_sess *s;
	int before = ups;
	(void)state;

	if (!have)
		return;
	phone_silence(&c, 300);
	phone_say(&c, voice, "rms", "I need somebody to");
	leg_open(&hears, SPEECH_STT, NULL);
	leg_open(&speaks, SPEECH_TTS, NULL);
	leg_open(&closing, SPEECH_STT, NULL);
	leg_hear(&hears, &c, 0, phone_n(&c));
	speech_local.say(speaks.s, 1, SV("One moment please."), SV(""));
	speech_local.grant(speaks.s, 1000);
	RUN_UNTIL_MS(loop, hears.n && speaks.audio.len, TIMEOUT_MS);
	stop_server(SIGKILL);
	speech_local.close(closing.s);
	RUN_UNTIL_MS(loop, hears.closed && speaks.closed && closing.closed,
		     TIMEOUT_MS);
	assert_int_equal(-ECONNRESET, hears.err);
	assert_int_equal(-ECONNRESET, speaks.err);
	assert_int_equal(0, closing.err);
	/* its socket outlives it: whoever connects waits for the next one */
	start_server();
	RUN_UNTIL_MS(loop, ups > before, TIMEOUT_MS);
	assert_int_equal(1, hears.closed);
	assert_int_equal(1, speaks.closed);
	assert_int_equal(1, closing.closed);
	assert_int_equal(0, speech_local.open(&s, env, &prm,
					      &(struct speech_handlers){0}));
	speech_local.close(s);
	leg_open(&hears, SPEECH_STT, NULL);
	phone_silence(&c, 700);
	leg_hear(&hears, &c, 0, phone_n(&c));
	RUN_UNTIL_MS(loop, hears.n == 3, TIMEOUT_MS);
	leg_close(&hears);
	buf_fini(&speaks.audio);
	phone_fini(&c);
}

static void test_unreachable(void **state)
{
	struct speech_env *e;
	struct speech_sess *s;
	const struct speech_prm prm = {.lang = "en", .caps = SPEECH_STT};
	(void)state;

	if (!have)
		return;
	assert_int_equal(
		0, speech_env_new(&e, loop, "/nonexistent/speech", NULL, NULL));
	assert_int_equal(
		-EAGAIN,
		speech_local.open(&s, e, &prm, &(struct speech_handlers){0}));
	speech_env_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_positions),
		cmocka_unit_test(test_expect),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_alts),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_junk),
		cmocka_unit_test(test_say),
		cmocka_unit_test(test_say_again),
		cmocka_unit_test(test_say_languages),
		cmocka_unit_test(test_say_cancel),
		cmocka_unit_test(test_say_fair),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_unreachable),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
