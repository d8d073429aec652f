/*
 * web_give: a connection changes its process, with the request that asks for
 * a WebSocket. One process listens and knows who may come; another has the
 * calls: so no byte of a call passes through the first.
 *
 * What goes over the datagram socket is the descriptor and the head of the
 * request, written anew: the library has read it from the connection already.
 * A client sends nothing more before it has its answer (RFC 6455, 4.1), so
 * nothing else was read.
 */
#include "io/web_impl.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define HEAD_MAX 2000 /* the library takes no more ahead of a connection */

static const char *const passed[] = {
	"Host",
	"Origin",
	"Upgrade",
	"Connection",
	"Sec-WebSocket-Key",
	"Sec-WebSocket-Version",
};

/* Length, or -ENOSPC. */
static int print_head(char *out, size_t size, const struct web_req *r)
{
	struct buf b;
	int len;

	buf_init(&b, size - 1);
	buf_printf(&b, "GET %.*s HTTP/1.1\r\n", SV_ARG(web_req_path(r)));
	for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
		char lower[40];
		struct sv v;
		size_t n = strlen(passed[i]);

		for (size_t k = 0; k <= n; k++)
			lower[k] = passed[i][k] >= 'A' && passed[i][k] <= 'Z'
					   ? (char)(passed[i][k] | 0x20)
					   : passed[i][k];
		v = web_req_header(r, lower);
		if (v.len)
			buf_printf(&b, "%s: %.*s\r\n", passed[i], SV_ARG(v));
	}
	buf_str(&b, "\r\n");
	len = b.err ? -ENOSPC : (int)b.len;
	if (len > 0)
		memcpy(out, b.p, b.len);
	buf_fini(&b);
	return len;
}

/*
 * The library shuts a connection down before it closes its descriptor, which
 * would end it for its new owner, too. So the descriptor becomes another
 * socket first. epoll knows the connection by both, and must forget it before.
 */
static int let_go(struct web *w, int fd, int other)
{
	if (epoll_ctl(uv_backend_fd(loop_uv(w->loop)), EPOLL_CTL_DEL, fd,
		      NULL) &&
	    errno != ENOENT)
		return -errno;
	return dup2(other, fd) < 0 ? -errno : 0;
}

static int send_fd(struct web *w, const char *path, struct sv head, int fd)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)head.p, head.len};
	struct msghdr msg = {
		.msg_name = &a,
		.msg_namelen = sizeof(a),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int sock, err = 0;

	if (sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path)))
		return -ENAMETOOLONG;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		err = -errno;
	else
		err = let_go(w, fd, sock);
	close(sock);
	return err;
}

int web_req_give(struct web_req *r, const char *path)
{
	char head[HEAD_MAX];
	int err, len = print_head(head, sizeof(head), r);

	if (len < 0)
		return 431;
	err = send_fd(r->conn->w, path, (struct sv){head, (size_t)len},
		      lws_get_socket_fd(r->conn->wsi));
	if (!err)
		return WEB_GIVEN;
	log_warn("web", "%s: a connection cannot be given away: %s", path,
		 strerror(-err));
	return 503;
}

/* *fd: -1, or the connection that came with it. */
static ssize_t receive(int from, char *head, size_t size, int *fd)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {head, size};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(from, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&msg);

	*fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n;
}

bool web_take(struct web_port *p)
{
	char head[HEAD_MAX];
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);
	int fd;
	ssize_t n = receive(p->fd, head, sizeof(head), &fd);

	if (n < 0)
		return false;
	if (fd < 0)
		return true;
	if (n && !getpeername(fd, (struct sockaddr *)&ss, &len))
		web_adopt(p->l, fd, &ss, (struct sv){head, (size_t)n},
			  clock_mono_us() +
				  p->l->prm.header_ms * INT64_C(1000));
	else
		close(fd); /* the peer has gone meanwhile */
	return true;
}
