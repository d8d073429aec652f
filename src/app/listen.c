#include "app/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/url.h"

enum { BACKLOG = 1024 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t address_len(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static int address_parse(union address *a, const char *text)
{
	char name[64];
	struct sv host;
	int port;

	memset(a, 0, sizeof(*a));
	if (url_host_port(sv_str(text), &host, &port))
		return -EINVAL;
	if (sv_eq(host, "localhost"))
		host = SV("127.0.0.1");
	if (host.p[0] == '[')
		host = (struct sv){host.p + 1, host.len - 2};
	if (sv_copy(name, sizeof(name), host))
		return -EINVAL;
	if (inet_pton(AF_INET, name, &a->v4.sin_addr) == 1) {
		a->v4.sin_family = AF_INET;
		a->v4.sin_port = htons((uint16_t)port);
		return 0;
	}
	if (inet_pton(AF_INET6, name, &a->v6.sin6_addr) != 1)
		return -EINVAL;
	a->v6.sin6_family = AF_INET6;
	a->v6.sin6_port = htons((uint16_t)port);
	return 0;
}

/* shared: several of ours on one address. */
static int open_one(int *out, const union address *a, bool shared)
{
	int fd = socket(a->any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, err = 0;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    (shared &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one))) ||
	    bind(fd, &a->any, address_len(a)) || listen(fd, BACKLOG))
		err = -errno;
	if (err)
		close(fd);
	else
		*out = fd;
	return err;
}

static int open_all(int *fds, unsigned n, union address *a)
{
	socklen_t len = sizeof(*a);
	int err, probe;

	if (n == 1)
		return open_one(fds, a, false);
	/*
	 * Sockets with SO_REUSEPORT of the same user share an address without
	 * a word: only one without it finds another program there.
	 */
	err = open_one(&probe, a, false);
	if (err)
		return err;
	close(probe);
	for (unsigned i = 0; i < n; i++) {
		err = open_one(&fds[i], a, true);
		if (!err && !i && getsockname(fds[0], &a->any, &len))
			err = -errno;
		if (err) {
			while (i--)
				close(fds[i]);
			return err;
		}
	}
	return 0;
}

int listen_tcp(int *fds, unsigned n, const char *addr, const char *option,
	       char why[LISTEN_WHY_MAX])
{
	union address a;
	int err = address_parse(&a, addr);

	if (err) {
		snprintf(why, LISTEN_WHY_MAX,
			 "%s: \"%s\" is not a numeric address with a port",
			 option, addr);
		return err;
	}
	err = open_all(fds, n, &a);
	if (err == -EADDRINUSE)
		snprintf(why, LISTEN_WHY_MAX,
			 "%s: %s is in use by another program; stop it or "
			 "choose another address in %s",
			 option, addr, option);
	else if (err == -EACCES)
		snprintf(why, LISTEN_WHY_MAX,
			 "%s: %s may not be opened by this user; choose a port "
			 "above 1023 or grant CAP_NET_BIND_SERVICE",
			 option, addr);
	else if (err)
		snprintf(why, LISTEN_WHY_MAX, "%s: cannot listen on %s: %s",
			 option, addr, strerror(-err));
	return err;
}

int listen_unix(int *out, const char *path, bool datagrams,
		char why[LISTEN_WHY_MAX])
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd, err = 0;

	if (sv_copy(a.sun_path, sizeof(a.sun_path), sv_str(path))) {
		snprintf(why, LISTEN_WHY_MAX,
			 "%s: the path is too long for a socket (%zu "
			 "characters at most); choose a shorter "
			 "node.runtime_dir",
			 path, sizeof(a.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	fd = socket(AF_UNIX,
		    (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC |
			    SOCK_NONBLOCK,
		    0);
	if (fd < 0)
		err = -errno;
	/* The lock of the folder says that nobody serves an old one. */
	if (!err && unlink(path) && errno != ENOENT)
		err = -errno;
	if (!err && (bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
		     (!datagrams && listen(fd, BACKLOG))))
		err = -errno;
	if (err) {
		snprintf(why, LISTEN_WHY_MAX, "cannot listen on %s: %s", path,
			 strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

void listen_name(int fd, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";
	union address a;
	socklen_t len = sizeof(a);

	memset(&a, 0, sizeof(a));
	if (!getsockname(fd, &a.any, &len) && a.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a.v6.sin6_addr, host, sizeof(host));
		snprintf(out, size, "[%s]:%u", host, ntohs(a.v6.sin6_port));
		return;
	}
	inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof(host));
	snprintf(out, size, "%s:%u", host, ntohs(a.v4.sin_port));
}

static int make_path(const char *path)
{
	char part[4096];
	size_t n;

	if (sv_copy(part, sizeof(part), sv_str(path)))
		return -ENAMETOOLONG;
	for (n = 1; part[n]; n++) {
		if (part[n] != '/')
			continue;
		part[n] = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		part[n] = '/';
	}
	return mkdir(part, 0700) && errno != EEXIST ? -errno : 0;
}

int dir_make(const char *path, char why[LISTEN_WHY_MAX])
{
	struct stat st;
	int err = path[0] ? make_path(path) : -ENOENT;

	if (!err && stat(path, &st))
		err = -errno;
	if (!err && !S_ISDIR(st.st_mode))
		err = -ENOTDIR;
	if (err)
		snprintf(why, LISTEN_WHY_MAX, "cannot make the folder %s: %s",
			 path, strerror(-err));
	return err;
}

int dir_private(const char *path, char why[LISTEN_WHY_MAX])
{
	int err = dir_make(path, why);
	struct stat st;

	if (err)
		return err;
	if (!stat(path, &st) && st.st_uid == geteuid() && !(st.st_mode & 077))
		return 0;
	snprintf(why, LISTEN_WHY_MAX,
		 "%s must be a folder of this user with mode 0700 (chmod 700)",
		 path);
	return -EPERM;
}

int dir_lock(const char *path, char why[LISTEN_WHY_MAX])
{
	char name[4200];
	int fd, err;

	snprintf(name, sizeof(name), "%s/lock", path);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	err = -errno;
	if (fd >= 0)
		close(fd);
	if (err == -EWOULDBLOCK) {
		snprintf(why, LISTEN_WHY_MAX,
			 "another nightbell runs in %s; stop it or choose "
			 "another node.runtime_dir",
			 path);
		return -EEXIST;
	}
	snprintf(why, LISTEN_WHY_MAX, "%s/lock: %s", path, strerror(-err));
	return err;
}
