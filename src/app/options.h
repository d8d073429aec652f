/*
 * options: the table of everything that conf/nightbell.yaml can say, and how
 * one value becomes a field of struct config.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "config.h"

#define OPTIONS_MAX 128

enum option_type {
	OPTION_TEXT,
	OPTION_SECRET,	/* TEXT that no message repeats */
	OPTION_LISTEN,	/* address:port */
	OPTION_URL,	/* http(s)://host[:port], no path; words: schemes */
	OPTION_MAILBOX, /* a@b or Name <a@b> */
	OPTION_NUMBER,	/* min to max */
	OPTION_WORD,	/* one of words */
};

struct option_def {
	const char *section, *key;
	enum option_type type;
	size_t offset;	 /* into struct config */
	const char *def; /* NULL: not set */
	int min, max;
	const char *words; /* "debug info warn error"; NULL: http https */
};

extern const struct option_def options[];
extern const size_t options_n;

/** Index into options, or -ENOENT. */
int option_find(const char *section, const char *key);
/** An option or section that is spelled nearly so, or NULL. */
const char *option_near(const char *section, const char *key);
const char *option_near_section(const char *name);

/** 0, -EINVAL with a sentence in why, -ENOMEM. */
int option_set(struct config *c, size_t i, const char *text, char *why,
	       size_t why_size);

/** Frees every text of c. */
void options_free(struct config *c);

#endif
