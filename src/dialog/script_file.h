/*
 * script_file: a script as files: what they include is put together, and
 * what is wrong is said. Pure: whoever calls reads the files.
 */
#ifndef DIALOG_SCRIPT_FILE_H
#define DIALOG_SCRIPT_FILE_H

#include "base/buf.h"

#include <jansson.h>

#define SCRIPT_FILES 32 /* files that make one script */

/** Appends the text of the file at path to out. 0 or -errno. */
typedef int script_read_h(struct buf *out, const char *path, void *arg);

/**
 * Puts what into lacks from from into it. Objects go together member by
 * member and into's values win; of "always" and "words" into's entries come
 * first, from's after them. Of entries and options whose "id" into has, only
 * the languages of their words that are missing are taken. 0 or -ENOMEM.
 */
int script_merge(json_t *into, json_t *from);

/** Parses a script's text: an object (yours), or NULL with a sentence. */
json_t *script_parse(struct sv text, const char *what, char *why, size_t size);

/**
 * Reads path and all that it includes (paths beside the including file,
 * each file once) into one script without "include". *out is yours. parts,
 * a JSON list or NULL, gets the files as they are, for script_origin(). 0;
 * -EBADMSG or what readh returned, with file and place in why.
 */
int script_resolve(json_t **out, json_t *parts, const char *path,
		   script_read_h *readh, void *arg, char *why, size_t size);

/**
 * Which file the mistake is in that script_check() found in script; the
 * first one when it cannot be told. Lives as long as parts.
 */
const char *script_origin(json_t *parts, json_t *script, const char *why);

/** 0, or -EBADMSG with place and sentence in why. */
int script_check(json_t *script, char *why, size_t size);

/**
 * The checked tree of a script's text: yours to json_decref, but shared, so
 * never to be changed. 0, -ENOMEM, or -EBADMSG with a sentence in why.
 */
int script_take(json_t **out, struct sv text, char *why, size_t size);

/**
 * Texts that can be said and have no translation into lang; out, unless
 * NULL, gets them, one a line. How many.
 */
size_t script_missing(json_t *script, const char *lang, struct buf *out);

#endif
