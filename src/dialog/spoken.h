/*
 * spoken: dates, times and lists as a voice on a telephone should say them,
 * in English ("Tuesday, November 24th at 2 PM") and Spanish ("el martes 24
 * de noviembre a las 2 de la tarde").
 */
#ifndef DIALOG_SPOKEN_H
#define DIALOG_SPOKEN_H

#include "base/buf.h"
#include "dialog/nlu_text.h"

/** "Tuesday, November 24th"; "el martes 24 de noviembre". */
void spoken_date(struct buf *out, int days, enum nlu_lang lang);
/** "2 PM", "2:30 PM", "noon"; "las 2 y media de la tarde", "la una". */
void spoken_time(struct buf *out, int minute, enum nlu_lang lang);
/** "2026-11-24T14:00" -> date "at" time, or the date alone. 0 or -EINVAL. */
int spoken_when(struct buf *out, struct sv local, enum nlu_lang lang);
/** "+14155550123" -> "4 1 5, 5 5 5, 0 1 2 3", in both languages. */
void spoken_phone(struct buf *out, struct sv e164);
/** "a, b or c"; "a, b o c", and "u" before the sound of an o. */
void spoken_or(struct buf *out, const struct sv *items, size_t n,
	       enum nlu_lang lang);
/** "a, b and c"; "a, b y c", and "e" before the sound of an i. */
void spoken_and(struct buf *out, const struct sv *items, size_t n,
		enum nlu_lang lang);
/** "press 1 for a, 2 for b"; "oprima 1 para a, 2 para b". Nine at most. */
void spoken_menu(struct buf *out, const struct sv *items, size_t n,
		 enum nlu_lang lang);
/**
 * Local times, of one day without saying it twice: "Tuesday, November 24th
 * at 2 PM or at 4 PM". What is no time is left out.
 */
void spoken_slots(struct buf *out, const struct sv *starts, size_t n,
		  enum nlu_lang lang);
/** "400,000 dollars", "12.50 dollars"; "400 mil dólares". */
void spoken_money(struct buf *out, int64_t cents, enum nlu_lang lang);

#endif
