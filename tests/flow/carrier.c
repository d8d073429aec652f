/*
 * The carrier of a test: messages as a real one has them, on a network that
 * keeps their order, a queue that plays in real time, marks that come back.
 * What the caller heard is known to the sample.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/js.h"
#include "carrier.h"

#define STREAM SV("MZ00000000000000000000000000000000")

/* ---- the caller's ear ---- */

uint32_t carrier_heard_n(const struct flow *f, const struct flow_utt *u)
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

/* Takes pieces that are over off the list; all: also what is cut. */
static void fold(struct flow *f, bool all)
{
	unsigned kept = 0;
	struct flow_piece p;
	struct flow_utt *u;

	for (unsigned i = 0; i < f->npieces; i++) {
		p = f->pieces[i];
		u = flow_utt(f, p.utt);
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

void carrier_finish(struct flow *f)
{
	fold(f, true);
}

/* ---- the network ---- */

/* In order, each later than the one before by chance. */
static int64_t network_us(struct flow *f, int64_t *last_us)
{
	int64_t t_us = f->now_us + f->latency_ms * MS;

	if (f->jitter_ms)
		t_us += flow_chance(f, (uint32_t)f->jitter_ms * MS);
	*last_us = MAX(*last_us, t_us);
	return *last_us;
}

/* When what we send now reaches the carrier: a stall holds all of it up. */
static int64_t down_us(struct flow *f)
{
	f->down_us = MAX(f->down_us, f->stalled_to_us);
	return network_us(f, &f->down_us);
}

static struct flow_event *message(struct flow *f, struct buf *b)
{
	struct flow_event *e = flow_at_us(f, down_us(f), FLOW_ARRIVE);

	assert_int_equal(b->err, 0);
	e->text = strndup(b->p, b->len);
	buf_fini(b);
	return e;
}

static void send_audio(struct flow *f, const struct playq_out *o)
{
	struct flow_utt *u = flow_utt(f, o->utt);
	struct flow_event *e;
	struct buf b;

	buf_init(&b, 0);
	f->carrier->media(&b, STREAM, ++f->media_seq,
			  &(struct frame){.data = o->data,
					  .len = o->n,
					  .n = (uint32_t)o->n,
					  .codec = CODEC_ULAW});
	e = message(f, &b);
	e->utt = o->utt;
	e->pos_n = u->sent_n;
	u->sent_n += (uint32_t)MIN(o->n, u->given_n - u->sent_n);
}

static void send_mark(struct flow *f, const struct playq_mark *m)
{
	char name[PLAYQ_MARK_MAX];
	struct buf b;

	playq_mark_name(name, m->gen, m->num);
	buf_init(&b, 0);
	f->carrier->mark(&b, STREAM, sv_str(name));
	message(f, &b);
	flow_engine(f, (struct call_ev){.kind = CALL_EV_MARKED,
					.utt = m->utt,
					.gen = m->gen,
					.num = m->num,
					.pos_n = m->pos_n,
					.idle = m->idle});
}

void carrier_pace(struct flow *f)
{
	struct playq_out o;

	while (!f->choked && !call_over(f->call) &&
	       !playq_due(f->q, f->now_us, &o)) {
		if (o.n)
			send_audio(f, &o);
		if (o.first)
			flow_engine(f, (struct call_ev){.kind = CALL_EV_SENT,
							.utt = o.utt});
		if (o.has_mark)
			send_mark(f, &o.mark);
	}
}

void carrier_send_clear(struct flow *f)
{
	struct buf b;

	buf_init(&b, 0);
	f->carrier->clear(&b, STREAM);
	message(f, &b);
}

/* ---- the carrier ---- */

static void take_audio(struct flow *f, const struct flow_event *e,
		       struct sv payload)
{
	struct flow_utt *u = flow_utt(f, e->utt);
	uint8_t data[480];
	int len = b64_decode(data, sizeof(data), payload);
	uint32_t queued, n;

	assert_true(len > 0);
	if (f->stopped_us)
		return;
	n = MIN((uint32_t)len, u->total_n - e->pos_n);
	fold(f, false);
	queued = u->played_n;
	for (unsigned i = 0; i < f->npieces; i++)
		queued += f->pieces[i].utt == u->id ? f->pieces[i].n : 0;
	if (queued != e->pos_n)
		flow_fault(f, "samples missing or twice");
	for (uint32_t i = 0; i < (uint32_t)len; i++)
		if (data[i] != (i < n && e->pos_n + i < u->given_n
					? voice_byte(u->id, e->pos_n + i)
					: 0xff))
			flow_fault(f, "not what the voice said");
	f->breaks += e->pos_n && f->play_us < f->now_us;
	if (f->play_us < f->now_us)
		f->play_us = f->now_us + f->buffer_ms * MS;
	f->pieces[f->npieces++] = (struct flow_piece){u->id, n, f->play_us};
	assert_true(f->npieces < ARRAY_LEN(f->pieces));
	f->play_us += (int64_t)len * SAMPLE_US;
}

static void take_mark(struct flow *f, struct sv name)
{
	struct flow_mark *k = &f->marks[f->nmarks++ % ARRAY_LEN(f->marks)];

	if (f->no_marks || (f->marks_lost && !flow_chance(f, f->marks_lost)))
		return;
	*k = (struct flow_mark){.out = true};
	assert_int_equal(sv_copy(k->name, sizeof(k->name), name), 0);
	flow_at_us(f, MAX(f->play_us, f->now_us), FLOW_PLAYED)->arg =
		(int)((f->nmarks - 1) % ARRAY_LEN(f->marks));
}

void carrier_played(struct flow *f, struct flow_mark *k)
{
	struct flow_event *e;
	char msg[256];

	if (!k->out)
		return; /* a clear was faster */
	k->out = false;
	snprintf(msg, sizeof(msg),
		 "{\"event\":\"mark\",\"sequenceNumber\":\"%u\",\"streamSid\":"
		 "\"%s\",\"mark\":{\"name\":\"%s\"}}",
		 f->nmarks, STREAM.p, k->name);
	e = flow_at_us(f, network_us(f, &f->up_us) + f->marks_late_ms * MS,
		       FLOW_BACK);
	e->text = strdup(msg);
}

void carrier_back(struct flow *f, struct sv msg)
{
	struct call_ev ev = {.kind = CALL_EV_MARK};
	struct carrier_msg m;

	assert_int_equal(f->carrier->parse(&m, msg), 0);
	assert_int_equal(m.kind, CARRIER_MARK);
	assert_int_equal(playq_mark_parse(m.name, &ev.gen, &ev.num), 0);
	f->marks_back += ev.num > 0;
	flow_engine(f, ev);
}

/*
 * What is protected is not cut in the caller's ear, but for what he heard of
 * it before we could know that the sentence in front of it was over: then it
 * was that one which was interrupted, and the protected one begins again.
 */
static void check_protected(struct flow *f)
{
	const uint32_t unknown_n =
		8 * (uint32_t)(2 * f->latency_ms + f->buffer_ms + 120);
	const struct flow_utt *u;

	if (f->protect_cut_ok || f->voice_fails || f->call->gone ||
	    f->stalled_to_us)
		return;
	for (unsigned i = 0; i < f->nutts; i++) {
		u = &f->utts[i];
		if (u->protect && u->cancelled && u->played_n > unknown_n &&
		    u->played_n < u->total_n - 437)
			flow_fault(f, "a protected prompt was cleared");
	}
}

/* As carriers do it: what is queued is dropped, every mark comes back. */
static void take_clear(struct flow *f)
{
	fold(f, true);
	check_protected(f);
	f->play_us = f->now_us - 1;
	for (unsigned i = 0; i < ARRAY_LEN(f->marks); i++) {
		/* the oldest first, as they were sent */
		struct flow_mark *k =
			&f->marks[(f->nmarks + i) % ARRAY_LEN(f->marks)];

		if (f->clear_mute)
			k->out = false;
		carrier_played(f, k);
	}
}

void carrier_arrive(struct flow *f, const struct flow_event *e)
{
	struct sv msg = sv_str(e->text), kind, part, v;

	assert_int_equal(js_get(msg, "streamSid", &v), 0);
	assert_true(sv_eq(v, STREAM.p));
	assert_int_equal(js_get(msg, "event", &kind), 0);
	if (sv_eq(kind, "media")) {
		assert_int_equal(js_get(msg, "media", &part), 0);
		assert_int_equal(js_get(part, "payload", &v), 0);
		take_audio(f, e, v);
	} else if (sv_eq(kind, "mark")) {
		assert_int_equal(js_get(msg, "mark", &part), 0);
		assert_int_equal(js_get(part, "name", &v), 0);
		take_mark(f, v);
	} else {
		assert_true(sv_eq(kind, "clear"));
		take_clear(f);
	}
}

void carrier_stop(struct flow *f, int arg)
{
	(void)arg;
	fold(f, true);
	f->stopped_us = f->now_us;
	for (unsigned i = 0; i < ARRAY_LEN(f->marks); i++)
		f->marks[i].out = false;
}
