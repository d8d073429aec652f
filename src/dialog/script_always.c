/*
 * What a caller may say at any time: questions back, wishes to speak to
 * somebody, and emergencies, which nothing holds up.
 */
#include "dialog/script.h"

/* Phrases of all languages, or of each one its own. */
static json_t *phrases_of(json_t *e, const char *key, const struct nlu_text *t)
{
	json_t *v = json_object_get(e, key);

	return json_is_object(v) ? json_object_get(v, lang_name(t->lang)) : v;
}

/*
 * Do the words [from, to) belong together? "No, I smell gas" and "oh no gas
 * leak" deny nothing; the point in "c.o." is no end.
 */
static bool one_clause(const struct nlu_text *t, size_t from, size_t to)
{
	if (from && sv_eq(t->v[from].w, "no") &&
	    nlu_in(t, from - 1, "oh god gosh ay ai hay dios"))
		return false;
	for (size_t i = from + 1; i < to && i < t->n; i++) {
		if (strchr(",.;:?!", t->v[i].sep) && t->v[i - 1].w.len > 1)
			return false;
	}
	return true;
}

/* Does a phrase of list cover one of the words [at, end)? */
static bool covers(json_t *list, const struct nlu_text *t, size_t at,
		   size_t end)
{
	size_t i, k, used;
	json_t *p;

	json_array_foreach (list, i, p) {
		const char *pattern = json_string_value(p);

		for (k = 0; pattern && k < end; k++) {
			used = nlu_match_at(t, k, pattern);
			if (used && k + used - 1 > at &&
			    one_clause(t, k, k + used - 1))
				return true;
		}
	}
	return false;
}

/* The phrases that take a match in t back, NULL where "but" forbids it. */
static json_t *unless_of(json_t *e, const struct nlu_text *t)
{
	json_t *but = phrases_of(e, "but", t), *p;
	size_t i;

	json_array_foreach (but, i, p) {
		const char *pattern = json_string_value(p);

		if (pattern && nlu_match(t, pattern, NULL, NULL))
			return NULL;
	}
	return phrases_of(e, "unless", t);
}

/* A phrase that the words of "unless" leave alone; where it stands in t. */
static bool find_phrase(json_t *e, const char *key, const struct nlu_text *t,
			size_t *from, size_t *to)
{
	json_t *list = phrases_of(e, key, t), *p;
	json_t *unless = unless_of(e, t);
	size_t i, k, used;

	json_array_foreach (list, i, p) {
		const char *pattern = json_string_value(p);

		for (k = 0; pattern && k < t->n; k++) {
			used = nlu_match_at(t, k, pattern);
			if (used && !covers(unless, t, k, k + used - 1)) {
				*from = k;
				*to = k + used - 1;
				return true;
			}
		}
	}
	return false;
}

/* "I did not smell gas before, but now I smell gas" says it once for real. */
bool always_says(json_t *e, const char *key, const struct nlu_text *t)
{
	size_t from, to;

	return find_phrase(e, key, t, &from, &to);
}

json_t *always_part(json_t *e, const char *key, const struct nlu_text *t)
{
	static const char ends[] =
		"and but with for budget tomorrow today next please i it my "
		"is at on can under around about up y con para presupuesto "
		"manana hoy por es mi";
	size_t from, to, most;
	json_t *v = NULL;
	struct buf b;

	if (!find_phrase(e, key, t, &from, &to))
		return NULL;
	buf_init(&b, 160);
	for (most = to + 3; to < t->n && to < most; to++) {
		if (t->v[to].sep != ' ' || nlu_sv_in(t->v[to].w, ends))
			break;
	}
	for (size_t i = from; i < to && i < t->n; i++) {
		buf_str(&b, b.len ? " " : "");
		buf_sv(&b, t->v[i].raw);
	}
	if (b.p && !b.err)
		v = json_stringn(b.p, b.len);
	buf_fini(&b);
	return v;
}

static bool holds(const struct dialog_sess *s, json_t *e)
{
	json_t *cond = json_object_get(e, "if");

	return !cond || vars_true(s, cond);
}

static enum nlu_intent intent_of(json_t *e)
{
	return nlu_intent_find(
		sv_str(json_string_value(json_object_get(e, "intent"))));
}

/* "I can't make it tomorrow" to the time that was offered is a no to it. */
static bool refuses_offer(const struct dialog_sess *s, const struct nlu_text *t)
{
	enum slot_kind kind = (enum slot_kind)script_kind(
		json_string_value(json_object_get(s->asked_value, "kind")));

	if (!s->asked_value || (kind != SLOT_YESNO && kind != SLOT_WHEN))
		return false;
	return nlu_match(t, "cant|cannot|wont|puedo|podre|voy", NULL, NULL) &&
	       !nlu_match(t,
			  "cancel|cancelling|reschedule|move|change|"
			  "appointment|booking|visit|reservation|nobody|"
			  "cancelar|reprogramar|reagendar|cita|reservacion|"
			  "visita|turno",
			  NULL, NULL);
}

/* The wish for privacy, whatever else a trade hears in its words. */
static json_t *privacy_in(struct dialog_sess *s, const struct nlu_text *t,
			  json_t *list)
{
	json_t *e;
	size_t i;

	if (!(nlu_intents(t) & 1u << NLU_NO_RECORD))
		return NULL;
	json_array_foreach (list, i, e) {
		if (intent_of(e) == NLU_NO_RECORD && holds(s, e) &&
		    !covers(unless_of(e, t), t, 0, t->n))
			return e;
	}
	return NULL;
}

json_t *always_find(struct dialog_sess *s, const struct nlu_text *t)
{
	unsigned intents = nlu_intents(t);
	json_t *list = json_object_get(s->script, "always"), *e;
	size_t i;

	e = privacy_in(s, t, list);
	if (e)
		return e;
	json_array_foreach (list, i, e) {
		enum nlu_intent is = intent_of(e);
		bool fits = is && (intents & 1u << is) &&
			    !(is == NLU_EXISTING && refuses_offer(s, t)) &&
			    !covers(unless_of(e, t), t, 0, t->n);

		if ((fits || always_says(e, "phrases", t)) && holds(s, e))
			return e;
	}
	return NULL;
}

json_t *always_key(struct dialog_sess *s, char digit)
{
	json_t *list = json_object_get(s->script, "always"), *e;
	size_t i;

	json_array_foreach (list, i, e) {
		const char *key = json_string_value(json_object_get(e, "key"));

		if (key && key[0] == digit && !key[1] && holds(s, e))
			return e;
	}
	json_array_foreach (list, i, e) {
		if (digit == '0' && intent_of(e) == NLU_PERSON && holds(s, e))
			return e;
	}
	return NULL;
}

/* Which emergencies are looked for. */
enum round {
	ROUND_FIRST, /* those that are "first": gas, whatever else there is */
	ROUND_SAYS,  /* those that say what to do */
	ROUND_ASKS_FIRST, /* those that ask and are "first" */
	ROUND_ASKS,	  /* … and the others */
	ROUNDS
};

static bool in_round(json_t *e, enum round round)
{
	bool first = json_is_true(json_object_get(e, "first"));
	bool says = json_object_get(e, "say");

	return round == ROUND_FIRST	   ? first && says
	       : round == ROUND_SAYS	   ? says
	       : round == ROUND_ASKS_FIRST ? first
					   : true;
}

/* How sure a reading is. Guesses count less than words, so a script may name
 * shorter signs for them; a doubt is one that only they may take up. */
enum surety { SURE, GUESS, DOUBT };

static json_t *emergency_in(struct dialog_sess *s, const struct nlu_text *t,
			    enum surety is, enum round round)
{
	json_t *list = json_object_get(s->script, "always"), *e;
	size_t i;

	json_array_foreach (list, i, e) {
		if (!json_is_true(json_object_get(e, "anywhere")) ||
		    !in_round(e, round) || !holds(s, e))
			continue;
		if ((is != DOUBT && always_says(e, "phrases", t)) ||
		    (is != SURE && always_says(e, "guess", t)))
			return e;
	}
	return NULL;
}

/*
 * What tells what to do and goes nowhere leaves room for the danger beside
 * it: "the basement is flooding and my dad is hurt".
 */
static json_t *emergency_beside(struct dialog_sess *s, const struct nlu_text *t,
				json_t *one)
{
	json_t *list = json_object_get(s->script, "always"), *e;
	json_t *say = json_object_get(one, "say");
	size_t i;

	if (!say || json_object_get(one, "then"))
		return NULL;
	json_array_foreach (list, i, e) {
		if (!json_is_true(json_object_get(e, "anywhere")) ||
		    !in_round(e, ROUND_SAYS) || !holds(s, e))
			continue;
		/* of gas in a car and gas in a house only one is meant */
		if (in_round(e, ROUND_FIRST) && json_object_get(e, "then"))
			continue;
		if (!json_equal(say, json_object_get(e, "say")) &&
		    always_says(e, "phrases", t))
			return e;
	}
	return NULL;
}

/* What one reading brings; *t is that reading, kept in s->heard. */
static json_t *emergency_read(struct dialog_sess *s, struct nlu_text *t,
			      const struct dialog_in *in, struct sv text,
			      enum round round)
{
	bool doubt = script_take_doubt(&text);
	json_t *e;

	script_clean(&s->heard, text);
	nlu_split_lang(t, buf_get(&s->heard), lang_of_input(s, in->lang));
	e = emergency_in(s, t,
			 doubt			      ? DOUBT
			 : in->kind == DIALOG_UNCLEAR ? GUESS
						      : SURE,
			 round);
	if (e && doubt) { /* what was said is what was read, not the doubt */
		script_clean(&s->heard, in->text);
		nlu_split_lang(t, buf_get(&s->heard),
			       lang_of_input(s, in->lang));
	}
	return e;
}

/* "The basement is flooding and I smell" something: what to ask after what
 * was said to do. */
static json_t *asked_beside(struct dialog_sess *s, const struct dialog_in *in,
			    json_t *one)
{
	struct sv rest = in->alts, line = in->text;
	struct nlu_text t;
	json_t *e = NULL;

	if (!json_object_get(one, "then") || !json_object_get(one, "say"))
		return NULL;
	do {
		if (line.len)
			e = emergency_read(s, &t, in, line, ROUND_ASKS_FIRST);
	} while ((!e || json_object_get(e, "say")) &&
		 script_next_line(&rest, &line));
	return e && !json_object_get(e, "say") ? e : NULL;
}

static bool emergency_at(struct dialog_sess *s, const struct dialog_in *in,
			 struct sv text, enum round round)
{
	struct nlu_text t;
	struct heard h = {.t = &t};
	json_t *e = emergency_read(s, &t, in, text, round), *beside, *asks;

	if (!e)
		return false;
	h.always = e;
	vars_set(s, SV("last"),
		 json_stringn(s->heard.p ? s->heard.p : "", s->heard.len));
	/* what to do in danger is said as the caller speaks */
	if (t.lang != s->lang)
		lang_set(s, t.lang);
	beside = emergency_beside(s, &t, e);
	if (beside) {
		run_set(s, json_object_get(e, "set"));
		act_lines(s, json_object_get(e, "say"));
		h.always = e = beside;
	}
	asks = round == ROUND_SAYS ? asked_beside(s, in, e) : NULL;
	if (asks) {
		act_lines(s, json_object_get(e, "say"));
		beside = e;
		h.always = e = asks;
		(void)emergency_read(s, &t, in, in->text, round);
	}
	if (json_object_get(e, "then"))
		run_leave_tool(s);
	if (in->kind == DIALOG_TEXT)
		script_find_slots(s, &h);
	always_answer(s, &h, e);
	if (asks) /* it goes on when that is answered */
		json_array_append(s->after, beside);
	return true;
}

bool always_emergency(struct dialog_sess *s, const struct dialog_in *in)
{
	if (in->kind != DIALOG_TEXT && in->kind != DIALOG_UNCLEAR)
		return false;
	/* What some reading says is said before what another one asks. */
	for (enum round round = ROUND_FIRST; round < ROUNDS; round++) {
		struct sv rest = in->alts, line;

		if (in->text.len && emergency_at(s, in, in->text, round))
			return true;
		while (script_next_line(&rest, &line)) {
			if (emergency_at(s, in, line, round))
				return true;
		}
	}
	return false;
}

void always_repeat(struct dialog_sess *s)
{
	size_t i;
	json_t *v;

	if (s->last_lang != s->lang || !json_array_size(s->last)) {
		run_resume(s);
		return;
	}
	json_array_foreach (s->last, i, v)
		act_say(s, sv_str(json_string_value(v)), false);
	act_expect(s);
}

/* They look something up: there is no hurry. */
static void wait(struct dialog_sess *s)
{
	act_expect(s);
	if (s->nacts && s->acts[s->nacts - 1].kind == DIALOG_EXPECT)
		s->acts[s->nacts - 1].answer_ms = 20000;
}

/* "Don't record me, I smell gas": both, the danger first. */
static void wishes_beside(struct dialog_sess *s, const struct nlu_text *t)
{
	json_t *list = json_object_get(s->script, "always"), *e;
	unsigned intents = nlu_intents(t);
	size_t i;

	json_array_foreach (list, i, e) {
		json_t *state = json_object_get(e, "beside");

		if (!state || !(intents & 1u << intent_of(e)) || !holds(s, e))
			continue;
		run_set(s, json_object_get(json_object_get(e, "then"), "set"));
		run_beside(s, json_string_value(state));
	}
}

/*
 * "Don't record me. Can I talk to a person": one wish after the other, those
 * that "follow" an entry with "beside" when it leads back.
 */
static void wishes_after(struct dialog_sess *s, const struct heard *h,
			 json_t *first)
{
	json_t *list = json_object_get(s->script, "always"), *e;
	unsigned intents = nlu_intents(h->t) & ~(1u << intent_of(first));
	bool way_on = h->answered || h->filled || h->changed;
	size_t i;

	json_array_foreach (list, i, e) {
		enum nlu_intent is = intent_of(e);

		if (!is || !(intents & 1u << is) || !holds(s, e) ||
		    !json_is_true(json_object_get(e, "follows")) ||
		    (way_on && !json_is_true(json_object_get(e, "at_once"))))
			continue;
		intents &= ~(1u << is);
		json_array_append(s->after, e);
	}
}

/* Nothing else was understood: the question again, or what the entry has. */
static void rest(struct dialog_sess *s, json_t *e)
{
	json_t *step = json_object_get(e, "rest");

	if (step)
		run_step(s, step);
	else
		run_resume(s);
}

/*
 * "What?", "how much?" for the fourth time, and no answer to our question in
 * between: as little help as what is not understood.
 */
static bool leads_nowhere(struct dialog_sess *s, const struct heard *h,
			  json_t *e)
{
	if (!s->asked || s->waiting || json_object_get(e, "then") ||
	    json_is_true(json_object_get(e, "anywhere")))
		return false;
	if (h->answered || h->filled || h->changed)
		s->asides = s->asked_aside = 0;
	if (e != s->aside)
		s->asides = 0;
	s->aside = e;
	return ++s->asides > SCRIPT_ASIDES ||
	       ++s->asked_aside > SCRIPT_ASIDES_ALL;
}

void always_answer(struct dialog_sess *s, struct heard *h, json_t *e)
{
	const char *intent = json_string_value(json_object_get(e, "intent"));
	bool anywhere = json_is_true(json_object_get(e, "anywhere"));
	json_t *then = json_object_get(e, "then"), *instead;
	enum nlu_intent is = nlu_intent_find(sv_str(intent));

	run_set(s, json_object_get(e, "set"));
	instead = json_object_get(json_object_get(s->state, "instead"),
				  intent ? intent : "");
	run_set(s, json_object_get(e, "set"));
	if (instead && !anywhere) {
		run_step(s, instead);
		return;
	}
	if (leads_nowhere(s, h, e)) {
		run_step(s, run_option(s, "fail"));
		return;
	}
	act_lines(s, json_object_get(e, "say"));
	if (anywhere && h->t)
		wishes_beside(s, h->t);
	if (then)
		json_array_clear(s->after);
	if (then && h->t && json_object_get(e, "beside"))
		wishes_after(s, h, e);
	/* "can I talk to somebody about my drain": the drain is our way on */
	if (then && (anywhere || json_is_true(json_object_get(e, "at_once")) ||
		     !(h->answered || h->filled || h->changed)))
		run_step(s, then);
	else if (s->waiting)
		return; /* the tool goes on, and the call with it */
	else if (!s->asked && s->outcome[0])
		act_end(s, s->outcome); /* said after the goodbye */
	else if (is == NLU_REPEAT)
		always_repeat(s);
	else if (is == NLU_WAIT)
		wait(s);
	else if (!script_go_on(s, h))
		rest(s, e);
}
