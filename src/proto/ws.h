/*
 * ws: WebSockets as values (RFC 6455): the opening handshake of both sides,
 * frames out, messages in. Pure: bytes go in, bytes come out; who masks
 * brings the random bytes.
 */
#ifndef PROTO_WS_H
#define PROTO_WS_H

#include "base/buf.h"

enum ws_op {
	WS_CONTINUED = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

/* Close codes of RFC 6455 7.4.1; the last three are never sent. */
enum {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_AWAY = 1001,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_TOO_BIG = 1009,
	WS_CLOSE_FAILED = 1011,
	WS_CLOSE_NO_CODE = 1005,
	WS_CLOSE_LOST = 1006,
};

enum { WS_HEAD_MAX = 14, WS_KEY_LEN = 24, WS_ACCEPT_LEN = 28 };

/* ---- frames out ---- */

/** Appends one whole frame; mask: 4 random bytes of a client, else NULL. The
 * outcome is b->err; on a failure b is as before. */
int ws_put(struct buf *b, enum ws_op op, struct sv payload,
	   const uint8_t mask[4]);
/** The same for a piece of a message: fin on the last one. */
int ws_put_part(struct buf *b, enum ws_op op, bool fin, struct sv payload,
		const uint8_t mask[4]);
/** A close frame; code 0 or WS_CLOSE_NO_CODE: without one. */
int ws_put_close(struct buf *b, int code, struct sv reason,
		 const uint8_t mask[4]);

/* ---- messages in ---- */

struct ws_in {
	bool server; /* frames must be masked; else must not */
	uint8_t head[WS_HEAD_MAX];
	size_t head_len; /* of an unfinished head */
	bool in_payload, fin;
	enum ws_op op;	    /* of this frame */
	uint64_t left, len; /* of its payload */
	uint8_t mask[4];
	enum ws_op msg_op; /* of the message that goes on; 0: none */
	struct buf msg;	   /* of what came in several pieces */
	char control[125];
	bool delivered; /* msg was given out */
};

/* A message, or a control frame. data is lent until the next call. */
struct ws_msg {
	enum ws_op op;
	struct sv data;
	int code;      /* WS_CLOSE: 1005 when there is none */
	struct sv why; /* … its reason */
};

/** max: bytes that a message may have. */
void ws_in_init(struct ws_in *in, bool server, size_t max);
void ws_in_fini(struct ws_in *in);
/**
 * Takes bytes from the front of *bytes up to the end of the next message. 1:
 * *m is one; 0: all bytes are taken, none is complete; -EPROTO not the
 * protocol (close with 1002), -EMSGSIZE over max (1009), -ENOMEM.
 */
int ws_in_next(struct ws_in *in, struct sv *bytes, struct ws_msg *m);

/* ---- the handshake ---- */

/** key: base64 of 16 random bytes. out: what the server must answer. */
void ws_accept(char out[WS_ACCEPT_LEN + 1], struct sv key);
/** Value of the first such header of a head; -ENOENT. Case is ignored. */
int ws_header(struct sv head, const char *name, struct sv *out);

struct ws_request {
	const char *host; /* with :port where it is not the usual one */
	const char *path; /* with query */
	const char *key;
	const char *subprotocol;    /* NULL: none */
	const char *const *headers; /* name, value, …, NULL; may be NULL */
};
/** -EINVAL: a header or path holds what would break the request. */
int ws_put_request(struct buf *b, const struct ws_request *r);

struct ws_answer {
	int status;
	struct sv head;	   /* status line and headers */
	int64_t body_len;  /* -1: not told */
	int retry_after_s; /* -1: not told (or a date) */
};
/**
 * Bytes of the head; 0 not all here yet; -EPROTO no HTTP/1.1 answer, or a
 * 101 that does not belong to key; -EMSGSIZE.
 */
int ws_take_answer(struct ws_answer *a, struct sv in, const char *key);

#endif
