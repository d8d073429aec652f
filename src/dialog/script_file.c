#include "dialog/script_file.h"

#include <stdio.h>

/* A file that is being put together, and those that include it. */
struct part {
	const struct part *by;
	char path[256];
};

struct resolve {
	script_read_h *readh;
	void *arg;
	char *why;
	size_t size;
	json_t *done;  /* paths that are in it already */
	json_t *parts; /* NULL, or the files as they are */
};

static json_t *with_id(json_t *list, json_t *id)
{
	size_t i;
	json_t *e;

	json_array_foreach (list, i, e) {
		if (json_is_string(id) &&
		    json_equal(json_object_get(e, "id"), id))
			return e;
	}
	return NULL;
}

/*
 * What callers say stands apart by language, so that a file of translations
 * can add its own: {"id": "gas", "phrases": {"es": [...]}}. A plain list is
 * in the language that the texts are written in.
 */
static int add_languages(json_t *have, json_t *more)
{
	static const char *const keys[] = {"phrases", "unless", "but", "guess",
					   "words"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *from = json_object_get(more, keys[i]);
		json_t *into = json_object_get(have, keys[i]);

		if (!json_is_object(from))
			continue;
		if (!json_is_object(into)) {
			into = into ? json_pack("{sO}", "en", into)
				    : json_object();
			if (!into || json_object_set_new(have, keys[i], into))
				return -ENOMEM;
		}
		if (json_object_update_missing(into, from))
			return -ENOMEM;
	}
	return 0;
}

/* Entries that into has get the languages they lack; add: the others, too. */
static int merge_list(json_t *into, json_t *from, bool add)
{
	size_t i;
	json_t *e, *have;
	int err = 0;

	json_array_foreach (from, i, e) {
		have = with_id(into, json_object_get(e, "id"));
		if (have)
			err = add_languages(have, e);
		else if (add && json_array_append(into, e))
			err = -ENOMEM;
		if (err)
			return err;
	}
	return 0;
}

static int merge(json_t *into, json_t *from, bool top)
{
	const char *key;
	json_t *v, *have;
	int err = 0;

	json_object_foreach (from, key, v) {
		have = json_object_get(into, key);
		if (!have) {
			have = json_deep_copy(v);
			if (!have || json_object_set_new(into, key, have))
				err = -ENOMEM;
		} else if (json_is_object(have) && json_is_object(v)) {
			err = merge(have, v, false);
		} else if (json_is_array(have) && json_is_array(v)) {
			err = merge_list(have, v,
					 top && (!strcmp(key, "always") ||
						 !strcmp(key, "words")));
		}
		if (err)
			return err;
	}
	return 0;
}

int script_merge(json_t *into, json_t *from)
{
	return merge(into, from, true);
}

json_t *script_parse(struct sv text, const char *what, char *why, size_t size)
{
	json_error_t e;
	json_t *v = json_loadb(text.p ? text.p : "", text.len,
			       JSON_REJECT_DUPLICATES, &e);

	if (v && json_is_object(v))
		return v;
	if (v)
		snprintf(why, size, "%s must be a JSON object", what);
	else
		snprintf(why, size, "%s, line %d, column %d: %s", what, e.line,
			 e.column, e.text);
	json_decref(v);
	return NULL;
}

/* null takes a member away that an included file has. */
static void strip(json_t *o, int depth)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(o, next, key, v)
	{
		if (json_is_null(v))
			json_object_del(o, key);
		else if (depth > 1 && json_is_object(v))
			strip(v, depth - 1);
	}
}

/* "es/common.json" beside "conf/scripts/x.json". */
static int beside(struct part *p, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	int dir = slash ? (int)(slash - file) + 1 : 0;

	if (*name == '/')
		dir = 0;
	return snprintf(p->path, sizeof(p->path), "%.*s%s", dir, file, name) <
			       (int)sizeof(p->path)
		       ? 0
		       : -ENAMETOOLONG;
}

static int part(struct resolve *r, json_t **out, const struct part *p);

static int include(struct resolve *r, json_t *into, const struct part *by,
		   json_t *name)
{
	struct part p = {.by = by};
	json_t *from = NULL;
	int err;

	if (!json_string_length(name)) {
		snprintf(r->why, r->size,
			 "%s: \"include\" must be a list of file names",
			 by->path);
		return -EBADMSG;
	}
	err = beside(&p, by->path, json_string_value(name));
	if (err) {
		snprintf(r->why, r->size, "%s: include: the name is too long",
			 by->path);
		return err;
	}
	for (const struct part *q = by; q; q = q->by) {
		if (strcmp(q->path, p.path) != 0)
			continue;
		snprintf(r->why, r->size,
			 "%s: include \"%s\" goes round in a circle", by->path,
			 json_string_value(name));
		return -EBADMSG;
	}
	if (json_object_get(r->done, p.path))
		return 0;
	if (json_object_size(r->done) >= SCRIPT_FILES) {
		snprintf(r->why, r->size, "%s: more than %d files", by->path,
			 SCRIPT_FILES);
		return -EBADMSG;
	}
	err = part(r, &from, &p);
	if (!err)
		err = script_merge(into, from);
	json_decref(from);
	return err;
}

static int part(struct resolve *r, json_t **out, const struct part *p)
{
	json_t *list, *name, *v = NULL;
	struct buf text;
	size_t i;
	int err;

	buf_init(&text, 1 << 20);
	err = r->readh(&text, p->path, r->arg);
	if (err && p->by)
		snprintf(r->why, r->size, "%s: include: %s: %s", p->by->path,
			 p->path, strerror(-err));
	else if (err)
		snprintf(r->why, r->size, "%s: %s", p->path, strerror(-err));
	if (!err) {
		v = script_parse(buf_get(&text), p->path, r->why, r->size);
		err = v ? 0 : -EBADMSG;
	}
	buf_fini(&text);
	json_object_set_new(r->done, p->path, json_true());
	if (v && r->parts)
		json_array_append_new(r->parts,
				      json_pack("{ss so}", "path", p->path,
						"json", json_deep_copy(v)));
	list = json_incref(json_object_get(v, "include"));
	json_object_del(v, "include");
	if (list && !json_is_array(list))
		err = err ? err : include(r, v, p, json_null());
	json_array_foreach (list, i, name)
		err = err ? err : include(r, v, p, name);
	json_decref(list);
	if (err)
		json_decref(v);
	else
		*out = v;
	return err;
}

int script_resolve(json_t **out, json_t *parts, const char *path,
		   script_read_h *readh, void *arg, char *why, size_t size)
{
	struct resolve r = {readh, arg, why, size, json_object(), parts};
	struct part p = {.by = NULL};
	json_t *v = NULL;
	int err = r.done ? beside(&p, "", path) : -ENOMEM;

	*out = NULL;
	why[0] = '\0';
	err = err ? err : part(&r, &v, &p);
	json_decref(r.done);
	if (err && !why[0])
		snprintf(why, size, "%s: %s", path, strerror(-err));
	if (err)
		return err;
	strip(json_object_get(v, "slots"), 2);
	strip(json_object_get(v, "defaults"), 2);
	strip(json_object_get(v, "states"), 2);
	*out = v;
	return 0;
}

/* The next step of "states.offer.on" or "always[3].then"; empty: the end. */
static struct sv place_step(const char **place)
{
	size_t n;
	struct sv step;

	*place += strspn(*place, ".[]");
	n = strcspn(*place, ".[]: ");
	step = (struct sv){*place, n};
	*place += n;
	return step;
}

static json_t *step_in(json_t *v, struct sv step)
{
	char key[64];
	size_t i = 0;

	if (!json_is_array(v))
		return sv_copy(key, sizeof(key), step)
			       ? NULL
			       : json_object_get(v, key);
	for (size_t k = 0; k < step.len; k++) {
		if (step.p[k] < '0' || step.p[k] > '9' || i > 9999)
			return NULL;
		i = i * 10 + (size_t)(step.p[k] - '0');
	}
	return json_array_get(v, i);
}

/* Lists that go together change their numbers: look for the entry itself. */
static json_t *entry_in(json_t *list, json_t *entry)
{
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		if (json_equal(v, entry))
			return v;
	}
	return NULL;
}

/* How far place leads in a part, in steps. */
static size_t depth(json_t *part, json_t *whole, const char *place)
{
	struct sv step = place_step(&place);
	bool list = sv_eq(step, "always") || sv_eq(step, "words");
	size_t n = 0;

	while (step.len && part) {
		part = step_in(part, step);
		whole = step_in(whole, step);
		n += part != NULL;
		step = place_step(&place);
		if (list && step.len) {
			whole = step_in(whole, step);
			part = entry_in(part, whole);
			n += part != NULL;
			step = place_step(&place);
		}
		list = false;
	}
	return n;
}

const char *script_origin(json_t *parts, json_t *script, const char *why)
{
	size_t best = 0, i, n;
	json_t *p, *file = json_array_get(parts, 0);

	if (strncmp(why, "script.", 7) != 0)
		return json_string_value(json_object_get(file, "path"));
	json_array_foreach (parts, i, p) {
		n = depth(json_object_get(p, "json"), script, why + 7);
		if (n > best) {
			best = n;
			file = p;
		}
	}
	return json_string_value(json_object_get(file, "path"));
}
