#include "world.h"

#include <stdarg.h>
#include <stdlib.h>

#include "carrier.h"

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

struct flow_event *flow_at_us(struct flow *f, int64_t t_us, enum flow_kind kind)
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
	return flow_at_us(f, FLOW_START_US + (int64_t)ms * MS, kind);
}

int flow_ms(const struct flow *f)
{
	return (int)((f->now_us - FLOW_START_US) / MS);
}

struct flow_utt *flow_utt(struct flow *f, uint32_t id)
{
	for (unsigned i = f->nutts; i--;)
		if (f->utts[i].id == id)
			return &f->utts[i];
	return NULL;
}

uint32_t flow_chance(struct flow *f, uint32_t below)
{
	f->chance ^= f->chance << 13;
	f->chance ^= f->chance >> 7;
	f->chance ^= f->chance << 17;
	return (uint32_t)(f->chance >> 11) % below;
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

void flow_fault(struct flow *f, const char *what)
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
	struct flow_utt *u = flow_utt(f, fx->utt);
	unsigned claimed = words_in(u, fx->heard.len);

	if (!fx->final && claimed > words_played(u, carrier_heard_n(f, u)))
		flow_fault(f, "words said to be heard that were not played");
	if (fx->heard.len > strlen(u->text) ||
	    (fx->heard.len && memcmp(fx->heard.p, u->text, fx->heard.len)))
		flow_fault(f, "heard is no beginning of the text");
	u->final_us = f->now_us;
	u->final_n = fx->heard_n;
	u->known = f->marks_back > 0;
	u->claimed = claimed; /* final: compared when all was played */
}

static void on_segment(struct flow *f, const struct call_fx *fx)
{
	struct flow_seg *s = seg_of(f, fx);
	bool shown = fx->leg == CALL_LEG_CALLER && !fx->final;

	if (shown && fx->rev)
		flow_fault(f, "what is only shown has a revision");
	if (s->seq && ((fx->rev <= s->rev && !shown) || s->final ||
		       s->leg != fx->leg || s->start_ms != fx->start_ms))
		flow_fault(f, "a segment's revisions do not rise");
	*s = (struct flow_seg){fx->seq,	     fx->rev,	 fx->utt, fx->leg,
			       fx->start_ms, fx->end_ms, "",	  "",
			       fx->final,    fx->unsure};
	if (fx->end_ms < fx->start_ms)
		flow_fault(f, "a segment ends before it starts");
	(void)sv_copy(s->text, sizeof(s->text), fx->text);
	(void)sv_copy(s->heard, sizeof(s->heard), fx->heard);
	if (fx->leg == CALL_LEG_ASSISTANT && !f->no_words)
		check_heard(f, fx);
	if (shown)
		flow_note(f, "%d SHOWN %s\n", flow_ms(f), s->text);
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
		f->utts[i].cancelled = true;
	}
	if (playq_clear(f->q, f->now_us) != fx->gen)
		flow_fault(f, "generations differ");
	f->clears++;
	carrier_send_clear(f);
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
			flow_fault(f, "said to nobody");
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
	case CALL_FX_CONSENT:
		f->announced++;
		flow_note(f, "%d ANNOUNCED %u\n", flow_ms(f), fx->utt);
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

void flow_engine(struct flow *f, struct call_ev ev)
{
	struct call_fxs fxs;

	ev.t_us = f->now_us;
	ev.wall_ms = 1700000000000 + f->now_us / MS;
	fxs = call_input(f->call, &ev);
	for (size_t i = 0; i < fxs.n; i++)
		effect(f, &fxs.v[i]);
	f->checks++;
	if (!call_over(f->call) && timers_next_us(f->call, true) == INT64_MAX)
		flow_fault(f, "a state without a deadline");
	if (call_over(f->call) && call_next_us(f->call) != INT64_MAX)
		flow_fault(f, "a deadline after the end");
	if (sv_eq(sv_str(f->outcome), "internal"))
		flow_fault(f, f->call->broken ? f->call->broken : "internal");
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
		flow_engine(f, e->ev);
		break;
	case FLOW_ARRIVE:
		carrier_arrive(f, e);
		break;
	case FLOW_PLAYED:
		carrier_played(f, &f->marks[e->arg]);
		break;
	case FLOW_BACK:
		carrier_back(f, sv_str(e->text));
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
			carrier_pace(f);
		else
			flow_engine(f, (struct call_ev){.kind = CALL_EV_TICK});
		if (++f->steps > 1000000)
			flow_fault(f, "the world does not move");
		if (f->fault)
			return;
	}
	if (!call_over(f->call))
		f->now_us = MAX(f->now_us, end_us);
}

/* He hung up when our clear was on its way, or before it could have known. */
static bool crossed(const struct flow *f, const struct flow_utt *u)
{
	const int64_t way_us = (f->latency_ms + f->jitter_ms) * MS;

	return f->stopped_us && u->final_us < f->stopped_us + way_us &&
	       u->final_us + way_us > f->stopped_us;
}

/*
 * Audio that was on its way when we decided has been played or dropped. Of a
 * network that stands still just now nobody can know before the next mark is
 * overdue: there the error is at most the trip there and back and a bit.
 */
static void check_words(struct flow *f)
{
	uint32_t slack_n =
		f->stalled_to_us ? 1200 + 16 * (uint32_t)f->latency_ms : 0;
	struct flow_utt *u;
	unsigned played;

	for (unsigned i = 0; i < f->nutts; i++) {
		u = &f->utts[i];
		if (crossed(f, u))
			continue;
		played = words_played(u, u->played_n + slack_n);
		if (u->claimed > played)
			flow_note(f,
				  "\"%s\": heard %u words, %u ms; played "
				  "%u words, %u ms\n",
				  u->text, u->claimed, u->final_n / 8, played,
				  u->played_n / 8);
		if (u->claimed > played)
			flow_fault(f, "a word counts as heard that was not "
				      "played");
		played = words_played(u, u->played_n);
		f->beyond += u->claimed - MIN(played, u->claimed);
		f->claimed += MIN(u->claimed, played);
		f->played += played;
		if (u->cancelled && u->sent_n && u->known)
			f->errs_ms[f->nerrs++] =
				((int)u->final_n - (int)u->played_n) / 8;
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

/* What was on its way is heard until the end of the stream is there, too. */
static void close_arrives(struct flow *f)
{
	int64_t over_us = f->now_us;
	int64_t close_us = MAX(f->down_us, over_us + f->latency_ms * MS);
	struct flow_event *e;

	while (f->nheap && f->heap[0]->t_us <= close_us) {
		e = heap_take(f);
		f->now_us = MAX(f->now_us, e->t_us);
		if (e->kind == FLOW_ARRIVE)
			carrier_arrive(f, e);
		free(e->text);
		free(e);
	}
	f->now_us = close_us;
	carrier_finish(f);
	f->now_us = over_us;
}

void flow_end(struct flow *f)
{
	flow_run(f, 24 * 3600 * 1000);
	if (!call_over(f->call))
		flow_fault(f, "the call does not end");
	if (f->hangups != 1)
		flow_fault(f, "not exactly one hang-up");
	close_arrives(f);
	check_words(f);
	qsort(f->segs, f->nsegs, sizeof(f->segs[0]), seg_order);
	for (unsigned i = 0; i < f->nsegs; i++) {
		if (!f->segs[i].final &&
		    (f->segs[i].leg != CALL_LEG_CALLER || f->segs[i].text[0]))
			flow_fault(f, "a segment without a final revision");
		if (i && f->segs[i].start_ms < f->segs[i - 1].start_ms)
			flow_fault(f, "segments out of order");
	}
}

void flow_init(struct flow *f, flow_dialog_h *h)
{
	const struct playq_prm prm = {FLOW_QUEUE_MS, 120, 100, 20, true, 100};

	memset(f, 0, sizeof(*f));
	f->dialogh = h;
	f->latency_ms = 20;
	f->voice_ms = 60;
	f->max_call_s = 600;
	f->model_says = "sure the furnace man can come on monday";
	f->model_ms = 300;
	f->now_us = FLOW_START_US;
	f->chance = 88172645463325252u;
	f->carrier = carrier_find(SV("twilio"));
	assert_non_null(f->carrier);
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
	flow_engine(f, (struct call_ev){.kind = CALL_EV_START});
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

void flow_hunch(struct flow *f, int ms)
{
	flow_ev(f, ms, (struct call_ev){.kind = CALL_EV_HUNCH});
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

void flow_gone(struct flow *f, int ms)
{
	flow_do(f, ms - f->latency_ms, carrier_stop, 0);
	flow_ev(f, ms, (struct call_ev){.kind = CALL_EV_GONE});
}
