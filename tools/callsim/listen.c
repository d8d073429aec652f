#include "listen.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "speech/local/recog.h"

/* Loaded once for all calls, by whichever thread of the pool needs it. */
static struct {
	const char *library, *models;
	struct ort *ort;
	struct moonshine *moonshine;
	pthread_mutex_t lock;
} engine = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct listener {
	struct listener **owner;
	struct sim *sim;
	int16_t *pcm;
	size_t n;
	listen_h *h;
	void *arg;
	int load_err, err;
	char why[300];
	struct recog_text text;
};

void listen_setup(const char *library, const char *models)
{
	engine.library = library;
	engine.models = models;
}

int listen_load(char *why, size_t why_size)
{
	int err = 0;

	pthread_mutex_lock(&engine.lock);
	if (!engine.ort)
		err = ort_new(&engine.ort, engine.library, why, why_size);
	if (!err && !engine.moonshine)
		err = moonshine_new(&engine.moonshine, engine.ort,
				    engine.models, why, why_size);
	pthread_mutex_unlock(&engine.lock);
	return err;
}

/*
 * A caller may take a moment to understand; whom he calls may not: where both
 * share a machine, ours waits. It stays so for this thread of the pool, which
 * makes voices besides.
 */
static void give_way(void)
{
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5);
}

static void on_pool(void *arg)
{
	const struct recog_prm prm = {0};
	struct listener *l = arg;

	give_way();
	l->load_err = listen_load(l->why, sizeof(l->why));
	if (!l->load_err)
		l->err = recog_run(&l->text, engine.moonshine, l->pcm, l->n,
				   &prm);
}

/* Lower case, only letters, figures and single blanks: easy to match. */
static void plain(char *s)
{
	char *to = s;

	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if (isalnum(ch) || ch == '\'' || ch >= 0x80)
			*to++ = (char)tolower(ch);
		else if (to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

static void on_done(void *arg)
{
	struct listener *l = arg;
	struct sim *s = l->sim;

	s->hooks--;
	if (l->owner)
		*l->owner = NULL;
	if (l->load_err)
		report(s, NULL, "listen.failed",
		       json_pack("{s:s}", "why", l->why),
		       "the local recogniser cannot be loaded: %s", l->why);
	if (l->h && l->load_err) {
		l->h(NULL, l->arg);
	} else if (l->h) {
		char text[sizeof(l->text.text) + 1] = " ";

		if (!l->err)
			sv_copy(text + 1, sizeof(text) - 1,
				sv_str(l->text.text));
		plain(text + 1);
		l->h(text + 1, l->arg);
	}
	free(l->pcm);
	free(l);
	s->idleh(s);
}

int listen_ask(struct listener **out, struct sim *s, const int16_t *pcm,
	       size_t n, listen_h *h, void *arg)
{
	struct listener *l;

	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->pcm = malloc((n + 1) * sizeof(*pcm));
	if (!l->pcm) {
		free(l);
		return -ENOMEM;
	}
	memcpy(l->pcm, pcm, n * sizeof(*pcm));
	l->n = n;
	l->sim = s;
	l->h = h;
	l->arg = arg;
	l->owner = out;
	if (loop_work(s->loop, on_pool, on_done, l)) {
		free(l->pcm);
		free(l);
		return -ENOMEM;
	}
	s->hooks++;
	*out = l;
	return 0;
}

void listen_forget(struct listener *l)
{
	if (!l)
		return;
	if (l->owner)
		*l->owner = NULL;
	l->owner = NULL;
	l->h = NULL;
}

void listen_teardown(void)
{
	engine.moonshine = moonshine_free(engine.moonshine);
	engine.ort = ort_free(engine.ort);
}
