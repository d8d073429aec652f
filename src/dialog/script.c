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
	nlu_terms_fini(&s->terms);
	lists_fini(s);
	buf_fini(&s->digits);
	buf_fini(&s->heard);
	buf_fini(&s->text);
	free(s);
}

static int bad_context(char *why, size_t size, const char *sentence)
{
	snprintf(why, size, "%s", sentence);
	return -EBADMSG;
}

/* {"dow":1,"open":"08:00","close":"18:00"}, …: the longest of a day. */
static int read_hours(struct dialog_sess *s, char *why, size_t size)
{
	json_t *h;
	size_t i;

	for (i = 0; i < 7; i++)
		s->now.hours[i].open = -1;
	json_array_foreach (json_object_get(s->vars, "hours"), i, h) {
		json_t *dow = json_object_get(h, "dow");
		const char *from =
			json_string_value(json_object_get(h, "open"));
		const char *to = json_string_value(json_object_get(h, "close"));
		int64_t d = json_is_integer(dow) ? json_integer_value(dow) : -1;
		int open, close;

		if (d < 0 || d > 7 || !from || !to ||
		    cal_parse_time(sv_str(from), &open) ||
		    cal_parse_time(sv_str(to), &close))
			return bad_context(why, size,
					   "context.hours: each needs dow 0 to "
					   "6, open and close as \"08:00\"");
		d %= 7;
		if (s->now.hours[d].open < 0 || open < s->now.hours[d].open)
			s->now.hours[d].open = open;
		s->now.hours[d].close = MAX(s->now.hours[d].close, close);
	}
	return 0;
}

/* Slots that the context already knows: "from": "caller.name". */
static void prefill(struct dialog_sess *s)
{
	const char *name;
	json_t *def;

	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		json_t *v = vars_get(s, sv_str(json_string_value(
						json_object_get(def, "from"))));
		const char *text = json_string_value(v);
		const char *kind =
			json_string_value(json_object_get(def, "kind"));

		if (!json_object_get(def, "from") || !text || !*text)
			continue;
		if (script_kind(kind) == SLOT_NAME)
			v = json_pack("{ss ss#}", "full", text, "first", text,
				      (int)strcspn(text, " "));
		else
			v = json_pack("{ss}", "words", text);
		vars_set(s, sv_str(name), v);
	}
}

static int read_context(struct dialog_sess *s, struct sv context, char *why,
			size_t size)
{
	json_t *services, *v, *outer;
	size_t i;

	s->vars = script_parse(context, "context", why, size);
	if (!s->vars)
		return -EBADMSG;
	/* the desk's whole answer is fine, too */
	outer = json_object_get(s->vars, "context");
	if (json_is_object(outer)) {
		json_incref(outer);
		json_decref(s->vars);
		s->vars = outer;
	}
	v = json_object_get(s->vars, "business");
	if (!json_is_string(json_object_get(v, "name")))
		return bad_context(why, size,
				   "context.business.name must be a text");
	v = json_object_get(v, "utc_offset_min");
	if (v && !json_is_integer(v))
		return bad_context(why, size,
				   "context.business.utc_offset_min "
				   "must be a whole number");
	s->utc_offset_min = (int)json_integer_value(v);
	if (s->utc_offset_min < -1440 || s->utc_offset_min > 1440)
		return bad_context(why, size,
				   "context.business.utc_offset_min "
				   "must be within a day");
	services = json_object_get(s->vars, "services");
	if (services && !json_is_array(services))
		return bad_context(why, size,
				   "context.services must be a list");
	json_array_foreach (services, i, v) {
		if (!json_is_string(json_object_get(v, "name")) ||
		    !json_is_string(json_object_get(v, "id")))
			return bad_context(why, size,
					   "context.services: each needs id "
					   "and name, texts");
	}
	return read_hours(s, why, size);
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
	buf_init(&s->digits, 32);
	err = s->keep && s->last && s->visits ? 0 : -ENOMEM;
	if (!err) {
		s->script = script_parse(prm->script, "script", why, why_size);
		err = s->script ? script_check(s->script, why, why_size)
				: -EBADMSG;
	}
	err = err ? err : read_context(s, prm->context, why, why_size);
	err = err ? err : lists_build(s);
	if (err) {
		script_close(s);
		return err;
	}
	prefill(s);
	*out = s;
	return 0;
}

static void silence(struct dialog_sess *s, int count)
{
	json_t *silent = run_option(s, "silent");

	s->silences = MAX(s->silences + 1, (unsigned)MAX(count, 0));
	if (s->waiting) {
		act_variant(s, run_option(s, "patience"), s->patience++);
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
	vars_render(s, &s->text, must);
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

static void unclear(struct dialog_sess *s)
{
	s->silences = 0;
	if (s->waiting)
		act_variant(s, run_option(s, "patience"), s->patience++);
	else
		run_fail(s);
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
		script_hear_text(s, in->text);
		break;
	case DIALOG_UNCLEAR:
		unclear(s);
		break;
	case DIALOG_SILENCE:
		silence(s, in->count);
		break;
	case DIALOG_DTMF:
		s->silences = 0;
		if (s->waiting)
			act_variant(s, run_option(s, "patience"),
				    s->patience++);
		else
			script_hear_digit(s, in->digit);
		break;
	case DIALOG_TOOL:
		if (s->waiting && in->tool_id == s->tool_id)
			run_tool_result(s, in->result);
		else if (!s->waiting)
			act_expect(s);
		break;
	case DIALOG_INTERRUPTED:
		interrupted(s, in->text);
		break;
	case DIALOG_PATIENCE:
		if (s->waiting)
			act_variant(s, run_option(s, "patience"),
				    s->patience++);
		else
			act_expect(s);
		break;
	}
}

/* The goodbye stands, unless the caller has one thing more. */
static void late(struct dialog_sess *s, const struct dialog_in *in)
{
	json_t *step = json_object_get(s->state, "late");

	if (in->kind != DIALOG_TEXT || !step || !script_hear_more(in->text)) {
		act_end(s, s->outcome);
		return;
	}
	s->over = false;
	s->silences = 0;
	run_step(s, step);
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
	for (size_t i = 0; i < s->nacts; i++) {
		if (s->acts[i].kind == DIALOG_SAY)
			json_array_append_new(
				s->last, json_stringn(s->acts[i].text.p,
						      s->acts[i].text.len));
	}
}

static struct dialog_out script_input(struct dialog_sess *s,
				      const struct dialog_in *in)
{
	/* a clock that is out of its mind must not break the calendar */
	int64_t wall_ms = MIN(MAX(in->wall_ms, 0), INT64_C(250000000000000));

	act_reset(s);
	s->steps = 0;
	cal_local(wall_ms, s->utc_offset_min, &s->now.today, &s->now.minute);
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
