/*
 * link: messages between the processes of a node over Unix sockets. A message
 * is a 32-bit little-endian length (type and payload), an 8-bit type, the
 * payload. The client reconnects by itself; the supervisor owns the listening
 * sockets, so that a restart refuses nobody.
 */
#ifndef IO_LINK_H
#define IO_LINK_H

#include "io/loop.h"

#define LINK_MSG_MAX (1u << 20)

struct link; /* one connection */
struct link_server;
struct link_client;

struct link_handlers {
	void (*openh)(struct link *k, void *arg);
	void (*recvh)(struct link *k, uint8_t type, struct sv msg, void *arg);
	void (*closedh)(struct link *k, void *arg);
	void *arg;
};

/** Accepts on a listening Unix socket that the caller owns. */
int link_listen(struct link_server **out, struct loop *l, int fd,
		const struct link_handlers *h);
/** closedh runs for each open connection, so that its data can go. */
struct link_server *link_server_free(struct link_server *s);

/** Connects to path, again after each loss (back-off 20 ms … 1 s). */
int link_connect(struct link_client **out, struct loop *l, const char *path,
		 const struct link_handlers *h);
/** Silent: no handler runs any more. */
struct link_client *link_client_free(struct link_client *c);

/**
 * Two slices, one message, copied; it goes out at the end of this turn of the
 * loop, with whatever else was sent in it. 0, -ENOBUFS over 4 MiB pending,
 * -ENOTCONN (also for NULL), -EMSGSIZE over LINK_MSG_MAX with the type.
 */
int link_send(struct link *k, uint8_t type, struct sv head, struct sv body);
/** For the server: closes; closedh follows. The client's comes back. */
void link_close(struct link *k);
/** A place for the owner's data about this connection. */
void link_set_data(struct link *k, void *data);
void *link_data(const struct link *k);

#endif
