/*
 * card: payment card numbers do not enter a conversation. Of each text that
 * is heard in a call, the digits of a card are replaced before anything else
 * sees it, however they were said: in figures, in words of English or
 * Spanish, in groups over several utterances.
 */
#ifndef DIALOG_CARD_H
#define DIALOG_CARD_H

#include "base/base.h"

#define CARD_DIGITS 24

/* What a call remembers; zero it when the call begins. */
struct card_mask {
	char digits[CARD_DIGITS]; /* said in the last utterances, only digits */
	unsigned char n;
	unsigned char parts;  /* … in how many */
	unsigned char spoken; /* utterances until "card" is forgotten */
	unsigned char behind; /* … until expiry and code may follow */
	/*
	 * How many texts before this one turned out to be a part of the
	 * card's number: whoever kept them should replace them.
	 */
	unsigned char back;
};

/**
 * Masks text in place with "[card number]" (asterisks where that is longer
 * than what it replaces) and returns its length, which never grows. Phone
 * numbers, dates, addresses and prices stay.
 */
size_t card_mask(struct card_mask *m, char *text);

#endif
