/*
 * wire: a TCP connection, either side, with or without TLS. OpenSSL works on
 * memory buffers (BIO_s_mem), so every read and write of the socket is ours:
 * measured 1.02 times the cost of plain TCP per frame, where a library's own
 * TLS client costs 1.3 times.
 *
 * Private to those who speak a protocol on it: wsc.c and simulators.
 */
#ifndef IO_WIRE_H
#define IO_WIRE_H

#include "base/base.h"
#include "io/loop.h"

struct wire;
struct wire_tls; /* certificates and the sessions to resume */

/* ---- TLS ---- */

/**
 * A client's: ca_file NULL is the system's. 0, or -errno after a log line.
 * Servers are verified; sessions are kept per host name and resumed.
 */
int wire_tls_client(struct wire_tls **out, const char *ca_file);
/** A server's. 0, or -errno after a log line. */
int wire_tls_server(struct wire_tls **out, const char *cert_file,
		    const char *key_file);
/** After the wires that use it. NULL is fine; returns NULL. */
struct wire_tls *wire_tls_free(struct wire_tls *t);

/* ---- connections ---- */

struct wire_handlers {
	void (*openh)(void *arg); /* TCP and TLS are up */
	void (*readh)(struct sv bytes, void *arg);
	void (*drainh)(void *arg); /* all that waited is with the kernel */
	/**
	 * Last, exactly once, also after wire_cut(): 0 the peer or we ended
	 * it, -errno; -EPROTO: TLS, why says what. The wire is gone after it.
	 */
	void (*closedh)(int err, const char *why, void *arg);
	void *arg;
};

/**
 * addr is numeric. tls NULL: plain; else host is verified and sent (SNI). 0
 * or -errno; handlers never run from inside.
 */
int wire_connect(struct wire **out, struct loop *l, const char *addr, int port,
		 struct wire_tls *tls, const char *host,
		 const struct wire_handlers *h);
/**
 * Takes an accepted socket over, also on failure. Without TLS it is open when
 * this returns, and openh never runs.
 */
int wire_adopt(struct wire **out, struct loop *l, int fd, struct wire_tls *tls,
	       const struct wire_handlers *h);

/** Copies; at once when nothing waits. 0, -ENOTCONN not open, -ENOMEM. */
int wire_send(struct wire *w, struct sv bytes);
/** Between hold and release bytes are gathered: one system call. */
void wire_hold(struct wire *w);
void wire_release(struct wire *w);
/** Bytes that the kernel has not taken. */
size_t wire_pending(const struct wire *w);
/** TLS: this connection went on with an earlier one's session. */
bool wire_resumed(const struct wire *w);
/** Stops or goes on reading. */
void wire_pause(struct wire *w, bool paused);
/** Sends what waits, then says that no more comes; reading goes on. */
void wire_end(struct wire *w);
/** Silences it now; closedh follows in a later turn. */
void wire_cut(struct wire *w);
/** The same without closedh: whoever asked is going. NULL is fine. */
void wire_drop(struct wire *w);

#endif
