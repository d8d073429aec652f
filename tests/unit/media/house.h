/*
 * house: one call of a media worker in virtual time. Session, engine, dialog,
 * script, play queue, store, backlog and memo are the real ones; the clock,
 * the timers, the carrier's socket and the database's answers are the test's
 * (linked around: tools/rules.mk), the recogniser and the voice are a provider
 * of its own. A statement that hangs ends at its deadline, as io/pg.h
 * promises. Sockets are real where a test opens some.
 */
#ifndef TESTS_UNIT_MEDIA_HOUSE_H
#define TESTS_UNIT_MEDIA_HOUSE_H

#include "tests/unit/dialog/talk.h"
#include "tests/unit/io/peer.h"

#include <uv.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"
#include "io/backlog.h"
#include "io/memo.h"
#include "io/wsc.h"
#include "media/session.h"
#include "media/waits.h"
#include "proto/stream_token.h"

enum {
	HOUSE_TIMERS = 64,
	HOUSE_ASKED = 64,
	HOUSE_MARKS = 64,
	HOUSE_SESSIONS = 16,
	HOUSE_ANSWER_MS = 3, /* of a database that is well */
	HOUSE_CHAR_N = 400,  /* 50 ms of speech a character */
};

#define HOUSE_SECRET "0123456789abcdef0123456789abcdef"

/* A statement under way. */
struct house_asked {
	char fn[32];
	char *json;
	int64_t due_us; /* 0: the place is free */
	bool hangs;
	pg_h *h;
	void *arg;
};

/* What we are given by the timer_ functions. */
struct house_timer {
	int64_t at_us; /* INT64_MAX: stopped */
	int every_ms;
	loop_h *h;
	void *arg;
	bool used;
};

struct house_mark {
	char name[PLAYQ_MARK_MAX];
	int64_t at_us; /* 0: free */
};

struct speech_sess {
	struct speech_handlers h;
	unsigned caps;
	bool used;
	int64_t from_n, next_n; /* what it heard; from_n -1: nothing */
	int64_t sound_n;	/* behind the last of it that was no silence */
	uint32_t granted_n;
	struct {
		uint32_t utt, left_n;
	} says[8]; /* left_n 0: free */
};

static struct {
	int64_t now_us, dialed_us;
	struct house_timer timers[HOUSE_TIMERS];
	struct house_asked asked[HOUSE_ASKED];
	struct house_mark marks[HOUSE_MARKS];
	struct speech_sess sessions[HOUSE_SESSIONS];
	struct buf log;	  /* a line for each thing that happened */
	struct sv answer; /* what pg_value() gives */

	/* the test's choices */
	const char *hangs; /* a function of the desk that does not answer */
	const char *tool_answer;
	const char *model;    /* of the call; NULL: the script talks */
	bool ears_away;	      /* no recogniser can be opened */
	char *stt, *echo;     /* of the node's configuration */
	const char *defaults; /* more of the script's, with a comma */

	struct config cfg;
	struct media_counts counts;
	struct loop *loop;
	struct media *media;
	struct backlog *backlog;
	struct memo *memo;
	struct dns *dns;
	struct wsc_env *net;
	char dir[64];
	char *script;

	/* the carrier */
	struct web_sock_handlers h;
	struct session *s;
	bool open, loud;
	int closed; /* our close code */
	unsigned sent, got;
	int64_t play_us;
} house;

/* ---- the clock ---- */

int64_t __wrap_clock_mono_us(void);
int64_t __wrap_clock_mono_us(void)
{
	return house.now_us;
}

int64_t __wrap_clock_wall_us(void);
int64_t __wrap_clock_wall_us(void)
{
	return TALK_NOW * 1000 + house.now_us;
}

static inline int house_ms(void)
{
	return (int)((house.now_us - house.dialed_us) / 1000);
}

static inline void house_note(const char *what, struct sv text)
{
	buf_printf(&house.log, "%d %s%s%.*s\n", house_ms(), what,
		   text.len ? " " : "", SV_ARG(text));
}

int __wrap_timer_new(struct timer **out, struct loop *l, loop_h *h, void *arg);
int __wrap_timer_new(struct timer **out, struct loop *l, loop_h *h, void *arg)
{
	(void)l;
	for (size_t i = 0; i < HOUSE_TIMERS; i++) {
		if (house.timers[i].used)
			continue;
		house.timers[i] = (struct house_timer){
			.at_us = INT64_MAX, .h = h, .arg = arg, .used = true};
		*out = (struct timer *)&house.timers[i];
		return 0;
	}
	return -ENOMEM;
}

void __wrap_timer_at(struct timer *t, int64_t at_us);
void __wrap_timer_at(struct timer *t, int64_t at_us)
{
	((struct house_timer *)t)->at_us = at_us;
	((struct house_timer *)t)->every_ms = 0;
}

void __wrap_timer_every(struct timer *t, int ms);
void __wrap_timer_every(struct timer *t, int ms)
{
	((struct house_timer *)t)->at_us = house.now_us + ms * 1000;
	((struct house_timer *)t)->every_ms = ms;
}

void __wrap_timer_stop(struct timer *t);
void __wrap_timer_stop(struct timer *t)
{
	((struct house_timer *)t)->at_us = INT64_MAX;
}

struct timer *__wrap_timer_free(struct timer *t);
struct timer *__wrap_timer_free(struct timer *t)
{
	if (t)
		((struct house_timer *)t)->used = false;
	return NULL;
}

static inline struct house_timer *house_next(void)
{
	struct house_timer *t = NULL, *i;

	for (i = house.timers; i < house.timers + HOUSE_TIMERS; i++)
		if (i->used && (!t || i->at_us < t->at_us))
			t = i;
	return t && t->at_us != INT64_MAX ? t : NULL;
}

static inline void house_turn(void)
{
	for (int i = 0; i < 3; i++)
		uv_run(loop_uv(house.loop), UV_RUN_NOWAIT);
}

/* ---- the database ---- */

int __wrap_pg_call(struct pg *p, const char *sql, int nparams,
		   const char *const *params, int timeout_ms, bool wait_down,
		   pg_h *h, void *arg);
int __wrap_pg_call(struct pg *p, const char *sql, int nparams,
		   const char *const *params, int timeout_ms, bool wait_down,
		   pg_h *h, void *arg)
{
	struct house_asked *a = house.asked;

	(void)p, (void)wait_down;
	assert_int_equal(1, nparams);
	while (a->due_us)
		assert_true(++a < house.asked + HOUSE_ASKED);
	*a = (struct house_asked){.h = h, .arg = arg, .json = strdup(*params)};
	assert_int_equal(1, sscanf(sql, "select desk.%31[a-z_]", a->fn));
	a->hangs = house.hangs && !strcmp(a->fn, house.hangs);
	a->due_us =
		house.now_us + (a->hangs ? timeout_ms : HOUSE_ANSWER_MS) * 1000;
	return 0;
}

bool __wrap_pg_up(const struct pg *p);
bool __wrap_pg_up(const struct pg *p)
{
	(void)p;
	return true;
}

struct sv __wrap_pg_value(const struct pg_result *r, int row, int col,
			  bool *null);
struct sv __wrap_pg_value(const struct pg_result *r, int row, int col,
			  bool *null)
{
	(void)r, (void)row, (void)col;
	*null = !house.answer.len;
	return house.answer;
}

static inline void house_script(struct buf *out)
{
	static const char key[] = "\"defaults\": {";
	char *at = strstr(house.script, key);

	assert_non_null(at);
	at += sizeof(key) - 1;
	buf_add(out, house.script, (size_t)(at - house.script));
	buf_str(out, house.defaults ? house.defaults : "");
	buf_str(out, at);
}

static inline int house_context(struct buf *out, struct sv call, unsigned no,
				void *arg)
{
	(void)call, (void)arg;
	buf_str(out, "{\"script\":");
	house_script(out);
	buf_printf(out, ",\"context\":%s,\"stream_no\":%u", talk_context, no);
	if (house.model)
		buf_printf(out, ",\"model\":%s", house.model);
	buf_char(out, '}');
	return out->err;
}

/* Answers what is due. */
static inline void house_answer(struct house_asked *a)
{
	struct house_asked now = *a;
	struct pg_result r = {.rows = 1, .cols = 1};
	struct buf b;

	*a = (struct house_asked){.due_us = 0};
	buf_init(&b, 0);
	if (now.hangs)
		r = (struct pg_result){.err = -ETIMEDOUT};
	else if (!strcmp(now.fn, "stream_begin"))
		house_context(&b, SV(""), 1, NULL);
	else if (!strcmp(now.fn, "tool"))
		buf_str(&b, house.tool_answer);
	house.answer = buf_get(&b);
	buf_printf(&house.log, "%d %s %s %s\n", house_ms(),
		   now.hangs ? "LATE" : "TOLD", now.fn, now.json);
	now.h(&r, now.arg);
	house.answer = (struct sv){0};
	buf_fini(&b);
	free(now.json);
}

static inline struct house_asked *house_due(void)
{
	struct house_asked *a, *first = NULL;

	for (a = house.asked; a < house.asked + HOUSE_ASKED; a++)
		if (a->due_us && (!first || a->due_us < first->due_us))
			first = a;
	return first;
}

/** Lets ms pass. */
static inline void house_run(int ms)
{
	int64_t to_us = house.now_us + ms * 1000, at_us;
	struct house_asked *a;
	struct house_timer *t;

	for (;;) {
		house_turn();
		t = house_next();
		a = house_due();
		at_us = MIN(t ? t->at_us : INT64_MAX,
			    a ? a->due_us : INT64_MAX);
		if (at_us > to_us)
			break;
		house.now_us = MAX(house.now_us, at_us);
		if (a && a->due_us == at_us) {
			house_answer(a);
			continue;
		}
		t->at_us = t->every_ms ? at_us + t->every_ms * 1000 : INT64_MAX;
		t->h(t->arg);
	}
	house.now_us = to_us;
}

/* ---- a provider: hears what the test says, speaks a byte a sample ---- */

static inline int house_start(struct speech_env **out,
			      const struct speech_host *host)
{
	(void)host;
	*out = (struct speech_env *)&house;
	return 0;
}

static inline void house_stop(struct speech_env *e)
{
	(void)e;
}

static inline const char *house_hears(struct speech_env *e)
{
	(void)e;
	return "en";
}

static inline int house_open(struct speech_sess **out, struct speech_env *e,
			     const struct speech_prm *prm,
			     const struct speech_handlers *h)
{
	struct speech_sess *s = house.sessions;

	(void)e;
	if (prm->caps == SPEECH_STT && house.ears_away)
		return -EAGAIN;
	while (s->used)
		assert_true(++s < house.sessions + HOUSE_SESSIONS);
	*s = (struct speech_sess){
		.h = *h, .caps = prm->caps, .used = true, .from_n = -1};
	if (prm->caps == SPEECH_STT)
		house_note("HEAR", SV(""));
	*out = s;
	return 0;
}

static inline int house_hear(struct speech_sess *s, const struct frame *f)
{
	if (s->from_n < 0)
		s->from_n = s->next_n = f->at_n;
	s->next_n = f->at_n + f->n;
	for (size_t i = 0; i < f->len; i++)
		if (f->data[i] != ULAW_SILENCE)
			s->sound_n = f->at_n + (int64_t)i + 1;
	return 0;
}

static inline void house_expect(struct speech_sess *s,
				const struct speech_expect *e)
{
	(void)s, (void)e;
}

static inline int house_say(struct speech_sess *s, uint32_t utt, struct sv text,
			    struct sv lang)
{
	(void)lang;
	house_note("SAY", text);
	for (size_t i = 0; i < ARRAY_LEN(s->says); i++) {
		if (s->says[i].left_n)
			continue;
		s->says[i].utt = utt;
		s->says[i].left_n = (uint32_t)text.len * HOUSE_CHAR_N;
		return 0;
	}
	fail_msg("too much to say at once");
	return -ENOSPC;
}

static inline void house_grant(struct speech_sess *s, uint32_t n)
{
	s->granted_n += n;
}

static inline void house_cancel(struct speech_sess *s, uint32_t utt)
{
	for (size_t i = 0; i < ARRAY_LEN(s->says); i++)
		if (s->says[i].utt <= utt)
			s->says[i].left_n = 0;
}

static inline void house_gone(void *arg)
{
	struct speech_sess *s = arg;

	s->used = false;
	s->h.closedh(0, s->h.arg);
}

static inline void house_shut(struct speech_sess *s)
{
	assert_int_equal(0, loop_defer(house.loop, house_gone, s));
}

static const struct speech house_speech = {
	.name = "local",
	.caps = SPEECH_STT | SPEECH_TTS | SPEECH_VAD,
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.start = house_start,
	.stop = house_stop,
	.hears = house_hears,
	.open = house_open,
	.send_audio = house_hear,
	.expect = house_expect,
	.say = house_say,
	.grant = house_grant,
	.cancel = house_cancel,
	.close = house_shut,
};

const struct speech *__real_speech_find(struct sv name);
const struct speech *__wrap_speech_find(struct sv name);
const struct speech *__wrap_speech_find(struct sv name)
{
	return sv_eq(name, "local") ? &house_speech : __real_speech_find(name);
}

/** The session with caps; NULL: none. */
static inline struct speech_sess *house_sess(unsigned caps)
{
	for (size_t i = 0; i < HOUSE_SESSIONS; i++)
		if (house.sessions[i].used && house.sessions[i].caps == caps)
			return &house.sessions[i];
	return NULL;
}

/** The recogniser dies and none can be opened until ears_away is false. */
static inline void house_deafen(void)
{
	struct speech_sess *s = house_sess(SPEECH_STT);

	assert_non_null(s);
	house.ears_away = true;
	s->used = false;
	house_note("DEAF", SV(""));
	s->h.closedh(-ECONNRESET, s->h.arg);
}

/* The next piece of what is to be said, twice as fast as it is played. */
static inline void house_speak(struct speech_sess *s)
{
	size_t at = ARRAY_LEN(s->says), i;
	uint8_t b[2 * TEL_FRAME_N];
	struct frame f = {b, 0, 0, 0, CODEC_ULAW};
	uint32_t n;

	for (i = 0; i < ARRAY_LEN(s->says); i++)
		if (s->says[i].left_n && (at == ARRAY_LEN(s->says) ||
					  s->says[i].utt < s->says[at].utt))
			at = i;
	if (at == ARRAY_LEN(s->says))
		return;
	n = MIN(MIN(s->says[at].left_n, s->granted_n), (uint32_t)sizeof(b));
	if (!n)
		return;
	memset(b, 0x90, n);
	f.n = n;
	f.len = n;
	s->says[at].left_n -= n;
	s->granted_n -= n;
	s->h.audioh(s->says[at].utt, &f, NULL, 0, !s->says[at].left_n, 0,
		    s->h.arg);
}

/** He says text for ms from now on; its text is there 700 ms later. */
static inline void house_talk(int ms, const char *text)
{
	int64_t from_n, to_n;
	struct speech_sess *s;

	house.loud = true;
	from_n = near_end_n(house.s->near);
	house_run(200);
	s = house_sess(SPEECH_STT);
	assert_non_null(s);
	s->h.vadh(SPEECH_BEGAN, from_n, s->h.arg);
	house_run(ms - 200);
	house.loud = false;
	to_n = near_end_n(house.s->near);
	house_run(600);
	s->h.vadh(SPEECH_ENDED, to_n, s->h.arg);
	house_run(100);
	s->h.texth(&(struct speech_text){.start_n = from_n,
					 .end_n = to_n,
					 .text = sv_str(text),
					 .lang = SV("en"),
					 .source = SPEECH_FREE,
					 .final = true},
		   s->h.arg);
}

/* ---- the carrier ---- */

#define HOUSE_SOCK ((struct web_sock *)&house.open)

static inline void house_tells(const char *json)
{
	if (house.open)
		house.h.recvh(HOUSE_SOCK, sv_str(json), false, house.h.arg);
}

static inline void house_mark_out(struct sv msg)
{
	struct house_mark *m = house.marks;
	struct sv mark, name;

	assert_int_equal(0, js_get(msg, "mark", &mark));
	assert_int_equal(0, js_get(mark, "name", &name));
	while (m->at_us)
		assert_true(++m < house.marks + HOUSE_MARKS);
	sv_copy(m->name, sizeof(m->name), name);
	m->at_us = MAX(house.play_us, house.now_us) + 1;
}

int __wrap_web_sock_send(struct web_sock *s, struct sv msg, bool binary);
int __wrap_web_sock_send(struct web_sock *s, struct sv msg, bool binary)
{
	struct sv event;

	(void)s;
	assert_false(binary);
	assert_true(house.open);
	assert_int_equal(0, js_get(msg, "event", &event));
	if (sv_eq(event, "media")) {
		house.got++;
		house.play_us = MAX(house.play_us, house.now_us) + 20000;
	} else if (sv_eq(event, "mark")) {
		house_mark_out(msg);
	} else {
		house_note("CLEAR", SV(""));
		house.play_us = house.now_us;
	}
	return 0;
}

static inline void house_hung_up(void *arg)
{
	(void)arg;
	house.h.closedh(HOUSE_SOCK, house.closed, house.h.arg);
}

void __wrap_web_sock_close(struct web_sock *s, int code);
void __wrap_web_sock_close(struct web_sock *s, int code)
{
	char text[16];

	(void)s;
	if (!house.open)
		return;
	house.open = false;
	house.closed = code;
	snprintf(text, sizeof(text), "%d", code);
	house_note("CLOSE", sv_str(text));
	assert_int_equal(0, loop_defer(house.loop, house_hung_up, NULL));
}

void __wrap_web_sock_hold(struct web_sock *s);
void __wrap_web_sock_hold(struct web_sock *s)
{
	(void)s;
}

void __wrap_web_sock_release(struct web_sock *s);
void __wrap_web_sock_release(struct web_sock *s)
{
	(void)s;
}

static inline void house_returns(struct house_mark *m)
{
	char json[160];

	snprintf(json, sizeof(json),
		 "{\"event\":\"mark\",\"streamSid\":\"MZ1\",\"mark\":{"
		 "\"name\":\"%s\"}}",
		 m->name);
	m->at_us = 0;
	house_tells(json);
}

/* The carrier's clock, and the voice's. */
static inline void house_tick(void *arg)
{
	char json[512], b64[B64_LEN(TEL_FRAME_N) + 1];
	uint8_t b[TEL_FRAME_N];
	struct speech_sess *voice = house_sess(SPEECH_TTS);

	(void)arg;
	for (size_t i = 0; i < sizeof(b); i++) /* a noise, or silence */
		b[i] = house.loud ? (uint8_t)(0x90 | (i * 37 & 0x8f)) : 0xff;
	b64[b64_encode(b64, b, sizeof(b))] = '\0';
	snprintf(json, sizeof(json),
		 "{\"event\":\"media\",\"streamSid\":\"MZ1\",\"media\":{"
		 "\"track\":\"inbound\",\"timestamp\":\"%u\",\"payload\":"
		 "\"%s\"}}",
		 house.sent++ * 20, b64);
	house_tells(json);
	for (size_t i = 0; i < HOUSE_MARKS; i++)
		if (house.marks[i].at_us &&
		    house.marks[i].at_us <= house.now_us)
			house_returns(&house.marks[i]);
	if (voice)
		house_speak(voice);
}

/* ---- a test ---- */

/** The carrier's socket is open; nothing was said yet. */
static inline void house_dial(void)
{
	assert_int_equal(0,
			 media_accept(house.media, carrier_find(SV("twilio")),
				      SV("abc"), &house.h));
	house.s = house.h.arg;
	house.dialed_us = house.now_us;
	house.open = true;
	media_opened(HOUSE_SOCK, house.h.arg);
}

/** The start message; from now on there is audio. */
static inline void house_begin(void)
{
	static struct timer *tick;
	struct buf token, b;

	buf_init(&token, 0);
	buf_init(&b, 0);
	assert_int_equal(0,
			 stream_token_make(&token, SV(HOUSE_SECRET), SV("abc"),
					   SV("call-1"), SV("business-1"),
					   clock_wall_us() / 1000000 + 60));
	buf_printf(&b,
		   "{\"event\":\"start\",\"streamSid\":\"MZ1\",\"start\":{"
		   "\"accountSid\":\"AC1\",\"callSid\":\"CA1\","
		   "\"customParameters\":{\"token\":\"%.*s\"}}}",
		   SV_ARG(buf_get(&token)));
	buf_char(&b, '\0');
	house_tells(b.p);
	buf_fini(&token);
	buf_fini(&b);
	assert_int_equal(0, timer_new(&tick, house.loop, house_tick, NULL));
	timer_every(tick, 20);
}

/* The log, for who has to find out. */
static inline void house_show(void)
{
	for (char *p = house.log.p, *end; p && *p; p = end + 1) {
		end = strchr(p, '\n');
		fprintf(stderr, "%.*s\n", (int)MIN(end - p, 110), p);
	}
}

/** What stands in the log behind from; fails unless it does. */
static inline const char *house_said(const char *from, const char *what)
{
	const char *at;

	buf_char(&house.log, '\0');
	house.log.len--;
	at = strstr(from ? from : house.log.p, what);
	if (!at) {
		house_show();
		fail_msg("no \"%s\" there", what);
	}
	return at;
}

/** Is it there? Nothing fails. */
static inline bool house_has(const char *what)
{
	return house.log.len &&
	       memmem(house.log.p, house.log.len, what, strlen(what));
}

/** How often a row of the worker's table passed, by its metric. */
static inline unsigned house_fired(const char *row)
{
	const struct timer_row *r;

	for (size_t i = 0; (r = waits_table(i)); i++)
		if (!strcmp(r->name, row))
			return (unsigned)counts_get(&house.counts.timers[i]);
	fail_msg("no row %s", row);
	return 0;
}

static inline void house_media(void)
{
	static char rms[] = "rms", local[] = "local", script[] = "script",
		    off[] = "off", node[] = "node-1";
	struct media_prm prm = {
		.loop = house.loop,
		.cfg = &house.cfg,
		.stream_secret = SV(HOUSE_SECRET),
		.net = house.net,
		.counts = &house.counts,
		.backlog = house.backlog,
		.memo = house.memo,
		.awayh = house_context,
	};

	house.cfg.node.name = node;
	house.cfg.speech.voice = rms;
	house.cfg.speech.stt = house.stt ? house.stt : local;
	house.cfg.speech.tts = local;
	house.cfg.assistant.kind = script;
	house.cfg.media.echo = house.echo ? house.echo : off;
	house.cfg.media.send_ahead_ms = 120;
	house.cfg.media.max_call_s = 600;
	assert_int_equal(0, media_new(&house.media, &prm));
}

static inline int house_setup(void **state)
{
	(void)state;
	memset(&house, 0, sizeof(house));
	house.now_us = house.dialed_us = 1000000;
	buf_init(&house.log, 0);
	house.script = talk_script(TALK_SCRIPT);
	snprintf(house.dir, sizeof(house.dir), "/tmp/nightbell-house-XXXXXX");
	assert_non_null(mkdtemp(house.dir));
	assert_int_equal(0, loop_new(&house.loop));
	assert_int_equal(0, memo_open(&house.memo, house.dir));
	assert_int_equal(
		0, backlog_new(&house.backlog,
			       &(struct backlog_prm){.loop = house.loop,
						     .dir = house.dir,
						     .sql = "select "
							    "desk.later($1)"}));
	return 0;
}

static inline int house_teardown(void **state)
{
	char path[128];

	(void)state;
	house.hangs = NULL;
	if (house.open && house.s) { /* the caller hangs up */
		house.open = false;
		house.h.closedh(HOUSE_SOCK, 1000, house.h.arg);
	}
	house_run(40000);
	media_cut(house.media);
	house_run(12000);
	assert_int_equal(0, media_calls(house.media));
	house.media = media_free(house.media);
	house_run(2000);
	house.backlog = backlog_free(house.backlog);
	house.memo = memo_close(house.memo);
	house.net = wsc_env_free(house.net);
	house.dns = dns_free(house.dns);
	house_turn();
	house.loop = loop_free(house.loop);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", house.dir,
			 i ? "memo" : "backlog");
		unlink(path);
	}
	rmdir(house.dir);
	free(house.script);
	buf_fini(&house.log);
	return 0;
}

#endif
