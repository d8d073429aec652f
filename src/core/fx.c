#include "core/engine.h"

#include <stdlib.h>

#define CHUNK_LEN 8192
#define SEQ_STEP 64 /* room for segments noticed after they began */

/* Text of one event's effects; slices must not move, so chunks. */
struct chunk {
	struct chunk *next;
	size_t used, cap;
	char p[];
};

static struct chunk *chunk_new(size_t cap)
{
	struct chunk *k = malloc(sizeof(*k) + cap);

	if (k)
		*k = (struct chunk){.cap = cap};
	return k;
}

void fx_reset(struct call *c)
{
	struct chunk *k, *next;

	c->nfx = 0;
	if (!c->chunks)
		c->chunks = chunk_new(CHUNK_LEN);
	if (!c->chunks)
		return;
	for (k = c->chunks->next; k; k = next) {
		next = k->next;
		free(k);
	}
	c->chunks->next = NULL;
	c->chunks->used = 0;
}

void fx_fini(struct call *c)
{
	struct chunk *next;

	for (; c->chunks; c->chunks = next) {
		next = c->chunks->next;
		free(c->chunks);
	}
	free(c->fx);
	c->fx = NULL;
}

struct sv fx_keep(struct call *c, struct sv s)
{
	struct chunk *k = c->chunks;
	char *p;

	if (!s.len)
		return (struct sv){"", 0};
	while (k && k->cap - k->used < s.len)
		k = k->next;
	if (!k) {
		k = chunk_new(MAX(s.len, (size_t)CHUNK_LEN));
		CALL_CHECK(c, k && c->chunks);
		if (!k || !c->chunks) {
			free(k);
			return (struct sv){"", 0};
		}
		k->next = c->chunks->next;
		c->chunks->next = k;
	}
	p = k->p + k->used;
	memcpy(p, s.p, s.len);
	k->used += s.len;
	return (struct sv){p, s.len};
}

/* The last place is the hang-up's: a call can always be ended. */
struct call_fx *fx_add(struct call *c, enum call_fx_kind kind)
{
	static struct call_fx none;
	size_t cap = c->fx_cap ? 2 * c->fx_cap : 32;
	struct call_fx *v;

	if (c->nfx + 1 >= c->fx_cap && kind != CALL_FX_HANGUP) {
		v = cap > CALL_FX ? NULL : realloc(c->fx, cap * sizeof(*v));
		CALL_CHECK(c, v);
		if (!v) {
			none = (struct call_fx){0};
			return &none;
		}
		c->fx = v;
		c->fx_cap = cap;
	}
	c->fx[c->nfx] = (struct call_fx){.kind = kind};
	return &c->fx[c->nfx++];
}

/* Forgets the oldest segment's place when there is no room. */
static unsigned seq_room(struct call *c, unsigned i)
{
	if (c->nseqs < CALL_SEQS)
		return i;
	memmove(c->seqs, c->seqs + 1, (CALL_SEQS - 1) * sizeof(c->seqs[0]));
	c->nseqs--;
	return i - 1;
}

/*
 * Our own segments start when they are sent, the caller's are noticed some
 * 150 ms after they started: numbers are given in steps, so that one fits in
 * between. What starts before all that we remember, or finds no number left,
 * counts as started with its neighbour: the order holds.
 */
uint32_t fx_seq(struct call *c, int64_t *start_ms)
{
	unsigned i = c->nseqs;
	uint32_t below, seq;

	while (i && c->seqs[i - 1].start_ms > *start_ms)
		i--;
	if (!i && c->nseqs == CALL_SEQS)
		i = 1;
	while (i < c->nseqs &&
	       c->seqs[i].seq - (i ? c->seqs[i - 1].seq : 0) < 2)
		i++;
	below = i ? c->seqs[i - 1].seq : 0;
	seq = i < c->nseqs ? below + (c->seqs[i].seq - below) / 2
			   : below + SEQ_STEP;
	if (i)
		*start_ms = MAX(*start_ms, c->seqs[i - 1].start_ms);
	i = seq_room(c, i);
	memmove(c->seqs + i + 1, c->seqs + i,
		(c->nseqs - i) * sizeof(c->seqs[0]));
	c->seqs[i].seq = seq;
	c->seqs[i].start_ms = *start_ms;
	c->nseqs++;
	return seq;
}
