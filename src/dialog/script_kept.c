/*
 * script_kept: scripts are long and the same in call after call. What became
 * of a text is kept and shared, for a tree costs ten times its text and longer
 * to make than all that a call says. Of this process: calls of one worker run
 * in one thread.
 */
#include "dialog/script_file.h"

#include <stdlib.h>

enum { KEPT = 16 };

static struct kept {
	char *text;
	size_t len;
	json_t *tree;
	uint64_t used; /* when, counted by uses */
} kept[KEPT];
static uint64_t uses;

static struct kept *find(struct sv text)
{
	for (size_t i = 0; i < KEPT; i++) {
		if (kept[i].tree &&
		    sv_same(text, (struct sv){kept[i].text, kept[i].len}))
			return &kept[i];
	}
	return NULL;
}

/* In the place of the one that nobody wanted for longest. */
static void keep(struct sv text, json_t *tree)
{
	struct kept *k = &kept[0];
	char *copy = malloc(text.len);

	if (!copy)
		return; /* the next call makes its own */
	memcpy(copy, text.p, text.len);
	for (size_t i = 1; i < KEPT; i++)
		k = kept[i].used < k->used ? &kept[i] : k;
	free(k->text);
	json_decref(k->tree);
	*k = (struct kept){copy, text.len, json_incref(tree), ++uses};
}

int script_take(json_t **out, struct sv text, char *why, size_t size)
{
	struct kept *k = find(text);
	json_t *tree;
	int err;

	if (k) {
		k->used = ++uses;
		*out = json_incref(k->tree);
		return 0;
	}
	tree = script_parse(text, "script", why, size);
	err = tree ? script_check(tree, why, size) : -EBADMSG;
	if (err) {
		json_decref(tree);
		return err;
	}
	keep(text, tree);
	*out = tree;
	return 0;
}
