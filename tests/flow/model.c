/* A model in virtual time: it answers when asked, its text comes at once. */
#include "flow.h"

static void model_answers(struct flow *f, const struct call_fx *fx)
{
	flow_note(f, "%d ANSWER %.*s\n", flow_ms(f), SV_ARG(fx->text));
	if (f->model_dead)
		return;
	flow_ev(f, flow_ms(f) + f->model_ms,
		(struct call_ev){.kind = CALL_EV_SAYS, .item = ++f->items});
}

/* All of its text comes at once, its audio by and by. */
static void model_plays(struct flow *f, const struct call_fx *fx)
{
	struct call_fx say = *fx;

	say.text = sv_str(f->model_says);
	flow_note(f, "%d PLAY %u\n", flow_ms(f), fx->item);
	flow_voice_say(f, &say);
	flow_ev(f, flow_ms(f) + 20,
		(struct call_ev){
			.kind = CALL_EV_SAID,
			.item = fx->item,
			.text = say.text,
			.n = (uint32_t)say.text.len * FLOW_CHAR_N + 437,
			.last = true,
		});
}

void flow_model_effect(struct flow *f, const struct call_fx *fx)
{
	switch (fx->kind) {
	case CALL_FX_PLAY:
		model_plays(f, fx);
		break;
	case CALL_FX_CUT:
		f->cut_item = fx->item;
		f->cut_n = fx->heard_n;
		flow_note(f, "%d CUT %u\n", flow_ms(f), fx->item);
		break;
	case CALL_FX_ANSWER:
		model_answers(f, fx);
		break;
	case CALL_FX_RESULT:
		flow_note(f, "%d RESULT %u:%.*s\n", flow_ms(f), fx->item,
			  SV_ARG(fx->text));
		if (fx->answer)
			model_answers(f, fx);
		break;
	default:
		flow_note(f, "%d DISMISS\n", flow_ms(f));
		break;
	}
}

void flow_model(struct flow *f, int ms, int err)
{
	flow_ev(f, ms, (struct call_ev){.kind = CALL_EV_MODEL, .err = err});
}

void flow_talk_model(struct flow *f, int ms, int dur_ms, const char *text)
{
	int end_ms = ms + dur_ms;

	flow_ev(f, ms + 140,
		(struct call_ev){.kind = CALL_EV_SUSPECT, .at_n = ms * 8});
	flow_ev(f, ms + 200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = ms * 8});
	flow_ev(f, end_ms + 500,
		(struct call_ev){.kind = CALL_EV_TURN, .at_n = end_ms * 8});
	flow_ev(f, end_ms + 600,
		(struct call_ev){.kind = CALL_EV_ENDED, .at_n = end_ms * 8});
	flow_ev(f, end_ms + 700,
		(struct call_ev){.kind = CALL_EV_OVERHEARD,
				 .start_n = ms * 8,
				 .at_n = end_ms * 8,
				 .text = sv_str(text),
				 .source = CALL_TEXT_FREE});
	flow_ev(f, end_ms + 900,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = ms * 8,
				 .at_n = end_ms * 8,
				 .text = sv_str(text),
				 .source = CALL_TEXT_FREE});
}
