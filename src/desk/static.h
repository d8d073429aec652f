/*
 * static: the built page, read into memory once, with what browsers need to
 * cache it and to run nothing but it. Paths without a file that look like
 * pages of the app get its index.html.
 */
#ifndef DESK_STATIC_H
#define DESK_STATIC_H

#include "io/web.h"

struct static_files;

/**
 * Reads folder (NULL or not there: a warning, and every page is a 503 that
 * says what to do). 0, -ENOMEM, -E2BIG over 64 MiB or 4,096 files.
 */
int static_files_new(struct static_files **out, const char *folder);
struct static_files *static_files_free(struct static_files *sf);

/** Answers a GET or HEAD of a path outside the API; others get 405. */
void static_files_reply(struct static_files *sf, struct web_req *r);

#endif
