#include "dg_query.h"

#include <stdio.h>

enum { TERM_MAX = 100, KEYTERMS_LEN = 2000 };

enum kind {
	KIND_TEXT, /* taken as it is */
	KIND_BOOL,
	KIND_MODEL,
	KIND_LANGUAGE,
	KIND_ENCODING,
	KIND_RATE,
	KIND_CHANNELS,
	KIND_ENDPOINTING,
	KIND_UTTERANCE_END,
	KIND_KEYTERM,
	KIND_KEYWORDS,
	KIND_NOT_LIVE, /* of recordings only */
};

static const struct {
	const char *name;
	enum kind kind;
	bool many;
} params[] = {
	{"model", KIND_MODEL, false},
	{"version", KIND_TEXT, false},
	{"language", KIND_LANGUAGE, false},
	{"encoding", KIND_ENCODING, false},
	{"sample_rate", KIND_RATE, false},
	{"channels", KIND_CHANNELS, false},
	{"multichannel", KIND_BOOL, false},
	{"interim_results", KIND_BOOL, false},
	{"endpointing", KIND_ENDPOINTING, false},
	{"utterance_end_ms", KIND_UTTERANCE_END, false},
	{"vad_events", KIND_BOOL, false},
	{"punctuate", KIND_BOOL, false},
	{"smart_format", KIND_BOOL, false},
	{"numerals", KIND_BOOL, false},
	{"dictation", KIND_BOOL, false},
	{"profanity_filter", KIND_BOOL, false},
	{"diarize", KIND_BOOL, false},
	{"diarize_model", KIND_TEXT, false},
	{"detect_entities", KIND_BOOL, false},
	{"mip_opt_out", KIND_BOOL, false},
	{"no_delay", KIND_BOOL, false},
	{"keyterm", KIND_KEYTERM, true},
	{"keywords", KIND_KEYWORDS, true},
	{"redact", KIND_TEXT, true},
	{"replace", KIND_TEXT, true},
	{"search", KIND_TEXT, true},
	{"tag", KIND_TEXT, true},
	{"extra", KIND_TEXT, true},
	{"callback", KIND_TEXT, false},
	{"callback_method", KIND_TEXT, false},
	{"detect_language", KIND_NOT_LIVE, false},
	{"filler_words", KIND_NOT_LIVE, false},
	{"paragraphs", KIND_NOT_LIVE, false},
	{"utterances", KIND_NOT_LIVE, false},
	{"summarize", KIND_NOT_LIVE, false},
};

static int no(char *why, size_t size, const char *what, struct sv value)
{
	snprintf(why, size, "%s: \"%.*s\"", what, SV_ARG(value));
	return -EINVAL;
}

static bool is_nova3(const struct dg_query *q)
{
	return !strncmp(q->model, "nova-3", 6);
}

static bool known_model(struct sv m)
{
	static const char *const starts[] = {"nova-3",	     "nova-2",
					     "nova-general", "nova-phonecall",
					     "enhanced",     "base"};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		size_t n = strlen(starts[i]);

		if (sv_starts(m, starts[i]) && (m.len == n || m.p[n] == '-'))
			return true;
	}
	return false;
}

static bool is_bool(struct sv v)
{
	return sv_eq(v, "true") || sv_eq(v, "false");
}

static void set_bool(struct dg_query *q, struct sv name, bool on)
{
	if (sv_eq(name, "interim_results"))
		q->interim_results = on;
	else if (sv_eq(name, "vad_events"))
		q->vad_events = on;
	else if (sv_eq(name, "punctuate") || sv_eq(name, "smart_format"))
		q->punctuate |= on;
}

static int take_number(int *out, struct sv v, int min, int max)
{
	int64_t n;

	if (sv_i64(&n, v) || n < min || n > max)
		return -EINVAL;
	*out = (int)n;
	return 0;
}

static int take_keyterm(struct dg_query *q, struct sv v)
{
	if (!v.len || v.len > TERM_MAX)
		return -EINVAL;
	buf_sv(&q->keyterms, v);
	buf_char(&q->keyterms, '\n');
	return q->keyterms.err || q->keyterms.len > KEYTERMS_LEN ? -EINVAL : 0;
}

static int take(struct dg_query *q, enum kind kind, struct sv name, struct sv v)
{
	int channels;

	switch (kind) {
	case KIND_BOOL:
		set_bool(q, name, sv_eq(v, "true"));
		return is_bool(v) ? 0 : -EINVAL;
	case KIND_MODEL:
		return known_model(v) ? sv_copy(q->model, sizeof(q->model), v)
				      : -EINVAL;
	case KIND_LANGUAGE:
		return v.len < 2 ? -EINVAL
				 : sv_copy(q->language, sizeof(q->language), v);
	case KIND_ENCODING:
		q->mulaw = sv_eq(v, "mulaw");
		return q->mulaw || sv_eq(v, "linear16") ? 0 : -EINVAL;
	case KIND_RATE:
		return take_number(&q->sample_rate, v, 8000, 8000);
	case KIND_CHANNELS:
		return take_number(&channels, v, 1, 1);
	case KIND_ENDPOINTING:
		q->endpointing_ms = 0;
		return sv_eq(v, "false")
			       ? 0
			       : take_number(&q->endpointing_ms, v, 0, 60000);
	case KIND_UTTERANCE_END:
		return take_number(&q->utterance_end_ms, v, 1000, 60000);
	case KIND_KEYTERM:
		return take_keyterm(q, v);
	case KIND_NOT_LIVE:
		return -EINVAL;
	default:
		return 0;
	}
}

static int find(struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(params); i++)
		if (sv_eq(name, params[i].name))
			return (int)i;
	return -1;
}

static int together(const struct dg_query *q, const struct form *f, char *why,
		    size_t size)
{
	if (!form_get(f, "encoding").p)
		return no(why, size, "raw audio needs encoding", SV(""));
	if (!q->sample_rate)
		return no(why, size, "encoding needs sample_rate", SV(""));
	if (q->utterance_end_ms && !q->interim_results)
		return no(why, size, "utterance_end_ms needs interim_results",
			  SV("false"));
	if (q->keyterms.len && !is_nova3(q))
		return no(why, size, "keyterm is for Nova-3", sv_str(q->model));
	if (form_get(f, "keywords").p && is_nova3(q))
		return no(why, size, "keywords is not for Nova-3",
			  sv_str(q->model));
	return 0;
}

int dg_query_parse(struct dg_query *q, const struct form *f, char *why,
		   size_t why_size)
{
	uint64_t seen = 0;

	*q = (struct dg_query){.endpointing_ms = 10};
	buf_init(&q->keyterms, 8192);
	sv_copy(q->model, sizeof(q->model), SV("base"));
	sv_copy(q->language, sizeof(q->language), SV("en"));
	for (size_t i = 0; i < f->n; i++) {
		int at = find(f->v[i].name);

		if (at < 0)
			return no(why, why_size, "unknown parameter",
				  f->v[i].name);
		if (params[at].kind == KIND_NOT_LIVE)
			return no(why, why_size, "not for live audio",
				  f->v[i].name);
		if (!params[at].many && seen >> at & 1)
			return no(why, why_size, "given twice", f->v[i].name);
		seen |= UINT64_C(1) << at;
		if (take(q, params[at].kind, f->v[i].name, f->v[i].value))
			return no(why, why_size, params[at].name,
				  f->v[i].value);
	}
	return together(q, f, why, why_size);
}
