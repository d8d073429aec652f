/*
 * A model that talks with the caller for longer than one of its sessions may
 * live: another one takes over in a quiet moment, knows what was said and
 * done, and the caller notices nothing. When none can be had the script goes
 * on as ever. Whole calls in virtual time (house.h) with a provider that does
 * what the test says.
 */
#include "house.h"

#include "s2s.h"

enum { SIDES = 8, READY_MS = 300, THINK_MS = 100 };

struct s2s_sess {
	struct s2s_handlers h;
	struct timer *timer; /* it is ready, then it talks */
	struct buf told;     /* a line each */
	bool ready, closed, instructed;
	uint32_t items, refs;
	char says[400]; /* item "items", being said */
	size_t left_n;
	uint32_t granted_n;
	int64_t from_n; /* of its first frame; -1 none */
	unsigned asks;
};

static struct {
	struct s2s_sess v[SIDES];
	unsigned n, tries;
	int err;	  /* of open() */
	const char *says; /* when it is asked */
	bool busy;	  /* idle() says no */
} model;

static struct s2s_sess *sess(unsigned i)
{
	assert_true(i < model.n);
	return &model.v[i];
}

static void on_timer(void *arg)
{
	struct s2s_sess *m = arg;
	uint8_t b[2 * TEL_FRAME_N];
	size_t n = MIN(MIN(m->left_n, (size_t)m->granted_n), sizeof(b));

	if (!m->ready) {
		m->ready = true;
		timer_every(m->timer, 20);
		m->h.readyh(m->h.arg);
	} else if (m->says[0] && !m->left_n) {
		m->h.beginh(++m->items, m->h.arg);
		m->left_n = strlen(m->says) * HOUSE_CHAR_N;
		m->h.saidh(m->items, sv_str(m->says), (uint32_t)m->left_n, true,
			   m->h.arg);
		m->says[0] = '\0';
	} else if (n) {
		memset(b, 0x90, n);
		m->left_n -= n;
		m->granted_n -= (uint32_t)n;
		m->h.audioh(m->items, b, n, !m->left_n, m->h.arg);
	}
}

static int model_start(struct s2s_env **out, const struct speech_host *host)
{
	(void)host;
	*out = (struct s2s_env *)&model;
	return 0;
}

static void model_stop(struct s2s_env *e)
{
	(void)e;
}

static int model_new(struct s2s_sess **out, struct s2s_env *env,
		     const struct s2s_prm *prm, const struct s2s_handlers *h)
{
	struct s2s_sess *m = &model.v[model.n];

	(void)env;
	model.tries++;
	house_note("OPEN", SV(""));
	if (model.err)
		return model.err;
	assert_true(++model.n < SIDES);
	*m = (struct s2s_sess){.h = *h, .from_n = -1};
	buf_init(&m->told, 0);
	m->instructed = memmem(prm->instructions.p, prm->instructions.len,
			       "Harbor Heating", 14) &&
			prm->functions_n > 3;
	assert_int_equal(0, timer_new(&m->timer, house.loop, on_timer, m));
	timer_at(m->timer, house.now_us + READY_MS * 1000);
	*out = m;
	return 0;
}

static int model_hear(struct s2s_sess *m, const struct frame *f)
{
	assert_false(m->closed);
	if (m->from_n < 0)
		m->from_n = f->at_n;
	return 0;
}

static void model_tell(struct s2s_sess *m, const char *role, struct sv text)
{
	buf_printf(&m->told, "%s: %.*s\n", role, SV_ARG(text));
}

static void model_ask(struct s2s_sess *m, struct sv text)
{
	(void)text;
	m->asks++;
	assert_false(m->closed);
	snprintf(m->says, sizeof(m->says), "%s", model.says);
}

static void model_answer(struct s2s_sess *m, uint32_t ref, struct sv json,
			 bool answer)
{
	assert_int_equal(m->refs, ref);
	house_note("RESULT", json);
	if (answer)
		model_ask(m, SV(""));
}

static void model_interrupt(struct s2s_sess *m)
{
	m->left_n = 0;
	m->says[0] = '\0';
}

static void model_cut(struct s2s_sess *m, uint32_t item, uint32_t heard_n)
{
	(void)heard_n;
	assert_true(item <= m->items);
}

static void model_more_room(struct s2s_sess *m, uint32_t n)
{
	m->granted_n += n;
}

static bool model_idle(const struct s2s_sess *m)
{
	return !model.busy && !m->left_n && !m->says[0];
}

static void model_over(void *arg)
{
	struct s2s_sess *m = arg;

	m->h.closedh(0, SV("closed"), m->h.arg);
}

static void model_shut(struct s2s_sess *m)
{
	if (m->closed)
		return;
	m->closed = true;
	m->timer = timer_free(m->timer);
	house_note("SHUT", SV(""));
	assert_int_equal(0, loop_defer(house.loop, model_over, m));
}

/* The provider ends it. */
static void model_dies(struct s2s_sess *m, int err)
{
	m->closed = true;
	m->timer = timer_free(m->timer);
	m->h.closedh(err, SV("session_expired"), m->h.arg);
}

static const struct s2s test_s2s = {
	.name = "test",
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.start = model_start,
	.stop = model_stop,
	.open = model_new,
	.send_audio = model_hear,
	.tell = model_tell,
	.ask = model_ask,
	.result = model_answer,
	.interrupt = model_interrupt,
	.cut = model_cut,
	.grant = model_more_room,
	.idle = model_idle,
	.close = model_shut,
};

const struct s2s *const s2s_all[] = {&test_s2s, NULL};

const struct s2s *s2s_find(struct sv name)
{
	return sv_eq(name, "test") ? &test_s2s : NULL;
}

/* ---- the caller ---- */

/* He says text to session i for a second; it is over 900 ms later. */
static void says(unsigned i, const char *text)
{
	struct speech_text t = {.text = sv_str(text),
				.lang = SV("en"),
				.source = SPEECH_FREE,
				.final = true};
	struct speech_sess *ours = house_sess(SPEECH_STT);

	house.loud = true;
	t.start_n = near_end_n(house.s->near);
	house_run(200);
	ours->h.vadh(SPEECH_BEGAN, t.start_n, ours->h.arg);
	house_run(800);
	house.loud = false;
	t.end_n = near_end_n(house.s->near);
	house_run(500);
	sess(i)->h.turnh(t.end_n, sess(i)->h.arg);
	sess(i)->h.texth(&t, sess(i)->h.arg);
	house_run(200);
	ours->h.vadh(SPEECH_ENDED, t.end_n, ours->h.arg);
	house_run(100);
	ours->h.texth(&t, ours->h.arg);
	house_run(100);
}

static void begin(void)
{
	memset(&model, 0, sizeof(model));
	model.says = "I have a time at ten.";
	house.model = "{\"name\":\"test\",\"left_ucents\":1000000000}";
	house.tool_answer = "{\"ok\":true,\"slots\":[{\"start\":\"10:00\"}]}";
	house_media();
	house_dial();
	house_begin();
	house_run(12000); /* our voice has greeted */
	assert_true(sess(0)->ready && sess(0)->instructed);
}

/* As begin(), and he has said what he needs. */
static void talk(void)
{
	begin();
	says(0, "my furnace is broken");
	house_run(3000);
	assert_int_equal(1, sess(0)->asks);
}

static void grows_old(unsigned i)
{
	sess(i)->h.oldh(sess(i)->h.arg);
}

static uint64_t renewed(void)
{
	return counts_get(&house.counts.model_renewed);
}

static uint64_t lost(void)
{
	return counts_get(&house.counts.model_lost);
}

static const char *told(unsigned i)
{
	buf_char(&sess(i)->told, '\0');
	sess(i)->told.len--;
	return sess(i)->told.p;
}

/* Where in what was told; fails when it is not there behind from. */
static const char *after(const char *from, const char *what)
{
	const char *at = strstr(from, what);

	if (!at)
		fail_msg("no \"%s\" in\n%s", what, from);
	return at + strlen(what);
}

/* ---- tests ---- */

static void test_takes_over(void **state)
{
	const char *at;
	size_t log_len;
	int64_t now_n;

	(void)state;
	talk();
	log_len = house.log.len;
	grows_old(0);
	house_run(READY_MS + 60);
	assert_int_equal(2, model.n);
	assert_true(sess(1)->ready && sess(1)->instructed);
	assert_true(sess(0)->closed);
	assert_int_equal(1, renewed());
	at = after(told(1), "assistant: Thank you for calling Harbor Heating");
	at = after(at, "assistant: How can I help?\n");
	at = after(at, "user: my furnace is broken\n");
	at = after(at, "assistant: I have a time at ten.\n");
	at = after(at, "system: This call has been going on");
	assert_null(strstr(at, "assistant:"));
	/* it hears what he says from now on, and half a second before it */
	now_n = near_end_n(house.s->near);
	assert_in_range(sess(1)->from_n, now_n - 4800, now_n - 3200);
	/* the caller was not told a word */
	assert_null(strstr(house.log.p + log_len, "SAY"));
	assert_int_equal(0, lost());

	model.says = "You are booked.";
	says(1, "yes that is fine");
	house_run(3000);
	assert_int_equal(1, sess(0)->asks);
	assert_int_equal(1, sess(1)->asks);
	assert_int_equal(1, sess(1)->items);
	at = house_said(NULL, "\"heard\":\"I have a time at ten.\"");
	at = house_said(at, "\"text\":\"yes that is fine\"");
	house_said(at, "\"heard\":\"You are booked.\"");
	/* and for ever so on */
	for (unsigned i = 1; i < 5; i++) {
		grows_old(i);
		house_run(READY_MS + 60);
		assert_int_equal(i + 2, model.n);
		after(told(i + 1), "assistant: You are booked.\n");
	}
	says(5, "goodbye");
	house_run(3000);
	assert_int_equal(1, sess(5)->asks);
	assert_int_equal(5, renewed());
	assert_int_equal(0, lost());
	house_said(NULL, "\"text\":\"goodbye\"");
}

/* Not while one of them speaks; what is said meanwhile is told behind. */
static void test_waits(void **state)
{
	const char *at;

	(void)state;
	talk();
	model.says = "We are a family business and we look after heating, "
		     "water and drains in the whole town.";
	says(0, "tell me about you");
	house_run(600); /* it speaks for five seconds */
	grows_old(0);
	house_run(3000);
	assert_int_equal(2, model.n);
	assert_true(sess(1)->ready);
	assert_false(sess(0)->closed);
	house_run(4000);
	assert_true(sess(0)->closed);
	at = after(told(1), "system: This call has been going on");
	after(at, "assistant: We are a family business and we look after "
		  "heating, water and drains in the whole town.\n");

	/* he talks while the next one is opened */
	grows_old(1);
	house_run(20);
	model.says = "Yes, we are there on sundays, too.";
	says(1, "are you there on sundays"); /* two seconds */
	assert_true(sess(2)->ready);
	assert_false(sess(1)->closed);
	house_run(2500);
	assert_true(sess(1)->closed);
	assert_int_equal(1, sess(1)->asks);
	at = after(told(2), "user: are you there on sundays\n");
	after(at, "assistant: Yes, we are there on sundays, too.\n");
	assert_int_equal(2, renewed());
	assert_int_equal(0, lost());
}

/* A function that runs is waited for, and told with its result. */
static void test_function(void **state)
{
	(void)state;
	talk();
	house.hangs = "tool";
	sess(0)->refs = 1;
	sess(0)->h.functionh(1, SV("find_slots"),
			     SV("{\"service\":\"furnace repair\"}"),
			     sess(0)->h.arg);
	grows_old(0);
	house_run(1500);
	assert_true(sess(1)->ready);
	assert_false(sess(0)->closed);
	house.hangs = NULL;
	house_run(20000);
	assert_true(sess(0)->closed);
	after(told(1), "system: You called find_slots{\"service\":\"furnace "
		       "repair\"} and were answered {\"ok\":false");
	/* the next one's calls are its own */
	sess(1)->refs = 1;
	sess(1)->h.functionh(1, SV("find_slots"),
			     SV("{\"service\":\"furnace repair\"}"),
			     sess(1)->h.arg);
	house_run(100);
	house_said(NULL, "RESULT {\"ok\":true");
	assert_int_equal(0, lost());
}

/* It is tried again; when there is none in the end, the script goes on. */
static void test_no_other(void **state)
{
	size_t log_len;

	(void)state;
	talk();
	model.err = -ECONNREFUSED;
	grows_old(0);
	house_run(100);
	assert_int_equal(2, model.tries);
	model.err = 0;
	house_run(9800);
	assert_int_equal(2, model.tries);
	house_run(300);
	assert_int_equal(3, model.tries);
	model_dies(sess(1), -ETIMEDOUT); /* while it opens */
	house_run(1000);
	assert_int_equal(0, lost());
	assert_false(sess(0)->closed);
	model.err = -ECONNREFUSED;
	says(0, "hello");
	house_run(5000);
	says(0, "are you there");
	house_run(5000);
	assert_int_equal(4, model.tries);
	log_len = house.log.len;
	model_dies(sess(0), -ETIME);
	house_run(2000);
	assert_int_equal(1, lost());
	assert_int_equal(0, renewed());
	house_said(house.log.p + log_len, "SAY ");
	house_run(15000);
	assert_int_equal(4, model.tries); /* nobody asks any more */
}

/* The old one is cut off while the new one is there already. */
static void test_cut_off(void **state)
{
	(void)state;
	talk();
	model.busy = true;
	grows_old(0);
	house_run(2000);
	assert_true(sess(1)->ready);
	assert_false(sess(0)->closed);
	model_dies(sess(0), -ECONNRESET);
	house_run(100);
	assert_int_equal(0, lost());
	assert_int_equal(1, renewed());
	model.busy = false;
	says(1, "hello");
	house_run(1000);
	assert_int_equal(1, sess(1)->asks);
}

static int teardown(void **state)
{
	int err = house_teardown(state);

	for (unsigned i = 0; i < model.n; i++) {
		assert_true(model.v[i].closed);
		buf_fini(&model.v[i].told);
	}
	return err;
}

#define T(f) cmocka_unit_test_setup_teardown(f, house_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_takes_over), T(test_waits),   T(test_function),
		T(test_no_other),   T(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
