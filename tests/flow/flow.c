#include "flow.h"

#include <stdarg.h>
#include <stdlib.h>

#define MS 1000
#define SAMPLE_US 125
#define PIECE_N 800	   /* the voice gives 100 ms at a time … */
#define PIECE_US (20 * MS) /* … every 20 ms */

/* ---- the clock ---- */

static bool before(const struct flow_event *a, const struct flow_event *b)
{
	return a->t_us != b->t_us ? a->t_us < b->t_us : a->order < b->order;
}

static void heap_put(struct flow *f, struct flow_event *e)
{
	unsigned i = f->nheap++;

	assert_true(f->nheap <= FLOW_EVENTS);
	e->order = f->order++;
	for (; i && before(e, f->heap[(i - 1) / 2]); i = (i - 1) / 2)
		f->heap[i] = f->heap[(i - 1) / 2];
	f->heap[i] = e;
}

static struct flow_event *heap_take(struct flow *f)
{
	struct flow_event *top = f->heap[0], *e = f->heap[--f->nheap];
	unsigned i = 0, k;

	while ((k = 2 * i + 1) < f->nheap) {
		if (k + 1 < f->nheap && before(f->heap[k + 1], f->heap[k]))
			k++;
		if (!before(f->heap[k], e))
			break;
		f->heap[i] = f->heap[k];
		i = k;
	}
	f->heap[i] = e;
	return top;
}

static struct flow_event *at_us(struct flow *f, int64_t t_us,
				enum flow_kind kind)
{
	struct flow_event *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	e->t_us = t_us;
	e->kind = kind;
	heap_put(f, e);
	return e;
}

static struct flow_event *at_ms(struct flow *f, int ms, enum flow_kind kind)
{
	return at_us(f, FLOW_START_US + (int64_t)ms * MS, kind);
}

int flow_ms(const struct flow *f)
{
	return (int)((f->now_us - FLOW_START_US) / MS);
}

void flow_note(struct flow *f, const char *fmt, ...)
{
	size_t room = sizeof(f->log) - f->log_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(f->log + f->log_len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		f->log_len += MIN((size_t)n, room - 1);
}

static void fault(struct flow *f, const char *what)
{
	if (!f->fault)
		f->fault = what;
	flow_note(f, "%d FAULT %s\n", flow_ms(f), what);
}

int flow_count(const struct flow *f, const char *s)
{
	int n = 0;

	for (const char *p = f->log; (p = strstr(p, s)); p += strlen(s))
		n++;
	return n;
}

void flow_want(struct flow *f, const char *want, const char *file, int line)
{
	if (strstr(f->log, want))
		return;
	fprintf(stderr, "no \"%s\" in\n%s", want, f->log);
	_fail(file, line);
}

/* ---- the voice ---- */

/* A sample that tells where it belongs. */
static uint8_t voice_byte(uint32_t utt, uint32_t i)
{
	uint32_t x = (utt * 2654435761u) ^ (i * 40503u + (i >> 7));

	return (uint8_t)(x >> 8);
}

static struct flow_utt *utt_of(struct flow *f, uint32_t id)
{
	for (unsigned i = f->nutts; i--;)
		if (f->utts[i].id == id)
			return &f->utts[i];
	return NULL;
}

static void voice_wake(struct flow *f, int64_t t_us)
{
	if (f->voice_busy || f->voice_dead)
		return;
	f->voice_busy = true;
	at_us(f, t_us, FLOW_VOICE);
}

void flow_voice_say(struct flow *f, const struct call_fx *fx)
{
	struct flow_utt *u = &f->utts[f->nutts++];
	uint16_t from = 0;

	assert_true(f->nutts <= FLOW_UTTS);
	*u = (struct flow_utt){.id = fx->utt, .protect = fx->protect};
	u->text = calloc(1, fx->text.len + 1);
	memcpy(u->text, fx->text.p, fx->text.len);
	for (uint16_t i = 0; i <= fx->text.len; i++) {
		if (u->text[i] && u->text[i] != ' ')
			continue;
		if (i > from && u->nwords < ARRAY_LEN(u->words))
			u->words[u->nwords++] =
				(struct call_word){from, (uint16_t)(i - from),
						   i * (uint32_t)FLOW_CHAR_N};
		from = (uint16_t)(i + 1);
	}
	u->total_n = (uint32_t)fx->text.len * FLOW_CHAR_N + 437;
	voice_wake(f, f->now_us + f->voice_ms * MS);
}

static void engine(struct flow *f, struct call_ev ev);

/* A piece of the first utterance that is not complete. */
static void voice_piece(struct flow *f)
{
	struct call_ev ev = {.kind = CALL_EV_READY};
	uint8_t data[PIECE_N];
	struct flow_utt *u;
	uint32_t n;
	size_t w;

	f->voice_busy = false;
	while (f->speaking < f->nutts &&
	       (f->utts[f->speaking].cancelled || f->utts[f->speaking].ended))
		f->speaking++;
	if (f->speaking == f->nutts)
		return;
	u = &f->utts[f->speaking];
	n = MIN(u->total_n - u->given_n, (uint32_t)PIECE_N);
	n = MIN(n, (uint32_t)playq_space(f->q));
	ev.utt = u->id;
	if (f->voice_hates && strstr(u->text, f->voice_hates)) {
		ev.err = -EILSEQ;
		n = 0;
	}
	if (f->voice_fails > 0 && u->given_n >= (uint32_t)f->voice_fail_n) {
		f->voice_fails--;
		ev.err = -EIO;
		n = 0;
	}
	for (uint32_t i = 0; i < n; i++)
		data[i] = voice_byte(u->id, u->given_n + i);
	assert_int_equal(playq_put(f->q, u->id, data, n), 0);
	u->given_n += n;
	for (w = u->nwords_given; w < u->nwords; w++)
		if (u->words[w].end_n > u->given_n)
			break;
	ev.n = n;
	ev.last = u->given_n == u->total_n || ev.err;
	if (!f->no_words) {
		ev.words = u->words + u->nwords_given;
		ev.nwords = w - u->nwords_given;
	}
	u->nwords_given = w;
	if (ev.last) {
		assert_int_equal(playq_end(f->q, u->id), 0);
		u->ended = true;
	}
	voice_wake(f, f->now_us + (f->voice_slow ? PIECE_US * 11 : PIECE_US));
	engine(f, ev);
}

/* ---- the carrier ---- */

/* Samples of u that have reached the caller's ear by now. */
static uint32_t heard_truth(const struct flow *f, const struct flow_utt *u)
{
	const struct flow_piece *p;
	int64_t n = u->played_n;

	for (unsigned i = 0; i < f->npieces; i++) {
		p = &f->pieces[i];
		if (p->utt == u->id && p->start_us < f->now_us)
			n += MIN((f->now_us - p->start_us) / SAMPLE_US,
				 (int64_t)p->n);
	}
	return (uint32_t)n;
}

/* Takes pieces that are over off the list. */
static void pieces_fold(struct flow *f, bool all)
{
	unsigned kept = 0;
	struct flow_piece p;
	struct flow_utt *u;

	for (unsigned i = 0; i < f->npieces; i++) {
		p = f->pieces[i];
		u = utt_of(f, p.utt);
		if (all || p.start_us + (int64_t)p.n * SAMPLE_US <= f->now_us) {
			u->played_n += (uint32_t)MIN(
				MAX((f->now_us - p.start_us) / SAMPLE_US, 0),
				(int64_t)p.n);
			continue;
		}
		f->pieces[kept++] = p;
	}
	f->npieces = kept;
}

static void carrier_audio(struct flow *f, const struct flow_event *e)
{
	struct flow_utt *u = utt_of(f, e->out.utt);
	uint32_t n = MIN((uint32_t)e->out.n, u->total_n - e->pos_n);
	uint32_t queued;

	if (f->stopped_us)
		return;
	pieces_fold(f, false);
	queued = u->played_n;
	for (unsigned i = 0; i < f->npieces; i++)
		queued += f->pieces[i].utt == u->id ? f->pieces[i].n : 0;
	if (queued != e->pos_n)
		fault(f, "samples missing or twice");
	for (uint32_t i = 0; i < e->out.n; i++)
		if (e->data[i] != (i < n && e->pos_n + i < u->given_n
					   ? voice_byte(u->id, e->pos_n + i)
					   : 0xff))
			fault(f, "not what the voice said");
	f->play_us = MAX(f->play_us, f->now_us);
	f->pieces[f->npieces++] = (struct flow_piece){u->id, n, f->play_us};
	assert_true(f->npieces < ARRAY_LEN(f->pieces));
	f->play_us += (int64_t)e->out.n * SAMPLE_US;
}

static void carrier_mark(struct flow *f, const struct playq_mark *m)
{
	struct flow_mark *k;

	if (f->no_marks)
		return;
	k = &f->marks[f->nmarks++ % ARRAY_LEN(f->marks)];
	*k = (struct flow_mark){m->gen, m->num, true};
	at_us(f, MAX(f->play_us, f->now_us), FLOW_PLAYED)->arg =
		(int)((f->nmarks - 1) % ARRAY_LEN(f->marks));
}

static void mark_return(struct flow *f, struct flow_mark *k)
{
	struct flow_event *e;

	if (!k->out)
		return; /* a clear was faster */
	k->out = false;
	e = at_us(f, f->now_us + f->latency_ms * MS, FLOW_EV);
	e->ev = (struct call_ev){
		.kind = CALL_EV_MARK, .gen = k->gen, .num = k->num};
}

/* As carriers do it: what is queued is dropped, every mark comes back. */
static void carrier_clear(struct flow *f)
{
	pieces_fold(f, true);
	f->play_us = f->now_us;
	for (unsigned i = 0; i < ARRAY_LEN(f->marks); i++)
		mark_return(f, &f->marks[i]);
}

/* When what we send now reaches the carrier: a stall holds all of it up. */
static int64_t arrival_us(const struct flow *f)
{
	return MAX(f->now_us + f->latency_ms * MS, f->stalled_to_us);
}

/* Sends what is due; the engine may change the queue in between. */
static void pace(struct flow *f)
{
	struct flow_event *e;
	struct flow_utt *u;
	struct playq_out o;

	while (!f->choked && !call_over(f->call) &&
	       !playq_due(f->q, f->now_us, &o)) {
		u = utt_of(f, o.utt);
		e = at_us(f, arrival_us(f), FLOW_ARRIVE);
		e->out = o;
		e->pos_n = u->sent_n;
		if (o.n)
			memcpy(e->data, o.data, o.n);
		u->sent_n += (uint32_t)MIN(o.n, u->given_n - u->sent_n);
		if (o.first)
			engine(f, (struct call_ev){.kind = CALL_EV_SENT,
						   .utt = o.utt});
		if (o.has_mark)
			engine(f, (struct call_ev){.kind = CALL_EV_MARKED,
						   .utt = o.mark.utt,
						   .gen = o.mark.gen,
						   .num = o.mark.num,
						   .pos_n = o.mark.pos_n});
	}
}

/* ---- the driver: carries out effects ---- */

static unsigned words_in(const struct flow_utt *u, size_t heard_len)
{
	unsigned n = 0;

	for (size_t i = 0; i < u->nwords; i++)
		n += (size_t)u->words[i].off + u->words[i].len <= heard_len;
	return n;
}

static unsigned words_played(const struct flow_utt *u, uint32_t played_n)
{
	unsigned n = 0;

	for (size_t i = 0; i < u->nwords; i++)
		n += u->words[i].end_n <= played_n;
	return n;
}

static struct flow_seg *seg_of(struct flow *f, const struct call_fx *fx)
{
	for (unsigned i = 0; i < f->nsegs; i++)
		if (f->segs[i].seq == fx->seq)
			return &f->segs[i];
	assert_true(f->nsegs < FLOW_SEGS);
	return &f->segs[f->nsegs++];
}

static void check_heard(struct flow *f, const struct call_fx *fx)
{
	struct flow_utt *u = utt_of(f, fx->utt);
	unsigned claimed = words_in(u, fx->heard.len);

	if (!fx->final && claimed > words_played(u, heard_truth(f, u)))
		fault(f, "words said to be heard that were not played");
	if (fx->heard.len > strlen(u->text) ||
	    (fx->heard.len && memcmp(fx->heard.p, u->text, fx->heard.len)))
		fault(f, "heard is no beginning of the text");
	u->final_us = f->now_us;
	u->claimed = claimed; /* final: compared when all was played */
}

static void on_segment(struct flow *f, const struct call_fx *fx)
{
	struct flow_seg *s = seg_of(f, fx);

	if (s->seq && (fx->rev <= s->rev || s->final || s->leg != fx->leg ||
		       s->start_ms != fx->start_ms))
		fault(f, "a segment's revisions do not rise");
	*s = (struct flow_seg){fx->seq,	     fx->rev,	 fx->utt, fx->leg,
			       fx->start_ms, fx->end_ms, "",	  "",
			       fx->final,    fx->unsure};
	if (fx->end_ms < fx->start_ms)
		fault(f, "a segment ends before it starts");
	(void)sv_copy(s->text, sizeof(s->text), fx->text);
	(void)sv_copy(s->heard, sizeof(s->heard), fx->heard);
	if (fx->leg == CALL_LEG_ASSISTANT && !f->no_words)
		check_heard(f, fx);
	if (fx->final)
		flow_note(f, "%d SEG %s %s|%s%s\n", flow_ms(f),
			  fx->leg == CALL_LEG_CALLER ? "caller" : "assistant",
			  s->text, s->heard, s->unsure ? " (unsure)" : "");
}

static void on_clear(struct flow *f, const struct call_fx *fx)
{
	for (unsigned i = 0; i < f->nutts; i++) {
		if (f->utts[i].id > fx->utt || f->utts[i].cancelled)
			continue;
		if (f->utts[i].protect && f->utts[i].sent_n &&
		    f->utts[i].sent_n > 2 * 960 && !f->voice_fails &&
		    heard_truth(f, &f->utts[i]) < f->utts[i].total_n - 437 &&
		    !f->protect_cut_ok && !f->call->gone)
			fault(f, "a protected prompt was cleared");
		f->utts[i].cancelled = true;
	}
	if (playq_clear(f->q, f->now_us) != fx->gen)
		fault(f, "generations differ");
	f->clears++;
	at_us(f, arrival_us(f), FLOW_CLEAR);
	if (f->nutts && f->utts[f->nutts - 1].cancelled)
		f->voice_busy = false;
}

static void on_hangup(struct flow *f, const struct call_fx *fx)
{
	f->hangups++;
	f->hangup_us = f->now_us;
	(void)sv_copy(f->outcome, sizeof(f->outcome), fx->outcome);
	flow_note(f, "%d HANGUP %s\n", flow_ms(f), f->outcome);
}

static void effect(struct flow *f, const struct call_fx *fx)
{
	switch (fx->kind) {
	case CALL_FX_SAY:
		flow_note(f, "%d SAY %.*s\n", flow_ms(f), SV_ARG(fx->text));
		if (f->call->gone)
			fault(f, "said to nobody");
		flow_voice_say(f, fx);
		break;
	case CALL_FX_WITHHOLD:
		flow_note(f, "%d WITHHOLD\n", flow_ms(f));
		f->withholds++;
		playq_withhold(f->q, f->now_us);
		break;
	case CALL_FX_RESUME:
		flow_note(f, "%d RESUME\n", flow_ms(f));
		f->resumes++;
		playq_resume(f->q, f->now_us);
		break;
	case CALL_FX_CLEAR:
		flow_note(f, "%d CLEAR\n", flow_ms(f));
		on_clear(f, fx);
		break;
	case CALL_FX_TOOL:
		flow_note(f, "%d CALL %u\n", flow_ms(f), fx->tool);
		f->tools[f->ntools++ % ARRAY_LEN(f->tools)] = fx->tool;
		break;
	case CALL_FX_SEGMENT:
		on_segment(f, fx);
		break;
	case CALL_FX_TURN:
		f->turns++;
		f->reply_us = fx->spoke_us - fx->ended_us;
		break;
	case CALL_FX_TIMER:
		flow_note(f, "%d TIMER %.*s\n", flow_ms(f), SV_ARG(fx->name));
		break;
	case CALL_FX_STALL:
		f->stalls++;
		flow_note(f, "%d STALL %.*s\n", flow_ms(f), SV_ARG(fx->name));
		break;
	case CALL_FX_HANGUP:
		on_hangup(f, fx);
		break;
	case CALL_FX_EXPECT:
		break;
	case CALL_FX_PLAY:
	case CALL_FX_CUT:
	case CALL_FX_ANSWER:
	case CALL_FX_RESULT:
	case CALL_FX_DISMISS:
		flow_model_effect(f, fx);
		break;
	}
}

static void engine(struct flow *f, struct call_ev ev)
{
	struct call_fxs fxs;

	ev.t_us = f->now_us;
	ev.wall_ms = 1700000000000 + f->now_us / MS;
	fxs = call_input(f->call, &ev);
	for (size_t i = 0; i < fxs.n; i++)
		effect(f, &fxs.v[i]);
	f->checks++;
	if (!call_over(f->call) && timers_next_us(f->call, true) == INT64_MAX)
		fault(f, "a state without a deadline");
	if (call_over(f->call) && call_next_us(f->call) != INT64_MAX)
		fault(f, "a deadline after the end");
	if (sv_eq(sv_str(f->outcome), "internal"))
		fault(f, f->call->broken ? f->call->broken : "internal");
}

/* ---- the world ---- */

static void happen(struct flow *f, struct flow_event *e)
{
	switch (e->kind) {
	case FLOW_DO:
		e->doh(f, e->arg);
		break;
	case FLOW_EV:
		if (e->text)
			e->ev.text = sv_str(e->text);
		engine(f, e->ev);
		break;
	case FLOW_ARRIVE:
		if (e->out.n)
			carrier_audio(f, e);
		if (e->out.has_mark)
			carrier_mark(f, &e->out.mark);
		break;
	case FLOW_CLEAR:
		carrier_clear(f);
		break;
	case FLOW_PLAYED:
		mark_return(f, &f->marks[e->arg]);
		break;
	case FLOW_VOICE:
		voice_piece(f);
		break;
	}
	free(e->text);
	free(e);
}

void flow_run(struct flow *f, int ms)
{
	int64_t end_us = FLOW_START_US + (int64_t)ms * MS, t_us, pace_us;

	while (!call_over(f->call)) {
		pace_us = f->choked ? INT64_MAX : playq_next_us(f->q);
		t_us = MIN(call_next_us(f->call), pace_us);
		if (f->nheap)
			t_us = MIN(t_us, f->heap[0]->t_us);
		if (t_us > end_us)
			break;
		f->now_us = MAX(f->now_us, t_us);
		if (f->nheap && f->heap[0]->t_us <= f->now_us)
			happen(f, heap_take(f));
		else if (pace_us <= f->now_us)
			pace(f);
		else
			engine(f, (struct call_ev){.kind = CALL_EV_TICK});
		if (++f->steps > 1000000)
			fault(f, "the world does not move");
		if (f->fault)
			return;
	}
	if (!call_over(f->call))
		f->now_us = MAX(f->now_us, end_us);
}

/*
 * Audio that was on its way when we decided has been played or dropped; but
 * nobody can know of a caller who left before our clear could reach him. Nor
 * of a network that stands still just now: there the error is at most the
 * audio between two marks.
 */
static void check_words(struct flow *f)
{
	uint32_t slack_n = f->stalled_to_us ? 800 : 0;
	unsigned played;

	for (unsigned i = 0; i < f->nutts; i++) {
		played = words_played(&f->utts[i],
				      f->utts[i].played_n + slack_n);
		if (f->stopped_us &&
		    f->stopped_us < f->utts[i].final_us + f->latency_ms * MS)
			continue;
		if (f->utts[i].claimed > played)
			fault(f, "a word counts as heard that was not played");
		f->claimed += f->utts[i].claimed;
		f->played += played;
	}
}

struct flow_seg *flow_seg(struct flow *f, enum call_leg leg, unsigned i)
{
	for (unsigned k = 0; k < f->nsegs; k++)
		if (f->segs[k].leg == leg && !i--)
			return &f->segs[k];
	fail_msg("no such segment in\n%s", f->log);
	return NULL;
}

static int seg_order(const void *a, const void *b)
{
	const struct flow_seg *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

void flow_end(struct flow *f)
{
	flow_run(f, 24 * 3600 * 1000);
	if (!call_over(f->call))
		fault(f, "the call does not end");
	if (f->hangups != 1)
		fault(f, "not exactly one hang-up");
	pieces_fold(f, true);
	check_words(f);
	qsort(f->segs, f->nsegs, sizeof(f->segs[0]), seg_order);
	for (unsigned i = 0; i < f->nsegs; i++) {
		if (!f->segs[i].final)
			fault(f, "a segment without a final revision");
		if (i && f->segs[i].start_ms < f->segs[i - 1].start_ms)
			fault(f, "segments out of order");
	}
}

void flow_init(struct flow *f, flow_dialog_h *h)
{
	const struct playq_prm prm = {4000, 120, 100, 20};

	memset(f, 0, sizeof(*f));
	f->dialogh = h;
	f->latency_ms = 20;
	f->voice_ms = 60;
	f->max_call_s = 600;
	f->model_says = "sure the furnace man can come on monday";
	f->model_ms = 300;
	f->now_us = FLOW_START_US;
	f->utts = calloc(FLOW_UTTS, sizeof(*f->utts));
	assert_non_null(f->utts);
	assert_int_equal(playq_new(&f->q, &prm), 0);
}

void flow_start(struct flow *f)
{
	char why[128];
	struct flow **self = &f->self;
	struct call_prm prm = {
		.dialog = &flow_dialog,
		.dialog_prm = {.script = {(char *)self, sizeof(*self)}},
		.max_call_s = f->max_call_s,
		.model = f->model,
	};

	f->self = f;
	assert_int_equal(call_new(&f->call, &prm, why, sizeof(why)), 0);
	engine(f, (struct call_ev){.kind = CALL_EV_START});
}

void flow_fini(struct flow *f)
{
	f->call = call_free(f->call);
	f->q = playq_free(f->q);
	for (unsigned i = 0; i < f->nheap; i++) {
		free(f->heap[i]->text);
		free(f->heap[i]);
	}
	f->nheap = 0;
	for (unsigned i = 0; i < f->nutts; i++)
		free(f->utts[i].text);
	free(f->utts);
}

/* ---- what tests make happen ---- */

void flow_do(struct flow *f, int ms, flow_do_h *h, int arg)
{
	struct flow_event *e = at_ms(f, ms, FLOW_DO);

	e->doh = h;
	e->arg = arg;
}

void flow_ev(struct flow *f, int ms, struct call_ev ev)
{
	struct flow_event *e = at_ms(f, ms, FLOW_EV);

	e->ev = ev;
	if (ev.text.len) {
		e->text = calloc(1, ev.text.len + 1);
		memcpy(e->text, ev.text.p, ev.text.len);
		e->ev.text = SV("");
	}
}

static void stall(struct flow *f, int ms)
{
	f->stalled_to_us = MAX(f->stalled_to_us, f->now_us + ms * MS);
}

void flow_stall(struct flow *f, int ms, int dur_ms)
{
	flow_do(f, ms, stall, dur_ms);
}

static void talk(struct flow *f, int ms, int dur_ms, const char *text,
		 int source)
{
	int64_t from_n = (int64_t)ms * 8, to_n = (int64_t)(ms + dur_ms) * 8;

	flow_ev(f, ms + 140,
		(struct call_ev){.kind = CALL_EV_SUSPECT, .at_n = from_n});
	flow_ev(f, ms + 200,
		(struct call_ev){.kind = CALL_EV_BEGAN, .at_n = from_n});
	flow_ev(f, ms + dur_ms + 600,
		(struct call_ev){.kind = CALL_EV_ENDED, .at_n = to_n});
	flow_ev(f, ms + dur_ms + 660,
		(struct call_ev){.kind = CALL_EV_TEXT,
				 .start_n = from_n,
				 .at_n = to_n,
				 .text = sv_str(text),
				 .source = source});
}

void flow_talk(struct flow *f, int ms, int dur_ms, const char *text)
{
	talk(f, ms, dur_ms, text, CALL_TEXT_FREE);
}

void flow_mumble(struct flow *f, int ms, int dur_ms, const char *guess)
{
	talk(f, ms, dur_ms, guess, CALL_TEXT_NONE);
}

void flow_cough(struct flow *f, int ms)
{
	flow_ev(f, ms + 140,
		(struct call_ev){.kind = CALL_EV_SUSPECT,
				 .at_n = (int64_t)ms * 8});
}

void flow_digit(struct flow *f, int ms, char digit)
{
	flow_ev(f, ms, (struct call_ev){.kind = CALL_EV_DTMF, .digit = digit});
}

void flow_tool(struct flow *f, int ms, uint32_t tool, const char *result)
{
	flow_ev(f, ms,
		(struct call_ev){.kind = CALL_EV_TOOL,
				 .tool = tool,
				 .text = sv_str(result)});
}

static void carrier_stop(struct flow *f, int arg)
{
	(void)arg;
	pieces_fold(f, true);
	f->stopped_us = f->now_us;
	for (unsigned i = 0; i < ARRAY_LEN(f->marks); i++)
		f->marks[i].out = false;
}

void flow_gone(struct flow *f, int ms)
{
	flow_do(f, ms - f->latency_ms, carrier_stop, 0);
	flow_ev(f, ms, (struct call_ev){.kind = CALL_EV_GONE});
}
