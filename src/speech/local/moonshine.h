/*
 * moonshine: turns an utterance into text (Moonshine tiny for English or base
 * for Spanish, two ONNX files each; sizes are read from the files). The
 * encoder runs once per utterance; its result can be decoded several times,
 * against a list and freely.
 *
 * A model serves all threads; an utterance belongs to one.
 */
#ifndef SPEECH_LOCAL_MOONSHINE_H
#define SPEECH_LOCAL_MOONSHINE_H

#include <stdatomic.h>

#include "speech/local/ort.h"
#include "speech/local/search.h"

#define MOONSHINE_RATE_HZ 16000

struct moonshine;
struct moonshine_utt;

/** Loads dir's encoder_model.onnx, decoder_model_merged.onnx, vocab.txt. */
int moonshine_new(struct moonshine **out, struct ort *o, const char *dir,
		  char *why, size_t why_size);
/** The Spanish one of dir/es, with dir's vocab.txt. */
int moonshine_new_spanish(struct moonshine **out, struct ort *o,
			  const char *dir, char *why, size_t why_size);
struct moonshine *moonshine_free(struct moonshine *m);

/** pcm: 16 kHz in -1 … 1, copied. 0, -ENOMEM, -EIO, -ENODATA when n is 0. */
int moonshine_encode(struct moonshine_utt **out, struct moonshine *m,
		     const float *pcm, size_t n);
struct moonshine_utt *moonshine_utt_free(struct moonshine_utt *u);
/** Probability that the text is empty: a good sign of noise. */
float moonshine_no_speech(const struct moonshine_utt *u);

struct moonshine_prm {
	const struct trie *must; /* NULL: any text */
	const struct trie *bias; /* NULL: none */
	float bonus;		 /* log-probability per biased character */
	int beam;
	int limit;		   /* tokens; 0: as many as the audio holds */
	float accept, others;	   /* as in struct search_prm */
	bool mean;		   /* … */
	const atomic_bool *cancel; /* NULL, or looked at between steps */
};

enum { MOONSHINE_TEXT_MAX = 2048, MOONSHINE_OTHER_MAX = 256 };

/* Another reading; one that is longer than this is left out. */
struct moonshine_other {
	char text[MOONSHINE_OTHER_MAX];
	float score;
};

struct moonshine_text {
	char text[MOONSHINE_TEXT_MAX]; /* as the model writes it */
	int tokens;
	enum search_stop stop;
	float score; /* mean log-probability per token */
	struct moonshine_other other[SEARCH_OTHERS_MAX]; /* best first */
	int nothers;
};

/** 0, -ECANCELED, -ENOMEM, -EIO. */
int moonshine_decode(struct moonshine_text *out, struct moonshine_utt *u,
		     const struct moonshine_prm *prm);

#endif
