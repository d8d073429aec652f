#include "proto/range.h"

static struct sv trim(struct sv s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.len--;
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* Digits only: sv_i64() would take a sign. */
static int number(int64_t *out, struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return -EINVAL;
	return s.len ? sv_i64(out, s) : -EINVAL;
}

int range_parse(struct range *out, struct sv header, int64_t size)
{
	struct sv h = trim(header), a, b;
	int64_t from, to = size - 1;
	const char *dash;

	if (h.len < 6 || strncasecmp(h.p, "bytes=", 6))
		return -ENOENT;
	h = trim((struct sv){h.p + 6, h.len - 6});
	dash = h.len ? memchr(h.p, '-', h.len) : NULL;
	if (!dash)
		return -ENOENT;
	a = trim((struct sv){h.p, (size_t)(dash - h.p)});
	b = trim((struct sv){dash + 1, h.len - (size_t)(dash + 1 - h.p)});
	if (!a.len) { /* the last so many */
		if (number(&from, b))
			return -ENOENT;
		from = from < size ? size - from : 0;
		if (from == size)
			return -ERANGE;
	} else {
		if (number(&from, a) || (b.len && number(&to, b)))
			return -ENOENT;
		if (b.len && to < from)
			return -ENOENT;
		if (from >= size)
			return -ERANGE;
	}
	if (!size)
		return -ERANGE;
	to = MIN(to, size - 1);
	*out = (struct range){from, to - from + 1};
	return 0;
}

bool range_is_current(struct sv if_range, const char *etag)
{
	/* A date is never ours: we send none. A weak tag never matches. */
	return !if_range.len || sv_eq(trim(if_range), etag);
}
