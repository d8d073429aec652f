/* One HTTP request over a real socket, for the tests of src/desk. */
#ifndef TESTS_UNIT_DESK_WEB_H
#define TESTS_UNIT_DESK_WEB_H

#include "tests/unit/io/peer.h"

/* An answer; the strings point into p. */
struct answer {
	struct peer p;
	int status;
	const char *body;
};

static inline const char *answer_body(const struct peer *p)
{
	const char *end = p->in.len ? strstr(p->in.p, "\r\n\r\n") : NULL;

	return end ? end + 4 : NULL;
}

/* Content-Length bytes of body are there, or the peer closed. */
static inline bool answer_whole(const struct peer *p, bool head)
{
	const char *body = answer_body(p), *len;

	if (p->eof)
		return true;
	if (!body || head)
		return body != NULL;
	len = strcasestr(p->in.p, "\r\nContent-Length: ");
	if (!len || len > body)
		return strstr(p->in.p, " 304 ") != NULL;
	return p->in.len - (size_t)(body - p->in.p) >=
	       strtoul(len + 18, NULL, 10);
}

/*
 * "GET /path": asks and waits for the whole answer. more: header lines and
 * what follows them, or NULL. answer_fini() closes.
 */
static inline void ask(struct answer *a, struct loop *l, int port,
		       const char *what, const char *more)
{
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", what, port,
		   more ? more : "\r\n");
	peer_open(&a->p, l, port, 0);
	peer_send(&a->p, b.p);
	buf_fini(&b);
	RUN_UNTIL(l, answer_whole(&a->p, !strncmp(what, "HEAD", 4)));
	assert_int_equal(0, strncmp(a->p.in.p, "HTTP/1.1 ", 9));
	a->status = (int)strtol(a->p.in.p + 9, NULL, 10);
	a->body = answer_body(&a->p);
}

static inline void answer_fini(struct answer *a)
{
	peer_close(&a->p);
}

/* Head and body of the answer hold text. */
#define assert_has(a, text)                                                    \
	do {                                                                   \
		if (!peer_has(&(a)->p, text)) {                                \
			print_error("no \"%s\" in\n%s\n", text, (a)->p.in.p);  \
			fail();                                                \
		}                                                              \
	} while (0)

#endif
