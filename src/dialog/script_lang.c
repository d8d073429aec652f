/*
 * Which language the call is in, and when it changes: by a step of the
 * script, or because the caller goes on in another one. What was heard can
 * be wrong; so a change by ear wants whole sentences, and more of them the
 * more often the call has changed already.
 */
#include "dialog/script.h"

static const char *const names[SCRIPT_LANGS] = {
	[NLU_EN] = "en",
	[NLU_ES] = "es",
};

const char *lang_name(enum nlu_lang lang)
{
	return names[lang];
}

bool lang_find(struct sv name, enum nlu_lang *out)
{
	for (int i = 0; i < SCRIPT_LANGS; i++) {
		if (sv_eq(name, names[i])) {
			*out = (enum nlu_lang)i;
			return true;
		}
	}
	return false;
}

static struct sv text_at(json_t *o, const char *key)
{
	return sv_str(json_string_value(json_object_get(o, key)));
}

void lang_open(struct dialog_sess *s, const struct dialog_prm *prm)
{
	json_t *texts = json_object_get(s->script, "languages");
	struct sv hears = prm->hears.len ? prm->hears : SV("en");
	char list[32];

	(void)lang_find(text_at(s->script, "lang"), &s->base);
	sv_copy(list, sizeof(list), hears);
	for (int i = 0; i < SCRIPT_LANGS; i++) {
		s->speaks[i] = (int)s->base == i ||
			       json_object_get(texts, names[i]) != NULL;
		s->hears[i] = nlu_sv_in(sv_str(names[i]), list);
	}
}

/* The business may want fewer languages than its script has. */
static bool wanted_here(const struct dialog_sess *s, enum nlu_lang lang)
{
	json_t *list = json_object_get(s->vars, "languages"), *v;
	size_t i;

	if (!json_is_array(list) || lang == s->base)
		return true;
	json_array_foreach (list, i, v) {
		if (sv_eq(sv_str(json_string_value(v)), names[lang]))
			return true;
	}
	return false;
}

void lang_begin(struct dialog_sess *s, struct sv wanted)
{
	enum nlu_lang lang = s->base;

	for (int i = 0; i < SCRIPT_LANGS; i++)
		s->speaks[i] = s->speaks[i] && wanted_here(s, i);
	if (!lang_find(wanted, &lang) || !s->speaks[lang])
		lang = s->base;
	lang_set(s, lang);
}

/* What has names in several languages goes by the one of this language. */
static void rename_all(json_t *v, const char *lang)
{
	json_t *name = json_object_get(json_object_get(v, "names"), lang), *m;
	const char *key;
	size_t i;

	if (json_is_string(name))
		json_object_set(v, "name", name);
	json_object_foreach (v, key, m)
		rename_all(m, lang);
	json_array_foreach (v, i, m)
		rename_all(m, lang);
}

void lang_set(struct dialog_sess *s, enum nlu_lang lang)
{
	if (!s->speaks[lang])
		return;
	s->lang = lang;
	s->foreign = 0;
	s->spared = false;
	vars_set(s, SV("lang"), json_string(names[lang]));
	vars_set(s, SV("deaf"), json_boolean(!s->hears[lang]));
	rename_all(s->vars, names[lang]);
}

const char *lang_text(const struct dialog_sess *s, const char *text)
{
	json_t *texts, *v;

	if (s->lang == s->base)
		return text;
	texts = json_object_get(json_object_get(s->script, "languages"),
				names[s->lang]);
	v = json_object_get(texts, text);
	return json_is_string(v) ? json_string_value(v) : text;
}

bool lang_deaf(const struct dialog_sess *s)
{
	return !s->hears[s->lang];
}

enum nlu_lang lang_of_input(const struct dialog_sess *s, struct sv lang)
{
	enum nlu_lang l;

	return lang_find(lang, &l) ? l : s->lang;
}

void lang_rights(const struct dialog_sess *s, struct nlu_text *t,
		 struct sv heard)
{
	const unsigned rights = 1u << NLU_NO_RECORD | 1u << NLU_STOP_TEXTS;
	struct nlu_text other;

	if (nlu_intents(t) & rights)
		return;
	for (int i = 0; i < SCRIPT_LANGS; i++) {
		if (i == (int)t->lang || !s->speaks[i] || !s->hears[i])
			continue;
		nlu_split_lang(&other, heard, (enum nlu_lang)i);
		if (!(nlu_intents(&other) & rights))
			continue;
		nlu_split_lang(t, heard, (enum nlu_lang)i);
		return;
	}
}

/* Names of people and streets are of any language: they prove little. */
static size_t words_wanted(const struct dialog_sess *s)
{
	int kind = script_kind(
		json_string_value(json_object_get(s->asked_value, "kind")));

	if (kind == SLOT_NAME || kind == SLOT_ADDRESS)
		return 5;
	return s->texts > 1 ? 3 : 2;
}

void lang_follow(struct dialog_sess *s, const struct nlu_text *t)
{
	const unsigned explicit = 1u << NLU_LANG_ES | 1u << NLU_LANG_EN;
	unsigned need = s->chosen || s->switches >= 2 ? 2 : 1;

	if (t->lang == s->lang) {
		s->foreign = 0;
		return;
	}
	if (t->n < words_wanted(s) || !s->speaks[t->lang] || lang_deaf(s) ||
	    (nlu_intents(t) & explicit) || s->switches >= SCRIPT_SWITCHES ||
	    ++s->foreign < need)
		return;
	s->switches++;
	s->switched = true;
	lang_set(s, t->lang);
}
