#include "dialog/spoken.h"

#include <ctype.h>
#include <inttypes.h>

#include "dialog/cal.h"

static const char *const weekdays[][7] = {
	[NLU_EN] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		    "Friday", "Saturday"},
	[NLU_ES] = {"domingo", "lunes", "martes", "miércoles", "jueves",
		    "viernes", "sábado"},
};
static const char *const months[][12] = {
	[NLU_EN] = {"January", "February", "March", "April", "May", "June",
		    "July", "August", "September", "October", "November",
		    "December"},
	[NLU_ES] = {"enero", "febrero", "marzo", "abril", "mayo", "junio",
		    "julio", "agosto", "septiembre", "octubre", "noviembre",
		    "diciembre"},
};

static const char *ordinal(int n)
{
	if (n / 10 == 1)
		return "th";
	return n % 10 == 1   ? "st"
	       : n % 10 == 2 ? "nd"
	       : n % 10 == 3 ? "rd"
			     : "th";
}

void spoken_date(struct buf *out, int days, enum nlu_lang lang)
{
	struct cal_date d = cal_date(days);
	const char *weekday = weekdays[lang][cal_dow(days)];
	const char *month = months[lang][d.month - 1];

	if (lang == NLU_EN)
		buf_printf(out, "%s, %s %d%s", weekday, month, d.day,
			   ordinal(d.day));
	else if (d.day == 1)
		buf_printf(out, "el %s primero de %s", weekday, month);
	else
		buf_printf(out, "el %s %d de %s", weekday, d.day, month);
}

/* "las 2 y media de la tarde", "la una", "las 12 del mediodía". */
static void time_es(struct buf *out, int h, int m)
{
	int h12 = (h + 11) % 12 + 1;

	if (h12 == 1)
		buf_str(out, "la una");
	else
		buf_printf(out, "las %d", h12);
	if (m == 30)
		buf_str(out, " y media");
	else if (m == 15)
		buf_str(out, " y cuarto");
	else if (m)
		buf_printf(out, " y %d", m);
	buf_str(out, h == 12 && !m ? " del mediodía"
		     : h == 0	   ? " de la noche"
		     : h < 6	   ? " de la madrugada"
		     : h < 12	   ? " de la mañana"
		     : h < 19	   ? " de la tarde"
				   : " de la noche");
}

void spoken_time(struct buf *out, int minute, enum nlu_lang lang)
{
	int h = minute / 60 % 24, m = minute % 60, h12 = (h + 11) % 12 + 1;

	if (lang == NLU_ES) {
		time_es(out, h, m);
		return;
	}
	if (h == 12 && !m) {
		buf_str(out, "noon");
		return;
	}
	buf_printf(out, "%d", h12);
	if (m)
		buf_printf(out, ":%02d", m);
	buf_str(out, h < 12 ? " AM" : " PM");
}

int spoken_when(struct buf *out, struct sv local, enum nlu_lang lang)
{
	int days, minute;

	if (cal_parse(local, &days, &minute))
		return -EINVAL;
	spoken_date(out, days, lang);
	if (minute >= 0) {
		buf_str(out, lang == NLU_ES ? " a " : " at ");
		spoken_time(out, minute, lang);
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

/* Does Spanish say "u" before it? "horno", "otro", "8", "11" but "80". */
static bool begins_with_o(struct sv w)
{
	size_t i = 0, digits = 0;

	if (w.len && (w.p[0] == 'h' || w.p[0] == 'H'))
		i++;
	if (i < w.len && (w.p[i] == 'o' || w.p[i] == 'O'))
		return true;
	if (w.len - i >= 2 && w.p[i] == '\xc3' &&
	    (w.p[i + 1] == '\xb3' || w.p[i + 1] == '\x93'))
		return true;
	while (digits < w.len && isdigit((unsigned char)w.p[digits]))
		digits++;
	return (digits && w.p[0] == '8') ||
	       (digits == 2 && !memcmp(w.p, "11", 2));
}

static const char *or_before(struct sv next, enum nlu_lang lang)
{
	if (lang == NLU_EN)
		return " or ";
	return begins_with_o(next) ? " u " : " o ";
}

/* "e" before the sound of an i; "hielo" does not begin with it. */
static const char *and_before(struct sv next, enum nlu_lang lang)
{
	size_t i = next.len && (next.p[0] == 'h' || next.p[0] == 'H');

	if (lang == NLU_EN)
		return " and ";
	if (i < next.len && (next.p[i] == 'i' || next.p[i] == 'I') &&
	    !(i + 1 < next.len && (next.p[i + 1] | 0x20) == 'e'))
		return " e ";
	return " y ";
}

static void join(struct buf *out, const struct sv *items, size_t n,
		 enum nlu_lang lang,
		 const char *(*before)(struct sv next, enum nlu_lang lang))
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_str(out, i + 1 < n ? ", " : before(items[i], lang));
		buf_sv(out, items[i]);
	}
}

void spoken_or(struct buf *out, const struct sv *items, size_t n,
	       enum nlu_lang lang)
{
	join(out, items, n, lang, or_before);
}

void spoken_and(struct buf *out, const struct sv *items, size_t n,
		enum nlu_lang lang)
{
	join(out, items, n, lang, and_before);
}

void spoken_menu(struct buf *out, const struct sv *items, size_t n,
		 enum nlu_lang lang)
{
	const char *press = lang == NLU_ES ? "oprima " : "press ";
	const char *to = lang == NLU_ES ? "para" : "for";

	for (size_t i = 0; i < n && i < 9; i++) {
		buf_printf(out, "%s%zu %s ", i ? ", " : press, i + 1, to);
		buf_sv(out, items[i]);
	}
}

void spoken_slots(struct buf *out, const struct sv *starts, size_t n,
		  enum nlu_lang lang)
{
	int last = -1, said = 0;

	for (size_t i = 0; i < n; i++) {
		int day, minute;

		if (cal_parse(starts[i], &day, &minute) || minute < 0)
			continue;
		if (said++)
			buf_str(out, i + 1 < n	      ? ", "
				     : lang == NLU_ES ? " o "
						      : " or ");
		if (day != last) {
			spoken_date(out, day, lang);
			buf_char(out, ' ');
		}
		buf_str(out, lang == NLU_ES ? "a " : "at ");
		spoken_time(out, minute, lang);
		last = day;
	}
}

static void thousands(struct buf *out, int64_t v)
{
	if (v >= 1000) {
		thousands(out, v / 1000);
		buf_printf(out, ",%03" PRId64, v % 1000);
	} else {
		buf_printf(out, "%" PRId64, v);
	}
}

/* Voices read neither "400,000" nor "400.000" the same everywhere. */
static void amount_es(struct buf *out, int64_t v)
{
	const char *of = v % 1000000 ? "" : " de";

	if (v >= 1000000) {
		if (v < 2000000)
			buf_str(out, "un millón");
		else
			buf_printf(out, "%" PRId64 " millones", v / 1000000);
		v %= 1000000;
		if (v)
			buf_char(out, ' ');
	}
	if (v >= 1000) {
		if (v >= 2000)
			buf_printf(out, "%" PRId64 " ", v / 1000);
		buf_str(out, "mil");
		v %= 1000;
		if (v)
			buf_char(out, ' ');
	}
	if (v)
		buf_printf(out, "%" PRId64, v);
	buf_str(out, of);
}

void spoken_money(struct buf *out, int64_t cents, enum nlu_lang lang)
{
	int64_t whole = cents / 100, rest = cents % 100;

	if (cents < 0)
		return;
	if (lang == NLU_ES) {
		if (whole)
			amount_es(out, whole);
		else
			buf_char(out, '0');
		buf_str(out, whole == 1 ? " dólar" : " dólares");
		if (rest)
			buf_printf(out, " con %" PRId64 " centavos", rest);
		return;
	}
	thousands(out, whole);
	if (rest)
		buf_printf(out, ".%02" PRId64, rest);
	buf_str(out, cents == 100 ? " dollar" : " dollars");
}
