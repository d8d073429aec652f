/*
 * serve: provsim's server: HTTP and WebSockets on io/tcp and proto/ws, so that
 * every byte is ours: also those that no good server would send (fault.h).
 *
 * A provider is a struct service in services.c: a path, and what happens to
 * the messages of a socket. It sees neither TLS, nor frames, nor faults.
 */
#ifndef PROVSIM_SERVE_H
#define PROVSIM_SERVE_H

#include <jansson.h>

#include "base/buf.h"
#include "io/loop.h"
#include "proto/form.h"

struct sim;
struct peer; /* one connection */
struct hearing_engine;

/* The request that opens a connection; lent during the call. */
struct request {
	struct sv method, path;
	struct form query; /* decoded; names may repeat */
	struct sv head;	   /* for ws_header() */
	struct sv body;	   /* of a plain request */
	char id[37];	   /* the provider's request id */
};

struct service {
	const char *name;   /* of faults and events: "deepgram" */
	const char *method; /* "GET" with a WebSocket, else plain HTTP */
	const char *path;
	bool websocket;
	/**
	 * WebSocket: 0 and *out, or the socket is refused: then it has called
	 * peer_refuse(). openedh runs once the 101 is out. Plain: answers by
	 * peer_refuse() with any status, *out stays NULL.
	 */
	int (*open)(void **out, struct peer *p, const struct request *r);
	void (*opened)(void *s);
	void (*recv)(void *s, struct sv msg, bool binary);
	/** The connection is gone; frees s. code: the peer's, 1006 lost. */
	void (*gone)(void *s, int code);
};

extern const struct service *const services[]; /* NULL at the end */

/* What the command line says. */
struct sim_options {
	const char *listen;	      /* address:port, port 0: any */
	const char *cert, *key;	      /* both or neither: TLS */
	const char *api_key;	      /* the one that is good */
	const char *library, *models; /* of the recogniser; NULL: coded */
	const char *words;	      /* of coded audio, one a line */
	bool json;
};

struct sim {
	struct sim_options opt;
	struct loop *loop;
	struct hearing_engine *hearing;
	struct serve *serve;
	/* of all connections so far: GET /sim/stats */
	unsigned opened, open, refused, faults;
	unsigned long long messages_in, messages_out, bytes_in;
};

/* ---- for services ---- */

struct sim *peer_sim(struct peer *p);
/** So long its session lives, by the fault "expire"; else usual. */
int peer_life_ms(const struct peer *p, int usual);
/** Answers instead of an upgrade, or a plain request. body may be NULL;
 * headers: lines with CRLF, may be NULL. */
void peer_refuse(struct peer *p, int status, const char *headers,
		 const json_t *body);
/** Before the 101 goes out: another header line "Name: value\r\n". */
void peer_header(struct peer *p, const char *line);
/** A message; faults may hold it back or spoil it. Ignored once it closes. */
void peer_send(struct peer *p, struct sv msg, bool binary);
/** The same; takes o's reference. */
void peer_send_json(struct peer *p, json_t *o);
/** Close frame with code and reason behind what was sent; gone() follows. */
void peer_close(struct peer *p, int code, const char *reason);

/** One line on stdout: JSON with --json. Takes data's reference; may be NULL. */
void sim_event(struct sim *s, const struct peer *p, const char *event,
	       json_t *data);

/* ---- for main ---- */

struct serve;
/** Listens; port: where. 0, or -errno after a line on stderr. */
int serve_new(struct serve **out, struct sim *s, int *port);
struct serve *serve_free(struct serve *v);
/** Replaces the faults: one per line or comma (fault.h). 0 or -EINVAL. */
int serve_faults(struct serve *v, struct sv text);

#endif
