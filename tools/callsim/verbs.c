/*
 * verbs: what each element of a document does to a call. A verb that takes
 * time is ticked every 20 ms until it calls call_next() or asks for another
 * document.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dial.h"
#include "prompt.h"
#include "recording.h"
#include "stream.h"

#define SECOND_N TEL_RATE_HZ
/* Quieter than this is silence to <Record>: -45 dBov. */
#define RECORD_QUIET (32768.0 * 32768.0 * 0.000032)

bool verb_action(struct call *c, const struct doc *d, const struct form *extra)
{
	const char *action = doc_attr(d, "action", NULL);

	if (!action || !*action)
		return false;
	call_fetch(c, action, doc_attr(d, "method", "POST"), extra);
	return true;
}

/* ---- Say, Play, Pause ---- */

/* Starts a verb that makes sound; true when it failed. */
static bool sound(struct call *c, const struct doc *d)
{
	int loop = doc_int(d, "loop", 1);
	const char *digits = doc_attr(d, "digits", NULL);

	if (doc_is(d, "Say")) {
		report(c->sim, c, "say", json_pack("{s:s}", "text", d->text),
		       "carrier says: \"%s\"", d->text);
		return prompt_say(c, d->text, doc_attr(d, "language", NULL),
				  loop);
	}
	if (digits) {
		report(c->sim, c, "play.digits",
		       json_pack("{s:s}", "digits", digits),
		       "carrier plays the keys %s", digits);
		return true;
	}
	return prompt_url(c, d->text, loop);
}

static bool sound_start(struct call *c, const struct doc *d)
{
	return sound(c, d);
}

static void sound_tick(struct call *c, const int16_t near[TEL_FRAME_N])
{
	(void)near;
	if (!prompt_busy(c->prompt))
		call_next(c);
}

static const struct verb verb_say = {.name = "Say",
				     .answers = true,
				     .attentive = true,
				     .start = sound_start,
				     .tick = sound_tick};
static const struct verb verb_play = {.name = "Play",
				      .answers = true,
				      .attentive = true,
				      .start = sound_start,
				      .tick = sound_tick};

static bool pause_start(struct call *c, const struct doc *d)
{
	c->vs.until_n = c->m.now_n +
			(int64_t)MAX(doc_int(d, "length", 1), 0) * SECOND_N;
	return false;
}

static void pause_tick(struct call *c, const int16_t near[TEL_FRAME_N])
{
	(void)near;
	if (c->m.now_n >= c->vs.until_n)
		call_next(c);
}

static const struct verb verb_pause = {.name = "Pause",
				       .answers = true,
				       .attentive = true,
				       .start = pause_start,
				       .tick = pause_tick};

/* ---- Gather ---- */

static void gather_wait(struct call *c)
{
	c->vs.until_n =
		c->m.now_n + (int64_t)doc_int(c->at, "timeout", 5) * SECOND_N;
}

/* Plays the nested verbs one after another, then waits for keys. */
static void gather_inner(struct call *c, const struct doc *d)
{
	for (; d; d = d->next) {
		c->vs.inner = d;
		if (doc_is(d, "Pause")) {
			c->vs.until_n =
				c->m.now_n +
				(int64_t)doc_int(d, "length", 1) * SECOND_N;
			return;
		}
		if ((doc_is(d, "Say") || doc_is(d, "Play")) && !sound(c, d))
			return;
	}
	c->vs.inner = NULL;
	gather_wait(c);
}

static bool gather_start(struct call *c, const struct doc *d)
{
	const char *finish = doc_attr(d, "finishOnKey", "#");

	if (finish[strspn(finish, "0123456789*#")])
		report_code(c->sim, c, 13310, "\"%s\"", finish);
	sv_copy(c->vs.finish, sizeof(c->vs.finish), sv_str(finish));
	c->vs.max_digits = doc_int(d, "numDigits", 0);
	gather_inner(c, d->child);
	return false;
}

static void gather_done(struct call *c, char finished_on)
{
	struct form f = {0};
	const char *action = doc_attr(c->at, "action", "");
	char key[2] = {finished_on, '\0'};

	c->vs.digits[c->vs.ndigits] = '\0';
	if (!c->vs.ndigits && !doc_bool(c->at, "actionOnEmptyResult", false)) {
		call_next(c);
		return;
	}
	form_str(&f, "msg", "Gather End");
	form_str(&f, "Digits", c->vs.digits);
	if (finished_on)
		form_str(&f, "FinishedOnKey", key);
	call_fetch(c, *action ? action : c->doc_url,
		   doc_attr(c->at, "method", "POST"), &f);
	form_fini(&f);
}

static void gather_tick(struct call *c, const int16_t near[TEL_FRAME_N])
{
	(void)near;
	if (c->vs.inner) {
		bool over = doc_is(c->vs.inner, "Pause")
				    ? c->m.now_n >= c->vs.until_n
				    : !prompt_busy(c->prompt);

		if (over)
			gather_inner(c, c->vs.inner->next);
	} else if (c->m.now_n >= c->vs.until_n) {
		gather_done(c, '\0');
	}
}

static void gather_digit(struct call *c, char digit)
{
	if (!strstr(doc_attr(c->at, "input", "dtmf"), "dtmf"))
		return;
	/* the first key ends the prompt */
	c->prompt = prompt_free(c->prompt);
	c->vs.inner = NULL;
	gather_wait(c);
	if (c->vs.ndigits && strchr(c->vs.finish, digit)) {
		gather_done(c, digit);
		return;
	}
	if (c->vs.ndigits + 1 < sizeof(c->vs.digits))
		c->vs.digits[c->vs.ndigits++] = digit;
	if (c->vs.max_digits && (int)c->vs.ndigits >= c->vs.max_digits)
		gather_done(c, '\0');
}

static const struct verb verb_gather = {.name = "Gather",
					.answers = true,
					.attentive = true,
					.start = gather_start,
					.tick = gather_tick,
					.digit = gather_digit};

/* ---- Record ---- */

static bool record_start(struct call *c, const struct doc *d)
{
	sv_copy(c->vs.finish, sizeof(c->vs.finish),
		sv_str(doc_attr(d, "finishOnKey", "1234567890*#")));
	return doc_bool(d, "playBeep", true) && prompt_beep(c);
}

static void record_done(struct call *c, const char *digits)
{
	const struct doc *d = c->at;
	const char *cb = doc_attr(d, "recordingStatusCallback", NULL);
	const char *action = doc_attr(d, "action", "");
	struct form f = {0}, g = {0};
	struct recording *r;
	char url[300];

	if (!c->vs.heard) {
		/* an empty recording asks nobody */
		call_next(c);
		return;
	}
	r = recording_new(c, &c->vs.recorded);
	if (!r)
		return;
	recording_url(r, c->sim, url, sizeof(url));
	form_str(&f, "RecordingUrl", url);
	form_str(&f, "RecordingSid", r->sid);
	form_int(&f, "RecordingDuration", recording_s(r));
	if (cb && *cb) {
		form_str(&g, "RecordingStatus", "completed");
		form_str(&g, "RecordingChannels", "1");
		form_str(&g, "RecordingSource", "RecordVerb");
		form_str(&g, "ErrorCode", "0");
		for (size_t i = 0; i < f.n; i++)
			form_add(&g, f.v[i].name, f.v[i].value);
		call_callback(
			c, cb,
			doc_attr(d, "recordingStatusCallbackMethod", "POST"),
			&g);
	}
	form_str(&f, "Digits", digits);
	report(c->sim, c, "recording",
	       json_pack("{s:s, s:i}", "sid", r->sid, "seconds",
			 recording_s(r)),
	       "recorded %d s", recording_s(r));
	if (!strcmp(digits, "hangup"))
		call_callback(c, *action ? action : c->doc_url,
			      doc_attr(d, "method", "POST"), &f);
	else
		call_fetch(c, *action ? action : c->doc_url,
			   doc_attr(d, "method", "POST"), &f);
	form_fini(&f);
	form_fini(&g);
}

static bool keep(struct verb_state *vs, const int16_t *near)
{
	if (vs->recorded.n + TEL_FRAME_N > vs->recorded_cap) {
		size_t cap = MAX(vs->recorded_cap * 2, (size_t)16384);
		int16_t *s = realloc(vs->recorded.s, cap * sizeof(*s));

		if (!s)
			return false;
		vs->recorded.s = s;
		vs->recorded_cap = cap;
	}
	memcpy(vs->recorded.s + vs->recorded.n, near,
	       TEL_FRAME_N * sizeof(*near));
	vs->recorded.n += TEL_FRAME_N;
	return true;
}

static void record_tick(struct call *c, const int16_t near[TEL_FRAME_N])
{
	int timeout = doc_int(c->at, "timeout", 5);
	int max_s = doc_int(c->at, "maxLength", 3600);
	double sum = 0;

	if (prompt_busy(c->prompt) || !keep(&c->vs, near))
		return;
	for (int i = 0; i < TEL_FRAME_N; i++)
		sum += (double)near[i] * near[i];
	if (sum / TEL_FRAME_N > RECORD_QUIET) {
		c->vs.heard = true;
		c->vs.quiet_n = 0;
	} else {
		c->vs.quiet_n += TEL_FRAME_N;
	}
	if ((timeout && c->vs.quiet_n >= (int64_t)timeout * SECOND_N) ||
	    (int64_t)c->vs.recorded.n >= (int64_t)max_s * SECOND_N)
		record_done(c, "");
}

static void record_digit(struct call *c, char digit)
{
	char key[2] = {digit, '\0'};

	if (strchr(c->vs.finish, digit))
		record_done(c, key);
}

static void record_stop(struct call *c)
{
	/* the caller hung up: what was said counts */
	if (c->ended_by == ENDED_CALLER && c->vs.heard)
		record_done(c, "hangup");
}

static const struct verb verb_record = {.name = "Record",
					.answers = true,
					.attentive = true,
					.start = record_start,
					.tick = record_tick,
					.digit = record_digit,
					.stop = record_stop};

/* ---- Connect, Dial, Enqueue ---- */

static bool connect_start(struct call *c, const struct doc *d)
{
	const struct doc *st = d->child;

	while (st && !doc_is(st, "Stream"))
		st = st->next;
	if (!st) {
		report_code(c->sim, c, 12200, "<Connect> without <Stream>");
		return true;
	}
	return stream_begin(c, st) != 0;
}

static const struct verb verb_connect = {.name = "Connect",
					 .answers = true,
					 .attentive = true,
					 .start = connect_start,
					 .stop = stream_end};

static bool dial_start(struct call *c, const struct doc *d)
{
	if (!doc_bool(d, "answerOnBridge", false))
		call_answer(c);
	return dial_begin(c, d);
}

static const struct verb verb_dial = {
	.name = "Dial", .start = dial_start, .stop = dial_end};

/* Nobody takes callers out of the queue but a REST update or a hang-up. */
static bool enqueue_start(struct call *c, const struct doc *d)
{
	report(c->sim, c, "queued", json_pack("{s:s}", "queue", d->text),
	       "waits in queue \"%s\"", d->text);
	return false;
}

static const struct verb verb_enqueue = {
	.name = "Enqueue", .answers = true, .start = enqueue_start};

/* ---- Redirect, Hangup, Reject ---- */

static bool redirect_start(struct call *c, const struct doc *d)
{
	call_fetch(c, d->text, doc_attr(d, "method", "POST"), NULL);
	return false;
}

static const struct verb verb_redirect = {.name = "Redirect",
					  .start = redirect_start};

static bool hangup_start(struct call *c, const struct doc *d)
{
	(void)d;
	call_end(c, c->answered_us ? CALL_COMPLETED : CALL_NO_ANSWER,
		 ENDED_ASSISTANT, "<Hangup>");
	return false;
}

static const struct verb verb_hangup = {.name = "Hangup",
					.start = hangup_start};

static bool reject_start(struct call *c, const struct doc *d)
{
	bool busy = !strcmp(doc_attr(d, "reason", "rejected"), "busy");

	if (!c->doc_begins)
		report_code(c->sim, c, 12200,
			    "<Reject> after the first verb does not reject");
	call_end(c, busy ? CALL_BUSY : CALL_NO_ANSWER, ENDED_ASSISTANT,
		 busy ? "<Reject reason=busy>" : "<Reject>");
	return false;
}

static const struct verb verb_reject = {.name = "Reject",
					.start = reject_start};

const struct verb *const verbs_all[] = {
	&verb_say,	&verb_play,   &verb_pause,   &verb_gather,
	&verb_record,	&verb_dial,   &verb_connect, &verb_enqueue,
	&verb_redirect, &verb_hangup, &verb_reject,  NULL,
};
