/*
 * message: texts at the carrier: what the REST API takes, its way to the
 * phone with status callbacks, and texts that people send to our numbers.
 */
#ifndef CALLSIM_MESSAGE_H
#define CALLSIM_MESSAGE_H

#include "sim.h"

struct message {
	struct list le;
	struct sim *sim;
	char sid[SID_LEN + 1];
	char from[40], to[40];
	char *body;
	const char *direction; /* outbound-api, outbound-reply, inbound */
	const char *status;
	int error_code; /* 0 none */
	int segments;
	int64_t created_wall_us, updated_wall_us, sent_wall_us;
	char *status_url;
	struct timer *timer;
	int step, fate; /* fate: code that ends it, 0 delivered */
};

/** 0 and *out (which the sim owns), or the carrier's error code (> 0). */
int message_create(struct message **out, struct sim *s, const struct form *f,
		   const char *direction);
struct message *message_find(struct sim *s, struct sv sid);
void message_free(struct message *m);
json_t *message_json(const struct message *m);
/** Parts a text of this body is sent and billed as. */
int message_segments(struct sv body);
/** What an error code of the messages API says. */
const char *message_error(int code);

typedef void message_inbound_h(int code, const char *why, int replies,
			       void *arg);
/**
 * Somebody texts one of our numbers: signed POST to the SMS URL, replies in
 * the document are sent. h: code 0 when all went well. 0 or -errno.
 */
int message_inbound(struct sim *s, const char *from, const char *to,
		    const char *body, message_inbound_h *h, void *arg);

/** "+" and 7 to 15 digits. */
bool number_valid(struct sv s);
/** True for a number of this account (--to, --number). */
bool number_owned(const struct sim *s, struct sv number);
void opt_outs_free(struct sim *s);

#endif
