#include "io/recfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audio/oggrec.h"
#include "base/uuid.h"
#include "config.h"

enum {
	MONTH_LEN = 7,
	FOLDER_LEN = UUID_LEN + 1 + MONTH_LEN,
	PATH_LEN = FOLDER_LEN + 1 + UUID_LEN + 5,
	GRANULE_HZ = 48000,
};

_Static_assert(PATH_LEN < (int)RECFILE_PATH_MAX, "paths fit");

/* ---- names ---- */

int recfile_root(char *out, size_t size, const struct config *cfg)
{
	const char *dir = cfg->recordings.dir;
	int n = dir ? snprintf(out, size, "%s", dir)
		    : snprintf(out, size, "%s/recordings", cfg->node.state_dir);

	return n >= 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

int recfile_path(char out[RECFILE_PATH_MAX], struct sv business, struct sv id,
		 int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (!uuid_valid(business) || !uuid_valid(id) || wall_ms < 0 ||
	    !gmtime_r(&t, &tm) || tm.tm_year > 8099)
		return -EINVAL;
	snprintf(out, RECFILE_PATH_MAX, "%.*s/%04d-%02d/%.*s.opus",
		 SV_ARG(business), (tm.tm_year + 1900) % 10000,
		 (tm.tm_mon + 1) % 100, SV_ARG(id));
	return recfile_is_path(sv_str(out)) ? 0 : -EINVAL;
}

static bool is_month(const char *p)
{
	for (int i = 0; i < MONTH_LEN; i++)
		if (i == 4 ? p[i] != '-' : p[i] < '0' || p[i] > '9')
			return false;
	return true;
}

bool recfile_is_path(struct sv path)
{
	const char *p = path.p;

	return path.len == PATH_LEN && uuid_valid((struct sv){p, UUID_LEN}) &&
	       p[UUID_LEN] == '/' && is_month(p + UUID_LEN + 1) &&
	       p[FOLDER_LEN] == '/' &&
	       uuid_valid((struct sv){p + FOLDER_LEN + 1, UUID_LEN}) &&
	       !memcmp(p + PATH_LEN - 5, ".opus", 5);
}

/* root/path[:len] */
static int full(char out[4200], const char *root, const char *path, int len)
{
	int n;

	if (!recfile_is_path(sv_str(path)))
		return -EINVAL;
	n = snprintf(out, 4200, "%s/%.*s", root, len, path);
	return n < 4200 ? 0 : -ENAMETOOLONG;
}

static int folder(const char *root, const char *path)
{
	static const int lens[] = {0, UUID_LEN, FOLDER_LEN};
	char name[4200];
	int err;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		err = full(name, root, path, lens[i]);
		if (err)
			return err;
		if (mkdir(name, 0700) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int open_at(const char *root, const char *path, int flags)
{
	char name[4200];
	int fd, err = full(name, root, path, PATH_LEN);

	if (err)
		return err;
	fd = open(name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int recfile_create(const char *root, const char *path)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL;
	int fd = open_at(root, path, flags);

	if (fd == -ENOENT) {
		int err = folder(root, path);

		fd = err ? err : open_at(root, path, flags);
	}
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int recfile_open(const char *root, const char *path)
{
	return open_at(root, path, O_RDONLY);
}

int recfile_remove(const char *root, const char *path)
{
	char name[4200];
	int err = full(name, root, path, PATH_LEN);

	if (err)
		return err;
	return unlink(name) && errno != ENOENT ? -errno : 0;
}

/* ---- pages ---- */

/* Walks over the pages of a file. */
struct walk {
	int fd;
	uint8_t *buf;
	off_t at; /* of the page */
	struct oggrec_page page;
	unsigned nr;   /* of the page */
	int64_t frame; /* its first; after two pages of headers */
};

static int walk_init(struct walk *w, int fd)
{
	*w = (struct walk){.fd = fd, .buf = malloc(OGGREC_PAGE_MAX)};
	return w->buf ? 0 : -ENOMEM;
}

static ssize_t read_at(int fd, uint8_t *p, size_t len, off_t at)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(fd, p + have, len - have, at + (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* 0, -ENODATA no (whole) page more, -errno. */
static int walk_next(struct walk *w)
{
	ssize_t n;
	int err;

	if (w->page.len) {
		w->at += (off_t)w->page.len;
		w->frame += w->nr > 1 ? w->page.frames : 0;
		w->nr++;
	}
	n = read_at(w->fd, w->buf, OGGREC_PAGE_MAX, w->at);
	if (n < 0)
		return (int)n;
	err = oggrec_page(&w->page, w->buf, (size_t)n);
	if (err)
		w->page.len = 0;
	return err ? -ENODATA : 0;
}

int recfile_scan(int fd, struct recfile_info *out)
{
	unsigned preskip = 0;
	struct walk w;
	int err = walk_init(&w, fd);

	*out = (struct recfile_info){0};
	while (!err && !(err = walk_next(&w))) {
		if (!w.nr && oggrec_preskip(&w.page, &preskip))
			break;
		if (w.nr > 1)
			out->duration_ms =
				MAX(w.page.granule - (int64_t)preskip, 0) *
				1000 / GRANULE_HZ;
		out->bytes = w.at + (off_t)w.page.len;
		out->ended = w.page.ends;
	}
	free(w.buf);
	if (err && err != -ENODATA)
		return err;
	return out->duration_ms ? 0 : -EBADMSG;
}

int recfile_recover(const char *root, const char *path,
		    struct recfile_info *out)
{
	int fd = open_at(root, path, O_RDWR), err;

	*out = (struct recfile_info){0};
	if (fd < 0)
		return fd;
	err = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	if (err == -EWOULDBLOCK)
		err = -EBUSY;
	if (!err)
		err = recfile_scan(fd, out);
	if (!err && ftruncate(fd, out->bytes))
		err = -errno;
	close(fd);
	return err;
}

static int rewrite(const struct walk *w)
{
	size_t done = 0;

	while (done < w->page.len) {
		ssize_t n = pwrite(w->fd, w->buf + done, w->page.len - done,
				   w->at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

int recfile_mute(int fd, int64_t from_n, int64_t to_n)
{
	int64_t from = from_n / OGGREC_FRAME_N;
	int64_t to = (to_n + OGGREC_FRAME_N - 1) / OGGREC_FRAME_N;
	struct walk w;
	int err = walk_init(&w, fd);

	while (!err && !(err = walk_next(&w)) && w.frame < to) {
		if (w.nr < 2 || w.frame + w.page.frames <= from)
			continue;
		err = oggrec_mute(w.buf, w.page.len,
				  (int)MAX(from - w.frame, 0),
				  (int)(to - w.frame));
		if (!err)
			err = rewrite(&w);
	}
	free(w.buf);
	return err == -ENODATA ? 0 : err;
}
