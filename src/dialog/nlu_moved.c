/*
 * What is said of days that are not the wish: those that do not do, and the
 * day of an appointment that is there already and shall be moved.
 */
#include "dialog/nlu_when.h"

#include "dialog/cal.h"

static const char moves_en[] =
	"move moving moved reschedule rescheduling rescheduled change "
	"changing push pushing switch switching shift rebook postpone "
	"postponing swap trade bump delay bring cancel canceling cancelling";
static const char moves_es[] =
	"mover moverla muevan mueva cambiar cambiarla cambie cambien cambio "
	"reprogramar reprogramarla reagendar reagendarla posponer posponerla "
	"aplazar recorrer recorrerla adelantar atrasar pasar pasarla pasen "
	"cancelar cancelarla";
static const char meets_en[] =
	"appointment appointments booking visit reservation viewing showing "
	"consultation session checkup slot";
static const char meets_es[] = "cita citas reservacion reserva visita turno "
			       "consulta sesion";

/* "An oil change": a service, nothing is moved. */
static bool is_change(const struct nlu_text *t, size_t i)
{
	return i && (nlu_match_at(t, i - 1,
				  "oil|filter|filters|fluid|tire|tires|brake|"
				  "battery|color|belt|coolant|bulb|wiper|lube|"
				  "pad|pads change") ||
		     (t->lang == NLU_ES && nlu_match_at(t, i, "cambio de")));
}

bool nlu_moves(const struct nlu_text *t)
{
	const char *words = t->lang == NLU_ES ? moves_es : moves_en;

	for (size_t i = 0; i < t->n; i++) {
		if (nlu_in(t, i, words) && !is_change(t, i))
			return true;
	}
	return false;
}

static bool said_before(const struct nlu_text *t, size_t i, size_t most,
			const char *words)
{
	for (size_t k = i; k > 0 && i - k < most; k--) {
		if (nlu_in(t, k - 1, words))
			return true;
	}
	return false;
}

static bool said_behind(const struct nlu_text *t, size_t i, const char *words)
{
	for (; i < t->n; i++) {
		if (nlu_in(t, i, words))
			return true;
	}
	return false;
}

/* "My appointment on", "I have an appointment for" in front of word i. */
static bool behind_meet(const struct nlu_text *t, size_t i, bool moves)
{
	static const char little[] =
		"on for this next at is was thats which scheduled set booked "
		"of coming i had have the";

	while (i > 0 && nlu_in(t, i - 1, little) &&
	       !nlu_in(t, i - 1, "to and but or"))
		i--;
	if (!i || !nlu_in(t, i - 1, meets_en))
		return false;
	i--;
	/* that is another one's, not ours */
	if (said_before(t, i, 1,
			"doctors doctor dentist dentists vet vets eye medical "
			"hospital other another different school"))
		return false;
	if (said_before(t, i, 3, "my our existing upcoming current"))
		return true;
	if (said_before(t, i, 3, "the that this") && moves)
		return true;
	if (!said_before(t, i, 4, "have had got ive weve made"))
		return false;
	return !said_before(t, i, 7,
			    "can could may to like should would make need id");
}

/* "You have me down for", "I was booked for": it stands there. */
static bool stands_for(const struct nlu_text *t, size_t i)
{
	return i > 2 && nlu_in(t, i - 1, "for on") &&
	       nlu_in(t, i - 2, "booked scheduled down set") &&
	       said_before(t, i - 2, 2, "im am was were me its is been");
}

/* "Cancel the haircut on Thursday": nothing is wished in between. */
static bool cancelled_day(const struct nlu_text *t, size_t det)
{
	for (size_t k = det; k > 0 && det - k < 6; k--) {
		if (k < t->n && strchr(",.;?!", t->v[k].sep))
			return false;
		if (nlu_in(t, k - 1, "cancel canceling cancelling"))
			return true;
		if (nlu_in(t, k - 1, "and or but then can could instead to so"))
			return false;
	}
	return false;
}

static bool old_en(const struct nlu_text *t, size_t i, size_t end, bool moves)
{
	size_t det = i;

	while (det > 0 && nlu_in(t, det - 1,
				 "this next coming on at my the "
				 "our that todays"))
		det--;
	if (moves && det > 0 && nlu_is(t, det - 1, "from") &&
	    said_behind(t, end, "to till until onto and instead"))
		return true;
	if (moves && cancelled_day(t, det))
		return true;
	/* "move the haircut on Thursday to Friday" */
	if (moves && nlu_in(t, det, "on this") &&
	    nlu_match_at(t, end, "to|till|until"))
		return true;
	/* "reschedule Thursday", "swap my Thursday for" */
	if (det > 0 && !nlu_in(t, det, "on at") && !is_change(t, det - 1) &&
	    nlu_in(t, det - 1,
		   "reschedule move change push switch swap trade postpone "
		   "cancel rebook"))
		return true;
	/* "my Thursday nine o'clock appointment" */
	if ((nlu_in(t, end, meets_en) ||
	     nlu_match_at(t, end, "am|pm|oclock|at *") ||
	     nlu_match_at(t, end, "one to|for|on|at|$") ||
	     nlu_match_at(t, end, "to|for") || end == t->n) &&
	    det < i && said_before(t, i, i - det, "my our"))
		return true;
	if (nlu_in(t, end, meets_en) && det < i && moves)
		return true;
	return behind_meet(t, i, moves) || stands_for(t, i);
}

static bool cancels_es(const struct nlu_text *t, size_t end)
{
	for (size_t k = 0; k < end; k++) {
		if (nlu_in(t, k,
			   "cancelar cancelarla cancele cancelen cancela "
			   "anular anule tengo tenia tenemos"))
			return true;
	}
	return false;
}

static bool old_es(const struct nlu_text *t, size_t i, size_t end, bool moves)
{
	static const char little[] = "de del para el la en a es era los";
	size_t k = i;

	if (moves &&
	    (nlu_is(t, i, "del") || (i && nlu_in(t, i - 1, "del de"))) &&
	    said_behind(t, end, "al a para por"))
		return true;
	/* "mi cita del jueves", "tengo cita el jueves"; "cita para" may wish */
	while (k > 0 && nlu_in(t, k - 1, little) && !nlu_is(t, k - 1, "a"))
		k--;
	if (nlu_is(t, i, "al") || !k || !nlu_in(t, k - 1, meets_es))
		return false;
	/* "quiero mover mi cita para el viernes": there it shall go */
	if (moves && nlu_is(t, k, "para") && !cancels_es(t, k) &&
	    !said_behind(t, end, "al para por"))
		return false;
	k--;
	if (said_before(t, k, 2, "mi nuestra la") &&
	    !said_before(t, k, 3, "para por"))
		return moves || said_before(t, k, 1, "mi nuestra");
	return said_before(t, k, 3, "tengo tenia tenemos teniamos") &&
	       !said_before(t, k, 6, "puedo podria quiero quisiera necesito");
}

bool nlu_old(const struct nlu_text *t, size_t i, size_t end, bool moves)
{
	return t->lang == NLU_ES ? old_es(t, i, end, moves)
				 : old_en(t, i, end, moves);
}

/* ---- days that do not do ---- */

void nlu_exclude(struct nlu_when *o, const struct nlu_day *d)
{
	if (d->past || d->bad)
		return;
	if (d->weekday)
		o->not_dow |= 1u << cal_dow(d->day);
	else if (o->n_not < NLU_NOT)
		o->not_day[o->n_not++] = d->day;
}

bool nlu_excluded(const struct nlu_when *o, int day)
{
	if (o->not_dow & 1u << cal_dow(day))
		return true;
	for (size_t i = 0; i < o->n_not; i++) {
		if (o->not_day[i] == day)
			return true;
	}
	return false;
}

void nlu_allow(struct nlu_when *o, int day)
{
	size_t n = 0;

	o->not_dow &= ~(1u << cal_dow(day));
	for (size_t i = 0; i < o->n_not; i++) {
		if (o->not_day[i] != day)
			o->not_day[n++] = o->not_day[i];
	}
	o->n_not = n;
}

void nlu_exclude_part(struct nlu_when *o, struct nlu_rest *rest,
		      const struct nlu_day *d, enum nlu_part part,
		      unsigned *not_parts)
{
	if (part && o->has_day && o->day == d->day) {
		*not_parts |= 1u << part;
		return;
	}
	nlu_exclude(o, d);
	*rest = (struct nlu_rest){part && !d->past && !d->bad, d->day, part};
}

void nlu_rest_of_day(struct nlu_when *o, const struct nlu_rest *rest)
{
	if (!rest->has || o->has_day || !o->part || o->part == rest->part)
		return;
	o->has_day = true;
	o->day = rest->day;
	nlu_allow(o, o->day);
}

void nlu_week_on(struct nlu_when *o)
{
	if (!o->same_time && !o->same_day)
		return;
	o->shift = NLU_BY;
	o->by_days = 7;
	o->by_minutes = 0;
	o->has_day = o->span = o->same_time = o->same_day = false;
}

void nlu_except(struct nlu_when *o, const struct nlu_now *now)
{
	int day = o->has_day ? o->day : now->today, last = day + 14;

	if ((!o->not_dow && !o->n_not) || o->past || o->bad ||
	    (!o->has_day && !o->any) ||
	    (o->has_day && !nlu_excluded(o, o->day)))
		return;
	/* "next week, but not on Monday" begins with Tuesday */
	if (o->has_day && !o->span) {
		o->has_day = false;
		return;
	}
	o->has_day = false;
	for (; day < last; day++) {
		int dow = cal_dow(day);

		if (nlu_excluded(o, day) || now->hours[dow].open < 0 ||
		    (day == now->today &&
		     now->minute + 120 > now->hours[dow].close))
			continue;
		o->has_day = true;
		o->day = day;
		o->any = false;
		return;
	}
}

bool nlu_when_says(const struct nlu_when *o)
{
	return o->has_day || o->has_time || o->part || o->any || o->shift ||
	       o->bad || o->same_time || o->same_day || o->not_dow || o->n_not;
}

/* ---- seen from what is booked or offered ---- */

/* Some of hours, days …, in halves, as it is said without a number. */
static size_t amount_en(const struct nlu_text *t, size_t i, int *half)
{
	if (nlu_match_at(t, i, "half an"))
		return *half = 1, 2;
	if (nlu_match_at(t, i, "a half"))
		return *half = 1, 2;
	if (nlu_match_at(t, i, "a couple of"))
		return *half = 4, 3;
	if (nlu_match_at(t, i, "a couple"))
		return *half = 4, 2;
	if (nlu_in(t, i, "a an"))
		return *half = 2, 1;
	return 0;
}

static size_t amount_es(const struct nlu_text *t, size_t i, int *half)
{
	if (nlu_is(t, i, "media"))
		return *half = 1, 1;
	if (nlu_match_at(t, i, "un par de"))
		return *half = 4, 3;
	if (nlu_in(t, i, "un una"))
		return *half = 2, 1;
	return 0;
}

/* "Two", "10". */
static size_t amount_number(const struct nlu_text *t, size_t i, int *half)
{
	bool ord;
	int v;
	size_t n = nlu_number(t, i, &v, &ord);

	if (!n || ord || v <= 0 || v >= 90)
		return 0;
	*half = 2 * v;
	return n;
}

/* "Two hours", "half an hour", "una semana": words used. */
static size_t amount(const struct nlu_text *t, size_t i, int *days,
		     int *minutes)
{
	int half = 0;
	size_t n = t->lang == NLU_ES ? amount_es(t, i, &half)
				     : amount_en(t, i, &half);

	if (!n)
		n = amount_number(t, i, &half);
	*days = *minutes = 0;
	if (!n)
		return 0;
	if (nlu_in(t, i + n, "hour hours hora horas"))
		*minutes = 30 * half;
	else if (nlu_in(t, i + n, "minute minutes minuto minutos"))
		*minutes = half / 2;
	else if (nlu_in(t, i + n, "day days dia dias"))
		*days = half / 2;
	else if (nlu_in(t, i + n, "week weeks semana semanas"))
		*days = 7 * half / 2;
	return *days || *minutes ? n + 1 : 0;
}

struct saying {
	const char *pattern;
	bool same_time, same_day;
	enum nlu_shift shift;
};

static const struct saying sayings_en[] = {
	{"later on? in? that|the? same? day", false, true, NLU_LATER},
	{"later that day", false, true, NLU_LATER},
	{"earlier on? in? that|the? same? day", false, true, NLU_EARLIER},
	{"earlier that day", false, true, NLU_EARLIER},
	{"that|the? same day but? later", false, true, NLU_LATER},
	{"that|the? same day but? earlier", false, true, NLU_EARLIER},
	{"at? that|the? same exact? time", true, false, NLU_NO_SHIFT},
	{"that|the? same day", false, true, NLU_NO_SHIFT},
};

static const struct saying sayings_es[] = {
	{"mas tarde ese|el mismo dia", false, true, NLU_LATER},
	{"mas temprano ese|el mismo dia", false, true, NLU_EARLIER},
	{"ese|el mismo dia pero? mas tarde", false, true, NLU_LATER},
	{"ese|el mismo dia pero? mas temprano", false, true, NLU_EARLIER},
	{"a? la misma hora", true, false, NLU_NO_SHIFT},
	{"el|al? mismo horario", true, false, NLU_NO_SHIFT},
	{"ese|el|al mismo dia", false, true, NLU_NO_SHIFT},
};

static size_t saying_at(struct nlu_when *o, const struct nlu_text *t, size_t i)
{
	bool es = t->lang == NLU_ES;
	const struct saying *tab = es ? sayings_es : sayings_en;
	size_t n = es ? ARRAY_LEN(sayings_es) : ARRAY_LEN(sayings_en);

	for (size_t k = 0; k < n; k++) {
		size_t used = nlu_match_at(t, i, tab[k].pattern);

		if (!used)
			continue;
		o->same_time |= tab[k].same_time;
		o->same_day |= tab[k].same_day;
		if (tab[k].shift)
			o->shift = tab[k].shift;
		return used - 1;
	}
	return 0;
}

size_t nlu_relative_at(struct nlu_when *o, const struct nlu_text *t, size_t i)
{
	static const char late[] = "later|after", soon[] = "earlier|sooner";
	size_t n = saying_at(o, t, i), m;
	int days, minutes, sign = 0;

	if (n)
		return n;
	n = amount(t, i, &days, &minutes);
	if (!n)
		return 0;
	if (t->lang == NLU_ES) {
		m = nlu_match_at(t, i + n, "mas? tarde|despues|adelante");
		sign = m ? 1 : 0;
		m = m ? m : nlu_match_at(t, i + n, "mas? antes|temprano");
	} else {
		m = nlu_match_at(t, i + n, late);
		sign = m ? 1 : 0;
		m = m ? m : nlu_match_at(t, i + n, soon);
		if (!m && i && nlu_in(t, i - 1, "back out"))
			m = 1, sign = 1;
		else if (!m && i && nlu_in(t, i - 1, "up forward by"))
			m = 1, sign = nlu_is(t, i - 1, "by") ? 1 : -1;
		/* "an hour after three" is a time */
		if (m > 1 && nlu_is(t, i + n, "after") && i + n + 1 < t->n)
			m = 0;
	}
	if (!m)
		return 0;
	sign = sign ? sign : -1;
	o->shift = NLU_BY;
	o->by_days = sign * days;
	o->by_minutes = sign * minutes;
	return n + m - 1;
}
