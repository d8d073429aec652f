/*
 * httpc: HTTP requests to the outside (libcurl's multi interface in our
 * loop). Verifies TLS; follows no redirect; never logs bodies or credentials.
 */
#ifndef IO_HTTPC_H
#define IO_HTTPC_H

#include "io/loop.h"

struct httpc;
struct httpc_call;

int httpc_new(struct httpc **out, struct loop *l);
/** Open requests end without a word. Fine in handlers. */
struct httpc *httpc_free(struct httpc *c);

struct httpc_prm {
	const char *method; /* "GET", "POST" … */
	const char *url;
	const char *const *headers;  /* "Name: value", …, NULL */
	struct sv body;		     /* copied */
	const char *user, *password; /* HTTP Basic; NULL: none */
	const char *ca_file;	     /* NULL: the system's */
	const char *connect_to;	     /* "host:port:addr:port" or NULL; addr
					 * numeric, or libcurl resolves it */
	int timeout_ms;
	size_t body_max; /* 0: 1 MiB */
};

struct httpc_result {
	int err;	   /* 0, -ETIMEDOUT, -ECONNREFUSED, -ECONNRESET,
				 * -ENOENT no such host, -EMSGSIZE body_max,
				 * -EPROTO TLS or HTTP, -EINVAL the URL */
	bool sent;	   /* the request may have reached the server */
	int status;	   /* HTTP status when err is 0 */
	struct sv body;	   /* lent */
	struct sv type;	   /* Content-Type, lent; p NULL when absent */
	int retry_after_s; /* header, -1 absent */
	const char *why;   /* a sentence when err */
};

typedef void httpc_h(const struct httpc_result *r, void *arg);

/**
 * h runs exactly once unless cancelled, never from inside this call. 0,
 * -ENOMEM, or -EINVAL: no URL. out may be NULL.
 */
int httpc_send(struct httpc_call **out, struct httpc *c,
	       const struct httpc_prm *prm, httpc_h *h, void *arg);
/** Before h ran; afterwards the call does not exist any more. */
void httpc_cancel(struct httpc_call *call);

#endif
