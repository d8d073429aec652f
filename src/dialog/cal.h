/*
 * cal: days and minutes of a civil calendar, without a time zone. Days count
 * from 1970-01-01, minutes from midnight.
 */
#ifndef DIALOG_CAL_H
#define DIALOG_CAL_H

#include "base/base.h"

#define CAL_DAY_MIN 1440

struct cal_date {
	int year, month, day; /* 1970…, 1…12, 1…31 */
};

/** Days since 1970-01-01; the date need not exist (32nd = 1st of next). */
int cal_days(int year, int month, int day);
struct cal_date cal_date(int days);
/** 0 Sunday … 6 Saturday. */
int cal_dow(int days);
bool cal_exists(int year, int month, int day);

/** Local time of a wall clock: days and the minute of the day. */
void cal_local(int64_t wall_ms, int utc_offset_min, int *days, int *minute);

/** "2026-11-24T14:00", or the date alone (*minute = -1). 0 or -EINVAL. */
int cal_parse(struct sv s, int *days, int *minute);
/** "14:00" to minutes; -EINVAL. "24:00" is 1440. */
int cal_parse_time(struct sv s, int *minute);

struct cal_str {
	char s[24];
};
struct cal_str cal_date_str(int days);	 /* "2026-11-24" */
struct cal_str cal_time_str(int minute); /* "14:00" */

#endif
