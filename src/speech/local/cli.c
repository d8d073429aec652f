/* The speech engine on files: nightbell transcribe, nightbell say. */
#include "speech/local.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec.h"
#include "speech/local/ear.h"
#include "speech/local/engine.h"
#include "speech/local/recog.h"
#include "speech/local/voice.h"
#include "speech/local/wav.h"

enum { HANGOVER_MS = 600, MIN_SPEECH_MS = 120 };

struct transcript {
	struct engine engine;
	struct ear *ear;
	FILE *out;
	int err;
};

static void print(struct transcript *t, const struct ear_event *ev,
		  const struct recog_text *text)
{
	const double rate = TEL_RATE_HZ;

	fprintf(t->out, "%7.2f %7.2f  %s%s\n", (double)ev->start_n / rate,
		(double)ev->end_n / rate, text->text,
		text->source == SPEECH_NONE ? "  (unsure)" : "");
}

static void on_event(const struct ear_event *ev, void *arg)
{
	const struct recog_prm prm = {0};
	struct transcript *t = arg;
	struct recog_text text;
	int16_t *pcm = NULL;
	size_t n;

	if (ev->kind != TURNS_ENDED || ev->speech_ms < MIN_SPEECH_MS || t->err)
		return;
	t->err = ear_clip(t->ear, &pcm, &n);
	if (!t->err)
		t->err = recog_run(&text, t->engine.moonshine, pcm, n, &prm);
	if (!t->err)
		print(t, ev, &text);
	free(pcm);
}

int speech_transcribe_file(const struct config *cfg, const char *path,
			   FILE *out)
{
	static const int16_t silence[TEL_RATE_HZ];
	struct transcript t = {.out = out};
	int16_t *pcm = NULL;
	char why[512];
	size_t n = 0;
	int err = wav_read(path, &pcm, &n, why, sizeof(why));

	if (err) {
		log_error("speech", "%s", why);
		return err;
	}
	err = engine_init(&t.engine, cfg);
	if (!err)
		err = ear_new(&t.ear, t.engine.silero, on_event, &t);
	if (!err) {
		ear_set_hangover(t.ear, HANGOVER_MS);
		err = ear_push(t.ear, 0, pcm, n);
	}
	if (!err) /* ends the last utterance */
		err = ear_push(t.ear, (int64_t)n, silence, TEL_RATE_HZ);
	if (!err)
		err = t.err;
	if (!err && fflush(out))
		err = -errno;
	if (err && t.engine.ort)
		log_error("speech", "%s: %s", path, strerror(-err));
	ear_free(t.ear);
	engine_fini(&t.engine);
	free(pcm);
	return err;
}

static bool collect(const struct voice_piece *p, void *arg)
{
	struct buf *pcm = arg;

	for (size_t i = 0; i < p->n; i++)
		buf_add(pcm, &ulaw_to_lin[p->ulaw[i]], sizeof(int16_t));
	return !pcm->err;
}

int speech_say_file(const struct config *cfg, const char *text,
		    const char *path)
{
	struct sv name = sv_str(cfg->speech.voice);
	struct voice_utt *u = NULL;
	struct voice *v = NULL;
	struct buf pcm;
	int err;

	buf_init(&pcm, 0);
	err = voice_new(&v);
	if (!err)
		err = voice_utt_new(&u, v, name, sv_str(text));
	if (!err) {
		do
			err = voice_utt_next(u, collect, &pcm);
		while (err == 1);
	}
	if (!err)
		err = wav_write(path, (const int16_t *)(void *)pcm.p,
				pcm.len / sizeof(int16_t));
	if (err)
		log_error("speech", "%s: %s", path, strerror(-err));
	voice_utt_free(u);
	voice_free(v);
	buf_fini(&pcm);
	return err;
}
