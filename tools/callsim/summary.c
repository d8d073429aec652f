#include "summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *ms_or_null(int ms, int none)
{
	return ms == none ? json_null() : json_integer(ms);
}

static const char *text_of(const struct call *c, const struct measure_turn *t)
{
	const struct caller *k = c->caller;

	/* In listening mode the list changes with each answer. */
	if (k->nanswers || t->index < 0 || (size_t)t->index >= k->nturns)
		return "";
	return k->turns[t->index].utter.text;
}

static void turn(struct call *c, int i)
{
	const struct measure_turn *t = &c->m.turns[i];
	int reply = measure_reply_ms(t), stop = measure_stop_ms(t);
	char stopped[60] = "", replied[60];

	if (t->interrupts)
		snprintf(stopped, sizeof(stopped),
			 stop < 0 ? ", assistant did not stop"
				  : ", assistant silent after %d ms",
			 stop);
	if (reply == INT32_MIN)
		snprintf(replied, sizeof(replied), "no reply");
	else
		snprintf(replied, sizeof(replied), "reply after %d ms", reply);
	report(c->sim, c, "turn",
	       json_pack("{s:i, s:s, s:I, s:I, s:o, s:o, s:b, s:b}", "turn",
			 i + 1, "text", text_of(c, t), "start_ms",
			 (json_int_t)(t->start_n / 8), "end_ms",
			 (json_int_t)(t->end_n / 8), "reply_ms",
			 ms_or_null(reply, INT32_MIN), "stop_ms",
			 ms_or_null(stop, -1), "interrupts", (int)t->interrupts,
			 "overtaken", (int)t->overtaken),
	       "turn %d: %s%s", i + 1, replied, stopped);
}

void summary_turns(struct call *c, bool final)
{
	while (c->turns_reported < c->m.nturns) {
		const struct measure_turn *t = &c->m.turns[c->turns_reported];
		bool stopped = !t->interrupts || t->stop_n >= 0;
		bool later = c->turns_reported + 1 < c->m.nturns;

		if (!final && !later && (t->reply_n < 0 || !stopped))
			break;
		turn(c, c->turns_reported++);
	}
}

struct figures {
	int replies, reply_max, reply_sum, none, stops, stop_max, unstopped;
};

static struct figures figures_of(const struct call *c)
{
	struct figures f = {.reply_max = INT32_MIN};

	for (int i = 0; i < c->m.nturns; i++) {
		const struct measure_turn *t = &c->m.turns[i];
		int r = measure_reply_ms(t), s = measure_stop_ms(t);

		if (r == INT32_MIN) {
			f.none++;
		} else {
			f.replies++;
			f.reply_sum += r;
			f.reply_max = MAX(f.reply_max, r);
		}
		if (t->interrupts && s < 0)
			f.unstopped++;
		if (t->interrupts && s >= 0) {
			f.stops++;
			f.stop_max = MAX(f.stop_max, s);
		}
	}
	return f;
}

static const char *by_name(enum ended_by by)
{
	return by == ENDED_ASSISTANT ? "assistant"
	       : by == ENDED_CALLER  ? "caller"
				     : "carrier";
}

void summary_call(struct call *c)
{
	const struct measure *m = &c->m;
	struct figures f = figures_of(c);

	summary_turns(c, true);
	report(c->sim, c, "call.ended",
	       json_pack(
		       "{s:s, s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:o, s:i, "
		       "s:I, s:I, s:i, s:I, s:i, s:f, s:I, s:i, s:i, s:i, s:I, "
		       "s:I, s:i, s:I}",
		       "status", call_status_name(c->status), "ended_by",
		       by_name(c->ended_by), "why", c->ended_why, "duration_s",
		       call_duration_s(c), "turns", m->nturns, "replies",
		       f.replies, "reply_mean_ms",
		       ms_or_null(f.replies ? f.reply_sum / f.replies : -1, -1),
		       "reply_max_ms", ms_or_null(f.reply_max, INT32_MIN),
		       "stop_max_ms", ms_or_null(f.stops ? f.stop_max : -1, -1),
		       "missed_interruptions", c->behave.missed, "assistant_ms",
		       (json_int_t)(m->talked_n / 8), "longest_silence_ms",
		       (json_int_t)(m->longest_silence_n / 8), "gaps", m->gaps,
		       "gap_ms", (json_int_t)(m->gap_n / 8), "clicks",
		       m->clicks, "level_dbov", measure_level_dbov(m),
		       "media_in", (json_int_t)c->media_in, "errors", c->errors,
		       "warnings", c->warnings, "streams", c->streams, "marks",
		       (json_int_t)c->marks, "clears", (json_int_t)c->clears,
		       "texts", c->texts, "own_delay_ms",
		       (json_int_t)(c->late_us / 1000)),
	       "call over: %s, %s (%d s)\n"
	       "          assistant spoke %.1f s at %.1f dBov, %d gaps "
	       "(%lld ms), %d clicks, longest silence %.1f s\n"
	       "          %d turns, %d replies, slowest %d ms",
	       call_status_name(c->status), c->ended_why, call_duration_s(c),
	       (double)m->talked_n / TEL_RATE_HZ, measure_level_dbov(m),
	       m->gaps, (long long)(m->gap_n / 8), m->clicks,
	       (double)m->longest_silence_n / TEL_RATE_HZ, m->nturns, f.replies,
	       f.replies ? f.reply_max : 0);
}

static void fault(struct call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The first fault is the one that is told. */
static void fault(struct call *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->good)
		return;
	c->good = false;
	va_start(ap, fmt);
	vsnprintf(c->fault, sizeof(c->fault), fmt, ap);
	va_end(ap);
}

static void judge_figures(struct call *c, const struct expect *e)
{
	const struct measure *m = &c->m;
	struct figures f = figures_of(c);
	int silence = (int)(m->longest_silence_n / 8);

	if (e->replies && f.none > (m->nturns && c->ended_by == ENDED_CALLER))
		fault(c, "%d of %d utterances got no reply", f.none, m->nturns);
	if (e->reply_max_ms && f.replies && f.reply_max > e->reply_max_ms)
		fault(c, "a reply took %d ms, allowed are %d", f.reply_max,
		      e->reply_max_ms);
	if (e->stop_max_ms && (f.unstopped || f.stop_max > e->stop_max_ms))
		fault(c, "the assistant spoke on for %d ms, allowed are %d",
		      f.stop_max, e->stop_max_ms);
	if (e->silence_max_ms && silence > e->silence_max_ms)
		fault(c, "%d ms of silence, allowed are %d", silence,
		      e->silence_max_ms);
	if (e->gaps_max >= 0 && m->gaps > e->gaps_max)
		fault(c, "%d gaps in the assistant's speech, allowed are %d",
		      m->gaps, e->gaps_max);
	if (e->clicks_max >= 0 && m->clicks > e->clicks_max)
		fault(c, "%d clicks, allowed are %d", m->clicks, e->clicks_max);
}

void summary_judge(struct call *c)
{
	const struct expect *e = &c->caller->expect;
	const struct behave *b = &c->behave;

	c->judged = c->good = true;
	c->fault[0] = '\0';
	if (c->errors)
		fault(c, "the carrier reported %d errors", c->errors);
	if (e->stream && !c->streams)
		fault(c, "no media stream was opened");
	if (e->stream && c->streams && !c->media_in)
		fault(c, "the assistant never spoke");
	if (e->replies && !b->said && !b->mute &&
	    (c->caller->nturns || c->caller->nanswers))
		fault(c, "the caller was never asked anything");
	if (c->ended_by == ENDED_CALLER && b->why == BEHAVE_IMPATIENT)
		fault(c, "%s", c->ended_why);
	if (e->all_said && !c->caller->nanswers && !behave_done(b))
		fault(c,
		      "the call ended before the caller had said all (%d "
		      "of %zu turns)",
		      b->said, c->caller->nturns);
	if (e->ended_by != ENDED_ANY && c->ended_by != e->ended_by)
		fault(c, "%s, expected was the %s to end it", c->ended_why,
		      by_name(e->ended_by));
	/* Texts come to the API: only who serves it can count them. */
	if (c->sim->opt.api_listen && e->texts >= 0 && c->texts != e->texts)
		fault(c, "%d messages came to the caller, expected %d",
		      c->texts, e->texts);
	if (!b->mute)
		judge_figures(c, e);
}

void summary_verdict(struct call *c)
{
	report(c->sim, c, "verdict",
	       json_pack("{s:b, s:s}", "good", (int)c->good, "fault", c->fault),
	       "%s%s%s",
	       c->good ? "the call went as it should" : "FAULT: ", c->fault,
	       c->good ? "" : "");
}
