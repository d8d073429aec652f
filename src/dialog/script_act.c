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
	a->lang = sv_str(lang_name(s->lang));
}

/* "once": said once in a call. */
static bool first_time(struct dialog_sess *s, const char *text)
{
	if (json_object_get(s->once, text))
		return false;
	json_object_set_new(s->once, text, json_true());
	return true;
}

static bool line(struct dialog_sess *s, json_t *l)
{
	json_t *text = json_is_object(l) ? json_object_get(l, "text") : l;
	json_t *cond = json_is_object(l) ? json_object_get(l, "if") : NULL;
	enum nlu_lang was;
	size_t n;
	bool own; /* "lang": said as it is written, in that voice */

	if (!json_is_string(text) || (cond && !vars_true(s, cond)))
		return false;
	if (json_is_true(json_object_get(l, "once")) &&
	    !first_time(s, json_string_value(text)))
		return false;
	was = s->lang;
	own = lang_find(sv_str(json_string_value(json_object_get(l, "lang"))),
			&s->lang);
	buf_reset(&s->text);
	vars_render(s, &s->text,
		    own ? json_string_value(text)
			: lang_text(s, json_string_value(text)));
	n = s->nacts;
	act_say(s, buf_get(&s->text),
		json_is_true(json_object_get(l, "protect")));
	if (s->nacts > n)
		s->acts[n].announce =
			json_is_true(json_object_get(l, "announce"));
	s->lang = was;
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

/*
 * An utterance may also answer what the question is about: "no, how about
 * Wednesday at three". Words are any sequence of a list: only when all that
 * is listened for has one.
 */
static void expect_also(struct dialog_sess *s, struct dialog_act *a,
			json_t *also)
{
	json_t *slots = json_object_get(s->script, "slots"), *name;
	struct buf words, bias;
	struct sv more;
	bool all_words = true;
	size_t i;

	buf_init(&words, 1 << 16);
	buf_init(&bias, 1 << 16);
	buf_sv(&words, a->words);
	buf_sv(&bias, a->bias);
	json_array_foreach (also, i, name) {
		const char *slot = json_string_value(name);
		const struct lists *l =
			lists_of(s, slot, json_object_get(slots, slot));

		if (!l)
			continue;
		more = lists_words(l);
		all_words &= more.len > 0;
		if (more.len)
			buf_printf(&words, "%s%.*s", words.len ? "\n" : "",
				   SV_ARG(more));
		if (l->bias.len)
			buf_printf(&bias, "%s%.*s", bias.len ? "\n" : "",
				   SV_ARG(buf_get(&l->bias)));
	}
	a->words = all_words ? keep(s, buf_get(&words)) : SV("");
	a->bias = keep(s, buf_get(&bias));
	buf_fini(&words);
	buf_fini(&bias);
}

void act_expect(struct dialog_sess *s)
{
	static const struct {
		int hangover_ms, answer_ms, early_ms;
	} waits[SLOT_KINDS] = {
		[SLOT_SERVICE] = {800, 6000, 450},
		[SLOT_NAME] = {1000, 6000, 0},
		[SLOT_WHEN] = {950, 7000, 0},
		[SLOT_PHONE] = {1000, 8000, 0},
		[SLOT_YESNO] = {600, 6000, 450},
		[SLOT_TEXT] = {1200, 8000, 0},
		[SLOT_ADDRESS] = {1200, 8000, 0},
		[SLOT_MONEY] = {1000, 7000, 0},
		[SLOT_CHOICE] = {800, 6000, 400},
		[SLOT_URGENCY] = {900, 6000, 0},
	};
	json_t *def = s->asked_value, *also;
	int kind = script_kind(json_string_value(json_object_get(def, "kind")));
	struct dialog_act *a = add(s, DIALOG_EXPECT);
	const struct lists *l;
	struct buf phrases;

	if (!a)
		return;
	a->lang = sv_str(lang_name(s->lang));
	also = json_object_get(s->state, "also");
	a->answer_ms = option_ms(s, "answer_ms",
				 kind < 0 ? 6000 : waits[kind].answer_ms);
	a->early_ms =
		option_ms(s, "early_ms", kind < 0 ? 0 : waits[kind].early_ms);
	a->hangover_ms = option_ms(s, "hangover_ms",
				   kind < 0 ? 800 : waits[kind].hangover_ms);
	if (kind == SLOT_YESNO && json_array_size(also)) {
		/* "no …" goes on: give it a little longer */
		a->hangover_ms = option_ms(s, "hangover_ms", 700);
		a->early_ms = option_ms(s, "early_ms", 450);
	}
	l = lists_of(s, s->asked, def);
	if (!l || lang_deaf(s))
		return;
	buf_init(&phrases, 1 << 17);
	lists_phrases(s, l, &phrases);
	a->phrases = keep(s, buf_get(&phrases));
	buf_fini(&phrases);
	a->words = lists_words(l);
	a->bias = buf_get(&l->bias);
	if (json_array_size(also))
		expect_also(s, a, also);
}

uint32_t act_tool_beside(struct dialog_sess *s, const char *name, json_t *args)
{
	struct dialog_act *a = add(s, DIALOG_TOOL_CALL);
	json_t *full = vars_expand(s, args);
	char *dump = json_dumps(full ? full : args, JSON_COMPACT);

	if (a) {
		a->tool_id = ++s->tool_id;
		a->name = keep(s, sv_str(name));
		a->args = keep(s, sv_str(dump ? dump : "{}"));
	}
	free(dump);
	json_decref(full);
	return a ? a->tool_id : 0;
}

void act_tool(struct dialog_sess *s, const char *name, json_t *args)
{
	uint32_t id = act_tool_beside(s, name, args);

	if (!id)
		return;
	s->waits_id = id;
	s->waiting = true;
	s->patience = 0;
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
