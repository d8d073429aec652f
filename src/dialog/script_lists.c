#include "dialog/script.h"

#include "dialog/lists.h"

#include <ctype.h>
#include <stdio.h>

static void add(struct buf *b, struct sv s)
{
	size_t from;

	if (!s.len || buf_room(b, s.len + 1))
		return;
	if (b->len)
		buf_char(b, '\n');
	from = b->len;
	buf_sv(b, s);
	for (size_t i = from; i < b->len; i++)
		b->p[i] = (char)tolower((unsigned char)b->p[i]);
}

static void add_all(struct buf *b, struct word_list list)
{
	for (size_t i = 0; i < list.n; i++)
		add(b, sv_str(list.v[i]));
}

static void add_json(struct buf *b, json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v)
		add(b, sv_str(json_string_value(v)));
}

/* As they are written: an address is read back and stored with them. */
static void add_written(struct buf *b, json_t *list)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v)
		buf_printf(b, "%s%s", b->len ? "\n" : "",
			   json_is_string(v) ? json_string_value(v) : "");
}

static void add_figures(struct buf *b)
{
	char s[8];

	for (int i = 1; i <= 59; i++) {
		snprintf(s, sizeof(s), "%d", i);
		add(b, sv_str(s));
	}
}

static void add_framed(struct lists *l, struct word_list frames,
		       struct sv phrase)
{
	char line[160];

	for (size_t i = 0; i < frames.n; i++) {
		const char *at = strstr(frames.v[i], "%.*s");

		if (!at)
			continue;
		snprintf(line, sizeof(line), "%.*s%.*s%s",
			 (int)(at - frames.v[i]), frames.v[i], SV_ARG(phrase),
			 at + 4);
		add(&l->phrases, sv_str(line));
	}
	add(&l->bias, phrase);
}

static void add_thing(struct lists *l, const struct lang_lists *tab,
		      struct sv name)
{
	if (tab->thing_steps && name.len)
		tab->thing_steps(&l->words, name);
}

/* The words of a language: of a list that all have, or of its own one. */
static json_t *words_in(json_t *words, enum nlu_lang lang)
{
	return json_is_object(words) ? json_object_get(words, lang_name(lang))
				     : words;
}

static struct sv name_in(json_t *thing, enum nlu_lang lang)
{
	json_t *v = json_object_get(json_object_get(thing, "names"),
				    lang_name(lang));

	return sv_str(json_string_value(
		json_is_string(v) ? v : json_object_get(thing, "name")));
}

/* Is the script's list of words meant for this service? */
static bool meant(json_t *group, json_t *service, struct sv name)
{
	const char *like = json_string_value(json_object_get(group, "like"));
	struct nlu_text t;
	size_t i;
	json_t *w;

	if (!like)
		return false;
	nlu_split(&t, name);
	if (nlu_match(&t, like, NULL, NULL))
		return true;
	json_array_foreach (json_object_get(service, "words"), i, w) {
		nlu_split(&t, sv_str(json_string_value(w)));
		if (nlu_match(&t, like, NULL, NULL))
			return true;
	}
	return false;
}

/* Both kinds of words of a service, in one language, for the recogniser. */
static void list_service(struct dialog_sess *s, json_t *service,
			 enum nlu_lang lang, const struct lang_lists *tab)
{
	struct lists *l = &s->lists[lang][SLOT_SERVICE];
	json_t *list, *group, *w;
	struct sv name =
		sv_str(json_string_value(json_object_get(service, "name")));
	size_t i;

	add_framed(l, tab->frames, name_in(service, lang));
	add_thing(l, tab, name_in(service, lang));
	list = words_in(json_object_get(service, "words"), lang);
	json_array_foreach (list, i, w) {
		add_framed(l, tab->frames, sv_str(json_string_value(w)));
		add_thing(l, tab, sv_str(json_string_value(w)));
	}
	json_array_foreach (json_object_get(s->script, "words"), i, group) {
		if (meant(group, service, name))
			add_json(&l->bias,
				 words_in(json_object_get(group, "words"),
					  lang));
	}
}

static int add_terms(struct nlu_terms *ts, unsigned item, json_t *words,
		     unsigned weight)
{
	const char *lang;
	size_t i;
	json_t *w;
	int err = 0;

	json_object_foreach (words, lang, w)
		err = err ? err : add_terms(ts, item, w, weight);
	json_array_foreach (words, i, w)
		err = err ? err
			  : nlu_terms_add(ts, item,
					  sv_str(json_string_value(w)), weight);
	return err;
}

static int add_names(struct nlu_terms *ts, unsigned item, json_t *thing)
{
	json_t *names = json_object_get(thing, "names"), *v;
	const char *lang;
	int err = nlu_terms_name(
		ts, item,
		sv_str(json_string_value(json_object_get(thing, "name"))));

	json_object_foreach (names, lang, v)
		err = err ? err
			  : nlu_terms_name(ts, item,
					   sv_str(json_string_value(v)));
	return err;
}

static int service_terms(struct dialog_sess *s, unsigned item, json_t *service)
{
	struct sv name =
		sv_str(json_string_value(json_object_get(service, "name")));
	json_t *group;
	size_t i;
	int err = add_names(&s->terms, item, service);

	err = err ? err
		  : add_terms(&s->terms, item,
			      json_object_get(service, "words"),
			      NLU_WEIGHT_WORD);
	json_array_foreach (json_object_get(s->script, "words"), i, group) {
		if (!err && meant(group, service, name))
			err = add_terms(&s->terms, item,
					json_object_get(group, "words"),
					NLU_WEIGHT_WORD - 1);
	}
	return err;
}

static void list_init(struct lists *l)
{
	buf_init(&l->phrases, 1 << 17);
	buf_init(&l->words, 1 << 16);
	buf_init(&l->bias, 1 << 16);
}

static void list_fini(struct lists *l)
{
	buf_fini(&l->phrases);
	buf_fini(&l->words);
	buf_fini(&l->bias);
}

/* A business with very many words: what fits is enough. */
static int list_err(const struct lists *l)
{
	const struct buf *b[] = {&l->phrases, &l->words, &l->bias};

	for (size_t i = 0; i < ARRAY_LEN(b); i++) {
		if (b[i]->err && b[i]->err != -ENOSPC)
			return b[i]->err;
	}
	return 0;
}

static const char *option_name(const struct dialog_sess *s, json_t *option,
			       enum nlu_lang lang)
{
	const char *name = json_string_value(json_object_get(option, "name"));
	json_t *texts = json_object_get(json_object_get(s->script, "languages"),
					lang_name(lang));
	json_t *v = name ? json_object_get(texts, name) : NULL;

	return json_is_string(v) ? json_string_value(v) : name;
}

static int build_choice(struct dialog_sess *s, const char *slot, json_t *def,
			const struct lang_lists *tab)
{
	struct choice *c = &s->choices[s->nchoices++];
	json_t *o;
	size_t i;
	int err = 0;

	c->slot = slot;
	for (i = 0; i < SCRIPT_LANGS; i++)
		list_init(&c->lists[i]);
	json_array_foreach (json_object_get(def, "options"), i, o) {
		json_t *words = json_object_get(o, "words"), *w;
		size_t k;

		for (int l = 0; l < SCRIPT_LANGS && i < NLU_ITEMS; l++) {
			if (!s->speaks[l])
				continue;
			add_framed(&c->lists[l], tab[l].frames,
				   sv_str(option_name(s, o, l)));
			json_array_foreach (words_in(words, l), k, w)
				add_framed(&c->lists[l], tab[l].frames,
					   sv_str(json_string_value(w)));
			err = err ? err
				  : nlu_terms_name(
					    &c->terms, (unsigned)i,
					    sv_str(option_name(s, o, l)));
		}
		if (!err && i < NLU_ITEMS)
			err = add_terms(&c->terms, (unsigned)i, words,
					NLU_WEIGHT_WORD);
	}
	for (i = 0; i < SCRIPT_LANGS; i++) {
		if (s->speaks[i])
			add_all(&c->lists[i].phrases, tab[i].anywhere);
		err = err ? err : list_err(&c->lists[i]);
	}
	return err;
}

static void build_lang(struct dialog_sess *s, enum nlu_lang lang,
		       const struct lang_lists *tab)
{
	struct lists *l = s->lists[lang];
	json_t *v;
	size_t i;

	if (tab->service_steps)
		tab->service_steps(&l[SLOT_SERVICE].words);
	json_array_foreach (json_object_get(s->vars, "services"), i, v) {
		if (i < NLU_ITEMS)
			list_service(s, v, lang, tab);
	}
	add_json(&l[SLOT_NAME].bias, json_object_get(s->vars, "names"));
	add_all(&l[SLOT_YESNO].phrases, tab->yes_no);
	add_all(&l[SLOT_YESNO].phrases, tab->anywhere);
	add_all(&l[SLOT_SERVICE].phrases, tab->anywhere);
	add_all(&l[SLOT_SERVICE].phrases, tab->calls);
	if (tab->when_steps) {
		l[SLOT_WHEN].steps = tab->when_steps();
	} else {
		add_all(&l[SLOT_WHEN].words, tab->when);
		add_figures(&l[SLOT_WHEN].words);
	}
	if (tab->phone_steps)
		l[SLOT_PHONE].steps = tab->phone_steps();
	else
		add_all(&l[SLOT_PHONE].words, tab->digits);
	add_all(&l[SLOT_MONEY].words, tab->money);
	add_json(&l[SLOT_ADDRESS].bias, json_object_get(s->vars, "streets"));
	add_json(&l[SLOT_ADDRESS].bias, json_object_get(s->vars, "places"));
	if (tab->address_steps)
		tab->address_steps(&l[SLOT_ADDRESS].words,
				   buf_get(&s->streets));
	add_all(&l[SLOT_URGENCY].phrases, tab->urgency);
	add_all(&l[SLOT_URGENCY].phrases, tab->anywhere);
}

int lists_build(struct dialog_sess *s)
{
	struct lang_lists tab[SCRIPT_LANGS];
	const char *slot;
	json_t *v;
	size_t i;
	int err = 0;

	lists_en(&tab[NLU_EN]);
	lists_es(&tab[NLU_ES]);
	for (i = 0; i < SCRIPT_LANGS * SLOT_KINDS; i++)
		list_init(&s->lists[i / SLOT_KINDS][i % SLOT_KINDS]);
	buf_init(&s->streets, 1 << 16);
	buf_init(&s->places, 1 << 16);
	add_written(&s->streets, json_object_get(s->vars, "streets"));
	add_written(&s->places, json_object_get(s->vars, "places"));
	json_array_foreach (json_object_get(s->vars, "services"), i, v) {
		if (!err && i < NLU_ITEMS)
			err = service_terms(s, (unsigned)i, v);
	}
	for (i = 0; i < SCRIPT_LANGS; i++) {
		if (s->speaks[i])
			build_lang(s, (enum nlu_lang)i, &tab[i]);
	}
	json_object_foreach (json_object_get(s->script, "slots"), slot, v) {
		if (!err && json_object_get(v, "options") &&
		    s->nchoices < SCRIPT_CHOICES)
			err = build_choice(s, slot, v, tab);
	}
	for (i = 0; !err && i < SCRIPT_LANGS * SLOT_KINDS; i++)
		err = list_err(&s->lists[i / SLOT_KINDS][i % SLOT_KINDS]);
	return err;
}

void lists_fini(struct dialog_sess *s)
{
	for (size_t i = 0; i < SCRIPT_LANGS * SLOT_KINDS; i++)
		list_fini(&s->lists[i / SLOT_KINDS][i % SLOT_KINDS]);
	for (size_t i = 0; i < s->nchoices; i++) {
		nlu_terms_fini(&s->choices[i].terms);
		for (size_t l = 0; l < SCRIPT_LANGS; l++)
			list_fini(&s->choices[i].lists[l]);
	}
	buf_fini(&s->streets);
	buf_fini(&s->places);
}

struct sv lists_words(const struct lists *l)
{
	return l->steps.len ? l->steps : buf_get(&l->words);
}

void lists_phrases(const struct dialog_sess *s, const struct lists *l,
		   struct buf *out)
{
	struct lang_lists tab = {0};

	(s->lang == NLU_ES ? lists_es : lists_en)(&tab);
	buf_sv(out, buf_get(&l->phrases));
	if (tab.alarm_steps && out->len)
		buf_char(out, '\n');
	if (tab.alarm_steps)
		buf_sv(out, tab.alarm_steps());
}

struct choice *lists_choice(struct dialog_sess *s, const char *slot)
{
	for (size_t i = 0; i < s->nchoices; i++) {
		if (!strcmp(s->choices[i].slot, slot))
			return &s->choices[i];
	}
	return NULL;
}

const struct lists *lists_of(const struct dialog_sess *s, const char *slot,
			     json_t *def)
{
	int kind = script_kind(json_string_value(json_object_get(def, "kind")));

	for (size_t i = 0; kind == SLOT_CHOICE && i < s->nchoices; i++) {
		if (!strcmp(s->choices[i].slot, slot))
			return &s->choices[i].lists[s->lang];
	}
	return kind < 0 ? NULL : &s->lists[s->lang][kind];
}
