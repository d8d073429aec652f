/*
 * session: who asks. A request carries a cookie (the session's refresh
 * secret), an access token that we signed, or a program's key; api.session
 * tells whose it is and what they may now. Answers are kept for a few
 * seconds, so that a page that asks ten things at once costs one look-up.
 */
#ifndef DESK_SESSION_H
#define DESK_SESSION_H

#include "base/buf.h"
#include "base/uuid.h"
#include "io/pg.h"
#include "proto/access.h"

#define SESSION_COOKIE "nightbell_session"
#define SESSION_SECRET_MAX 128
#define SESSION_KEEP_MS 10000

/* Each may do what those before it may. */
enum role { ROLE_NONE, ROLE_VIEWER, ROLE_STAFF, ROLE_OWNER, ROLE_ADMIN };

enum cred_kind {
	CRED_NONE,
	CRED_COOKIE, /* secret */
	CRED_KEY,    /* secret, of a program */
	CRED_ACCESS, /* who: our signature said so */
};

/* What a request brought, and which business it is about. */
struct cred {
	enum cred_kind kind;
	char secret[SESSION_SECRET_MAX + 1];
	struct access who;
	char business[UUID_LEN + 1]; /* empty: the user's first */
	bool fresh;		     /* what is kept is not good enough */
};

struct session {
	char user[UUID_LEN + 1];
	char id[UUID_LEN + 1];	     /* of the session, or of the key */
	char business[UUID_LEN + 1]; /* empty: in none */
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
void session_find(struct sessions *ss, const struct cred *c, session_h *h,
		  void *arg);

/** Forgets what is kept of a session at once: it was signed out. */
void session_forget(struct sessions *ss, struct sv id);

/**
 * The secret in "Authorization: Bearer …", else in the cookie header; an
 * empty slice when there is none. *cookie tells which.
 */
struct sv session_secret(struct sv authorization, struct sv cookies,
			 bool *cookie);

/**
 * Fills *c (but for its business) from both headers; token_secret checks
 * access tokens. 0, -EACCES: it is none of ours, or too old.
 */
int session_cred(struct cred *c, struct sv authorization, struct sv cookies,
		 struct sv token_secret);

#endif
