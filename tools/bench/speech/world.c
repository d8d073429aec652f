#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audio/playq.h"
#include "codec.h"
#include "core/call.h"
#include "speech/local/ear.h"
#include "speech/local/recog.h"

enum {
	N = TEL_FRAME_N,
	TICK_US = 20000,
	SAMPLE_US = 125,
	UTT_S = 9,
	UTT_WORDS = UTT_S * 50, /* "words" of 20 ms tell positions */
	UTT_LEN = 2 * UTT_WORDS - 1,
	UTTS = 4096,
	QUEUE = 1024, /* frames and marks at the carrier, on the way */
	HANGOVER_MS = 600,
	DECODE_MS = 80,
	CLIP_LEAD_N = 200 * 8, /* of ear_clip(), behind the speech */
};

struct utt {
	uint32_t id, total_n, given_n;
	size_t words;
	uint32_t played_n; /* truth */
	bool cancelled;
	int claimed_ms; /* the ledger; -1 not told */
};

/* A message to the carrier, or what waits there to be played. */
struct item {
	int64_t due_us;
	enum { AUDIO, MARK, CLEAR } kind;
	uint32_t utt, gen, num, n;
	uint8_t data[N];
};

struct queue {
	struct item v[QUEUE];
	unsigned first, n;
};

struct world {
	struct world_prm prm;
	struct path *path;
	struct near *near;
	struct ear *ear;
	struct playq *q;
	struct call *call;
	struct rng rng;
	int64_t now_us, tick; /* tick: of the carrier */

	struct utt utts[UTTS];
	unsigned nutts, speaking;
	size_t ours_n; /* place in prm.ours */

	struct queue wire, played; /* to the carrier; there */
	struct item back[64];	   /* marks on their way to us */
	unsigned nback;

	const struct pcm *clip; /* what he says now */
	size_t clip_at;
	int64_t again_n; /* the recogniser heard it again from here */
	int64_t hold_n, stt_n;
	int16_t line[60 * TEL_RATE_HZ]; /* clean audio, ring by position */
	struct call_ev text;		/* on its way */
	char text_buf[256];
	int64_t text_us; /* 0: none */

	struct world_event *ev; /* what goes on; NULL */
	int since;		/* ticks in which ours was played */
	bool silent;		/* in the last tick nothing was */
	struct world_sums sums;
	int64_t spoke_ticks;
	int pause_ticks; /* without ours, since it was withheld; -1: is not */
	bool pause_over; /* … and goes on */
};

/* ---- dialog: never at a loss for words ---- */

static char *long_text(void)
{
	static char text[UTT_LEN + 1];

	for (int i = 0; i < UTT_LEN; i++)
		text[i] = i % 2 ? ' ' : 'a';
	return text;
}

static int dialog_open(struct dialog_sess **out, const struct dialog_prm *prm,
		       char *why, size_t why_size)
{
	(void)prm;
	(void)why;
	(void)why_size;
	*out = (struct dialog_sess *)(void *)long_text();
	return 0;
}

static struct dialog_out dialog_input(struct dialog_sess *s,
				      const struct dialog_in *in)
{
	static const struct dialog_act none;
	static struct dialog_act acts[2];

	acts[0] = (struct dialog_act){.kind = DIALOG_SAY,
				      .text = {(const char *)s, UTT_LEN}};
	acts[1] = (struct dialog_act){.kind = DIALOG_EXPECT,
				      .hangover_ms = HANGOVER_MS,
				      .answer_ms = 200};
	if (in->kind == DIALOG_INTERRUPTED)
		return (struct dialog_out){&none, 0};
	return (struct dialog_out){acts, 2};
}

static void dialog_close(struct dialog_sess *s)
{
	(void)s;
}

static const struct dialog talker = {"bench", dialog_open, dialog_input,
				     dialog_close};

/* ---- the voice and the driver ---- */

static int64_t heard_n(const struct world *w)
{
	return w->tick * N;
}

static struct utt *utt_of(struct world *w, uint32_t id)
{
	for (unsigned i = w->nutts; i--;)
		if (w->utts[i].id == id)
			return &w->utts[i];
	return NULL;
}

static void send(struct world *w, struct item it)
{
	struct queue *q = &w->wire;

	it.due_us = w->now_us + w->prm.net_ms * 1000;
	if (q->n < QUEUE)
		q->v[(q->first + q->n++) % QUEUE] = it;
}

static void engine(struct world *w, struct call_ev ev);

static void voice(struct world *w)
{
	struct call_word words[UTT_WORDS];
	struct call_ev ev = {.kind = CALL_EV_READY, .words = words};
	uint8_t data[N];
	struct utt *u;

	while (w->speaking < w->nutts) {
		u = &w->utts[w->speaking];
		if (u->cancelled || u->given_n == u->total_n) {
			w->speaking++;
			continue;
		}
		if (playq_space(w->q) < N)
			return;
		for (int i = 0; i < N; i++)
			data[i] = lin_to_ulaw(
				w->prm.ours->s[w->ours_n++ % w->prm.ours->n]);
		playq_put(w->q, u->id, data, N);
		words[0] = (struct call_word){(uint16_t)(2 * (u->given_n / N)),
					      1, u->given_n + N};
		u->given_n += N;
		ev.utt = u->id;
		ev.n = N;
		ev.nwords = 1;
		ev.last = u->given_n == u->total_n;
		if (ev.last)
			playq_end(w->q, u->id);
		engine(w, ev);
	}
}

static void on_segment(struct world *w, const struct call_fx *fx)
{
	struct utt *u = utt_of(w, fx->utt);

	if (u && fx->leg == CALL_LEG_ASSISTANT && fx->final)
		u->claimed_ms = (int)(fx->heard.len + 1) / 2 * 20;
}

static void on_clear(struct world *w, const struct call_fx *fx)
{
	w->sums.clears++;
	w->pause_ticks = -1;
	for (unsigned i = 0; i < w->nutts; i++)
		if (w->utts[i].id <= fx->utt)
			w->utts[i].cancelled = true;
	playq_clear(w->q, w->now_us);
	near_clear(w->near, w->now_us);
	send(w, (struct item){.kind = CLEAR});
	if (w->ev && w->ev->stop_n < 0)
		w->ev->stop_n = near_end_n(w->near);
	if (w->ev && w->ev->hold_n < 0)
		w->ev->hold_n = w->ev->stop_n;
	if (w->ev && w->ev->silent_n < 0 && w->silent)
		w->ev->silent_n = w->tick * N;
}

static void effect(struct world *w, const struct call_fx *fx)
{
	switch (fx->kind) {
	case CALL_FX_SAY:
		if (w->nutts == UTTS)
			return;
		w->utts[w->nutts++] = (struct utt){
			.id = fx->utt,
			.words = (fx->text.len + 1) / 2,
			.total_n = (uint32_t)((fx->text.len + 1) / 2 * N),
			.claimed_ms = -1,
		};
		break;
	case CALL_FX_WITHHOLD:
		w->sums.withholds++;
		playq_withhold(w->q, w->now_us);
		w->pause_ticks = 0;
		w->pause_over = false;
		if (!w->ev)
			break;
		w->ev->holds++;
		if (w->ev->hold_n < 0)
			w->ev->hold_n = near_end_n(w->near);
		break;
	case CALL_FX_RESUME:
		playq_resume(w->q, w->now_us);
		w->pause_over = true;
		if (!w->ev)
			break;
		w->ev->resumes++;
		if (w->ev->stop_n < 0)
			w->ev->hold_n = w->ev->silent_n = -1;
		break;
	case CALL_FX_CLEAR:
		on_clear(w, fx);
		break;
	case CALL_FX_SEGMENT:
		on_segment(w, fx);
		break;
	default:
		break;
	}
}

static void engine(struct world *w, struct call_ev ev)
{
	struct call_fxs fxs;

	ev.t_us = w->now_us;
	ev.wall_ms = 1700000000000 + w->now_us / 1000;
	fxs = call_input(w->call, &ev);
	for (size_t i = 0; i < fxs.n; i++)
		effect(w, &fxs.v[i]);
}

static void pace(struct world *w)
{
	struct playq_out o;

	voice(w);
	while (!playq_due(w->q, w->now_us, &o)) {
		if (o.n) {
			struct item it = {.kind = AUDIO,
					  .utt = o.utt,
					  .n = (uint32_t)o.n};

			memcpy(it.data, o.data, o.n);
			near_sent(w->near, o.data, o.n, w->now_us);
			send(w, it);
		}
		if (o.first)
			engine(w, (struct call_ev){.kind = CALL_EV_SENT,
						   .utt = o.utt});
		if (o.has_mark) {
			near_marked(w->near, o.mark.gen, o.mark.num);
			send(w, (struct item){.kind = MARK,
					      .gen = o.mark.gen,
					      .num = o.mark.num});
			engine(w, (struct call_ev){.kind = CALL_EV_MARKED,
						   .utt = o.mark.utt,
						   .gen = o.mark.gen,
						   .num = o.mark.num,
						   .pos_n = o.mark.pos_n,
						   .idle = o.mark.idle});
		}
		voice(w);
	}
	if (call_next_us(w->call) <= w->now_us)
		engine(w, (struct call_ev){.kind = CALL_EV_TICK});
	voice(w);
}

/* ---- what the gateway hears ---- */

static void text_of(struct world *w, enum call_ev_kind kind, int64_t start_n,
		    int64_t end_n)
{
	struct recog_prm prm = {.speech_ms = 0};
	struct recog_text *t;
	int16_t *pcm;
	size_t n;

	(void)sv_copy(w->text_buf, sizeof(w->text_buf),
		      SV("no wednesday please"));
	w->text = (struct call_ev){.kind = kind,
				   .start_n = start_n,
				   .at_n = end_n,
				   .source = CALL_TEXT_FREE};
	if (w->prm.reads && !ear_clip(w->ear, &pcm, &n)) {
		t = calloc(1, sizeof(*t));
		if (t &&
		    !recog_run(t, w->prm.engine->moonshine, pcm, n, &prm)) {
			(void)sv_copy(w->text_buf, sizeof(w->text_buf),
				      sv_str(t->text));
			if (t->source == SPEECH_NONE)
				w->text.source = CALL_TEXT_NONE;
		}
		free(t);
		free(pcm);
	}
	w->text_us = w->now_us + DECODE_MS * 1000;
	if (w->ev)
		snprintf(w->ev->text, sizeof(w->ev->text), "%.120s",
			 w->text_buf);
}

static void on_ear(const struct ear_event *ev, void *arg)
{
	struct world *w = arg;
	int16_t *pcm;
	size_t n;

	if (ev->kind == TURNS_BEGAN && near_began(w->near, ev->start_n))
		engine(w, (struct call_ev){.kind = CALL_EV_BEGAN,
					   .at_n = ev->start_n});
	if (ev->kind == TURNS_PAUSE && near_talks(w->near)) {
		engine(w, (struct call_ev){.kind = CALL_EV_PAUSED});
		text_of(w, CALL_EV_PARTIAL, ev->start_n, ev->end_n);
	}
	if (ev->kind == TURNS_RESUMED && near_talks(w->near)) {
		w->text_us = 0; /* what was begun is worthless */
		engine(w, (struct call_ev){.kind = CALL_EV_RESUMED});
	}
	if (ev->kind != TURNS_ENDED || !near_ended(w->near, ev->end_n))
		return;
	if (w->ev && w->ev->clip_n < 0 && !ear_clip(w->ear, &pcm, &n)) {
		w->ev->clip_n = ev->end_n + CLIP_LEAD_N - (int64_t)n;
		w->ev->clip_n = MAX(w->ev->clip_n, w->again_n);
		free(pcm);
	}
	engine(w, (struct call_ev){.kind = CALL_EV_ENDED, .at_n = ev->end_n});
	text_of(w, CALL_EV_TEXT, ev->start_n, ev->end_n);
}

/* What the ring holds goes to the recogniser; held: silence. */
static void tell(struct world *w, int64_t end_n)
{
	const size_t ring_n = ARRAY_LEN(w->line);
	int16_t pcm[N];

	while (w->stt_n < end_n) {
		int64_t n = MIN(end_n - w->stt_n, (int64_t)N);

		for (int64_t i = 0; i < n; i++)
			pcm[i] = w->stt_n + i >= w->hold_n
					 ? 0
					 : w->line[(size_t)(w->stt_n + i) %
						   ring_n];
		ear_push(w->ear, w->stt_n, pcm, (size_t)n);
		w->stt_n += n;
	}
}

static void on_near(const struct near_out *o, void *arg)
{
	struct world *w = arg;

	for (size_t i = 0; i < o->n; i++)
		w->line[((size_t)o->at_n + i) % ARRAY_LEN(w->line)] =
			ulaw_to_lin[o->data[i]];
	if (!o->hold)
		w->hold_n = INT64_MAX;
	else if (w->hold_n == INT64_MAX)
		w->hold_n = o->at_n;
	if (o->again && w->stt_n > o->from_n)
		w->stt_n = w->again_n = o->from_n;
	if (o->hunch)
		engine(w, (struct call_ev){.kind = CALL_EV_HUNCH});
	if (o->suspect)
		engine(w, (struct call_ev){.kind = CALL_EV_SUSPECT,
					   .at_n = o->since_n});
	tell(w, o->at_n + (int64_t)o->n);
	if (o->began)
		engine(w, (struct call_ev){.kind = CALL_EV_BEGAN,
					   .at_n = o->began_n});
	if (!w->clip && !w->silent && w->since > 10)
		for (size_t i = 0; i < o->n; i++) {
			double x = ulaw_to_lin[o->data[i]];

			w->sums.rest += x * x;
		}
}

static void gateway_hears(struct world *w, const uint8_t near[N])
{
	for (unsigned i = 0; i < w->nback; i++) {
		if (w->back[i].num)
			near_mark(w->near, w->back[i].gen, w->back[i].num);
		engine(w, (struct call_ev){.kind = CALL_EV_MARK,
					   .gen = w->back[i].gen,
					   .num = w->back[i].num});
	}
	w->nback = 0;
	near_push(w->near, heard_n(w), near, N, on_near, w);
	near_arrived(w->near, w->now_us);
	if (w->text_us && w->text_us <= w->now_us) {
		w->text_us = 0;
		w->text.text = sv_str(w->text_buf);
		engine(w, w->text);
	}
}

/* ---- the carrier ---- */

static void mark_back(struct world *w, const struct item *m)
{
	if (w->nback < ARRAY_LEN(w->back))
		w->back[w->nback++] = *m;
}

static void carrier_takes(struct world *w, int64_t t_us)
{
	struct queue *q = &w->wire, *p = &w->played;
	struct item *it;

	for (; q->n && q->v[q->first].due_us <= t_us;
	     q->first = (q->first + 1) % QUEUE, q->n--) {
		it = &q->v[q->first];
		if (it->kind != CLEAR) {
			if (p->n < QUEUE)
				p->v[(p->first + p->n++) % QUEUE] = *it;
			continue;
		}
		for (; p->n; p->first = (p->first + 1) % QUEUE, p->n--)
			if (p->v[p->first].kind == MARK)
				mark_back(w, &p->v[p->first]);
	}
}

/* Plays 20 ms; true when there was something of ours. */
static bool carrier_plays(struct world *w, int16_t far[N])
{
	struct queue *p = &w->played;
	struct utt *u;
	bool any = false;

	memset(far, 0, N * sizeof(*far));
	while (p->n && !any) {
		struct item *it = &p->v[p->first];

		if (it->kind == AUDIO) {
			for (int i = 0; i < N; i++)
				far[i] = ulaw_to_lin[it->data[i]];
			u = utt_of(w, it->utt);
			if (u)
				u->played_n += it->n;
			any = true;
		} else {
			mark_back(w, it);
		}
		p->first = (p->first + 1) % QUEUE;
		p->n--;
	}
	/* marks right behind it come back before the next frame does */
	return any;
}

static void caller(struct world *w, int16_t near[N])
{
	memset(near, 0, N * sizeof(*near));
	for (int i = 0; i < N && w->clip && w->clip_at < w->clip->n; i++)
		near[i] = w->clip->s[w->clip_at++];
}

/* He hears that we were withheld only when the carrier runs dry meanwhile. */
static void pause_step(struct world *w, bool any)
{
	if (w->pause_ticks < 0)
		return;
	w->pause_ticks += !any;
	if (!any || !w->pause_over)
		return;
	w->sums.gap_ms += w->pause_ticks * 20;
	w->pause_ticks = -1;
}

static void tick(struct world *w)
{
	int64_t t_us = w->tick * TICK_US;
	int64_t frame_us = t_us + TICK_US + w->prm.net_ms * 1000;
	int16_t far[N], near[N];
	uint8_t b[N];
	bool any;

	carrier_takes(w, t_us);
	any = carrier_plays(w, far);
	if (!any && w->ev && !w->silent && w->ev->silent_n < 0 &&
	    w->tick * N > w->ev->onset_n)
		w->ev->silent_n = w->tick * N;
	w->silent = !any;
	if (w->ev && !any)
		w->ev->gap_n += N;
	pause_step(w, any);
	w->since = any ? w->since + 1 : 0;
	w->spoke_ticks += any;
	caller(w, near);
	path_pass(w->path, far, near);
	for (int i = 0; i < N; i++) {
		b[i] = lin_to_ulaw(near[i]);
		if (!w->clip && any && w->since > 10) {
			w->sums.echo += (double)near[i] * near[i];
			w->sums.far += (double)far[i] * far[i];
		}
	}
	/* the worker's own tick falls anywhere between two frames */
	w->now_us = MAX(w->now_us, frame_us - TICK_US / 2 -
					   (int64_t)(w->prm.seed % 19) * 500);
	pace(w);
	w->now_us = MAX(w->now_us, frame_us);
	gateway_hears(w, b);
	w->tick++;
}

void world_run(struct world *w, int ms)
{
	for (int i = 0; i < ms; i += 20)
		tick(w);
}

bool world_wait(struct world *w, int ms)
{
	for (int i = 0; i < 60 * 50; i++) {
		if (w->since * 20 >= ms)
			return true;
		tick(w);
	}
	return false;
}

/* The ledger's word against what was played, of what was cut meanwhile. */
static void compare(struct world *w, struct world_event *e, unsigned from)
{
	for (unsigned i = from; i < w->nutts; i++) {
		const struct utt *u = &w->utts[i];

		if (u->claimed_ms < 0 || u->played_n == u->total_n ||
		    !u->played_n ||
		    e->nheard == (int)ARRAY_LEN(e->heard_off_ms))
			continue;
		e->heard_off_ms[e->nheard++] =
			u->claimed_ms - (int)(u->played_n / 8);
	}
}

void world_say(struct world *w, const struct pcm *clip, int ms,
	       struct world_event *out)
{
	unsigned from = w->nutts;

	*out = (struct world_event){
		.onset_n = w->tick * N,
		.end_n = w->tick * N + (int64_t)clip->n,
		.hold_n = -1,
		.stop_n = -1,
		.silent_n = -1,
		.clip_n = -1,
	};
	while (from && w->utts[from - 1].claimed_ms < 0)
		from--;
	w->ev = out;
	w->clip = clip;
	w->clip_at = 0;
	while (w->clip_at < clip->n)
		tick(w);
	world_run(w, ms);
	w->clip = NULL;
	w->ev = NULL;
	compare(w, out, from);
}

struct world_sums world_sums(const struct world *w)
{
	struct world_sums s = w->sums;

	s.spoke_min = (double)w->spoke_ticks / 50 / 60;
	return s;
}

void world_zero(struct world *w)
{
	w->sums.echo = w->sums.rest = w->sums.far = 0;
}

int world_new(struct world **out, const struct world_prm *prm)
{
	const struct playq_prm playq = {4000, prm->ahead_ms, 200,
					20,   true,	     100};
	struct call_prm call = {.dialog = &talker, .max_call_s = 86400};
	struct world *w = calloc(1, sizeof(*w));
	char why[128];
	int err;

	if (!w)
		return -ENOMEM;
	w->prm = *prm;
	w->hold_n = INT64_MAX;
	w->silent = true;
	w->pause_ticks = -1;
	rng_seed(&w->rng, prm->seed);
	w->ours_n = rng_next(&w->rng) % prm->ours->n;
	err = path_new(&w->path, &prm->path, prm->seed);
	if (!err)
		err = near_new(&w->near, prm->cancel);
	if (!err)
		err = playq_new(&w->q, &playq);
	if (!err)
		err = ear_new(&w->ear, prm->engine->silero, on_ear, w);
	if (!err)
		err = call_new(&w->call, &call, why, sizeof(why));
	if (err) {
		world_free(w);
		return err;
	}
	ear_set_hangover(w->ear, HANGOVER_MS);
	world_run(w, 200);
	engine(w, (struct call_ev){.kind = CALL_EV_START, .at_n = w->tick * N});
	*out = w;
	return 0;
}

struct world *world_free(struct world *w)
{
	if (!w)
		return NULL;
	call_free(w->call);
	ear_free(w->ear);
	playq_free(w->q);
	near_free(w->near);
	path_free(w->path);
	free(w);
	return NULL;
}
