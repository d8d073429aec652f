/*
 * model: a model that talks with the caller, between its provider and the
 * engine. It hears the caller's leg from the first sample on, out of the ring;
 * what it says goes the way of our own voice. Our recogniser goes on beside
 * it, for emergencies and for the moment when the model is gone.
 */
#include "media/session.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/js.h"
#include "base/log.h"
#include "dialog/brief.h"

enum { CHUNK_N = 1600, GRANT_N = 8000 };

#define PLAYS(s, i) (&(s)->model.plays[(i) % ARRAY_LEN((s)->model.plays)])

/* The engine shall go on without it; its memory goes at closedh. */
static void give_up(struct session *s, int err, struct sv why)
{
	if (!s->model.on)
		return;
	s->model.on = s->model.live = false;
	if (s->state != SESSION_LIVE)
		return;
	log_line(LOG_LEVEL_WARN, "call", s->id,
		 "%s no longer talks with the caller: %s (%.*s); the script "
		 "takes over",
		 s->m->model->name, strerror(-err), SV_ARG(why));
	counts_add(&s->m->prm.counts->model_lost);
	session_input(s, (struct call_ev){.kind = CALL_EV_MODEL, .err = err});
}

/* ---- what it tells ---- */

static void on_ready(void *arg)
{
	struct session *s = arg;

	if (!s->model.on)
		return;
	s->model.live = true;
	log_line(LOG_LEVEL_INFO, "call", s->id, "%s talks with the caller",
		 s->m->model->name);
	session_input(s, (struct call_ev){.kind = CALL_EV_MODEL});
	model_more(s);
}

/* Our own detector is quicker; this one stands in while it is away. */
static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct session *s = arg;

	if (s->stt.sess || s->vad.sess)
		return;
	session_input(s, (struct call_ev){.kind = v == SPEECH_BEGAN
							  ? CALL_EV_BEGAN
							  : CALL_EV_ENDED,
					  .at_n = at_n});
}

static void on_turn(int64_t end_n, void *arg)
{
	session_input(arg,
		      (struct call_ev){.kind = CALL_EV_TURN, .at_n = end_n});
}

static void on_text(const struct speech_text *t, void *arg)
{
	struct session *s = arg;
	struct call_ev ev = {
		.kind = CALL_EV_TEXT,
		.start_n = t->start_n,
		.at_n = t->end_n,
		.lang = t->lang,
		.source = t->source == SPEECH_NONE ? CALL_TEXT_NONE
						   : CALL_TEXT_FREE,
	};

	if (!s->model.live)
		return;
	if (cards_hear(&s->cards, t->text, SV("")))
		record_mute(s, t->start_n, t->end_n);
	ev.text = sv_str(s->cards.text);
	session_input(s, ev);
	cards_back(s);
	store_flush(s);
}

bool model_overhears(struct session *s, const struct speech_text *t)
{
	struct card_mask mask = s->cards.mask; /* its own recogniser's counts */
	char text[CARDS_TEXT];

	if (!s->model.live)
		return false;
	(void)sv_copy(text, sizeof(text), t->text);
	card_mask(&mask, text);
	if (!sv_eq(t->text, text))
		record_mute(s, t->start_n, t->end_n);
	session_input(s, (struct call_ev){
				 .kind = CALL_EV_OVERHEARD,
				 .start_n = t->start_n,
				 .at_n = t->end_n,
				 .text = sv_str(text),
				 .lang = t->lang,
				 .source = t->source == SPEECH_NONE
						   ? CALL_TEXT_NONE
						   : CALL_TEXT_FREE,
			 });
	return true;
}

static void on_begin(uint32_t item, void *arg)
{
	session_input(arg,
		      (struct call_ev){.kind = CALL_EV_SAYS, .item = item});
}

static void on_said(uint32_t item, struct sv text, uint32_t made_n, bool last,
		    void *arg)
{
	session_input(arg, (struct call_ev){.kind = CALL_EV_SAID,
					    .item = item,
					    .text = text,
					    .n = made_n,
					    .last = last});
}

static void on_audio(uint32_t item, const uint8_t *data, size_t n, bool last,
		     void *arg)
{
	struct session *s = arg;
	uint32_t utt = PLAYS(s, item)->utt;
	struct call_ev ev = {.kind = CALL_EV_READY, .last = last};

	s->model.granted_n -= MIN(s->model.granted_n, (uint32_t)n);
	if (PLAYS(s, item)->item != item || PLAYS(s, item)->ended ||
	    utt <= s->cancelled)
		return; /* the engine does not want it */
	if (n && !playq_put(s->playq, utt, data, n))
		ev.n = (uint32_t)n;
	PLAYS(s, item)->put_n += ev.n;
	PLAYS(s, item)->ended = last;
	if (last)
		playq_end(s->playq, utt);
	ev.utt = utt;
	session_input(s, ev);
	if (s->state == SESSION_LIVE && !s->pumping)
		voice_pace(s, clock_mono_us());
}

static void on_function(uint32_t ref, struct sv name, struct sv args, void *arg)
{
	session_input(arg, (struct call_ev){.kind = CALL_EV_FUNCTION,
					    .item = ref,
					    .name = name,
					    .text = args});
}

static void on_usage(const struct s2s_usage *u, void *arg)
{
	struct session *s = arg;
	struct s2s_usage *sum = &s->model.used;

	sum->text_in += u->text_in;
	sum->text_cached += u->text_cached;
	sum->text_out += u->text_out;
	sum->audio_in += u->audio_in;
	sum->audio_cached += u->audio_cached;
	sum->audio_out += u->audio_out;
	sum->heard += u->heard;
	sum->ucents += u->ucents;
	store_usage(s, sum);
	model_left(s, s->model.left_ucents - u->ucents);
}

/* The desk knows of the other calls, too: the smaller figure counts. */
void model_left(struct session *s, int64_t ucents)
{
	s->model.left_ucents = MIN(s->model.left_ucents, ucents);
	if (s->model.left_ucents > 0 || !s->model.on)
		return;
	counts_add(&s->m->prm.counts->model_capped);
	give_up(s, -EDQUOT, SV("the day's cap is reached"));
	model_close(s);
}

static void on_closed(int err, struct sv why, void *arg)
{
	struct session *s = arg;

	s->model.sess = NULL;
	give_up(s, err ? err : -ECONNRESET, why);
	session_reap(s);
}

/* ---- its life ---- */

bool model_wanted(struct session *s, struct sv context)
{
	struct sv model, name, left;

	return s->m->model && !js_get(context, "model", &model) &&
	       !js_get(model, "name", &name) &&
	       sv_eq(name, s->m->model->name) &&
	       !js_get(model, "left_ucents", &left) &&
	       !sv_i64(&s->model.left_ucents, left);
}

void model_open(struct session *s, struct sv context)
{
	const struct s2s_handlers h = {
		.readyh = on_ready,
		.vadh = on_vad,
		.turnh = on_turn,
		.texth = on_text,
		.beginh = on_begin,
		.saidh = on_said,
		.audioh = on_audio,
		.functionh = on_function,
		.usageh = on_usage,
		.closedh = on_closed,
		.arg = s,
	};
	struct s2s_prm prm = {.call = s->id};
	struct buf words, fns;
	int err, n;

	buf_init(&words, 65536);
	buf_init(&fns, 65536);
	err = brief_instructions(&words, context, sv_str(s->lang),
				 clock_wall_us() / 1000);
	n = brief_functions(&fns, context);
	err = err ? err : MIN(n, 0);
	prm.instructions = buf_get(&words);
	prm.functions = buf_get(&fns);
	prm.functions_n = (unsigned)MAX(n, 0);
	s->model.on = true;
	if (!err)
		err = s->m->model->open(&s->model.sess, s->m->model_env, &prm,
					&h);
	buf_fini(&words);
	buf_fini(&fns);
	if (!err)
		return;
	s->model.sess = NULL;
	s->model.failed = err; /* the engine has not begun yet */
}

void model_begun(struct session *s)
{
	if (s->model.failed)
		give_up(s, s->model.failed, SV("it could not be opened"));
}

void model_more(struct session *s)
{
	uint8_t b[CHUNK_N];
	int64_t at_n = s->model.next_n;
	size_t n;

	while (s->model.live && s->model.sess &&
	       (n = ring_get(&s->ring, &at_n, b, sizeof(b)))) {
		struct frame f = {b, n, at_n, (uint32_t)n, CODEC_ULAW};

		if (s->m->model->send_audio(s->model.sess, &f))
			return; /* the next frame, or tick, tries again */
		at_n += (int64_t)n;
		s->model.next_n = at_n;
	}
}

void model_grant(struct session *s)
{
	size_t space = MIN(playq_space(s->playq), (size_t)GRANT_N);

	if (!s->model.live || !s->model.sess ||
	    space < s->model.granted_n + (size_t)CHUNK_N)
		return;
	space -= s->model.granted_n;
	s->model.granted_n += (uint32_t)space;
	s->m->model->grant(s->model.sess, (uint32_t)space);
}

void model_told(struct session *s, struct sv text)
{
	if (s->model.on && s->model.sess)
		s->m->model->tell(s->model.sess, "assistant", text);
}

/* ---- what the engine wants of it ---- */

static void play(struct session *s, uint32_t item, uint32_t utt)
{
	PLAYS(s, item)->item = item;
	PLAYS(s, item)->utt = utt;
	PLAYS(s, item)->put_n = 0;
	PLAYS(s, item)->ended = false;
	s->model.item = item;
}

/* What is queued of it still plays: it is complete like that. */
static void dismiss(struct session *s)
{
	uint32_t item = s->model.item;

	s->model.on = s->model.live = false;
	if (item && PLAYS(s, item)->put_n && !PLAYS(s, item)->ended &&
	    PLAYS(s, item)->utt > s->cancelled)
		playq_end(s->playq, PLAYS(s, item)->utt);
	PLAYS(s, item)->ended = true;
	model_close(s);
}

void model_effect(struct session *s, const struct call_fx *fx)
{
	const struct s2s *p = s->m->model;
	struct s2s_sess *to = s->model.on ? s->model.sess : NULL;

	if (fx->kind == CALL_FX_PLAY) {
		play(s, fx->item, fx->utt);
	} else if (fx->kind == CALL_FX_DISMISS) {
		dismiss(s);
	} else if (!to) {
		return;
	} else if (fx->kind == CALL_FX_CUT) {
		s->model.granted_n = 0;
		p->interrupt(to);
		if (fx->item)
			p->cut(to, fx->item, fx->heard_n);
	} else if (fx->kind == CALL_FX_ANSWER) {
		p->ask(to, fx->text);
	} else {
		p->result(to, fx->item,
			  fx->text.len ? fx->text : SV("{\"ok\":false}"),
			  fx->answer);
	}
}

void model_close(struct session *s)
{
	s->model.on = s->model.live = false;
	if (s->model.sess)
		s->m->model->close(s->model.sess);
}
