/* A bare TCP peer on the loop, free ports and certificates, for tests. */
#ifndef TESTS_UNIT_IO_PEER_H
#define TESTS_UNIT_IO_PEER_H

#include "tests/unit/io/io.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

struct peer {
	int fd;
	struct watch *watch;
	struct buf in;
	bool eof;
};

static inline void peer_read(void *arg)
{
	struct peer *p = arg;
	char part[65536];
	ssize_t n = recv(p->fd, part, sizeof(part), MSG_DONTWAIT);

	if (n > 0) {
		buf_add(&p->in, part, (size_t)n);
	} else if (!n || errno != EAGAIN) {
		p->eof = true;
		p->watch = watch_free(p->watch);
	}
}

static inline struct sockaddr_in peer_addr(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* Listens on a free port of 127.0.0.1. */
static inline int peer_listen(int *port)
{
	struct sockaddr_in in = peer_addr(0);
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(0, bind(fd, (struct sockaddr *)&in, sizeof(in)));
	assert_int_equal(0, listen(fd, 128));
	assert_int_equal(0, getsockname(fd, (struct sockaddr *)&in, &len));
	*port = ntohs(in.sin_port);
	return fd;
}

/* rcvbuf 0: the system's. */
static inline void peer_open(struct peer *p, struct loop *l, int port,
			     int rcvbuf)
{
	struct sockaddr_in in = peer_addr(port);

	*p = (struct peer){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	if (rcvbuf)
		setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
			   sizeof(rcvbuf));
	assert_int_equal(0, connect(p->fd, (struct sockaddr *)&in, sizeof(in)));
	buf_init(&p->in, 64u << 20);
	assert_int_equal(0, watch_new(&p->watch, l, p->fd, peer_read, p));
}

static inline void peer_send(struct peer *p, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal((ssize_t)len, send(p->fd, text, len, MSG_NOSIGNAL));
}

static inline void peer_close(struct peer *p)
{
	p->watch = watch_free(p->watch);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	buf_fini(&p->in);
}

/* How often text occurs in what came in. */
static inline int peer_count(const struct peer *p, const char *text)
{
	size_t n = strlen(text);
	int count = 0;

	for (size_t i = 0; i + n <= p->in.len; i++)
		if (!memcmp(p->in.p + i, text, n))
			count++;
	return count;
}

#define peer_has(p, text) (peer_count(p, text) > 0)

/* An authority and a certificate for voice.test, both ECDSA, in a new dir. */
struct certs {
	char dir[64], ca[96], cert[96], key[96], other_ca[96];
};

static inline void certs_make(struct certs *c)
{
	static const char ca[] =
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		"-nodes -days 2 -subj /CN=%s -keyout %s/%s.key -out %s/%s.pem "
		"2>/dev/null";
	char cmd[1024];

	snprintf(c->dir, sizeof(c->dir), "/tmp/nightbell-certs-XXXXXX");
	assert_non_null(mkdtemp(c->dir));
	snprintf(c->ca, sizeof(c->ca), "%s/ca.pem", c->dir);
	snprintf(c->other_ca, sizeof(c->other_ca), "%s/other.pem", c->dir);
	snprintf(c->cert, sizeof(c->cert), "%s/leaf.pem", c->dir);
	snprintf(c->key, sizeof(c->key), "%s/leaf.key", c->dir);
	snprintf(cmd, sizeof(cmd), ca, "ca", c->dir, "ca", c->dir, "ca");
	assert_int_equal(0, system(cmd));
	snprintf(cmd, sizeof(cmd), ca, "other", c->dir, "other", c->dir,
		 "other");
	assert_int_equal(0, system(cmd));
	snprintf(cmd, sizeof(cmd),
		 "openssl req -x509 -newkey ec -pkeyopt "
		 "ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=voice.test "
		 "-addext subjectAltName=DNS:voice.test "
		 "-addext basicConstraints=critical,CA:FALSE "
		 "-CA %s -CAkey %s/ca.key -keyout %s -out %s 2>/dev/null",
		 c->ca, c->dir, c->key, c->cert);
	assert_int_equal(0, system(cmd));
}

static inline void certs_remove(struct certs *c)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", c->dir);
	assert_int_equal(0, system(cmd));
}

#endif
