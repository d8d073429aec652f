#include "dialog/es.h"

#include "dialog/cal.h"

/* What was collected on the way through the utterance. */
struct scan {
	const struct nlu_text *t;
	const struct nlu_now *now;
	bool asked;
	struct nlu_when *out;
	struct nlu_time time, until;
	size_t day_end, time_end; /* behind the last one taken */
	bool weekday;		  /* the day is a weekday's name only */
	bool moves;		  /* something booked is to be moved */
	size_t old_end;		  /* behind what is said of that */
	size_t not_end;		  /* behind a day that does not do */
	bool has_weak;		  /* a day on which a time does not do */
	struct nlu_day weak;
	int bound;	    /* away until that day */
	unsigned not_parts; /* 1 << part: those do not do */
	bool latest;	    /* "lo más tarde posible" */
	struct nlu_rest rest;
	bool week; /* it is the next week */
};

static bool ends_clause(const struct nlu_text *t, size_t i)
{
	return nlu_sv_in((struct sv){&t->v[i].sep, 1}, ", . ? ! ;") ||
	       nlu_in(t, i,
		      "pero porque asi entonces puede pueden podria "
		      "podrian quisiera quiero necesito");
}

/* The clause around word i: up to a stop or a word that begins a new one. */
static void clause(const struct nlu_text *t, size_t i, size_t *from, size_t *to)
{
	*from = i;
	while (*from > 0 && !ends_clause(t, *from))
		(*from)--;
	*to = i + 1;
	while (*to < t->n && !ends_clause(t, *to))
		(*to)++;
}

/* "Se descompuso ayer" tells, "¿pueden venir esta tarde?" asks. */
static bool narrated(const struct nlu_text *t, size_t i)
{
	static const char wish[] =
		"venir venga vengan viene vienen cita agendar reservar mandar "
		"manden mande visita puede pueden podria podrian puedo quiero "
		"quisiera necesito gustaria prefiero disponible";
	static const char past[] =
		"desde descompuso rompio dano fallo apago empezo murio "
		"estropeo "
		"averio revento inundo prendio paro dejo quebro tapo compre "
		"compramos instalaron vino vinieron hace estuvo estaba paso "
		"pusieron llame choque choco duele exploto";
	size_t from, to;
	bool tells = false;

	clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_in(t, k, wish))
			return nlu_is(t, i ? i - 1 : 0, "desde");
		tells |= nlu_in(t, k, past);
	}
	return tells;
}

/* "Se rompió el domingo": asked for a day or not, that is none. */
static bool told(const struct nlu_text *t, size_t i)
{
	static const char past[] =
		"descompuso rompio dano fallo apago murio estropeo averio "
		"revento inundo paro dejo quebro tapo choque exploto cayo "
		"partio salio empezo llego desbordo atasco quebre rompi";
	static const char wish[] =
		"venir venga vengan cita agendar reservar puede pueden podria "
		"quiero quisiera necesito prefiero";
	size_t from, to;

	if (nlu_in(t, i, "pasado proximo proxima"))
		return false;
	clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_in(t, k, wish))
			return false;
		if (nlu_in(t, k, past))
			return true;
	}
	return false;
}

/* "Me voy a quedar": what one will do, not where one goes. */
static bool stays(const struct nlu_text *t, size_t i)
{
	struct sv w = i + 1 < t->n ? t->v[i + 1].w : (struct sv){NULL, 0};

	return nlu_is(t, i, "a") && w.len > 3 && w.p[w.len - 1] == 'r';
}

/* "Salgo de vacaciones el viernes", "me voy de viaje el viernes". */
static bool leaves(const struct nlu_text *t, size_t i)
{
	size_t from, to;

	clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_match_at(t, k, "salgo|salimos de vacaciones|viaje") ||
		    (nlu_match_at(t, k, "me|nos voy|vamos") &&
		     !stays(t, k + 2)) ||
		    nlu_match_at(t, k, "viajo|viajamos"))
			return true;
	}
	return false;
}

/* "Estoy de vacaciones hasta el lunes": what is wished comes after it. */
static bool until(const struct nlu_text *t, size_t i)
{
	size_t from, to;

	if (!i || (!nlu_is(t, i - 1, "hasta") &&
		   !(i > 1 && nlu_match_at(t, i - 2, "hasta el"))))
		return false;
	clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_match_at(t, k, "de vacaciones|viaje") ||
		    nlu_in(t, k, "trabajo trabajando fuera ocupado ocupada"))
			return true;
	}
	return false;
}

#define KIN                                                                    \
	"mi|mis|nuestro|nuestros|el|la|los esposa|esposo|marido|mujer|pareja|" \
	"novia|novio|hijo|hija|hijos|hijas|ninos|mama|papa|madre|padre"

/* "menos el martes", "no puedo el martes", "el martes no puedo". */
static bool refused(const struct nlu_text *t, size_t i, size_t used)
{
	static const char *const before[] = {
		"menos|excepto|salvo el|los|la|las? ",
		"no puedo|podemos|podria|tengo|estoy|trabajo|me|nos|voy|sea|"
		"quiero|sirve|conviene",
		"en vez|lugar de",
		"nada que no",
		"tampoco",
		"ni",
		"no en|por",
	};
	static const char *const behind[] = {
		"no $",
		"tampoco",
		"no puedo|podemos|me|nos|estoy|tengo|hay|se|trabajo",
		"me|nos viene|vienen|cae|caen|queda|quedan|va|van muy? mal|"
		"fatal|dificil|complicado",
		"son malos|imposibles|dificiles|muy",
		"no mejor|porque|por",
		"es|esta imposible|ocupado|dificil|mal|muy",
		"trabajo|estoy|tengo|salgo",
		KIN " tiene|tienen|esta|estan? que? "
		    "trabaja|trabajan|trabajar|trabajando|trabajo|clase|clases|"
		    "escuela|ocupado|ocupada",
		KIN " no puede|pueden",
	};

	size_t from, to;

	clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		for (size_t m = 0; m < ARRAY_LEN(before); m++) {
			if (i - k <= 5 && nlu_match_at(t, k, before[m]) &&
			    !nlu_match_at(t, k,
					  "no puedo|podria antes|"
					  "despues|mas|hasta"))
				return true;
		}
	}
	if (i + used >= t->n || t->v[i + used].sep != ' ')
		return false;
	for (size_t k = 0; k < ARRAY_LEN(behind); k++) {
		if (nlu_match_at(t, i + used, behind[k]))
			return !nlu_match_at(t, i + used,
					     "tengo|estoy libre|tiempo|"
					     "disponible|desocupado") &&
			       !nlu_match_at(t, i + used,
					     KIN " trabaja|trabajan "
						 "desde|en|hasta");
	}
	return false;
}

/* "Tengo cirugía el miércoles", "el cumpleaños es el 5". */
static bool busy(const struct nlu_text *t, size_t i)
{
	static const char what[] =
		"cirugia operacion junta reunion clase clases escuela iglesia "
		"medico viaje vuelo examen boda fiesta funeral cumpleanos "
		"aniversario turno compromiso corte ocupado ocupada";
	static const char wish[] =
		"venir venga vengan agendar reservar mandar manden puede "
		"pueden quiero quisiera necesito gustaria prefiero libre antes "
		"despues desde hasta para";
	static const char own[] = "tengo tenemos estoy estamos es son voy hay";
	size_t from, to;
	bool is = false, mine = false;

	clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_in(t, k, wish))
			return false;
		is |= nlu_in(t, k, what) || nlu_match_at(t, k, "con|al doctor");
		mine |= nlu_in(t, k, own);
	}
	return is && mine;
}

/* A time of day in the same clause: it is that which does not do. */
static bool with_time(const struct nlu_text *t, size_t i)
{
	struct nlu_time x;
	size_t from, to;

	clause(t, i, &from, &to);
	for (size_t k = from; k < to; k++) {
		if (nlu_match_at(t, k, "a la|las") &&
		    es_time_at(&x, t, k + 1, true, false))
			return true;
	}
	return false;
}

/* "Los martes y jueves no puedo": what stands behind the last of them. */
static bool list_refused(const struct scan *s, size_t i, size_t n)
{
	const struct nlu_text *t = s->t;
	struct nlu_day d;
	size_t end = i + n, more;

	if (refused(t, i, n))
		return true;
	if (s->not_end && i == s->not_end + 1 &&
	    nlu_in(t, s->not_end, "o u y ni"))
		return true;
	while (nlu_in(t, end, "o u y ni")) {
		more = es_day_at(&d, t, end + 1, s->now, s->asked);
		if (!more)
			return false;
		if (refused(t, end + 1, more))
			return true;
		end += 1 + more;
	}
	return false;
}

/* Between what was taken and word i the caller took it back. */
static bool corrected(const struct nlu_text *t, size_t end, size_t i)
{
	for (size_t k = end; k < i; k++) {
		if (nlu_in(t, k,
			   "no perdon mejor digo espere espera disculpe "
			   "corrijo cambio quise sea bien preferiria "
			   "prefiero realidad"))
			return true;
	}
	return false;
}

/* "Trabajo de lunes a viernes": none of them does. */
static size_t take_work(struct scan *s, size_t i, size_t n,
			const struct nlu_day *d)
{
	struct nlu_day last;
	size_t to = i + n, more, from, end;
	bool works = false;

	clause(s->t, i, &from, &end);
	for (size_t k = from; k < i; k++)
		works |= nlu_in(s->t, k, "trabajo trabajamos");
	if (!works || !nlu_in(s->t, to, "a al hasta"))
		return 0;
	to++;
	more = es_day_at(&last, s->t, to, s->now, s->asked);
	if (!more || d->past || last.past)
		return 0;
	for (struct nlu_day x = *d;; x.day++) {
		nlu_exclude(s->out, &x);
		if ((last.day - x.day) % 7 == 0)
			break;
	}
	s->not_end = to + more;
	return s->not_end - i;
}

/* Days that are told beside the wish; 0: the day is none of these. */
static size_t take_aside(struct scan *s, size_t i, size_t n,
			 const struct nlu_day *d)
{
	if (until(s->t, i)) {
		s->bound = d->day;
		return n;
	}
	if (leaves(s->t, i)) {
		nlu_exclude(s->out, d);
		s->not_end = i + n;
		return n;
	}
	return told(s->t, i) ? n : take_work(s, i, n, d);
}

/* "Por la mañana" right behind a day. */
static enum nlu_part part_behind(const struct nlu_text *t, size_t i)
{
	static const char *const tab[] = {
		[NLU_MORNING] = "en|por|a la manana",
		[NLU_AFTERNOON] = "en|por|a la tarde",
		[NLU_EVENING] = "en|por|a la noche",
	};

	for (int k = NLU_MORNING; k <= NLU_EVENING; k++) {
		if (nlu_match_at(t, i, tab[k]))
			return (enum nlu_part)k;
	}
	return NLU_NO_PART;
}

static size_t take_day(struct scan *s, size_t i)
{
	struct nlu_day d;
	size_t n = es_day_at(&d, s->t, i, s->now, s->asked), aside;

	if (!n)
		return 0;
	if (nlu_old(s->t, i, i + n, s->moves) ||
	    (s->old_end && s->old_end == i && !nlu_in(s->t, i, "al para"))) {
		s->old_end = i + n;
		return n;
	}
	aside = take_aside(s, i, n, &d);
	if (aside)
		return aside;
	if (busy(s->t, i) && with_time(s->t, i)) {
		s->has_weak = true;
		s->weak = d;
		return n;
	}
	if (list_refused(s, i, n) || busy(s->t, i)) {
		nlu_exclude_part(s->out, &s->rest, &d, part_behind(s->t, i + n),
				 &s->not_parts);
		s->not_end = i + n;
		return n;
	}
	if ((!s->asked && narrated(s->t, i)) || (d.past && !s->asked))
		return n;
	if (s->asked && i && nlu_is(s->t, i - 1, "desde") && d.past)
		return n;
	/* "el viernes 28" is asked again when that is a Saturday */
	if (s->out->has_day && !d.past && !d.bad && s->weekday && !d.weekday &&
	    i <= s->day_end + 1 && !nlu_in(s->t, s->day_end, "o u y") &&
	    cal_dow(d.day) != cal_dow(s->out->day)) {
		s->out->bad = true;
		s->day_end = i + n;
		return n;
	}
	/* "el miércoles 2 de diciembre": the date says which Wednesday */
	if (s->out->has_day && (d.past || !s->out->past) &&
	    !(s->weekday && !d.weekday && i <= s->day_end + 1) &&
	    (d.past || !corrected(s->t, s->day_end, i)))
		return n;
	s->out->has_day = !d.bad;
	s->out->day = d.day;
	s->out->past = d.past;
	s->out->bad = d.bad;
	if (d.part)
		s->out->part = d.part;
	s->weekday = d.weekday;
	s->out->span = d.span;
	s->week = d.week;
	s->day_end = i + n;
	if (s->out->has_day && !d.span)
		nlu_allow(s->out, d.day);
	return n;
}

/* The little words before a time: what they say of it. */
static size_t relation(const struct nlu_text *t, size_t i, enum nlu_rel *rel)
{
	static const struct {
		const char *pattern;
		enum nlu_rel rel;
	} tab[] = {
		{"no puedo|podemos|podria antes de|del", NLU_AFTER},
		{"no antes|temprano de|del|que a?", NLU_AFTER},
		{"no mas temprano de|del|que a?", NLU_AFTER},
		{"no despues|tarde de|del|que a?", NLU_BEFORE},
		{"no mas tarde|alla de|del|que a?", NLU_BEFORE},
		{"a mas tardar a?", NLU_BEFORE},
		{"despues|luego de|del", NLU_AFTER},
		{"a partir de|del", NLU_AFTER},
		{"mas tarde de|del|que a?", NLU_AFTER},
		{"pasado|pasada|pasadas de?", NLU_AFTER},
		{"antes de|del", NLU_BEFORE},
		{"mas temprano de|del|que a?", NLU_BEFORE},
		{"hasta", NLU_BEFORE},
		{"desde", NLU_AFTER},
		{"entre", NLU_BETWEEN},
		{"a eso de|del", NLU_ABOUT},
		{"mas o menos como? a|al|por?", NLU_ABOUT},
		{"por ahi|hay de|del|a|como", NLU_ABOUT},
		{"al rededor de|del", NLU_ABOUT},
		{"cerca de|del", NLU_ABOUT},
		{"como|tipo|sobre|hacia|aproximadamente a|al|de?", NLU_ABOUT},
		{"de", NLU_AT}, /* "de dos a cuatro" */
		{"a|al|para", NLU_AT},
	};

	*rel = NLU_AT;
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*rel = tab[k].rel;
		return used - 1;
	}
	return 0;
}

/* A time and what stands around it: "entre las dos y las cuatro". */
struct span {
	enum nlu_rel rel;
	struct nlu_time from, until;
};

/* What may follow a time: "en adelante", "más o menos", "o después". */
static size_t behind(const struct nlu_text *t, size_t i, enum nlu_rel *rel)
{
	static const struct {
		const char *pattern;
		enum nlu_rel rel;
	} tab[] = {
		{"en adelante", NLU_AFTER},	{"o despues|luego", NLU_AFTER},
		{"o mas tarde", NLU_AFTER},	{"para arriba", NLU_AFTER},
		{"o antes", NLU_BEFORE},	{"o mas temprano", NLU_BEFORE},
		{"o menos|algo", NLU_ABOUT},	{"mas o menos", NLU_ABOUT},
		{"aproximadamente", NLU_ABOUT}, {"o por ahi", NLU_ABOUT},
		{"y pico", NLU_ABOUT},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		*rel = tab[k].rel;
		return used - 1;
	}
	return 0;
}

/* May a number alone behind these words be an hour? */
static bool introduces(const struct scan *s, size_t i, size_t pre)
{
	const struct nlu_text *t = s->t;
	bool art = nlu_in(t, i + pre, "la las");

	if (s->asked)
		return !nlu_is(t, i, "de") || art || pre != 1 ||
		       nlu_in(t, i + 2, "a hasta");
	if (pre && art)
		return !nlu_in(t, i, "de para como") ||
		       nlu_is(t, i + pre, "las");
	return (s->day_end && s->day_end == i && art) || nlu_in(t, i, "entre");
}

static size_t span_at(struct span *sp, const struct scan *s, size_t i)
{
	const struct nlu_text *t = s->t;
	size_t pre = relation(t, i, &sp->rel), n, m = 0, to;
	bool between =
		sp->rel == NLU_BETWEEN || (pre && nlu_in(t, i, "de desde"));

	n = es_time_at(&sp->from, t, i + pre, introduces(s, i, pre), between);
	if (!n)
		return 0;
	n += pre;
	to = nlu_in(t, i + n, "a y hasta") ||
	     (i + n < t->n && t->v[i + n].sep == '-');
	if (to && (between || !nlu_is(t, i + n, "y"))) {
		to = nlu_in(t, i + n, "a y hasta");
		m = es_time_at(&sp->until, t, i + n + to, true, between);
	}
	if (m) {
		sp->rel = NLU_BETWEEN;
		return n + m + to;
	}
	sp->until = sp->from;
	if (sp->rel == NLU_BETWEEN)
		sp->rel = NLU_AFTER;
	return n + behind(t, i + n, &sp->rel);
}

/* "Salgo a las cinco", "trabajo hasta las cinco": free after that. */
static void after_work(const struct nlu_text *t, size_t i, enum nlu_rel *rel)
{
	size_t from, to;

	clause(t, i, &from, &to);
	for (size_t k = from; k < i; k++) {
		if (nlu_in(t, k,
			   "salgo salimos llego llegamos desocupo termino "
			   "regreso trabajo"))
			*rel = NLU_AFTER;
	}
}

static size_t take_time(struct scan *s, size_t i)
{
	struct span sp;
	size_t n = span_at(&sp, s, i);

	if (!n)
		return 0;
	if (nlu_old(s->t, i, i + n, s->moves) ||
	    (s->old_end && s->old_end == i)) {
		s->old_end = i + n;
		return n;
	}
	if (refused(s->t, i, n) || busy(s->t, i) ||
	    (!s->asked && narrated(s->t, i)))
		return n;
	if (s->out->has_time && !corrected(s->t, s->time_end, i))
		return n;
	if (sp.rel != NLU_BETWEEN)
		after_work(s->t, i, &sp.rel);
	s->out->has_time = true;
	s->out->rel = sp.rel;
	s->time = sp.from;
	s->until = sp.until;
	s->time_end = i + n;
	return n;
}

/* "Después de la escuela", "no muy temprano": minutes of the day. */
static size_t take_hours(struct scan *s, size_t i)
{
	static const struct {
		const char *pattern;
		enum nlu_rel rel;
		int minute, until;
	} tab[] = {
		{"despues de|del la|las? escuela|clases|colegio", NLU_AFTER,
		 900, 900},
		{"no muy|tan|demasiado temprano", NLU_AFTER, 600, 600},
		{"no muy|tan|demasiado tarde", NLU_BEFORE, 960, 960},
		{"a|al ultima|final|finales hora? de la manana", NLU_BETWEEN,
		 600, 720},
		{"a|al ultima|final|finales hora? de la tarde", NLU_BETWEEN,
		 900, 1020},
		{"a media manana", NLU_BETWEEN, 570, 660},
		{"a media tarde", NLU_BETWEEN, 840, 960},
	};
	size_t n = nlu_latest_at(s->t, i);

	s->latest |= n != 0;
	if (n)
		return n;
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(s->t, i, tab[k].pattern);

		if (!used)
			continue;
		if (s->out->has_time || refused(s->t, i, used - 1) ||
		    told(s->t, i))
			return used - 1;
		s->out->has_time = true;
		s->out->rel = tab[k].rel;
		s->time = (struct nlu_time){tab[k].minute, true};
		s->until = (struct nlu_time){tab[k].until, true};
		s->time_end = i + used - 1;
		return used - 1;
	}
	return 0;
}

/* "No en la mañana"; "el jueves en la mañana no" speaks of that day only. */
static bool part_refused(struct scan *s, size_t i, size_t n, enum nlu_part part)
{
	if (!refused(s->t, i, n) ||
	    (i > 1 && nlu_match_at(s->t, i - 2, "que no")))
		return false;
	if (!s->not_end || i > s->not_end + 1)
		s->not_parts |= 1u << part;
	return true;
}

static size_t take_part(struct scan *s, size_t i)
{
	static const struct {
		const char *pattern;
		enum nlu_part part;
		bool asked_only;
	} tab[] = {
		{"a primera hora", NLU_MORNING, false},
		{"muy? temprano en|por la manana", NLU_MORNING, false},
		{"en|por|de|a las|la manana|mananas|mananita", NLU_MORNING,
		 false},
		{"la|las manana|mananas", NLU_MORNING, false},
		{"despues del|de trabajo|trabajar", NLU_EVENING, false},
		{"despues del|de la? comer|comida|almorzar|almuerzo|lonche",
		 NLU_AFTERNOON, false},
		{"a|al final|finales|ultima del|de|hora dia?", NLU_AFTERNOON,
		 false},
		{"en|por|de|a las|la tarde|tardes|tardecita", NLU_AFTERNOON,
		 false},
		{"la|las tarde|tardes", NLU_AFTERNOON, false},
		{"en|por|de|a las|la noche|noches", NLU_EVENING, false},
		{"la|las noche|noches", NLU_EVENING, true},
		{"mas|muy|demasiado|es|bien|otra tarde|temprano", NLU_NO_PART,
		 false},
		{"muy? temprano|tempranito", NLU_MORNING, true},
		{"tarde|tardecita", NLU_AFTERNOON, true},
		{"noche|nochecita", NLU_EVENING, true},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(s->t, i, tab[k].pattern);

		if (!used || (tab[k].asked_only && !s->asked))
			continue;
		if (!tab[k].part)
			return 0;
		if ((i && nlu_in(s->t, i - 1, "buena buenas mas muy tan")) ||
		    part_refused(s, i, used - 1, tab[k].part) ||
		    told(s->t, i) || (!s->asked && narrated(s->t, i)))
			return used - 1;
		if (!s->out->part || corrected(s->t, s->day_end, i))
			s->out->part = tab[k].part;
		return used - 1;
	}
	return 0;
}

/* "lo antes posible", "cuando sea", "más tarde", "al día siguiente". */
static size_t take_vague(struct scan *s, size_t i)
{
	static const struct {
		const char *pattern;
		bool any, asked_only;
		enum nlu_shift shift;
	} tab[] = {
		{"al|el dia siguiente|despues", false, true, NLU_NEXT_DAY},
		{"un dia despues", false, true, NLU_NEXT_DAY},
		{"el siguiente dia", false, true, NLU_NEXT_DAY},
		{"lo antes|mas posible|antes|pronto|rapido|temprano "
		 "que|posible?",
		 true, false, NLU_NO_SHIFT},
		{"lo mas pronto|rapido|antes", true, false, NLU_NO_SHIFT},
		{"cuanto antes", true, false, NLU_NO_SHIFT},
		{"mientras mas pronto|rapido", true, false, NLU_NO_SHIFT},
		{"no por? ahora|ahorita mismo?", false, false, NLU_NO_SHIFT},
		{"ahora|ahorita mismo? no", false, false, NLU_NO_SHIFT},
		{"ahora|ya|ahorita mismo", true, false, NLU_NO_SHIFT},
		{"enseguida|inmediatamente|ahoritita", true, false,
		 NLU_NO_SHIFT},
		{"en seguida", true, false, NLU_NO_SHIFT},
		{"de inmediato", true, false, NLU_NO_SHIFT},
		{"para ya|ayer", true, false, NLU_NO_SHIFT},
		{"cualquier dia|hora|momento|horario|rato", true, false,
		 NLU_NO_SHIFT},
		{"el|la primer|primera|primero|proximo|proxima|siguiente "
		 "cita|hora|horario|espacio|lugar|turno|dia|disponible|libre|"
		 "que disponible|libre|tenga|tengan?",
		 true, false, NLU_NO_SHIFT},
		{"ahora|ahorita|ya", true, true, NLU_NO_SHIFT},
		{"pronto", true, true, NLU_NO_SHIFT},
		{"esta semana", true, true, NLU_NO_SHIFT},
		{"cualquiera", true, true, NLU_NO_SHIFT},
		{"cuando sea|pueda|puedan|quiera|quieran|guste|gusten|tenga|"
		 "tengan|usted|ustedes|diga|haya",
		 true, true, NLU_NO_SHIFT},
		{"el|la|lo que sea|tenga|tengan|usted|haya|quiera|guste", true,
		 true, NLU_NO_SHIFT},
		{"me|nos da igual|lo", true, true, NLU_NO_SHIFT},
		{"no me? importa", true, true, NLU_NO_SHIFT},
		{"es igual", true, true, NLU_NO_SHIFT},
		{"usted elija|escoja|diga|decida|digame", true, true,
		 NLU_NO_SHIFT},
		{"elija|escoja|decida usted", true, true, NLU_NO_SHIFT},
		{"no tengo preferencia", true, true, NLU_NO_SHIFT},
		{"sin preferencia", true, true, NLU_NO_SHIFT},
		{"cuando tiene|tienen|hay|puede|pueden|podria|podrian", true,
		 true, NLU_NO_SHIFT},
		{"que tiene|tienen|hay|otra|otro|otras|otros|mas", true, true,
		 NLU_NO_SHIFT},
		{"que|cuales dias|dia|horas|horarios|hora|fechas tiene|tienen|"
		 "hay|puede|pueden|estan",
		 true, true, NLU_NO_SHIFT},
		{"otro dia", false, true, NLU_NEXT_DAY},
		{"otra fecha", false, true, NLU_NEXT_DAY},
		{"mas adelante", false, true, NLU_NEXT_DAY},
		{"un poco|poquito? mas tarde|tardecito|tardecita", false, true,
		 NLU_LATER},
		{"mas tarde|tardecito", false, true, NLU_LATER},
		{"despues $", false, true, NLU_LATER},
		{"mas temprano|tempranito|pronto", false, true, NLU_EARLIER},
		{"antes $", false, true, NLU_EARLIER},
	};

	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		size_t used = nlu_match_at(s->t, i, tab[k].pattern);

		if (!used || (tab[k].asked_only && !s->asked))
			continue;
		if (i && nlu_in(s->t, i - 1, "muy demasiado"))
			return used - 1; /* "it is too late" */
		if (tab[k].any)
			s->out->any = true;
		if (tab[k].shift && !s->out->shift)
			s->out->shift = tab[k].shift;
		return used - 1;
	}
	return 0;
}

bool es_when(struct nlu_when *out, const struct nlu_text *t,
	     const struct nlu_now *now, bool asked)
{
	struct scan s = {.t = t, .now = now, .asked = asked, .out = out};
	size_t i = 0, n;

	*out = (struct nlu_when){0};
	s.moves = now->moving || nlu_moves(t);
	while (i < t->n) {
		n = asked || s.moves ? nlu_relative_at(out, t, i) : 0;
		n = n ? n : take_hours(&s, i);
		n = n ? n : take_vague(&s, i);
		n = n ? n : take_part(&s, i);
		n = n ? n : take_day(&s, i);
		n = n ? n : take_time(&s, i);
		i += n ? n : 1;
	}
	if (s.has_weak && !out->has_day && out->has_time) {
		out->has_day = true;
		out->day = s.weak.day;
	}
	nlu_rest_of_day(out, &s.rest);
	if (s.week && out->has_day && out->span)
		nlu_week_on(out);
	nlu_bound(out, s.bound, s.weekday, asked);
	nlu_except(out, now);
	nlu_when_finish(out, now, s.time, s.until);
	nlu_not_parts(out, s.not_parts);
	if (s.latest)
		nlu_latest(out, now);
	return nlu_when_says(out);
}
