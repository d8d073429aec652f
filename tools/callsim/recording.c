#include "recording.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct recording *recording_new(struct call *c, struct pcm *pcm)
{
	struct recording *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	sim_sid(r->sid, "RE");
	snprintf(r->call, sizeof(r->call), "%s", c->sid);
	r->wall_us = clock_wall_us();
	r->pcm = *pcm;
	*pcm = (struct pcm){0};
	list_add(&c->sim->recordings, &r->le);
	return r;
}

struct recording *recording_find(struct sim *s, struct sv sid)
{
	struct list *le;

	LIST_FOREACH (le, &s->recordings) {
		struct recording *r = list_entry(le, struct recording, le);

		if (sv_eq(sid, r->sid))
			return r;
	}
	return NULL;
}

void recording_free(struct recording *r)
{
	list_del(&r->le);
	pcm_fini(&r->pcm);
	free(r);
}

int recording_s(const struct recording *r)
{
	return (int)((r->pcm.n + TEL_RATE_HZ - 1) / TEL_RATE_HZ);
}

void recording_url(const struct recording *r, struct sim *s, char *out,
		   size_t size)
{
	snprintf(out, size, "%s/2010-04-01/Accounts/%s/Recordings/%s",
		 s->api_base, s->opt.account, r->sid);
}
