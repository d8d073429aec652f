/*
 * wsc: WebSockets that we open to others (providers). One struct wsc_env per
 * process. Names are resolved off the loop, TLS runs on memory buffers in our
 * own read and write calls, and its sessions are resumed per host: a second
 * connection costs a third of the first.
 *
 *   wsc.c       life of a socket: address, TCP, TLS, upgrade, ping, close
 *   tcp.c      the bytes below: TCP with or without TLS
 *   proto/ws.c  the frames
 */
#ifndef IO_WSC_H
#define IO_WSC_H

#include "base/base.h"
#include "io/dns.h"
#include "io/loop.h"

struct wsc_env;
struct wsc;

enum { WSC_WHY_MAX = 256, WSC_BODY_MAX = 1024 };

/** dns is the caller's. 0 or -errno. */
int wsc_env_new(struct wsc_env **out, struct loop *l, struct dns *dns);
/**
 * Cuts what is open: closedh (-ECANCELED) runs before it returns. The loop
 * must turn once more before it is freed. NULL is fine; returns NULL.
 */
struct wsc_env *wsc_env_free(struct wsc_env *e);
/**
 * Looks the URL's name up now and again and again, and loads the authorities
 * (NULL: the system's), so that no call waits for either: a resolver that
 * fails or stalls leaves the last good address. 0, -EINVAL the URL or the
 * file, -ENOMEM.
 */
int wsc_warm(struct wsc_env *e, const char *url, const char *ca_file);

/* How it ended. Slices are lent for the call. */
struct wsc_end {
	/**
	 * 0 a close frame came or was answered; before it was open:
	 * -ENOENT no such host, -ECONNREFUSED, -ETIMEDOUT, -EPROTO (TLS, or
	 * no WebSocket there; why says which), -EACCES refused with http;
	 * after: -ECONNRESET lost, -ETIMEDOUT silent for two pings, -EMSGSIZE
	 * message over 4 MiB, -EPROTO broken frames; -ECANCELED by us while
	 * it was opening, -ENOMEM.
	 */
	int err;
	bool opened;	   /* openh ran */
	int code;	   /* close code; 1005 without one, 1006 lost */
	int http;	   /* status of the answer to the upgrade; 0 none */
	int retry_after_s; /* of a refusal; -1 not told */
	struct sv head;	   /* headers of the answer (ws_header()) */
	struct sv why;	   /* the peer's reason, or ours; one line */
	struct sv body;	   /* of a refusal, its first WSC_BODY_MAX bytes */
};

/**
 * Another attempt makes sense: everything but refusals with 4xx (408, 425,
 * 429 are tried again), certificates, and closes by policy (1002, 1003, 1007
 * to 1010, 4000 to 4999).
 */
bool wsc_end_retryable(const struct wsc_end *end);

struct wsc_handlers {
	/** The upgrade is done; head lends the answer's headers. */
	void (*openh)(struct wsc *c, struct sv head, void *arg);
	/** A whole message; lent. */
	void (*recvh)(struct wsc *c, struct sv msg, bool binary, void *arg);
	/** What waited is with the kernel, after a -ENOBUFS; may be NULL. */
	void (*drainh)(struct wsc *c, void *arg);
	/** Last, exactly once, also when it never opened, also after
	 * wsc_close(). c is gone when it returns. */
	void (*closedh)(struct wsc *c, const struct wsc_end *end, void *arg);
	void *arg;
};

struct wsc_prm {
	const char *url;     /* ws or wss://host[:port][/path][?query] */
	const char *addr;    /* numeric: instead of asking for the host */
	int port;	     /* 0: the URL's */
	const char *ca_file; /* NULL: the system's */
	const char *const *headers; /* name, value, …, NULL; NULL: none */
	const char *subprotocol;    /* NULL: none */
	int timeout_ms;		    /* until openh, all together; 0: 5000 */
	int ping_ms;		    /* 0: 15000; dead after two without a byte;
				     * -1: no pings */
	size_t pending_max;	    /* bytes that may wait; 0: 4 MiB */
	struct wsc_handlers h;
};

/**
 * prm and what it points to are copied. Handlers never run from inside. 0,
 * -EINVAL the URL, or headers with line ends; -ENOMEM, -EMFILE.
 */
int wsc_open(struct wsc **out, struct wsc_env *e, const struct wsc_prm *prm);

/**
 * Copies; goes out at once when nothing waits. 0, -ENOTCONN not open (yet, any
 * more), -ENOBUFS more than pending_max would wait: nothing of it is sent.
 */
int wsc_send(struct wsc *c, struct sv msg, bool binary);
/** Between hold and release messages are gathered: one system call. */
void wsc_hold(struct wsc *c);
void wsc_release(struct wsc *c);
/** Bytes that the kernel has not taken. */
size_t wsc_pending(const struct wsc *c);
bool wsc_is_open(const struct wsc *c);

/**
 * Closes with code after what waits; recvh runs no more; closedh follows when
 * the peer has answered, after a second at the latest. While it is opening,
 * and with code 1006: at once, in the next turn.
 */
void wsc_close(struct wsc *c, int code);
/** Cuts it at once; no handler runs any more, c is gone. */
void wsc_drop(struct wsc *c);

#endif
