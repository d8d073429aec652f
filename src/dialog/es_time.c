#include "dialog/es.h"

/* "de la tarde", "pm", "en la mañana" behind a time; words used. */
static size_t half_at(const struct nlu_text *t, size_t i, int *half)
{
	static const struct {
		const char *pattern;
		int half; /* 'a', 'p', 'd' of the day (noon), 'n' of the night */
	} tab[] = {
		{"am", 'a'},
		{"de|por|en|a la manana|mananita|madrugada", 'a'},
		{"pm", 'p'},
		{"de|por|en|a la tarde|tardecita", 'p'},
		{"de|por|en|a la noche", 'n'},
		{"del|de medio? dia", 'd'},
		{"del|de mediodia", 'd'},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*half = tab[k].half;
		return used - 1;
	}
	*half = 0;
	return 0;
}

static void set_time(struct nlu_time *out, int hour, int min, int half)
{
	if (half == 'n' && hour == 12)
		hour = 0;
	else if ((half == 'p' || half == 'n') && hour < 12)
		hour += 12;
	else if (half == 'd' && hour < 6)
		hour += 12;
	else if (half == 'a' && hour == 12)
		hour = 0;
	out->minute = hour * 60 + min;
	out->half_known = half || hour > 12 || hour == 0;
}

/* "mediodía", "medianoche": with or without an article. */
static size_t named(struct nlu_time *out, const struct nlu_text *t, size_t i)
{
	size_t art = nlu_in(t, i, "el la");

	if (nlu_is(t, i + art, "mediodia"))
		*out = (struct nlu_time){720, true};
	else if (nlu_is(t, i + art, "medianoche"))
		*out = (struct nlu_time){1439, true};
	else
		return 0;
	return art + 1;
}

/* Hour 0…23 at word i: "una" only behind "la". */
static size_t hour_at(const struct nlu_text *t, size_t i, int *hour)
{
	bool ord;
	size_t n = nlu_number(t, i, hour, &ord);

	return n && !ord && *hour <= 23 ? n : 0;
}

/* "diez para las tres", "un cuarto para la una". */
static size_t before_hour(struct nlu_time *out, const struct nlu_text *t,
			  size_t i)
{
	size_t from = i, n;
	int min = 15, hour, half;
	bool ord;

	if (nlu_match_at(t, i, "un? cuarto para|pa la|las")) {
		i += 1u + nlu_is(t, i, "un");
	} else {
		n = nlu_number(t, i, &min, &ord);
		if (!n || ord || min > 59 || min < 5)
			return 0;
		i += n;
		i += nlu_is(t, i, "minutos");
	}
	if (!nlu_match_at(t, i, "para|pa la|las"))
		return 0;
	i += 2;
	n = hour_at(t, i, &hour);
	if (!n)
		return 0;
	i += n;
	i += half_at(t, i, &half);
	set_time(out, hour, 0, half);
	if (out->minute >= min)
		out->minute -= min;
	return i - from;
}

/* Minutes behind an hour: "y media", "menos cuarto", "treinta", ":30". */
static size_t minutes_at(const struct nlu_text *t, size_t i, bool between,
			 int *min, bool *sure)
{
	size_t n;
	bool ord, y = nlu_in(t, i, "y i con"), less = nlu_is(t, i, "menos");

	*sure = true;
	if (i < t->n && t->v[i].figures && t->v[i].w.len == 2 &&
	    t->v[i].num >= 0 && t->v[i].num < 60 &&
	    nlu_sv_in((struct sv){&t->v[i].sep, 1}, ": .")) {
		*min = t->v[i].num;
		return 1;
	}
	if ((y || less) && nlu_in(t, i + 1, "media cuarto")) {
		*min = nlu_is(t, i + 1, "media") ? 30 : less ? -15 : 15;
		return 2;
	}
	if (y || less) {
		n = nlu_number(t, i + 1, min, &ord);
		if (!n || ord || *min > 59 || *min < 5 || between)
			return 0;
		/* "a las dos y cinco", but "two or four" is no minute */
		if (*min % 5 && !nlu_is(t, i + 1 + n, "minutos"))
			return 0;
		*min = less ? -*min : *min;
		n += nlu_is(t, i + 1 + n, "minutos");
		return n + 1;
	}
	*sure = false;
	n = nlu_number(t, i, min, &ord);
	if (!n || ord || *min < 10 || *min > 59 || t->v[i].sep == ',' ||
	    t->v[i].figures || nlu_in(t, i + n, "dias semanas de"))
		return 0;
	return n;
}

/* "1430", "230 pm". */
static size_t run_together(struct nlu_time *out, const struct nlu_text *t,
			   size_t i, bool bare)
{
	int v = i < t->n ? t->v[i].num : -1, half;
	size_t h;

	if (v < 0 || !t->v[i].figures || t->v[i].ord || t->v[i].w.len < 3 ||
	    v / 100 > 23 || v % 100 > 59 ||
	    (i && t->v[i - 1].figures && !t->v[i - 1].ord))
		return 0;
	h = half_at(t, i + 1, &half);
	if ((!h && !bare) || (!h && i + 1 < t->n && t->v[i + 1].num >= 0))
		return 0;
	set_time(out, v / 100, v % 100, half);
	return 1 + h;
}

/* Things that are counted: no hours. */
static const char counted[] =
	"dia dias semana semanas mes meses ano anos hora minutos persona "
	"personas veces vez bano banos cuartos recamaras habitaciones "
	"dormitorios unidades cosas llaves puertas tuberias inodoros lavabos "
	"dolares mil por-ciento cuadras hijos ninos pisos pies";

size_t es_time_at(struct nlu_time *out, const struct nlu_text *t, size_t i,
		  bool bare, bool between)
{
	size_t from = i, n;
	int hour, min = 0, half;
	bool art = nlu_in(t, i, "la las"), sure = false;

	n = named(out, t, i);
	n = n ? n : before_hour(out, t, i);
	n = n ? n : run_together(out, t, i + art, bare) + art;
	if (n > art)
		return n;
	i += art;
	if (nlu_in(t, i, "un uno") || (nlu_is(t, i, "una") && !art &&
				       !nlu_match_at(t, i, "una y media") &&
				       !nlu_match_at(t, i, "una de la") &&
				       !nlu_match_at(t, i, "una pm|y|en")))
		return 0;
	n = hour_at(t, i, &hour);
	if (!n)
		return 0;
	i += n;
	n = minutes_at(t, i, between, &min, &sure);
	if (n && hour == 0 && !sure)
		return 0;
	min = n ? min : 0;
	sure = n && sure &&
	       (art || bare || t->v[i].figures ||
		nlu_in(t, i + 1, "media cuarto"));
	i += n;
	if (nlu_match_at(t, i, "en punto")) {
		sure = true;
		i += 2;
	} else if (nlu_is(t, i, "horas") && (art || hour > 12)) {
		sure = true;
		i++;
	}
	n = half_at(t, i, &half);
	i += n;
	sure |= n > 0;
	if (!sure && (!bare || hour == 0 || (hour > 12 && !art) ||
		      nlu_in(t, i, counted) || nlu_is(t, i, "horas")))
		return 0;
	if (!sure && i < t->n && t->v[i].num >= 0 && t->v[i].sep == ' ' &&
	    !nlu_in(t, i, "un una"))
		return 0; /* a row of digits is no hour */
	if (!sure && !art && from && t->v[from - 1].num >= 0)
		return 0;
	set_time(out, hour, 0, half);
	out->minute += min;
	if (out->minute < 0)
		out->minute += 1440;
	return i - from;
}
