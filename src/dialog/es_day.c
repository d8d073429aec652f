#include "dialog/es.h"

#include "dialog/cal.h"

/* Their last s is often not said, and a d between vowels neither. */
static const char *const weekdays[7] = {
	"domingo domingos domino",
	"lunes lune",
	"martes marte",
	"miercoles miercole mercoles miercole",
	"jueves jueve",
	"viernes vierne",
	"sabado sabados sabao",
};

static const char *const months[12] = {
	"enero",
	"febrero febreo",
	"marzo",
	"abril",
	"mayo",
	"junio",
	"julio",
	"agosto",
	"septiembre setiembre",
	"octubre octube",
	"noviembre nobiembre",
	"diciembre disiembre",
};

static int weekday_at(const struct nlu_text *t, size_t i)
{
	for (int k = 0; k < 7; k++) {
		if (nlu_in(t, i, weekdays[k]))
			return k;
	}
	return -1;
}

static int month_at(const struct nlu_text *t, size_t i)
{
	for (int k = 0; k < 12; k++) {
		if (nlu_in(t, i, months[k]))
			return k + 1;
	}
	return 0;
}

static int next_monday(const struct nlu_now *now)
{
	int add = (8 - cal_dow(now->today)) % 7;

	return now->today + (add ? add : 7);
}

/* "hoy", "mañana" (but "la mañana" is a part of the day), "esta tarde". */
static size_t near_day(struct nlu_day *out, const struct nlu_text *t, size_t i,
		       const struct nlu_now *now)
{
	static const struct {
		const char *pattern;
		int add;
		enum nlu_part part;
	} tab[] = {
		{"pasado manana", 2, NLU_NO_PART},
		{"el dia de manana", 1, NLU_NO_PART},
		{"manana mismo", 1, NLU_NO_PART},
		{"manana", 1, NLU_NO_PART},
		{"hoy en|por|a la manana", 0, NLU_MORNING},
		{"hoy|ahora|ahorita en|por|a la tarde", 0, NLU_AFTERNOON},
		{"hoy|ahora|ahorita en|por|a la noche", 0, NLU_EVENING},
		{"hoy mismo", 0, NLU_NO_PART},
		{"el dia de hoy", 0, NLU_NO_PART},
		{"hoy", 0, NLU_NO_PART},
		{"mas tarde hoy", 0, NLU_NO_PART},
		{"esta misma? manana", 0, NLU_MORNING},
		{"esta misma? tarde", 0, NLU_AFTERNOON},
		{"esta misma? noche", 0, NLU_EVENING},
		{"el mismo dia", 0, NLU_NO_PART},
		{"ayer|anoche|antier|anteayer", -1, NLU_NO_PART},
		{"la semana|noche pasada", -1, NLU_NO_PART},
		{"el mes|ano|fin pasado", -1, NLU_NO_PART},
	};

	if (nlu_is(t, i, "manana") && i &&
	    nlu_in(t, i - 1, "la una cada media de"))
		return 0;
	if (nlu_is(t, i, "hoy") && i && nlu_in(t, i - 1, "de") &&
	    nlu_match_at(t, i + 1, "en ocho")) {
		out->day = now->today + 7;
		return 3;
	}
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		out->day = now->today + tab[k].add;
		out->past = tab[k].add < 0;
		out->part = tab[k].part;
		return used - 1;
	}
	return 0;
}

/* "de la próxima semana", "de la semana que viene" behind a weekday. */
static size_t next_week_at(const struct nlu_text *t, size_t i)
{
	static const char *const tab[] = {
		"de|en? la otra|proxima|siguiente semana",
		"de|en? la semana que viene|entra|sigue",
		"de|en? la semana proxima|siguiente|entrante",
		"proxima semana",
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k]);

		if (used)
			return used - 1;
	}
	return 0;
}

/* "martes", "el martes que viene", "el martes de la próxima semana". */
static size_t weekday(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now)
{
	size_t from = i, n;
	bool next = false, this_one = false;
	int dow, add;

	i += nlu_in(t, i, "el los un al del");
	i += nlu_is(t, i, "dia");
	if (nlu_in(t, i, "proximo siguiente")) {
		next = true;
		i++;
	} else if (nlu_in(t, i, "este mismo")) {
		this_one = true;
		i++;
	}
	dow = weekday_at(t, i);
	if (dow < 0)
		return 0;
	i++;
	add = (dow - cal_dow(now->today) + 7) % 7;
	n = next_week_at(t, i);
	if (n) {
		out->day = next_monday(now) + (dow + 6) % 7;
		out->weekday = true;
		return i + n - from;
	}
	if (nlu_in(t, i, "pasado")) {
		out->day = now->today - 1;
		out->past = true;
		return i + 1 - from;
	}
	if (nlu_match_at(t, i, "que viene|entra|sigue")) {
		next = true;
		i += 2;
	} else if (nlu_in(t, i, "proximo siguiente entrante")) {
		next = true;
		i++;
	} else if (nlu_match_at(t, i, "en ocho")) {
		add = (add ? add : 7) + 7;
		i += 2;
	}
	/* tomorrow would be called "mañana" */
	if (add == 0 ? !this_one : next && add == 1)
		add += 7;
	out->day = now->today + add;
	out->weekday = true;
	return i - from;
}

/* A year behind a date: "de 2026", "del dos mil veintiséis". */
static size_t year_at(const struct nlu_text *t, size_t i, int *year)
{
	bool of = nlu_in(t, i, "de del"), ord;
	int v;
	size_t n = nlu_number(t, i + of, &v, &ord);

	if (!n || ord || v < 2020 || v > 2099)
		return 0;
	*year = v;
	return of + n;
}

/* "el 3 de diciembre", "primero de mayo", "diciembre 3". */
static size_t month_day(struct nlu_day *out, const struct nlu_text *t, size_t i,
			const struct nlu_now *now)
{
	size_t from = i, n;
	int month = month_at(t, i), day, year = 0;
	bool ord;

	if (month) {
		i++;
		i += nlu_in(t, i, "el dia");
		n = nlu_number(t, i, &day, &ord);
		if (!n)
			return 0;
		i += n;
	} else {
		i += nlu_in(t, i, "el al del para");
		i += nlu_is(t, i, "dia");
		n = nlu_number(t, i, &day, &ord);
		if (!n || (ord && day != 1 && !t->v[i].figures))
			return 0;
		i += n;
		i += nlu_in(t, i, "de del");
		i += nlu_match_at(t, i, "mes de") ? 2 : 0;
		month = month_at(t, i);
		if (!month)
			return 0;
		i++;
	}
	i += year_at(t, i, &year);
	if (!nlu_date_set(out, now, year, month, day)) {
		if (day < 1 || day > 31)
			return 0;
		out->bad = true;
	}
	return i - from;
}

/* "24/11": the day first, unless only the other way makes a date. */
static size_t figures(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now)
{
	size_t n = 2;
	int year = 0, a, b;

	if (i + 1 >= t->n || !t->v[i].figures || !t->v[i + 1].figures ||
	    t->v[i + 1].sep != '/' || t->v[i].num < 0 || t->v[i + 1].num < 0)
		return 0;
	a = t->v[i].num;
	b = t->v[i + 1].num;
	if (i + 2 < t->n && t->v[i + 2].figures && t->v[i + 2].sep == '/') {
		year = t->v[i + 2].num;
		year += year < 100 ? 2000 : 0;
		n = 3;
	}
	if (b > 12)
		return nlu_date_set(out, now, year, a, b) ? n : 0;
	return nlu_date_set(out, now, year, b, a) ? n : 0;
}

/* "el 3", "el día tres", "el 24 del mes que viene". */
static size_t day_of_month(struct nlu_day *out, const struct nlu_text *t,
			   size_t i, const struct nlu_now *now, bool asked)
{
	size_t from = i, n;
	bool the = nlu_in(t, i, "el al"), dia, ord;
	struct cal_date d = cal_date(now->today);
	int v;

	i += the;
	dia = nlu_is(t, i, "dia");
	i += dia;
	n = nlu_number(t, i, &v, &ord);
	/* "el viernes 28": no hour is that late */
	the |= n && v >= 24 && i && weekday_at(t, i - 1) >= 0;
	if (!n || (!the && !dia) || (ord && v != 1 && !t->v[i].figures) ||
	    (!dia && !asked && !nlu_in(t, i + n, "a por en si de para")) ||
	    v < 1 || v > 31)
		return 0;
	if (ord && !dia && nlu_in(t, i + n, "que disponible libre"))
		return 0;
	if (!dia && (nlu_in(t, i, "un una uno") ||
		     (i + n < t->n && t->v[i + n].num >= 0)))
		return 0;
	i += n;
	if (nlu_match_at(t, i, "del proximo|siguiente|otro mes") ||
	    nlu_match_at(t, i, "del mes que|proximo|entrante|siguiente")) {
		int y = d.year + d.month / 12, m = d.month % 12 + 1;

		if (!cal_exists(y, m, v))
			return 0;
		out->day = cal_days(y, m, v);
		i += nlu_is(t, i + 2, "que") ? 4 : 3;
		return i - from;
	}
	if (!nlu_month_day_set(out, now, v))
		return 0;
	i += nlu_match_at(t, i, "de este mes") ? 3 : 0;
	return i - from;
}

/* "la semana que viene", "este fin de semana", "el próximo mes". */
static size_t spans(struct nlu_day *out, const struct nlu_text *t, size_t i,
		    const struct nlu_now *now)
{
	struct cal_date d = cal_date(now->today);
	size_t n = next_week_at(t, i);
	int saturday = now->today + (6 - cal_dow(now->today) + 7) % 7;

	out->span = true;
	if (n) {
		out->week = true;
		out->day = next_monday(now);
		return n;
	}
	n = nlu_match_at(t, i, "el proximo|otro|siguiente mes");
	n = n ? n : nlu_match_at(t, i, "el mes que viene|entra|sigue");
	n = n ? n : nlu_match_at(t, i, "el mes proximo|siguiente|entrante");
	if (n) {
		out->day = cal_days(d.year + d.month / 12, d.month % 12 + 1, 1);
		return n - 1;
	}
	n = nlu_match_at(t, i, "el proximo|otro fin de semana");
	if (n) {
		out->day = saturday + 7;
		return n - 1;
	}
	n = nlu_match_at(t, i, "este|el fin de semana");
	n = n ? n : nlu_match_at(t, i, "este|el finde");
	if (n) {
		out->day = saturday;
		return n - 1;
	}
	out->span = false;
	return 0;
}

/* "en dos días", "dentro de una semana", "en quince días" (two weeks). */
static size_t counted(struct nlu_day *out, const struct nlu_text *t, size_t i,
		      const struct nlu_now *now)
{
	size_t from = i, n;
	bool ord;
	int v;

	if (nlu_match_at(t, i, "dentro de"))
		i += 2;
	else if (nlu_match_at(t, i, "de aqui a"))
		i += 3;
	else if (nlu_is(t, i, "en"))
		i++;
	else
		return 0;
	if (nlu_match_at(t, i, "un par de")) {
		v = 2;
		i += 3;
	} else {
		n = nlu_number(t, i, &v, &ord);
		if (!n || ord)
			return 0;
		i += n;
	}
	/* "de aquí a dos viernes": the second one from today */
	if (weekday_at(t, i) >= 0 && v >= 2 && v <= 8) {
		int add = (weekday_at(t, i) - cal_dow(now->today) + 7) % 7;

		out->day = now->today + (add ? add : 7) + 7 * (v - 1);
		return i + 1 - from;
	}
	if (!nlu_in(t, i, "dia dias semana semanas") || v > 60)
		return 0;
	if (nlu_in(t, i, "semana semanas"))
		v *= 7;
	else if (v == 8 || v == 15)
		v--; /* Spanish counts today, too */
	out->day = now->today + v;
	return i + 1 - from;
}

size_t es_day_at(struct nlu_day *out, const struct nlu_text *t, size_t i,
		 const struct nlu_now *now, bool asked)
{
	size_t n;

	*out = (struct nlu_day){0};
	n = near_day(out, t, i, now);
	n = n ? n : weekday(out, t, i, now);
	n = n ? n : month_day(out, t, i, now);
	n = n ? n : figures(out, t, i, now);
	n = n ? n : spans(out, t, i, now);
	n = n ? n : counted(out, t, i, now);
	return n ? n : day_of_month(out, t, i, now, asked);
}
