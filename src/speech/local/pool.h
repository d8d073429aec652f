/*
 * pool: threads that decode utterances. The loop puts jobs in and takes them
 * out when they are done; a job belongs to whoever has it. Which one is next,
 * queue.h says. Partials have a thread of their own, of lower priority.
 */
#ifndef SPEECH_LOCAL_POOL_H
#define SPEECH_LOCAL_POOL_H

#include "speech/local/queue.h"

struct pool;

/** Takes pcm over, also on failure; copies prm's lists. 0 or -ENOMEM. */
int pool_job_new(struct pool_job **out, int16_t *pcm, size_t n,
		 const struct recog_prm *prm);
struct pool_job *pool_job_free(struct pool_job *j);

/** notify_fd: an eventfd that gets a 1 when a job is done. 0 or -errno. */
int pool_new(struct pool **out, struct moonshine *m, int decoders,
	     int notify_fd);
/** Cancels and frees what is still inside. */
struct pool *pool_free(struct pool *p);

/** Takes j over, as queue_put() does. */
void pool_put(struct pool *p, struct pool_job *j);
/** A partial that is put now would be decoded. */
bool pool_spare(struct pool *p);
/** j waits somewhere inside: somebody needs it now. */
void pool_hurry(struct pool *p, struct pool_job *j);
/** A job that is done (yours then), NULL when there is none. */
struct pool_job *pool_take(struct pool *p);
/** Jobs that no thread has begun. */
size_t pool_waiting(struct pool *p);

#endif
