/*
 * speech_local against a speech process that only notes what it is told, and
 * on which link: no model needed.
 */
#include "tests/unit/io/io.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/link.h"
#include "speech/local.h"
#include "speech/local/proto.h"

enum { LINKS_MAX = 4 };

static struct loop *loop;
static struct link_server *server;
static struct speech_env *env;
static char dir[32], path[64];
static int fd, ups;

/* What came on a link. */
static struct told {
	struct link *k;
	int opens[SPEECH_VAD + 1]; /* by what for */
	int says, cancels, grants;
	uint32_t sess, granted_n; /* of the voice */
} told[LINKS_MAX];
static int ntold;

struct leg {
	struct speech_sess *s;
	uint32_t heard_n;
	int closed, err;
};

static void open_h(struct link *k, void *arg)
{
	(void)arg;
	assert_true(ntold < LINKS_MAX);
	told[ntold].k = k;
	link_set_data(k, &told[ntold++]);
}

static void recv_h(struct link *k, uint8_t type, struct sv in, void *arg)
{
	struct told *t = link_data(k);
	struct proto_msg m;

	(void)arg;
	assert_int_equal(0, proto_parse(&m, type, in));
	switch (m.type) {
	case PROTO_OPEN:
		assert_true(m.kind < ARRAY_LEN(t->opens));
		t->opens[m.kind]++;
		if (m.kind == SPEECH_TTS)
			t->sess = m.sess;
		break;
	case PROTO_SAY:
		t->says++;
		break;
	case PROTO_CANCEL:
		t->cancels++;
		break;
	case PROTO_GRANT:
		assert_int_equal(t->sess, m.sess);
		t->grants++;
		t->granted_n += m.n;
		break;
	default:
		break;
	}
}

static void closed_h(struct link *k, void *arg)
{
	(void)arg;
	((struct told *)link_data(k))->k = NULL;
}

static void up(void *arg)
{
	(void)arg;
	ups++;
}

static int set_up(void **state)
{
	static const struct link_handlers h = {open_h, recv_h, closed_h, NULL};
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	(void)state;
	memset(told, 0, sizeof(told));
	ntold = ups = 0;
	sv_copy(dir, sizeof(dir), SV("/tmp/nb-ways-XXXXXX"));
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(0, bind(fd, (void *)&a, sizeof(a)));
	assert_int_equal(0, listen(fd, 16));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, link_listen(&server, loop, fd, &h));
	assert_int_equal(0, speech_env_new(&env, loop, path, up, NULL));
	RUN_UNTIL(loop, ups && ntold == 2);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	env = speech_env_free(env);
	server = link_server_free(server);
	loop = loop_free(loop);
	close(fd);
	unlink(path);
	rmdir(dir);
	return 0;
}

static void on_audio(uint32_t utt, const struct frame *f,
		     const struct speech_word *words, size_t nwords, bool last,
		     int err, void *arg)
{
	struct leg *l = arg;

	(void)utt, (void)words, (void)nwords, (void)last, (void)err;
	l->heard_n += f->n;
}

static void on_closed(int err, void *arg)
{
	struct leg *l = arg;

	l->closed++;
	l->err = err;
}

static void leg_open(struct leg *l, unsigned caps)
{
	const struct speech_prm prm = {
		.call = "test", .lang = "en", .caps = caps};
	const struct speech_handlers h = {
		.audioh = on_audio, .closedh = on_closed, .arg = l};

	*l = (struct leg){.s = NULL};
	assert_int_equal(0, speech_local.open(&l->s, env, &prm, &h));
}

/* The link that a session for caps came on. */
static struct told *way_of(unsigned caps)
{
	for (int i = 0; i < ntold; i++)
		if (told[i].opens[caps])
			return &told[i];
	return NULL;
}

/* What is to be said never waits behind what is to be heard. */
static void test_two_ways(void **state)
{
	static struct leg hears, detects, says;

	(void)state;
	leg_open(&hears, SPEECH_STT);
	leg_open(&detects, SPEECH_VAD);
	leg_open(&says, SPEECH_TTS);
	assert_int_equal(0, speech_local.say(says.s, 1, SV("Yes."), SV("")));
	RUN_UNTIL(loop, way_of(SPEECH_STT) && way_of(SPEECH_VAD) &&
				way_of(SPEECH_TTS) && way_of(SPEECH_TTS)->says);
	assert_ptr_equal(way_of(SPEECH_STT), way_of(SPEECH_VAD));
	assert_ptr_not_equal(way_of(SPEECH_STT), way_of(SPEECH_TTS));

	/* the one is lost, the other goes on */
	link_close(way_of(SPEECH_STT)->k);
	RUN_UNTIL(loop, hears.closed && detects.closed);
	assert_int_equal(-ECONNRESET, hears.err);
	assert_int_equal(0, says.closed);
	assert_int_equal(0, speech_local.say(says.s, 2, SV("No."), SV("")));
	RUN_UNTIL(loop, way_of(SPEECH_TTS)->says == 2);
	speech_local.close(says.s);
	RUN_UNTIL(loop, says.closed);
}

static void voice(const struct told *t, uint32_t utt, uint32_t n)
{
	static const char samples[800];
	struct proto_msg m = {.type = PROTO_VOICE, .sess = t->sess, .utt = utt};
	uint8_t head[PROTO_HEAD_MAX];
	size_t len = proto_head(head, &m);

	assert_int_equal(0, link_send(t->k, PROTO_VOICE,
				      (struct sv){(const char *)head, len},
				      (struct sv){samples, n}));
}

/* What was on its way at a cancel costs nothing of what was granted. */
static void test_granted_again(void **state)
{
	struct told *t;
	static struct leg l;

	(void)state;
	leg_open(&l, SPEECH_TTS);
	for (uint32_t utt = 1; utt <= 3; utt++)
		assert_int_equal(
			0, speech_local.say(l.s, utt, SV("Yes."), SV("")));
	speech_local.grant(l.s, 2000);
	RUN_UNTIL(loop, (t = way_of(SPEECH_TTS)) && t->grants == 1);
	voice(t, 1, 800);
	RUN_UNTIL(loop, l.heard_n == 800);
	assert_int_equal(2000, t->granted_n);
	speech_local.cancel(l.s, 2);
	voice(t, 1, 500);
	voice(t, 2, 300);
	RUN_UNTIL(loop, t->cancels && t->grants == 3);
	assert_int_equal(2800, t->granted_n);
	assert_int_equal(800, l.heard_n);
	voice(t, 3, 700); /* that one was not cancelled */
	RUN_UNTIL(loop, l.heard_n == 1500);
	assert_int_equal(2800, t->granted_n);
	speech_local.close(l.s);
	RUN_UNTIL(loop, l.closed);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_two_ways),
		T(test_granted_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
