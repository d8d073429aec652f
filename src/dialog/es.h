/*
 * es: Spanish as it is said on the telephone. The functions of nlu.h and
 * nlu_when.h hand a text over to these when its language is NLU_ES; they
 * promise the same.
 */
#ifndef DIALOG_ES_H
#define DIALOG_ES_H

#include "dialog/nlu.h"

/**
 * As nlu_split_lang(). Words lose their accents and their capitals, and what
 * sounds as a word of our tables is spelled as there: "oi" = "hoy".
 */
void es_split(struct nlu_text *t, struct sv s);
/** Between question marks, or with one behind. */
bool es_question(const struct nlu_text *t);
/** w in lower case without accents; returns its length. */
size_t es_fold(char *out, size_t size, struct sv w);
/** How a word of Spanish sounds: b = v, s = z = c, no h … */
struct nlu_sound es_sound(struct sv w);
/** As nlu_number(): "treinta y cinco", "doscientos", "tercero". */
size_t es_number(const struct nlu_text *t, size_t i, int *value, bool *ord);
/** As nlu_stem(): "goteando", "gotean" -> "gote". */
struct sv es_stem(struct sv w);

enum nlu_yesno es_yesno(const struct nlu_text *t);
unsigned es_intents(const struct nlu_text *t);
bool es_name(struct nlu_name *out, const struct nlu_text *t, struct sv known,
	     bool asked);
/** A word that is written as a name and can be one. */
bool es_name_word(const struct nlu_text *t, size_t i);
enum nlu_phone es_phone(struct nlu_phone_no *out, const struct nlu_text *t);
bool es_when(struct nlu_when *out, const struct nlu_text *t,
	     const struct nlu_now *now, bool asked);
bool es_address(struct nlu_address *out, const struct nlu_text *t,
		struct sv streets, struct sv places, bool asked);
bool es_money(struct nlu_money *out, const struct nlu_text *t, bool asked);
enum nlu_urgency es_urgency(const struct nlu_text *t);

/* ---- the parts, for es_when.c ---- */

/** As nlu_day_at(). */
size_t es_day_at(struct nlu_day *out, const struct nlu_text *t, size_t i,
		 const struct nlu_now *now, bool asked);
/** As nlu_time_at(); between: "dos y cuatro" are two times. */
size_t es_time_at(struct nlu_time *out, const struct nlu_text *t, size_t i,
		  bool bare, bool between);

#endif
