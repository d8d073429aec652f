#include "playout.h"

#include <stdlib.h>

#include "base/list.h"

struct mark {
	struct list le;
	uint64_t at_n; /* due when so many samples were played */
	char name[];
};

struct playout {
	uint8_t *ring;
	size_t cap;
	/* Samples since the stream began: came in, went out, were heard. */
	uint64_t in_n, out_n, heard_n;
	size_t residual_n;
	struct list marks;
	size_t nmarks;
	playout_mark_h *markh;
	void *arg;
};

int playout_new(struct playout **out, size_t residual_n, playout_mark_h *h,
		void *arg)
{
	struct playout *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	list_init(&p->marks);
	p->residual_n = residual_n;
	p->markh = h;
	p->arg = arg;
	*out = p;
	return 0;
}

static void mark_drop(struct playout *p, struct mark *m)
{
	list_del(&m->le);
	p->nmarks--;
	free(m);
}

struct playout *playout_free(struct playout *p)
{
	if (!p)
		return NULL;
	while (!list_empty(&p->marks))
		mark_drop(p, list_entry(p->marks.next, struct mark, le));
	free(p->ring);
	free(p);
	return NULL;
}

size_t playout_queued(const struct playout *p)
{
	return (size_t)(p->in_n - p->out_n);
}

size_t playout_marks(const struct playout *p)
{
	return p->nmarks;
}

static int grow(struct playout *p, size_t need)
{
	size_t cap = p->cap ? p->cap : 16384, have = playout_queued(p);
	uint8_t *ring;

	while (cap < need)
		cap *= 2;
	if (cap == p->cap)
		return 0;
	ring = malloc(cap);
	if (!ring)
		return -ENOMEM;
	for (size_t i = 0; i < have; i++)
		ring[(p->out_n + i) % cap] = p->ring[(p->out_n + i) % p->cap];
	free(p->ring);
	p->ring = ring;
	p->cap = cap;
	return 0;
}

int playout_put(struct playout *p, const uint8_t *data, size_t n)
{
	size_t have = playout_queued(p), room = PLAYOUT_MAX_N - have;
	size_t take = MIN(n, room);

	if (grow(p, have + take))
		return -ENOMEM;
	for (size_t i = 0; i < take; i++)
		p->ring[(p->in_n + i) % p->cap] = data[i];
	p->in_n += take;
	return take == n ? 0 : -ENOBUFS;
}

int playout_mark(struct playout *p, struct sv name)
{
	struct mark *m = malloc(sizeof(*m) + name.len + 1);

	if (!m)
		return -ENOMEM;
	sv_copy(m->name, name.len + 1, name);
	m->at_n = p->in_n;
	if (p->in_n == p->heard_n && list_empty(&p->marks)) {
		p->markh(m->name, false, p->arg);
		free(m);
		return 0;
	}
	list_add(&p->marks, &m->le);
	p->nmarks++;
	return 0;
}

static void give_back(struct playout *p, bool cleared)
{
	while (!list_empty(&p->marks)) {
		struct mark *m = list_entry(p->marks.next, struct mark, le);

		if (!cleared && m->at_n > p->heard_n)
			break;
		p->markh(m->name, cleared && m->at_n > p->heard_n, p->arg);
		mark_drop(p, m);
	}
}

size_t playout_clear(struct playout *p)
{
	size_t drop = playout_queued(p);

	give_back(p, true);
	drop -= MIN(drop, p->residual_n);
	p->in_n -= drop;
	return drop;
}

size_t playout_tick(struct playout *p, uint8_t out[TEL_FRAME_N])
{
	size_t n;

	p->heard_n = p->out_n; /* the frame of the last tick is over */
	give_back(p, false);
	n = MIN(playout_queued(p), (size_t)TEL_FRAME_N);
	for (size_t i = 0; i < n; i++)
		out[i] = p->ring[(p->out_n + i) % p->cap];
	memset(out + n, ULAW_SILENCE, TEL_FRAME_N - n);
	p->out_n += n;
	return n;
}
