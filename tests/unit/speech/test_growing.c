/*
 * speech_local: what is told of a long sentence while it is being said, by
 * two real speech processes with real models: one tells it, one does not.
 */
#include "tests/unit/speech/phone.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "speech/local.h"
#include "speech/local/vocab.h"
#include "tests/unit/io/io.h"

enum { TIMEOUT_MS = 60000, PARTS_MAX = 32, PACE_MS = 5 };

static const char *const said[] = {
	"I am calling because the drain in my kitchen is blocked again and "
	"there is water all over the floor.",
	"We have a problem with the furnace in the basement and it has been "
	"making a loud noise since yesterday evening.",
};

struct process {
	char dir[32], path[64];
	int fd;
	pid_t pid;
	struct speech_env *env;
	bool up;
};

static bool have;
static struct voice *voice;
static struct loop *loop;
static struct process with, without;

static void count(void *arg)
{
	int *n = arg;

	++*n;
}

static void up(void *arg)
{
	((struct process *)arg)->up = true;
}

static void start(struct process *p, const char *partials)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct config cfg = phone_config();

	cfg.speech.partials = (char *)partials;
	assert_int_equal(
		0, sv_copy(p->dir, sizeof(p->dir), SV("/tmp/nb-sg-XXXXXX")));
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/s", p->dir);
	assert_int_equal(
		0, sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(p->path)));
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(0, bind(p->fd, (void *)&a, sizeof(a)));
	assert_int_equal(0, listen(p->fd, 16));
	fflush(NULL);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (!p->pid)
		exit(speech_server_run(&cfg, p->fd, NULL) ? 1 : 0);
}

static void stop(struct process *p)
{
	int status;

	speech_env_free(p->env);
	assert_int_equal(0, kill(p->pid, SIGTERM));
	assert_int_equal(p->pid, waitpid(p->pid, &status, 0));
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	close(p->fd);
	unlink(p->path);
	rmdir(p->dir);
}

static int set_up(void **state)
{
	(void)state;
	have = phone_models();
	if (!have)
		return 0;
	start(&with, NULL);
	start(&without, "false");
	assert_int_equal(0, voice_new(&voice));
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0,
			 speech_env_new(&with.env, loop, with.path, up, &with));
	assert_int_equal(0, speech_env_new(&without.env, loop, without.path, up,
					   &without));
	RUN_UNTIL_MS(loop, with.up && without.up, TIMEOUT_MS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (!have)
		return 0;
	stop(&with);
	stop(&without);
	loop_free(loop);
	voice_free(voice);
	return 0;
}

/* ---- a leg that is heard ---- */

struct text {
	char text[256], alts[512], lang[8];
	int64_t start_n, end_n;
	enum speech_source source;
};

struct leg {
	struct speech_sess *s;
	struct text part[PARTS_MAX], final;
	size_t nparts, early; /* of them before a pause */
	int finals, pauses, closed;
	int64_t pos_n;
};

static void on_vad(enum speech_vad v, int64_t at_n, void *arg)
{
	struct leg *l = arg;

	(void)at_n;
	l->pauses += v == SPEECH_PAUSED;
}

static void on_text(const struct speech_text *t, void *arg)
{
	struct leg *l = arg;
	struct text *x = t->final ? &l->final : &l->part[l->nparts];

	assert_true(l->nparts < PARTS_MAX);
	x->start_n = t->start_n;
	x->end_n = t->end_n;
	x->source = t->source;
	sv_copy(x->text, sizeof(x->text), t->text);
	sv_copy(x->alts, sizeof(x->alts), t->alts);
	sv_copy(x->lang, sizeof(x->lang), t->lang);
	print_message("  %.2f of %.2f \"%s\"%s\n", (double)t->end_n / 8000,
		      (double)l->pos_n / 8000, x->text,
		      t->final ? " final" : "");
	l->finals += t->final;
	l->nparts += !t->final;
	l->early += !t->final && !l->pauses;
}

static void on_closed(int err, void *arg)
{
	struct leg *l = arg;

	assert_int_equal(0, err);
	l->closed++;
}

static void leg_open(struct leg *l, struct process *p)
{
	const struct speech_prm prm = {
		.call = "test", .lang = "en", .caps = SPEECH_STT};
	const struct speech_handlers h = {.texth = on_text,
					  .vadh = on_vad,
					  .closedh = on_closed,
					  .arg = l};

	*l = (struct leg){0};
	assert_int_equal(0, speech_local.open(&l->s, p->env, &prm, &h));
	speech_local.expect(l->s, &(struct speech_expect){
					  .phrases = SV("yes\nno\ntuesday"),
					  .bias = SV("kitchen drain\nfurnace"),
					  .hangover_ms = 600});
}

/* Faster than anybody speaks, but with time to read in between. */
static void leg_hear(struct leg *l, const struct phone_clip *c, size_t to)
{
	uint8_t ulaw[TEL_FRAME_N];
	struct timer *pace;
	int due = 0, sent = 0;

	assert_int_equal(0, timer_new(&pace, loop, count, &due));
	timer_every(pace, PACE_MS);
	while ((size_t)l->pos_n < to) {
		size_t n = MIN(to - (size_t)l->pos_n, TEL_FRAME_N);
		struct frame f = {ulaw, n, l->pos_n, (uint32_t)n, CODEC_ULAW};

		RUN_UNTIL_MS(loop, due > sent, TIMEOUT_MS);
		for (size_t i = 0; i < n; i++)
			ulaw[i] =
				lin_to_ulaw(phone_pcm(c)[(size_t)l->pos_n + i]);
		assert_int_equal(0, speech_local.send_audio(l->s, &f));
		l->pos_n += (int64_t)n;
		sent++;
	}
	timer_free(pace);
}

static void leg_close(struct leg *l)
{
	speech_local.close(l->s);
	RUN_UNTIL(loop, l->closed);
}

/* True when the words of a are the first ones of b. */
static bool begins(const char *a, const char *b)
{
	char fold[2][256];
	size_t n = vocab_fold_text(fold[0], sizeof(fold[0]), sv_str(a));

	vocab_fold_text(fold[1], sizeof(fold[1]), sv_str(b));
	return n && !strncmp(fold[0], fold[1], n) &&
	       (!fold[1][n] || fold[1][n] == ' ');
}

static void test_growing(void **state)
{
	(void)state;
	for (size_t i = 0; have && i < ARRAY_LEN(said); i++) {
		struct phone_clip c = {0};
		struct leg a, b;
		size_t end;

		phone_silence(&c, 500);
		phone_say(&c, voice, "kal", said[i]);
		end = phone_n(&c);
		assert_true(end > 4 * 8000 + 4000);
		phone_silence(&c, 1000);
		print_message("%.1f s\n", (double)end / 8000);

		leg_open(&a, &with);
		leg_hear(&a, &c, end - 4000);
		RUN_UNTIL_MS(loop, a.early, TIMEOUT_MS); /* he still speaks */
		assert_int_equal(0, a.finals);
		leg_hear(&a, &c, phone_n(&c));
		RUN_UNTIL_MS(loop, a.finals, TIMEOUT_MS);

		for (size_t k = 0; k < a.early; k++) {
			const struct text *t = &a.part[k];
			const struct text *next =
				k + 1 < a.nparts ? t + 1 : &a.final;

			assert_int_equal(SPEECH_FREE, t->source);
			assert_string_equal("en", t->lang);
			assert_in_range(t->start_n, 4000 - 800, 4000 + 800);
			assert_in_range(t->end_n, t->start_n + 1, end);
			assert_true(begins(t->text, next->text));
			assert_true(strlen(t->text) < strlen(next->text));
		}

		leg_open(&b, &without);
		leg_hear(&b, &c, phone_n(&c));
		RUN_UNTIL_MS(loop, b.finals, TIMEOUT_MS);
		assert_int_equal(0, b.early);
		assert_string_equal(b.final.text, a.final.text);
		assert_string_equal(b.final.alts, a.final.alts);
		assert_string_equal(b.final.lang, a.final.lang);
		assert_int_equal(b.final.source, a.final.source);
		assert_int_equal(b.final.start_n, a.final.start_n);
		assert_int_equal(b.final.end_n, a.final.end_n);
		leg_close(&a);
		leg_close(&b);
		phone_fini(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
