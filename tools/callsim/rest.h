/*
 * rest: the carrier's REST API (messages, calls, recordings, numbers) and the
 * simulator's own control under /sim, on one HTTP listener.
 */
#ifndef CALLSIM_REST_H
#define CALLSIM_REST_H

#include "sim.h"

struct rest;

/** addr: "127.0.0.1:4010"; port 0: any. Sets s->api_base. 0 or -errno. */
int rest_new(struct rest **out, struct sim *s, const char *addr);
struct rest *rest_free(struct rest *r);

/* ---- for the parts of the API ---- */

struct rest_req {
	struct rest *rest;
	struct sim *sim;
	struct web_req *web;	/* NULL once the peer is gone */
	struct sv method, path; /* path behind the account, or behind /sim */
	struct form form;	/* query and body together */
	struct sv id;		/* "CA…" of Calls/CA….json */
};

/** Each ends the request. json is taken over. */
void rest_json(struct rest_req *q, int status, json_t *json);
void rest_error(struct rest_req *q, int status, int code, const char *message);
void rest_not_found(struct rest_req *q);
/** Picks the page that the request asks for out of all (taken over). */
void rest_list(struct rest_req *q, const char *key, json_t *all);
/** Keeps q beyond the handler: answered later with rest_json(). */
struct rest_req *rest_keep(struct rest_req *q);

typedef void rest_h(struct rest_req *q);
rest_h rest_messages, rest_message, rest_calls, rest_call, rest_recordings,
	rest_recording, rest_numbers;
rest_h sim_calls, sim_call, sim_texts, sim_faults, sim_answers;

#endif
