#include "dialog/script.h"

#include <stdlib.h>

/* Copies text to where it lives until the next input. */
static struct sv keep(struct dialog_sess *s, struct sv text)
{
	json_t *v = json_stringn_nocheck(text.p ? text.p : "", text.len);

	if (!v || json_array_append_new(s->keep, v))
		return SV("");
	return (struct sv){json_string_value(v), json_string_length(v)};
}

static struct dialog_act *add(struct dialog_sess *s, enum dialog_act_kind kind)
{
	struct dialog_act *a;

	/* the last place is for what ends the turn */
	if (s->nacts == SCRIPT_ACTS ||
	    (kind == DIALOG_SAY && s->nacts == SCRIPT_ACTS - 1))
		return NULL;
	a = &s->acts[s->nacts++];
	*a = (struct dialog_act){.kind = kind};
	return a;
}

void act_reset(struct dialog_sess *s)
{
	s->nacts = 0;
	json_array_clear(s->keep);
}

void act_say(struct dialog_sess *s, struct sv text, bool protect)
{
	struct dialog_act *a;

	while (text.len && text.p[0] == ' ')
		text.p++, text.len--;
	a = text.len ? add(s, DIALOG_SAY) : NULL;
	if (!a)
		return;
	a->text = keep(s, text);
	a->protect = protect;
}

static bool line(struct dialog_sess *s, json_t *l)
{
	json_t *text = json_is_object(l) ? json_object_get(l, "text") : l;
	json_t *cond = json_is_object(l) ? json_object_get(l, "if") : NULL;

	if (!json_is_string(text) || (cond && !vars_true(s, cond)))
		return false;
	buf_reset(&s->text);
	vars_render(s, &s->text, json_string_value(text));
	act_say(s, buf_get(&s->text),
		json_is_true(json_object_get(l, "protect")));
	return true;
}

bool act_lines(struct dialog_sess *s, json_t *lines)
{
	bool said = false;
	size_t i;
	json_t *l;

	if (lines && !json_is_array(lines))
		return line(s, lines);
	json_array_foreach (lines, i, l)
		said |= line(s, l);
	return said;
}

bool act_variant(struct dialog_sess *s, json_t *variants, unsigned n)
{
	size_t have = json_array_size(variants);

	if (!json_is_array(variants))
		return variants && line(s, variants);
	return have && act_lines(s, json_array_get(variants, MIN(n, have - 1)));
}

static int option_ms(struct dialog_sess *s, const char *key, int fallback)
{
	json_t *v = run_option(s, key);

	return json_is_integer(v) ? (int)json_integer_value(v) : fallback;
}

void act_expect(struct dialog_sess *s)
{
	static const struct {
		int hangover_ms, answer_ms;
	} waits[SLOT_KINDS] = {
		[SLOT_SERVICE] = {800, 6000}, [SLOT_NAME] = {1000, 6000},
		[SLOT_WHEN] = {950, 7000},    [SLOT_PHONE] = {1000, 8000},
		[SLOT_YESNO] = {600, 6000},   [SLOT_TEXT] = {1200, 8000},
	};
	json_t *def = s->asked_value, *also;
	int kind = script_kind(json_string_value(json_object_get(def, "kind")));
	struct dialog_act *a = add(s, DIALOG_EXPECT);

	if (!a)
		return;
	a->hangover_ms = option_ms(s, "hangover_ms",
				   kind < 0 ? 800 : waits[kind].hangover_ms);
	a->answer_ms = option_ms(s, "answer_ms",
				 kind < 0 ? 6000 : waits[kind].answer_ms);
	if (kind < 0)
		return;
	a->phrases = buf_get(&s->lists[kind].phrases);
	a->words = buf_get(&s->lists[kind].words);
	a->bias = buf_get(&s->lists[kind].bias);
	also = json_object_get(s->state, "also");
	if (kind == SLOT_YESNO && json_array_size(also)) {
		/* "no, how about Wednesday at three" */
		a->words = buf_get(&s->lists[SLOT_WHEN].words);
		a->bias = buf_get(&s->lists[SLOT_WHEN].bias);
		a->hangover_ms = option_ms(s, "hangover_ms", 700);
	}
}

void act_tool(struct dialog_sess *s, const char *name, json_t *args)
{
	struct dialog_act *a = add(s, DIALOG_TOOL_CALL);
	json_t *full = vars_expand(s, args);
	char *dump = json_dumps(full ? full : args, JSON_COMPACT);

	if (a) {
		a->tool_id = ++s->tool_id;
		a->name = keep(s, sv_str(name));
		a->args = keep(s, sv_str(dump ? dump : "{}"));
		s->waiting = true;
		s->patience = 0;
	}
	free(dump);
	json_decref(full);
}

void act_end(struct dialog_sess *s, const char *outcome)
{
	struct dialog_act *a;

	s->over = true;
	sv_copy(s->outcome, sizeof(s->outcome), sv_str(outcome));
	if (s->nacts == SCRIPT_ACTS)
		s->nacts--;
	a = add(s, DIALOG_END);
	a->outcome = sv_str(s->outcome);
}
