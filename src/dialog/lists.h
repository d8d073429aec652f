/*
 * lists: what people of one language answer, for the recogniser: whole
 * phrases, and the words of which dates and numbers are made.
 */
#ifndef DIALOG_LISTS_H
#define DIALOG_LISTS_H

#include "base/buf.h"

struct word_list {
	const char *const *v;
	size_t n;
};

#define WORD_LIST(tab) ((struct word_list){tab, ARRAY_LEN(tab)})

struct lang_lists {
	struct word_list yes_no; /* phrases: answers to a yes-or-no question */
	struct word_list anywhere; /* phrases that may come instead of any */
	struct word_list calls;	   /* phrases: about what is booked already */
	struct word_list when;	   /* words of dates and times, any sequence */
	struct word_list digits;   /* words of telephone numbers */
	struct word_list money;	   /* words of sums of money */
	struct word_list frames;  /* "%.*s", "it's my %.*s": around a service */
	struct word_list urgency; /* phrases: how soon */
	/**
	 * Words with what they follow, "S>d on", one a line: of dates and times
	 * (instead of when), of an address in one of these streets.
	 */
	struct sv (*when_steps)(void);
	void (*address_steps)(struct buf *out, struct sv streets);
	struct sv (*phone_steps)(void); /* instead of digits */
	/** … of what is wrong, and then of each thing that it may be about. */
	void (*service_steps)(struct buf *out);
	void (*thing_steps)(struct buf *out, struct sv name);
	/** … of danger, which may be said at any time. */
	struct sv (*alarm_steps)(void);
};

void lists_en(struct lang_lists *out);
void lists_es(struct lang_lists *out);
struct sv lists_when_en(void);
void lists_address_en(struct buf *out, struct sv streets);
struct sv lists_phone_en(void);
void lists_service_en(struct buf *out);
struct sv lists_alarm_en(void);
void lists_thing_en(struct buf *out, struct sv name);

#endif
