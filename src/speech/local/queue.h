/*
 * queue: which utterance is decoded next, and which one not at all. Pure: no
 * thread, no lock, no clock.
 *
 * Finals go first, then guesses, in their order. A partial (the beginning of
 * what somebody still says) nobody waits for: there is at most one. It is
 * decoded beside the decoders, not by one of them, and only while one of them
 * is idle: it is not taken in when none is, and it is given up when the last
 * one gets something to do. One that nobody has begun goes for any other job.
 */
#ifndef SPEECH_LOCAL_QUEUE_H
#define SPEECH_LOCAL_QUEUE_H

#include "base/list.h"
#include "speech/local/recog.h"

enum queue_rank {
	QUEUE_PARTIAL, /* to be shown */
	QUEUE_GUESS,   /* he may be done */
	QUEUE_FINAL,   /* he is: the call waits for it */
};

struct pool_job {
	struct list node;
	int16_t *pcm; /* owned */
	size_t n;
	char *lists;	      /* owned: what the slices point into */
	struct recog_prm prm; /* … in here */
	enum queue_rank rank;
	atomic_bool cancel;

	struct recog_text text; /* once done */
	int err;		/* -ECANCELED: nobody wanted it any more */

	void *owner; /* the loop's: NULL, nobody wants it any more */
	bool done;   /* … it came back */
};

struct queue {
	struct list waiting; /* for a decoder */
	struct list done;    /* for who takes them */
	size_t nwaiting, decoders, busy;
	struct pool_job *partial; /* waits, or is being decoded */
	bool begun;		  /* … the latter */
};

void queue_init(struct queue *q, size_t decoders);

/** Takes j over. A partial that has no place is done at once. */
void queue_put(struct queue *q, struct pool_job *j);
/** A partial would have a place now. */
bool queue_spare(const struct queue *q);

/** What a decoder begins, NULL: it stays idle. */
struct pool_job *queue_next(struct queue *q);
/** The partial to begin, NULL when there is none. */
struct pool_job *queue_next_partial(struct queue *q);
/** j, which one of these two gave, has been decoded: it is done. */
void queue_over(struct queue *q, struct pool_job *j);

/** A job that is done (yours then), NULL when there is none. */
struct pool_job *queue_take(struct queue *q);

#endif
