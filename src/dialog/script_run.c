#include "dialog/script.h"

#include <stdio.h>
#include <stdlib.h>

json_t *run_option(const struct dialog_sess *s, const char *key)
{
	json_t *v = json_object_get(s->state, key);

	return v ? v
		 : json_object_get(json_object_get(s->script, "defaults"), key);
}

static const char *name_of(json_t *v)
{
	return json_string_value(v);
}

void run_set(struct dialog_sess *s, json_t *set)
{
	const char *path;
	json_t *v;

	json_object_foreach (set, path, v)
		vars_set(s, sv_str(path), vars_expand(s, v));
}

/* Carries a step out; the state it leads to, NULL: stay and ask again. */
static const char *step_to(struct dialog_sess *s, json_t *step)
{
	const char *key;
	json_t *v;

	enum nlu_lang lang;

	if (!json_is_object(step))
		return name_of(step);
	if (lang_find(sv_str(name_of(json_object_get(step, "lang"))), &lang)) {
		lang_set(s, lang);
		s->chosen = true;
	}
	run_set(s, json_object_get(step, "set"));
	json_object_foreach (json_object_get(step, "add"), key, v)
		vars_add(s, key, vars_expand(s, v));
	act_lines(s, json_object_get(step, "say"));
	return name_of(json_object_get(step, "go"));
}

/* The script ran in a circle: rather hang up than talk for ever. */
static void give_up(struct dialog_sess *s)
{
	act_lines(s, run_option(s, "sorry"));
	act_end(s, "failed");
}

static bool contains(json_t *list, const char *text)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		if (json_is_string(v) && !strcmp(json_string_value(v), text))
			return true;
	}
	return false;
}

/* The only one of a list whose member "by" is the wish's id. */
static const char *pick_by(struct dialog_sess *s, json_t *from, json_t *wish,
			   const char *by, const char *into)
{
	json_t *id = json_object_get(wish, "id"), *v, *one = NULL;
	unsigned n = 0;
	size_t i;

	json_array_foreach (from, i, v) {
		if (!id || !json_equal(json_object_get(v, by), id))
			continue;
		one = v;
		n++;
	}
	if (n != 1)
		return "none";
	vars_set(s, sv_str(into), json_deep_copy(one));
	return "some";
}

/* Takes the first slot that fits the wish, else the nearest not refused. */
static const char *pick(struct dialog_sess *s, json_t *def)
{
	json_t *from =
		vars_get(s, sv_str(name_of(json_object_get(def, "from"))));
	json_t *wish =
		vars_get(s, sv_str(name_of(json_object_get(def, "wish"))));
	const char *into = name_of(json_object_get(def, "into"));
	const char *by = json_string_value(json_object_get(def, "by"));
	json_t *refused = json_object_get(s->vars, "refused"), *v, *best = NULL;
	bool fits = false;
	size_t i;

	if (by)
		return pick_by(s, from, wish, by, into);
	json_array_foreach (from, i, v) {
		const char *start = name_of(json_object_get(v, "start"));

		if (!start || contains(refused, start) ||
		    slot_day_out(s,
				 sv_str(name_of(json_object_get(def, "wish"))),
				 sv_str(start)))
			continue;
		if (slot_fits(s, wish, sv_str(start))) {
			best = v;
			fits = true;
			break;
		}
		best = best ? best : v;
	}
	if (best) {
		best = json_deep_copy(best);
		json_object_set_new(best, "fits", json_boolean(fits));
	}
	vars_set(s, sv_str(into), best);
	return best ? "some" : "none";
}

static json_t *on(const struct dialog_sess *s, const char *key)
{
	json_t *tab = json_object_get(s->state, "on");
	json_t *step = json_object_get(tab, key);

	return step ? step : json_object_get(tab, "*");
}

static json_t *answer_step(const struct dialog_sess *s)
{
	json_t *value = json_object_get(s->vars, s->asked);
	const char *is = name_of(json_object_get(value, "is"));
	json_t *step = is ? on(s, is) : NULL;

	return step ? step : json_object_get(s->state, "next");
}

/* Asks anew; what was wished before may still complete the answer. */
static void forget(struct dialog_sess *s)
{
	json_t *old = json_object_get(s->vars, s->asked);

	if (json_is_object(old))
		slot_part(s, s->asked, json_incref(old));
	vars_set(s, sv_str(s->asked), NULL);
}

static bool set_asked(struct dialog_sess *s)
{
	json_t *v;

	s->asked = name_of(json_object_get(s->state, "ask"));
	s->asked_value =
		s->asked ? json_object_get(json_object_get(s->script, "slots"),
					   s->asked)
			 : NULL;
	if (!s->asked)
		return false;
	if (json_is_true(json_object_get(s->state, "fresh")))
		forget(s);
	v = json_object_get(s->vars, s->asked);
	return v && !json_is_null(v);
}

/* "max": how often a state may be entered before it is left by "over". */
static bool worn_out(struct dialog_sess *s)
{
	json_int_t n = json_integer_value(json_object_get(s->visits, s->at));
	json_t *max = json_object_get(s->state, "max");

	json_object_set_new(s->visits, s->at, json_integer(n + 1));
	return max && n >= json_integer_value(max);
}

/* What else was wished in the sentence that came between. */
static json_t *wish_after(struct dialog_sess *s)
{
	json_t *e = NULL, *cond;

	while (!e && json_array_size(s->after)) {
		e = json_array_get(s->after, 0);
		cond = json_object_get(e, "if");
		if (cond && !vars_true(s, cond))
			e = NULL;
		/* the script has it, too */
		json_array_remove(s->after, 0);
	}
	return e;
}

/*
 * To the question that stood before something came between: what it asks
 * for may be known by now, else it is put again in short.
 */
static const char *enter_back(struct dialog_sess *s)
{
	json_t *v = wish_after(s);

	if (v) {
		run_set(s, json_object_get(v, "set"));
		return step_to(s, json_object_get(v, "then"));
	}
	if (!s->question)
		return name_of(json_object_get(s->script, "start"));
	s->at = s->question;
	s->state = json_object_get(json_object_get(s->script, "states"), s->at);
	v = json_object_get(s->state, "if");
	if (v && !vars_true(s, v)) {
		v = json_object_get(s->state, "else");
		return step_to(s, v ? v : json_object_get(s->state, "next"));
	}
	if (set_asked(s))
		return step_to(s, answer_step(s));
	run_resume(s);
	return NULL;
}

/* Enters one state. The next one's name, NULL: somebody else's turn. */
static const char *enter(struct dialog_sess *s, const char *name)
{
	json_t *states = json_object_get(s->script, "states"), *v;

	s->fails = 0;
	s->unheard = s->must_heard = s->insisted = s->spared = false;
	buf_reset(&s->digits);
	json_object_del(s->vars, "between");
	if (!strcmp(name, "back"))
		return enter_back(s);
	s->at = name;
	s->state = json_object_get(states, name);
	if (worn_out(s))
		return step_to(s, json_object_get(s->state, "over"));
	slot_settle(s);
	v = json_object_get(s->state, "if");
	if (v && !vars_true(s, v)) {
		v = json_object_get(s->state, "else");
		return step_to(s, v ? v : json_object_get(s->state, "next"));
	}
	if (set_asked(s))
		return step_to(s, answer_step(s));
	act_lines(s, json_object_get(s->state, "say"));
	run_set(s, json_object_get(s->state, "set"));
	if (s->asked) {
		if (!json_is_true(json_object_get(s->state, "aside"))) {
			s->question = s->at;
			s->asides = s->asked_aside = 0;
		}
		act_expect(s);
		return NULL;
	}
	v = json_object_get(s->state, "tool");
	if (v && s->tool_id >= SCRIPT_TOOLS) {
		give_up(s);
		return NULL;
	}
	if (v) {
		act_tool(s, name_of(v), json_object_get(s->state, "args"));
		return NULL;
	}
	v = json_object_get(s->state, "pick");
	if (v)
		return step_to(s, on(s, pick(s, v)));
	v = json_object_get(s->state, "end");
	if (v) {
		act_end(s, name_of(v));
		return NULL;
	}
	return step_to(s, json_object_get(s->state, "next"));
}

void run_enter(struct dialog_sess *s, const char *name)
{
	while (name && !s->over && !s->waiting) {
		if (++s->steps > SCRIPT_STEPS)
			give_up(s);
		else
			name = enter(s, name);
	}
}

void run_step(struct dialog_sess *s, json_t *step)
{
	const char *to = step_to(s, step);

	if (to)
		run_enter(s, to);
	else
		run_resume(s);
}

/* The question is the last of the lines whose condition holds. */
static void say_last_line(struct dialog_sess *s, json_t *say)
{
	size_t i = json_array_size(say);

	if (!json_is_array(say))
		act_lines(s, say);
	while (i-- > 0) {
		if (act_lines(s, json_array_get(say, i)))
			return;
	}
}

void run_resume(struct dialog_sess *s)
{
	json_t *brief = json_object_get(s->state, "brief");
	json_t *say = json_object_get(s->state, "say");

	if (s->over || s->waiting)
		return;
	if (!s->asked) { /* a script that never asks: go on in it */
		give_up(s);
		return;
	}
	if (!brief || !act_lines(s, brief))
		say_last_line(s, say);
	act_expect(s);
}

/* Not understood for good, but there is a guess: the script reads it back. */
static bool take_candidate(struct dialog_sess *s)
{
	json_t *v = json_object_get(s->candidates, s->asked ? s->asked : "");
	json_t *step =
		json_object_get(json_object_get(s->state, "on"), "unsure");

	step = step ? step : json_object_get(s->state, "next");
	if (!json_is_object(v) || !step)
		return false;
	v = json_deep_copy(v);
	/* null: this guess had its chance */
	json_object_set_new(s->candidates, s->asked, json_null());
	json_object_set_new(v, "unsure", json_true());
	vars_set(s, sv_str(s->asked), v);
	slot_part(s, s->asked, NULL);
	run_step(s, step);
	return true;
}

void run_fail(struct dialog_sess *s)
{
	json_t *again = run_option(s, "again");
	size_t have = json_is_array(again) ? json_array_size(again) : 1;

	if (lang_deaf(s) && !s->spared) {
		s->spared = true; /* it is not them who do not understand */
		act_variant(s, again, 0);
		act_expect(s);
		return;
	}
	if (++s->fails > have) {
		if (!take_candidate(s))
			run_step(s, run_option(s, "fail"));
		return;
	}
	/* after an interruption that led to nothing: the question, in short */
	if (s->cut) {
		run_resume(s);
		return;
	}
	act_variant(s, again, s->fails - 1);
	act_expect(s);
}

void run_answered(struct dialog_sess *s)
{
	run_step(s, answer_step(s));
}

void run_leave_tool(struct dialog_sess *s)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	s->redo = NULL;
	s->left_id = s->waits_id;
	s->left_save = name_of(json_object_get(s->state, "save"));
}

void run_left_result(struct dialog_sess *s, struct sv result)
{
	json_t *v = json_loadb(result.p ? result.p : "", result.len, 0, NULL);

	s->left_id = 0;
	if (json_is_object(v) && s->left_save)
		vars_set(s, sv_str(s->left_save), json_incref(v));
	json_decref(v);
}

void run_beside(struct dialog_sess *s, const char *state)
{
	json_t *def =
		json_object_get(json_object_get(s->script, "states"), state);
	json_t *ok = json_object_get(json_object_get(def, "on"), "ok");
	const char *tool = name_of(json_object_get(def, "tool"));
	char key[16];
	uint32_t id = 0;

	if (tool && s->tool_id < SCRIPT_TOOLS)
		id = act_tool_beside(s, tool, json_object_get(def, "args"));
	if (!id)
		return;
	run_set(s, json_object_get(ok, "set"));
	snprintf(key, sizeof(key), "%u", id);
	json_object_set(s->beside, key, def);
}

bool run_beside_result(struct dialog_sess *s, uint32_t id, struct sv result)
{
	json_t *v = json_loadb(result.p ? result.p : "", result.len, 0, NULL);
	json_t *def, *ok, *none;
	const char *path, *save;
	char key[16];

	snprintf(key, sizeof(key), "%u", id);
	def = json_object_get(s->beside, key);
	save = name_of(json_object_get(def, "save"));
	ok = json_object_get(json_object_get(def, "on"), "ok");
	if (!json_is_true(json_object_get(v, "ok"))) {
		json_object_foreach (json_object_get(ok, "set"), path, none)
			vars_set(s, sv_str(path), NULL);
	}
	if (def && json_is_object(v) && save)
		vars_set(s, sv_str(save), json_incref(v));
	json_decref(v);
	return json_object_del(s->beside, key) == 0;
}

void run_tool_result(struct dialog_sess *s, struct sv result)
{
	json_t *v = json_loadb(result.p ? result.p : "", result.len, 0, NULL);
	const char *save = name_of(json_object_get(s->state, "save"));
	const char *key = "failed";
	json_t *step, *tab, *redo = s->redo;

	s->waiting = false;
	s->redo = NULL;
	if (json_is_object(v)) {
		const char *error = name_of(json_object_get(v, "error"));

		key = json_is_true(json_object_get(v, "ok")) ? "ok"
		      : error				     ? error
							     : "failed";
	} else {
		json_decref(v);
		v = NULL;
	}
	/* the step may read the result's words: they live in vars */
	vars_set(s, sv_str(save ? save : "result"), v);
	if (redo && !json_is_true(json_object_get(s->state, "final"))) {
		run_step(s, redo);
		return;
	}
	tab = json_object_get(s->state, "on");
	step = json_object_get(tab, key);
	/* "*" is for answers; no answer at all is "failed" */
	if (!step && strcmp(key, "failed"))
		step = json_object_get(tab, "*");
	step = step ? step : json_object_get(tab, "failed");
	run_step(s, step ? step : run_option(s, "failed"));
}
