/*
 * web: HTTP and WebSocket server on libwebsockets within
 * our loop. One struct web per process holds the library's context.
 *
 * Writing goes out at once when nothing is pending, otherwise it is queued
 * and the whole queue is flushed in one writeable callback (asking for
 * WRITEABLE per message costs twice the CPU).
 */
#ifndef IO_WEB_H
#define IO_WEB_H

#include "base/buf.h"
#include "io/loop.h"

struct web;
struct web_listener;
struct web_req;	   /* one HTTP request; dies after the reply went out */
struct web_stream; /* an answer that goes on: SSE */
struct web_sock;   /* one WebSocket, either side */

int web_new(struct web **out, struct loop *l);
/**
 * Ends everything that is open; closedh, failh and the handlers of requests
 * whose peer is gone run before it returns. Not from inside a handler of web
 * or of the loop: it turns the loop until the library is done.
 */
struct web *web_free(struct web *w);

/* ---- server ---- */

/** The whole request is there. Reply now or later (web_reply, web_stream). */
typedef void web_request_h(struct web_req *r, void *arg);

struct web_sock_handlers {
	/** A whole message; lent. */
	void (*recvh)(struct web_sock *s, struct sv msg, bool binary,
		      void *arg);
	/**
	 * Last, exactly once, also when the upgrade fails after upgradeh
	 * accepted; code: the peer's close code, ours if we closed, 1005 if
	 * the peer gave none, 1006 if the connection was lost. s is gone when
	 * it returns.
	 */
	void (*closedh)(struct web_sock *s, int code, void *arg);
	void *arg;
};

/**
 * A client asks for a WebSocket. Return 0 and fill *h to accept, or the HTTP
 * status to refuse with. openedh of the listener tells the socket. Offered
 * subprotocols and extensions are ignored.
 */
typedef int web_upgrade_h(struct web_req *r, struct web_sock_handlers *h,
			  void *arg);

/**
 * For upgradeh to return: hands the connection, whose request is answered
 * there, to whoever has a listener of given connections on the Unix socket
 * at path. WEB_GIVEN, or the status to refuse with. Not with TLS.
 */
enum { WEB_GIVEN = -1 };
int web_req_give(struct web_req *r, const char *path);

enum { WEB_COVER_MAX = 64 };

struct web_listen_prm {
	const char *name; /* "carrier", "dashboard": for logs */
	int fd;		  /* a listening socket, owned by the caller */
	bool given;	  /* … or a datagram one: see web_req_give() */
	const char *cert_file, *key_file; /* both or neither: TLS */
	size_t body_max;		  /* larger bodies get 413 */
	int header_ms;	    /* a request must be complete in this time */
	bool loopback_only; /* peers from elsewhere are closed at once */
	web_request_h *requesth;
	web_upgrade_h *upgradeh; /* NULL: no WebSockets here */
	void (*openedh)(struct web_sock *s, void *arg); /* arg of handlers */
	void *arg;
};

/** Accepts on fd (never listens itself). 0 or -errno; the reason is logged. */
int web_listen(struct web_listener **out, struct web *w,
	       const struct web_listen_prm *prm);
/**
 * Accepts from fd, too (on), or no longer: the socket of a process that cannot
 * just now. Owned by the caller. 0, -ENOMEM or -errno.
 */
int web_listener_cover(struct web_listener *l, int fd, bool on);
/** Stops accepting; connections that are open go on. */
void web_listener_pause(struct web_listener *l);
/** Its connections end too, in the next turns; their handlers still run. */
struct web_listener *web_listener_free(struct web_listener *l);

/*
 * Slices live until the reply (or until upgradeh returns). The library has
 * taken the escapes out of path and query and resolved /../; they are put
 * back in one canonical way: what RFC 3986 allows stands as it is, anything
 * else as %XX in capitals, blanks of the query as +.
 */
struct sv web_req_method(const struct web_req *r);
struct sv web_req_path(const struct web_req *r);  /* still %-encoded */
struct sv web_req_query(const struct web_req *r); /* without the ? */
struct sv web_req_body(const struct web_req *r);
/** name in lower case; empty when absent. */
struct sv web_req_header(const struct web_req *r, const char *name);
const char *web_req_peer(const struct web_req *r); /* numeric address */
/**
 * Called if the peer goes before the reply; then drop the request: it dies
 * when h returns. Without a handler it lives until web_reply().
 */
void web_req_on_gone(struct web_req *r, loop_h *h, void *arg);

/**
 * headers: lines "Name: value\r\n", may be NULL. Ends the request, whatever
 * it returns: 0, -ENOTCONN the peer has gone, -EPIPE, -ENOSPC over 16 MiB.
 */
int web_reply(struct web_req *r, int status, const char *type, struct sv body,
	      const char *headers);

#define WEB_PROBLEM "application/problem+json"
/** What is wrong, as RFC 9457 has it; refusals of web itself are such, too. */
void web_problem(struct buf *out, int status, struct sv detail);

/**
 * Answers with len bytes of the file fd from from on, read off the loop a
 * piece at a time; takes fd. headers as for web_reply(). Ends the request,
 * whatever it returns: 0, -ENOTCONN, -EPIPE, -ENOMEM. A file that turns out to
 * be shorter ends the connection.
 */
int web_reply_file(struct web_req *r, int status, const char *type,
		   const char *headers, int fd, int64_t from, int64_t len);

struct web_stream_handlers {
	/** The peer is gone or was dropped; last, exactly once. */
	void (*closedh)(struct web_stream *s, void *arg);
	void *arg;
};
/**
 * Answers 200 and keeps the connection open until one side closes. Ends the
 * request, whatever it returns; closedh follows only after 0.
 */
int web_stream_open(struct web_stream **out, struct web_req *r,
		    const char *type, const char *headers,
		    const struct web_stream_handlers *h);
/**
 * 0, -ENOTCONN, or -ENOBUFS: over 256 KiB wait for this reader; it is dropped
 * and closedh follows.
 */
int web_stream_write(struct web_stream *s, struct sv bytes);
/** Bytes written and not yet taken by the kernel. */
size_t web_stream_pending(const struct web_stream *s);
/** Ends the answer; closedh follows. */
void web_stream_close(struct web_stream *s);

/* ---- WebSockets (those that we open: wsc.h) ---- */

/**
 * Copies. 0, -ENOTCONN, -ENOBUFS when more than 4 MiB would wait. Messages
 * that come in are limited to 4 MiB too (close code 1009).
 */
int web_sock_send(struct web_sock *s, struct sv msg, bool binary);
/**
 * Between hold and release messages are gathered: what is ready together
 * goes out in one system call (and one TLS record). Does not nest.
 */
void web_sock_hold(struct web_sock *s);
void web_sock_release(struct web_sock *s);
/** Bytes queued and not yet taken by the kernel. */
size_t web_sock_pending(const struct web_sock *s);
/**
 * Closes with a code after what is queued; closedh follows. recvh does not run
 * any more.
 * 1006 cuts the connection at once. A peer that does not take what is queued
 * within 5 s is cut too.
 */
void web_sock_close(struct web_sock *s, int code);

#endif
