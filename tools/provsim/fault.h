/*
 * fault: what goes wrong with a connection, said as text:
 *
 *   [SERVICE:]KIND[=VALUE][@MS][/N]
 *
 * @MS: so long after it opened (0); /N: only of the next N connections that
 * it fits; else of all.
 *
 *   refuse=STATUS   answers the upgrade with this (429 with Retry-After: 1)
 *   late=MS         answers the upgrade so late
 *   nothing         takes the connection and never says a word
 *   stall           sends no message any more; pings are still answered
 *   half-open       reads and says nothing any more, keeps the connection
 *   drop            cuts the connection without a close frame
 *   close=CODE      closes with this code
 *   garbage         a frame that is none
 *   junk            a text message that is no JSON
 *   slow=MS         each message goes out so much later
 *   fragments       messages go out in small pieces
 *   expire=MS       the session lives so long and says so (openai only)
 */
#ifndef PROVSIM_FAULT_H
#define PROVSIM_FAULT_H

#include "base/base.h"

enum fault_kind {
	FAULT_NONE,
	FAULT_REFUSE,
	FAULT_LATE,
	FAULT_NOTHING,
	FAULT_STALL,
	FAULT_HALF_OPEN,
	FAULT_DROP,
	FAULT_CLOSE,
	FAULT_GARBAGE,
	FAULT_JUNK,
	FAULT_SLOW,
	FAULT_FRAGMENTS,
	FAULT_EXPIRE,
};

enum { FAULTS_MAX = 16 };

struct fault {
	enum fault_kind kind;
	char service[16]; /* empty: any */
	int value;
	int at_ms;
	int left; /* connections; -1: no limit */
};

/* The script: what is next for each service. */
struct faults {
	struct fault v[FAULTS_MAX];
	size_t n;
};

/** 0, or -EINVAL: f is as it was. Empty: none. */
int faults_parse(struct faults *f, struct sv text);
/**
 * The fault of a new connection to service (the first that fits, all others
 * wait); kind FAULT_NONE: it is well served.
 */
struct fault faults_take(struct faults *f, const char *service);

#endif
