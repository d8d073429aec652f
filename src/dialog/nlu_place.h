/*
 * nlu_place: the parts of an address, for nlu_address.c. Each function reads
 * one part that begins at word i and returns the words it used, 0 for none.
 */
#ifndef DIALOG_NLU_PLACE_H
#define DIALOG_NLU_PLACE_H

#include "dialog/nlu.h"

/** "1204", "twelve oh four", "twenty two hundred": its digits. */
size_t nlu_house_at(const struct nlu_text *t, size_t i, char *out, size_t size);

/** Digits that are said one after the other, nothing added up: "nine four
 * one ten" = 94110. */
size_t nlu_digits_at(const struct nlu_text *t, size_t i, char *out,
		     size_t size);

/** "apartment two b", "unit 4", "second floor". */
size_t nlu_unit_at(const struct nlu_text *t, size_t i, char *out, size_t size);

struct nlu_street {
	char text[72];
	bool known;  /* it is one of the known ones */
	bool suffix; /* "street", "avenue" … was said */
	bool weak;   /* … but "drive", "way" are everyday words, too */
};

/** bare: a name alone is a street, too. known: newline-separated. */
size_t nlu_street_at(struct nlu_street *out, const struct nlu_text *t, size_t i,
		     struct sv known, bool bare);

/** True when a recogniser may have written heard for name; blanks and case
 * do not count. */
bool nlu_near(struct sv heard, struct sv name);

#endif
