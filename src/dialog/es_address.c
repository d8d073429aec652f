#include "dialog/es.h"

#include <ctype.h>
#include <stdio.h>

#include "dialog/nlu_place.h"

/*
 * "Calle Elm 42", "el 42 de la calle Elm", "42 Elm Street": Spanish puts the
 * kind of street in front and the number behind, names of streets here are
 * often English. A street that is known is written as the business knows it.
 */
static const struct {
	const char *words, *name;
} kinds[] = {
	{"calle calles", "Calle"},
	{"avenida avenidas av avda", "Avenida"},
	{"bulevar boulevard blvd", "Boulevard"},
	{"carretera", "Carretera"},
	{"camino", "Camino"},
	{"paseo", "Paseo"},
	{"plaza", "Plaza"},
	{"callejon", "Callejón"},
	{"autopista", "Autopista"},
	{"ruta", "Ruta"},
	{"calzada", "Calzada"},
	{"privada", "Privada"},
};

static const struct {
	const char *words, *name;
} suffixes[] = {
	{"street st estrit strit estreet", "Street"},
	{"avenue ave aveniu avenu", "Avenue"},
	{"road rd roud", "Road"},
	{"drive dr draiv draif", "Drive"},
	{"lane ln lein", "Lane"},
	{"court ct cort", "Court"},
	{"place pl pleis", "Place"},
	{"boulevard blvd", "Boulevard"},
	{"circle sircul", "Circle"},
	{"parkway", "Parkway"},
	{"highway haiwei jaiwei", "Highway"},
	{"terrace", "Terrace"},
	{"trail", "Trail"},
	{"way wei", "Way"},
};

static const char stop[] =
	"a al con contra desde en entre hacia hasta para por sin el los un una "
	"unos y e o u pero porque que quien cual cuando donde como si no ni ya "
	"yo usted me te se nos le mi su es son soy esta estoy vivo vive queda "
	"esquina numero apartamento apto apt departamento depto unidad suite "
	"oficina piso interior codigo postal zip gracias favor casa edificio "
	"cerca junto frente atras ciudad mejor perdon digo calefaccion agua "
	"gas calentador bano cocina tarde manana noche hoy dia necesito quiero "
	"tengo hay dolares millon millones mil pesos";

static int find_in(const struct nlu_text *t, size_t i, bool kind)
{
	size_t n = kind ? ARRAY_LEN(kinds) : ARRAY_LEN(suffixes);

	for (size_t k = 0; k < n; k++) {
		if (nlu_in(t, i, kind ? kinds[k].words : suffixes[k].words))
			return (int)k;
	}
	return -1;
}

static bool breaks(const struct nlu_text *t, size_t i)
{
	return i >= t->n || strchr(".,?!;", t->v[i].sep);
}

/* Numbers from i on as one row of digits: "doce treinta y cuatro" = 1234. */
static size_t digits_at(const struct nlu_text *t, size_t i, char *out,
			size_t size)
{
	size_t from = i, len = 0, n;
	bool ord;
	int v;

	out[0] = '\0';
	while (i < t->n && !(i > from && breaks(t, i))) {
		char one[24];
		int w;

		n = t->v[i].figures && !t->v[i].ord ? 1 : 0;
		if (n) {
			w = snprintf(one, sizeof(one), "%.*s",
				     SV_ARG(t->v[i].w));
		} else {
			n = nlu_in(t, i, "un una") ? 0
						   : nlu_number(t, i, &v, &ord);
			if (!n || ord)
				break;
			w = snprintf(one, sizeof(one), "%d", v);
		}
		if (w < 0 || len + (size_t)w >= size)
			break;
		memcpy(out + len, one, (size_t)w + 1);
		len += (size_t)w;
		i += n;
	}
	return i - from;
}

/* A letter behind a number: "42 B", "tres be". */
static size_t letter_at(const struct nlu_text *t, size_t i, char *letter)
{
	static const struct {
		const char *words;
		char letter;
	} tab[] = {{"b be", 'B'}, {"c ce", 'C'},    {"d", 'D'}, {"f efe", 'F'},
		   {"g ge", 'G'}, {"h hache", 'H'}, {"a", 'A'}, {"e", 'E'}};

	if (breaks(t, i))
		return 0;
	for (size_t k = 0; k < ARRAY_LEN(tab); k++) {
		/* "a" and "e" are words, too: only at the end */
		if (nlu_in(t, i, tab[k].words) &&
		    (tab[k].letter < 'F' ? breaks(t, i + 1) : true)) {
			*letter = tab[k].letter;
			return 1;
		}
	}
	return 0;
}

static void put(char *out, size_t size, const char *text, bool raise)
{
	size_t n = strlen(out), at = n + (n > 0);

	snprintf(out + n, size - n, "%s%s", n ? " " : "", text);
	if (raise && at < strlen(out))
		out[at] = (char)toupper((unsigned char)out[at]);
}

static void put_raw(char *out, size_t size, struct sv raw, bool raise)
{
	char word[40];

	sv_copy(word, sizeof(word), raw);
	put(out, size, word, raise);
}

/* One reading of a text. */
struct reader {
	struct nlu_address *out;
	const struct nlu_text *t;
	struct sv streets, places;
	bool asked, known;
	size_t from, to; /* of the street's words */
};

/* Words that may be a street's name, from i on. */
static size_t name_words(const struct nlu_text *t, size_t i, size_t most)
{
	size_t n = 0;

	while (n < most && i + n < t->n && !(n && breaks(t, i + n)) &&
	       !t->v[i + n].figures &&
	       (t->v[i + n].num < 0 || t->v[i + n].ord) &&
	       !nlu_sv_in(t->v[i + n].w, stop) && find_in(t, i + n, true) < 0)
		n++;
	/* "de la" belongs to a name only when more follows */
	while (n && nlu_in(t, i + n - 1, "de del la las los"))
		n--;
	return n;
}

static struct sv span_of(const struct nlu_text *t, size_t i, size_t n)
{
	const struct sv *last = &t->v[i + n - 1].raw;

	return (struct sv){t->v[i].raw.p,
			   (size_t)(last->p + last->len - t->v[i].raw.p)};
}

/* The name of a known street without its kind: "Elm" of "Elm Street". */
static struct sv core_of(struct sv line)
{
	struct nlu_text t;
	size_t from = 0, n;

	nlu_split_lang(&t, line, NLU_ES);
	n = t.n;
	if (n > 1 && find_in(&t, n - 1, false) >= 0)
		n--;
	if (n > 1 && find_in(&t, 0, true) >= 0) {
		from = 1;
		n--;
	}
	return n ? span_of(&t, from, n) : line;
}

/* The known street that words i … i + n are, into the reading. */
static bool known_street(struct reader *r, size_t i, size_t n)
{
	const char *p = r->streets.p, *end = p + r->streets.len;
	struct sv said;

	if (!n)
		return false;
	said = span_of(r->t, i, n);
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct sv line = {p, (size_t)((nl ? nl : end) - p)};
		struct sv core = core_of(line);

		if (sv_same(said, core) || nlu_near(said, core) ||
		    nlu_near(said, line)) {
			sv_copy(r->out->street, sizeof(r->out->street), line);
			r->known = true;
			return true;
		}
		p += line.len + 1;
	}
	return false;
}

static void write_name(struct reader *r, size_t i, size_t n)
{
	char *s = r->out->street;
	size_t size = sizeof(r->out->street);

	for (size_t k = 0; k < n; k++)
		put_raw(s, size, r->t->v[i + k].raw,
			!nlu_in(r->t, i + k, "de del la las los"));
}

/* "Calle Elm", "la avenida Lincoln", "calle 5". */
static bool kind_first(struct reader *r, size_t i)
{
	const struct nlu_text *t = r->t;
	int kind = find_in(t, i, true);
	size_t n, size = sizeof(r->out->street);
	char no[12] = "";

	if (kind < 0)
		return false;
	n = name_words(t, i + 1, 4);
	r->from = i;
	for (size_t k = n; k; k--) {
		if (known_street(r, i + 1, k)) {
			r->to = i + 1 + k;
			return true;
		}
	}
	put(r->out->street, size, kinds[kind].name, true);
	if (!n) {
		/* "calle 5": a street that is called by its number */
		bool ord;
		int v;
		size_t used = nlu_number(t, i + 1, &v, &ord);

		if (!used || v > 999) {
			r->out->street[0] = '\0';
			return false;
		}
		snprintf(no, sizeof(no), "%d", v);
		put(r->out->street, size, no, false);
		r->to = i + 1 + used;
		return true;
	}
	write_name(r, i + 1, n);
	r->to = i + 1 + n;
	return true;
}

/* "Elm Street", and a known name alone. */
static bool kind_last(struct reader *r, size_t i)
{
	const struct nlu_text *t = r->t;
	size_t n = name_words(t, i, 4);

	for (size_t k = 1; k <= n; k++) {
		int suffix = k > 1 ? find_in(t, i + k - 1, false) : -1;

		if (suffix < 0)
			continue;
		r->from = i;
		r->to = i + k;
		if (known_street(r, i, k - 1))
			return true;
		write_name(r, i, k - 1);
		put(r->out->street, sizeof(r->out->street),
		    suffixes[suffix].name, false);
		return true;
	}
	for (size_t k = MIN(n, 3u); k; k--) {
		if (t->v[i].w.len > 2 && known_street(r, i, k)) {
			r->from = i;
			r->to = i + k;
			return true;
		}
	}
	return false;
}

static bool keep_number(struct reader *r, size_t i, size_t *used)
{
	char no[12], letter;
	size_t n = digits_at(r->t, i, no, sizeof(no));

	*used = n;
	if (!n || strlen(no) > 6)
		return false;
	if (letter_at(r->t, i + n, &letter)) {
		size_t len = strlen(no);

		no[len] = letter;
		no[len + 1] = '\0';
		(*used)++;
	}
	sv_copy(r->out->number, sizeof(r->out->number), sv_str(no));
	return true;
}

/* The number in front ("42 de la calle Elm") or behind ("número 42"). */
static void find_number(struct reader *r)
{
	const struct nlu_text *t = r->t;
	size_t i = r->to, used;

	i += nlu_in(t, i, "en");
	i += nlu_in(t, i, "el");
	i += nlu_in(t, i, "numero num no");
	if (keep_number(r, i, &used)) {
		r->to = i + used;
		return;
	}
	for (size_t k = 0; k < r->from; k++) {
		size_t end;

		if (!keep_number(r, k, &used))
			continue;
		end = k + used;
		while (end < r->from && nlu_in(t, end, "de la en el"))
			end++;
		if (end == r->from) {
			r->from = k;
			return;
		}
		r->out->number[0] = '\0';
		k += used - 1;
	}
}

static void find_unit(struct reader *r)
{
	static const struct {
		const char *words, *name;
	} units[] = {
		{"apartamento apto apt departamento depto", "Apartamento"},
		{"unidad", "Unidad"},
		{"suite", "Suite"},
		{"oficina", "Oficina"},
		{"interior", "Interior"},
		{"lote", "Lote"},
	};
	const struct nlu_text *t = r->t;

	for (size_t i = 0; i < t->n; i++) {
		char no[10], letter = 0, what[24];
		size_t k, n, at = i + 1;

		for (k = 0; k < ARRAY_LEN(units); k++) {
			if (nlu_in(t, i, units[k].words))
				break;
		}
		if (k == ARRAY_LEN(units))
			continue;
		at += nlu_in(t, at, "es el numero");
		n = digits_at(t, at, no, sizeof(no));
		n += letter_at(t, at + n, &letter);
		if (!n)
			continue;
		snprintf(what, sizeof(what), "%s %s", units[k].name, no);
		sv_copy(r->out->unit, sizeof(r->out->unit), sv_str(what));
		if (letter) {
			size_t len = strlen(r->out->unit);

			if (len + 1 < sizeof(r->out->unit)) {
				r->out->unit[len] = letter;
				r->out->unit[len + 1] = '\0';
			}
		}
		return;
	}
}

static void find_zip(struct reader *r)
{
	const struct nlu_text *t = r->t;
	size_t at, len;
	char zip[12];

	if (nlu_match(t, "codigo postal|de? es|el?", &at, &len) ||
	    nlu_match(t, "zip|zipcode code? es?", &at, &len)) {
		if (digits_at(t, at + len, zip, sizeof(zip)) &&
		    strlen(zip) == 5)
			sv_copy(r->out->zip, sizeof(r->out->zip), sv_str(zip));
		return;
	}
	if (!r->out->street[0])
		return;
	for (size_t i = r->to; i < t->n; i++) {
		if (t->v[i].figures && t->v[i].w.len == 5)
			sv_copy(r->out->zip, sizeof(r->out->zip), t->v[i].w);
	}
}

static void find_city(struct reader *r)
{
	const char *p = r->places.p, *end = p + r->places.len;
	size_t from = r->out->street[0] ? r->to : 0;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		struct sv line = {p, (size_t)((nl ? nl : end) - p)};

		for (size_t i = from; i < r->t->n; i++) {
			for (size_t n = MIN(3u, r->t->n - i); n; n--) {
				struct sv said = span_of(r->t, i, n);

				if (said.len + 3 < line.len ||
				    said.len > line.len + 3 ||
				    !nlu_near(said, line))
					continue;
				sv_copy(r->out->city, sizeof(r->out->city),
					line);
				return;
			}
		}
		p += line.len + 1;
	}
}

/* "En San José", at the end and no everyday words: a place unknown to us. */
static void unknown_city(struct reader *r)
{
	const struct nlu_text *t = r->t;
	size_t from = r->out->street[0] ? r->to : 0, n, size;

	for (size_t i = from; i + 1 < t->n && r->asked; i++) {
		if (!nlu_in(t, i, "en") || (i && nlu_in(t, i - 1, "no")))
			continue;
		for (n = 0; n < 3 && i + 1 + n < t->n; n++) {
			const struct nlu_word *w = &t->v[i + 1 + n];

			if (w->num >= 0 || w->w.len < 3 ||
			    (n && strchr(".,?!;", w->sep)) ||
			    nlu_is_everyday(w->w) ||
			    nlu_in(t, i + 1 + n,
				   "la el los las una uno por con sin del que "
				   "calle avenida efectivo punto frente "
				   "espanol"))
				break;
		}
		if (!n || (i + 1 + n < t->n && t->v[i + 1 + n].sep == ' '))
			continue;
		size = sizeof(r->out->city);
		for (size_t k = i + 1; k <= i + n; k++)
			put_raw(r->out->city, size, t->v[k].raw, true);
		return;
	}
}

/* What is said of an address when it was not asked for is one only then. */
static bool volunteered(const struct reader *r)
{
	return r->out->number[0] &&
	       (r->known || find_in(r->t, r->from, true) >= 0 ||
		nlu_match(r->t,
			  "vivo|vivimos|direccion|estoy|estamos|queda|casa",
			  NULL, NULL));
}

/* Nothing but a number: the house, when the address was asked for. */
static bool only_number(struct reader *r)
{
	const struct nlu_text *t = r->t;
	size_t i = 0, used;

	while (nlu_in(t, i, "no es el numero perdon la casa si eh digo mejor"))
		i++;
	return keep_number(r, i, &used) && i + used == t->n;
}

/* "42 Roble", when the address was asked for: a name that nobody knows. */
static bool bare_name(struct reader *r)
{
	const struct nlu_text *t = r->t;
	size_t used, n;
	char no[12];

	for (size_t i = 0; i < t->n; i++) {
		used = digits_at(t, i, no, sizeof(no));
		if (!used || strlen(no) > 5)
			continue;
		i += used;
		n = breaks(t, i) ? 0 : name_words(t, i, 3);
		if (!n || nlu_in(t, i, "de del la"))
			return false;
		write_name(r, i, n);
		r->from = i;
		r->to = i + n;
		return keep_number(r, i - used, &used);
	}
	return false;
}

bool es_address(struct nlu_address *out, const struct nlu_text *t,
		struct sv streets, struct sv places, bool asked)
{
	struct reader r = {out, t, streets, places, asked, false, 0, 0};
	bool found = false;

	memset(out, 0, sizeof(*out));
	/* what was said last counts: "calle Elm, no, calle Oak" */
	for (size_t i = t->n; i-- > 0 && !found;)
		found = kind_first(&r, i);
	for (size_t i = 0; i < t->n && !found; i++)
		found = kind_last(&r, i);
	if (found)
		find_number(&r);
	else if (asked)
		found = bare_name(&r);
	if (found && !asked && !volunteered(&r)) {
		memset(out, 0, sizeof(*out));
		return false;
	}
	if (found || asked) {
		find_unit(&r);
		find_zip(&r);
		find_city(&r);
		if (!r.out->city[0])
			unknown_city(&r);
	}
	if (!found && asked)
		found = out->unit[0] || out->zip[0] || out->city[0] ||
			only_number(&r);
	if (found)
		nlu_address_join(out, out);
	if (out->street[0]) {
		out->from = (unsigned char)r.from;
		out->to = (unsigned char)r.to;
	}
	return found;
}
