/*
 * buf: bytes that grow up to a limit. An append that does not fit, or finds
 * no memory, leaves what was there and is remembered in err: build a whole
 * message, then look at err once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/base.h"

struct buf {
	char *p;    /* NUL-terminated once anything was appended */
	size_t len; /* without the NUL */
	size_t cap;
	size_t max; /* 0: 16 MiB */
	int err;    /* first failure: -ENOSPC, -ENOMEM */
};

#define BUF_MAX_DEFAULT (16u << 20)

void buf_init(struct buf *b, size_t max);
/** Frees the bytes; b can be used again. */
void buf_fini(struct buf *b);
/** Empties b and forgets err; keeps the memory. */
void buf_reset(struct buf *b);
/** Makes room for n more bytes (and the NUL). 0, -ENOSPC, -ENOMEM. */
int buf_room(struct buf *b, size_t n);
int buf_add(struct buf *b, const void *p, size_t n);
int buf_sv(struct buf *b, struct sv s);
int buf_str(struct buf *b, const char *s);
int buf_char(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** Appends s as the inside of a JSON string, escaped, without the quotes. */
int buf_json(struct buf *b, struct sv s);
/** Appends s as text of an XML element or quoted attribute. */
int buf_xml(struct buf *b, struct sv s);
/** Drops the first n bytes. */
void buf_drop(struct buf *b, size_t n);

static inline struct sv buf_get(const struct buf *b)
{
	return (struct sv){b->p, b->len};
}

#endif
