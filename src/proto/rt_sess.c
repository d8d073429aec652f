#include "proto/rt_sess.h"

#include <stdio.h>
#include <stdlib.h>

#define MS INT64_C(1000)
#define ERRORS_MAX 20	 /* that we do not know, then it is of no use */
#define LIFE_MIN_MS 5000 /* less is a clock that goes wrong */

enum state { OPENING, CREATING, UPDATING, LIVE, LOST };
enum resp { NONE, ASKED, ACTIVE, ENDING };

/* Something that is said: an assistant's message with audio. */
struct say {
	uint32_t id; /* 0: free */
	char item[RT_ID], response[RT_ID];
	int64_t got_n; /* samples that came */
	bool text, open;
};

struct fcall {
	uint32_t id; /* 0: free */
	char call[RT_ID];
	char *result; /* NULL: awaited */
	bool answer;
};

/* An utterance of the caller, by the provider's detector. */
struct turn {
	char item[RT_ID];
	int64_t start_ms, end_ms;
};

struct rt_sess {
	struct rt_session_prm prm;
	struct rt_handlers h;
	struct buf texts; /* of prm */
	enum state state;
	int64_t now_us, since_us;
	int64_t wall_us; /* of the wall's clock when ours says 0 */
	int64_t old_us, end_us;
	bool old;

	enum resp resp;
	char resp_id[RT_ID];
	int64_t resp_us;  /* its last sign of life */
	bool cut_asked;	  /* interrupted before we knew its id */
	bool fruitful;	  /* it said or called something */
	unsigned retries; /* in a row */
	char dropped[RT_DROPPED][RT_ID];
	unsigned ndropped;

	bool want;
	struct buf words; /* instructions of the response wanted */
	bool talking;
	int64_t talk_us;

	struct say says[RT_SAYS];
	uint32_t nsays;
	struct fcall calls[RT_CALLS];
	uint32_t ncalls;
	struct turn turns[RT_TURNS];
	unsigned nturns;

	struct buf early; /* messages for when it is live, one a line */
	struct buf out;
	unsigned ignored, errors;
};

/* ---- life ---- */

/* Room was made before: what is kept does not move. */
static struct sv keep(struct buf *b, struct sv s)
{
	size_t at = b->len;

	buf_sv(b, s);
	return (struct sv){b->p ? b->p + at : "", b->p ? s.len : 0};
}

int rt_sess_new(struct rt_sess **out, const struct rt_session_prm *prm,
		const struct rt_handlers *h)
{
	struct rt_sess *s = calloc(1, sizeof(*s));
	struct sv *all[6];
	size_t n = 0;

	if (!s)
		return -ENOMEM;
	s->prm = *prm;
	s->h = *h;
	buf_init(&s->texts, 0);
	buf_init(&s->words, 8192);
	buf_init(&s->early, 65536);
	buf_init(&s->out, 0);
	all[0] = &s->prm.model, all[1] = &s->prm.voice;
	all[2] = &s->prm.instructions, all[3] = &s->prm.tools;
	all[4] = &s->prm.transcribe, all[5] = &s->prm.lang;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		n += all[i]->len;
	buf_room(&s->texts, n);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		*all[i] = keep(&s->texts, *all[i]);
	if (s->texts.err) {
		rt_sess_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

struct rt_sess *rt_sess_free(struct rt_sess *s)
{
	if (!s)
		return NULL;
	for (size_t i = 0; i < RT_CALLS; i++)
		free(s->calls[i].result);
	buf_fini(&s->texts);
	buf_fini(&s->words);
	buf_fini(&s->early);
	buf_fini(&s->out);
	free(s);
	return NULL;
}

static void lost(struct rt_sess *s, int err, struct sv why)
{
	if (s->state == LOST)
		return;
	s->state = LOST;
	s->h.losth(err, why, s->h.arg);
}

/* Sends what stands in s->out. */
static void flush(struct rt_sess *s)
{
	if (s->out.err)
		lost(s, -ENOMEM, SV("no memory"));
	else if (s->state != LOST)
		s->h.sendh(buf_get(&s->out), s->h.arg);
	buf_reset(&s->out);
}

static struct buf *message(struct rt_sess *s)
{
	buf_reset(&s->out);
	return &s->out;
}

bool rt_sess_live(const struct rt_sess *s)
{
	return s->state == LIVE;
}

static bool calls_awaited(const struct rt_sess *s);

bool rt_sess_idle(const struct rt_sess *s)
{
	return s->resp == NONE && !s->want && !s->talking && !calls_awaited(s);
}

unsigned rt_sess_ignored(const struct rt_sess *s)
{
	return s->ignored;
}

void rt_sess_opened(struct rt_sess *s, int64_t now_us, int64_t wall_us)
{
	s->now_us = s->since_us = now_us;
	s->wall_us = wall_us - now_us;
	s->state = CREATING;
}

/* ---- the one response ---- */

static bool is_dropped(const struct rt_sess *s, struct sv response)
{
	for (size_t i = 0; i < RT_DROPPED; i++)
		if (response.len && sv_eq(response, s->dropped[i]))
			return true;
	return false;
}

static void drop(struct rt_sess *s, const char *response)
{
	(void)sv_copy(s->dropped[s->ndropped++ % RT_DROPPED], RT_ID,
		      sv_str(response));
}

static void cancel(struct rt_sess *s)
{
	drop(s, s->resp_id);
	s->resp = ENDING;
	s->resp_us = s->now_us;
	rt_response_cancel(message(s), sv_str(s->resp_id));
	flush(s);
}

static bool calls_awaited(const struct rt_sess *s)
{
	for (size_t i = 0; i < RT_CALLS; i++)
		if (s->calls[i].id && !s->calls[i].result)
			return true;
	return false;
}

static void send_results(struct rt_sess *s)
{
	struct fcall *c;

	for (size_t i = 0; i < RT_CALLS; i++) {
		c = &s->calls[i];
		if (!c->id || !c->result)
			continue;
		rt_output(message(s), sv_str(c->call), sv_str(c->result));
		if (c->answer && !s->want) {
			buf_reset(&s->words);
			s->want = true;
		}
		free(c->result);
		*c = (struct fcall){0};
		flush(s);
	}
}

/*
 * Everything that has to wait for the end of a response passes here. While
 * the caller talks none is asked for: the end of his turn asks again.
 */
static void pump(struct rt_sess *s)
{
	if (s->state != LIVE || s->resp != NONE)
		return;
	send_results(s);
	if (!s->want || s->talking || calls_awaited(s) || s->state != LIVE)
		return;
	s->want = false;
	s->resp = ASKED;
	s->resp_us = s->now_us;
	s->cut_asked = s->fruitful = false;
	s->resp_id[0] = '\0';
	rt_response_create(message(s), s->prm.instructions, buf_get(&s->words),
			   s->words.len > 0);
	flush(s);
}

void rt_sess_ask(struct rt_sess *s, struct sv instructions, int64_t now_us)
{
	s->now_us = now_us;
	s->want = true;
	buf_reset(&s->words);
	buf_sv(&s->words, instructions);
	pump(s);
}

void rt_sess_interrupt(struct rt_sess *s, int64_t now_us)
{
	s->now_us = now_us;
	s->want = false;
	if (s->resp == ACTIVE)
		cancel(s);
	else if (s->resp == ASKED)
		s->cut_asked = true;
}

/* Once more; a second failure in a row is one too many. */
static void retry(struct rt_sess *s, int err, struct sv why)
{
	if (s->retries++) {
		lost(s, err, why);
		return;
	}
	s->want = true;
	pump(s);
}

static void on_created(struct rt_sess *s, const struct rt_event *e)
{
	if (s->resp == ACTIVE || s->resp == ENDING)
		s->ignored++; /* cannot be: we are the only one who asks */
	(void)sv_copy(s->resp_id, sizeof(s->resp_id), e->response);
	s->resp = ACTIVE;
	s->resp_us = s->now_us;
	if (s->cut_asked)
		cancel(s);
	s->cut_asked = false;
}

static const char *const for_good[] = {
	"insufficient_quota",	   "invalid_api_key",
	"account_deactivated",	   "billing_hard_limit_reached",
	"beta_api_shape_disabled",
};

static bool is_for_good(struct sv code)
{
	for (size_t i = 0; i < ARRAY_LEN(for_good); i++)
		if (sv_eq(code, for_good[i]))
			return true;
	return false;
}

static void close_says(struct rt_sess *s, struct sv response);

static void on_done(struct rt_sess *s, const struct rt_event *e)
{
	bool ours = s->resp_id[0] ? sv_eq(e->response, s->resp_id)
				  : s->resp != NONE;

	s->h.usageh(&e->usage, s->h.arg);
	close_says(s, e->response);
	if (!ours || s->state != LIVE) {
		s->ignored++;
		return;
	}
	bool ending = s->resp == ENDING || s->cut_asked;

	s->resp = NONE;
	s->cut_asked = false;
	if (e->status == RT_FAILED && is_for_good(e->code))
		lost(s, -EACCES, e->code);
	else if (e->status == RT_FAILED && !ending)
		retry(s, -EREMOTEIO, e->code.len ? e->code : SV("failed"));
	else if (!ending && !s->fruitful && e->status != RT_CANCELLED)
		retry(s, -EREMOTEIO, SV("a response without a word"));
	else if (s->fruitful)
		s->retries = 0;
	pump(s);
}

/* ---- what it says ---- */

static struct say *say_of(struct rt_sess *s, struct sv item)
{
	for (size_t i = 0; i < RT_SAYS; i++)
		if (s->says[i].id && sv_eq(item, s->says[i].item))
			return &s->says[i];
	return NULL;
}

/* The item's, made when it is new; NULL: of a response that was cut. */
static struct say *say_get(struct rt_sess *s, const struct rt_event *e)
{
	struct say *y = say_of(s, e->item);

	if (s->state != LIVE || is_dropped(s, e->response) || s->cut_asked ||
	    (y && !y->open)) {
		s->ignored++;
		return NULL;
	}
	s->fruitful = true;
	if (y)
		return y;
	y = &s->says[s->nsays % RT_SAYS];
	*y = (struct say){.id = ++s->nsays, .open = true};
	(void)sv_copy(y->item, sizeof(y->item), e->item);
	(void)sv_copy(y->response, sizeof(y->response), e->response);
	return y;
}

static void on_text(struct rt_sess *s, const struct rt_event *e)
{
	struct say *y = say_get(s, e);

	if (!y || (e->kind == RT_TEXT_DONE && y->text))
		return;
	y->text = true;
	s->h.saidh(y->id, e->text, false, s->h.arg);
}

static void on_audio(struct rt_sess *s, const struct rt_event *e)
{
	struct say *y = say_get(s, e);
	size_t n = e->audio.len;

	if (!y)
		return;
	while (n && e->audio.p[n - 1] == '=')
		n--;
	y->got_n += (int64_t)(n * 3 / 4);
	s->h.audioh(y->id, e->audio, s->h.arg);
}

static void close_say(struct rt_sess *s, struct say *y)
{
	if (!y->open)
		return;
	y->open = false;
	if (!is_dropped(s, sv_str(y->response)))
		s->h.saidh(y->id, SV(""), true, s->h.arg);
}

static void close_says(struct rt_sess *s, struct sv response)
{
	for (uint32_t i = s->nsays > RT_SAYS ? s->nsays - RT_SAYS : 0;
	     i < s->nsays; i++) /* in the order of their beginning */
		if (sv_eq(response, s->says[i % RT_SAYS].response))
			close_say(s, &s->says[i % RT_SAYS]);
}

void rt_sess_cut(struct rt_sess *s, uint32_t say, uint32_t heard_n)
{
	struct say *y = say ? &s->says[(say - 1) % RT_SAYS] : NULL;
	int64_t ms;

	if (!y || y->id != say || s->state != LIVE) {
		s->ignored++;
		return;
	}
	y->open = false;
	ms = MIN((int64_t)heard_n, y->got_n) / 8;
	if (ms > 0)
		rt_truncate(message(s), sv_str(y->item), ms);
	else
		rt_delete(message(s), sv_str(y->item));
	flush(s);
}

/* ---- functions ---- */

/* An item that is complete, of a response that nobody cut: each once. */
static void on_call(struct rt_sess *s, const struct rt_event *e)
{
	struct fcall *c = NULL;

	for (size_t i = 0; i < RT_CALLS; i++) {
		if (s->calls[i].id && sv_eq(e->call, s->calls[i].call))
			return;
		if (!s->calls[i].id && !c)
			c = &s->calls[i];
	}
	if (!e->complete || is_dropped(s, e->response) || s->cut_asked) {
		s->ignored++;
		return;
	}
	s->fruitful = true;
	if (!c) { /* it calls for ever */
		lost(s, -EREMOTEIO, SV("too many calls at once"));
		return;
	}
	c->id = ++s->ncalls;
	(void)sv_copy(c->call, sizeof(c->call), e->call);
	s->h.callh(c->id, e->name, e->text, s->h.arg);
}

static char *copy(struct sv s)
{
	char *p = malloc(s.len + 1);

	if (p)
		(void)sv_copy(p, s.len + 1, s);
	return p;
}

void rt_sess_result(struct rt_sess *s, uint32_t ref, struct sv json,
		    bool answer, int64_t now_us)
{
	s->now_us = now_us;
	for (size_t i = 0; i < RT_CALLS; i++) {
		if (!ref || s->calls[i].id != ref || s->calls[i].result)
			continue;
		s->calls[i].result = copy(json);
		s->calls[i].answer = answer;
		if (!s->calls[i].result)
			lost(s, -ENOMEM, SV("no memory"));
	}
	pump(s);
}

static void on_item_done(struct rt_sess *s, const struct rt_event *e)
{
	struct say *y = say_of(s, e->item);

	if (e->function)
		on_call(s, e);
	else if (y)
		close_say(s, y);
}

/* ---- the caller ---- */

static void on_vad(struct rt_sess *s, const struct rt_event *e)
{
	bool began = e->kind == RT_SPEECH_STARTED;
	struct turn *t = &s->turns[s->nturns % RT_TURNS];

	if (began) {
		s->nturns++;
		*t = (struct turn){.start_ms = e->ms, .end_ms = e->ms};
		(void)sv_copy(t->item, sizeof(t->item), e->item);
		s->talk_us = s->now_us;
	} else if (s->nturns) {
		t = &s->turns[(s->nturns - 1) % RT_TURNS];
		t->end_ms = MAX(t->start_ms, e->ms);
	}
	s->talking = began;
	s->h.vadh(began, e->ms, s->h.arg);
	pump(s);
}

static void on_heard(struct rt_sess *s, const struct rt_event *e)
{
	s->h.usageh(&e->usage, s->h.arg);
	for (size_t i = 0; i < RT_TURNS; i++) {
		struct turn *t = &s->turns[i];

		if (!t->item[0] || !sv_eq(e->item, t->item))
			continue;
		s->h.heardh(e->text, t->start_ms, t->end_ms, s->h.arg);
		t->item[0] = '\0';
		return;
	}
	s->ignored++;
}

/* ---- the session ---- */

static void live(struct rt_sess *s)
{
	struct sv left = buf_get(&s->early), line;
	const char *nl;

	s->state = LIVE;
	while (left.len && s->state == LIVE) {
		nl = memchr(left.p, '\n', left.len);
		line = (struct sv){left.p, (size_t)(nl - left.p)};
		s->h.sendh(line, s->h.arg);
		left.p += line.len + 1;
		left.len -= line.len + 1;
	}
	buf_fini(&s->early);
	s->h.readyh(s->h.arg);
	pump(s);
}

/*
 * When it ends, says the provider; a time that cannot be is told by two clocks
 * that differ, and then it lives as long as its documentation says.
 */
static void set_life(struct rt_sess *s, int64_t expires_s)
{
	int64_t life_us = expires_s * 1000 * MS - (s->wall_us + s->now_us);

	if (life_us < LIFE_MIN_MS * MS || life_us > RT_SESSION_MS * MS)
		life_us = RT_SESSION_MS * MS;
	s->end_us = s->now_us + life_us;
	s->old_us = s->end_us - MIN(RT_OLD_MS * MS, life_us / 3);
}

static void on_session(struct rt_sess *s, const struct rt_event *e)
{
	if (s->state == CREATING && e->kind == RT_SESSION_CREATED) {
		set_life(s, e->expires);
		s->state = UPDATING;
		s->since_us = s->now_us;
		rt_session_update(message(s), &s->prm);
		flush(s);
		return;
	}
	if (s->state != UPDATING || e->kind != RT_SESSION_UPDATED) {
		s->ignored++;
		return;
	}
	/* One field that it did not take, and our caller hears noise, or the
	 * provider's default assistant. */
	if (!sv_eq(e->format_in, "audio/pcmu") ||
	    !sv_eq(e->format_out, "audio/pcmu") ||
	    e->tools != (int64_t)s->prm.tools_n)
		lost(s, -EINVAL, SV("it did not take our settings"));
	else
		live(s);
}

void rt_sess_tell(struct rt_sess *s, const char *role, struct sv text)
{
	if (s->state == LOST || !text.len)
		return;
	if (s->state == LIVE) {
		rt_message(message(s), role, text);
		flush(s);
		return;
	}
	rt_message(&s->early, role, text);
	buf_char(&s->early, '\n');
}

static bool is_harmless(const struct rt_event *e)
{
	static const char *const codes[] = {
		"input_audio_buffer_commit_empty",
		"item_retrieve_invalid_item_id",
	};

	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (sv_eq(e->code, codes[i]))
			return true;
	if (e->text.len &&
	    memmem(e->text.p, e->text.len, "already shorter than", 20))
		return true; /* a truncation behind the end */
	return sv_eq(e->event, "truncate") || sv_eq(e->event, "delete");
}

static void on_error(struct rt_sess *s, const struct rt_event *e)
{
	if (is_for_good(e->code)) {
		lost(s, -EACCES, e->code);
	} else if (sv_eq(e->code, "session_expired")) {
		lost(s, -ETIME, e->code);
	} else if (s->state != LIVE) {
		lost(s, -EINVAL, e->text.len ? e->text : e->code);
	} else if (sv_eq(e->code, "response_cancel_not_active")) {
		s->ignored++;
		if (s->resp == ENDING)
			s->resp = NONE;
	} else if (sv_eq(e->code, "conversation_already_has_active_response")) {
		s->ignored++;
		if (s->resp == ASKED) { /* one that we do not know is active */
			s->resp = ACTIVE;
			s->resp_us = s->now_us;
			s->want = !s->cut_asked;
			if (s->cut_asked)
				cancel(s);
		}
	} else if (is_harmless(e)) {
		s->ignored++;
	} else if (sv_eq(e->type, "server_error") ||
		   sv_eq(e->event, "create")) {
		if (s->resp == ASKED) {
			s->resp = NONE;
			retry(s, -EREMOTEIO, e->text);
		}
	} else if (++s->errors >= ERRORS_MAX) {
		lost(s, -EREMOTEIO, e->text);
	}
	pump(s);
}

static void take(struct rt_sess *s, const struct rt_event *e)
{
	if (e->response.len && sv_eq(e->response, s->resp_id))
		s->resp_us = s->now_us;
	switch (e->kind) {
	case RT_SESSION_CREATED:
	case RT_SESSION_UPDATED:
		on_session(s, e);
		break;
	case RT_SPEECH_STARTED:
	case RT_SPEECH_STOPPED:
		on_vad(s, e);
		break;
	case RT_COMMITTED:
		s->talking = false;
		s->h.turnh(s->h.arg);
		pump(s);
		break;
	case RT_HEARD:
		on_heard(s, e);
		break;
	case RT_RESPONSE_CREATED:
		on_created(s, e);
		break;
	case RT_ITEM_DONE:
		on_item_done(s, e);
		break;
	case RT_AUDIO:
		on_audio(s, e);
		break;
	case RT_TEXT:
	case RT_TEXT_DONE:
		on_text(s, e);
		break;
	case RT_RESPONSE_DONE:
		on_done(s, e);
		break;
	case RT_ERROR:
		on_error(s, e);
		break;
	case RT_ITEM_ADDED:
	case RT_AUDIO_DONE:
	case RT_HEARD_FAILED:
	case RT_OTHER:
		break;
	}
}

void rt_sess_recv(struct rt_sess *s, struct sv msg, int64_t now_us)
{
	struct rt_event e;

	s->now_us = MAX(s->now_us, now_us);
	if (s->state == LOST || s->state == OPENING)
		return;
	if (rt_parse(&e, msg)) {
		if (++s->errors >= ERRORS_MAX)
			lost(s, -EREMOTEIO, SV("messages that are not JSON"));
		return;
	}
	take(s, &e);
	rt_event_fini(&e);
}

/* ---- deadlines ---- */

static int64_t resp_due_us(const struct rt_sess *s)
{
	static const int ms[] = {
		[ASKED] = RT_ASKED_MS,
		[ACTIVE] = RT_PROGRESS_MS,
		[ENDING] = RT_ENDING_MS,
	};

	return s->resp == NONE ? INT64_MAX : s->resp_us + ms[s->resp] * MS;
}

int64_t rt_sess_next_us(const struct rt_sess *s)
{
	switch (s->state) {
	case CREATING:
		return s->since_us + RT_CREATED_MS * MS;
	case UPDATING:
		return s->since_us + RT_UPDATED_MS * MS;
	case LIVE:
		break;
	case OPENING:
	case LOST:
		return INT64_MAX;
	}
	return MIN(MIN(resp_due_us(s), s->old ? s->end_us : s->old_us),
		   s->talking ? s->talk_us + RT_TALKING_MS * MS : INT64_MAX);
}

static void resp_late(struct rt_sess *s)
{
	if (s->resp == ENDING) { /* it will not tell any more */
		s->resp = NONE;
		pump(s);
	} else if (s->resp == ASKED) {
		s->resp = NONE;
		retry(s, -ETIMEDOUT, SV("no response.created"));
	} else {
		bool again = !s->fruitful && !s->retries;

		s->retries++;
		cancel(s);
		s->want = again;
		if (!again)
			lost(s, -ETIMEDOUT, SV("a response that stands still"));
	}
}

void rt_sess_tick(struct rt_sess *s, int64_t now_us)
{
	s->now_us = MAX(s->now_us, now_us);
	if (rt_sess_next_us(s) > s->now_us)
		return;
	if (s->state == CREATING) {
		lost(s, -ETIMEDOUT, SV("no session.created"));
	} else if (s->state == UPDATING) {
		lost(s, -ETIMEDOUT, SV("no session.updated"));
	} else if (s->now_us >= s->end_us) {
		lost(s, -ETIME, SV("the session's time is over"));
	} else if (!s->old && s->now_us >= s->old_us) {
		s->old = true;
		if (s->h.oldh)
			s->h.oldh(s->h.arg);
	} else if (resp_due_us(s) <= s->now_us) {
		resp_late(s);
	} else {
		s->talking = false;
		pump(s);
	}
}
