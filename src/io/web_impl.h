/*
 * web_impl: what the files of web share, private to src/io/web*.c.
 *
 *   web.c        context, listeners, accepted connections, lws callback
 *   web_first.c  a connection until its first line is there
 *   web_http.c   requests and upgrades
 *   web_reply.c  replies and streams
 *   web_file.c   replies that are a part of a file
 *   web_give.c   connections that change their process
 *   web_sock.c   WebSockets
 */
#ifndef IO_WEB_IMPL_H
#define IO_WEB_IMPL_H

#include "base/list.h"
#include "io/web.h"

#include <sys/socket.h>

#include <libwebsockets.h>
#include <uv.h>

#define WEB_CHUNK (64u << 10)	 /* what one lws_write() gets at most */
#define WEB_KEEP_CAP (64u << 10) /* an empty buffer larger than this goes */

struct web {
	struct loop *loop;
	struct lws_context *ctx;
	struct list listeners, socks;
	struct web_conn *adopting; /* until lws knows the connection */
	struct buf frame;	   /* scratch: one outgoing frame */
	unsigned conns;		   /* accepted and not yet destroyed */
	unsigned dead;		   /* deferred frees that still need us */
};

/* A listening socket that we accept from. */
struct web_port {
	struct web_listener *l;
	int fd;
	struct watch *watch; /* NULL: not now */
};

struct web_listener {
	struct list node;
	struct web *w;
	struct web_listen_prm prm;
	char *name;
	struct lws_vhost *vhost;
	struct web_port own;
	struct web_port lent[WEB_COVER_MAX]; /* of others, while they cannot */
	unsigned nlent;
	bool paused;
	struct timer *retry; /* out of descriptors: accept again later */
	struct list conns, firsts;
	bool freed;
};

enum web_conn_state {
	CONN_READING,  /* a request is awaited or comes in */
	CONN_WAITING,  /* the request is with its handler */
	CONN_REPLYING, /* the reply waits for the peer to read */
	CONN_STREAMING,
	CONN_SENDING, /* a file */
	CONN_SOCKET,  /* upgraded */
	CONN_DEAD,
};

/* One accepted connection. */
struct web_conn {
	struct list node;
	struct web *w;
	struct web_listener *l;
	struct lws *wsi;
	enum web_conn_state state;
	char peer[INET6_ADDRSTRLEN];
	struct timer *deadline;
	struct web_req *req;
	struct web_stream *stream;
	struct web_file *file;
	struct web_sock *sock;
	unsigned inside;  /* depth of lws callbacks on the stack */
	bool kill;	  /* the callback that runs shall return -1 */
	bool close_after; /* the reply ends the connection */
	bool parked;	  /* lws does not read */
	uv_poll_t *watch; /* on a duplicate: tells that the peer went */
};

enum web_chunk_state {
	CHUNK_SIZE,
	CHUNK_EXT,
	CHUNK_DATA,
	CHUNK_DATA_END,
	CHUNK_TRAILER,
	CHUNK_DONE,
};

struct web_header {
	struct web_header *next;
	size_t name_len;
	struct sv value;
	char text[]; /* name, value */
};

struct web_req {
	struct web_conn *conn; /* NULL once the peer is gone */
	const char *method;
	struct buf path, query, body;
	struct web_header *headers; /* those that were asked for */
	int64_t body_left;	    /* of Content-Length; -1 chunked */
	struct {
		enum web_chunk_state state;
		uint64_t left;
		unsigned digits, line_len;
	} chunk;
	bool head, dispatched;
	loop_h *goneh;
	void *gone_arg;
};

enum web_sock_state {
	SOCK_OPENING,
	SOCK_OPEN,
	SOCK_CLOSING, /* we close once the queue is out */
	SOCK_DEAD,
};

struct web_sock {
	struct list node;
	struct web *w;
	struct lws *wsi;
	enum web_sock_state state;
	bool was_open;
	unsigned inside;
	bool broken;  /* a write failed, or it is to go at once */
	bool goodbye; /* the closing handshake is due */
	bool held;    /* messages are gathered */
	int close_code, peer_code;
	struct web_sock_handlers h;
	struct buf in, out;
	bool in_binary;
	size_t out_at, in_lws;
};

/* web.c */
/*
 * The library's from here on, until until_us without a request. Takes fd
 * over; head: what was read from it already.
 */
void web_adopt(struct web_listener *l, int fd,
	       const struct sockaddr_storage *peer, struct sv head,
	       int64_t until_us);

/* web_first.c: hands fd to web_adopt() or refuses what it says. 0, -ENOMEM:
 * fd stays yours. */
int web_first_new(struct web_listener *l, int fd,
		  const struct sockaddr_storage *peer);
void web_firsts_close(struct web_listener *l);

/* web_http.c */
bool web_method_known(struct sv name);

/* web.c */
extern char web_subprotocol[64]; /* what our only protocol is called now */
/* Ends c: at once when lws calls us, otherwise soon. */
void web_conn_kill(struct web_conn *c);
/* Calls h in the next turn; web_free() waits for it. */
void web_later(struct web *w, loop_h *h, void *arg);
/* Stops or resumes reading; see web_http.c. */
void web_conn_park(struct web_conn *c, bool parked);
void web_conn_watch(struct web_conn *c, int events);

/* web_give.c: one given connection. False: there is none. */
bool web_take(struct web_port *p);

/* web_http.c: each returns what the lws callback shall return. */
int web_http_request(struct web_conn *c);
int web_http_body(struct web_conn *c, const char *p, size_t len);
int web_http_body_end(struct web_conn *c);
int web_http_upgrade(struct web_conn *c, char *to);
void web_http_timeout(struct web_conn *c);
/* The connection is gone. */
void web_http_gone(struct web_conn *c);

struct web_req *web_req_free(struct web_req *r);

/* web_reply.c */
const char *web_reason(int status);
/* 0, or -EPIPE. What the kernel does not take stays with lws. */
int web_put(struct web_conn *c, const char *p, size_t len);
/* Writes a whole reply; r may be NULL. */
int web_send_reply(struct web_conn *c, struct web_req *r, int status,
		   const char *type, struct sv body, const char *headers);
/*
 * Refuses a request that is not (all) here; the connection ends with it, or
 * goes on behind the body, which lws drops.
 */
void web_refuse(struct web_conn *c, int status, bool go_on);
int web_http_writeable(struct web_conn *c);
void web_stream_gone(struct web_stream *s);
/* Everything is with the kernel; body_is_here: nothing is left to skip. */
void web_reply_done(struct web_conn *c, bool body_is_here);

/* web_file.c */
struct web_file;
/* The kernel has taken what it got. */
void web_file_more(struct web_file *f);
void web_file_gone(struct web_file *f);

/* web.c: is this peer on our own machine? */
bool web_is_loopback(const struct sockaddr_storage *ss);

/* web_sock.c */
int web_sock_new(struct web_sock **out, struct web *w);
void web_sock_opened(struct web_sock *s);
int web_sock_received(struct web_sock *s, const char *p, size_t len);
int web_sock_writeable(struct web_sock *s);
void web_sock_peer_closes(struct web_sock *s, const uint8_t *p, size_t len);
/* The connection is gone: the last handler runs, s dies. */
void web_sock_gone(struct web_sock *s);

#endif
