/*
 * sim: one simulated carrier: its options, its calls and messages, and what
 * its parts share. One loop, one thread (voices are made on the pool).
 */
#ifndef CALLSIM_SIM_H
#define CALLSIM_SIM_H

#include <jansson.h>

#include "base/list.h"
#include "channel.h"
#include "io/httpc.h"
#include "io/loop.h"
#include "io/web.h"
#include "proto/form.h"

#define SID_LEN 34

struct call;
struct caller;
struct message;

/* Where the real carrier's behaviour is not documented: "--quirk NAME=VALUE" */
struct quirks {
	int sign_port;	      /* sign-port: auto drop keep */
	int ws_slash;	      /* ws-slash: the signed wss URL ends in / */
	int ws_plain;	      /* ws-plain: ws:// is dialled too */
	int ws_query;	      /* ws-query: a query in a stream URL works */
	int close_after_stop; /* close-after-stop: we close the socket */
	int connect_action;   /* connect-action: requested after a stream */
	int dial_hangup;      /* dial-hangup: action request when the caller
				   hangs up while it rings */
	int whisper_reject;   /* whisper-reject: completed no-answer */
	int error_params; /* error-params: ErrorCode, ErrorUrl on fallback */
	int opt_out;	  /* opt-out: the carrier keeps STOP itself */
	int list_lag_ms;  /* list-lag: until a list shows a new message */
	int strict;	  /* strict: extra fields in media are 31951 */
	int gaps;	  /* gaps: no media while the caller is silent */
	int first_ts;	  /* first-timestamp: of the first media, ms */
	int residual_ms;  /* clear-residual: audio that a clear lets pass */
};

/** "name=value". 0, or -EINVAL with a sentence in why. */
int quirk_set(struct quirks *q, const char *text, char *why, size_t why_size);
void quirk_defaults(struct quirks *q);
/** Prints every quirk with its values and default, for --help. */
void quirk_help(void);

struct sim_opt {
	char account[SID_LEN + 1];
	const char *token;
	const char *voice_url, *fallback_url, *status_url, *sms_url;
	const char *to;		    /* the business's number */
	const char *const *numbers; /* others of the account, NULL */
	const char *connect;	    /* host:port for every request, or NULL */
	const char *ca;
	const char *api_listen;
	const char *record_dir, *cache_dir, *callers;
	bool json, mute, quiet;
	uint64_t seed;
	int more_noise;	      /* enum channel_noise put on every line */
	double more_noise_db; /* … and its level, dBov */
	int sms_code;	      /* 0 delivered; 30003… the error that ends it */
	const char *const *sms_fail; /* "number=code" …, NULL */
	struct quirks quirks;
};

struct sim {
	struct sim_opt opt;
	struct loop *loop;
	struct web *web;
	struct httpc *http;
	struct dns *dns;
	struct wsc_env *net;
	struct rng rng;
	struct list calls, messages, recordings, opt_outs, callees;
	int live;   /* calls that are not over */
	int hooks;  /* requests on their way */
	int failed; /* calls that did not go as they should */
	int64_t t0_us;
	char api_base[128]; /* "http://127.0.0.1:4010" */
	/** Something ended: the program looks whether all is done. */
	void (*idleh)(struct sim *s);
};

/** Fills the rest of a sim whose opt is set. 0 or -errno; then sim_fini(). */
int sim_init(struct sim *s);
/** Frees calls, messages, connections and the loop. */
void sim_fini(struct sim *s);

/** Never the same twice, whatever the seed: servers remember them. */
void sim_sid(char out[SID_LEN + 1], const char *prefix);
/** Milliseconds since the program began. */
int64_t sim_ms(const struct sim *s);

/**
 * Tells what happened: with --json one line (takes o over; time and call are
 * added), else the sentence.
 */
void report(struct sim *s, const struct call *c, const char *event, json_t *o,
	    const char *fmt, ...) PRINTF_LIKE(5, 6);
/** A carrier's error or warning by its number; counts against the call. */
void report_code(struct sim *s, struct call *c, int code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/** What a code means and how grave it is. */
const char *code_text(int code);
bool code_is_warning(int code);

/** RFC 2822 and ISO 8601 of a wall time in µs. */
void time_rfc2822(char out[40], int64_t wall_us);
void time_iso(char out[40], int64_t wall_us);

#endif
