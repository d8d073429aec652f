/* The dialog of a test: notes what it is told, answers what the test says. */
#include "flow.h"

#include <stdlib.h>

struct dialog_sess {
	struct flow *f;
	struct dialog_act acts[16];
};

static int dialog_open(struct dialog_sess **out, const struct dialog_prm *prm,
		       char *why, size_t why_size)
{
	struct dialog_sess *s = calloc(1, sizeof(*s));

	(void)why;
	(void)why_size;
	if (!s)
		return -ENOMEM;
	memcpy(&s->f, prm->script.p, sizeof(s->f));
	*out = s;
	return 0;
}

static struct dialog_out dialog_input(struct dialog_sess *s,
				      const struct dialog_in *in)
{
	static const char *const names[] = {
		"BEGIN",     "TEXT",	 "UNCLEAR",	"SILENCE",
		"DTMF",	     "TOOL",	 "INTERRUPTED", "PATIENCE",
		"OVERHEARD", "FUNCTION", "ALONE",
	};
	struct flow *f = s->f;

	flow_note(f, "%d %s", flow_ms(f), names[in->kind]);
	if (in->kind == DIALOG_TEXT || in->kind == DIALOG_INTERRUPTED)
		flow_note(f, ":%.*s", SV_ARG(in->text));
	if (in->kind == DIALOG_TEXT && in->lang.len)
		flow_note(f, "|%.*s|%.*s", SV_ARG(in->lang), SV_ARG(in->alts));
	for (size_t i = 0; i < in->alts.len; i++) {
		if (in->alts.p[i] == '?' && (!i || in->alts.p[i - 1] == '\n'))
			flow_note(f, "?");
	}
	if (in->kind == DIALOG_SILENCE)
		flow_note(f, ":%d", in->count);
	if (in->kind == DIALOG_DTMF)
		flow_note(f, ":%c", in->digit);
	if (in->kind == DIALOG_TOOL)
		flow_note(f, ":%u:%.*s", in->tool_id, SV_ARG(in->result));
	flow_note(f, "\n");
	return (struct dialog_out){s->acts, f->dialogh(f, in, s->acts)};
}

static void dialog_close(struct dialog_sess *s)
{
	free(s);
}

const struct dialog flow_dialog = {
	"flow",
	dialog_open,
	dialog_input,
	dialog_close,
};

size_t flow_desk(struct flow *g, const struct dialog_in *in,
		 struct dialog_act *acts)
{
	switch (in->kind) {
	case DIALOG_BEGIN:
		acts[0] = flow_say("Hello, this is Harbor Heating.");
		acts[1] = flow_say("How can I help you today?");
		acts[2] = flow_expect(5000);
		return 3;
	case DIALOG_TEXT:
		acts[0] = flow_call((uint32_t)++g->brain, "find_slots");
		return 1;
	case DIALOG_TOOL:
		acts[0] = in->result.len ? flow_say("Tuesday at two it is.")
					 : flow_say("I could not do that.");
		acts[1] = flow_bye(in->result.len ? "booked" : "failed");
		return 2;
	case DIALOG_PATIENCE:
		acts[0] = flow_say("One moment.");
		return 1;
	case DIALOG_SILENCE:
		acts[0] = flow_say(in->count < 3 ? "Are you there?" : "Bye.");
		acts[1] =
			in->count < 3 ? flow_expect(5000) : flow_bye("silent");
		return 2;
	case DIALOG_INTERRUPTED:
		return 0;
	default:
		acts[0] = flow_say("Could you say that again?");
		acts[1] = flow_expect(5000);
		return 2;
	}
}

struct dialog_act flow_say(const char *text)
{
	return (struct dialog_act){.kind = DIALOG_SAY, .text = sv_str(text)};
}

struct dialog_act flow_protect(const char *text)
{
	return (struct dialog_act){
		.kind = DIALOG_SAY, .text = sv_str(text), .protect = true};
}

struct dialog_act flow_expect(int answer_ms)
{
	return (struct dialog_act){.kind = DIALOG_EXPECT,
				   .phrases = SV("yes\nno"),
				   .answer_ms = answer_ms,
				   .hangover_ms = 600};
}

struct dialog_act flow_call(uint32_t id, const char *name)
{
	return (struct dialog_act){.kind = DIALOG_TOOL_CALL,
				   .tool_id = id,
				   .name = sv_str(name),
				   .args = SV("{}")};
}

struct dialog_act flow_bye(const char *outcome)
{
	return (struct dialog_act){.kind = DIALOG_END,
				   .outcome = sv_str(outcome)};
}
