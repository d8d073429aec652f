/* tcp_impl: what tcp.c (bytes) and tcp_tls.c (records) share. */
#ifndef IO_TCP_IMPL_H
#define IO_TCP_IMPL_H

#include "base/buf.h"
#include "base/list.h"
#include "io/tcp.h"

#include <openssl/ssl.h>
#include <uv.h>

enum { TCP_WHY_MAX = 200, TCP_HOST_MAX = 256 };

struct tcp_tls {
	SSL_CTX *ctx;
	struct list sessions; /* of a client, newest first */
	unsigned nsessions;
};

struct tcp {
	uv_tcp_t uv;
	uv_connect_t connecting;
	uv_write_t writing;
	uv_shutdown_t ending;
	struct tcp_handlers h;
	struct tcp_tls *tls;
	SSL *ssl; /* NULL: plain */
	BIO *rbio, *wbio;
	char host[TCP_HOST_MAX]; /* of a client */
	bool open, closing, busy, held, end, ended, paused;
	struct buf out;	   /* for the kernel, behind what it writes now */
	struct buf flight; /* what the kernel writes now */
	struct buf gather; /* plain text between hold and release */
	int err;
	char why[TCP_WHY_MAX];
};

/* Gives bytes to the kernel, or queues them. 0 or -ENOMEM. */
int tcp_put(struct tcp *w, const char *p, size_t n);
/* The connection dies with err; why may be NULL. */
void tcp_die(struct tcp *w, int err, const char *why);
/* TCP and TLS are up. */
void tcp_is_open(struct tcp *w);

/* tcp_tls.c */
int tcp_tls_attach(struct tcp *w);
void tcp_tls_detach(struct tcp *w);
/* Goes on with the handshake. */
void tcp_tls_shake(struct tcp *w);
/* Bytes from the kernel. */
void tcp_tls_read(struct tcp *w, const char *p, size_t n);
int tcp_tls_send(struct tcp *w, struct sv bytes);
void tcp_tls_bye(struct tcp *w);

#endif
