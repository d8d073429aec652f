/*
 * renew: no session of a model lives for ever (an hour, with OpenAI). When its
 * time runs out another one is opened beside it, is told who it is and what
 * was said so far, and takes over in a moment when nobody talks and nothing is
 * under way: the caller does not notice. While that does not succeed it is
 * tried again; when the old one ends before, the script takes over as ever.
 */
#include "media/session.h"

#include "base/clock.h"
#include "base/log.h"
#include "dialog/brief.h"
#include "media/past.h"

enum {
	AGAIN_MS = 10000, /* between attempts */
	BEFORE_N = 4000,  /* what it hears again: a first syllable */
};

static const char goes_on[] =
	"This call has been going on for a while; what was said and done so "
	"far stands before this. Go on with it as if nothing had happened: do "
	"not greet, do not ask again for what you know.";

struct model_side *renew_other(struct session *s)
{
	return &s->model.sides[!s->model.at];
}

static void tell(const char *role, struct sv text, void *arg)
{
	struct model_side *side = arg;

	side->s->m->model->tell(side->sess, role, text);
}

void renew_failed(struct session *s, int err, struct sv why)
{
	s->model.renew_us = clock_mono_us() + AGAIN_MS * INT64_C(1000);
	if (s->model.on)
		log_line(LOG_LEVEL_WARN, "call", s->id,
			 "no new session of %s: %s (%.*s)", s->m->model->name,
			 strerror(-err), SV_ARG(why));
}

static void open_other(struct session *s)
{
	struct model_side *side = renew_other(s);
	int err = model_connect(s, side, sv_str(s->context), -1);

	if (err) {
		renew_failed(s, err, SV("it could not be opened"));
		return;
	}
	past_each(s->model.past, tell, side);
	tell("system", sv_str(goes_on), side);
}

static void take_over(struct session *s)
{
	struct model_side *was = &s->model.sides[s->model.at];
	struct model_side *side = renew_other(s);

	s->model.at = !s->model.at;
	s->model.old = false;
	side->item_0 = s->model.items;
	side->ref_0 = s->model.refs;
	s->model.granted_n = 0;
	s->model.next_n = MAX(s->ring.end_n - BEFORE_N, 0);
	was->ready = false;
	if (was->sess)
		s->m->model->close(was->sess);
	counts_add(&s->m->prm.counts->model_renewed);
	log_line(LOG_LEVEL_INFO, "call", s->id,
		 "a new session of %s goes on with the caller",
		 s->m->model->name);
	model_more(s);
	model_grant(s);
}

static bool quiet(const struct session *s)
{
	return call_quiet(s->call, clock_mono_us());
}

void renew_tick(struct session *s, int64_t now_us)
{
	struct model_side *side = renew_other(s);

	if (!s->model.live || !s->model.old)
		return;
	if (!side->sess && now_us >= s->model.renew_us)
		open_other(s);
	else if (side->sess && side->ready && quiet(s) &&
		 s->m->model->idle(s->model.sides[s->model.at].sess))
		take_over(s);
}

bool renew_now(struct session *s)
{
	if (!s->model.live || !renew_other(s)->ready || !quiet(s))
		return false;
	take_over(s);
	return true;
}
