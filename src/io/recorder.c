#include "io/recorder.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "audio/oggrec.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "codec.h"
#include "io/recfile.h"

enum {
	MUTES = 32,
	NICE = 5, /* behind the loop, which has a frame to send */
	COMPLEXITY = 0,
};

struct mute {
	int64_t from_n, to_n;
};

struct recording {
	struct list node; /* the recorder's inbox, all or done */
	struct recorder *r;
	struct legs legs;
	char path[RECFILE_PATH_MAX];
	int64_t begin_n;
	bool begun;
	recording_end_h *h;
	void *arg;

	/* under the recorder's lock */
	struct mute asked[MUTES];
	unsigned nasked;
	bool closing, drop;
	int64_t end_n;

	/* the thread's */
	int fd;
	bool opened;
	struct oggrec *rec;
	struct buf out;
	int64_t bytes;
	struct mute mutes[MUTES]; /* that may concern what is to come */
	unsigned nmutes;
	struct recording_end end;
};

struct recorder {
	struct recorder_prm prm;
	uv_thread_t thread;
	uv_mutex_t lock;
	uv_cond_t work;
	uv_async_t *woken; /* on the loop: something is done */
	struct list inbox, done;
	bool kicked, quit, started;
	struct list all; /* the thread's */
};

/* ---- the thread: one recording ---- */

static void fail(struct recording *rec, int err, const char *what)
{
	if (!rec->end.err)
		log_warn("recording", "%s: %s: %s", rec->path, what,
			 strerror(-err));
	rec->end.err = err;
	rec->end.incomplete = true;
}

/* Whole pages only: a page of which a part was written is cut off again. */
static void write_out(struct recording *rec)
{
	size_t done = 0;

	while (!rec->end.err && done < rec->out.len) {
		ssize_t n =
			pwrite(rec->fd, rec->out.p + done, rec->out.len - done,
			       rec->bytes + (off_t)done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			fail(rec, -errno, "cannot be written");
	}
	if (!rec->end.err)
		rec->bytes += (int64_t)done;
	else if (rec->fd >= 0 && ftruncate(rec->fd, rec->bytes))
		fail(rec, -errno, "cannot be cut");
	buf_reset(&rec->out);
}

/* An error of the encoder is one of ours; the recording ends. */
static bool encoded(struct recording *rec, int err)
{
	if (!err && rec->out.err)
		err = rec->out.err;
	if (err)
		fail(rec, err, "cannot be encoded");
	return !err;
}

static void open_file(struct recording *rec)
{
	const struct oggrec_prm prm = {
		.serial = (uint32_t)rec->begin_n ^ (uint32_t)(uintptr_t)rec,
		.bps = rec->r->prm.bps,
		.complexity = COMPLEXITY,
	};
	int err;

	rec->opened = true;
	rec->fd = recfile_create(rec->r->prm.dir, rec->path);
	if (rec->fd < 0) {
		fail(rec, rec->fd, "cannot be made");
		return;
	}
	err = oggrec_new(&rec->rec, &prm);
	if (!err)
		err = oggrec_begin(rec->rec, &rec->out);
	for (int64_t n = 0; !err && n < rec->begin_n; n += LEGS_FRAME_N)
		err = oggrec_frame(rec->rec, NULL, NULL, &rec->out);
	if (encoded(rec, err))
		write_out(rec);
}

static void take_mutes(struct recording *rec)
{
	struct mute m[MUTES];
	unsigned n;
	int err = 0;

	uv_mutex_lock(&rec->r->lock);
	n = rec->nasked;
	memcpy(m, rec->asked, n * sizeof(*m));
	rec->nasked = 0;
	uv_mutex_unlock(&rec->r->lock);
	if (!n || rec->end.err)
		return;
	/* What waits for its page is a part of the file now. */
	if (encoded(rec, oggrec_flush(rec->rec, &rec->out)))
		write_out(rec);
	for (unsigned i = 0; i < n && !err; i++) {
		rec->mutes[rec->nmutes++ % MUTES] = m[i];
		err = recfile_mute(rec->fd, m[i].from_n, m[i].to_n);
	}
	if (err) { /* it must not stay: nothing of the file does */
		fail(rec, err, "a card number cannot be taken out");
		if (ftruncate(rec->fd, 0))
			recfile_remove(rec->r->prm.dir, rec->path);
		rec->bytes = 0;
	}
}

static bool is_muted(const struct recording *rec, int64_t at_n)
{
	for (unsigned i = 0; i < MIN(rec->nmutes, (unsigned)MUTES); i++)
		if (at_n + LEGS_FRAME_N > rec->mutes[i].from_n &&
		    at_n < rec->mutes[i].to_n)
			return true;
	return false;
}

static const int16_t *decode(int16_t pcm[LEGS_FRAME_N], const uint8_t *ulaw)
{
	for (int i = 0; i < LEGS_FRAME_N; i++)
		pcm[i] = ulaw_to_lin[ulaw[i]];
	return pcm;
}

static void take_audio(struct recording *rec)
{
	uint8_t caller[LEGS_FRAME_N], ours[LEGS_FRAME_N];
	int16_t left[LEGS_FRAME_N], right[LEGS_FRAME_N];

	while (legs_take(&rec->legs, caller, ours)) {
		int64_t at_n;

		if (rec->end.err)
			continue;
		at_n = oggrec_frames(rec->rec) * LEGS_FRAME_N;
		if (!encoded(rec, oggrec_frame(rec->rec,
					       is_muted(rec, at_n)
						       ? NULL
						       : decode(left, caller),
					       decode(right, ours), &rec->out)))
			continue;
		if (rec->out.len)
			write_out(rec);
	}
}

static void close_file(struct recording *rec, int64_t end_n, bool drop)
{
	struct recording_end *e = &rec->end;

	if (!drop && !e->err &&
	    encoded(rec, oggrec_end(rec->rec, end_n, &rec->out)))
		write_out(rec);
	if (!drop && !e->err && fdatasync(rec->fd))
		fail(rec, -errno, "cannot be written");
	e->lost_ms = (atomic_load(&rec->legs.lost_n) + rec->legs.late_n) *
		     1000 / TEL_RATE_HZ;
	e->incomplete |= e->lost_ms > 0;
	if (rec->fd >= 0 && !drop) {
		struct recfile_info info;

		if (!recfile_scan(rec->fd, &info)) {
			e->duration_ms = info.duration_ms;
			e->bytes = info.bytes;
		}
	}
	if (rec->fd >= 0 && (drop || !e->bytes)) {
		int err = recfile_remove(rec->r->prm.dir, rec->path);

		if (err)
			fail(rec, err, "cannot be removed");
		e->removed = !err;
	} else if (rec->fd < 0) {
		e->removed = true; /* there never was one */
	}
	if (rec->fd >= 0)
		close(rec->fd);
	rec->fd = -1;
}

/* True: it is closed. */
static bool step(struct recording *rec)
{
	bool closing, drop;
	int64_t end_n;

	uv_mutex_lock(&rec->r->lock);
	closing = rec->closing;
	drop = rec->drop;
	end_n = rec->end_n;
	uv_mutex_unlock(&rec->r->lock);
	if (!drop) {
		if (!rec->opened)
			open_file(rec);
		take_mutes(rec);
		take_audio(rec);
	}
	if (closing)
		close_file(rec, end_n, drop);
	return closing;
}

static void done(struct recording *rec)
{
	struct recorder *r = rec->r;

	list_del(&rec->node);
	uv_mutex_lock(&r->lock);
	list_add(&r->done, &rec->node);
	uv_mutex_unlock(&r->lock);
	uv_async_send(r->woken);
}

static void run(void *arg)
{
	struct recorder *r = arg;
	bool quit = false;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!quit) {
		struct list *i, *next;

		uv_mutex_lock(&r->lock);
		while (!r->kicked && !r->quit)
			uv_cond_wait(&r->work, &r->lock);
		quit = r->quit;
		r->kicked = false;
		LIST_FOREACH_SAFE (i, next, &r->inbox) {
			list_del(i);
			list_add(&r->all, i);
		}
		uv_mutex_unlock(&r->lock);
		LIST_FOREACH_SAFE (i, next, &r->all) {
			struct recording *rec =
				list_entry(i, struct recording, node);

			if (step(rec))
				done(rec);
		}
	}
}

/* ---- the loop ---- */

static void recording_free(struct recording *rec)
{
	oggrec_free(rec->rec);
	buf_fini(&rec->out);
	legs_fini(&rec->legs);
	free(rec);
}

static void on_done(uv_async_t *woken)
{
	struct recorder *r = woken->data;
	struct list *i, *next, all;

	list_init(&all);
	uv_mutex_lock(&r->lock);
	LIST_FOREACH_SAFE (i, next, &r->done) {
		list_del(i);
		list_add(&all, i);
	}
	uv_mutex_unlock(&r->lock);
	LIST_FOREACH_SAFE (i, next, &all) {
		struct recording *rec = list_entry(i, struct recording, node);

		list_del(i);
		rec->h(&rec->end, rec->arg);
		recording_free(rec);
	}
}

static void wake(struct recorder *r)
{
	uv_mutex_lock(&r->lock);
	r->kicked = true;
	uv_cond_signal(&r->work);
	uv_mutex_unlock(&r->lock);
}

static void freed(uv_handle_t *h)
{
	free(h);
}

int recorder_new(struct recorder **out, const struct recorder_prm *prm)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->prm = *prm;
	list_init(&r->inbox);
	list_init(&r->done);
	list_init(&r->all);
	r->woken = calloc(1, sizeof(*r->woken));
	err = r->woken ? uv_mutex_init(&r->lock) : -ENOMEM;
	if (err) {
		free(r->woken);
		free(r);
		return err;
	}
	err = uv_cond_init(&r->work);
	if (!err)
		err = uv_async_init(loop_uv(prm->loop), r->woken, on_done);
	if (err) {
		free(r->woken);
		free(r);
		return err;
	}
	r->woken->data = r;
	uv_unref((uv_handle_t *)r->woken);
	err = uv_thread_create(&r->thread, run, r);
	r->started = !err;
	if (err) {
		recorder_free(r);
		return err;
	}
	*out = r;
	return 0;
}

struct recorder *recorder_free(struct recorder *r)
{
	struct list *i, *next;

	if (!r)
		return NULL;
	if (r->started) {
		uv_mutex_lock(&r->lock);
		r->quit = true;
		uv_cond_signal(&r->work);
		uv_mutex_unlock(&r->lock);
		uv_thread_join(&r->thread);
	}
	/* Those that nobody closed: their owner forgot, their files play. */
	LIST_FOREACH_SAFE (i, next, &r->all) {
		struct recording *rec = list_entry(i, struct recording, node);

		list_del(i);
		close_file(rec,
			   rec->rec ? oggrec_frames(rec->rec) * LEGS_FRAME_N
				    : 0,
			   false);
		recording_free(rec);
	}
	on_done(r->woken);
	uv_cond_destroy(&r->work);
	uv_mutex_destroy(&r->lock);
	uv_close((uv_handle_t *)r->woken, freed);
	free(r);
	return NULL;
}

void recorder_kick(struct recorder *r)
{
	wake(r);
}

int recording_new(struct recording **out, struct recorder *r, int64_t origin_us)
{
	struct recording *rec = calloc(1, sizeof(*rec));
	int err = rec ? legs_init(&rec->legs, origin_us) : -ENOMEM;

	if (err) {
		free(rec);
		return err;
	}
	rec->r = r;
	rec->fd = -1;
	buf_init(&rec->out, 0);
	*out = rec;
	return 0;
}

struct legs *recording_legs(struct recording *rec)
{
	return &rec->legs;
}

bool recording_begun(const struct recording *rec)
{
	return rec->begun;
}

void recording_begin(struct recording *rec, const char *path, int64_t now_us)
{
	struct recorder *r = rec->r;

	if (rec->begun)
		return;
	sv_copy(rec->path, sizeof(rec->path), sv_str(path));
	rec->begin_n = legs_arm(&rec->legs, now_us);
	rec->begun = true;
	uv_mutex_lock(&r->lock);
	list_add(&r->inbox, &rec->node);
	r->kicked = true;
	uv_cond_signal(&r->work);
	uv_mutex_unlock(&r->lock);
}

void recording_mute(struct recording *rec, int64_t from_n, int64_t to_n)
{
	if (!rec->begun)
		return;
	uv_mutex_lock(&rec->r->lock);
	if (rec->nasked < MUTES) {
		rec->asked[rec->nasked++] = (struct mute){from_n, to_n};
	} else { /* rather too much than too little */
		struct mute *last = &rec->asked[MUTES - 1];

		last->from_n = MIN(last->from_n, from_n);
		last->to_n = MAX(last->to_n, to_n);
	}
	uv_mutex_unlock(&rec->r->lock);
	wake(rec->r);
}

bool recording_close(struct recording *rec, int64_t now_us, bool drop,
		     recording_end_h *h, void *arg)
{
	int64_t end_n;

	if (!rec->begun) {
		recording_free(rec);
		return false;
	}
	rec->h = h;
	rec->arg = arg;
	end_n = legs_finish(&rec->legs, now_us);
	uv_mutex_lock(&rec->r->lock);
	rec->end_n = end_n;
	rec->drop = drop;
	rec->closing = true;
	uv_mutex_unlock(&rec->r->lock);
	wake(rec->r);
	return true;
}
