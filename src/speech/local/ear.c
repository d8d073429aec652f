#include "speech/local/ear.h"

#include <stdlib.h>

#include "base/buf.h"
#include "frame.h"
#include "speech/local/up.h"

enum {
	MS_N = TEL_RATE_HZ / 1000,
	LEAD_N = 400 * MS_N,   /* of a clip, before the speech */
	TAIL_N = 200 * MS_N,   /* … and behind it */
	KEEP_N = 1200 * MS_N,  /* kept while nobody speaks */
	SLACK_N = 1000 * MS_N, /* dropped in such steps */
	BLOCK_N = 160,
};

/*
 * Inside, samples are counted as they come; a hole in the positions moves
 * offset_n, so that the detector never sees one.
 */
struct ear {
	struct silero *silero;
	struct silero_state vad;
	struct turns turns;
	struct up *up;
	ear_event_h *h;
	void *arg;
	int16_t wide[SILERO_WINDOW + 2 * BLOCK_N + 64];
	size_t nwide;
	struct buf sound; /* 16-bit samples */
	int64_t sound_n;  /* count of the first of them */
	int64_t next_n;	  /* count of the next sample */
	int64_t offset_n; /* position = count + offset */
	int64_t floor_n;  /* end of the utterance before */
};

int ear_new(struct ear **out, struct silero *v, ear_event_h *h, void *arg)
{
	struct ear *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	if (up_new(&e->up)) {
		free(e);
		return -ENOMEM;
	}
	e->silero = v;
	e->h = h;
	e->arg = arg;
	turns_init(&e->turns);
	buf_init(&e->sound, 0);
	*out = e;
	return 0;
}

struct ear *ear_free(struct ear *e)
{
	if (!e)
		return NULL;
	up_free(e->up);
	buf_fini(&e->sound);
	free(e);
	return NULL;
}

void ear_set_hangover(struct ear *e, int ms)
{
	e->turns.hangover_n = ms * MS_N;
}

void ear_end_early(struct ear *e, int ms)
{
	if (e->turns.paused)
		e->turns.early_n = ms * MS_N;
}

static void forget(struct ear *e)
{
	size_t n = e->sound.len / sizeof(int16_t), drop;

	if (e->turns.talking || n < KEEP_N + SLACK_N)
		return;
	drop = n - KEEP_N;
	buf_drop(&e->sound, drop * sizeof(int16_t));
	e->sound_n += (int64_t)drop;
	if (e->sound.cap > 8 * (KEEP_N + SLACK_N) * sizeof(int16_t)) {
		/* after a long utterance: give the memory back */
		struct buf small;

		buf_init(&small, 0);
		if (buf_sv(&small, buf_get(&e->sound)))
			return;
		buf_fini(&e->sound);
		e->sound = small;
	}
}

static void tell(struct ear *e, enum turns_event kind)
{
	const struct turns *t = &e->turns;
	const struct ear_event ev = {
		.kind = kind,
		.start_n = t->start_n + e->offset_n,
		.end_n = t->end_n + e->offset_n,
		.speech_ms = t->speech_n / MS_N,
	};

	e->h(&ev, e->arg);
	if (kind == TURNS_ENDED)
		e->floor_n = t->end_n;
}

static int windows(struct ear *e)
{
	while (e->nwide >= SILERO_WINDOW) {
		enum turns_event kind;
		float p;
		int err = silero_window(e->silero, &e->vad, e->wide, &p);

		e->nwide -= SILERO_WINDOW;
		memmove(e->wide, e->wide + SILERO_WINDOW,
			e->nwide * sizeof(e->wide[0]));
		if (err)
			return err;
		kind = turns_window(&e->turns, p);
		if (kind != TURNS_NONE)
			tell(e, kind);
	}
	return 0;
}

int ear_push(struct ear *e, int64_t at_n, const int16_t *pcm, size_t n)
{
	int err = 0;

	e->offset_n = at_n - e->next_n;
	while (!err && n) {
		size_t k = MIN(n, BLOCK_N);

		err = buf_add(&e->sound, pcm, k * sizeof(*pcm));
		e->nwide += up_push(e->up, e->wide + e->nwide,
				    ARRAY_LEN(e->wide) - e->nwide, pcm, k);
		e->next_n += (int64_t)k;
		pcm += k;
		n -= k;
		if (!err)
			err = windows(e);
		forget(e);
	}
	if (e->sound.err) { /* what was kept has a hole: start again */
		buf_reset(&e->sound);
		e->sound_n = e->next_n;
	}
	return err;
}

bool ear_speaks(const struct ear *e, int64_t *start_n, int64_t *end_n)
{
	*start_n = e->turns.start_n + e->offset_n;
	*end_n = e->turns.end_n + e->offset_n;
	return e->turns.talking && !e->turns.paused;
}

int ear_clip(const struct ear *e, int16_t **pcm, size_t *n)
{
	const struct turns *t = &e->turns;
	int64_t from = MAX(t->start_n - LEAD_N, e->floor_n);
	int64_t to = MIN(t->end_n + TAIL_N, e->next_n);

	from = MAX(from, e->sound_n);
	*n = to > from ? (size_t)(to - from) : 0;
	*pcm = malloc((*n + 1) * sizeof(**pcm));
	if (!*pcm)
		return -ENOMEM;
	if (*n)
		memcpy(*pcm,
		       e->sound.p + (size_t)(from - e->sound_n) * sizeof(**pcm),
		       *n * sizeof(**pcm));
	return 0;
}
