/*
 * pool: threads that decode utterances. The loop puts jobs in and takes them
 * out when they are done; a job belongs to whoever has it.
 */
#ifndef SPEECH_LOCAL_POOL_H
#define SPEECH_LOCAL_POOL_H

#include "base/list.h"
#include "speech/local/recog.h"

struct pool;

struct pool_job {
	struct list node;
	int16_t *pcm; /* owned */
	size_t n;
	char *lists;	      /* owned: what the slices point into */
	struct recog_prm prm; /* … in here */
	bool urgent;	      /* the caller waits for it */
	atomic_bool cancel;

	struct recog_text text; /* once done */
	int err;

	void *owner; /* the loop's: NULL, nobody wants it any more */
	bool done;   /* … it came back */
};

/** Takes pcm over, also on failure; copies prm's lists. 0 or -ENOMEM. */
int pool_job_new(struct pool_job **out, int16_t *pcm, size_t n,
		 const struct recog_prm *prm);
struct pool_job *pool_job_free(struct pool_job *j);

/** notify_fd: an eventfd that gets a 1 when a job is done. 0 or -errno. */
int pool_new(struct pool **out, struct moonshine *m, int threads,
	     int notify_fd);
/** Cancels and frees what is still inside. */
struct pool *pool_free(struct pool *p);

/** Takes j over. Urgent ones go first. */
void pool_put(struct pool *p, struct pool_job *j);
/** j waits somewhere inside: somebody needs it now. */
void pool_hurry(struct pool *p, struct pool_job *j);
/** A job that is done (yours then), NULL when there is none. */
struct pool_job *pool_take(struct pool *p);
/** Jobs that no thread has begun. */
size_t pool_waiting(struct pool *p);

#endif
