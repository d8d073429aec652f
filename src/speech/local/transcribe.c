/* The recogniser on files: nightbell transcribe. */
#include "speech/local.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "speech/local/ear.h"
#include "speech/local/engine.h"
#include "speech/local/recog.h"
#include "speech/local/wav.h"

enum { HANGOVER_MS = 600, MIN_SPEECH_MS = 120, EXPECT_MAX = 1 << 20 };
enum { ALT_INDENT = 29 }; /* a column for people */

enum list_kind { LIST_PHRASES, LIST_WORDS, LIST_BIAS, LISTS };

struct transcript {
	const struct speech_transcribe *prm;
	struct engine engine;
	struct buf list[LISTS];
	struct ear *ear;
	enum recog_lang lang; /* of the lists */
	int hangover_ms, early_ms;
	enum recog_lang call; /* of the file so far */
	const char *path;
	FILE *out;
	int err;
};

/* ---- what is expected ---------------------------------------------------- */

/* "hangover: 900": true when it was such a line. */
static bool take_number(struct sv line, const char *head, int *ms)
{
	size_t n = strlen(head);
	int64_t v;

	if (!sv_starts(line, head) ||
	    sv_i64(&v, (struct sv){line.p + n, line.len - n}) || v < 0 ||
	    v > 5000)
		return false;
	*ms = (int)v;
	return true;
}

static void take_line(struct transcript *t, struct sv line,
		      enum list_kind *kind)
{
	static const char *const head[LISTS] = {"phrases:", "words:", "bias:"};

	while (line.len && strchr(" \t\r", line.p[line.len - 1]))
		line.len--;
	for (size_t i = 0; i < LISTS; i++) {
		if (sv_eq(line, head[i])) {
			*kind = (enum list_kind)i;
			return;
		}
	}
	if (!line.len || *line.p == '#' ||
	    take_number(line, "hangover: ", &t->hangover_ms) ||
	    take_number(line, "early: ", &t->early_ms))
		return;
	buf_sv(&t->list[*kind], line);
	buf_char(&t->list[*kind], '\n');
}

static int read_expect(struct transcript *t, const char *path)
{
	enum list_kind kind = LIST_PHRASES;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int err = 0;
	FILE *f = fopen(path, "re");

	if (!f) {
		err = -errno;
		log_error("speech", "%s: %s", path, strerror(-err));
		return err;
	}
	while ((n = getline(&line, &cap, f)) > 0)
		take_line(t,
			  (struct sv){line, (size_t)n - (line[n - 1] == '\n')},
			  &kind);
	free(line);
	fclose(f);
	for (size_t i = 0; !err && i < LISTS; i++)
		err = t->list[i].err;
	if (err)
		log_error("speech", "%s: %s", path, strerror(-err));
	return err;
}

/* ---- one utterance ------------------------------------------------------- */

static const char *source_name(enum speech_source s)
{
	static const char *const name[] = {
		[SPEECH_LIST] = "list",
		[SPEECH_FREE] = "free",
		[SPEECH_NONE] = "none",
	};

	return name[s];
}

static const char *lang_name(enum recog_lang lang)
{
	return lang == RECOG_ES ? "es" : "en";
}

static bool next_line(struct sv *line, struct sv *rest)
{
	const char *nl;

	if (!rest->len)
		return false;
	nl = memchr(rest->p, '\n', rest->len);
	line->p = rest->p;
	line->len = nl ? (size_t)(nl - rest->p) : rest->len;
	rest->p += line->len + (nl != NULL);
	rest->len -= line->len + (nl != NULL);
	return true;
}

static void print_json(struct transcript *t, double from_s, double to_s,
		       const struct recog_text *text)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "{\"file\":\"");
	buf_json(&b, sv_str(t->path));
	buf_printf(&b, "\",\"start\":%.2f,\"end\":%.2f,\"source\":\"%s\"",
		   from_s, to_s, source_name(text->source));
	buf_printf(&b, ",\"score\":%.3f,\"text\":\"", (double)text->score);
	buf_json(&b, sv_str(text->text));
	buf_printf(&b, "\",\"lang\":\"%s\",\"complete\":%s,\"alts\":[",
		   lang_name(text->lang), text->complete ? "true" : "false");
	for (struct sv alt, rest = sv_str(text->alts);
	     next_line(&alt, &rest);) {
		buf_str(&b, alt.p == text->alts ? "\"" : ",\"");
		buf_json(&b, alt);
		buf_char(&b, '"');
	}
	buf_str(&b, "]}\n");
	if (b.err)
		t->err = b.err;
	else
		fputs(b.p, t->out);
	buf_fini(&b);
}

static void print(struct transcript *t, const struct ear_event *ev,
		  const struct recog_text *text)
{
	const double from_s = (double)ev->start_n / TEL_RATE_HZ;
	const double to_s = (double)ev->end_n / TEL_RATE_HZ;

	if (t->prm->json) {
		print_json(t, from_s, to_s, text);
		return;
	}
	if (t->prm->npath > 1)
		fprintf(t->out, "%s ", t->path);
	fprintf(t->out, "%7.2f %7.2f  %s %5.2f  %s\n", from_s, to_s,
		source_name(text->source), (double)text->score, text->text);
	for (struct sv alt, rest = sv_str(text->alts); next_line(&alt, &rest);)
		fprintf(t->out, "%*s%.*s\n", ALT_INDENT, "or: ", SV_ARG(alt));
}

static void on_event(const struct ear_event *ev, void *arg)
{
	struct transcript *t = arg;
	struct recog_prm prm = {
		.phrases = buf_get(&t->list[LIST_PHRASES]),
		.words = buf_get(&t->list[LIST_WORDS]),
		.bias = buf_get(&t->list[LIST_BIAS]),
		.lists = t->lang,
		.spanish = t->engine.spanish,
		.call = t->call,
		.speech_ms = ev->speech_ms,
	};
	struct recog_text text;
	int16_t *pcm = NULL;
	size_t n;

	bool over = ev->kind == TURNS_ENDED;

	if ((!over && (ev->kind != TURNS_PAUSE || !t->early_ms)) ||
	    ev->speech_ms < MIN_SPEECH_MS || t->err)
		return;
	t->err = ear_clip(t->ear, &pcm, &n);
	if (!t->err)
		t->err = recog_run(&text, t->engine.moonshine, pcm, n, &prm);
	if (!t->err && !over && text.complete)
		ear_end_early(t->ear, t->early_ms);
	if (!t->err && over) {
		print(t, ev, &text);
		if (text.sure)
			t->call = text.lang;
	}
	free(pcm);
}

/* ---- files --------------------------------------------------------------- */

static int transcribe_file(struct transcript *t, const char *path)
{
	static const int16_t silence[TEL_RATE_HZ];
	int16_t *pcm = NULL;
	char why[512];
	size_t n = 0;
	int err = wav_read(path, &pcm, &n, why, sizeof(why));

	if (err) {
		log_error("speech", "%s", why);
		return err;
	}
	t->path = path;
	t->err = 0;
	t->call = t->lang == RECOG_ES ? RECOG_ES : RECOG_ANY;
	err = ear_new(&t->ear, t->engine.silero, on_event, t);
	if (!err) {
		ear_set_hangover(t->ear, t->hangover_ms);
		err = ear_push(t->ear, 0, pcm, n);
	}
	if (!err) /* ends the last utterance */
		err = ear_push(t->ear, (int64_t)n, silence, TEL_RATE_HZ);
	if (!err)
		err = t->err;
	if (!err && fflush(t->out))
		err = -errno;
	if (err)
		log_error("speech", "%s: %s", path, strerror(-err));
	t->ear = ear_free(t->ear);
	free(pcm);
	return err;
}

int speech_transcribe(const struct config *cfg,
		      const struct speech_transcribe *prm, FILE *out)
{
	struct transcript t = {
		.prm = prm, .out = out, .hangover_ms = HANGOVER_MS};
	int err = 0;

	t.lang =
		prm->lang && !strncmp(prm->lang, "es", 2) ? RECOG_ES : RECOG_EN;
	for (size_t i = 0; i < LISTS; i++)
		buf_init(&t.list[i], EXPECT_MAX);
	if (prm->expect)
		err = read_expect(&t, prm->expect);
	if (!err)
		err = engine_init(&t.engine, cfg);
	for (int i = 0; t.engine.ort && i < prm->npath; i++) {
		int failed = transcribe_file(&t, prm->path[i]);

		err = err ? err : failed;
	}
	engine_fini(&t.engine);
	for (size_t i = 0; i < LISTS; i++)
		buf_fini(&t.list[i]);
	return err;
}
