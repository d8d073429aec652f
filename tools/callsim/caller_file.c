/*
 * Caller files: found by name, varied by a seed, listed.
 */
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "caller.h"
#include "vary.h"

#define LIKE_MAX 4

/* The path of the file that spec means. */
static int find(char *path, size_t size, const char *spec, const char *dirs)
{
	if (strchr(spec, '/') || strstr(spec, ".json")) {
		snprintf(path, size, "%s", spec);
		return access(path, R_OK) ? -errno : 0;
	}
	while (*dirs) {
		size_t n = strcspn(dirs, ":");

		snprintf(path, size, "%.*s/%s.json", (int)n, dirs, spec);
		if (!access(path, R_OK))
			return 0;
		dirs += n + (dirs[n] == ':');
	}
	return -ENOENT;
}

/* What base has and o has not; o's answers come before base's. */
static void inherit(json_t *o, json_t *base)
{
	static const char *const merged[] = {"facts", "truth", "expect", "line",
					     "varies"};
	json_t *own = json_object_get(o, "answers");
	json_t *theirs = json_object_get(base, "answers");

	if (own && theirs)
		json_array_extend(own, theirs);
	for (size_t i = 0; i < ARRAY_LEN(merged); i++) {
		json_t *mine = json_object_get(o, merged[i]);
		json_t *b = json_object_get(base, merged[i]);

		if (json_is_object(mine) && json_is_object(b))
			json_object_update_missing(mine, b);
	}
	json_object_update_missing(o, base);
}

static int load_whole(json_t **out, const char *spec, const char *dirs,
		      int depth, char *path, size_t path_size, char *why,
		      size_t why_size)
{
	char base_path[600];
	const char *like;
	json_error_t je;
	json_t *base;
	int err;

	*out = NULL;
	err = find(path, path_size, spec, dirs);
	if (err) {
		snprintf(why, why_size,
			 "no caller \"%s\": neither a file nor a name in %s",
			 spec, dirs);
		return err;
	}
	*out = json_load_file(path, JSON_REJECT_DUPLICATES, &je);
	if (!*out) {
		snprintf(why, why_size, "%s:%d: %s", path, je.line, je.text);
		return -EBADMSG;
	}
	like = json_string_value(json_object_get(*out, "like"));
	if (!like)
		return 0;
	if (depth > LIKE_MAX) {
		snprintf(why, why_size, "%s: \"like\" goes in a circle", path);
		err = -EBADMSG;
	} else {
		err = load_whole(&base, like, dirs, depth + 1, base_path,
				 sizeof(base_path), why, why_size);
	}
	if (err) {
		json_decref(*out);
		*out = NULL;
		return err;
	}
	inherit(*out, base);
	json_object_del(*out, "like");
	json_decref(base);
	return 0;
}

int caller_read(json_t **out, const char *spec, const char *dirs, uint64_t seed,
		char *dir, size_t dir_size, char *why, size_t why_size)
{
	char path[600], inner[300], *slash;
	int err;

	err = load_whole(out, spec, dirs, 0, path, sizeof(path), why, why_size);
	if (err)
		return err;
	err = vary_caller(*out, seed, inner, sizeof(inner));
	if (err) {
		snprintf(why, why_size, "%s: %s", path,
			 inner[0] ? inner : strerror(-err));
		json_decref(*out);
		*out = NULL;
	}
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	snprintf(dir, dir_size, "%s", slash ? path : ".");
	return err;
}

int caller_load(struct caller **out, const char *spec, const char *dirs,
		uint64_t seed, char *why, size_t why_size)
{
	char dir[600], inner[300];
	json_t *o;
	int err;

	*out = NULL;
	err = caller_read(&o, spec, dirs, seed, dir, sizeof(dir), why,
			  why_size);
	if (err)
		return err;
	err = caller_parse(out, o, dir, inner, sizeof(inner));
	if (err)
		snprintf(why, why_size, "%s: %s", spec,
			 inner[0] ? inner : strerror(-err));
	json_decref(o);
	return err;
}

static void list_file(const char *path,
		      void (*h)(const char *, const char *, void *), void *arg)
{
	json_t *o = json_load_file(path, 0, NULL);
	const char *about = json_string_value(json_object_get(o, "about"));
	const char *base = strrchr(path, '/');
	char name[200];

	sv_copy(name, sizeof(name), sv_str(base ? base + 1 : path));
	name[strlen(name) - strlen(".json")] = '\0';
	h(name, about ? about : "", arg);
	json_decref(o);
}

void caller_list(const char *dirs,
		 void (*h)(const char *name, const char *about, void *arg),
		 void *arg)
{
	char pattern[600];
	glob_t g;

	while (*dirs) {
		size_t n = strcspn(dirs, ":");

		snprintf(pattern, sizeof(pattern), "%.*s/*.json", (int)n, dirs);
		if (!glob(pattern, 0, NULL, &g))
			for (size_t i = 0; i < g.gl_pathc; i++)
				list_file(g.gl_pathv[i], h, arg);
		globfree(&g);
		dirs += n + (dirs[n] == ':');
	}
}
