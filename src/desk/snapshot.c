#include "desk/snapshot.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	EVERY_MS = 600000,
	SOON_MS = 200, /* several changes are one */
	AGAIN_MS = 10000,
	ASK_MS = 5000,
};

struct snapshot {
	struct snapshot_prm prm;
	struct timer *timer;
	json_t *numbers; /* by number */
	json_t *list;	 /* those still to be asked; NULL: none is made */
	size_t at;	 /* the next of them */
	json_t *fresh;
	bool dirty;   /* asked for while one is made */
	bool written; /* the file is what is in memory */
	bool asked, freed;
};

/* ---- the file ---- */

static void file_path(const struct snapshot *s, char *path, size_t size,
		      const char *tail)
{
	snprintf(path, size, "%s/snapshot.json%s", s->prm.dir, tail);
}

static void file_read(struct snapshot *s)
{
	char path[4200];
	json_error_t e;
	json_t *v;

	file_path(s, path, sizeof(path), "");
	if (access(path, F_OK)) {
		log_info("snapshot", "none yet at %s", path);
		return;
	}
	v = json_load_file(path, 0, &e);
	if (json_is_object(v)) {
		s->numbers = v;
		return;
	}
	log_warn("snapshot", "%s cannot be used and is ignored: %s", path,
		 v ? "not an object" : e.text);
	json_decref(v);
}

static int file_put(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A file of its own first: a reader sees the old one or the new one. */
static bool file_write(const struct snapshot *s)
{
	char path[4200], made[4200];
	char *text = json_dumps(s->numbers, JSON_COMPACT);
	int fd, err = text ? 0 : -ENOMEM;

	file_path(s, path, sizeof(path), "");
	file_path(s, made, sizeof(made), ".new");
	fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0600);
	if (!err && fd < 0)
		err = -errno;
	if (!err)
		err = file_put(fd, text, strlen(text));
	if (!err && fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (!err && rename(made, path))
		err = -errno;
	if (err)
		log_error("snapshot", "%s was not written: %s", path,
			  strerror(-err));
	free(text);
	return !err;
}

/* ---- making one ---- */

static void stop_making(struct snapshot *s)
{
	json_decref(s->list);
	json_decref(s->fresh);
	s->list = s->fresh = NULL;
}

static void next_in(struct snapshot *s, int ms)
{
	timer_at(s->timer, clock_mono_us() + ms * INT64_C(1000));
}

static void done(struct snapshot *s)
{
	bool changed = !json_equal(s->numbers, s->fresh);

	json_decref(s->numbers);
	s->numbers = json_incref(s->fresh);
	stop_making(s);
	if ((changed || !s->written) && s->prm.writes)
		s->written = file_write(s);
	if (changed)
		log_info("snapshot", "plans of %zu numbers are kept",
			 json_object_size(s->numbers));
	next_in(s, s->dirty ? SOON_MS : EVERY_MS);
	s->dirty = false;
}

static void ask_next(struct snapshot *s);

/* The text of an answer as JSON, or NULL. */
static json_t *read_answer(const struct pg_result *r)
{
	bool null = true;
	struct sv v = {NULL, 0};

	if (!r->err && r->rows == 1)
		v = pg_value(r, 0, 0, &null);
	return null ? NULL : json_loadb(v.p, v.len, JSON_DECODE_ANY, NULL);
}

static void on_answer(const struct pg_result *r, void *arg)
{
	struct snapshot *s = arg;
	json_t *v;

	s->asked = false;
	if (s->freed) {
		free(s);
		return;
	}
	if (r->err) {
		if (r->err == -EREMOTEIO)
			log_error("snapshot", "SQL refused (%s): %.*s",
				  r->sqlstate, SV_ARG(r->message));
		stop_making(s);
		next_in(s, AGAIN_MS);
		return;
	}
	v = read_answer(r);
	if (!s->list) {
		s->list = json_is_array(v) ? json_incref(v) : json_array();
		s->fresh = json_object();
		s->at = 0;
	} else {
		const char *number =
			json_string_value(json_array_get(s->list, s->at++));

		if (number && json_is_object(v)) /* else it is gone */
			json_object_set(s->fresh, number, v);
	}
	json_decref(v);
	ask_next(s);
}

static void ask(struct snapshot *s, const char *sql, const char *number)
{
	s->asked = !pg_call(s->prm.pg, sql, number ? 1 : 0, &number, ASK_MS,
			    false, on_answer, s);
	if (s->asked)
		return;
	stop_making(s);
	next_in(s, AGAIN_MS);
}

static void ask_next(struct snapshot *s)
{
	if (!s->list || !s->fresh) {
		stop_making(s);
		next_in(s, AGAIN_MS);
	} else if (s->at == json_array_size(s->list)) {
		done(s);
	} else {
		ask(s, "select desk.snapshot($1)",
		    json_string_value(json_array_get(s->list, s->at)));
	}
}

static void begin(void *arg)
{
	struct snapshot *s = arg;

	if (s->asked)
		s->dirty = true;
	else
		ask(s, "select desk.snapshot_numbers()", NULL);
}

void snapshot_refresh(struct snapshot *s)
{
	if (s->asked)
		s->dirty = true;
	else
		next_in(s, SOON_MS);
}

/* ---- reading ---- */

const json_t *snapshot_find(const struct snapshot *s, struct sv number)
{
	char key[32];

	if (!number.len || sv_copy(key, sizeof(key), number))
		return NULL;
	return json_object_get(s->numbers, key);
}

size_t snapshot_size(const struct snapshot *s)
{
	return json_object_size(s->numbers);
}

/* ---- life ---- */

int snapshot_new(struct snapshot **out, const struct snapshot_prm *prm)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->prm = *prm;
	if (timer_new(&s->timer, prm->loop, begin, s)) {
		free(s);
		return -ENOMEM;
	}
	file_read(s);
	if (!s->numbers)
		s->numbers = json_object();
	if (!s->numbers) {
		snapshot_free(s);
		return -ENOMEM;
	}
	pg_listen(prm->pg, SNAPSHOT_CHANNEL);
	next_in(s, SOON_MS);
	*out = s;
	return 0;
}

struct snapshot *snapshot_free(struct snapshot *s)
{
	if (!s)
		return NULL;
	timer_free(s->timer);
	stop_making(s);
	json_decref(s->numbers);
	s->freed = true;
	if (!s->asked) /* else the answer frees it */
		free(s);
	return NULL;
}
