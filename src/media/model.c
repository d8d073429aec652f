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
#include "media/past.h"

enum { CHUNK_N = 1600, GRANT_N = 8000 };

#define AT(s) (&(s)->model.sides[(s)->model.at])
#define PLAYS(s, i) (&(s)->model.plays[(i) % ARRAY_LEN((s)->model.plays)])

/* The call, when it is this side that talks in it. */
static struct session *talks(struct model_side *side)
{
	return side == AT(side->s) ? side->s : NULL;
}

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
	struct model_side *side = arg;
	struct session *s = talks(side);

	side->ready = true;
	if (!s || !s->model.on)
		return; /* of the other one renew_tick() takes notice */
	s->model.live = true;
	log_line(LOG_LEVEL_INFO, "call", s->id, "%s talks with the caller",
		 s->m->model->name);
	session_input(s, (struct call_ev){.kind = CALL_EV_MODEL});
	model_more(s);
}

/* Our own detector is quicker; this one stands in while it is away. */
static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct session *s = talks(arg);

	if (!s || s->stt.sess || s->vad.sess)
		return;
	session_input(s, (struct call_ev){.kind = v == SPEECH_BEGAN
							  ? CALL_EV_BEGAN
							  : CALL_EV_ENDED,
					  .at_n = at_n});
}

static void on_turn(int64_t end_n, void *arg)
{
	struct session *s = talks(arg);

	if (s)
		session_input(s, (struct call_ev){.kind = CALL_EV_TURN,
						  .at_n = end_n});
}

static void on_text(const struct speech_text *t, void *arg)
{
	struct session *s = talks(arg);
	struct call_ev ev = {
		.kind = CALL_EV_TEXT,
		.start_n = t->start_n,
		.at_n = t->end_n,
		.lang = t->lang,
		.source = t->source == SPEECH_NONE ? CALL_TEXT_NONE
						   : CALL_TEXT_FREE,
	};

	if (!s || !s->model.live)
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
	struct model_side *side = arg;
	struct session *s = talks(side);

	if (!s)
		return;
	s->model.items = side->item_0 + item;
	session_input(s, (struct call_ev){.kind = CALL_EV_SAYS,
					  .item = s->model.items});
}

static void on_said(uint32_t item, struct sv text, uint32_t made_n, bool last,
		    void *arg)
{
	struct model_side *side = arg;
	struct session *s = talks(side);

	if (s)
		session_input(s, (struct call_ev){.kind = CALL_EV_SAID,
						  .item = side->item_0 + item,
						  .text = text,
						  .n = made_n,
						  .last = last});
}

static void on_audio(uint32_t item, const uint8_t *data, size_t n, bool last,
		     void *arg)
{
	struct model_side *side = arg;
	struct session *s = talks(side);
	struct call_ev ev = {.kind = CALL_EV_READY, .last = last};
	uint32_t utt;

	if (!s)
		return;
	item += side->item_0;
	utt = PLAYS(s, item)->utt;
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
	struct model_side *side = arg;
	struct session *s = talks(side);

	if (!s)
		return;
	s->model.refs = side->ref_0 + ref;
	past_call(s->model.past, s->model.refs, name, args);
	session_input(s, (struct call_ev){.kind = CALL_EV_FUNCTION,
					  .item = s->model.refs,
					  .name = name,
					  .text = args});
}

static void on_usage(const struct s2s_usage *u, void *arg)
{
	struct session *s = ((struct model_side *)arg)->s;
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

static void on_old(void *arg)
{
	struct session *s = talks(arg);

	if (s && s->model.on)
		s->model.old = true;
}

static void on_closed(int err, struct sv why, void *arg)
{
	struct model_side *side = arg;
	struct session *s = side->s;

	side->sess = NULL;
	side->ready = false;
	if (side != AT(s)) {
		if (err)
			renew_failed(s, err, why);
	} else if (!renew_now(s)) {
		give_up(s, err ? err : -ECONNRESET, why);
		model_close(s);
	}
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

int model_connect(struct session *s, struct model_side *side, struct sv context,
		  int64_t first_n)
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
		.oldh = on_old,
		.closedh = on_closed,
		.arg = side,
	};
	struct s2s_prm prm = {.call = s->id, .first_n = first_n};
	struct buf words, fns;
	int err, n;

	side->s = s;
	side->ready = false;
	buf_init(&words, 65536);
	buf_init(&fns, 65536);
	err = brief_instructions(&words, context, sv_str(s->lang),
				 clock_wall_us() / 1000);
	n = brief_functions(&fns, context);
	err = err ? err : MIN(n, 0);
	prm.instructions = buf_get(&words);
	prm.functions = buf_get(&fns);
	prm.functions_n = (unsigned)MAX(n, 0);
	if (!err)
		err = s->m->model->open(&side->sess, s->m->model_env, &prm, &h);
	buf_fini(&words);
	buf_fini(&fns);
	if (err)
		side->sess = NULL;
	return err;
}

void model_open(struct session *s, struct sv context)
{
	int err = past_new(&s->model.past);

	s->model.on = true;
	if (!err)
		err = model_connect(s, AT(s), context, 0);
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

	while (s->model.live && AT(s)->sess &&
	       (n = ring_get(&s->ring, &at_n, b, sizeof(b)))) {
		struct frame f = {b, n, at_n, (uint32_t)n, CODEC_ULAW};

		if (s->m->model->send_audio(AT(s)->sess, &f))
			return; /* the next frame, or tick, tries again */
		at_n += (int64_t)n;
		s->model.next_n = at_n;
	}
}

void model_grant(struct session *s)
{
	size_t space = MIN(playq_space(s->playq), (size_t)GRANT_N);

	if (!s->model.live || !AT(s)->sess ||
	    space < s->model.granted_n + (size_t)CHUNK_N)
		return;
	space -= s->model.granted_n;
	s->model.granted_n += (uint32_t)space;
	s->m->model->grant(AT(s)->sess, (uint32_t)space);
}

void model_told(struct session *s, struct sv text)
{
	if (s->model.on && AT(s)->sess)
		s->m->model->tell(AT(s)->sess, "assistant", text);
}

/* For the one that comes later; it may be there already. */
static void tell_other(struct session *s, const char *role, struct sv text)
{
	if (text.len && renew_other(s)->sess)
		s->m->model->tell(renew_other(s)->sess, role, text);
}

void model_segment(struct session *s, const struct call_fx *fx)
{
	bool caller = fx->leg == CALL_LEG_CALLER;
	const char *role = caller ? "user" : "assistant";
	struct sv text = caller ? fx->text : fx->heard;

	if (s->model.past && s->model.on && fx->final &&
	    past_said(s->model.past, role, fx->seq, text))
		tell_other(s, role, text);
}

void model_tick(struct session *s, int64_t now_us)
{
	if (s->model.past)
		renew_tick(s, now_us);
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

static void result(struct session *s, const struct call_fx *fx)
{
	struct sv json = fx->text.len ? fx->text : SV("{\"ok\":false}");

	tell_other(s, "system", past_result(s->model.past, fx->item, json));
	if (fx->item > AT(s)->ref_0)
		s->m->model->result(AT(s)->sess, fx->item - AT(s)->ref_0, json,
				    fx->answer);
}

void model_effect(struct session *s, const struct call_fx *fx)
{
	const struct s2s *p = s->m->model;
	struct model_side *to = AT(s);

	if (fx->kind == CALL_FX_PLAY) {
		play(s, fx->item, fx->utt);
	} else if (fx->kind == CALL_FX_DISMISS) {
		dismiss(s);
	} else if (!s->model.on || !to->sess) {
		return;
	} else if (fx->kind == CALL_FX_CUT) {
		s->model.granted_n = 0;
		p->interrupt(to->sess);
		if (fx->item > to->item_0)
			p->cut(to->sess, fx->item - to->item_0, fx->heard_n);
	} else if (fx->kind == CALL_FX_ANSWER) {
		p->ask(to->sess, fx->text);
	} else {
		result(s, fx);
	}
}

bool model_gone(const struct session *s)
{
	return !s->model.sides[0].sess && !s->model.sides[1].sess;
}

void model_close(struct session *s)
{
	s->model.on = s->model.live = false;
	for (size_t i = 0; i < ARRAY_LEN(s->model.sides); i++)
		if (s->model.sides[i].sess)
			s->m->model->close(s->model.sides[i].sess);
}
