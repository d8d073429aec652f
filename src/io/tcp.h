/*
 * tcp: a TCP connection, either side, with or without TLS. OpenSSL works on
 * memory buffers (BIO_s_mem), so every read and write of the socket is ours:
 * no second buffer, no second poll, records that are ready together go out in
 * one call.
 *
 * Private to those who speak a protocol on it: wsc.c and simulators.
 */
#ifndef IO_TCP_H
#define IO_TCP_H

#include "base/base.h"
#include "io/loop.h"

struct tcp;
struct tcp_tls; /* certificates and the sessions to resume */

/* ---- TLS ---- */

/**
 * A client's: ca_file NULL is the system's. 0, or -errno after a log line.
 * Servers are verified; sessions are kept per host name and resumed.
 */
int tcp_tls_client(struct tcp_tls **out, const char *ca_file);
/** A server's. 0, or -errno after a log line. */
int tcp_tls_server(struct tcp_tls **out, const char *cert_file,
		   const char *key_file);
/** After the connections that use it. NULL is fine; returns NULL. */
struct tcp_tls *tcp_tls_free(struct tcp_tls *t);

/* ---- connections ---- */

struct tcp_handlers {
	void (*openh)(void *arg); /* TCP and TLS are up */
	void (*readh)(struct sv bytes, void *arg);
	void (*drainh)(void *arg); /* all that waited is with the kernel */
	/**
	 * Last, exactly once, also after tcp_cut(): 0 the peer or we ended
	 * it, -errno; -EPROTO: TLS, why says what. It is gone then.
	 */
	void (*closedh)(int err, const char *why, void *arg);
	void *arg;
};

/**
 * addr is numeric. tls NULL: plain; else host is verified and sent (SNI). 0
 * or -errno; handlers never run from inside.
 */
int tcp_connect(struct tcp **out, struct loop *l, const char *addr, int port,
		struct tcp_tls *tls, const char *host,
		const struct tcp_handlers *h);
/**
 * Takes an accepted socket over, also on failure. Without TLS it is open when
 * this returns, and openh never runs.
 */
int tcp_adopt(struct tcp **out, struct loop *l, int fd, struct tcp_tls *tls,
	      const struct tcp_handlers *h);

/** Copies; at once when nothing waits. 0, -ENOTCONN not open, -ENOMEM. */
int tcp_send(struct tcp *w, struct sv bytes);
/** Between hold and release bytes are gathered: one system call. */
void tcp_hold(struct tcp *w);
void tcp_release(struct tcp *w);
/** Bytes that the kernel has not taken. */
size_t tcp_pending(const struct tcp *w);
/** TLS: this connection went on with an earlier one's session. */
bool tcp_resumed(const struct tcp *w);
/** Stops or goes on reading. */
void tcp_pause(struct tcp *w, bool paused);
/** Sends what waits, then says that no more comes; reading goes on. */
void tcp_end(struct tcp *w);
/** Silences it now; closedh follows in a later turn. */
void tcp_cut(struct tcp *w);
/** The same without closedh: whoever asked is going. NULL is fine. */
void tcp_drop(struct tcp *w);

#endif
