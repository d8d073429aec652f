#include "dialog/cal.h"

#include <stdio.h>

/* Eras of 400 years, years that begin in March: no table of leap years. */
int cal_days(int year, int month, int day)
{
	int y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct cal_date cal_date(int days)
{
	int z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	int month = mp + (mp < 10 ? 3 : -9);

	return (struct cal_date){yoe + era * 400 + (month <= 2), month,
				 doy - (153 * mp + 2) / 5 + 1};
}

int cal_dow(int days)
{
	return ((days + 4) % 7 + 7) % 7;
}

bool cal_exists(int year, int month, int day)
{
	struct cal_date d;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	d = cal_date(cal_days(year, month, day));
	return d.month == month && d.day == day;
}

void cal_local(int64_t wall_ms, int utc_offset_min, int *days, int *minute)
{
	int64_t min = wall_ms / 60000 + utc_offset_min;
	int64_t d = min >= 0 ? min / CAL_DAY_MIN
			     : -((-min + CAL_DAY_MIN - 1) / CAL_DAY_MIN);

	*days = (int)d;
	*minute = (int)(min - d * CAL_DAY_MIN);
}

static int field(struct sv s, size_t off, size_t n, int *out)
{
	int64_t v;

	if (off + n > s.len || sv_i64(&v, (struct sv){s.p + off, n}) || v < 0)
		return -EINVAL;
	*out = (int)v;
	return 0;
}

int cal_parse_time(struct sv s, int *minute)
{
	int h, m;

	if (s.len < 5 || s.p[2] != ':' || field(s, 0, 2, &h) ||
	    field(s, 3, 2, &m) || m > 59 || h * 60 + m > CAL_DAY_MIN)
		return -EINVAL;
	*minute = h * 60 + m;
	return 0;
}

int cal_parse(struct sv s, int *days, int *minute)
{
	int y, m, d;

	if (s.len < 10 || s.p[4] != '-' || s.p[7] != '-' ||
	    field(s, 0, 4, &y) || field(s, 5, 2, &m) || field(s, 8, 2, &d) ||
	    !cal_exists(y, m, d))
		return -EINVAL;
	*days = cal_days(y, m, d);
	*minute = -1;
	if (s.len == 10)
		return 0;
	if (s.p[10] != 'T' && s.p[10] != ' ')
		return -EINVAL;
	return cal_parse_time((struct sv){s.p + 11, s.len - 11}, minute);
}

struct cal_str cal_date_str(int days)
{
	struct cal_date d = cal_date(days);
	struct cal_str out;

	snprintf(out.s, sizeof(out.s), "%04u-%02u-%02u",
		 (unsigned)d.year % 10000, (unsigned)d.month % 100,
		 (unsigned)d.day % 100);
	return out;
}

struct cal_str cal_time_str(int minute)
{
	struct cal_str out;

	snprintf(out.s, sizeof(out.s), "%02u:%02u", (unsigned)minute / 60 % 100,
		 (unsigned)minute % 60);
	return out;
}
