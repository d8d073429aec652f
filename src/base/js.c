#include "base/js.h"

enum { DEPTH_MAX = 16 };

struct scan {
	const char *p, *end;
};

static void blanks(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
				 *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

/* At an opening quote; leaves p behind the closing one. */
static int string(struct scan *s, struct sv *out)
{
	const char *from = ++s->p;

	while (s->p < s->end) {
		if (*s->p == '"') {
			*out = (struct sv){from, (size_t)(s->p - from)};
			s->p++;
			return 0;
		}
		if ((unsigned char)*s->p < 32)
			return -EBADMSG;
		if (*s->p == '\\' && ++s->p == s->end)
			break;
		s->p++;
	}
	return -EBADMSG;
}

/* A number, true, false or null: its letters; the tree parser is stricter. */
static int word(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end &&
	       ((*s->p >= '0' && *s->p <= '9') ||
		(*s->p >= 'a' && *s->p <= 'z') || *s->p == '-' ||
		*s->p == '+' || *s->p == '.' || *s->p == 'E'))
		s->p++;
	return s->p == from ? -EBADMSG : 0;
}

/* Skips what is inside an object or array by counting brackets. */
static int nested(struct scan *s)
{
	char open[DEPTH_MAX];
	int depth = 0;
	struct sv skip;

	while (s->p < s->end) {
		char c = *s->p;

		if (c == '"') {
			if (string(s, &skip))
				return -EBADMSG;
			continue;
		}
		s->p++;
		if (c == '{' || c == '[') {
			if (depth == DEPTH_MAX)
				return -EBADMSG;
			open[depth++] = c;
		} else if (c == '}' || c == ']') {
			if (!depth || open[--depth] != (c == '}' ? '{' : '['))
				return -EBADMSG;
			if (!depth)
				return 0;
		}
	}
	return -EBADMSG;
}

static int value(struct scan *s, struct sv *out)
{
	const char *from = s->p;
	int err;

	if (s->p == s->end)
		return -EBADMSG;
	if (*s->p == '"')
		return string(s, out);
	err = *s->p == '{' || *s->p == '[' ? nested(s) : word(s);
	*out = (struct sv){from, (size_t)(s->p - from)};
	return err;
}

int js_get(struct sv in, const char *key, struct sv *out)
{
	struct scan s = {in.p, in.p + in.len};
	struct sv name, val;

	blanks(&s);
	if (s.p == s.end || *s.p++ != '{')
		return -EBADMSG;
	blanks(&s);
	if (s.p < s.end && *s.p == '}')
		return -ENOENT;
	for (;;) {
		blanks(&s);
		if (s.p == s.end || *s.p != '"' || string(&s, &name))
			return -EBADMSG;
		blanks(&s);
		if (s.p == s.end || *s.p++ != ':')
			return -EBADMSG;
		blanks(&s);
		if (value(&s, &val))
			return -EBADMSG;
		if (sv_eq(name, key)) {
			*out = val;
			return 0;
		}
		blanks(&s);
		if (s.p == s.end)
			return -EBADMSG;
		if (*s.p == '}')
			return -ENOENT;
		if (*s.p++ != ',')
			return -EBADMSG;
	}
}

bool js_escaped(struct sv s)
{
	return s.len && memchr(s.p, '\\', s.len);
}
