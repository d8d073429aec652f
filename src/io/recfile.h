/*
 * recfile: the files of recordings, below one folder (recordings.dir):
 *
 *   <business>/<yyyy-mm>/<recording>.opus	0600, folders 0700
 *
 * Whoever writes one holds a lock on it (flock), which ends with the process:
 * a file that nobody locks and no row calls complete was left by a worker
 * that died. All of these may wait for the disk: not on a loop.
 */
#ifndef IO_RECFILE_H
#define IO_RECFILE_H

#include "base/base.h"

enum { RECFILE_PATH_MAX = 96, RECFILE_ROOT_MAX = 4096 };

struct config;

struct recfile_info {
	int64_t duration_ms; /* that plays */
	int64_t bytes;	     /* … of whole pages */
	bool ended;	     /* its end was written */
};

/** The folder, by the configuration. 0 or -ENAMETOOLONG. */
int recfile_root(char *out, size_t size, const struct config *cfg);
/** Path below the folder; wall_ms: when it begins (the month, UTC). 0, or
 * -EINVAL: no ids. */
int recfile_path(char out[RECFILE_PATH_MAX], struct sv business, struct sv id,
		 int64_t wall_ms);
/** Is it a path as recfile_path() makes them? Nothing else is opened. */
bool recfile_is_path(struct sv path);

/** Makes the file and locks it. A descriptor, -EINVAL, -EEXIST, -errno. */
int recfile_create(const char *root, const char *path);
/** To read. A descriptor, -EINVAL, -ENOENT, -errno. */
int recfile_open(const char *root, const char *path);
/** 0 also when there is none; -EINVAL, -errno. */
int recfile_remove(const char *root, const char *path);

/** What of it plays. 0, -EBADMSG nothing, -errno. */
int recfile_scan(int fd, struct recfile_info *out);
/**
 * Nobody writes it any more: cuts what is not whole, says what plays. 0,
 * -EBUSY somebody writes it, -EBADMSG nothing plays, -ENOENT, -errno.
 */
int recfile_recover(const char *root, const char *path,
		    struct recfile_info *out);

/** Takes the caller's leg out between two positions (8 kHz), for good. What
 * is not written yet is not there. 0 or -errno. */
int recfile_mute(int fd, int64_t from_n, int64_t to_n);

#endif
