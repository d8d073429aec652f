#include "callee.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "place.h"

#define RING_MS 1000

enum callee_does {
	CALLEE_SILENT,
	CALLEE_PRESS,
	CALLEE_VOICEMAIL,
	CALLEE_HANGUP,
	CALLEE_BUSY,
	CALLEE_NO_ANSWER,
};

static const struct {
	const char *word;
	enum callee_does does;
} rules[] = {
	{"silent", CALLEE_SILENT},	 {"press:", CALLEE_PRESS},
	{"voicemail", CALLEE_VOICEMAIL}, {"hangup", CALLEE_HANGUP},
	{"busy", CALLEE_BUSY},		 {"no-answer", CALLEE_NO_ANSWER},
};

struct callee {
	struct list le;
	char number[40];
	enum callee_does does;
	char press[32];
	int ring_ms; /* -1: not said */
};

/* A call that rings: what happens when that is over. */
struct ring {
	struct call *call;
	struct timer *timer;
	const struct callee *callee;
	char *url, *method, *twiml;
	int64_t due_us;
};

static struct callee *callee_find(const struct sim *s, struct sv number)
{
	struct list *le;

	LIST_FOREACH (le, &s->callees) {
		struct callee *k = list_entry(le, struct callee, le);

		if (sv_eq(number, k->number))
			return k;
	}
	return NULL;
}

static bool parse_rule(struct callee *k, struct sv rule)
{
	const char *at = memchr(rule.p, '@', rule.len);
	int64_t ms = -1;

	if (at) {
		struct sv rest = {at + 1, (size_t)(rule.p + rule.len - at - 1)};

		if (sv_i64(&ms, rest) || ms < 0 || ms > 600000)
			return false;
		rule.len = (size_t)(at - rule.p);
	}
	k->ring_ms = (int)ms;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		size_t n = strlen(rules[i].word);

		k->does = rules[i].does;
		if (k->does != CALLEE_PRESS && sv_eq(rule, rules[i].word))
			return true;
		if (k->does == CALLEE_PRESS && sv_starts(rule, "press:"))
			return rule.len > n &&
			       !sv_copy(
				       k->press, sizeof(k->press),
				       (struct sv){rule.p + n, rule.len - n}) &&
			       !k->press[strspn(k->press, "0123456789*#")];
	}
	return false;
}

int callee_rule(struct sim *s, const char *text, char *why, size_t why_size)
{
	const char *eq = strchr(text, '=');
	struct sv number = {text, eq ? (size_t)(eq - text) : 0};
	struct callee rule = {0}, *k;

	if (!number.len || sv_copy(rule.number, sizeof(rule.number), number) ||
	    !parse_rule(&rule, sv_str(eq + 1))) {
		snprintf(why, why_size,
			 "\"%s\": NUMBER=press:KEYS, voicemail, busy, "
			 "no-answer, hangup or silent, then @MS of ringing",
			 text);
		return -EINVAL;
	}
	k = callee_find(s, number);
	if (!k) {
		k = calloc(1, sizeof(*k));
		if (!k)
			return -ENOMEM;
		list_add(&s->callees, &k->le);
	}
	rule.le = k->le;
	*k = rule;
	return 0;
}

void callees_free(struct sim *s)
{
	while (!list_empty(&s->callees)) {
		struct callee *k =
			list_entry(s->callees.next, struct callee, le);

		list_del(&k->le);
		free(k);
	}
}

/* ---- who that is ---- */

static struct caller *person(json_t *turns)
{
	json_t *o =
		json_pack("{s:s, s:o, s:i, s:{s:b, s:b, s:b}}", "name",
			  "callee", "turns", turns, "linger_ms", 600000,
			  "expect", "all_said", 0, "replies", 0, "stream", 0);
	struct caller *k = NULL;
	char why[100];

	if (o)
		caller_parse(&k, o, NULL, why, sizeof(why));
	json_decref(o);
	return k;
}

struct caller *callee_new(const char *press, int press_ms,
			  const struct utter *says)
{
	json_t *turns = json_array();
	struct caller *k;
	struct utter *u;

	if (says && says->text)
		json_array_append_new(turns,
				      json_pack("{s:s, s:s, s:i, s:s?}", "say",
						says->text, "after", "turn",
						"prompt_ms", 300, "voice",
						says->voice));
	if (press) {
		json_array_append_new(
			turns, json_pack("{s:i}", "silent_ms", press_ms));
		json_array_append_new(turns, json_pack("{s:s, s:s}", "press",
						       press, "after", "turn"));
	}
	k = person(turns);
	if (!k || !says || !says->pcm.n)
		return k;
	u = &k->turns[0].utter;
	u->pcm.s = malloc(says->pcm.n * sizeof(*u->pcm.s));
	if (!u->pcm.s)
		return caller_unref(k);
	memcpy(u->pcm.s, says->pcm.s, says->pcm.n * sizeof(*u->pcm.s));
	u->pcm.n = says->pcm.n;
	return k;
}

struct caller *callee_person(const struct sim *s, const char *number)
{
	const struct callee *k = callee_find(s, sv_str(number));
	json_t *turns = json_array();

	switch (k ? k->does : CALLEE_SILENT) {
	case CALLEE_PRESS: /* hears what is said to the end, then presses */
		json_array_append_new(turns,
				      json_pack("{s:s}", "press", k->press));
		break;
	case CALLEE_HANGUP:
		json_array_append_new(
			turns, json_pack("{s:b, s:s, s:i}", "hangup", 1,
					 "after", "turn", "prompt_ms", 400));
		break;
	case CALLEE_VOICEMAIL:
		json_array_append_new(
			turns,
			json_pack("{s:s, s:s, s:s}", "say",
				  "I cannot come to the phone. Please leave a "
				  "message after the tone.",
				  "voice", "flite:kal", "after", "turn"));
		json_array_append_new(turns,
				      json_pack("{s:i}", "silent_ms", 10000));
		json_array_append_new(turns, json_pack("{s:b, s:s}", "hangup",
						       1, "after", "turn"));
		break;
	default:
		break;
	}
	return person(turns);
}

/* ---- it rings ---- */

void callee_forget(struct call *c)
{
	struct ring *r = c->ring;

	if (!r)
		return;
	c->ring = NULL;
	timer_free(r->timer);
	free(r->url);
	free(r->method);
	free(r->twiml);
	free(r);
}

static void run_document(struct call *c, const char *twiml, const char *url,
			 const char *method)
{
	call_answer(c);
	if (twiml)
		call_run_text(c, sv_str(twiml), "");
	else if (url)
		call_fetch(c, url, method, NULL);
}

static void on_ring_over(void *arg)
{
	struct ring *r = arg;
	struct call *c = r->call;
	enum callee_does does = r->callee->does;

	if (does == CALLEE_BUSY) {
		call_end(c, CALL_BUSY, ENDED_ANY, "the line is busy");
	} else if (does == CALLEE_NO_ANSWER) {
		call_end(c, CALL_NO_ANSWER, ENDED_ANY, "nobody answered");
	} else {
		c->ring = NULL; /* a document may end the call */
		run_document(c, r->twiml, r->url, r->method);
		c->ring = r;
	}
	callee_forget(c);
}

/* The machine's voice is there: the ringing may end. */
static void on_ready(struct caller *k, const char *why, void *arg)
{
	struct call *c = arg;

	if (!k)
		report(c->sim, c, "say.failed", json_pack("{s:s}", "why", why),
		       "no voice for the machine that answers: %s", why);
	if (!c->over && c->ring)
		timer_at(c->ring->timer, c->ring->due_us);
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

int callee_ring(struct call *c, const struct call_prm *prm)
{
	const struct callee *k = callee_find(c->sim, sv_str(c->to));
	struct ring *r;
	int ms;

	if (!k) {
		run_document(c, prm->twiml, prm->url, prm->method);
		return 0;
	}
	r = calloc(1, sizeof(*r));
	if (!r || timer_new(&r->timer, c->sim->loop, on_ring_over, r)) {
		free(r);
		return -ENOMEM;
	}
	ms = k->ring_ms >= 0		   ? k->ring_ms
	     : k->does == CALLEE_NO_ANSWER ? prm->timeout_s * 1000
					   : RING_MS;
	r->call = c;
	r->callee = k;
	r->url = copy(prm->url);
	r->method = copy(prm->method);
	r->twiml = copy(prm->twiml);
	r->due_us = clock_mono_us() + ms * 1000ll;
	c->ring = r;
	return place_prepare(c->sim, c->caller, on_ready, c);
}
