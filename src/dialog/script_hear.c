#include "dialog/script.h"

/* Words by which a caller takes something back. */
static const char *const cues[] = {
	"actually|sorry|wait|instead|rather|change|wrong|correction|meant|no",
	"i mean",
	"make it|that",
	"not",
	"its|it is|thats",
};

static bool takes_back(const struct nlu_text *t)
{
	for (size_t i = 0; i < ARRAY_LEN(cues); i++) {
		if (nlu_match(t, cues[i], NULL, NULL))
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

/* What one utterance brought. */
struct heard {
	const struct nlu_text *t;
	bool answered;	     /* the question has its answer */
	bool filled;	     /* a slot that was empty has a value */
	json_t *changed;     /* definition of a slot that got another one */
	const char *problem; /* of the slot asked for */
	bool agrees;	     /* the offer was said back */
};

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
	return fitting_offer(s, value) &&
	       !nlu_match(h->t, "do you|something|anything|else|other|any",
			  NULL, NULL);
}

static void slot_found(struct dialog_sess *s, struct heard *h, const char *name,
		       json_t *def, json_t *value, bool asked)
{
	json_t *old = json_object_get(s->vars, name);
	bool had = old && !json_is_null(old),
	     is_asked = s->asked && !strcmp(name, s->asked);
	bool named = json_object_get(value, "full") != NULL;

	if (had && json_equal(old, value)) {
		h->answered |= is_asked;
		h->agrees |= !is_asked && asked && said_back(s, h, value);
	} else if (asked && !is_asked && had && said_back(s, h, value)) {
		h->agrees = true;
	} else if (had && !asked && !named && !takes_back(h->t)) {
		/* mentioned, but not to correct what we know */
	} else {
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

static void find_slots(struct dialog_sess *s, struct heard *h)
{
	json_t *also = json_object_get(s->state, "also"), *def;
	const char *name;

	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		bool is_asked = s->asked && !strcmp(name, s->asked);
		bool asked = !s->waiting && (is_asked || in_list(also, name));
		struct found f = slot_find(s, name, def, h->t,
					   buf_get(&s->heard), asked);

		if (f.problem) {
			if (asked)
				h->problem = f.problem;
			if (f.value)
				slot_part(s, name, f.value);
			continue;
		}
		if (f.value)
			slot_found(s, h, name, def, f.value, asked);
	}
}

/* The first entry of "always" that the utterance calls for. */
static json_t *find_always(struct dialog_sess *s, const struct heard *h)
{
	unsigned intents = nlu_intents(h->t);
	json_t *list = json_object_get(s->script, "always"), *e, *p;
	size_t i, k;

	json_array_foreach (list, i, e) {
		enum nlu_intent is = nlu_intent_find(sv_str(
			json_string_value(json_object_get(e, "intent"))));
		bool fits = is && (intents & 1u << is);

		json_array_foreach (json_object_get(e, "phrases"), k, p)
			fits |= nlu_match(h->t, json_string_value(p), NULL,
					  NULL);
		if (fits && (!json_object_get(e, "if") ||
			     vars_true(s, json_object_get(e, "if"))))
			return e;
	}
	return NULL;
}

static void say_last(struct dialog_sess *s)
{
	size_t i;
	json_t *v;

	json_array_foreach (s->last, i, v)
		act_say(s, sv_str(json_string_value(v)), false);
	act_expect(s);
}

/* Goes on with what was filled or changed on the way; false: nothing. */
static bool go_on(struct dialog_sess *s, struct heard *h)
{
	json_t *step = json_object_get(h->changed, "changed");
	json_t *instead = json_object_get(json_object_get(s->state, "instead"),
					  "changed");

	if (h->changed && instead) {
		run_step(s, instead);
		return true;
	}
	if (h->changed && step) {
		act_lines(s, json_object_get(h->changed, "ack"));
		run_step(s, step);
		return true;
	}
	if (h->changed) {
		/* read it back: the state's question names the new value */
		run_enter(s, s->at);
		return true;
	}
	if (h->answered && s->unheard) {
		vars_set(s, sv_str(s->asked), NULL);
		s->unheard = false;
		if (s->insisted) { /* cut again: not for ever */
			run_fail(s);
			return true;
		}
		s->insisted = true;
		act_lines(s, run_option(s, "unheard"));
		act_lines(s, json_object_get(s->state, "say"));
		act_expect(s);
		return true;
	}
	if (h->answered) {
		run_answered(s);
		return true;
	}
	return false;
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

/* An interjection: answers it, then goes on where the call stands. */
static void interject(struct dialog_sess *s, struct heard *h, json_t *e)
{
	const char *intent = json_string_value(json_object_get(e, "intent"));
	json_t *then = json_object_get(e, "then"), *instead;
	enum nlu_intent is = nlu_intent_find(sv_str(intent));

	instead = json_object_get(json_object_get(s->state, "instead"),
				  intent ? intent : "");
	if (instead) {
		run_step(s, instead);
		return;
	}
	act_lines(s, json_object_get(e, "say"));
	/* "can I talk to somebody about my drain": the drain is our way on */
	if (then && (json_is_true(json_object_get(e, "at_once")) ||
		     !(h->answered || h->filled || h->changed))) {
		run_step(s, then);
	} else if (is == NLU_REPEAT) {
		say_last(s);
	} else if (is == NLU_WAIT) {
		act_expect(s);
		s->acts[s->nacts - 1].answer_ms = 20000;
	} else if (!go_on(s, h)) {
		run_resume(s);
	}
}

/* Control characters and broken UTF-8 do not go further than here. */
static void clean(struct buf *out, struct sv raw)
{
	buf_reset(out);
	for (size_t i = 0; i < raw.len && out->len < 1024;) {
		unsigned char c = (unsigned char)raw.p[i];
		size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		char one[8] = {0};
		json_t *v;

		if (c < 32 || c == 127) {
			buf_char(out, ' ');
			i++;
			continue;
		}
		if (n == 1) {
			buf_char(out, (char)c);
			i++;
			continue;
		}
		n = MIN(n, raw.len - i);
		memcpy(one, raw.p + i, n);
		v = json_stringn(one, n);
		if (v)
			buf_add(out, one, n);
		else
			n = 1;
		json_decref(v);
		i += n;
	}
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

/* The caller talks while a tool is at work. */
static void hear_waiting(struct dialog_sess *s, struct heard *h)
{
	find_slots(s, h);
	if (h->changed && json_object_get(h->changed, "changed"))
		s->redo = json_object_get(h->changed, "changed");
	act_variant(s, run_option(s, "patience"), s->patience++);
}

/* "No" to a question that wants something else: "on": {"no": …}. */
static bool plain_answer(struct dialog_sess *s, const struct nlu_text *t)
{
	static const char *const key[] = {[NLU_YES] = "yes", [NLU_NO] = "no"};
	enum nlu_yesno is = nlu_yesno(t);
	json_t *step = NULL;

	if (is)
		step = json_object_get(json_object_get(s->state, "on"),
				       key[is]);
	if (!step)
		return false;
	run_step(s, step);
	return true;
}

void script_hear_text(struct dialog_sess *s, struct sv raw)
{
	struct nlu_text t;
	struct heard h = {.t = &t};
	json_t *e;
	bool weak;

	clean(&s->heard, raw);
	nlu_split(&t, buf_get(&s->heard));
	vars_set(s, SV("last"),
		 json_stringn(s->heard.p ? s->heard.p : "", s->heard.len));
	if (s->waiting) {
		hear_waiting(s, &h);
		return;
	}
	if (wants_note(s))
		note(s);
	e = find_always(s, &h);
	weak = json_is_true(json_object_get(e, "weak"));
	find_slots(s, &h);
	if (e && !(weak && (h.answered || h.changed || h.filled))) {
		interject(s, &h, e);
		return;
	}
	if (h.agrees && !h.answered && !h.changed) {
		vars_set(s, sv_str(s->asked),
			 json_pack("{ss sb sO}", "is", "yes", "yes", 1, "words",
				   json_object_get(s->vars, "last")));
		h.answered = true;
	}
	if (go_on(s, &h))
		return;
	if (h.problem)
		say_problem(s, h.problem);
	else if (h.filled)
		run_resume(s);
	else if (!plain_answer(s, &t))
		run_fail(s);
}

bool script_hear_more(struct sv raw)
{
	static const char *const farewell[] = {
		"you too",
		"have a",
		"take care",
		"see you",
		"appreciate",
		"talk to|soon you|later?",
		"good night|day|evening|one",
	};
	struct nlu_text t;

	nlu_split(&t, raw);
	for (size_t i = 0; i < ARRAY_LEN(farewell); i++) {
		if (nlu_match(&t, farewell[i], NULL, NULL))
			return false;
	}
	return t.n && nlu_yesno(&t) == NLU_NEITHER &&
	       !(nlu_intents(&t) & (1u << NLU_THANKS | 1u << NLU_BYE));
}

void script_hear_digit(struct dialog_sess *s, char digit)
{
	struct heard h = {0};
	json_t *e;
	size_t i;
	struct found f = slot_digit(s, s->asked_value, digit);
	char words[] = "pressed 0";

	words[8] = digit;
	vars_set(s, SV("last"), json_string(words));
	if (f.value) {
		vars_set(s, sv_str(s->asked), f.value);
		h.answered = true;
		go_on(s, &h);
		return;
	}
	if (f.problem && !strcmp(f.problem, "typing")) {
		act_expect(s);
		return;
	}
	if (digit == '*') {
		say_last(s);
		return;
	}
	json_array_foreach (json_object_get(s->script, "always"), i, e) {
		const char *is =
			json_string_value(json_object_get(e, "intent"));

		if (digit == '0' && is && !strcmp(is, "person")) {
			interject(s, &h, e);
			return;
		}
	}
	if (f.problem)
		say_problem(s, f.problem);
	else
		run_fail(s);
}
