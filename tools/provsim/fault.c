#include "fault.h"

static const struct {
	const char *name;
	enum fault_kind kind;
	bool valued;
} kinds[] = {
	{"refuse", FAULT_REFUSE, true},
	{"late", FAULT_LATE, true},
	{"nothing", FAULT_NOTHING, false},
	{"stall", FAULT_STALL, false},
	{"half-open", FAULT_HALF_OPEN, false},
	{"drop", FAULT_DROP, false},
	{"close", FAULT_CLOSE, true},
	{"garbage", FAULT_GARBAGE, false},
	{"junk", FAULT_JUNK, false},
	{"slow", FAULT_SLOW, true},
	{"fragments", FAULT_FRAGMENTS, false},
	{"expire", FAULT_EXPIRE, true},
};

/* Cuts the part behind sign off s: a number. 0 when there is none. */
static int cut_number(struct sv *s, char sign, int64_t *out)
{
	const char *at = s->len ? memrchr(s->p, sign, s->len) : NULL;
	struct sv rest;

	if (!at)
		return 0;
	rest = (struct sv){at + 1, s->len - (size_t)(at + 1 - s->p)};
	s->len = (size_t)(at - s->p);
	return sv_i64(out, rest) || *out < 0 || *out > 1000000 ? -EINVAL : 0;
}

static int parse_one(struct fault *f, struct sv s)
{
	int64_t value = -1, at_ms = 0, left = -1;
	const char *colon;

	*f = (struct fault){0};
	if (cut_number(&s, '/', &left) || cut_number(&s, '@', &at_ms) ||
	    cut_number(&s, '=', &value))
		return -EINVAL;
	colon = memchr(s.p, ':', s.len);
	if (colon) {
		struct sv name = {s.p, (size_t)(colon - s.p)};

		if (sv_copy(f->service, sizeof(f->service), name))
			return -EINVAL;
		s.len -= name.len + 1;
		s.p = colon + 1;
	}
	f->value = (int)value;
	f->at_ms = (int)at_ms;
	f->left = (int)left;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (sv_eq(s, kinds[i].name) && kinds[i].valued == (value >= 0))
			f->kind = kinds[i].kind;
	return f->kind == FAULT_NONE ? -EINVAL : 0;
}

static bool is_gap(char c)
{
	return c == ',' || c == ' ' || c == '\n' || c == '\r';
}

int faults_parse(struct faults *f, struct sv text)
{
	struct faults all = {.n = 0};
	struct sv one;

	while (text.len) {
		if (is_gap(*text.p)) {
			text.p++;
			text.len--;
			continue;
		}
		one = (struct sv){text.p, 0};
		while (one.len < text.len && !is_gap(one.p[one.len]))
			one.len++;
		text.p += one.len;
		text.len -= one.len;
		if (all.n == FAULTS_MAX || parse_one(&all.v[all.n++], one))
			return -EINVAL;
	}
	*f = all;
	return 0;
}

struct fault faults_take(struct faults *f, const char *service)
{
	for (size_t i = 0; i < f->n; i++) {
		struct fault *x = &f->v[i];

		if (!x->left ||
		    (x->service[0] && strcmp(x->service, service) != 0))
			continue;
		if (x->left > 0)
			x->left--;
		return *x;
	}
	return (struct fault){0};
}
