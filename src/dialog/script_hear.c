#include "dialog/script.h"

enum { YES_WORDS = 3 }; /* of a yes that is heard otherwise */

/* Words by which a caller takes something back. */
static const char *const cues_en[] = {
	"actually|sorry|wait|instead|rather|change|wrong|correction|meant|no",
	"i mean",
	"make it|that",
	"not",
	"its|it is|thats",
	"address|street|house is",
};

static const char *const cues_es[] = {
	"no|perdon|mejor|espere|cambiar|cambie|equivoque|corrijo|digo|sino",
	"quise|quiero decir",
	"en vez|lugar de",
	"es",
};

/* Asks for another one than that on offer. */
static const char *const others_en[] = {
	"do you|something|anything|else|other|any",
};

static const char *const others_es[] = {
	"tiene|tienen|algo|algun|alguna|otro|otra|mas|cualquier",
};

/* What was said back is not agreed to: "but I didn't ask for two". */
static const char *const objects_en[] = {
	"didnt|dont|doesnt|isnt|wasnt|not|never|cant|cannot|wont|couldnt",
	"but i|we|you|thats|its|it|the|my|why|what|not|no|who",
	"why|who",
};

static const char *const objects_es[] = {
	"no|nunca|tampoco|por",
	"pero yo|no|usted|eso|es|la|el|mi|que",
};

static const char *const farewells_en[] = {
	"you too",
	"have a",
	"take care",
	"see you",
	"appreciate",
	"talk to|soon you|later?",
	"good night|day|evening|one",
};

static const char *const farewells_es[] = {
	"igualmente",
	"que tenga|este|le|te",
	"hasta luego|pronto|manana|entonces",
	"cuidese",
	"buen|buena|buenas|buenos dia|dias|tarde|tardes|noche|noches",
	"nos vemos",
	"muy amable",
};

/* What noise makes of a "no" in front of a sentence. */
static const char *const noes_en[] = {
	"^ so|know|knows|knew|now|oh|though|go|low",
};

struct cues {
	const char *const *v;
	size_t n;
};

#define CUES(tab)                                                              \
	{                                                                      \
		tab, ARRAY_LEN(tab)                                            \
	}

static const struct cues takes_back[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(cues_en),
	[NLU_ES] = CUES(cues_es),
};
static const struct cues wants_other[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(others_en),
	[NLU_ES] = CUES(others_es),
};
static const struct cues like_no[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(noes_en),
};
static const struct cues objects[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(objects_en),
	[NLU_ES] = CUES(objects_es),
};
static const struct cues farewells[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(farewells_en),
	[NLU_ES] = CUES(farewells_es),
};

static bool has_cue(const struct nlu_text *t, const struct cues *tab)
{
	const struct cues *c = &tab[t->lang];

	for (size_t i = 0; i < c->n; i++) {
		if (nlu_match(t, c->v[i], NULL, NULL))
			return true;
	}
	return false;
}

static bool in_list(json_t *list, const char *name)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		if (json_is_string(v) && !strcmp(json_string_value(v), name))
			return true;
	}
	return false;
}

static int kind_of(json_t *def)
{
	return script_kind(json_string_value(json_object_get(def, "kind")));
}

/* The offered time when it fits what the caller says now, else NULL. */
static json_t *fitting_offer(struct dialog_sess *s, json_t *value)
{
	json_t *start = vars_get(s, SV("offer.start"));
	bool fits = json_is_string(start) && json_object_get(value, "rel") &&
		    slot_fits(s, value, sv_str(json_string_value(start)));

	return fits ? start : NULL;
}

/* "Tuesday at two" when just that is on offer. */
static bool said_back(struct dialog_sess *s, const struct heard *h,
		      json_t *value)
{
	/* "Tuesday" alone may be what is left of "no, Tuesday at three" */
	return json_is_string(json_object_get(value, "time")) &&
	       fitting_offer(s, value) && !has_cue(h->t, wants_other) &&
	       !has_cue(h->t, like_no) && !has_cue(h->t, objects);
}

static void slot_found(struct dialog_sess *s, struct heard *h, const char *name,
		       json_t *def, json_t *value, bool asked)
{
	json_t *old = json_object_get(s->vars, name);
	int kind = kind_of(def);
	bool had = old && !json_is_null(old),
	     is_asked = s->asked && !strcmp(name, s->asked);

	if (had && json_equal(old, value)) {
		h->answered |= is_asked;
		/* what was read back is said again: that is a yes */
		h->agrees |= !is_asked && asked &&
			     (kind == SLOT_WHEN ? said_back(s, h, value)
						: !has_cue(h->t, wants_other));
	} else if (asked && !is_asked && had && said_back(s, h, value)) {
		h->agrees = true;
	} else if (had && !asked && kind != SLOT_NAME &&
		   !has_cue(h->t, takes_back)) {
		/* mentioned, but not to correct what we know */
	} else {
		/* a time that is asked for again is refused no more */
		if (kind == SLOT_WHEN &&
		    json_is_string(json_object_get(value, "time")))
			vars_set(s, SV("refused"), NULL);
		/* "what else do you have": not the one on offer */
		if (asked && !is_asked && fitting_offer(s, value))
			vars_add(s, "refused",
				 json_incref(fitting_offer(s, value)));
		vars_set(s, sv_str(name), json_incref(value));
		slot_part(s, name, NULL);
		h->answered |= is_asked;
		h->filled |= !had;
		if (had && !is_asked)
			h->changed = def;
	}
	json_decref(value);
}

/* "At 212 Elm Street" is no time of day: t without the words of a place. */
static const struct nlu_text *without_address(struct dialog_sess *s,
					      const struct nlu_text *t,
					      struct nlu_text *mem)
{
	struct nlu_address a;

	if (!nlu_address(&a, t, buf_get(&s->streets), buf_get(&s->places),
			 kind_of(s->asked_value) == SLOT_ADDRESS) ||
	    !a.number[0] || a.to <= a.from)
		return t;
	*mem = *t;
	for (size_t i = a.from; i < a.to && i < mem->n; i++) {
		mem->v[i].w = SV("~");
		mem->v[i].num = -1;
		mem->v[i].ord = mem->v[i].figures = false;
	}
	return mem;
}

static bool reads_numbers(json_t *def)
{
	int kind = kind_of(def);

	return kind == SLOT_WHEN || kind == SLOT_MONEY || kind == SLOT_PHONE ||
	       kind == SLOT_CHOICE;
}

/* "Hang on, let me ask my wife." */
static bool is_pause(const struct nlu_text *t)
{
	return t->n <= 9 && (nlu_intents(t) & 1u << NLU_WAIT) &&
	       nlu_match(t,
			 "^ okay|ok|um|uh|oh|yeah|ay? "
			 "hold|hang|wait|just|one|give|let|espere|espereme|"
			 "espera|deme|dejeme|permitame|un",
			 NULL, NULL);
}

/* "How much is it?" is no message, "what?" is no car. */
static bool is_aside(const struct heard *h)
{
	return h->always &&
	       (!json_is_true(json_object_get(h->always, "weak")) ||
		h->t->n <= 4 || is_pause(h->t));
}

/* "No, not a cleaning": what it is then is asked, should nothing say so. */
static void drop_service(struct dialog_sess *s, struct heard *h,
			 const char *name, json_t *def)
{
	json_t *old = json_object_get(s->vars, name);

	if (!json_is_object(old) || h->changed || !s->asked || s->waiting ||
	    !json_object_get(def, "changed") ||
	    (h->answered && kind_of(s->asked_value) != SLOT_YESNO &&
	     kind_of(s->asked_value) != SLOT_TEXT) ||
	    !slot_refused(s, old, h->t))
		return;
	vars_set(s, sv_str(name), NULL);
	h->changed = def;
	h->dropped = true;
}

void script_find_slots(struct dialog_sess *s, struct heard *h)
{
	struct nlu_text mem;
	const struct nlu_text *rest = without_address(s, h->t, &mem);
	json_t *also = json_object_get(s->state, "also"), *def;
	/* an alarm is no answer to what was asked */
	bool listens = !s->waiting &&
		       !json_is_true(json_object_get(h->always, "anywhere"));
	const char *name;

	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		bool is_asked = s->asked && !strcmp(name, s->asked);
		bool asked = listens && (is_asked || in_list(also, name));
		struct found f;

		if (kind_of(def) == SLOT_TEXT && is_aside(h))
			continue;
		if (!asked && json_is_true(json_object_get(def, "only")))
			continue;
		f = slot_find(s, name, def, reads_numbers(def) ? rest : h->t,
			      buf_get(&s->heard), asked);
		if (f.problem) {
			if (asked && (is_asked || !h->problem))
				h->problem = f.problem;
			if (f.value)
				slot_part(s, name, f.value);
			continue;
		}
		if (f.value)
			slot_found(s, h, name, def, f.value, asked);
	}
	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		if (kind_of(def) == SLOT_SERVICE)
			drop_service(s, h, name, def);
	}
}

/* An answer that cut off what had to be heard before it. */
static void ask_again(struct dialog_sess *s)
{
	vars_set(s, sv_str(s->asked), NULL);
	s->unheard = false;
	if (s->insisted) { /* cut again: not for ever */
		run_fail(s);
		return;
	}
	s->insisted = true;
	act_lines(s, run_option(s, "unheard"));
	act_lines(s, json_object_get(s->state, "say"));
	act_expect(s);
}

/* "No, Elm Street": the no belongs to the correction. */
static void go_corrected(struct dialog_sess *s, struct heard *h)
{
	json_t *step = json_object_get(h->changed, "changed");
	json_t *instead = json_object_get(json_object_get(s->state, "instead"),
					  "changed");

	int kind = kind_of(s->asked_value);

	/* nor is "sorry, I meant a haircut" a text that was asked for */
	if (h->answered && (kind == SLOT_YESNO || kind == SLOT_TEXT))
		vars_set(s, sv_str(s->asked), NULL);
	if (instead) {
		run_step(s, instead);
		return;
	}
	if (step) {
		if (!h->dropped)
			act_lines(s, json_object_get(h->changed, "ack"));
		run_step(s, step);
		return;
	}
	/* read it back: the state's question names the new value */
	run_enter(s, s->at);
}

bool script_go_on(struct dialog_sess *s, struct heard *h)
{
	if (h->changed)
		go_corrected(s, h);
	else if (h->answered && s->unheard)
		ask_again(s);
	else if (h->answered)
		run_answered(s);
	else
		return false;
	return true;
}

static void say_problem(struct dialog_sess *s, const char *problem)
{
	json_t *line = json_object_get(run_option(s, "problems"), problem);
	json_t *again = run_option(s, "again");

	if (!line || ++s->fails > json_array_size(again) + 1) {
		run_fail(s);
		return;
	}
	act_variant(s, line, s->fails - 1);
	act_expect(s);
}

static void note(struct dialog_sess *s)
{
	json_t *said = json_object_get(s->vars, "said");
	const char *before = json_string_value(said);
	struct buf b;

	buf_init(&b, SCRIPT_SAID);
	buf_str(&b, before ? before : "");
	if (b.len)
		buf_str(&b, " / ");
	buf_sv(&b, buf_get(&s->heard));
	if (b.p && !b.err)
		vars_set(s, SV("said"), json_stringn(b.p, b.len));
	buf_fini(&b);
}

/* A yes is no news, and a message is kept as such. */
static bool wants_note(const struct dialog_sess *s)
{
	int kind = script_kind(
		json_string_value(json_object_get(s->asked_value, "kind")));

	return kind != SLOT_YESNO && kind != SLOT_TEXT;
}

/*
 * What makes of "no, …" that the caller does not want to tell. Any other is a
 * no to what was understood before: "no, it's the boiler", "no, it's Kate".
 */
static const char *const declines_en[] = {
	"rather|prefer|want|wont|dont|cant|cannot|wouldnt|need|needed|thanks",
	"thank|thats|thatll you|fine|ok|okay|all",
	"tell|telling|say|saying|give|giving|private|anonymous|sorry",
	"necessary|sure|way|never|yet|now|skip|pass|matter|business",
	"no address|name|need|no|point|reason",
};
static const char *const declines_es[] = {
	"prefiero|prefiera|quiero|quisiera|puedo|gracias|decir|decirlo|digo",
	"dar|darla|darlo|doy|privado|privada|anonimo|anonima|perdon|lo siento",
	"necesario|falta|importa|ahora|todavia|nunca|se|tengo|nada",
	"no|sin direccion|nombre|no",
};

static const struct cues declines[SCRIPT_LANGS] = {
	[NLU_EN] = CUES(declines_en),
	[NLU_ES] = CUES(declines_es),
};
enum { PLAIN_NO_WORDS = 2 };

/* "No" to a question that wants something else: "on": {"no": …}. */
static json_t *plain_step(struct dialog_sess *s, const struct nlu_text *t)
{
	int kind = kind_of(s->asked_value);

	static const char *const key[] = {[NLU_YES] = "yes", [NLU_NO] = "no"};
	enum nlu_yesno is = nlu_yesno(t);

	if ((kind == SLOT_NAME || kind == SLOT_ADDRESS) && is == NLU_NO &&
	    t->n > PLAIN_NO_WORDS && !has_cue(t, declines))
		return NULL;
	return is ? json_object_get(json_object_get(s->state, "on"), key[is])
		  : NULL;
}

static void read_text(struct dialog_sess *s, struct nlu_text *t, struct sv raw,
		      enum nlu_lang lang)
{
	script_clean(&s->heard, raw);
	nlu_split_lang(t, buf_get(&s->heard), lang);
	vars_set(s, SV("last"),
		 json_stringn(s->heard.p ? s->heard.p : "", s->heard.len));
}

/* "wanted": the slot of what the business does that this sentence names. */
static void note_wanted(struct dialog_sess *s, const struct nlu_text *t)
{
	const char *name;
	json_t *def, *wanted = NULL;

	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		struct found f = {NULL, NULL};

		if (!wanted && json_is_true(json_object_get(def, "wish")))
			f = slot_find(s, name, def, t, buf_get(&s->heard),
				      false);
		if (f.value || f.problem)
			wanted = json_string(name);
		json_decref(f.value);
	}
	vars_set(s, SV("wanted"), wanted);
}

static void understand(struct dialog_sess *s, struct heard *h)
{
	note_wanted(s, h->t);
	h->always = always_find(s, h->t);
	script_find_slots(s, h);
}

static bool useful(struct dialog_sess *s, const struct heard *h)
{
	return h->always || h->answered || h->filled || h->changed ||
	       h->agrees || plain_step(s, h->t);
}

/* A piece that another reading may make whole. */
static bool is_piece(const char *problem)
{
	return !strcmp(problem, "short") || !strcmp(problem, "number") ||
	       !strcmp(problem, "street") || !strcmp(problem, "between");
}

/*
 * A yes that only another reading brings: believed of a short answer, not of
 * a sentence that meant something else ("you know, on …" for "no, on …").
 */
static bool weak_yes(const struct dialog_sess *s, const struct nlu_text *first,
		     const struct nlu_text *t)
{
	return kind_of(s->asked_value) == SLOT_YESNO && first->n > YES_WORDS &&
	       nlu_yesno(t) == NLU_YES;
}

/* Nothing in the first reading: the others, then the call's language. */
static void other_readings(struct dialog_sess *s, const struct dialog_in *in,
			   struct heard *h, struct nlu_text *t)
{
	struct sv rest = in->alts, line;
	enum nlu_lang lang = h->t->lang;
	json_t *last = json_incref(json_object_get(s->vars, "last"));
	struct heard now;

	while (script_next_line(&rest, &line)) {
		if (script_take_doubt(&line))
			continue;
		read_text(s, t, line, lang);
		if (weak_yes(s, h->t, t))
			continue;
		now = (struct heard){.t = t};
		understand(s, &now);
		if (useful(s, &now))
			goto found;
	}
	if (lang != s->lang) {
		read_text(s, t, in->text, s->lang);
		now = (struct heard){.t = t};
		understand(s, &now);
		if (useful(s, &now))
			goto found;
	}
	script_clean(&s->heard, in->text);
	vars_set(s, SV("last"), last);
	return;
found:
	json_decref(last);
	*h = now;
}

/* The caller talks while a tool is at work. */
static void hear_waiting(struct dialog_sess *s, struct heard *h)
{
	json_t *e = always_find(s, h->t);

	script_find_slots(s, h);
	if (h->changed && json_object_get(h->changed, "changed"))
		s->redo = json_object_get(h->changed, "changed");
	if (!e || json_object_get(e, "then") ||
	    json_is_true(json_object_get(e, "weak")) ||
	    !act_lines(s, json_object_get(e, "say")))
		act_variant(s, run_option(s, "patience"), s->patience++);
}

/* What it may have been, should nothing better come. */
static void keep_candidate(struct dialog_sess *s, const struct nlu_text *t)
{
	json_t *v;

	if (!s->asked ||
	    !json_is_true(json_object_get(s->asked_value, "keep_unsure")) ||
	    json_is_null(json_object_get(s->candidates, s->asked)))
		return;
	v = slot_guess(s, s->asked, s->asked_value, t);
	if (v)
		json_object_set_new(s->candidates, s->asked, v);
}

/* "English please" is understood even when we cannot hear the rest. */
static bool names_language(const struct nlu_text *t)
{
	return nlu_intents(t) & (1u << NLU_LANG_ES | 1u << NLU_LANG_EN);
}

/* What came besides may answer for the question: its "if" says so. */
static void resume_filled(struct dialog_sess *s)
{
	json_t *cond = json_object_get(s->state, "if");

	if (cond && !vars_true(s, cond))
		run_enter(s, s->at);
	else
		run_resume(s);
}

static void answer(struct dialog_sess *s, struct heard *h)
{
	json_t *e = h->always, *step;
	bool weak = json_is_true(json_object_get(e, "weak"));
	enum nlu_intent is = nlu_intent_find(
		sv_str(json_string_value(json_object_get(e, "intent"))));

	if (s->switched && is != NLU_LANG_ES && is != NLU_LANG_EN)
		act_lines(s, run_option(s, "switched"));
	step = plain_step(s, h->t);
	/* "no, thank you" is a no */
	if (e && !(weak && (h->answered || h->changed || h->filled)) &&
	    !(is == NLU_THANKS && step)) {
		always_answer(s, h, e);
		return;
	}
	if (h->agrees && !h->answered && !h->changed &&
	    kind_of(s->asked_value) == SLOT_YESNO) {
		vars_set(s, sv_str(s->asked),
			 json_pack("{ss sb sO}", "is", "yes", "yes", 1, "words",
				   json_object_get(s->vars, "last")));
		h->answered = true;
	}
	if (script_go_on(s, h))
		return;
	if (h->problem) {
		say_problem(s, h->problem);
	} else if (h->filled) {
		resume_filled(s);
	} else if (step) {
		run_step(s, step);
	} else if (s->switched || names_language(h->t)) {
		run_resume(s); /* "English please": so it is */
	} else {
		keep_candidate(s, h->t);
		run_fail(s);
	}
}

/* The slot's value in t when it is a whole one and news; NULL else. */
static json_t *whole_guess(struct dialog_sess *s, const char *name, json_t *def,
			   const struct nlu_text *t)
{
	struct found f = {NULL, NULL};

	if (json_is_true(json_object_get(def, "read_back")))
		f = slot_find(s, name, def, t, buf_get(&s->heard), true);
	if (f.value && !f.problem &&
	    (kind_of(def) != SLOT_ADDRESS || !address_lacks(f.value)) &&
	    !json_equal(f.value, json_object_get(s->vars, name)))
		return f.value;
	json_decref(f.value);
	return NULL;
}

/*
 * "read_back": what may have been said is taken for it, with unsure true,
 * where it is asked for or may be corrected: the script reads it back.
 */
static bool read_back(struct dialog_sess *s, const struct nlu_text *t)
{
	json_t *slots = json_object_get(s->script, "slots"), *name, *v, *step;
	json_t *also = json_object_get(s->state, "also");
	const char *slot = s->asked;
	size_t i = 0;

	while (slot) {
		json_t *def = json_object_get(slots, slot);

		v = whole_guess(s, slot, def, t);
		if (v) {
			json_object_set_new(v, "unsure", json_true());
			vars_set(s, sv_str(slot), v);
			slot_part(s, slot, NULL);
			step = json_object_get(json_object_get(s->state, "on"),
					       "unsure");
			step = slot != s->asked
				       ? json_object_get(def, "changed")
			       : step ? step
				      : json_object_get(s->state, "next");
			if (step)
				run_step(s, step);
			else
				run_enter(s, s->at);
			return true;
		}
		name = json_array_get(also, i++);
		slot = json_string_value(name);
	}
	return false;
}

/* Speech that was not read, or cannot be. */
static void miss(struct dialog_sess *s, const struct dialog_in *in)
{
	struct nlu_text t;

	if (s->waiting) {
		act_variant(s, run_option(s, "patience"), s->patience++);
		return;
	}
	if (in->text.len && !lang_deaf(s)) {
		script_clean(&s->heard, in->text);
		nlu_split_lang(&t, buf_get(&s->heard),
			       lang_of_input(s, in->lang));
		if (read_back(s, &t))
			return;
		keep_candidate(s, &t);
	}
	run_fail(s);
}

void script_hear_text(struct dialog_sess *s, const struct dialog_in *in)
{
	struct nlu_text t, other;
	struct heard h = {.t = &t};

	s->texts++;
	if (always_emergency(s, in))
		return;
	read_text(s, &t, in->text, lang_of_input(s, in->lang));
	if (lang_deaf(s) && !names_language(&t)) {
		miss(s, in);
		return;
	}
	lang_rights(s, &t, buf_get(&s->heard));
	lang_follow(s, &t);
	if (s->waiting) {
		hear_waiting(s, &h);
		return;
	}
	if (wants_note(s))
		note(s);
	understand(s, &h);
	if (!useful(s, &h) && (!h.problem || is_piece(h.problem)))
		other_readings(s, in, &h, &other);
	answer(s, &h);
}

void script_hear_unclear(struct dialog_sess *s, const struct dialog_in *in)
{
	if (!always_emergency(s, in))
		miss(s, in);
}

bool script_hear_more(struct dialog_sess *s, const struct dialog_in *in)
{
	struct nlu_text t;

	nlu_split_lang(&t, in->text, lang_of_input(s, in->lang));
	return t.n && !has_cue(&t, farewells) && nlu_yesno(&t) == NLU_NEITHER &&
	       !(nlu_intents(&t) & (1u << NLU_THANKS | 1u << NLU_BYE));
}

/* A value by the keys; false when it is none. */
static bool digit_found(struct dialog_sess *s, struct found f)
{
	struct heard h = {.answered = true};

	if (f.problem && !strcmp(f.problem, "typing")) {
		act_expect(s);
	} else if (f.problem) {
		if (f.value)
			slot_part(s, s->asked, f.value);
		say_problem(s, f.problem);
	} else if (f.value) {
		vars_set(s, sv_str(s->asked), f.value);
		slot_part(s, s->asked, NULL);
		script_go_on(s, &h);
	} else {
		return false;
	}
	return true;
}

bool script_hear_typed(struct dialog_sess *s)
{
	if (!s->digits.len || !s->asked)
		return false;
	if (!digit_found(s, slot_typed(s, s->asked_value)))
		run_fail(s);
	return true;
}

void script_hear_digit(struct dialog_sess *s, char digit)
{
	struct heard h = {0};
	char words[] = "pressed 0";
	json_t *e;

	words[8] = digit;
	vars_set(s, SV("last"), json_string(words));
	if (digit_found(s, slot_digit(s, s->asked_value, digit)))
		return;
	e = always_key(s, digit);
	if (e)
		always_answer(s, &h, e);
	else if (digit == '*')
		always_repeat(s);
	else
		run_fail(s);
}
