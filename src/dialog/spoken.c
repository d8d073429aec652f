#include "dialog/spoken.h"

#include <ctype.h>

#include "dialog/cal.h"

static const char *const weekdays[] = {"Sunday",    "Monday",	"Tuesday",
				       "Wednesday", "Thursday", "Friday",
				       "Saturday"};
static const char *const months[] = {
	"January", "February", "March",	    "April",   "May",	   "June",
	"July",	   "August",   "September", "October", "November", "December"};

static const char *ordinal(int n)
{
	if (n / 10 == 1)
		return "th";
	return n % 10 == 1   ? "st"
	       : n % 10 == 2 ? "nd"
	       : n % 10 == 3 ? "rd"
			     : "th";
}

void spoken_date(struct buf *out, int days)
{
	struct cal_date d = cal_date(days);

	buf_printf(out, "%s, %s %d%s", weekdays[cal_dow(days)],
		   months[d.month - 1], d.day, ordinal(d.day));
}

void spoken_time(struct buf *out, int minute)
{
	int h = minute / 60 % 24, m = minute % 60, h12 = (h + 11) % 12 + 1;

	if (h == 12 && !m) {
		buf_str(out, "noon");
		return;
	}
	buf_printf(out, "%d", h12);
	if (m)
		buf_printf(out, ":%02d", m);
	buf_str(out, h < 12 ? " AM" : " PM");
}

int spoken_when(struct buf *out, struct sv local)
{
	int days, minute;

	if (cal_parse(local, &days, &minute))
		return -EINVAL;
	spoken_date(out, days);
	if (minute >= 0) {
		buf_str(out, " at ");
		spoken_time(out, minute);
	}
	return 0;
}

void spoken_phone(struct buf *out, struct sv e164)
{
	size_t from = sv_starts(e164, "+1") && e164.len == 12 ? 2 : 0;

	for (size_t i = from; i < e164.len; i++) {
		if (!isdigit((unsigned char)e164.p[i]))
			continue;
		if (out->len && i > from)
			buf_str(out,
				from == 2 && (i == 5 || i == 8) ? ", " : " ");
		buf_char(out, e164.p[i]);
	}
}
