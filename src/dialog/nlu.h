/*
 * nlu: understanding by rules and tables, one pure function per kind of
 * answer. Each looks at the text's language: English is read in the nlu_
 * files, Spanish in the es_ files (es.h), with the same shapes.
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
	NLU_SWEAR,
	NLU_PRICE,	/* "how much is it?" */
	NLU_NO_RECORD,	/* "please don't record this" */
	NLU_STOP_TEXTS, /* "stop texting me", for good; sets NLU_NO_TEXTS, too */
	NLU_LANG_ES,	/* "habla espanol?", "Spanish please" */
	NLU_LANG_EN,	/* "English please", "hablo ingles" */
	NLU_EXISTING,	/* "I have an appointment", "cancel my appointment" */
	NLU_CALLBACK,	/* "have somebody call me" */
	NLU_SALES,	/* a person who sells something to the business */
	NLU_ROBOCALL,	/* a recording: "press one to speak to" */
	NLU_WRONG,	/* "sorry, wrong number" */
	NLU_INTENTS
};

/* What ends a call, so that a customer must never be taken for it. */
#define NLU_HANG_UPS (1u << NLU_ROBOCALL | 1u << NLU_SALES | 1u << NLU_WRONG)

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
/** One among answers in a row: "Dana Miller, 12 Elm Street, Friday at two".
 * asked: it may follow an address, where else a city stands. */
bool nlu_name_listed(struct nlu_name *out, const struct nlu_text *t,
		     bool asked);

/* ---- phone numbers ---- */

enum nlu_phone { NLU_PHONE_NONE, NLU_PHONE_PART, NLU_PHONE_OK };

struct nlu_phone_no {
	char e164[20];
	size_t digits; /* heard, also of a number that is not whole */
	char said[24]; /* … and which */
};

/** North American numbers, and others that are said with "plus". */
enum nlu_phone nlu_phone(struct nlu_phone_no *out, const struct nlu_text *t);

/* ---- addresses ---- */

struct nlu_address {
	char full[200];	 /* "12 Elm Street, Apartment 2B, Springfield 94110" */
	char number[12]; /* "12", "12B"; empty when only the street was said */
	char street[72]; /* "Elm Street", "North 5th Avenue", "Highway 20" */
	char unit[24];	 /* "Apartment 2B" or empty */
	char city[48];	 /* of places, or said with its state; or empty */
	char zip[12];	 /* five digits, or empty */
	/* the words of t that are the number and the street; none: equal */
	unsigned char from, to;
};

/**
 * True when t says an address or a part of it: a correction ("no, Elm
 * Street", "apartment four") sets just what was said; the others are empty.
 * asked: "forty two Oak" is one, too. streets, places: newline-separated
 * names that are known, also by their sound. nlu_address_join() writes full.
 */
bool nlu_address(struct nlu_address *out, const struct nlu_text *t,
		 struct sv streets, struct sv places, bool asked);
/** Takes what now says over into a, and writes a->full anew. */
void nlu_address_join(struct nlu_address *a, const struct nlu_address *now);

/* ---- money ---- */

struct nlu_money {
	int64_t cents;	   /* of a span: its lower end, 0 for "up to" */
	int64_t max_cents; /* of a span: its upper end; else 0 */
	bool about;
};

/** "around four hundred thousand", "between 300 and 350k", "$1,200". */
bool nlu_money(struct nlu_money *out, const struct nlu_text *t, bool asked);

/* ---- urgency ---- */

enum nlu_urgency {
	NLU_URGENCY_NONE,  /* nothing said of it */
	NLU_URGENCY_ANY,   /* "no rush" */
	NLU_URGENCY_SOON,  /* "this week", "soon" */
	NLU_URGENCY_TODAY, /* "today if you can" */
	NLU_URGENCY_NOW,   /* "it's an emergency", "water everywhere" */
};

enum nlu_urgency nlu_urgency(const struct nlu_text *t);

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
	unsigned char len, stem, stem_es; /* stems: their lengths */
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
/** Bits of the items that t names as what is not wanted. */
uint32_t nlu_terms_refused(const struct nlu_terms *ts,
			   const struct nlu_text *t);

/* ---- sounds ---- */

/** An everyday word (nlu_common.c): it is meant as it stands. */
bool nlu_is_everyday(struct sv w);

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
