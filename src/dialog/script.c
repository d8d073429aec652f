/*
 * script: the dialog that follows a JSON script. This file is the session's
 * life and its door; script_hear.c understands, script_run.c walks.
 */
#include "dialog/script.h"

#include "dialog/all.h"
#include "dialog/cal.h"
#include "dialog/script_file.h"

#include <stdio.h>
#include <stdlib.h>

static void script_close(struct dialog_sess *s)
{
	if (!s)
		return;
	json_decref(s->script);
	json_decref(s->vars);
	json_decref(s->keep);
	json_decref(s->last);
	json_decref(s->visits);
	json_decref(s->once);
	json_decref(s->candidates);
	json_decref(s->beside);
	json_decref(s->after);
	nlu_terms_fini(&s->terms);
	lists_fini(s);
	buf_fini(&s->digits);
	buf_fini(&s->heard);
	buf_fini(&s->text);
	free(s);
}

static int script_open(struct dialog_sess **out, const struct dialog_prm *prm,
		       char *why, size_t why_size)
{
	struct dialog_sess *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->keep = json_array();
	s->last = json_array();
	s->visits = json_object();
	s->once = json_object();
	s->candidates = json_object();
	s->beside = json_object();
	s->after = json_array();
	buf_init(&s->digits, 32);
	err = s->keep && s->last && s->visits && s->once && s->candidates &&
			      s->beside && s->after
		      ? 0
		      : -ENOMEM;
	err = err ? err : script_take(&s->script, prm->script, why, why_size);
	if (!err)
		lang_open(s, prm);
	err = err ? err : context_read(s, prm->context, why, why_size);
	if (!err) {
		lang_begin(s, prm->lang);
		err = lists_build(s);
	}
	if (err) {
		script_close(s);
		return err;
	}
	context_prefill(s);
	*out = s;
	return 0;
}

static void patience(struct dialog_sess *s)
{
	act_variant(s, run_option(s, "patience"), s->patience++);
}

static void silence(struct dialog_sess *s)
{
	json_t *silent = run_option(s, "silent");

	if (s->waiting) {
		patience(s);
		return;
	}
	if (script_hear_typed(s))
		return;
	s->silences++;
	/* a state that only waits a while: time is up, nobody is missing */
	if (!json_array_size(silent)) {
		s->silences = 0;
		run_step(s, run_option(s, "gone"));
		return;
	}
	if (s->cut && s->silences == 1) {
		run_resume(s);
		return;
	}
	if (s->silences > json_array_size(silent)) {
		run_step(s, run_option(s, "gone"));
		return;
	}
	act_variant(s, silent, s->silences - 1);
	act_expect(s);
}

/*
 * Was must heard before we were interrupted? heard may be all of the turn or
 * the piece of the line that was cut; earlier lines were heard then.
 */
static bool was_heard(const struct dialog_sess *s, struct sv must,
		      struct sv heard)
{
	bool passed = false;
	size_t i;
	json_t *v;

	if (!heard.len)
		return false;
	if (memmem(heard.p, heard.len, must.p, must.len))
		return true;
	json_array_foreach (s->last, i, v) {
		struct sv line = {json_string_value(v), json_string_length(v)};

		if (passed && heard.len <= line.len &&
		    !memcmp(line.p, heard.p, heard.len))
			return true;
		passed |= memmem(line.p, line.len, must.p, must.len) != NULL;
	}
	return false;
}

/*
 * heard: of our last turn, NULL when nothing cut it. What was heard once
 * stays heard, also when a later line is cut.
 */
static void note_heard(struct dialog_sess *s, const struct sv *heard)
{
	const char *must =
		json_string_value(json_object_get(s->state, "must_hear"));
	struct sv text;
	size_t i;
	json_t *v;

	if (!must || s->must_heard)
		return;
	buf_reset(&s->text);
	vars_render(s, &s->text, lang_text(s, must));
	text = buf_get(&s->text);
	if (!text.len || (heard && was_heard(s, text, *heard)))
		s->must_heard = true;
	json_array_foreach (s->last, i, v) {
		if (!heard && memmem(json_string_value(v),
				     json_string_length(v), text.p, text.len))
			s->must_heard = true;
	}
	s->unheard = !s->must_heard;
}

static void interrupted(struct dialog_sess *s, struct sv heard)
{
	s->cut = true;
	while (heard.len && heard.p[heard.len - 1] == ' ')
		heard.len--;
	note_heard(s, &heard);
	if (!s->waiting)
		act_expect(s);
}

static void tool(struct dialog_sess *s, const struct dialog_in *in)
{
	if (s->waiting && in->tool_id == s->waits_id) {
		run_tool_result(s, in->result);
		return;
	}
	if (s->left_id && in->tool_id == s->left_id)
		run_left_result(s, in->result);
	else
		(void)run_beside_result(s, in->tool_id, in->result);
	if (!s->waiting)
		act_expect(s);
}

static void digit(struct dialog_sess *s, char key)
{
	s->silences = 0;
	if (s->waiting)
		patience(s);
	else
		script_hear_digit(s, key);
}

static void take(struct dialog_sess *s, const struct dialog_in *in)
{
	bool turn = in->kind == DIALOG_TEXT || in->kind == DIALOG_UNCLEAR ||
		    in->kind == DIALOG_SILENCE || in->kind == DIALOG_DTMF;

	if (turn && !s->cut && !s->waiting)
		note_heard(s, NULL);
	switch (in->kind) {
	case DIALOG_BEGIN:
		run_resume(s);
		break;
	case DIALOG_TEXT:
		s->silences = 0;
		script_hear_text(s, in);
		break;
	case DIALOG_UNCLEAR:
		s->silences = 0;
		script_hear_unclear(s, in);
		break;
	case DIALOG_SILENCE:
		silence(s);
		break;
	case DIALOG_DTMF:
		digit(s, in->digit);
		break;
	case DIALOG_TOOL:
		tool(s, in);
		break;
	case DIALOG_INTERRUPTED:
		interrupted(s, in->text);
		break;
	case DIALOG_PATIENCE:
		if (s->waiting)
			patience(s);
		else
			act_expect(s);
		break;
	case DIALOG_OVERHEARD:
	case DIALOG_FUNCTION:
	case DIALOG_ALONE:
		break; /* script_input() */
	}
}

/* The goodbye stands, unless the caller has one thing more. */
static void late(struct dialog_sess *s, const struct dialog_in *in)
{
	json_t *step = json_object_get(s->state, "late");

	s->over = false;
	s->silences = 0;
	if (always_emergency(s, in))
		return;
	if (in->kind == DIALOG_TEXT && step && script_hear_more(s, in))
		run_step(s, step);
	else
		act_end(s, s->outcome);
}

/* What was said before the caller's turn, for "what?". */
static void remember(struct dialog_sess *s)
{
	bool said = false, expects = false;

	for (size_t i = 0; i < s->nacts; i++) {
		said |= s->acts[i].kind == DIALOG_SAY;
		expects |= s->acts[i].kind == DIALOG_EXPECT;
	}
	if (!said || !expects)
		return;
	json_array_clear(s->last);
	s->last_lang = s->lang;
	for (size_t i = 0; i < s->nacts; i++) {
		if (s->acts[i].kind == DIALOG_SAY)
			json_array_append_new(
				s->last, json_stringn(s->acts[i].text.p,
						      s->acts[i].text.len));
	}
}

/* Somebody else talks with the caller: only an emergency is ours. */
static void overheard(struct dialog_sess *s, const struct dialog_in *in)
{
	struct dialog_in text = *in;

	text.kind = DIALOG_TEXT;
	if (s->at && !s->over)
		(void)always_emergency(s, &text);
}

static struct dialog_out script_input(struct dialog_sess *s,
				      const struct dialog_in *in)
{
	/* a clock that is out of its mind must not break the calendar */
	int64_t wall_ms = MIN(MAX(in->wall_ms, 0), INT64_C(250000000000000));

	act_reset(s);
	s->steps = 0;
	s->switched = false;
	cal_local(wall_ms, s->utc_offset_min, &s->now.today, &s->now.minute);
	if (in->kind == DIALOG_OVERHEARD) {
		overheard(s, in);
		return (struct dialog_out){s->acts, s->nacts};
	}
	if (s->over)
		late(s, in);
	else if (s->at)
		take(s, in);
	else /* whatever came first: greet */
		run_enter(s, json_string_value(
				     json_object_get(s->script, "start")));
	if (!s->nacts && !s->waiting && !s->over)
		run_resume(s);
	if (in->kind != DIALOG_INTERRUPTED)
		s->cut = false;
	remember(s);
	return (struct dialog_out){s->acts, s->nacts};
}

const struct dialog dialog_script = {
	.name = "script",
	.open = script_open,
	.input = script_input,
	.close = script_close,
};
