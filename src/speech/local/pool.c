#include "speech/local/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Decoding may wait some milliseconds, a frame of another process on the
 * same core may not. What is only to be shown may wait for both.
 */
enum { NICE = 5, NICE_PARTIAL = 15 };

struct pool {
	struct moonshine *moonshine;
	int notify_fd;
	pthread_mutex_t lock;
	pthread_cond_t work, partial;
	struct queue queue;
	struct pool_job **running; /* one per thread, NULL: idle */
	bool stop;
	pthread_t *thread; /* the first one does partials */
	int nthreads, started;
};

int pool_job_new(struct pool_job **out, int16_t *pcm, size_t n,
		 const struct recog_prm *prm)
{
	struct pool_job *j = calloc(1, sizeof(*j));
	struct sv *list[] = {&j->prm.phrases, &j->prm.words, &j->prm.bias};
	size_t len = prm->phrases.len + prm->words.len + prm->bias.len;
	char *p = j ? malloc(len + 1) : NULL;

	if (!p) {
		free(pcm);
		free(j);
		return -ENOMEM;
	}
	j->lists = p;
	j->prm = *prm;
	j->prm.cancel = &j->cancel;
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		if (list[i]->len)
			memcpy(p, list[i]->p, list[i]->len);
		list[i]->p = p;
		p += list[i]->len;
	}
	j->pcm = pcm;
	j->n = n;
	atomic_init(&j->cancel, false);
	*out = j;
	return 0;
}

struct pool_job *pool_job_free(struct pool_job *j)
{
	if (!j)
		return NULL;
	free(j->pcm);
	free(j->lists);
	free(j);
	return NULL;
}

static void notify(struct pool *p)
{
	uint64_t one = 1;
	ssize_t n = write(p->notify_fd, &one, sizeof(one));

	(void)n; /* the counter is full: the loop is told already */
}

static void run(struct pool *p, struct pool_job *j)
{
	if (atomic_load(&j->cancel))
		j->err = -ECANCELED;
	else
		j->err = recog_run(&j->text, p->moonshine, j->pcm, j->n,
				   &j->prm);
}

/* With the lock held: what this thread is there for. */
static struct pool_job *next_job(struct pool *p, int me)
{
	return me ? queue_next(&p->queue) : queue_next_partial(&p->queue);
}

static void *thread_main(void *arg)
{
	struct pool *p = arg;
	struct pool_job *j;
	int me;

	pthread_mutex_lock(&p->lock);
	me = p->started++;
	setpriority(PRIO_PROCESS, (id_t)gettid(), me ? NICE : NICE_PARTIAL);
	while (!p->stop) {
		j = next_job(p, me);
		if (!j) {
			pthread_cond_wait(me ? &p->work : &p->partial,
					  &p->lock);
			continue;
		}
		p->running[me] = j;
		pthread_mutex_unlock(&p->lock);
		run(p, j);
		pthread_mutex_lock(&p->lock);
		p->running[me] = NULL;
		queue_over(&p->queue, j);
		notify(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are the loop's business. */
static int start(struct pool *p, int threads)
{
	sigset_t all, old;
	int err = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (!err && p->nthreads < threads) {
		err = -pthread_create(&p->thread[p->nthreads], NULL,
				      thread_main, p);
		if (!err)
			p->nthreads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int pool_new(struct pool **out, struct moonshine *m, int decoders,
	     int notify_fd)
{
	struct pool *p = calloc(1, sizeof(*p));
	int threads = decoders + 1, err;

	if (!p)
		return -ENOMEM;
	p->moonshine = m;
	p->notify_fd = notify_fd;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->partial, NULL);
	queue_init(&p->queue, (size_t)decoders);
	p->thread = calloc((size_t)threads, sizeof(*p->thread));
	p->running = calloc((size_t)threads, sizeof(struct pool_job *));
	err = p->thread && p->running ? start(p, threads) : -ENOMEM;
	if (err)
		pool_free(p);
	else
		*out = p;
	return err;
}

struct pool *pool_free(struct pool *p)
{
	struct pool_job *j;

	if (!p)
		return NULL;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	for (int i = 0; p->running && i < p->nthreads; i++)
		if (p->running[i])
			atomic_store(&p->running[i]->cancel, true);
	pthread_cond_broadcast(&p->work);
	pthread_cond_signal(&p->partial);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->nthreads; i++)
		pthread_join(p->thread[i], NULL);
	while ((j = queue_next_partial(&p->queue)) ||
	       (j = queue_next(&p->queue)))
		queue_over(&p->queue, j);
	while ((j = queue_take(&p->queue)))
		pool_job_free(j);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->partial);
	pthread_mutex_destroy(&p->lock);
	free(p->running);
	free(p->thread);
	free(p);
	return NULL;
}

void pool_put(struct pool *p, struct pool_job *j)
{
	bool partial = j->rank == QUEUE_PARTIAL;

	pthread_mutex_lock(&p->lock);
	queue_put(&p->queue, j);
	if (!list_empty(&p->queue.done))
		notify(p); /* what had no place */
	pthread_cond_signal(partial ? &p->partial : &p->work);
	pthread_mutex_unlock(&p->lock);
}

bool pool_spare(struct pool *p)
{
	bool spare;

	pthread_mutex_lock(&p->lock);
	spare = queue_spare(&p->queue);
	pthread_mutex_unlock(&p->lock);
	return spare;
}

void pool_hurry(struct pool *p, struct pool_job *j)
{
	pthread_mutex_lock(&p->lock);
	j->rank = QUEUE_FINAL;
	pthread_mutex_unlock(&p->lock);
}

struct pool_job *pool_take(struct pool *p)
{
	struct pool_job *j;

	pthread_mutex_lock(&p->lock);
	j = queue_take(&p->queue);
	pthread_mutex_unlock(&p->lock);
	return j;
}

size_t pool_waiting(struct pool *p)
{
	size_t n;

	pthread_mutex_lock(&p->lock);
	n = p->queue.nwaiting;
	pthread_mutex_unlock(&p->lock);
	return n;
}
