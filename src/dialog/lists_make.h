/*
 * lists_make: the lines of a list, made from steps from word to word (what
 * such lines mean: speech/local/trie.h).
 */
#ifndef DIALOG_LISTS_MAKE_H
#define DIALOG_LISTS_MAKE_H

#include "dialog/lists.h"

struct step {
	const char *from; /* states */
	char to;
	const char *words; /* | between them */
};

/** mark: in front of each line, "" or what sets a list of its own apart. */
void steps_add(struct buf *out, const char *mark, const struct step *steps,
	       size_t n);
/** What is the same in every call is made once in a process, into made. */
struct sv steps_made(struct buf *made, void (*make)(struct buf *out));

#endif
