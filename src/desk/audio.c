/*
 * audio: a recording's sound. Who may hear it and where it is says SQL; what
 * goes out is the file or the part of it that was asked for.
 */
#include "desk/audio.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "desk/problem.h"
#include "io/recfile.h"
#include "proto/range.h"

#define AUDIO_TYPE "audio/ogg"

/* Its file is opened on the thread pool. */
struct job {
	struct op *op;
	char root[RECFILE_ROOT_MAX], path[RECFILE_PATH_MAX], node[80];
	int fd, err;
	struct stat st;
};

/* ---- the answer ---- */

static void head(struct buf *b, const char *etag, const char *id)
{
	buf_init(b, 4096);
	buf_printf(b,
		   API_HEADERS
		   "Accept-Ranges: bytes\r\nETag: %s\r\n"
		   "Content-Disposition: inline; filename=\"%s.opus\"\r\n",
		   etag, id);
}

/* Its name, its length and its last change: another file is another tag. */
static void tag(char out[96], const char *id, const struct stat *st)
{
	snprintf(out, 96, "\"%s-%llx-%llx\"", id,
		 (unsigned long long)st->st_size,
		 (unsigned long long)st->st_mtim.tv_sec * 1000000000 +
			 (unsigned long long)st->st_mtim.tv_nsec);
}

static bool names(struct sv list, const char *etag)
{
	return list.len && memmem(list.p, list.len, etag, strlen(etag));
}

static void reply(struct web_req *r, struct job *j, const char *id)
{
	struct range part = {0, j->st.st_size};
	struct sv range = web_req_header(r, "range");
	char etag[96];
	struct buf b;
	int err = -ENOENT;

	tag(etag, id, &j->st);
	head(&b, etag, id);
	if (names(web_req_header(r, "if-none-match"), etag)) {
		close(j->fd);
		web_reply(r, 304, NULL, SV(""), b.p);
		buf_fini(&b);
		return;
	}
	if (range_is_current(web_req_header(r, "if-range"), etag))
		err = range_parse(&part, range, j->st.st_size);
	if (err == -ERANGE) {
		close(j->fd);
		buf_printf(&b, "Content-Range: bytes */%lld\r\n",
			   (long long)j->st.st_size);
		problem_reply_with(r, 416, (struct sv){0}, b.p);
		buf_fini(&b);
		return;
	}
	if (!err)
		buf_printf(&b, "Content-Range: bytes %lld-%lld/%lld\r\n",
			   (long long)part.from,
			   (long long)(part.from + part.len - 1),
			   (long long)j->st.st_size);
	web_reply_file(r, err ? 200 : 206, AUDIO_TYPE, b.p, j->fd, part.from,
		       part.len);
	buf_fini(&b);
}

/* ---- the file ---- */

static void open_file(void *arg)
{
	struct job *j = arg;

	j->fd = recfile_open(j->root, j->path);
	j->err = MIN(j->fd, 0);
	if (!j->err && (fstat(j->fd, &j->st) || !S_ISREG(j->st.st_mode))) {
		close(j->fd);
		j->err = -ENOENT;
	}
}

static void opened(void *arg)
{
	struct job *j = arg;
	struct op *op = j->op;
	struct web_req *r = op_take(op);
	char why[200];

	if (r && !j->err) {
		reply(r, j, op_text(op, "id"));
	} else if (r) {
		log_warn("recordings", "%s: %s", j->path, strerror(-j->err));
		snprintf(why, sizeof(why),
			 "Its file is not here: it is on the machine %s.",
			 j->node);
		problem_reply(r, 404, why);
	} else if (!j->err) {
		close(j->fd);
	}
	op_free(op);
	free(j);
}

static void on_row(const struct pg_result *res, void *arg)
{
	struct op *op = arg;
	struct job *j = NULL;
	json_t *o = NULL;
	bool null = true;
	struct sv v = {0};

	if (!op->r || !op->a || res->err) {
		struct web_req *r = op_take(op);

		if (r)
			problem_reply_sql(r, res, op->route->path);
		op_free(op);
		return;
	}
	if (res->rows == 1)
		v = pg_value(res, 0, 0, &null);
	if (!null)
		o = json_loadb(v.p, v.len, 0, NULL);
	j = o ? calloc(1, sizeof(*j)) : NULL;
	if (j) {
		const char *path =
			json_string_value(json_object_get(o, "path"));
		const char *node =
			json_string_value(json_object_get(o, "node"));

		j->op = op;
		sv_copy(j->root, sizeof(j->root),
			sv_str(op->a->prm.recordings));
		sv_copy(j->path, sizeof(j->path), sv_str(path));
		sv_copy(j->node, sizeof(j->node), sv_str(node));
	}
	json_decref(o);
	if (!j || loop_work(op->a->prm.loop, open_file, opened, j)) {
		free(j);
		op_problem(op, 503, NULL);
	}
}

void audio_run(struct op *op, const struct session *who)
{
	char *req = json_dumps(op->req, JSON_COMPACT);
	const char *params[] = {who->business, who->user, req};

	if (req)
		op_call(op, op->route->sql, 3, params, on_row);
	else
		op_problem(op, 503, NULL);
	free(req);
}
