/* wire_impl: what wire.c (bytes) and wire_tls.c (records) share. */
#ifndef IO_WIRE_IMPL_H
#define IO_WIRE_IMPL_H

#include "base/buf.h"
#include "base/list.h"
#include "io/wire.h"

#include <openssl/ssl.h>
#include <uv.h>

enum { WIRE_WHY_MAX = 200, WIRE_HOST_MAX = 256 };

struct wire_tls {
	SSL_CTX *ctx;
	struct list sessions; /* of a client, newest first */
	unsigned nsessions;
};

struct wire {
	uv_tcp_t tcp;
	uv_connect_t connecting;
	uv_write_t writing;
	uv_shutdown_t ending;
	struct wire_handlers h;
	struct wire_tls *tls;
	SSL *ssl; /* NULL: plain */
	BIO *rbio, *wbio;
	char host[WIRE_HOST_MAX]; /* of a client */
	bool open, closing, busy, held, end, ended, paused;
	struct buf out;	   /* for the kernel, behind what it writes now */
	struct buf flight; /* what the kernel writes now */
	struct buf gather; /* plain text between hold and release */
	int err;
	char why[WIRE_WHY_MAX];
};

/* Gives bytes to the kernel, or queues them. 0 or -ENOMEM. */
int wire_put(struct wire *w, const char *p, size_t n);
/* The wire dies with err; why may be NULL. */
void wire_die(struct wire *w, int err, const char *why);
/* TCP and TLS are up. */
void wire_is_open(struct wire *w);

/* wire_tls.c */
int wire_tls_attach(struct wire *w);
void wire_tls_detach(struct wire *w);
/* Goes on with the handshake. */
void wire_tls_shake(struct wire *w);
/* Bytes from the kernel. */
void wire_tls_read(struct wire *w, const char *p, size_t n);
int wire_tls_send(struct wire *w, struct sv bytes);
void wire_tls_bye(struct wire *w);

#endif
