#include "app/links.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	LOOK_MS = 500,
	IDLE_MS = 3000, /* between two questions */
	SILENT_MS = 5000,
};

struct link {
	struct pg *pg;
	const char *purpose;
	int64_t ask_us;
	bool silent;
};

struct links {
	struct stats_role *self;
	struct timer *timer;
	struct link link[STATS_LINKS];
	unsigned n;
};

static void ask(struct link *k, int64_t now_us)
{
	if (pg_queued(k->pg) || now_us < k->ask_us)
		return;
	k->ask_us = now_us + IDLE_MS * 1000;
	/* Whether it is answered, pg_silent_ms() says. */
	pg_call(k->pg, "select pg_backend_pid()", 0, NULL, SILENT_MS, false,
		NULL, NULL);
}

static enum stats_link_state look(struct link *k)
{
	const bool up = pg_up(k->pg);
	const bool silent = up && pg_silent_ms(k->pg) >= SILENT_MS;

	if (silent && !k->silent)
		log_warn("pg",
			 "%s: connected, but the database has not "
			 "answered for %d s",
			 k->purpose, SILENT_MS / 1000);
	else if (up && k->silent && !silent)
		log_info("pg", "%s: the database answers again", k->purpose);
	k->silent = silent;
	return silent ? LINK_SILENT : up ? LINK_UP : LINK_DOWN;
}

void links_look(struct links *k)
{
	for (unsigned i = 0; k && i < k->n; i++)
		atomic_store(&k->self->links[i].state, look(&k->link[i]));
}

static void on_timer(void *arg)
{
	struct links *k = arg;
	const int64_t now_us = clock_mono_us();

	links_look(k);
	for (unsigned i = 0; i < k->n; i++)
		if (pg_up(k->link[i].pg))
			ask(&k->link[i], now_us);
}

void links_add(struct links *k, const char *purpose, struct pg *pg)
{
	struct stats_link *s = &k->self->links[k->n];

	k->link[k->n++] = (struct link){.pg = pg, .purpose = purpose};
	sv_copy(s->purpose, sizeof(s->purpose), sv_str(purpose));
	atomic_store(&s->state, LINK_DOWN);
}

int links_new(struct links **out, struct loop *l, struct stats_role *self)
{
	struct links *k = calloc(1, sizeof(*k));
	int err;

	if (!k)
		return -ENOMEM;
	k->self = self;
	err = timer_new(&k->timer, l, on_timer, k);
	if (err) {
		free(k);
		return err;
	}
	timer_every(k->timer, LOOK_MS);
	*out = k;
	return 0;
}

struct links *links_free(struct links *k)
{
	if (!k)
		return NULL;
	timer_free(k->timer);
	free(k);
	return NULL;
}
