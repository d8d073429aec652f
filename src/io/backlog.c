#include "io/backlog.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

enum {
	HEAD = 4096, /* records begin behind it */
	LOOK_MS = 500,
	TELL_MS = 10000,
	RECORD_MAX = 4 << 20,
};
#define MAX_DEFAULT (64u << 20)

/* Bytes of the file that are locked, not what they hold. */
enum { LOCK_TELL, LOCK_APPEND };

/* The first page, mapped by all workers. */
struct head {
	atomic_ullong told; /* the file up to here */
};

struct backlog {
	struct loop *loop;
	struct pg *pg;
	char *sql;
	size_t max;
	int fd;
	struct head *head;
	struct timer *look;
	bool telling; /* the lock is ours */
	bool asked;   /* an answer is awaited */
	bool freed;
	size_t len; /* of the record that was asked */
	unsigned n; /* told since the lock */
};

static int lock(const struct backlog *b, short type, off_t byte, bool wait)
{
	struct flock l = {.l_type = type,
			  .l_whence = SEEK_SET,
			  .l_start = byte,
			  .l_len = 1};

	return fcntl(b->fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l) ? -errno : 0;
}

static size_t file_size(const struct backlog *b)
{
	struct stat st;

	return fstat(b->fd, &st) ? 0 : (size_t)st.st_size;
}

bool backlog_busy(const struct backlog *b)
{
	return file_size(b) > atomic_load(&b->head->told);
}

bool backlog_waits(const struct pg_result *r)
{
	static const char *const classes[] = {"08", "40", "53", "55",
					      "57", "58", "XX"};

	if (r->err != -EREMOTEIO)
		return r->err != 0;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (!strncmp(r->sqlstate, classes[i], 2))
			return true;
	return false;
}

/* ---- appending ---- */

static int append(struct backlog *b, const char *p, size_t len)
{
	size_t size = file_size(b);
	ssize_t n;

	if (size + len > b->max)
		return -ENOSPC;
	n = write(b->fd, p, len);
	if (n == (ssize_t)len)
		return 0;
	if (n > 0 && ftruncate(b->fd, (off_t)size))
		return -EIO;
	return n < 0 ? -errno : -ENOSPC;
}

int backlog_add(struct backlog *b, const char *fn, int64_t at_ms, struct sv arg)
{
	uint32_t len = 0;
	struct buf rec;
	int err;

	buf_init(&rec, RECORD_MAX);
	buf_add(&rec, &len, sizeof(len));
	buf_printf(&rec, "{\"fn\":\"%s\",\"at_ms\":%lld,\"arg\":", fn,
		   (long long)at_ms);
	buf_sv(&rec, arg);
	buf_char(&rec, '}');
	err = rec.err == -ENOSPC ? -EINVAL : rec.err;
	if (!err) {
		len = (uint32_t)(rec.len - sizeof(len));
		memcpy(rec.p, &len, sizeof(len));
		err = lock(b, F_WRLCK, LOCK_APPEND, true);
	}
	if (!err) {
		err = append(b, rec.p, rec.len);
		lock(b, F_UNLCK, LOCK_APPEND, true);
	}
	buf_fini(&rec);
	return err;
}

/* ---- telling ---- */

/* The record that is next, with a NUL. -ENOENT none, -EBADMSG not one. */
static int next(struct backlog *b, char **out)
{
	size_t told = atomic_load(&b->head->told), size = file_size(b);
	uint32_t len;
	char *p;

	if (size <= told)
		return -ENOENT;
	if (pread(b->fd, &len, sizeof(len), (off_t)told) != sizeof(len) ||
	    !len || len > RECORD_MAX || told + sizeof(len) + len > size)
		return -EBADMSG;
	p = malloc((size_t)len + 1);
	if (!p)
		return -ENOMEM;
	if (pread(b->fd, p, len, (off_t)(told + sizeof(len))) != (ssize_t)len) {
		free(p);
		return -EIO;
	}
	p[len] = '\0';
	b->len = sizeof(len) + len;
	*out = p;
	return 0;
}

/* Nothing is left: the file begins anew, unless somebody has appended. */
static bool empty(struct backlog *b)
{
	bool done = false;

	if (lock(b, F_WRLCK, LOCK_APPEND, true))
		return false;
	if (!backlog_busy(b) && !ftruncate(b->fd, HEAD)) {
		atomic_store(&b->head->told, HEAD);
		done = true;
	}
	lock(b, F_UNLCK, LOCK_APPEND, true);
	return done;
}

static void let_go(struct backlog *b)
{
	if (b->telling)
		lock(b, F_UNLCK, LOCK_TELL, false);
	b->telling = false;
}

static void tell(struct backlog *b);

static void on_told(const struct pg_result *r, void *arg)
{
	struct backlog *b = arg;

	b->asked = false;
	if (b->freed) {
		free(b);
		return;
	}
	if (r->err && backlog_waits(r))
		return; /* the next look asks again */
	if (r->err)
		log_error("backlog", "the database refused (%s): %.*s",
			  r->sqlstate, SV_ARG(r->message));
	atomic_fetch_add(&b->head->told, b->len);
	b->n++;
	tell(b);
}

/* Our own words are broken: what follows cannot be found any more. */
static void give_up(struct backlog *b)
{
	log_error("backlog", "the file is damaged: %zu bytes are lost",
		  file_size(b) - (size_t)atomic_load(&b->head->told));
	atomic_store(&b->head->told, file_size(b));
}

static void tell(struct backlog *b)
{
	const char *param[1];
	char *text = NULL;
	int err;

	if (b->asked || !pg_up(b->pg))
		return;
	if (!b->telling &&
	    (!backlog_busy(b) || lock(b, F_WRLCK, LOCK_TELL, false)))
		return;
	b->telling = true;
	err = next(b, &text);
	if (err == -EBADMSG)
		give_up(b);
	if (err && err != -ENOMEM && empty(b)) {
		if (b->n)
			log_info("backlog",
				 "the database was told %u things late", b->n);
		b->n = 0;
		let_go(b);
	}
	if (err)
		return;
	param[0] = text;
	b->asked =
		!pg_call(b->pg, b->sql, 1, param, TELL_MS, false, on_told, b);
	free(text);
}

static void on_look(void *arg)
{
	tell(arg);
}

void backlog_kick(struct backlog *b)
{
	tell(b);
}

/* ---- life ---- */

static int open_file(struct backlog *b, const char *dir)
{
	char path[4200];
	int err;

	snprintf(path, sizeof(path), "%s/backlog", dir);
	b->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		     0600);
	if (b->fd < 0)
		return -errno;
	err = lock(b, F_WRLCK, LOCK_APPEND, true);
	if (!err && file_size(b) < HEAD && ftruncate(b->fd, HEAD))
		err = -errno;
	if (!err) {
		b->head = mmap(NULL, HEAD, PROT_READ | PROT_WRITE, MAP_SHARED,
			       b->fd, 0);
		if (b->head == MAP_FAILED) {
			b->head = NULL;
			err = -errno;
		}
	}
	if (!err && atomic_load(&b->head->told) < HEAD)
		atomic_store(&b->head->told, HEAD);
	lock(b, F_UNLCK, LOCK_APPEND, true);
	return err;
}

int backlog_new(struct backlog **out, const struct backlog_prm *prm)
{
	struct backlog *b = calloc(1, sizeof(*b));
	int err = -ENOMEM;

	if (!b)
		return -ENOMEM;
	b->fd = -1;
	b->loop = prm->loop;
	b->pg = prm->pg;
	b->max = prm->max ? prm->max : MAX_DEFAULT;
	b->sql = strdup(prm->sql);
	if (b->sql)
		err = open_file(b, prm->dir);
	if (!err)
		err = timer_new(&b->look, prm->loop, on_look, b);
	if (err) {
		backlog_free(b);
		return err;
	}
	timer_every(b->look, LOOK_MS);
	*out = b;
	return 0;
}

struct backlog *backlog_free(struct backlog *b)
{
	if (!b)
		return NULL;
	timer_free(b->look);
	if (b->head)
		munmap(b->head, HEAD);
	if (b->fd >= 0)
		close(b->fd); /* and with it the locks */
	free(b->sql);
	b->freed = true;
	if (!b->asked) /* else the answer frees it */
		free(b);
	return NULL;
}
