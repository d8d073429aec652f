#include "speech/local/queue.h"

void queue_init(struct queue *q, size_t decoders)
{
	*q = (struct queue){.decoders = decoders};
	list_init(&q->waiting);
	list_init(&q->done);
}

bool queue_spare(const struct queue *q)
{
	return !q->partial && q->busy + q->nwaiting < q->decoders;
}

static void give_up(struct queue *q, struct pool_job *j)
{
	j->err = -ECANCELED;
	list_add(&q->done, &j->node);
}

/* Something that is needed has come. */
static void partial_yields(struct queue *q)
{
	if (!q->partial)
		return;
	if (!q->begun) {
		give_up(q, q->partial);
		q->partial = NULL;
	} else if (q->busy + q->nwaiting >= q->decoders) {
		atomic_store(&q->partial->cancel, true);
	}
}

void queue_put(struct queue *q, struct pool_job *j)
{
	if (j->rank == QUEUE_PARTIAL) {
		if (!queue_spare(q)) {
			give_up(q, j);
			return;
		}
		q->partial = j;
		q->begun = false;
		return;
	}
	list_add(&q->waiting, &j->node);
	q->nwaiting++;
	partial_yields(q);
}

struct pool_job *queue_next(struct queue *q)
{
	struct pool_job *j = NULL;
	struct list *pos;

	LIST_FOREACH (pos, &q->waiting) {
		struct pool_job *k = list_entry(pos, struct pool_job, node);

		if (!j || k->rank > j->rank)
			j = k;
		if (j->rank == QUEUE_FINAL)
			break;
	}
	if (j) {
		list_del(&j->node);
		q->nwaiting--;
		q->busy++;
	}
	return j;
}

struct pool_job *queue_next_partial(struct queue *q)
{
	if (!q->partial || q->begun)
		return NULL;
	q->begun = true;
	return q->partial;
}

void queue_over(struct queue *q, struct pool_job *j)
{
	if (j == q->partial)
		q->partial = NULL;
	else
		q->busy--;
	list_add(&q->done, &j->node);
}

struct pool_job *queue_take(struct queue *q)
{
	struct pool_job *j;

	if (list_empty(&q->done))
		return NULL;
	j = list_entry(q->done.next, struct pool_job, node);
	list_del(&j->node);
	return j;
}
