/*
 * session: who asks. A request carries a session's secret (cookie or bearer
 * token); api.session tells whose it is. Answers are kept for a few seconds,
 * so that a page that asks ten things at once costs one look-up.
 */
#ifndef DESK_SESSION_H
#define DESK_SESSION_H

#include "base/buf.h"
#include "base/uuid.h"
#include "io/pg.h"

#define SESSION_COOKIE "nightbell_session"
#define SESSION_SECRET_MAX 128
#define SESSION_KEEP_MS 10000

/* Each may do what those before it may. */
enum role { ROLE_NONE, ROLE_STAFF, ROLE_OWNER };

struct session {
	char user[UUID_LEN + 1];
	char business[UUID_LEN + 1];
	enum role role;
	struct sv json; /* what api.session said; lent */
};

struct sessions;

int sessions_new(struct sessions **out, struct pg *pg);
/** Look-ups under way end with -ECANCELED first. */
struct sessions *sessions_free(struct sessions *ss);

/**
 * s is lent and set only when err is 0. -EACCES unknown or expired, -EAGAIN
 * the database did not answer, -ECANCELED.
 */
typedef void session_h(int err, const struct session *s, void *arg);

/** Calls h exactly once, maybe from inside (a fresh answer, an error). */
void session_find(struct sessions *ss, struct sv secret, session_h *h,
		  void *arg);

/** Forgets a secret at once: it was signed out. */
void session_forget(struct sessions *ss, struct sv secret);

/**
 * The secret in "Authorization: Bearer …", else in the cookie header; an
 * empty slice when there is none. *cookie tells which.
 */
struct sv session_secret(struct sv authorization, struct sv cookies,
			 bool *cookie);

#endif
