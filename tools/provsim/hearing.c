#include "hearing.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "code.h"
#include "codec.h"
#include "speech/local/ear.h"
#include "speech/local/engine.h"
#include "speech/local/recog.h"

enum {
	RATE_HZ = 8000,
	KEEP_N = 40 * RATE_HZ,	/* audio that can still be decoded */
	BEFORE_N = RATE_HZ / 2, /* given to the recogniser before speech */
	LEAST_N = RATE_HZ / 8,	/* less holds no word */
	BLOCK_N = 1024,
	WORDS_MAX = 4096,
	TEXT_MAX = 2048,
};

struct hearing_engine {
	struct engine local;
	bool real;
	char *word[WORDS_MAX]; /* of coded audio; NULL: "wordN" */
	size_t nwords;
};

/* A piece of audio that is, or will be, decoded. */
struct job {
	struct list node;
	struct hearing *owner; /* NULL: nobody wants it any more */
	struct hearing_engine *e;
	struct heard heard;
	int16_t *pcm;
	size_t n;
	struct sv bias;
	struct recog_text text;
	int err;
};

struct hearing {
	struct sim *sim;
	struct hearing_prm prm;
	heard_h *h;
	void *arg;
	int64_t next_n;	 /* behind the last sample pushed */
	int64_t from_n;	 /* text is final up to here */
	int64_t start_n; /* of the utterance that goes on */
	bool talking, dead;
	/* real */
	struct ear *ear;
	int16_t *pcm; /* the last KEEP_N samples, a ring */
	struct list jobs;
	struct job *running;
	/* coded */
	struct code_reader code;
	char text[TEXT_MAX];
	size_t len;
	uint16_t word;
	int64_t word_end_n;
};

static void emit(struct hearing *h, const struct heard *x)
{
	if (!h->dead)
		h->h(x, h->arg);
}

/* ---- real ---- */

static void on_pool(void *arg)
{
	struct job *j = arg;
	const struct recog_prm prm = {.bias = j->bias};

	j->err = recog_run(&j->text, j->e->local.moonshine, j->pcm, j->n, &prm);
}

static void next_job(struct hearing *h);

static void job_free(struct job *j)
{
	free(j->pcm);
	free(j);
}

static void on_done(void *arg)
{
	struct job *j = arg;
	struct hearing *h = j->owner;

	if (h) {
		h->running = NULL;
		if (!j->err && j->text.source != SPEECH_NONE) {
			j->heard.text = sv_str(j->text.text);
			j->heard.confidence = 0.9f;
		}
		emit(h, &j->heard);
		next_job(h);
	}
	job_free(j);
}

static void next_job(struct hearing *h)
{
	struct job *j;

	while (!h->running && !list_empty(&h->jobs)) {
		j = list_entry(h->jobs.next, struct job, node);
		list_del(&j->node);
		if (j->n && !loop_work(h->sim->loop, on_pool, on_done, j)) {
			h->running = j;
			return;
		}
		emit(h, &j->heard);
		job_free(j);
	}
}

/* Queues the audio of [start, end) for decoding; none: an empty text. */
static void decode(struct hearing *h, enum heard_kind kind, int64_t start_n,
		   int64_t end_n)
{
	int64_t at_n = MAX(start_n - BEFORE_N, h->next_n - KEEP_N + 1);
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return;
	at_n = MAX(at_n, h->from_n);
	j->owner = h;
	j->e = h->sim->hearing;
	j->bias = h->prm.bias;
	j->heard = (struct heard){.kind = kind,
				  .start_n = start_n,
				  .end_n = end_n,
				  .to_n = kind == HEARD_INTERIM ? end_n
								: h->next_n};
	if (end_n - start_n >= LEAST_N && at_n < h->next_n) {
		j->n = (size_t)(h->next_n - at_n);
		j->pcm = malloc(j->n * sizeof(*j->pcm));
		for (size_t i = 0; j->pcm && i < j->n; i++)
			j->pcm[i] = h->pcm[(at_n + (int64_t)i) % KEEP_N];
		j->n = j->pcm ? j->n : 0;
	}
	list_add(&h->jobs, &j->node);
	next_job(h);
}

static void on_ear(const struct ear_event *ev, void *arg)
{
	struct hearing *h = arg;
	const struct heard began = {.kind = HEARD_BEGAN,
				    .start_n = MAX(ev->start_n, h->from_n)};

	switch (ev->kind) {
	case TURNS_BEGAN:
		h->talking = true;
		h->start_n = began.start_n;
		emit(h, &began);
		break;
	case TURNS_PAUSE:
		if (!h->running && list_empty(&h->jobs))
			decode(h, HEARD_INTERIM, h->start_n, ev->end_n);
		break;
	case TURNS_ENDED:
		h->talking = false;
		decode(h, HEARD_FINAL, h->start_n, MAX(h->start_n, ev->end_n));
		h->from_n = h->next_n;
		break;
	default:
		break;
	}
}

static int push_real(struct hearing *h, struct sv ulaw)
{
	int16_t pcm[BLOCK_N];
	int err = 0;

	while (!err && ulaw.len) {
		size_t n = MIN(ulaw.len, (size_t)BLOCK_N);
		int64_t at_n = h->next_n;

		for (size_t i = 0; i < n; i++) {
			pcm[i] = ulaw_to_lin[(uint8_t)ulaw.p[i]];
			h->pcm[(at_n + (int64_t)i) % KEEP_N] = pcm[i];
		}
		h->next_n += (int64_t)n;
		err = ear_push(h->ear, at_n, pcm, n);
		ulaw.p += n;
		ulaw.len -= n;
	}
	return err;
}

/* ---- coded ---- */

static void tell_coded(struct hearing *h, enum heard_kind kind)
{
	const struct heard x = {.kind = kind,
				.start_n = h->start_n,
				.end_n = MAX(h->start_n, h->word_end_n),
				.to_n = h->next_n,
				.text = {h->text, h->len},
				.confidence = 0.99f};

	emit(h, &x);
	if (kind == HEARD_INTERIM)
		return;
	h->from_n = h->next_n;
	h->start_n = h->next_n;
	h->len = 0;
}

static void add_word(struct hearing *h, uint16_t word)
{
	const struct hearing_engine *e = h->sim->hearing;
	size_t room = sizeof(h->text) - h->len;
	int n;

	if (word <= e->nwords)
		n = snprintf(h->text + h->len, room, "%s%s", h->len ? " " : "",
			     e->word[word - 1]);
	else
		n = snprintf(h->text + h->len, room, "%sword%u",
			     h->len ? " " : "", word);
	if (n > 0 && (size_t)n < room)
		h->len += (size_t)n;
}

static void on_block(struct hearing *h, const struct code_block *b)
{
	const int64_t end_n = b->at_n + CODE_BLOCK_N;
	const struct heard began = {.kind = HEARD_BEGAN, .start_n = b->at_n};

	if (b->word != h->word && h->word)
		tell_coded(h, HEARD_INTERIM);
	if (b->word && b->word != h->word) {
		if (!h->talking) {
			h->talking = true;
			h->start_n = b->at_n;
			emit(h, &began);
		}
		add_word(h, b->word);
	}
	h->word = b->word;
	if (b->word)
		h->word_end_n = end_n;
	else if (h->talking && h->prm.endpoint_ms > 0 &&
		 end_n - h->word_end_n >= h->prm.endpoint_ms * INT64_C(8)) {
		h->talking = false;
		tell_coded(h, HEARD_FINAL);
	}
}

static void push_coded(struct hearing *h, struct sv ulaw)
{
	struct code_block b;

	h->next_n += (int64_t)ulaw.len;
	while (code_read(&h->code, &ulaw, &b))
		on_block(h, &b);
}

/* ---- both ---- */

int hearing_push(struct hearing *h, struct sv ulaw)
{
	if (h->ear)
		return push_real(h, ulaw);
	push_coded(h, ulaw);
	return 0;
}

void hearing_flush(struct hearing *h)
{
	int64_t from_n;

	if (!h->ear) {
		tell_coded(h, HEARD_FLUSHED);
		return;
	}
	from_n = h->talking ? h->start_n : h->next_n;
	decode(h, HEARD_FLUSHED, from_n, h->next_n);
	h->from_n = h->next_n;
	h->start_n = h->next_n;
}

int64_t hearing_pos(const struct hearing *h)
{
	return h->next_n;
}

void hearing_gaps(const struct hearing *h, int64_t *lost_n, int64_t *twice_n)
{
	*lost_n = h->code.lost_n;
	*twice_n = h->code.twice_n;
}

int hearing_new(struct hearing **out, struct sim *s,
		const struct hearing_prm *prm, heard_h *on_heard, void *arg)
{
	struct hearing *h = calloc(1, sizeof(*h));
	int err = 0;

	if (!h)
		return -ENOMEM;
	h->sim = s;
	h->prm = *prm;
	h->h = on_heard;
	h->arg = arg;
	list_init(&h->jobs);
	if (s->hearing->real) {
		h->pcm = calloc(KEEP_N, sizeof(*h->pcm));
		err = h->pcm ? ear_new(&h->ear, s->hearing->local.silero,
				       on_ear, h)
			     : -ENOMEM;
		if (!err && prm->endpoint_ms > 0)
			ear_set_hangover(h->ear, MAX(prm->endpoint_ms, 220));
	}
	if (err) {
		hearing_free(h);
		return err;
	}
	*out = h;
	return 0;
}

struct hearing *hearing_free(struct hearing *h)
{
	if (!h)
		return NULL;
	h->dead = true;
	if (h->running)
		h->running->owner = NULL;
	while (!list_empty(&h->jobs)) {
		struct job *j = list_entry(h->jobs.next, struct job, node);

		list_del(&j->node);
		job_free(j);
	}
	ear_free(h->ear);
	free(h->pcm);
	free(h);
	return NULL;
}

/* ---- the models, the words ---- */

static int load_words(struct hearing_engine *e, const char *path)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	while ((n = getline(&line, &cap, f)) > 0 && e->nwords < WORDS_MAX) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		e->word[e->nwords] = strdup(line);
		if (!e->word[e->nwords])
			break;
		e->nwords++;
	}
	free(line);
	fclose(f);
	return 0;
}

int hearing_setup(struct hearing_engine **out, const struct sim *s)
{
	struct hearing_engine *e = calloc(1, sizeof(*e));
	struct config cfg = {.speech.library =
				     (char *)(uintptr_t)s->opt.library,
			     .speech.models = (char *)(uintptr_t)s->opt.models};
	int err = 0;

	if (!e)
		return -ENOMEM;
	e->real = s->opt.library && s->opt.models;
	if (e->real)
		err = engine_init(&e->local, &cfg);
	if (!err && s->opt.words)
		err = load_words(e, s->opt.words);
	if (err) {
		fprintf(stderr,
			"provsim: the recogniser cannot be loaded: %s\n",
			strerror(-err));
		hearing_teardown(e);
		return err;
	}
	*out = e;
	return 0;
}

struct hearing_engine *hearing_teardown(struct hearing_engine *e)
{
	if (!e)
		return NULL;
	if (e->real)
		engine_fini(&e->local);
	for (size_t i = 0; i < e->nwords; i++)
		free(e->word[i]);
	free(e);
	return NULL;
}
