#include "place.h"

#include <stdlib.h>

#include "listen.h"

struct job {
	struct sim *sim;
	struct caller *k;
	uint64_t seed;
	place_h *h;
	void *arg;
	int err;
	char why[300];
};

static void on_pool(void *arg)
{
	struct job *j = arg;

	j->err = caller_prepare(j->k, j->sim->opt.cache_dir, j->seed, j->why,
				sizeof(j->why));
	if (!j->err && j->k->nanswers)
		j->err = listen_load(j->why, sizeof(j->why));
}

static void on_done(void *arg)
{
	struct job *j = arg;

	j->sim->hooks--;
	j->h(j->err ? NULL : j->k, j->why, j->arg);
	caller_unref(j->k);
	free(j);
}

int place_prepare(struct sim *s, struct caller *k, place_h *h, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return -ENOMEM;
	*j = (struct job){.sim = s, .seed = s->opt.seed, .h = h, .arg = arg};
	j->k = caller_ref(k);
	if (loop_work(s->loop, on_pool, on_done, j)) {
		caller_unref(k);
		free(j);
		return -ENOMEM;
	}
	s->hooks++;
	return 0;
}

int place_call(struct call **out, struct sim *s, struct caller *k,
	       const char *from, const char *to)
{
	const struct call_prm prm = {
		.caller = k,
		.from = from,
		.to = to,
		.url = s->opt.voice_url,
		.fallback_url = s->opt.fallback_url,
		.status_url = s->opt.status_url,
		.status_events = EVENT_COMPLETED,
	};

	return call_new(out, s, &prm);
}
