/*
 * recorder: writes the recordings of a worker's calls, on a thread of its own
 * so that no frame waits for encoding or for the disk. The loop puts audio
 * into a call's legs (audio/legs.h), the thread takes it a second at a time,
 * encodes it and appends whole pages: what is written plays, whatever happens
 * next. 8 s of both legs may wait for a disk that is slow; what does not fit
 * is silent, and the recording is told to be incomplete. A disk that is full
 * ends the recording, not the call.
 */
#ifndef IO_RECORDER_H
#define IO_RECORDER_H

#include "audio/legs.h"
#include "io/loop.h"

struct recorder;
struct recording; /* of one stream of a call */

struct recorder_prm {
	struct loop *loop;
	const char *dir; /* the folder, as for recfile; lent */
	int bps;	 /* of a leg that speaks */
};

/** 0, -ENOMEM, -errno. */
int recorder_new(struct recorder **out, const struct recorder_prm *prm);
/** Handlers of what was closed run before it returns; what nobody closed
 * ends here, and plays. NULL is fine; returns NULL. */
struct recorder *recorder_free(struct recorder *r);
/** Lets the thread look: some times a second, from the loop. */
void recorder_kick(struct recorder *r);

/**
 * Memory for a call that may be recorded; nothing is written yet. origin_us:
 * when its stream began. 0 or -ENOMEM.
 */
int recording_new(struct recording **out, struct recorder *r,
		  int64_t origin_us);
/** Where the call's audio goes, also before recording_begin(). */
struct legs *recording_legs(struct recording *rec);
/**
 * From now on all is written, to path (recfile_path()). The file's time line
 * is the call's: it begins with silence for what was before.
 */
void recording_begin(struct recording *rec, const char *path, int64_t now_us);
bool recording_begun(const struct recording *rec);
/** Takes the caller's leg out between two positions of the line, also what is
 * written already. */
void recording_mute(struct recording *rec, int64_t from_n, int64_t to_n);

struct recording_end {
	int err;	 /* nothing (more) could be written */
	bool incomplete; /* some of it is missing */
	bool removed;	 /* there is no file (any more) */
	int64_t duration_ms, bytes, lost_ms;
};
typedef void recording_end_h(const struct recording_end *end, void *arg);

/**
 * The call is over, or (drop) nothing of it may be kept: then the file is
 * removed. Frees rec: h runs once, later, when the file is closed. One that
 * was not begun is freed at once, and h does not run: returns false.
 */
bool recording_close(struct recording *rec, int64_t now_us, bool drop,
		     recording_end_h *h, void *arg);

#endif
