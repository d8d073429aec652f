#include "vary.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "channel.h"

/* Who a caller may be when the file does not say: voices that are understood
 * about as well as people are; "@": another throat (docs/callsim.md). */
static const char *const voices[] = {
	"festival:us_slt_hts",	    "flite:slt",
	"festival:us_slt_hts@1.1",  "flite:rms@1.05",
	"festival:us_slt_hts@0.94", "flite:slt@1.06",
};

struct vary {
	struct rng rng;
	bool first; /* seed 1: the first of everything */
	json_t *facts, *varies;
	char *why;
	size_t why_size;
};

static int bad(struct vary *v, const char *what)
{
	snprintf(v->why, v->why_size, "%s", what);
	return -EBADMSG;
}

static size_t pick(struct vary *v, size_t n)
{
	uint64_t r = rng_next(&v->rng);

	return v->first || !n ? 0 : (size_t)(r % n);
}

/* Between lo and hi; the middle for seed 1. */
static double between(struct vary *v, double lo, double hi)
{
	double u = rng_unit(&v->rng);

	return lo + (hi - lo) * (v->first ? 0.5 : u);
}

/* ---- facts: one value of each list, then {name} and {name.part} ---- */

static int choose_facts(struct vary *v, json_t *o)
{
	json_t *all = json_object_get(o, "facts"), *list;
	const char *name;

	v->facts = json_object();
	if (!v->facts)
		return -ENOMEM;
	if (all && !json_is_object(all))
		return bad(v, "\"facts\" must be an object of lists");
	json_object_foreach (all, name, list) {
		if (!json_array_size(list))
			return bad(v, "each of \"facts\" must be a list");
		json_object_set(
			v->facts, name,
			json_array_get(list, pick(v, json_array_size(list))));
	}
	return 0;
}

static const char *fact(struct vary *v, struct sv path)
{
	char name[80], *dot;
	json_t *f;

	if (sv_copy(name, sizeof(name), path))
		return NULL;
	dot = strchr(name, '.');
	if (dot)
		*dot = '\0';
	f = json_object_get(v->facts, name);
	if (dot)
		f = json_object_get(f, dot + 1);
	return json_string_value(f);
}

static json_t *filled(struct vary *v, const char *s)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 65536);
	while (*s) {
		const char *end = *s == '{' ? strchr(s, '}') : NULL;
		const char *value =
			end ? fact(v, (struct sv){s + 1, (size_t)(end - s - 1)})
			    : NULL;

		if (value) {
			buf_printf(&b, "%s", value);
			s = end + 1;
		} else {
			buf_add(&b, s++, 1);
		}
	}
	out = json_stringn(b.p ? b.p : "", b.len);
	buf_fini(&b);
	return out;
}

/* What stands for a text that has facts in it; NULL: it may stay. */
static json_t *fill(struct vary *v, json_t *o)
{
	const char *key;
	json_t *val, *new;
	size_t i;
	void *tmp;

	if (json_is_string(o))
		return strchr(json_string_value(o), '{')
			       ? filled(v, json_string_value(o))
			       : NULL;
	if (json_is_object(o))
		json_object_foreach_safe(o, tmp, key, val)
		{
			new = fill(v, val);
			if (new)
				json_object_set_new(o, key, new);
		}
	json_array_foreach (o, i, val) {
		new = fill(v, val);
		if (new)
			json_array_set_new(o, i, new);
	}
	return NULL;
}

/* ---- wording ---- */

/* In a list of turns: a list is one turn of several wordings. */
static void choose_words(struct vary *v, json_t *turns)
{
	json_t *t, *say;
	size_t i;

	json_array_foreach (turns, i, t) {
		say = json_object_get(t, "say");
		if (json_array_size(t))
			json_array_set(
				turns, i,
				json_array_get(t, pick(v, json_array_size(t))));
		else if (json_array_size(say))
			json_object_set(
				t, "say",
				json_array_get(say,
					       pick(v, json_array_size(say))));
	}
}

static void choose_answer(struct vary *v, json_t *a)
{
	choose_words(v, json_object_get(a, "say"));
	choose_words(v, json_object_get(a, "do"));
}

/* ---- voice, pace, level, pauses ---- */

/* The range that the file's "varies" has for key, else lo and hi. */
static void range(json_t *varies, const char *key, double *lo, double *hi)
{
	json_t *r = json_object_get(varies, key);

	if (json_array_size(r) != 2)
		return;
	*lo = json_number_value(json_array_get(r, 0));
	*hi = json_number_value(json_array_get(r, 1));
}

static void vary_number(struct vary *v, json_t *o, const char *key,
			double otherwise, double lo, double hi, bool factor)
{
	json_t *now = json_object_get(o, key);
	double x = now ? json_number_value(now) : otherwise, by;

	range(v->varies, key, &lo, &hi);
	by = between(v, lo, hi);
	if (v->first || (now && !json_is_number(now)))
		return;
	x = factor ? x * by : x + by;
	json_object_set_new(o, key,
			    json_is_integer(now) || otherwise > 100
				    ? json_integer((json_int_t)x)
				    : json_real(x));
}

static int vary_person(struct vary *v, json_t *o)
{
	json_t *list = json_object_get(v->varies, "voices");
	json_t *line = json_object_get(o, "line");
	size_t n = list ? json_array_size(list) : ARRAY_LEN(voices);
	size_t i = pick(v, n);

	if (list && !n)
		return bad(v, "\"varies\": \"voices\" must be a list");
	if (!v->first && list)
		json_object_set(o, "voice", json_array_get(list, i));
	else if (!v->first)
		json_object_set_new(o, "voice", json_string(voices[i]));
	vary_number(v, o, "rate", 1, 0.95, 1.06, true);
	vary_number(v, o, "pause_ms", 700, 0.9, 1.4, true);
	if (!line && !v->first)
		json_object_set_new(o, "line", line = json_object());
	if (line) {
		vary_number(v, line, "level_db", -20, -3, 3, false);
		vary_number(v, line, "noise_db", -50, -2, 2, false);
	}
	return 0;
}

/* Callers of one seed are not all the same person. */
static uint64_t seed_of(const json_t *o, uint64_t seed)
{
	const char *s = json_string_value(json_object_get(o, "name"));
	uint64_t h = 0xcbf29ce484222325ull; /* FNV-1a */

	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ull;
	return h ^ seed;
}

int vary_caller(json_t *o, uint64_t seed, char *why, size_t why_size)
{
	struct vary v = {.first = seed == 1, .why = why, .why_size = why_size};
	json_t *answers, *a;
	size_t i;
	int err;

	why[0] = '\0';
	if (!json_is_object(o))
		return bad(&v, "the file must be an object");
	rng_seed(&v.rng, seed_of(o, seed));
	v.varies = json_object_get(o, "varies");
	err = choose_facts(&v, o);
	if (!err)
		err = vary_person(&v, o);
	if (!err) {
		choose_words(&v, json_object_get(o, "turns"));
		answers = json_object_get(o, "answers");
		json_array_foreach (answers, i, a)
			choose_answer(&v, a);
		choose_answer(&v, json_object_get(o, "otherwise"));
		json_object_del(o, "facts");
		json_object_del(o, "varies");
		fill(&v, o);
	}
	json_decref(v.facts);
	return err;
}
