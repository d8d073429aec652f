/* The voice into a file: nightbell say. */
#include "speech/local.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "codec.h"
#include "speech/local/espeak.h"
#include "speech/local/voice.h"
#include "speech/local/wav.h"

static bool collect(const struct voice_piece *p, void *arg)
{
	struct buf *pcm = arg;

	for (size_t i = 0; i < p->n; i++)
		buf_add(pcm, &ulaw_to_lin[p->ulaw[i]], sizeof(int16_t));
	return !pcm->err;
}

int speech_say_file(const struct config *cfg, const char *lang,
		    const char *text, const char *path)
{
	struct sv name = sv_str(cfg->speech.voice);
	struct voice_utt *u = NULL;
	struct voice *v = NULL;
	struct buf pcm;
	int err;

	buf_init(&pcm, 0);
	err = voice_new(&v);
	if (!err)
		err = voice_utt_new(&u, v, name, sv_str(lang), sv_str(text));
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

int speech_spanish_voice(void)
{
	return espeak_check();
}
