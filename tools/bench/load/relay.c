/*
 * relay: the floor that the gateway is held against. A bare epoll loop that
 * passes bytes between a carrier's socket and a provider's and understands
 * nothing of them: whoever relays calls cannot cost less.
 *
 *   benchrelay LISTEN-PORT PROVIDER-PORT      127.0.0.1, until killed
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, READ_MAX = 65536 };

/* One direction's source; its peer is the other socket of the call. */
struct end {
	int fd;
	struct end *peer;
	bool dead;
};

static int epfd;

static struct sockaddr_in local(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static void watch(struct end *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = e};
	int one = 1;

	setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(epfd, EPOLL_CTL_ADD, e->fd, &ev);
}

static void open_call(int lfd, int to)
{
	struct sockaddr_in in = local(to);
	struct end *a, *b;
	int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	a = calloc(1, sizeof(*a));
	b = calloc(1, sizeof(*b));
	if (!a || !b)
		exit(1);
	a->fd = fd;
	b->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	a->peer = b;
	b->peer = a;
	if (connect(b->fd, (struct sockaddr *)&in, sizeof(in))) {
		perror("benchrelay: connect");
		exit(1);
	}
	watch(a);
	watch(b);
}

static void end_call(struct end *e)
{
	struct end *p = e->peer;

	/* Events of this turn may still point here: the memory stays. */
	e->dead = p->dead = true;
	close(e->fd);
	close(p->fd);
}

static void pass(struct end *e)
{
	static char b[READ_MAX];
	ssize_t n, done = 0, k;

	if (e->dead)
		return;
	n = read(e->fd, b, sizeof(b));
	while (n > 0 && done < n) {
		k = write(e->peer->fd, b + done, (size_t)(n - done));
		if (k < 0 && errno != EINTR)
			n = -1;
		else if (k > 0)
			done += k;
	}
	if (n <= 0)
		end_call(e);
}

int main(int argc, char **argv)
{
	struct rlimit files = {65536, 65536};
	struct epoll_event ev = {.events = EPOLLIN}, got[EVENTS];
	struct sockaddr_in in;
	int lfd, one = 1, n, ports[2];

	if (argc != 3) {
		fputs("benchrelay LISTEN-PORT PROVIDER-PORT\n", stderr);
		return 2;
	}
	for (int i = 0; i < 2; i++)
		ports[i] = (int)strtol(argv[i + 1], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	in = local(ports[0]);
	lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(lfd, (struct sockaddr *)&in, sizeof(in)) ||
	    listen(lfd, 1024)) {
		perror("benchrelay: listen");
		return 1;
	}
	epfd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epfd, EPOLL_CTL_ADD, lfd, &ev);
	for (;;) {
		n = epoll_wait(epfd, got, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (got[i].data.ptr)
				pass(got[i].data.ptr);
			else
				open_call(lfd, ports[1]);
	}
}
