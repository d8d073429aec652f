/*
 * The simulator's own control: places calls and sends texts on request.
 */
#include <stdio.h>
#include <stdlib.h>

#include "callee.h"
#include "message.h"
#include "place.h"
#include "rest.h"
#include "summary.h"
#include "vary.h"

static json_t *body_of(struct rest_req *q)
{
	struct sv b = web_req_body(q->web);

	return json_loadb(b.p ? b.p : "", b.len, 0, NULL);
}

static json_t *state_of(struct call *c)
{
	if (c->over && !c->judged && c->caller)
		summary_judge(c);
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:i}", "sid", c->sid,
			 "caller", c->caller ? c->caller->name : "", "status",
			 call_status_name(c->status), "over", (int)c->over,
			 "good", (int)c->good, "fault", c->fault, "texts",
			 c->texts);
}

/* ---- calls ---- */

struct placing {
	struct rest_req *q;
	char from[64], to[64];
};

static void on_ready(struct caller *k, const char *why, void *arg)
{
	struct placing *p = arg;
	struct call *c = NULL;

	if (!k)
		rest_error(p->q, 400, 20001, why);
	else if (place_call(&c, p->q->sim, k, p->from[0] ? p->from : NULL,
			    p->to[0] ? p->to : NULL))
		rest_error(p->q, 500, 20500, "the call cannot be placed");
	else
		rest_json(p->q, 201, state_of(c));
	free(p->q);
	free(p);
}

static void calls_list(struct rest_req *q)
{
	json_t *all = json_array();
	struct list *le;

	LIST_FOREACH (le, &q->sim->calls) {
		struct call *c = list_entry(le, struct call, le);

		if (!c->parent)
			json_array_append_new(all, state_of(c));
	}
	rest_json(q, 200, json_pack("{s:o}", "calls", all));
}

void sim_calls(struct rest_req *q)
{
	struct placing *p;
	char why[300] = "give {\"caller\": \"name\" or {…}}";
	struct caller *k = NULL;
	const char *from = NULL, *to = NULL;
	json_int_t seed = (json_int_t)q->sim->opt.seed;
	json_t *o, *who;

	if (!sv_eq(q->method, "POST")) {
		calls_list(q);
		return;
	}
	o = body_of(q);
	who = json_object_get(o, "caller");
	json_unpack(o, "{s?s, s?s, s?I}", "from", &from, "to", &to, "seed",
		    &seed);
	p = calloc(1, sizeof(*p));
	if (json_is_string(who))
		caller_load(&k, json_string_value(who), q->sim->opt.callers,
			    (uint64_t)seed, why, sizeof(why));
	else if (json_is_object(who) &&
		 !vary_caller(who, (uint64_t)seed, why, sizeof(why)))
		caller_parse(&k, who, NULL, why, sizeof(why));
	if (!k || !p) {
		rest_error(q, 400, 20001, why);
		free(p);
	} else {
		sv_copy(p->from, sizeof(p->from), sv_str(from));
		sv_copy(p->to, sizeof(p->to), sv_str(to));
		p->q = rest_keep(q);
		if (!p->q || place_prepare(q->sim, k, on_ready, p)) {
			rest_error(p->q ? p->q : q, 500, 20500, "no memory");
			free(p->q);
			free(p);
		}
	}
	caller_unref(k);
	json_decref(o);
}

void sim_call(struct rest_req *q)
{
	struct call *c = call_find(q->sim, q->id);

	if (!c)
		rest_not_found(q);
	else
		rest_json(q, 200, state_of(c));
}

/* ---- texts ---- */

static void on_text(int code, const char *why, int replies, void *arg)
{
	struct rest_req *q = arg;

	rest_json(q, code ? 502 : 201,
		  json_pack("{s:i, s:s, s:i}", "code", code, "why", why,
			    "replies", replies));
	free(q);
}

void sim_texts(struct rest_req *q)
{
	const char *from, *to = q->sim->opt.to, *body;
	json_t *o = body_of(q);
	struct rest_req *k;

	if (!q->sim->opt.sms_url) {
		rest_error(q, 400, 20001, "callsim runs without --sms-url");
	} else if (json_unpack(o, "{s:s, s?s, s:s}", "from", &from, "to", &to,
			       "body", &body)) {
		rest_error(q, 400, 20001, "give {\"from\", \"to\", \"body\"}");
	} else if (!(k = rest_keep(q)) ||
		   message_inbound(q->sim, from, to, body, on_text, k)) {
		rest_error(k ? k : q, 500, 20500, "the text cannot be sent");
		free(k);
	}
	json_decref(o);
}

/* ---- who answers ---- */

void sim_answers(struct rest_req *q)
{
	char why[300] = "give {\"answer\": \"NUMBER=press:1\"}";
	json_t *o = body_of(q);
	const char *rule = json_string_value(json_object_get(o, "answer"));

	if (!rule || callee_rule(q->sim, rule, why, sizeof(why)))
		rest_error(q, 400, 20001, why);
	else
		rest_json(q, 200, json_pack("{s:s}", "answer", rule));
	json_decref(o);
}
