/* Addresses, sums of money, choices, urgency: from words to values. */
#include "dialog/script.h"

#include "dialog/spoken.h"

#include <stdio.h>
#include <strings.h>

static const struct found nothing;

static struct sv text_of(json_t *o, const char *key)
{
	return sv_str(json_string_value(json_object_get(o, key)));
}

/* ---- address ---- */

struct member {
	const char *key;
	size_t off, size;
};

#define MEMBER(m)                                                              \
	{                                                                      \
#m, offsetof(struct nlu_address, m),                           \
			sizeof(((struct nlu_address *)NULL)->m)                \
	}

static const struct member members[] = {
	MEMBER(full), MEMBER(number), MEMBER(street),
	MEMBER(unit), MEMBER(city),   MEMBER(zip),
};

static char *member_at(struct nlu_address *a, const struct member *m)
{
	return (char *)a + m->off;
}

static json_t *address_json(struct nlu_address *a)
{
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const char *s = member_at(a, &members[i]);

		if (*s)
			json_object_set_new(o, members[i].key, json_string(s));
	}
	return o;
}

static struct nlu_address address_of(json_t *o)
{
	struct nlu_address a = {.full = ""};

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		sv_copy(member_at(&a, &members[i]), members[i].size,
			text_of(o, members[i].key));
	return a;
}

/* "Twelve", or typed, when the street is known: the number of the house. */
static bool bare_number(struct nlu_address *now, const struct nlu_text *t)
{
	size_t used = 0;
	int n = 0;
	bool ord;

	for (size_t i = 0; i < t->n && !used; i++)
		used = nlu_number(t, i, &n, &ord);
	if (!used || n <= 0)
		return false;
	snprintf(now->number, sizeof(now->number), "%d", n);
	return true;
}

const char *address_lacks(json_t *address)
{
	const char *street =
		json_string_value(json_object_get(address, "street"));

	/* there the number of the box is the house's */
	if (street && strstr(street, " Box "))
		return NULL;
	if (!json_object_get(address, "street"))
		return "street";
	return json_object_get(address, "number") ? NULL : "number";
}

/* A problem counts only when the script has a question for it. */
static bool asks_for(const struct dialog_sess *s, const char *problem)
{
	return json_object_get(run_option(s, "problems"), problem) != NULL;
}

/* "12 Elm" for "12 Elm Street" is the same, said in short. */
static bool in_short(const char *said, const char *known)
{
	size_t n = strlen(said);

	return n && !strncasecmp(said, known, n);
}

/*
 * The street that the caller's words name when no list of known ones is at
 * hand. Once one of the list was read back instead, these words win, unless
 * he says yes to it. "address_listed": what is read back for them.
 */
static void words_win(struct dialog_sess *s, const char *name,
		      const struct nlu_text *t, bool asked,
		      struct nlu_address *now)
{
	struct nlu_address said = {.full = ""};
	struct sv places = buf_get(&s->places);
	char key[64];
	json_t *before;
	const char *street;

	snprintf(key, sizeof(key), "%.50s_listed", name);
	if (!now->street[0])
		return;
	before = json_object_get(s->vars, key);
	street = json_string_value(json_object_get(before, "street"));
	if (!nlu_address(&said, t, SV(""), places, asked) || !said.street[0])
		return;
	if (in_short(said.street, now->street)) {
		vars_set(s, sv_str(key), NULL);
		return;
	}
	if (street && !strcmp(street, now->street) && asked &&
	    json_integer_value(json_object_get(before, "at")) < s->texts &&
	    nlu_yesno(t) != NLU_YES) {
		*now = said;
		return;
	}
	vars_set(s, sv_str(key),
		 json_pack("{ss sI}", "street", now->street, "at",
			   (json_int_t)s->texts));
}

struct found kind_address(struct dialog_sess *s, const char *name, json_t *def,
			  const struct nlu_text *t, struct sv raw, bool asked)
{
	json_t *old = json_object_get(s->vars, name), *v;
	struct nlu_address now = {.full = ""}, a;
	struct sv streets = buf_get(&s->streets), places = buf_get(&s->places);
	const char *lacks;
	char part[64];

	(void)def, (void)raw;
	snprintf(part, sizeof(part), "%.50s_part", name);
	if (!json_is_object(old))
		old = json_object_get(s->vars, part);
	a = address_of(old);
	if (!nlu_address(&now, t, streets, places, asked) &&
	    !(asked && a.street[0] && !a.number[0] && bare_number(&now, t)))
		return nothing;
	/* "six hundred K" is what the house is worth, not where it is */
	if (nlu_sv_in(sv_str(now.street), "K Thousand Million Grand Dollars"))
		return nothing;
	words_win(s, name, t, asked, &now);
	nlu_address_join(&a, &now);
	v = address_json(&a);
	lacks = address_lacks(v);
	if (lacks && asks_for(s, lacks))
		return (struct found){v, lacks};
	return (struct found){v, NULL};
}

/* ---- money ---- */

enum { THOUSAND = 1000 * 100 };

/* "300 to 350" for a house. */
static void in_thousands(struct nlu_money *m)
{
	if (MAX(m->cents, m->max_cents) >= THOUSAND)
		return;
	m->cents *= 1000;
	m->max_cents *= 1000;
}

struct found kind_money(struct dialog_sess *s, const char *name, json_t *def,
			const struct nlu_text *t, struct sv raw, bool asked)
{
	struct nlu_money m;
	struct buf spoken;
	json_t *v;

	(void)name, (void)raw;
	if (!nlu_money(&m, t, asked))
		return nothing;
	if (json_object_get(def, "thousands") &&
	    vars_true(s, json_object_get(def, "thousands")))
		in_thousands(&m);
	v = json_pack("{sI sb}", "cents", (json_int_t)m.cents, "about",
		      m.about);
	if (m.max_cents)
		json_object_set_new(v, "max_cents",
				    json_integer((json_int_t)m.max_cents));
	buf_init(&spoken, 160);
	vars_money(s, &spoken, v);
	json_object_set_new(v, "spoken",
			    json_stringn(spoken.p ? spoken.p : "", spoken.len));
	buf_fini(&spoken);
	return (struct found){v, NULL};
}

/* ---- choice ---- */

json_t *choice_value(struct dialog_sess *s, json_t *def, size_t i,
		     struct sv words)
{
	json_t *o = json_array_get(json_object_get(def, "options"), i), *v;
	const char *name = json_string_value(json_object_get(o, "name"));
	json_t *names;

	if (!json_is_object(o) || !name)
		return NULL;
	names = json_pack("{ss}", lang_name(s->base), name);
	if (s->lang != s->base)
		json_object_set_new(names, lang_name(s->lang),
				    json_string(lang_text(s, name)));
	for (int l = 0; l < SCRIPT_LANGS; l++) {
		json_t *texts = json_object_get(s->script, "languages");

		texts = json_object_get(texts, lang_name((enum nlu_lang)l));
		if (json_is_string(json_object_get(texts, name)))
			json_object_set(names, lang_name((enum nlu_lang)l),
					json_object_get(texts, name));
	}
	v = json_pack("{sO ss so}", "id", json_object_get(o, "id"), "name",
		      lang_text(s, name), "names", names);
	if (v)
		json_object_set_new(
			v, "words",
			json_stringn(words.p ? words.p : "", words.len));
	return v;
}

/* "The first one", "number two", "two". */
static size_t by_number(const struct nlu_text *t)
{
	size_t used = 0;
	int n = 0;
	bool ord = false;

	for (size_t i = 0; i < t->n && !used; i++)
		used = nlu_number(t, i, &n, &ord);
	return used && n > 0 && (ord || t->n <= 4) ? (size_t)n : 0;
}

struct found kind_choice(struct dialog_sess *s, const char *name, json_t *def,
			 const struct nlu_text *t, struct sv raw, bool asked)
{
	struct choice *c = lists_choice(s, name);
	uint32_t bits = c ? nlu_terms_find(&c->terms, t) : 0;
	size_t n = asked && !bits ? by_number(t) : 0;
	json_t *both;

	if (n)
		return (struct found){choice_value(s, def, n - 1, raw), NULL};
	if (!bits)
		return nothing;
	if (!(bits & (bits - 1)))
		return (struct found){
			choice_value(s, def, (size_t)__builtin_ctz(bits), raw),
			NULL};
	if (!asked)
		return nothing;
	both = json_array();
	for (unsigned i = 0; i < NLU_ITEMS; i++) {
		if (bits & 1u << i)
			json_array_append_new(both,
					      choice_value(s, def, i, raw));
	}
	vars_set(s, SV("between"), both);
	return (struct found){NULL, "between"};
}

/* ---- urgency ---- */

struct found kind_urgency(struct dialog_sess *s, const char *name, json_t *def,
			  const struct nlu_text *t, struct sv raw, bool asked)
{
	static const char *const levels[] = {
		[NLU_URGENCY_ANY] = "any",
		[NLU_URGENCY_SOON] = "soon",
		[NLU_URGENCY_TODAY] = "today",
		[NLU_URGENCY_NOW] = "now",
	};
	enum nlu_urgency is = nlu_urgency(t);
	enum nlu_yesno yes = asked && !is ? nlu_yesno(t) : NLU_NEITHER;
	json_t *v;

	(void)s, (void)name, (void)def;
	/* "is it urgent?" "yes" */
	if (yes)
		is = yes == NLU_YES ? NLU_URGENCY_NOW : NLU_URGENCY_ANY;
	if (!is)
		return nothing;
	v = json_pack("{ss}", "level", levels[is]);
	if (v)
		json_object_set_new(v, "words",
				    json_stringn(raw.p ? raw.p : "", raw.len));
	return (struct found){v, NULL};
}
