/*
 * caller: who calls, with which voice over which line, and what they do: the
 * contents of a caller file (docs/callsim.md), with every utterance as audio.
 * Read once, shared by all its calls.
 */
#ifndef CALLSIM_CALLER_H
#define CALLSIM_CALLER_H

#include <regex.h>

#include <jansson.h>

#include "channel.h"

struct utter {
	char *text;  /* what is said: for reports */
	char *voice; /* NULL: the caller's */
	struct pcm pcm;
};

enum turn_kind { TURN_SAY, TURN_SILENT, TURN_PRESS, TURN_HANGUP };
enum turn_when { WHEN_REPLY, WHEN_INTERRUPT, WHEN_TURN };

struct turn {
	enum turn_kind kind;
	struct utter utter; /* TURN_SAY */
	char *digits;	    /* TURN_PRESS */
	int ms;		    /* TURN_SILENT: how long */
	enum turn_when when;
	int when_ms; /* silence after the reply, sound before the
				   interruption, or time since the last turn */
};

/* Listening, once all turns are over: the answer to what matches. */
struct answer {
	char *hears; /* NULL: otherwise */
	regex_t re;
	struct turn *does;
	size_t ndoes;
	int max; /* uses, 0: any number */
};

enum owner_does {
	OWNER_NO_ANSWER,
	OWNER_BUSY,
	OWNER_FAILED,
	OWNER_ANSWERS,
	OWNER_VOICEMAIL, /* a machine answers, talks and presses nothing */
	OWNER_FORWARDS,	 /* the phone sends the call back to our number */
};

struct owner {
	enum owner_does does;
	int after_ms; /* does so after this */
	char *press;  /* keys on a whisper; NULL: none */
	int talk_ms;  /* then hangs up */
	struct utter says;
};

enum ended_by { ENDED_ANY, ENDED_ASSISTANT, ENDED_CALLER };

struct expect {
	enum ended_by ended_by;
	bool all_said; /* every turn came to its word */
	bool replies;  /* every utterance was answered */
	bool stream;   /* a media stream was opened */
	int texts;     /* messages sent to the caller; -1: any */
	int reply_max_ms, stop_max_ms, silence_max_ms; /* 0: not asked */
	int gaps_max, clicks_max;		       /* -1: not asked */
};

struct caller {
	int refs;
	char *name, *from, *forwarded_from, *voice, *base_dir;
	double rate, pitch;
	double mumble; /* 0 clear … 1 */
	struct {
		enum channel_noise noise, more_noise;
		double noise_db, more_noise_db, level_db, loss, gsm, echo_db;
		int stall_ms, stall_every_ms, echo_ms;
		struct pcm bed; /* ten seconds of noise, looped */
	} line;
	struct turn *turns;
	size_t nturns;
	struct answer *answers;
	size_t nanswers;
	int pause_ms;	      /* silence that ends the assistant's turn */
	int patience_ms;      /* how long the caller waits for a word */
	int linger_ms;	      /* after the last turn, then hangs up */
	int ring_patience_ms; /* hangs up when nobody talked by then; 0 */
	struct owner *owners; /* by the time that we dial; the last stays */
	size_t nowners;
	struct expect expect;
};

/**
 * spec: a path, or the name of a caller in one of the folders dirs (":"
 * between them), varied by seed. 0 with one reference in *out; -ENOENT,
 * -EBADMSG, -ENOMEM and a sentence in why.
 */
int caller_load(struct caller **out, const char *spec, const char *dirs,
		uint64_t seed, char *why, size_t why_size);
/** Only the varied file, for json_decref(); dir: where it lies. */
int caller_read(json_t **out, const char *spec, const char *dirs, uint64_t seed,
		char *dir, size_t dir_size, char *why, size_t why_size);
/** The caller of a varied JSON object; base_dir is copied, NULL: current folder. */
int caller_parse(struct caller **out, json_t *o, const char *base_dir,
		 char *why, size_t why_size);
/**
 * Makes the audio of all utterances and the noise. Blocks. 0 or as
 * synth_get(). The noise differs by seed only.
 */
int caller_prepare(struct caller *c, const char *cache_dir, uint64_t seed,
		   char *why, size_t why_size);

/** Names of all callers in dirs, sorted, one per call of h. */
void caller_list(const char *dirs,
		 void (*h)(const char *name, const char *about, void *arg),
		 void *arg);

struct caller *caller_ref(struct caller *c);
/** Returns NULL; frees with the last reference. */
struct caller *caller_unref(struct caller *c);

#endif
