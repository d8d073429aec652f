/*
 * The dialog's acts, carried out in their order, and the tools it asked for.
 */
#include "core/engine.h"

#include <stdlib.h>

#define ANSWER_MS 8000 /* when the dialog does not say */
#define SLOW_US 2000000
#define AGAIN_US 4000000 /* between two fillers */

static void act_expect(struct call *c, const struct dialog_act *a)
{
	struct call_fx *fx = fx_add(c, CALL_FX_EXPECT);

	fx->phrases = fx_keep(c, a->phrases);
	fx->words = fx_keep(c, a->words);
	fx->bias = fx_keep(c, a->bias);
	fx->lang = fx_keep(c, a->lang);
	fx->hangover_ms = a->hangover_ms;
	fx->early_ms = a->early_ms;
	c->answer_ms = a->answer_ms > 0 ? MIN(a->answer_ms, 60000) : ANSWER_MS;
	c->answer_since_us = c->now_us;
}

static void act_tool(struct call *c, const struct dialog_act *a)
{
	struct call_fx *fx;
	unsigned i = 0;

	while (i < CALL_TOOLS && c->tools[i].id)
		i++;
	CALL_CHECK(c, i < CALL_TOOLS);
	CALL_CHECK(c, a->tool_id);
	if (i == CALL_TOOLS || !a->tool_id)
		return;
	c->tools[i] = (struct tool){
		.id = a->tool_id,
		.asked_us = c->now_us,
		.slow_us = c->now_us + SLOW_US,
	};
	fx = fx_add(c, CALL_FX_TOOL);
	fx->tool = a->tool_id;
	fx->name = fx_keep(c, a->name);
	fx->args = fx_keep(c, a->args);
}

static void act_say(struct call *c, const struct dialog_act *a)
{
	struct manner how = {.protect = a->protect, .announce = a->announce};

	c->cut = false; /* the new words say what there is to say */
	rest_drop(&c->rest);
	(void)sv_copy(how.lang, sizeof(how.lang), a->lang);
	say_text(c, a->text, &how);
}

size_t acts_ask(struct call *c, struct dialog_in *in)
{
	const struct dialog_act *a;
	struct dialog_out out;
	size_t n = 0;

	in->wall_ms = c->wall_ms;
	out = c->dialog->input(c->sess, in);
	for (size_t i = 0; i < out.n && !c->outcome[0]; i++) {
		a = &out.acts[i];
		n += a->kind == DIALOG_SAY || a->kind == DIALOG_TOOL_CALL ||
		     (a->kind == DIALOG_EXPECT &&
		      in->kind != DIALOG_INTERRUPTED);
		switch (a->kind) {
		case DIALOG_SAY:
			act_say(c, a);
			break;
		case DIALOG_EXPECT:
			act_expect(c, a);
			break;
		case DIALOG_TOOL_CALL:
			act_tool(c, a);
			break;
		case DIALOG_END:
			(void)sv_copy(c->outcome, sizeof(c->outcome),
				      a->outcome.len ? a->outcome
						     : SV("ended"));
			c->quiet_us = MAX(c->quiet_us, c->now_us);
			break;
		case DIALOG_PROMPT:
			model_ask(c, a->text);
			break;
		case DIALOG_RESULT:
			model_result(c, a);
			break;
		case DIALOG_DISMISS:
			model_dismiss(c);
			break;
		}
	}
	return n;
}

static bool is_running(const struct tool *t)
{
	return t->id && !t->done;
}

bool acts_tool_running(const struct call *c)
{
	for (unsigned i = 0; i < CALL_TOOLS; i++)
		if (is_running(&c->tools[i]))
			return true;
	return false;
}

unsigned acts_tools(const struct call *c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CALL_TOOLS; i++)
		n += c->tools[i].id != 0;
	return n;
}

static struct tool *tool_find(struct call *c, uint32_t id)
{
	for (unsigned i = 0; i < CALL_TOOLS; i++)
		if (id && c->tools[i].id == id)
			return &c->tools[i];
	return NULL;
}

void acts_tool_result(struct call *c, const struct call_ev *ev)
{
	struct tool *t = tool_find(c, ev->tool);

	if (!t || t->done) {
		c->ignored++;
		return;
	}
	t->done = true;
	if (!ev->text.len || ev->text.len > CALL_RESULT_LEN)
		return;
	t->result = malloc(ev->text.len);
	CALL_CHECK(c, t->result);
	if (!t->result)
		return;
	memcpy(t->result, ev->text.p, ev->text.len);
	t->len = ev->text.len;
}

static void tool_free(struct tool *t)
{
	free(t->result);
	*t = (struct tool){0};
}

/* The oldest one that is done; after the goodbye nobody wants to know. */
bool acts_deliver_tool(struct call *c)
{
	struct dialog_in in = {.kind = DIALOG_TOOL};
	struct tool *t = NULL, kept;

	for (unsigned i = 0; i < CALL_TOOLS; i++)
		if (c->tools[i].done && (!t || c->tools[i].id < t->id))
			t = &c->tools[i];
	if (!t)
		return false;
	kept = *t;
	*t = (struct tool){0};
	in.tool_id = kept.id;
	in.result = (struct sv){kept.result, kept.len};
	if (!c->outcome[0])
		acts_ask(c, &in);
	tool_free(&kept);
	return true;
}

int64_t acts_slow_us(const struct call *c)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < CALL_TOOLS && !c->outcome[0]; i++)
		if (is_running(&c->tools[i]))
			due = MIN(due, c->tools[i].slow_us);
	return due;
}

int64_t acts_lost_us(const struct call *c, int64_t us)
{
	int64_t due = INT64_MAX;

	for (unsigned i = 0; i < CALL_TOOLS; i++)
		if (is_running(&c->tools[i]))
			due = MIN(due, c->tools[i].asked_us + us);
	return due;
}

/* A filler when it is quiet; while somebody speaks nobody minds waiting. */
void acts_slow(struct call *c)
{
	struct dialog_in in = {.kind = DIALOG_PATIENCE};
	bool quiet = !say_pending(c) && !hear_any(c, HEAR_TALKING);

	for (unsigned i = 0; i < CALL_TOOLS; i++)
		if (is_running(&c->tools[i]) &&
		    c->tools[i].slow_us <= c->now_us)
			c->tools[i].slow_us =
				c->now_us + (quiet ? AGAIN_US : SLOW_US / 4);
	if (quiet)
		acts_ask(c, &in);
}

void acts_lost(struct call *c, int64_t us)
{
	struct tool *t;

	for (unsigned i = 0; i < CALL_TOOLS; i++) {
		t = &c->tools[i];
		if (is_running(t) && t->asked_us + us <= c->now_us)
			t->done = true;
	}
}

void acts_fini(struct call *c)
{
	for (unsigned i = 0; i < CALL_TOOLS; i++)
		tool_free(&c->tools[i]);
}
