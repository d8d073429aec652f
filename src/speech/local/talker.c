#include "speech/local/talker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "speech/local/repeat.h"
#include "speech/local/server.h"
#include "speech/local/voice.h"

/* About four minutes of the sentences that all callers hear. */
enum {
	REPEAT_BYTES = 2 << 20,
	REPEAT_TEXT = 400, /* longer ones are no greeting */
};

enum talk_state {
	TALK_IDLE, /* the thread has nothing to do with it */
	TALK_QUEUED,
	TALK_BUSY, /* the thread works at it */
	TALK_DEAD, /* … and frees it afterwards */
};

struct talker {
	pthread_t thread;
	pthread_mutex_t lock; /* guards everything below, and all speeches */
	pthread_cond_t work;
	struct list queue; /* speeches that wait for the thread */
	struct list news;  /* speeches with something for the loop */
	bool stop;
	int notify_fd;
	struct voice *voice;   /* the thread's */
	struct repeat *repeat; /* … */
};

struct talker_speech {
	struct talker *t;
	struct list queue, news;
	enum talk_state state;
	void *owner;
	char *text, *name;
	char lang[8];
	struct voice_utt *utt; /* the thread's */
	bool keep;	       /* … and all that was made, if to be kept */
	struct buf kept, kept_words;
	struct buf audio; /* μ-law, from taken_n on */
	struct buf words; /* struct speech_word */
	uint32_t taken_n;
	bool made;
	int err;
	atomic_bool stop;
};

/* With the lock held: the loop shall look at p. */
static void announce(struct talker_speech *p)
{
	uint64_t one = 1;
	ssize_t n;

	if (p->news.next)
		return;
	list_add(&p->t->news, &p->news);
	n = write(p->t->notify_fd, &one, sizeof(one));
	(void)n; /* the counter is full: the loop is told already */
}

static void hand_over(struct talker_speech *p, const struct voice_piece *piece)
{
	pthread_mutex_lock(&p->t->lock);
	if (p->state != TALK_DEAD) {
		buf_add(&p->audio, piece->ulaw, piece->n);
		buf_add(&p->words, piece->words,
			piece->nwords * sizeof(*piece->words));
		announce(p);
	}
	pthread_mutex_unlock(&p->t->lock);
}

static bool on_piece(const struct voice_piece *piece, void *arg)
{
	struct talker_speech *p = arg;

	if (!atomic_load(&p->stop))
		hand_over(p, piece);
	else if (!p->keep)
		return false;
	if (p->keep) {
		buf_add(&p->kept, piece->ulaw, piece->n);
		buf_add(&p->kept_words, piece->words,
			piece->nwords * sizeof(*piece->words));
	}
	return !p->audio.err && !p->words.err;
}

static void destroy(struct talker_speech *p)
{
	list_del(&p->queue);
	list_del(&p->news);
	voice_utt_free(p->utt);
	buf_fini(&p->audio);
	buf_fini(&p->words);
	buf_fini(&p->kept);
	buf_fini(&p->kept_words);
	free(p->text);
	free(p->name);
	free(p);
}

static struct repeat_key key_of(const struct talker_speech *p)
{
	return (struct repeat_key){sv_str(p->name), sv_str(p->lang),
				   sv_str(p->text)};
}

/* As it was made before. False: it was not. */
static bool say_again(struct talker *t, struct talker_speech *p, int *err)
{
	const struct repeat_key key = key_of(p);
	struct repeat_speech s;

	if (!repeat_find(t->repeat, &key, &s)) {
		p->keep = key.text.len <= REPEAT_TEXT &&
			  repeat_wants(t->repeat, &key);
		return false;
	}
	*err = on_piece(&(struct voice_piece){s.ulaw, s.n, s.words, s.nwords},
			p)
		       ? 0
		       : -ECANCELED;
	return true;
}

static void keep(struct talker *t, struct talker_speech *p)
{
	const struct repeat_key key = key_of(p);

	if (!p->kept.err && !p->kept_words.err)
		repeat_keep(t->repeat, &key,
			    &(struct repeat_speech){
				    (const uint8_t *)p->kept.p, p->kept.len,
				    (const void *)p->kept_words.p,
				    p->kept_words.len /
					    sizeof(struct speech_word)});
}

/* One sentence, without the lock. 1: there are more. */
static int say_sentence(struct talker *t, struct talker_speech *p)
{
	int err = 0;

	if (!p->utt) {
		if (say_again(t, p, &err))
			return err;
		err = voice_utt_new(&p->utt, t->voice, sv_str(p->name),
				    sv_str(p->lang), sv_str(p->text));
	}
	/* What is to be kept is made to its end, whoever hangs up. */
	if (!err) {
		do
			err = voice_utt_next(p->utt, on_piece, p);
		while (err == 1 && p->keep);
	}
	if (!err && p->keep)
		keep(t, p);
	return err;
}

static void serve(struct talker *t)
{
	struct talker_speech *p =
		list_entry(t->queue.next, struct talker_speech, queue);
	int err;

	list_del(&p->queue);
	p->state = TALK_BUSY;
	pthread_mutex_unlock(&t->lock);
	err = say_sentence(t, p);
	pthread_mutex_lock(&t->lock);
	if (p->state == TALK_DEAD) {
		destroy(p);
		return;
	}
	p->state = TALK_IDLE;
	p->made = err != 1;
	p->err = MIN(err, 0);
	announce(p);
}

static void *thread_main(void *arg)
{
	struct talker *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->stop) {
		if (list_empty(&t->queue))
			pthread_cond_wait(&t->work, &t->lock);
		else
			serve(t);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

int talker_new(struct talker **out, int notify_fd)
{
	struct talker *t = calloc(1, sizeof(*t));
	sigset_t all, old;
	int err;

	if (!t)
		return -ENOMEM;
	t->notify_fd = notify_fd;
	list_init(&t->queue);
	list_init(&t->news);
	err = voice_new(&t->voice);
	if (!err)
		err = repeat_new(&t->repeat, REPEAT_BYTES);
	if (err) {
		voice_free(t->voice);
		free(t);
		return err;
	}
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->work, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&t->thread, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		repeat_free(t->repeat);
		voice_free(t->voice);
		free(t);
		return err;
	}
	*out = t;
	return 0;
}

struct talker *talker_free(struct talker *t)
{
	if (!t)
		return NULL;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->work);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	repeat_free(t->repeat);
	voice_free(t->voice);
	pthread_cond_destroy(&t->work);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}

int talker_speech_new(struct talker_speech **out, struct talker *t,
		      struct sv voice, struct sv lang, struct sv text,
		      void *owner)
{
	struct talker_speech *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->t = t;
	p->owner = owner;
	p->text = strndup(text.len ? text.p : "", text.len);
	p->name = strndup(voice.len ? voice.p : "", voice.len);
	(void)sv_copy(p->lang, sizeof(p->lang), lang);
	buf_init(&p->audio, 0);
	buf_init(&p->words, 0);
	buf_init(&p->kept, 0);
	buf_init(&p->kept_words, 0);
	atomic_init(&p->stop, false);
	if (!p->text || !p->name) {
		destroy(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

struct talker_speech *talker_speech_free(struct talker_speech *p)
{
	struct talker *t;

	if (!p)
		return NULL;
	t = p->t;
	atomic_store(&p->stop, true);
	pthread_mutex_lock(&t->lock);
	list_del(&p->news);
	p->owner = NULL;
	if (p->state == TALK_BUSY)
		p->state = TALK_DEAD;
	else
		destroy(p);
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

void talker_continue(struct talker_speech *p)
{
	struct talker *t = p->t;

	pthread_mutex_lock(&t->lock);
	if (p->state == TALK_IDLE && !p->made) {
		p->state = TALK_QUEUED;
		list_add(&t->queue, &p->queue);
		pthread_cond_signal(&t->work);
	}
	pthread_mutex_unlock(&t->lock);
}

/* The words whose end lies in what is taken now. */
static void take_words(struct talker_speech *p, struct talker_piece *out)
{
	const struct speech_word *w =
		(const struct speech_word *)(void *)p->words.p;
	size_t have = p->words.len / sizeof(*w);

	while (out->nwords < have && out->nwords < TALKER_WORDS_MAX &&
	       w[out->nwords].end_n <= p->taken_n) {
		out->word[out->nwords] = w[out->nwords];
		out->nwords++;
	}
	buf_drop(&p->words, out->nwords * sizeof(*w));
}

bool talker_take(struct talker_speech *p, uint8_t *buf, size_t max,
		 struct talker_piece *out)
{
	*out = (struct talker_piece){.ulaw = buf};
	pthread_mutex_lock(&p->t->lock);
	out->n = MIN(p->audio.len, max);
	if (out->n)
		memcpy(buf, p->audio.p, out->n);
	buf_drop(&p->audio, out->n);
	p->taken_n += (uint32_t)out->n;
	take_words(p, out);
	out->last = p->made && !p->audio.len && !p->words.len;
	out->err = out->last ? p->err : 0;
	pthread_mutex_unlock(&p->t->lock);
	return out->n || out->nwords || out->last;
}

size_t talker_held(struct talker_speech *p, bool *made)
{
	size_t n;

	pthread_mutex_lock(&p->t->lock);
	n = p->audio.len;
	*made = p->made;
	pthread_mutex_unlock(&p->t->lock);
	return n;
}

void *talker_news(struct talker *t)
{
	struct talker_speech *p;
	void *owner = NULL;

	pthread_mutex_lock(&t->lock);
	if (!list_empty(&t->news)) {
		p = list_entry(t->news.next, struct talker_speech, news);
		list_del(&p->news);
		owner = p->owner;
	}
	pthread_mutex_unlock(&t->lock);
	return owner;
}
