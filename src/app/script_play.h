/*
 * script_play: plays a script as a conversation in text: what is typed is
 * what the caller says.
 */
#ifndef APP_SCRIPT_PLAY_H
#define APP_SCRIPT_PLAY_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

struct script_play_prm {
	json_t *script;	   /* resolved */
	json_t *context;   /* as the desk gives it to a call */
	const char *lang;  /* in which the call begins; NULL: the script's */
	const char *hears; /* "en es"; "-": nothing, only keys are read */
	int64_t wall_ms;   /* when the call begins */
	bool verbose;	   /* shows the tools' calls and results */
	bool prompt;	   /* somebody types; else the lines are repeated */
	FILE *in, *out;
};

/**
 * Until the call ends or in does. 0, or -errno with a sentence in why when
 * the script or the context is wrong.
 */
int script_play(const struct script_play_prm *prm, char *why, size_t size);

/** A context to try scripts with; the script's "example" is merged into it. */
json_t *script_play_context(json_t *script);

/** What can be typed, for people. */
extern const char script_play_keys[];

#endif
