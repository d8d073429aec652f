/*
 * table: sessions by number, for both ends of the link.
 */
#ifndef SPEECH_LOCAL_TABLE_H
#define SPEECH_LOCAL_TABLE_H

#include "base/list.h"

enum { TABLE_SLOTS = 256 };

struct table_entry {
	struct list node;
	uint32_t id;
};

struct table {
	struct list slot[TABLE_SLOTS];
};

static inline void table_init(struct table *t)
{
	for (size_t i = 0; i < TABLE_SLOTS; i++)
		list_init(&t->slot[i]);
}

static inline void table_add(struct table *t, struct table_entry *e,
			     uint32_t id)
{
	e->id = id;
	list_add(&t->slot[id % TABLE_SLOTS], &e->node);
}

static inline void table_del(struct table_entry *e)
{
	list_del(&e->node);
}

static inline struct table_entry *table_find(const struct table *t, uint32_t id)
{
	const struct list *head = &t->slot[id % TABLE_SLOTS];
	struct list *pos;

	LIST_FOREACH (pos, head) {
		struct table_entry *e =
			list_entry(pos, struct table_entry, node);

		if (e->id == id)
			return e;
	}
	return NULL;
}

/** Any entry, NULL when empty: to take all of them out one by one. */
static inline struct table_entry *table_any(const struct table *t)
{
	for (size_t i = 0; i < TABLE_SLOTS; i++)
		if (!list_empty(&t->slot[i]))
			return list_entry(t->slot[i].next, struct table_entry,
					  node);
	return NULL;
}

#endif
