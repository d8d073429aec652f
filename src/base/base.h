/*
 * base: the few words that every file uses. Knows nothing of calls.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#ifndef MIN /* some system headers have them too */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#define PRINTF_LIKE(f, v) __attribute__((format(printf, f, v)))

#define container_of(p, type, member)                                          \
	((type *)(void *)((char *)(p)-offsetof(type, member)))

/** A lent slice of text: not NUL-terminated, never owned. */
struct sv {
	const char *p;
	size_t len;
};

#define SV(lit) ((struct sv){(lit), sizeof(lit) - 1})
/** For printf("%.*s", SV_ARG(s)). */
#define SV_ARG(s) (int)(s).len, (s).p

static inline struct sv sv_str(const char *s)
{
	return (struct sv){s, s ? strlen(s) : 0};
}

static inline bool sv_eq(struct sv a, const char *b)
{
	return strlen(b) == a.len && (!a.len || !memcmp(a.p, b, a.len));
}

static inline bool sv_same(struct sv a, struct sv b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

static inline bool sv_starts(struct sv a, const char *b)
{
	size_t n = strlen(b);

	return a.len >= n && !memcmp(a.p, b, n);
}

/**
 * Copies s into dst with a NUL. 0, or -ENOSPC when it does not fit (then dst
 * holds as much as fits).
 */
static inline int sv_copy(char *dst, size_t size, struct sv s)
{
	size_t n = MIN(s.len, size - 1);

	if (n)
		memcpy(dst, s.p, n);
	dst[n] = '\0';
	return n == s.len ? 0 : -ENOSPC;
}

/** Decimal integer that fills the whole slice; -EINVAL, -ERANGE otherwise. */
int sv_i64(int64_t *out, struct sv s);

#endif
