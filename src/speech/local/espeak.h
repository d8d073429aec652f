/*
 * espeak: one sentence by the program espeak-ng, which is a process of its own
 * (its licence and its faults stay there). It makes a minute of speech in
 * some milliseconds, so a sentence is taken as a whole; one that is not done
 * in time is killed.
 */
#ifndef SPEECH_LOCAL_ESPEAK_H
#define SPEECH_LOCAL_ESPEAK_H

#include "base/buf.h"

/* Ends the wait for a program: true when nobody wants the sentence. */
typedef bool espeak_stop_h(void *arg);

/**
 * Says UTF-8 text (no line breaks). pcm: gets 16-bit samples. 0, -ENOENT
 * espeak-ng is not installed, -ETIMEDOUT, -ECANCELED, -EIO, -EMSGSIZE more
 * than a minute, -ENOMEM.
 */
int espeak_say(struct buf *pcm, unsigned *rate_hz, struct sv text,
	       int timeout_ms, espeak_stop_h *stop, void *arg);

/** 0 when the program is there and speaks, else -errno. */
int espeak_check(void);

#endif
