#include "dialog/script.h"

#include "dialog/spoken.h"

#include <stdio.h>

static json_t *text_value(struct sv s)
{
	return json_stringn(s.p ? s.p : "", s.len);
}

/* ---- service ---- */

static json_t *service_value(const struct dialog_sess *s, unsigned item)
{
	json_t *sv = json_array_get(json_object_get(s->vars, "services"), item);

	return sv ? json_deep_copy(sv) : NULL;
}

/* "Both of them." */
static bool says_both(const struct nlu_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (nlu_in(t, i, "both ambos ambas") ||
		    (i && nlu_in(t, i, "two dos") &&
		     nlu_in(t, i - 1, "the las los")))
			return true;
	}
	return false;
}

/* One visit is booked: for the first of them, the others are noted. */
static json_t *service_first(struct dialog_sess *s)
{
	json_t *between = vars_get(s, SV("between")), *also = json_array(), *v;
	json_t *first = json_deep_copy(json_array_get(between, 0));
	size_t i;

	json_array_foreach (between, i, v) {
		if (i)
			json_array_append(also, v);
	}
	if (first)
		json_object_set(first, "also", also);
	json_decref(also);
	return first;
}

static struct found find_service(struct dialog_sess *s, const char *name,
				 json_t *def, const struct nlu_text *t,
				 struct sv raw, bool asked)
{
	uint32_t bits = nlu_terms_find(&s->terms, t);
	json_t *both;

	(void)name, (void)def, (void)raw;
	if (!bits && asked && says_both(t))
		return (struct found){service_first(s), NULL};
	if (!bits)
		return (struct found){NULL, NULL};
	if (!(bits & (bits - 1)))
		return (struct found){
			service_value(s, (unsigned)__builtin_ctz(bits)), NULL};
	if (!asked)
		return (struct found){NULL, NULL};
	both = json_array();
	for (unsigned i = 0; i < NLU_ITEMS; i++) {
		if (bits & 1u << i)
			json_array_append_new(both, service_value(s, i));
	}
	vars_set(s, SV("between"), both);
	return (struct found){NULL, "between"};
}

bool slot_refused(const struct dialog_sess *s, json_t *service,
		  const struct nlu_text *t)
{
	json_t *id = json_object_get(service, "id"), *one;
	uint32_t bits = nlu_terms_refused(&s->terms, t);
	uint32_t found = bits ? nlu_terms_find(&s->terms, t) : 0;
	size_t i;

	/* in Spanish what is refused is found, too */
	if (t->lang == NLU_ES)
		found &= ~bits;
	json_array_foreach (json_object_get(s->vars, "services"), i, one) {
		if (i < NLU_ITEMS && bits & 1u << i && !found &&
		    json_equal(id, json_object_get(one, "id")))
			return true;
	}
	return false;
}

/* ---- name ---- */

/* "Root Canal, tomorrow at two, Dana Miller": not what is offered. */
static bool listed_name(const struct dialog_sess *s, struct nlu_name *n,
			const struct nlu_text *t, bool asked)
{
	struct nlu_text words;

	if (!nlu_name_listed(n, t, asked))
		return false;
	nlu_split_lang(&words, sv_str(n->full), t->lang);
	return !nlu_terms_find(&s->terms, &words);
}

/* "It's Carlos, not Karen": the name that takes the place of the known one. */
static bool other_name(struct dialog_sess *s, const char *slot,
		       struct nlu_name *n, const struct nlu_text *t)
{
	json_t *old = json_object_get(s->vars, slot);
	const char *full = json_string_value(json_object_get(old, "full"));
	const char *rest = full ? strchr(full, ' ') : NULL, *p;
	struct nlu_text was, said;

	if (!full || !t->n)
		return false;
	nlu_split_lang(&was, sv_str(full), t->lang);
	for (size_t i = 1; was.n && i + 1 < t->n; i++) {
		if (!nlu_in(t, i, t->lang == NLU_ES ? "no" : "not") ||
		    !sv_same(t->v[i + 1].w, was.v[0].w))
			continue;
		p = t->v[0].raw.p;
		nlu_split_lang(&said,
			       (struct sv){p, (size_t)(t->v[i].raw.p - p)},
			       t->lang);
		if (!nlu_name(n, &said,
			      buf_get(&s->lists[s->lang][SLOT_NAME].bias),
			      true))
			return false;
		/* the first name is put right, the last one stays */
		if (rest && !strchr(n->full, ' '))
			snprintf(n->full + strlen(n->full),
				 sizeof(n->full) - strlen(n->full), "%s", rest);
		return true;
	}
	return false;
}

static struct found find_name(struct dialog_sess *s, const char *name,
			      json_t *def, const struct nlu_text *t,
			      struct sv raw, bool asked)
{
	struct nlu_name n;

	(void)def, (void)raw;
	if (!other_name(s, name, &n, t) &&
	    !nlu_name(&n, t, buf_get(&s->lists[s->lang][SLOT_NAME].bias),
		      asked) &&
	    !listed_name(s, &n, t, asked))
		return (struct found){NULL, NULL};
	return (struct found){
		json_pack("{ss ss}", "full", n.full, "first", n.first), NULL};
}

/* Where the incomplete value of a slot stands: "when_part". */
struct part_key {
	char s[64];
};

static struct part_key part_key(const char *name)
{
	struct part_key k;

	snprintf(k.s, sizeof(k.s), "%.50s_part", name);
	return k;
}

void slot_part(struct dialog_sess *s, const char *name, json_t *value)
{
	struct part_key k = part_key(name);

	vars_set(s, sv_str(k.s), value);
}

/* ---- phone, yes/no, text ---- */

static json_t *phone_value(const char *e164)
{
	struct buf b;
	json_t *v;

	buf_init(&b, 128);
	spoken_phone(&b, sv_str(e164));
	v = json_pack("{ss ss}", "e164", e164, "spoken", b.p ? b.p : "");
	buf_fini(&b);
	return v;
}

static struct found find_phone(struct dialog_sess *s, const char *name,
			       json_t *def, const struct nlu_text *t,
			       struct sv raw, bool asked)
{
	struct nlu_phone_no no;
	enum nlu_phone got = nlu_phone(&no, t);

	(void)s, (void)name, (void)raw;
	if (got == NLU_PHONE_OK)
		return (struct found){phone_value(no.e164), NULL};
	/* without its area code it was named all the same */
	if (json_is_true(json_object_get(def, "only")))
		return (struct found){
			no.digits >= 7 ? json_pack("{ss}", "said", no.said)
				       : NULL,
			NULL};
	return (struct found){NULL, asked && got ? "short" : NULL};
}

static json_t *yesno_value(bool yes, struct sv words)
{
	json_t *v = json_pack("{ss sb}", "is", yes ? "yes" : "no", "yes", yes);

	if (v)
		json_object_set_new(v, "words", text_value(words));
	return v;
}

static bool has_intent(json_t *names, unsigned intents)
{
	size_t i;
	json_t *n;

	json_array_foreach (names, i, n) {
		enum nlu_intent is =
			nlu_intent_find(sv_str(json_string_value(n)));

		if (is && (intents & 1u << is))
			return true;
	}
	return false;
}

static struct found find_yesno(struct dialog_sess *s, const char *name,
			       json_t *def, const struct nlu_text *t,
			       struct sv raw, bool asked)
{
	enum nlu_yesno is = NLU_NEITHER;
	unsigned intents = nlu_intents(t);

	(void)s, (void)name;
	if (has_intent(json_object_get(def, "no_if"), intents))
		is = NLU_NO;
	else if (has_intent(json_object_get(def, "yes_if"), intents))
		is = NLU_YES;
	else if (asked)
		is = nlu_yesno(t);
	asked = asked || json_is_true(json_object_get(def, "early"));
	if (asked && is == NLU_NEITHER && always_says(def, "yes", t))
		is = NLU_YES;
	if (asked && is == NLU_NEITHER && always_says(def, "no", t))
		is = NLU_NO;
	if (is == NLU_NEITHER)
		return (struct found){NULL, NULL};
	return (struct found){yesno_value(is == NLU_YES, raw), NULL};
}

/* "Yes", "okay", "uh no": words that are no area, no car and no message. */
static bool is_bare(const struct nlu_text *t)
{
	static const char words[] =
		"yes yeah yep yup yea no nope nah okay ok sure right alright "
		"all please thanks thank you correct exactly well um uh hm hmm "
		"er oh ah huh si sip claro bueno bien vale correcto exacto "
		"gracias pues este eh";

	for (size_t i = 0; i < t->n; i++) {
		if (!nlu_sv_in(t->v[i].w, words))
			return false;
	}
	return true;
}

static struct found find_text(struct dialog_sess *s, const char *name,
			      json_t *def, const struct nlu_text *t,
			      struct sv raw, bool asked)
{
	json_t *part;

	(void)s, (void)name;
	part = asked ? NULL : always_part(def, "unasked", t);
	if (part)
		return (struct found){json_pack("{so}", "words", part), NULL};
	if (!asked || is_bare(t))
		return (struct found){NULL, NULL};
	return (struct found){json_pack("{so}", "words", text_value(raw)),
			      NULL};
}

typedef struct found find_h(struct dialog_sess *s, const char *name,
			    json_t *def, const struct nlu_text *t,
			    struct sv raw, bool asked);

static const struct {
	const char *name;
	find_h *find;
} kinds[SLOT_KINDS] = {
	[SLOT_SERVICE] = {"service", find_service},
	[SLOT_NAME] = {"name", find_name},
	[SLOT_WHEN] = {"when", kind_when},
	[SLOT_PHONE] = {"phone", find_phone},
	[SLOT_YESNO] = {"yesno", find_yesno},
	[SLOT_TEXT] = {"text", find_text},
	[SLOT_ADDRESS] = {"address", kind_address},
	[SLOT_MONEY] = {"money", kind_money},
	[SLOT_CHOICE] = {"choice", kind_choice},
	[SLOT_URGENCY] = {"urgency", kind_urgency},
};

int script_kind(const char *name)
{
	for (int i = 0; name && i < SLOT_KINDS; i++) {
		if (!strcmp(name, kinds[i].name))
			return i;
	}
	return -1;
}

static int kind_of(json_t *def)
{
	return script_kind(json_string_value(json_object_get(def, "kind")));
}

struct found slot_find(struct dialog_sess *s, const char *name, json_t *def,
		       const struct nlu_text *t, struct sv raw, bool asked)
{
	int kind = kind_of(def);

	if (kind < 0)
		return (struct found){NULL, NULL};
	return kinds[kind].find(s, name, def, t, raw, asked);
}

/* Typed numbers: which kinds take them, and how long one is. */
static size_t typed_len(int kind)
{
	return kind == SLOT_PHONE ? 10 : kind == SLOT_MONEY ? 9 : 6;
}

static bool takes_digits(const struct dialog_sess *s, int kind)
{
	struct part_key k = part_key(s->asked ? s->asked : "");
	json_t *part = json_object_get(s->vars, k.s);

	return kind == SLOT_PHONE || kind == SLOT_MONEY ||
	       (kind == SLOT_ADDRESS && json_object_get(part, "street") &&
		address_lacks(part));
}

struct found slot_typed(struct dialog_sess *s, json_t *def)
{
	struct nlu_text t;
	struct found f;

	nlu_split(&t, buf_get(&s->digits));
	f = slot_find(s, s->asked, def, &t, buf_get(&s->digits), true);
	buf_reset(&s->digits);
	return f;
}

static struct found digit_typed(struct dialog_sess *s, json_t *def, char digit)
{
	if (digit == '*')
		return (struct found){NULL, NULL};
	if (digit != '#')
		buf_char(&s->digits, digit);
	if (digit != '#' && s->digits.len < typed_len(kind_of(def)))
		return (struct found){NULL, "typing"};
	return slot_typed(s, def);
}

/* Keys 1 to 9 of a list, or of those that were in question. */
static json_t *digit_item(struct dialog_sess *s, json_t *def, char digit)
{
	json_t *between = vars_get(s, SV("between"));
	size_t i = (size_t)(digit - '1');
	char words[] = "pressed 0";

	words[8] = digit;
	if (digit < '1' || digit > '9')
		return NULL;
	if (json_array_size(between))
		return json_incref(json_array_get(between, i));
	if (kind_of(def) == SLOT_CHOICE)
		return choice_value(s, def, i, sv_str(words));
	return service_value(s, (unsigned)i);
}

struct found slot_digit(struct dialog_sess *s, json_t *def, char digit)
{
	int kind = kind_of(def);
	char words[] = "pressed 0";

	words[8] = digit;
	if (kind == SLOT_YESNO && (digit == '1' || digit == '2'))
		return (struct found){yesno_value(digit == '1', sv_str(words)),
				      NULL};
	if (kind == SLOT_SERVICE || kind == SLOT_CHOICE)
		return (struct found){digit_item(s, def, digit), NULL};
	if (kind >= 0 && takes_digits(s, kind) &&
	    (digit != '0' || kind == SLOT_PHONE || s->digits.len))
		return digit_typed(s, def, digit);
	return (struct found){NULL, NULL};
}

/* Nobody is called by a number, and by a whole sentence neither. */
static json_t *guess_name(const struct nlu_text *t)
{
	struct buf full;
	json_t *v = NULL;
	size_t first = 0;

	if (nlu_in(t, 0,
		   "what why who how when where i no yes is are do can "
		   "the que por quien como cuando donde no si es"))
		return NULL;
	buf_init(&full, 78);
	for (size_t i = 0; i < t->n; i++) {
		struct sv w = t->v[i].raw;

		if (t->v[i].num >= 0 || !w.len)
			continue;
		if (full.len)
			buf_char(&full, ' ');
		if (!buf_sv(&full, w) && w.p[0] >= 'a' && w.p[0] <= 'z')
			full.p[full.len - w.len] -= 'a' - 'A';
		first = first ? first : full.len;
	}
	if (t->n && t->n <= 4 && full.len && !full.err)
		v = json_pack("{ss# ss#}", "full", full.p, (int)full.len,
			      "first", full.p, (int)first);
	buf_fini(&full);
	return v;
}

json_t *slot_guess(struct dialog_sess *s, const char *name, json_t *def,
		   const struct nlu_text *t)
{
	struct found f = slot_find(s, name, def, t, buf_get(&s->heard), true);
	int kind = kind_of(def);

	if (f.value && (!f.problem || kind == SLOT_ADDRESS))
		return f.value;
	json_decref(f.value);
	if (kind == SLOT_NAME)
		return guess_name(t);
	if (kind != SLOT_ADDRESS || t->n < 2)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i].num >= 0)
			return json_pack("{ss#}", "full", s->heard.p,
					 (int)s->heard.len);
	}
	return NULL;
}
