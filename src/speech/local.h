/*
 * local: our own recogniser and voice, without any key. The models run in
 * the speech process (speech_server_run()); in a worker the provider "local"
 * of speech_all[] talks to it over a Unix socket.
 */
#ifndef SPEECH_LOCAL_H
#define SPEECH_LOCAL_H

#include <stdio.h>

#include "config.h"
#include "io/loop.h"
#include "speech.h"

extern const struct speech speech_local;

/**
 * The worker's connection to the speech process behind the Unix socket path;
 * reconnects by itself. uph (may be NULL) runs each time it is up: before
 * that, open() says -EAGAIN. 0 or -errno.
 */
int speech_env_new(struct speech_env **out, struct loop *l, const char *path,
		   loop_h *uph, void *arg);
/** True when a configuration wants Spanish, its licence is accepted and the
 * model's files are there; then the page owes the vendor a line. */
bool speech_spanish(const struct config *cfg);

/** Sessions that are still there get their closedh from inside. */
struct speech_env *speech_env_free(struct speech_env *e);

/**
 * The speech process: loads the models, calls readyh (may be NULL) with its
 * loop, serves workers that connect to listen_fd until SIGTERM. 0, or -errno
 * (readyh's, too) after a log line.
 */
int speech_server_run(const struct config *cfg, int listen_fd,
		      int (*readyh)(struct loop *l));

/* What nightbell transcribe was asked for. Lent. */
struct speech_transcribe {
	const char *const *path; /* WAVE (8 or 16 kHz mono 16 bits) or μ-law */
	int npath;
	const char *lang;   /* NULL: en */
	const char *expect; /* file with lists, NULL: none */
	bool json;	    /* an object a line, else columns for people */
};

/**
 * Writes what is said in audio files, one line an utterance, to out. Goes on
 * behind a file that cannot be read. 0, or the first -errno after a log line.
 */
int speech_transcribe(const struct config *cfg,
		      const struct speech_transcribe *prm, FILE *out);
/**
 * Says text into an 8 kHz WAVE file; lang: "es" for Spanish, else English.
 * 0, or -errno after a log line.
 */
int speech_say_file(const struct config *cfg, const char *lang,
		    const char *text, const char *path);
/** 0 when the Spanish voice can be started, else -errno. */
int speech_spanish_voice(void);

#endif
