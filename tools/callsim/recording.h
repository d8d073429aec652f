/*
 * recording: what <Record> keeps, as the REST API gives it out.
 */
#ifndef CALLSIM_RECORDING_H
#define CALLSIM_RECORDING_H

#include "call.h"

struct recording {
	struct list le;
	char sid[SID_LEN + 1], call[SID_LEN + 1];
	int64_t wall_us;
	struct pcm pcm;
};

/** Takes the samples over. NULL without memory. */
struct recording *recording_new(struct call *c, struct pcm *pcm);
struct recording *recording_find(struct sim *s, struct sv sid);
void recording_free(struct recording *r);
int recording_s(const struct recording *r);
/** Without extension; valid as long as the sim. */
void recording_url(const struct recording *r, struct sim *s, char *out,
		   size_t size);

#endif
