/*
 * behave: the caller on one call: listens to when the assistant speaks and is
 * silent, and speaks, presses keys or hangs up as the caller file says. Pure:
 * ticked every 20 ms with what the ear heard.
 */
#ifndef CALLSIM_BEHAVE_H
#define CALLSIM_BEHAVE_H

#include "caller.h"
#include "measure.h"

enum behave_why {
	BEHAVE_ON,	  /* the call goes on */
	BEHAVE_HANGUP,	  /* the file says hang up */
	BEHAVE_LINGERED,  /* all was said; the assistant never hung up */
	BEHAVE_IMPATIENT, /* the assistant said nothing for too long */
};

struct behave {
	struct caller *c;
	bool mute;
	/* what comes next */
	const struct turn *list;
	size_t nlist, at;
	int64_t since_n; /* end of our last word */
	int64_t onset_n; /* first sound of the assistant since, -1 */
	int64_t ready_n; /* when this turn became the next one */
	/* what happens now */
	const struct turn *speaking;
	size_t spoken_n;
	const char *keys;
	int64_t key_n; /* when the next key is pressed */
	int said;      /* turns that came to their word */
	int missed;    /* interruptions for which it was too late */
	/* listening mode */
	int *used;	/* per answer */
	bool answering; /* list is an answer's, no longer the file's turns */
	bool asked, nothing_fits;
	int64_t asked_n;     /* end of what the question was about */
	bool more;	     /* listen to what was said while we thought */
	enum behave_why why; /* how the caller ended it, if they did */
};

/* What the caller does in these 20 ms. */
struct behave_out {
	int16_t near[TEL_FRAME_N];
	bool speaks;
	const struct turn *begins, *ends; /* an utterance */
	int64_t at_n;			  /* where it began or ended */
	char digit;			  /* a key, 0 none */
	bool ask; /* listening: what was said from_n to to_n? */
	int64_t from_n, to_n;
	enum behave_why why;
};

/** Takes a reference of c. 0 or -ENOMEM. */
int behave_init(struct behave *b, struct caller *c, bool mute);
void behave_fini(struct behave *b);

/**
 * attentive: the caller is in a conversation (not while it rings).
 * m: what was heard up to now.
 */
void behave_tick(struct behave *b, const struct measure *m, bool attentive,
		 struct behave_out *out);

/** Listening: what the assistant said. Returns the answer's index or -1. */
int behave_heard(struct behave *b, const char *text, int64_t now_n);

/** True when every turn of the file came to its word. */
bool behave_done(const struct behave *b);

#endif
