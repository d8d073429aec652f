#include "listen.h"

#include <ctype.h>
#include <stdlib.h>

#include "speech/local/recog.h"

/* Loaded once for all calls; questions are answered one after another. */
static struct {
	const char *library, *models;
	struct ort *ort;
	struct moonshine *moonshine;
	char why[300];
} engine;

struct listener {
	struct listener **owner;
	struct sim *sim;
	int16_t *pcm;
	size_t n;
	listen_h *h;
	void *arg;
	int err;
	struct recog_text text;
};

void listen_setup(const char *library, const char *models)
{
	engine.library = library;
	engine.models = models;
}

static int load(void)
{
	int err = 0;

	if (!engine.ort)
		err = ort_new(&engine.ort, engine.library, engine.why,
			      sizeof(engine.why));
	if (!err && !engine.moonshine)
		err = moonshine_new(&engine.moonshine, engine.ort,
				    engine.models, engine.why,
				    sizeof(engine.why));
	return err;
}

static void on_pool(void *arg)
{
	const struct recog_prm prm = {0};
	struct listener *l = arg;

	l->err = recog_run(&l->text, engine.moonshine, l->pcm, l->n, &prm);
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
	if (l->h) {
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

	if (load()) {
		report(s, NULL, "listen.failed",
		       json_pack("{s:s}", "why", engine.why),
		       "the local recogniser cannot be loaded: %s", engine.why);
		return -ENOENT;
	}
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
