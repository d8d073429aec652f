/*
 * rt_sess: one Realtime session as a state machine. It is the only writer of
 * the socket, so that there are never two active responses, tools' results and
 * wishes wait for response.done, and what comes late of a response that was
 * cancelled is dropped by its id.
 *
 *   session.created -> session.update -> session.updated -> live
 *   live: none -> asked -> active -> none
 *                   '-> ending (cancel is out) -> none
 *
 * Pure: messages and the time go in, messages and handlers come out. What it
 * says is numbered from 1 ("say"), as are the functions it calls ("ref").
 */
#ifndef PROTO_RT_SESS_H
#define PROTO_RT_SESS_H

#include "proto/rt.h"

enum { RT_SAYS = 16, RT_CALLS = 8, RT_TURNS = 8, RT_DROPPED = 8, RT_ID = 80 };

/* Deadlines, ms. */
enum {
	RT_CREATED_MS = 5000,	    /* session.created, from rt_sess_opened() */
	RT_UPDATED_MS = 3000,	    /* session.updated */
	RT_ASKED_MS = 4000,	    /* response.created; then once more */
	RT_PROGRESS_MS = 8000,	    /* anything of an active response */
	RT_ENDING_MS = 3000,	    /* response.done of one that we cancelled */
	RT_TALKING_MS = 30000,	    /* speech_stopped */
	RT_SESSION_MS = 60 * 60000, /* then the interface ends it … */
	RT_OLD_MS = 10 * 60000,	    /* … so long before, or a third of its
				     * life, another one shall take its place */
};

struct rt_handlers {
	/** Text message for the socket; lent. */
	void (*sendh)(struct sv msg, void *arg);
	/** Configured: audio may come. */
	void (*readyh)(void *arg);
	/** The provider's detector; ms of the audio that it was given. */
	void (*vadh)(bool began, int64_t ms, void *arg);
	/** The caller's turn is over, says the provider. */
	void (*turnh)(void *arg);
	/** What the caller said in [start_ms, end_ms). */
	void (*heardh)(struct sv text, int64_t start_ms, int64_t end_ms,
		       void *arg);
	/** A piece of what is said in say; last: no more text or audio. */
	void (*saidh)(uint32_t say, struct sv text, bool last, void *arg);
	/** Audio of say: base64. */
	void (*audioh)(uint32_t say, struct sv base64, void *arg);
	/** A function is called; rt_sess_result() must follow. */
	void (*callh)(uint32_t ref, struct sv name, struct sv args, void *arg);
	void (*usageh)(const struct rt_usage *u, void *arg);
	/** Its time runs out: once. May be NULL. */
	void (*oldh)(void *arg);
	/**
	 * It is of no use any more; nothing follows. -ETIMEDOUT a deadline,
	 * -EACCES refused for good (key, quota), -EINVAL it refused our
	 * settings, -ETIME the session's time is over, -EREMOTEIO its fault.
	 */
	void (*losth)(int err, struct sv why, void *arg);
	void *arg;
};

struct rt_sess;

/** prm's texts are copied. 0 or -ENOMEM. */
int rt_sess_new(struct rt_sess **out, const struct rt_session_prm *prm,
		const struct rt_handlers *h);
struct rt_sess *rt_sess_free(struct rt_sess *s);

/** The socket is open; wall_us: since 1970, for when the session expires. */
void rt_sess_opened(struct rt_sess *s, int64_t now_us, int64_t wall_us);
void rt_sess_recv(struct rt_sess *s, struct sv msg, int64_t now_us);

/** Live: audio is taken. */
bool rt_sess_live(const struct rt_sess *s);
/** Nothing is under way: no response, no call, nobody talks. */
bool rt_sess_idle(const struct rt_sess *s);
/** Adds what was said or happened outside; waits until it is live. */
void rt_sess_tell(struct rt_sess *s, const char *role, struct sv text);
/** Wants a response as soon as one may be asked for. */
void rt_sess_ask(struct rt_sess *s, struct sv instructions, int64_t now_us);
/** The result of call ref, JSON; answer: and then a response to it. */
void rt_sess_result(struct rt_sess *s, uint32_t ref, struct sv json,
		    bool answer, int64_t now_us);
/** The caller interrupts: what is under way is cancelled. */
void rt_sess_interrupt(struct rt_sess *s, int64_t now_us);
/** Of say only heard_n samples (8 kHz) were heard: the rest is forgotten. */
void rt_sess_cut(struct rt_sess *s, uint32_t say, uint32_t heard_n);

/** The next deadline; INT64_MAX none. */
int64_t rt_sess_next_us(const struct rt_sess *s);
void rt_sess_tick(struct rt_sess *s, int64_t now_us);
/** Errors that mean nothing, and events that came too late, so far. */
unsigned rt_sess_ignored(const struct rt_sess *s);

#endif
