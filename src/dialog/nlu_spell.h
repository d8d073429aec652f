/*
 * nlu_spell: names that are spelled out: "M I L L E R", "M as in Mike, I,
 * double L", "mike india lima", and what recognisers make of letters ("see",
 * "are", "why").
 */
#ifndef DIALOG_NLU_SPELL_H
#define DIALOG_NLU_SPELL_H

#include "dialog/nlu_text.h"

/** Letters that begin at word i, lower case: words used; 0 for fewer than
 * three letters. */
size_t nlu_spelled_at(const struct nlu_text *t, size_t i, char *out,
		      size_t size);

/** True when spelled may be name with letters that sound alike mistaken. */
bool nlu_spelled_like(struct sv spelled, struct sv name);

#endif
