/*
 * ear: one leg's audio on its way to the recogniser: finds the utterances in
 * it and keeps the sound of the one that is going on.
 */
#ifndef SPEECH_LOCAL_EAR_H
#define SPEECH_LOCAL_EAR_H

#include "speech/local/silero.h"
#include "speech/local/turns.h"

struct ear;

/* Positions are samples of the leg at 8 kHz. */
struct ear_event {
	enum turns_event kind;
	int64_t start_n; /* where the utterance began */
	int64_t end_n;	 /* PAUSE, ENDED: where its speech ended */
	int speech_ms;	 /* how much of it was speech */
};

typedef void ear_event_h(const struct ear_event *ev, void *arg);

/** v is lent. 0 or -ENOMEM. */
int ear_new(struct ear **out, struct silero *v, ear_event_h *h, void *arg);
struct ear *ear_free(struct ear *e);

/** Silence that ends an utterance; from now on. */
void ear_set_hangover(struct ear *e, int ms);
/** During a pause: so much silence ends this one; forgotten if it goes on. */
void ear_end_early(struct ear *e, int ms);

/**
 * n samples; at_n: position of the first. A position that does not follow
 * is a hole in the audio: the two sides are joined. h is called from inside.
 * 0, -ENOMEM, -EIO: the samples are lost.
 */
int ear_push(struct ear *e, int64_t at_n, const int16_t *pcm, size_t n);

/**
 * True while somebody speaks, pauses excepted; *start_n, *end_n: from where
 * to where.
 */
bool ear_speaks(const struct ear *e, int64_t *start_n, int64_t *end_n);

/**
 * From BEGAN to inside ENDED: the sound of the utterance, with 400 ms in front
 * of it (but nothing of the one before) and 200 ms behind, as far as they are
 * there. *pcm is yours.
 */
int ear_clip(const struct ear *e, int16_t **pcm, size_t *n);

#endif
