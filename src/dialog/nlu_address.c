#include <ctype.h>
#include <stdio.h>

#include "dialog/es.h"
#include "dialog/nlu_place.h"

/* One reading of the words from … to - 1. */
struct reader {
	struct nlu_address *out;
	const struct nlu_text *t;
	struct sv streets, places;
	bool asked;
	bool ended;	       /* a word like "street" ends the street */
	size_t from, to;       /* of the street with its number */
	bool taken[NLU_WORDS]; /* words that are a part already */
};

static const char *const states[] = {
	"alabama|alaska|arizona|arkansas|california|colorado|connecticut|"
	"delaware|florida|georgia|hawaii|idaho|illinois|indiana|iowa|kansas|"
	"kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|"
	"mississippi|missouri|montana|nebraska|nevada|ohio|oklahoma|oregon|"
	"pennsylvania|tennessee|texas|utah|vermont|virginia|washington|"
	"wisconsin|wyoming",
	"new hampshire|jersey|mexico|york",
	"north|south carolina|dakota",
	"west virginia",
	"rhode island",
	"ca|ny|nj|tx|fl|il|pa|oh|ga|nc|mi|va|wa|az|ma|tn|mo|md|wi|co|mn|sc|al|"
	"ky|ct|nv|ut|nm|nh|vt|ri",
};

static const char city_stop[] =
	"a an the and or but please thanks thank my is its it in on at of "
	"to i im you we yes no zip code apartment unit suite tomorrow today "
	"morning afternoon evening near by with for there here thats that "
	"this right okay ok if so because can could will house home area "
	"basement kitchen bathroom garage front back yard old new";

/* "not Oak Street", "it isn't on Oak": what it is not. */
static bool denied(const struct nlu_text *t, size_t i)
{
	for (size_t k = i; k > 0 && k + 3 > i; k--) {
		if (strchr(".,;?!", t->v[k].sep))
			return false;
		if (nlu_in(t, k - 1, "not isnt wasnt"))
			return true;
	}
	return false;
}

/* Behind an everyday word like "drive" an address has to end. */
static bool ends_well(const struct nlu_text *t, size_t i)
{
	return i >= t->n || strchr(".,?!;", t->v[i].sep) ||
	       nlu_in(t, i,
		      "in apartment apt unit suite and zip number near") ||
	       nlu_match_at(t, i, "please|thanks");
}

static bool take_street(struct reader *r, size_t i, size_t end)
{
	const struct nlu_text *t = r->t;
	struct nlu_street s;
	char no[12];
	size_t n = nlu_house_at(t, i, no, sizeof(no)), used;
	bool bare = r->asked && n;

	if (i + n >= end)
		return false;
	/* "the one in Oak Street"; "I am" is no house number either */
	used = nlu_street_at(&s, t, i + n, r->streets, bare || r->asked);
	if (!used || i + n + used > end || denied(t, i))
		return false;
	if (!n && !s.known && !(r->asked && s.suffix))
		return false;
	if (!n && !r->asked && !s.suffix)
		return false;
	if (!r->asked && !s.known && s.weak && !ends_well(t, i + n + used))
		return false;
	if (!n && r->asked && !s.known && s.weak && i && !ends_well(t, i))
		return false;
	sv_copy(r->out->number, sizeof(r->out->number), sv_str(n ? no : ""));
	sv_copy(r->out->street, sizeof(r->out->street), sv_str(s.text));
	r->ended = s.suffix;
	r->from = i;
	r->to = i + n + used;
	r->out->from = (unsigned char)r->from;
	r->out->to = (unsigned char)r->to;
	for (size_t k = r->from; k < r->to; k++)
		r->taken[k] = true;
	return true;
}

/* "Rural route 2 box 14": the box is the house. */
static bool take_rural(struct reader *r, size_t i, size_t end)
{
	static const char *const routes[] = {
		"rural route", "rr", "r r", "rfd", "route", "highway contract",
	};
	char no[12], box[12];
	size_t n = 0, m, b;

	for (size_t k = 0; k < ARRAY_LEN(routes) && !n; k++)
		n = nlu_match_at(r->t, i, routes[k]);
	if (!n)
		return false;
	m = i + n - 1;
	n = nlu_house_at(r->t, m, no, sizeof(no));
	b = nlu_match_at(r->t, m + n, "box number?");
	if (!n || !b)
		return false;
	m += n + b - 1;
	n = nlu_house_at(r->t, m, box, sizeof(box));
	if (!n || m + n > end)
		return false;
	snprintf(r->out->street, sizeof(r->out->street),
		 "Rural Route %s Box %s", no, box);
	r->from = i;
	r->to = m + n;
	r->out->from = (unsigned char)r->from;
	r->out->to = (unsigned char)r->to;
	for (size_t k = r->from; k < r->to; k++)
		r->taken[k] = true;
	return true;
}

/* A unit's number is no house's. */
static bool behind_unit(const struct nlu_text *t, size_t i)
{
	return i && nlu_in(t, i - 1, "unit apartment apt suite") &&
	       t->v[i].sep != ',';
}

/* The first street with a number, else the first one without. */
static bool find_street(struct reader *r, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		if (take_rural(r, i, end))
			return true;
	}
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = from; i < end; i++) {
			char no[12];
			bool has = nlu_house_at(r->t, i, no, sizeof(no));

			if (pass == 0 && behind_unit(r->t, i))
				continue;
			if (has == (pass == 0) && take_street(r, i, end))
				return true;
		}
	}
	return false;
}

static void find_unit(struct reader *r, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		char unit[24];
		size_t n = nlu_unit_at(r->t, i, unit, sizeof(unit));

		if (!n || r->taken[i])
			continue;
		/* "the second floor bathroom" is no address by itself */
		if (strstr(unit, "Floor") && !r->out->street[0])
			continue;
		sv_copy(r->out->unit, sizeof(r->out->unit), sv_str(unit));
		for (size_t k = i; k < MIN(i + n, end); k++)
			r->taken[k] = true;
		return;
	}
}

static void find_zip(struct reader *r, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++) {
		char zip[16];
		size_t head, n, at;

		if (r->taken[i])
			continue;
		head = nlu_match_at(r->t, i,
				    "zip|postal|post code? is|its|of|number?");
		at = head ? i + head - 1 : i;
		if (!head && (!r->out->street[0] || i < r->to))
			continue;
		n = nlu_digits_at(r->t, at, zip, sizeof(zip));
		if (!n || strlen(zip) != 5)
			continue;
		sv_copy(r->out->zip, sizeof(r->out->zip), sv_str(zip));
		for (size_t k = i; k < at + n; k++)
			r->taken[k] = true;
		return;
	}
}

static struct sv words(const struct nlu_text *t, size_t from, size_t n)
{
	const char *p = t->v[from].raw.p;
	const struct sv *last = &t->v[from + n - 1].raw;

	return (struct sv){p, (size_t)(last->p + last->len - p)};
}

/* A known place that words from i on are: words used. */
static size_t known_place(struct reader *r, size_t i, size_t end)
{
	const char *p = r->places.p, *stop = p + r->places.len;

	while (p < stop) {
		const char *nl = memchr(p, '\n', (size_t)(stop - p));
		struct sv line = {p, (size_t)((nl ? nl : stop) - p)};

		for (size_t n = MIN(3u, end - i); n; n--) {
			struct sv said = words(r->t, i, n);

			if (r->taken[i + n - 1] || said.len + 3 < line.len ||
			    said.len > line.len + 3 || !nlu_near(said, line))
				continue;
			sv_copy(r->out->city, sizeof(r->out->city), line);
			return n;
		}
		p += line.len + 1;
	}
	return 0;
}

static size_t state_at(const struct nlu_text *t, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(states); k++) {
		size_t n = nlu_match_at(t, i, states[k]);

		if (n)
			return n - 1;
	}
	return 0;
}

static void put_city(struct reader *r, size_t i, size_t n)
{
	char *city = r->out->city;
	size_t used = 0;

	for (size_t k = 0; k < n; k++) {
		struct sv w = r->t->v[i + k].raw;
		int len = snprintf(city + used, sizeof(r->out->city) - used,
				   "%s%.*s", k ? " " : "", SV_ARG(w));

		if (len < 0 || used + (size_t)len >= sizeof(r->out->city))
			break;
		city[used + (k > 0)] =
			(char)toupper((unsigned char)city[used + (k > 0)]);
		used += (size_t)len;
	}
}

/* No word of i … i + n - 1 is an everyday one: it is a name. */
static bool is_name(const struct reader *r, size_t i, size_t n)
{
	for (size_t k = i; k < i + n; k++) {
		if (nlu_is_everyday(r->t->v[k].w))
			return false;
	}
	return n && r->t->v[i].w.len > 2;
}

/* A place that we do not know: behind "in", or before a state or zip, or what
 * ends the answer behind the street: "500 Main Street, Fremont". */
static void unknown_place(struct reader *r, size_t i, size_t end)
{
	bool in = nlu_is(r->t, i, "in"), sure, ends;
	size_t n = 0;

	i += in;
	while (n < 3 && i + n < end && !r->taken[i + n] &&
	       r->t->v[i + n].num < 0 && !r->t->v[i + n].figures &&
	       !nlu_sv_in(r->t->v[i + n].w, city_stop) &&
	       (!n || (!strchr(".,?!;", r->t->v[i + n].sep) &&
		       !state_at(r->t, i + n))))
		n++;
	ends = r->asked && r->ended && i + n == end && is_name(r, i, n) &&
	       !nlu_in(r->t, i, "sir bro ma mam maam");
	if (!n || (n == 3 && !in && !ends))
		return;
	sure = in || ends ||
	       (i + n < end &&
		(state_at(r->t, i + n) || (r->taken[i + n] && r->out->zip[0])));
	if (sure && (r->asked || r->out->street[0]))
		put_city(r, i, n);
}

/* "Yes, in Oakland", "but it's in Fremont, not San Jose". */
static void only_city(struct reader *r, size_t from, size_t end)
{
	const struct nlu_text *t = r->t;

	for (size_t i = from; i + 1 < end; i++) {
		size_t n = 0;

		if (!nlu_is(t, i, "in") || denied(t, i))
			continue;
		while (n < 3 && i + 1 + n < end && t->v[i + 1 + n].num < 0 &&
		       !nlu_sv_in(t->v[i + 1 + n].w, city_stop) &&
		       (!n || !strchr(".,?!;", t->v[i + 1 + n].sep)) &&
		       !nlu_in(t, i + 1 + n, "not"))
			n++;
		if (is_name(r, i + 1, n)) {
			put_city(r, i + 1, n);
			return;
		}
	}
}

static void find_city(struct reader *r, size_t from, size_t end)
{
	size_t i = r->out->street[0] ? r->to : from;

	for (size_t k = i; k < end; k++) {
		if (!r->taken[k] && known_place(r, k, end))
			return;
	}
	while (i < end && r->taken[i])
		i++;
	if (r->out->street[0] && i < end)
		unknown_place(r, i, end);
	else if (r->asked && !r->out->street[0])
		only_city(r, from, end);
}

/* Nothing but a number: the house, when the address was asked for. */
static bool only_number(struct reader *r, size_t from, size_t end)
{
	char no[12];
	size_t n;

	while (from < end &&
	       nlu_in(r->t, from,
		      "no its it is um uh the number house sorry not thats i "
		      "mean said yes actually"))
		from++;
	n = nlu_house_at(r->t, from, no, sizeof(no));
	if (!n || from + n != end || strlen(no) > 6)
		return false;
	sv_copy(r->out->number, sizeof(r->out->number), sv_str(no));
	return true;
}

static bool read_range(struct nlu_address *out, const struct reader *how,
		       size_t from, size_t end)
{
	struct reader r = *how;
	bool found;

	memset(out, 0, sizeof(*out));
	if (from >= end)
		return false;
	r.out = out;
	found = find_street(&r, from, end);
	if (found || r.asked) {
		find_unit(&r, from, end);
		find_zip(&r, from, end);
		find_city(&r, from, end);
	}
	if (!found && r.asked && !out->unit[0] && !out->zip[0] && !out->city[0])
		return only_number(&r, from, end);
	return found || out->unit[0] || out->zip[0] || out->city[0];
}

static bool corrects(const struct nlu_text *t, size_t i)
{
	return nlu_in(t, i, "no sorry actually correction wait nope") ||
	       nlu_match_at(t, i, "i mean|meant") ||
	       nlu_match_at(t, i, "make that|it");
}

static void take_over(char *dst, size_t size, const char *src)
{
	if (*src)
		sv_copy(dst, size, sv_str(src));
}

void nlu_address_join(struct nlu_address *a, const struct nlu_address *now)
{
	char *p = a->full;
	size_t size = sizeof(a->full);
	int n;

	if (now != a) {
		take_over(a->number, sizeof(a->number), now->number);
		take_over(a->street, sizeof(a->street), now->street);
		take_over(a->unit, sizeof(a->unit), now->unit);
		take_over(a->city, sizeof(a->city), now->city);
		take_over(a->zip, sizeof(a->zip), now->zip);
	}
	n = snprintf(p, size, "%s%s%s", a->number,
		     a->number[0] && a->street[0] ? " " : "", a->street);
	n += snprintf(p + n, size - (size_t)n, "%s%s",
		      n && a->unit[0] ? ", " : "", a->unit);
	n += snprintf(p + n, size - (size_t)n, "%s%s",
		      n && a->city[0] ? ", " : "", a->city);
	snprintf(p + n, size - (size_t)n, "%s%s",
		 !n || !a->zip[0] ? ""
		 : a->city[0]	  ? " "
				  : ", ",
		 a->zip);
}

bool nlu_address(struct nlu_address *out, const struct nlu_text *t,
		 struct sv streets, struct sv places, bool asked)
{
	struct reader how = {
		.t = t, .streets = streets, .places = places, .asked = asked};
	struct nlu_address first;
	bool found = false;

	if (t->lang == NLU_ES)
		return es_address(out, t, streets, places, asked);
	/* what was said last counts: "12 Elm Street, no, 14" */
	for (size_t i = t->n; i-- > 0 && !found;) {
		if (!corrects(t, i) || !read_range(out, &how, i + 1, t->n))
			continue;
		found = true;
		if (read_range(&first, &how, 0, i)) {
			nlu_address_join(&first, out);
			*out = first;
		}
	}
	if (!found)
		found = read_range(out, &how, 0, t->n);
	if (found)
		nlu_address_join(out, out);
	return found;
}
