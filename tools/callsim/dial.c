#include "dial.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "callee.h"

/* A call that is forwarded in a circle ends somewhere. */
#define FORWARDS_MAX 3

struct dial {
	struct call *call;
	const struct owner *owner; /* what the called party does */
	const struct doc *doc;
	struct call *leg;
	struct timer *timer; /* the next thing the owner or carrier does */
	enum { DIAL_RINGS, DIAL_WHISPERS, DIAL_TALKS, DIAL_FORWARDED } state;
	int64_t bridged_us;
	char leg_sid[SID_LEN + 1];
	char whisper[1024];
	char whisper_method[8];
	bool bridged;
};

static const char *const dial_hangup_words[] = {NULL, "no-answer", "canceled",
						"completed"};

void dial_end(struct call *c)
{
	struct dial *d = c->dial;

	if (!d)
		return;
	c->dial = NULL;
	c->ringing_out = false;
	timer_free(d->timer);
	if (d->leg && !d->leg->over) {
		struct call *leg = d->leg;

		d->leg = NULL;
		leg->dial = NULL;
		call_end(leg, leg->answered_us ? CALL_COMPLETED : CALL_CANCELED,
			 ENDED_CALLER, "the other party is gone");
	}
	free(d);
}

static void action_params(struct dial *d, struct form *f, const char *status)
{
	form_str(f, "DialCallStatus", status);
	if (d->leg_sid[0])
		form_str(f, "DialCallSid", d->leg_sid);
	if (d->bridged)
		form_int(f, "DialCallDuration",
			 (clock_mono_us() - d->bridged_us) / 1000000);
	form_str(f, "DialBridged", d->bridged ? "true" : "false");
}

/* The dial is over: ask its action, or go on. */
static void finish(struct dial *d, const char *status)
{
	struct call *c = d->call;
	const char *action = doc_attr(d->doc, "action", NULL);
	const char *method = doc_attr(d->doc, "method", "POST");
	struct form f = {0};

	report(c->sim, c, "dial",
	       json_pack("{s:s, s:b}", "status", status, "bridged",
			 (int)d->bridged),
	       "dial: %s", status);
	action_params(d, &f, status);
	dial_end(c);
	if (action && *action)
		call_fetch(c, action, method, &f);
	else
		call_next(c);
	form_fini(&f);
}

void dial_caller_gone(struct call *c)
{
	struct dial *d = c->dial;
	const char *word = dial_hangup_words[c->sim->opt.quirks.dial_hangup];
	const char *action = doc_attr(d->doc, "action", NULL);
	struct form f = {0};

	if (!word || !action || !*action)
		return;
	action_params(d, &f, word);
	call_callback(c, action, doc_attr(d->doc, "method", "POST"), &f);
	form_fini(&f);
}

/* Ends the leg with a status of its own and the dial with it. */
static void leg_ends(struct dial *d, enum call_status st)
{
	struct call *leg = d->leg;

	d->leg = NULL;
	if (leg) {
		leg->dial = NULL;
		call_end(leg, st, ENDED_ANY, call_status_name(st));
	}
	finish(d, call_status_name(st));
}

static void bridge(struct dial *d)
{
	d->state = DIAL_TALKS;
	d->bridged = true;
	d->bridged_us = clock_mono_us();
	report(d->call->sim, d->call, "dial.bridged", NULL,
	       "the owner is on the line");
	timer_at(d->timer, d->bridged_us + (int64_t)d->owner->talk_ms * 1000);
}

void dial_accepted(struct call *leg)
{
	struct dial *d = leg->parent->dial;

	if (d && d->leg == leg)
		bridge(d);
}

void dial_leg_over(struct call *leg)
{
	struct dial *d = leg->parent->dial;

	if (!d || d->leg != leg)
		return;
	d->leg = NULL;
	if (d->state == DIAL_WHISPERS && leg->sim->opt.quirks.whisper_reject)
		finish(d, "no-answer");
	else
		finish(d, "completed");
}

static void owner_answers(struct dial *d)
{
	if (!d->whisper[0]) {
		call_answer(d->leg);
		bridge(d);
		return;
	}
	d->state = DIAL_WHISPERS;
	call_answer(d->leg);
	call_fetch(d->leg, d->whisper, d->whisper_method, NULL);
}

/* The owner's phone is set to forward: the call comes in once more. */
static void forward(struct dial *d)
{
	struct call *c = d->call, *again = NULL, *up = c;
	struct caller *k = callee_new(NULL, 0, NULL);
	struct call_prm prm = {
		.caller = k,
		.from = d->leg->from,
		.to = c->to,
		.forwarded_from = d->leg->to,
		.url = c->sim->opt.voice_url,
		.status_url = c->sim->opt.status_url,
		.status_events = EVENT_COMPLETED,
		.origin = c,
	};
	int depth = 0;

	for (; up; up = up->origin)
		depth++;
	d->state = DIAL_FORWARDED;
	if (!k || depth > FORWARDS_MAX || call_new(&again, c->sim, &prm))
		leg_ends(d, CALL_BUSY);
	caller_unref(k);
}

void dial_forward_answered(struct call *again)
{
	struct dial *d = again->origin->dial;

	if (!d || d->state != DIAL_FORWARDED || d->bridged)
		return;
	if (d->leg)
		call_answer(d->leg);
	d->bridged = true;
	d->bridged_us = clock_mono_us();
}

void dial_forward_over(struct call *again)
{
	struct dial *d = again->origin->dial;

	if (d && d->state == DIAL_FORWARDED)
		leg_ends(d, again->status);
}

static void on_timer(void *arg)
{
	static const enum call_status ends[] = {
		[OWNER_NO_ANSWER] = CALL_NO_ANSWER,
		[OWNER_BUSY] = CALL_BUSY,
		[OWNER_FAILED] = CALL_FAILED,
	};
	struct dial *d = arg;
	const struct owner *o = d->owner;
	int timeout_s = doc_int(d->doc, "timeout", 30);

	if (d->state == DIAL_TALKS)
		leg_ends(d, CALL_COMPLETED);
	else if (o->does < OWNER_ANSWERS)
		leg_ends(d, ends[o->does]);
	else if (o->after_ms > timeout_s * 1000)
		leg_ends(d, CALL_NO_ANSWER);
	else if (o->does == OWNER_FORWARDS)
		forward(d);
	else
		owner_answers(d);
}

static unsigned events_of(const char *list)
{
	return (strstr(list, "initiated") ? EVENT_INITIATED : 0) |
	       (strstr(list, "ringing") ? EVENT_RINGING : 0) |
	       (strstr(list, "answered") ? EVENT_ANSWERED : 0) |
	       (strstr(list, "completed") ? EVENT_COMPLETED : 0);
}

static bool valid_number(const char *s)
{
	size_t n = 0;

	if (*s == '+')
		s++;
	for (; s[n]; n++)
		if (!isdigit((unsigned char)s[n]))
			return false;
	return n >= 3 && n <= 15;
}

static int new_leg(struct dial *d, const struct doc *number, const char *to)
{
	struct call *c = d->call;
	/* the party who answers is a caller too: one who may press a key */
	struct caller *person =
		callee_new(d->owner->press, 1500, &d->owner->says);
	struct call_prm prm = {
		.caller = person,
		.from = doc_attr(d->doc, "callerId", c->from),
		.to = to,
		.direction = "outbound-dial",
		.parent = c,
	};
	char cb[1024];
	struct buf abs;
	int err;

	if (!person)
		return -ENOMEM;
	buf_init(&abs, 8192);
	if (number) {
		prm.status_events = events_of(
			doc_attr(number, "statusCallbackEvent", "completed"));
		prm.status_method =
			doc_attr(number, "statusCallbackMethod", "POST");
		if (!hook_url(&abs, c->doc_url,
			      doc_attr(number, "statusCallback", "")) &&
		    doc_attr(number, "statusCallback", NULL)) {
			snprintf(cb, sizeof(cb), "%s", abs.p);
			prm.status_url = cb;
		}
		buf_reset(&abs);
		if (doc_attr(number, "url", NULL) &&
		    !hook_url(&abs, c->doc_url, doc_attr(number, "url", "")))
			snprintf(d->whisper, sizeof(d->whisper), "%s", abs.p);
		snprintf(d->whisper_method, sizeof(d->whisper_method), "%s",
			 doc_attr(number, "method", "POST"));
	}
	buf_fini(&abs);
	err = call_new(&d->leg, c->sim, &prm);
	caller_unref(person);
	if (!err)
		snprintf(d->leg_sid, sizeof(d->leg_sid), "%s", d->leg->sid);
	return err;
}

bool dial_begin(struct call *c, const struct doc *doc)
{
	const struct doc *number = doc->child;
	struct dial *d = calloc(1, sizeof(*d));
	const struct owner *o;
	int wait_ms;

	if (!d || timer_new(&d->timer, c->sim->loop, on_timer, d)) {
		free(d);
		return true;
	}
	d->call = c;
	d->doc = doc;
	c->dial = d;
	c->ringing_out = true;
	while (number && !doc_is(number, "Number"))
		number = number->next;
	const char *to = number ? number->text : doc->text;

	if (!c->caller || !valid_number(to)) {
		report_code(c->sim, c, 13223, "<Dial> \"%s\"", to);
		finish(d, "failed");
		return false;
	}
	o = d->owner =
		&c->caller->owners[MIN(c->dials, c->caller->nowners - 1)];
	c->dials++;
	if (new_leg(d, number, to)) {
		finish(d, "failed");
		return false;
	}
	wait_ms =
		o->does == OWNER_NO_ANSWER
			? doc_int(doc, "timeout", 30) * 1000
			: MIN(o->after_ms, doc_int(doc, "timeout", 30) * 1000);
	report(c->sim, c, "dial.ringing",
	       json_pack("{s:s, s:i}", "to", to, "timeout_s",
			 doc_int(doc, "timeout", 30)),
	       "rings %s", to);
	timer_at(d->timer, clock_mono_us() + (int64_t)wait_ms * 1000);
	return false;
}
