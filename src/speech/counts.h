/*
 * counts: what a worker counts of the providers that it reaches over the
 * network. In memory that the desk reads; one worker writes.
 */
#ifndef SPEECH_COUNTS_H
#define SPEECH_COUNTS_H

#include "base/counts.h"

enum speech_failure {
	SPEECH_FAIL_KEY,     /* 401, 403: the key, or what it may do */
	SPEECH_FAIL_PAY,     /* 402: no money */
	SPEECH_FAIL_REQUEST, /* 400 and closes by policy: our mistake */
	SPEECH_FAIL_BUSY,    /* 429: more at a time than allowed */
	SPEECH_FAIL_SERVER,  /* 5xx, 1011: theirs */
	SPEECH_FAIL_LATE,    /* nothing came in time */
	SPEECH_FAIL_NET,     /* name, connection, TLS, lost */
	SPEECH_FAILS,
};

struct speech_counts {
	atomic_ullong opened; /* connections */
	atomic_ullong failed[SPEECH_FAILS];
	atomic_ullong again;	    /* of them, lost and opened anew */
	atomic_ullong given_up;	    /* sessions that ours took over */
	struct counts_hist connect; /* asked to open */
	struct counts_hist final;   /* end of speech told to its text */
};

struct wsc_end;
/** Which failure an end was. */
enum speech_failure speech_failure_of(const struct wsc_end *end);

#endif
