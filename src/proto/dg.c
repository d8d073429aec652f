#include "proto/dg.h"

#include <jansson.h>

#include "proto/url.h"

enum {
	TERMS_MAX = 60,	  /* our share of the 500 tokens that it takes */
	TERMS_LEN = 1200, /* … and of their letters */
	TERM_LEN = 60,
	UTTERANCE_END_MS = 1000, /* the least that it takes */
};

/* ---- the address ---- */

static void add(struct buf *b, const char *name, struct sv value)
{
	buf_printf(b, "&%s=", name);
	url_escape(b, value);
}

static void add_terms(struct buf *b, struct sv terms)
{
	size_t used = 0;

	for (int i = 0; i < TERMS_MAX && terms.len;) {
		const char *nl = memchr(terms.p, '\n', terms.len);
		struct sv one = {terms.p,
				 nl ? (size_t)(nl - terms.p) : terms.len};

		terms.p += one.len + (nl ? 1 : 0);
		terms.len -= one.len + (nl ? 1 : 0);
		if (!one.len || one.len > TERM_LEN ||
		    used + one.len > TERMS_LEN)
			continue;
		used += one.len;
		i++;
		add(b, "keyterm", one);
	}
}

void dg_url(struct buf *b, const struct dg_prm *p)
{
	buf_printf(b, "%s/v1/listen?model=", p->base);
	url_escape(b, sv_str(p->model));
	add(b, "language", sv_str(p->language));
	buf_printf(b,
		   "&encoding=mulaw&sample_rate=%d&channels=1"
		   "&interim_results=true&smart_format=true&vad_events=true"
		   "&endpointing=%d&utterance_end_ms=%d",
		   DG_RATE_HZ, p->endpointing_ms, UTTERANCE_END_MS);
	/* Older models know "keywords" instead, and weigh them differently. */
	if (!strncmp(p->model, "nova-3", 6))
		add_terms(b, p->terms);
}

/* ---- what it says ---- */

static int64_t samples(const json_t *seconds)
{
	double s = json_number_value(seconds);

	if (!(s > 0) || s > 1e6)
		return 0;
	return (int64_t)(s * DG_RATE_HZ + 0.5);
}

static void copy(char *out, size_t size, const json_t *s)
{
	(void)sv_copy(out, size,
		      (struct sv){json_string_value(s), json_string_length(s)});
}

static void parse_results(struct dg_msg *m, const json_t *o)
{
	const json_t *alt = json_array_get(
		json_object_get(json_object_get(o, "channel"), "alternatives"),
		0);
	const json_t *words = json_object_get(alt, "words");
	size_t n = json_array_size(words);

	m->kind = DG_RESULTS;
	m->is_final = json_is_true(json_object_get(o, "is_final"));
	m->speech_final = json_is_true(json_object_get(o, "speech_final"));
	m->from_finalize = json_is_true(json_object_get(o, "from_finalize"));
	m->start_n = samples(json_object_get(o, "start"));
	m->end_n = m->start_n + samples(json_object_get(o, "duration"));
	m->first_n = m->start_n;
	m->last_n = m->end_n;
	if (n) {
		m->first_n = samples(
			json_object_get(json_array_get(words, 0), "start"));
		m->last_n = samples(
			json_object_get(json_array_get(words, n - 1), "end"));
		m->last_n = MAX(m->last_n, m->first_n);
	}
	copy(m->text, sizeof(m->text), json_object_get(alt, "transcript"));
	copy(m->lang, sizeof(m->lang),
	     json_array_get(json_object_get(alt, "languages"), 0));
	m->confidence =
		(float)json_number_value(json_object_get(alt, "confidence"));
}

static void parse_other(struct dg_msg *m, const json_t *o, const char *type)
{
	m->kind = DG_OTHER;
	if (!strcmp(type, "SpeechStarted")) {
		m->kind = DG_SPEECH_STARTED;
		m->start_n = samples(json_object_get(o, "timestamp"));
	} else if (!strcmp(type, "UtteranceEnd")) {
		m->kind = DG_UTTERANCE_END;
		m->end_n = samples(json_object_get(o, "last_word_end"));
	} else if (!strcmp(type, "Metadata")) {
		m->kind = DG_METADATA;
	} else if (!strcmp(type, "Error")) {
		m->kind = DG_ERROR;
		copy(m->text, sizeof(m->text),
		     json_object_get(o, "description"));
	}
}

int dg_parse(struct dg_msg *m, struct sv text)
{
	json_t *o = json_loadb(text.p, text.len, 0, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));
	int err = type ? 0 : -EBADMSG;

	*m = (struct dg_msg){.kind = DG_OTHER};
	if (!err && !strcmp(type, "Results"))
		parse_results(m, o);
	else if (!err)
		parse_other(m, o, type);
	json_decref(o);
	return err;
}
