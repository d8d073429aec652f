/*
 * nlu: understanding by rules and tables, one pure function per kind of
 * answer. English; another language is another set of tables.
 */
#ifndef DIALOG_NLU_H
#define DIALOG_NLU_H

#include "dialog/nlu_text.h"
#include "dialog/nlu_when.h"

/* ---- yes and no ---- */

enum nlu_yesno { NLU_NEITHER, NLU_YES, NLU_NO };

enum nlu_yesno nlu_yesno(const struct nlu_text *t);

/* ---- what a caller may say at any time ---- */

enum nlu_intent {
	NLU_NONE,
	NLU_REPEAT,   /* "what?", "say that again" */
	NLU_ROBOT,    /* "are you a real person?" */
	NLU_PERSON,   /* "let me speak to somebody" */
	NLU_WAIT,     /* "hold on a second" */
	NLU_BYE,      /* "never mind", "wrong number" */
	NLU_NO_TEXTS, /* "don't text me" */
	NLU_TEXT_ME,  /* "send me a text" */
	NLU_HELLO,    /* "hello?" */
	NLU_THANKS,   /* "thank you" and nothing else */
	NLU_INTENTS
};

/** Bit 1 << intent for each one that t contains. */
unsigned nlu_intents(const struct nlu_text *t);
/** Its name in a script: "repeat", "robot" …; NLU_NONE when unknown. */
enum nlu_intent nlu_intent_find(struct sv name);
const char *nlu_intent_name(enum nlu_intent i);

/* ---- names ---- */

struct nlu_name {
	char full[80], first[40];
};

/**
 * A person's name. asked: a bare name is one, too; otherwise only "my name
 * is …", "this is …" and the like. known: newline-separated names, any case.
 */
bool nlu_name(struct nlu_name *out, const struct nlu_text *t, struct sv known,
	      bool asked);

/* ---- phone numbers ---- */

enum nlu_phone { NLU_PHONE_NONE, NLU_PHONE_PART, NLU_PHONE_OK };

struct nlu_phone_no {
	char e164[20];
	size_t digits; /* heard, also of a number that is not whole */
};

/** North American numbers, and others that are said with "plus". */
enum nlu_phone nlu_phone(struct nlu_phone_no *out, const struct nlu_text *t);

/* ---- terms: which of the known things is meant ---- */

#define NLU_TERM_WORDS 4
#define NLU_TERM_LEN 20
#define NLU_ITEMS 32 /* services of a business that speech offers */

/* How a word sounds, roughly: letters of consonants, a leading vowel. */
struct nlu_sound {
	char s[12];
};

struct nlu_term_word {
	char w[NLU_TERM_LEN];
	unsigned char len, stem; /* stem: its length */
	struct nlu_sound sound;
};

struct nlu_term {
	struct nlu_term_word w[NLU_TERM_WORDS];
	unsigned char n, item, weight;
};

struct nlu_terms {
	struct nlu_term *v;
	size_t n, cap;
};

enum {
	NLU_WEIGHT_HINT = 1, /* "repair": decides only between equals */
	NLU_WEIGHT_WORD = 4,
	NLU_WEIGHT_NAME = 5,
};

/** 0; -ENOMEM; too long or empty phrases are left out. */
int nlu_terms_add(struct nlu_terms *ts, unsigned item, struct sv phrase,
		  unsigned weight);
/** A thing's name: whole, and its words that say something. */
int nlu_terms_name(struct nlu_terms *ts, unsigned item, struct sv name);
void nlu_terms_fini(struct nlu_terms *ts);

/** Bits of the items that fit t best: 0 none, several: between them. */
uint32_t nlu_terms_find(const struct nlu_terms *ts, const struct nlu_text *t);

/* ---- sounds ---- */

struct nlu_sound nlu_sound(struct sv word);
/** The same with the sounds a of heard and b of word at hand. */
bool nlu_sounds_same(struct sv heard, const struct nlu_sound *a, struct sv word,
		     const struct nlu_sound *b);
/** True when a recogniser may have written heard for word. */
bool nlu_sounds_like(struct sv heard, struct sv word);
/** Letters to change to make one of the other. */
size_t nlu_distance(struct sv a, struct sv b);
/** The stem of an English word: "leaking", "leaks", "leaked" -> "leak". */
struct sv nlu_stem(struct sv w);

#endif
