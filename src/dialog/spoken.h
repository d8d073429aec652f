/*
 * spoken: dates, times and lists as a voice on a telephone should say them.
 */
#ifndef DIALOG_SPOKEN_H
#define DIALOG_SPOKEN_H

#include "base/buf.h"

/** "Tuesday, November 24th". */
void spoken_date(struct buf *out, int days);
/** "2 PM", "2:30 PM", "noon". */
void spoken_time(struct buf *out, int minute);
/** "2026-11-24T14:00" -> "Tuesday, November 24th at 2 PM". 0 or -EINVAL. */
int spoken_when(struct buf *out, struct sv local);
/** "+14155550123" -> "4 1 5, 5 5 5, 0 1 2 3". */
void spoken_phone(struct buf *out, struct sv e164);

#endif
