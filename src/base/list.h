/*
 * list: intrusive doubly linked list. A node belongs to one list at a time;
 * list_del() of a node that is in none is allowed.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/base.h"

struct list {
	struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_empty(const struct list *l)
{
	return !l->next || l->next == l;
}

static inline void list_add(struct list *head, struct list *n)
{
	n->prev = head->prev;
	n->next = head;
	head->prev->next = n;
	head->prev = n;
}

static inline void list_del(struct list *n)
{
	if (!n->next)
		return;
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->next = n->prev = NULL;
}

#define list_entry(p, type, member) container_of(p, type, member)

#define LIST_FOREACH(pos, head)                                                \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

#define LIST_FOREACH_SAFE(pos, tmp, head)                                      \
	for ((pos) = (head)->next, (tmp) = (pos)->next; (pos) != (head);       \
	     (pos) = (tmp), (tmp) = (pos)->next)

#endif
