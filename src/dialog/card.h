/*
 * card: payment card numbers do not enter a conversation. Of each text that
 * is heard in a call, the digits of a card are replaced before anything else
 * sees it, however they were said: in figures, in words of English or
 * Spanish, in groups over several utterances. Behind "card number" any two
 * digits are enough: a recogniser does not always read all of them.
 */
#ifndef DIALOG_CARD_H
#define DIALOG_CARD_H

#include "base/base.h"

#define CARD_DIGITS 24
#define CARD_PARTS 12

/* What a call remembers; zero it when the call begins. */
struct card_mask {
	char digits[CARD_DIGITS];	/* said in the last texts */
	unsigned char part[CARD_PARTS]; /* … how many in each of them */
	unsigned char age[CARD_PARTS];	/* … and how many texts ago */
	unsigned char n, parts;
	bool open; /* they are a card's: what follows is masked as well */
	unsigned char spoken; /* texts until "card" is forgotten */
	unsigned char behind; /* texts in which expiry and code may follow */
	/*
	 * Written by card_mask(): how many texts back the first one lies
	 * that turned out to be a part of this card's number, 0 for none.
	 * Whoever kept those should replace them.
	 */
	unsigned char back;
};

/**
 * Masks text in place with "[card number]" (asterisks where that is longer
 * than what it replaces) and returns its length, which never grows. Phone
 * numbers, dates, addresses and prices stay. Call it once for each text of
 * the caller, in order.
 */
size_t card_mask(struct card_mask *m, char *text);

/**
 * The same for a text that goes on yet: of what may still become a card's
 * nothing is left, nor of what stands behind it. Remembers nothing.
 */
size_t card_mask_partial(const struct card_mask *before, char *text);

/** The same for another reading of the last text: remembers nothing. */
size_t card_mask_reading(const struct card_mask *before, char *text);

#endif
