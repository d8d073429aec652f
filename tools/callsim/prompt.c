#include "prompt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec.h"
#include "synth.h"

#define BEEP_HZ 1000
#define BEEP_N (TEL_RATE_HZ / 2)

struct prompt {
	struct sim *sim;
	struct call *call;
	bool waiting; /* for a voice or a file */
	bool dropped; /* freed when the wait is over */
	struct pcm pcm;
	size_t at_n;
	int loops; /* left after this one; -1: for ever */
	/* made on the pool */
	char *text;
	const char *voice;
	char cache_dir[400];
	int err;
	char why[200];
	struct hook *hook;
};

static struct prompt *prompt_new(struct call *c, int loop)
{
	struct prompt *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->sim = c->sim;
	p->call = c;
	p->loops = loop > 0 ? loop - 1 : -1;
	c->prompt = prompt_free(c->prompt);
	c->prompt = p;
	return p;
}

static void destroy(struct prompt *p)
{
	pcm_fini(&p->pcm);
	free(p->text);
	free(p);
}

struct prompt *prompt_free(struct prompt *p)
{
	if (!p)
		return NULL;
	hook_forget(p->hook);
	if (p->waiting && !p->hook)
		p->dropped = true; /* the pool still works on it */
	else
		destroy(p);
	return NULL;
}

static void on_pool(void *arg)
{
	struct prompt *p = arg;
	const struct synth_voice v = {p->voice, 1, 1, NULL};

	p->err = synth_get(&p->pcm, p->cache_dir, &v, p->text, p->why,
			   sizeof(p->why));
}

static void on_voice(void *arg)
{
	struct prompt *p = arg;

	p->waiting = false;
	p->sim->hooks--;
	if (p->dropped) {
		struct sim *s = p->sim;

		destroy(p);
		s->idleh(s);
		return;
	}
	if (p->err)
		report(p->sim, p->call, "say.failed",
		       json_pack("{s:s}", "why", p->why),
		       "<Say> makes no sound: %s", p->why);
}

int prompt_say(struct call *c, const char *text, const char *lang, int loop)
{
	struct prompt *p = prompt_new(c, loop);
	bool es = lang && !strncmp(lang, "es", 2);

	if (!p)
		return -ENOMEM;
	p->voice = es ? "espeak-ng:es-419" : "flite:kal";
	p->text = strdup(text);
	snprintf(p->cache_dir, sizeof(p->cache_dir), "%s",
		 c->sim->opt.cache_dir);
	if (!p->text || loop_work(c->sim->loop, on_pool, on_voice, p)) {
		c->prompt = prompt_free(p);
		return -ENOMEM;
	}
	p->waiting = true;
	c->sim->hooks++;
	return 0;
}

static void on_file(const struct hook_result *r, void *arg)
{
	struct prompt *p = arg;
	char why[200];

	p->waiting = false;
	p->hook = NULL;
	if (r->code)
		report_code(p->sim, p->call, r->code, "%s", r->why);
	else if (clip_decode(&p->pcm, r->body, why, sizeof(why)))
		report_code(p->sim, p->call, 12300, "<Play>: %s", why);
}

int prompt_url(struct call *c, const char *url, int loop)
{
	struct prompt *p = prompt_new(c, loop);
	struct hook_prm prm = {.kind = HOOK_FILE, .method = "GET"};
	struct buf abs;
	int err;

	if (!p)
		return -ENOMEM;
	buf_init(&abs, 8192);
	err = hook_url(&abs, c->doc_url ? c->doc_url : url, url);
	if (!err) {
		prm.url = abs.p;
		err = hook_send(&p->hook, c->sim, &prm, on_file, p);
	}
	buf_fini(&abs);
	if (err)
		report_code(c->sim, c, 11100, "<Play> \"%s\"", url);
	else
		p->waiting = true;
	return 0;
}

int prompt_beep(struct call *c)
{
	struct prompt *p = prompt_new(c, 1);

	if (!p)
		return -ENOMEM;
	p->pcm.s = malloc(BEEP_N * sizeof(*p->pcm.s));
	if (!p->pcm.s)
		return -ENOMEM;
	p->pcm.n = BEEP_N;
	for (size_t i = 0; i < BEEP_N; i++)
		p->pcm.s[i] = (int16_t)(6000 * sin(2 * M_PI * BEEP_HZ *
						   (double)i / TEL_RATE_HZ));
	return 0;
}

bool prompt_busy(const struct prompt *p)
{
	return p && (p->waiting || p->at_n < p->pcm.n);
}

size_t prompt_play(struct prompt *p, uint8_t out[TEL_FRAME_N])
{
	size_t n = 0;

	memset(out, ULAW_SILENCE, TEL_FRAME_N);
	if (p->waiting)
		return 0;
	for (; n < TEL_FRAME_N && p->at_n < p->pcm.n; n++) {
		out[n] = lin_to_ulaw(p->pcm.s[p->at_n++]);
		if (p->at_n == p->pcm.n && p->loops) {
			p->loops -= p->loops > 0;
			p->at_n = 0;
		}
	}
	return n;
}
