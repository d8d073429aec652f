/*
 * listen: the sockets that the supervisor opens for its roles, and the
 * folders that they stand in. Every error is a sentence that names the
 * address and the option to change.
 */
#ifndef APP_LISTEN_H
#define APP_LISTEN_H

#include "base/base.h"

#define LISTEN_WHY_MAX 512

/**
 * n sockets listening on addr ("127.0.0.1:8080", "[::]:443", "localhost:0";
 * no names: nothing is resolved), each with its own queue (SO_REUSEPORT)
 * when n > 1. Refuses an address that somebody else listens on. option:
 * "carrier.listen", for the sentence. Close-on-exec, non-blocking. 0 or
 * -errno; fds is touched only on 0.
 */
int listen_tcp(int *fds, unsigned n, const char *addr, const char *option,
	       char why[LISTEN_WHY_MAX]);

/**
 * A listening Unix socket, or one for datagrams; a socket that was left behind
 * there goes.
 */
int listen_unix(int *fd, const char *path, bool datagrams,
		char why[LISTEN_WHY_MAX]);

/** "127.0.0.1:8080" of a listening TCP socket. */
void listen_name(int fd, char *out, size_t size);

/** Makes path and what is above it. 0 or -errno with a sentence. */
int dir_make(const char *path, char why[LISTEN_WHY_MAX]);

/**
 * Makes path (and what is above) with mode 0700 unless it is there; then it
 * must be ours and closed to others. 0 or -errno with a sentence.
 */
int dir_private(const char *path, char why[LISTEN_WHY_MAX]);

/**
 * Holds path/lock for this process's life. -EEXIST: another one has it.
 * Returns the descriptor to keep open.
 */
int dir_lock(const char *path, char why[LISTEN_WHY_MAX]);

#endif
