#include "audio/playq.h"

#include <stdio.h>
#include <stdlib.h>

#define MS_N 8 /* samples in a millisecond */
#define SAMPLE_US 125
#define SILENCE 0xff /* of μ-law */
#define UTTS 64	     /* utterances in the queue at once */

/* One utterance on its way; the bytes themselves stand in the ring. */
struct item {
	uint32_t utt;
	uint32_t held_n; /* in the ring */
	uint32_t sent_n;
	bool ended;
};

struct playq {
	uint32_t frame_n, mark_n;
	int64_t ahead_us;
	bool probe;

	uint8_t *ring;
	size_t cap, head, used;
	uint8_t *frame; /* a frame that wraps or needs filling */

	struct item items[UTTS];
	unsigned first, nitems;
	uint32_t last_utt; /* highest ever put */
	uint32_t gone_utt; /* up to here cleared or complete */

	uint32_t gen, num;
	uint32_t unmarked_n; /* sent since the last mark */
	int64_t play_us;     /* when the carrier has played all it has */
	bool withheld;
	bool probed; /* before the utterance that is next */

	/* the voice of the first item is late */
	uint32_t again_n;
	bool drained;	  /* sent all that was here, and it is not complete */
	uint32_t want_n;  /* wanted in hand after the last break; 0: no break */
	int64_t until_us; /* gathers at most until then; 0: does not */
};

int playq_new(struct playq **out, const struct playq_prm *prm)
{
	struct playq *q;

	if (prm->frame_ms <= 0 || prm->mark_ms <= 0 || prm->cap_ms <= 0 ||
	    prm->cap_ms < prm->frame_ms || prm->ahead_ms < prm->frame_ms ||
	    prm->again_ms < 0 || prm->again_ms > prm->cap_ms / PLAYQ_AGAIN_MAX)
		return -EINVAL;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->frame_n = (uint32_t)prm->frame_ms * MS_N;
	q->mark_n = (uint32_t)prm->mark_ms * MS_N;
	q->ahead_us = (int64_t)prm->ahead_ms * 1000;
	q->probe = prm->probe;
	q->again_n = (uint32_t)prm->again_ms * MS_N;
	q->cap = (size_t)prm->cap_ms * MS_N;
	q->ring = malloc(q->cap);
	q->frame = malloc(q->frame_n);
	q->gen = 1;
	if (!q->ring || !q->frame) {
		playq_free(q);
		return -ENOMEM;
	}
	*out = q;
	return 0;
}

struct playq *playq_free(struct playq *q)
{
	if (q) {
		free(q->ring);
		free(q->frame);
		free(q);
	}
	return NULL;
}

size_t playq_space(const struct playq *q)
{
	return q->cap - q->used;
}

/* The item of utt, the newest one; begins it when it is new. */
static int item_of(struct playq *q, uint32_t utt, struct item **out)
{
	struct item *it;

	if (q->nitems) {
		it = &q->items[(q->first + q->nitems - 1) % UTTS];
		if (it->utt == utt && !it->ended) {
			*out = it;
			return 0;
		}
		if (utt <= it->utt)
			return -ESTALE;
		it->ended = true; /* its voice never said so */
	}
	if (utt <= q->gone_utt)
		return -ESTALE;
	if (q->nitems == UTTS)
		return -ENOBUFS;
	it = &q->items[(q->first + q->nitems++) % UTTS];
	*it = (struct item){.utt = utt};
	q->last_utt = utt;
	*out = it;
	return 0;
}

int playq_put(struct playq *q, uint32_t utt, const uint8_t *data, size_t n)
{
	struct item *it;
	size_t tail, part;
	int err;

	if (n > playq_space(q))
		return -ENOBUFS;
	err = item_of(q, utt, &it);
	if (err || !n)
		return err;
	tail = (q->head + q->used) % q->cap;
	part = MIN(n, q->cap - tail);
	memcpy(q->ring + tail, data, part);
	memcpy(q->ring, data + part, n - part);
	q->used += n;
	it->held_n += (uint32_t)n;
	return 0;
}

int playq_end(struct playq *q, uint32_t utt)
{
	struct item *it;
	int err = item_of(q, utt, &it);

	if (!err)
		it->ended = true;
	return err;
}

/* The first item has something to send, whatever the time. */
static bool has_frame(const struct playq *q)
{
	const struct item *it = &q->items[q->first];

	return !q->withheld && q->nitems &&
	       (it->ended || it->held_n >= q->frame_n);
}

/* There was a break: more is wanted before it goes on. */
static bool gathers(const struct playq *q)
{
	const struct item *it = &q->items[q->first];

	return q->until_us && !it->ended && it->held_n < q->want_n;
}

static bool has_next(const struct playq *q)
{
	return has_frame(q) && !gathers(q);
}

static void forget_break(struct playq *q)
{
	q->drained = false;
	q->until_us = 0;
}

/* Did the carrier play all that it had before there was more? */
static void watch_break(struct playq *q, int64_t now_us)
{
	if (q->drained && has_frame(q)) {
		q->drained = false;
		if (q->play_us < now_us && q->again_n) {
			q->want_n = MIN(MAX(q->want_n * 2, q->again_n),
					q->again_n * PLAYQ_AGAIN_MAX);
			q->until_us =
				now_us + 2 * (int64_t)q->want_n * SAMPLE_US;
		}
	}
	if (q->until_us <= now_us || !gathers(q))
		q->until_us = 0;
}

/* When what was sent last gets its mark though no more audio is there. */
static int64_t tail_us(const struct playq *q)
{
	if (!q->unmarked_n)
		return INT64_MAX;
	return q->withheld ? 0 : q->play_us;
}

int64_t playq_next_us(const struct playq *q)
{
	int64_t frame_us = (int64_t)q->frame_n * SAMPLE_US;

	if (!has_next(q))
		return gathers(q) ? MIN(q->until_us, tail_us(q)) : tail_us(q);
	if (!q->items[q->first].held_n) /* only the end mark is left */
		return 0;
	return MAX(q->play_us + frame_us - q->ahead_us, 0);
}

/* Takes the next frame out of the ring; fills a last short one. */
static const uint8_t *take_frame(struct playq *q, struct item *it)
{
	uint32_t n = MIN(it->held_n, q->frame_n);
	size_t part = MIN(n, q->cap - q->head);
	const uint8_t *data = q->ring + q->head;

	if (n < q->frame_n || part < n) {
		memcpy(q->frame, data, part);
		memcpy(q->frame + part, q->ring, n - part);
		memset(q->frame + n, SILENCE, q->frame_n - n);
		data = q->frame;
	}
	q->head = (q->head + n) % q->cap;
	q->used -= n;
	it->held_n -= n;
	it->sent_n += n;
	return data;
}

static void put_mark(struct playq *q, struct playq_out *out, uint32_t num,
		     bool end)
{
	const struct item *it = &q->items[q->first];

	out->has_mark = true;
	out->mark = (struct playq_mark){
		.gen = q->gen,
		.num = num,
		.utt = it->utt,
		.pos_n = it->sent_n,
		.end = end,
	};
	if (num)
		q->unmarked_n = 0;
}

/* The carrier has nothing to play and an utterance begins. */
static bool probe_due(const struct playq *q, int64_t now_us)
{
	const struct item *it = &q->items[q->first];

	return q->probe && !q->probed && !it->sent_n && it->held_n &&
	       q->play_us <= now_us;
}

int playq_due(struct playq *q, int64_t now_us, struct playq_out *out)
{
	struct item *it = &q->items[q->first];
	bool end, dry = false;
	uint32_t unmarked_n;

	*out = (struct playq_out){0};
	watch_break(q, now_us);
	if (playq_next_us(q) > now_us)
		return has_next(q) ? -EAGAIN : -ENODATA;
	out->utt = it->utt;
	if (!has_next(q)) {
		put_mark(q, out, ++q->num, false);
		return 0;
	}
	if (probe_due(q, now_us)) {
		q->probed = true;
		put_mark(q, out, 0, false);
		return 0;
	}
	if (it->held_n) {
		out->first = !it->sent_n;
		q->probed = false;
		out->data = take_frame(q, it);
		out->n = q->frame_n;
		q->drained = !it->ended && it->held_n < q->frame_n;
		q->unmarked_n += q->frame_n;
		dry = q->play_us < now_us;
		q->play_us = MAX(q->play_us, now_us) +
			     (int64_t)q->frame_n * SAMPLE_US;
	}
	end = it->ended && !it->held_n;
	if (end || dry || q->unmarked_n >= q->mark_n) {
		unmarked_n = dry && !end ? q->unmarked_n : 0;
		put_mark(q, out, ++q->num, end);
		out->mark.idle = dry;
		q->unmarked_n = unmarked_n;
	}
	if (end) {
		q->gone_utt = it->utt;
		q->first = (q->first + 1) % UTTS;
		q->nitems--;
		q->want_n = 0;
	}
	return 0;
}

void playq_withhold(struct playq *q, int64_t now_us)
{
	(void)now_us;
	q->withheld = true;
	forget_break(q); /* this one is ours, not the voice's */
}

void playq_resume(struct playq *q, int64_t now_us)
{
	(void)now_us; /* what the carrier still has is known by play_us */
	q->withheld = false;
}

uint32_t playq_clear(struct playq *q, int64_t now_us)
{
	q->head = q->used = 0;
	q->first = q->nitems = 0;
	q->gone_utt = q->last_utt;
	q->withheld = q->probed = false;
	forget_break(q);
	q->want_n = 0;
	q->play_us = MIN(q->play_us, now_us - 1); /* what comes begins anew */
	q->unmarked_n = 0;
	q->num = 0;
	return ++q->gen;
}

uint32_t playq_ahead_n(const struct playq *q, int64_t now_us)
{
	return q->play_us <= now_us
		       ? 0
		       : (uint32_t)((q->play_us - now_us) / SAMPLE_US);
}

void playq_mark_name(char out[PLAYQ_MARK_MAX], uint32_t gen, uint32_t num)
{
	snprintf(out, PLAYQ_MARK_MAX, "g%u-%u", gen, num);
}

/* One to ten digits without a leading zero's ambiguity. */
static int mark_number(uint32_t *out, struct sv s)
{
	int64_t v;

	if (!s.len || s.p[0] < '0' || s.p[0] > '9' || sv_i64(&v, s) ||
	    v > UINT32_MAX)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

int playq_mark_parse(struct sv name, uint32_t *gen, uint32_t *num)
{
	const char *dash;
	size_t at;

	if (name.len < 4 || name.p[0] != 'g')
		return -EINVAL;
	dash = memchr(name.p, '-', name.len);
	if (!dash)
		return -EINVAL;
	at = (size_t)(dash - name.p);
	if (mark_number(gen, (struct sv){name.p + 1, at - 1}))
		return -EINVAL;
	return mark_number(num, (struct sv){dash + 1, name.len - at - 1});
}
