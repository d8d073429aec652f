/* script: puts a script's files together, checks it, plays it. */
#include <stdlib.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/script_play.h"
#include "base/buf.h"
#include "base/clock.h"
#include "dialog/cal.h"
#include "dialog/script_file.h"

enum { OPT_LANG, OPT_CONTEXT, OPT_NOW, OPT_MISSING };
enum { FLAG_CHECK, FLAG_PRINT, FLAG_KEYS_ONLY, FLAG_VERBOSE };

static int read_file(struct buf *out, const char *path, void *arg)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;
	int err;

	(void)arg;
	if (!f)
		return -errno;
	err = 0;
	while (!err && (n = fread(part, 1, sizeof(part), f)) > 0)
		err = buf_add(out, part, n);
	if (!err && ferror(f))
		err = errno ? -errno : -EIO;
	fclose(f);
	return err;
}

static int print(struct cmd *c, json_t *script)
{
	char *dump = json_dumps(script, JSON_INDENT(1));

	if (!dump)
		return cmd_fail(c, "no memory");
	puts(dump);
	free(dump);
	return EXIT_DONE;
}

/* Texts without a translation; exit code 1 when there are any. */
static int missing(struct cmd *c, json_t *script)
{
	struct buf b;
	size_t n;

	buf_init(&b, 0);
	n = script_missing(script, c->opt[OPT_MISSING], &b);
	if (b.len)
		fwrite(b.p, 1, b.len, stdout);
	buf_fini(&b);
	return n ? cmd_fail(c, "%zu texts have no translation into \"%s\"", n,
			    c->opt[OPT_MISSING])
		 : EXIT_DONE;
}

/* "2026-11-24T10:00" at the business, as milliseconds since 1970 UTC. */
static int begin_ms(int64_t *out, const char *now, json_t *context)
{
	json_t *v = json_object_get(json_object_get(context, "business"),
				    "utc_offset_min");
	int day, minute;

	*out = clock_wall_us() / 1000;
	if (!now)
		return 0;
	if (cal_parse(sv_str(now), &day, &minute) || minute < 0)
		return -EINVAL;
	*out = ((int64_t)day * CAL_DAY_MIN + minute - json_integer_value(v)) *
	       60000;
	return 0;
}

/* The example, and what the file says instead. */
static int context_of(json_t **out, struct cmd *c, json_t *script, char *why,
		      size_t size)
{
	const char *path = c->opt[OPT_CONTEXT];
	json_t *own, *inner;
	struct buf b;
	int err;

	*out = script_play_context(script);
	if (!*out)
		return -ENOMEM;
	if (!path)
		return 0;
	buf_init(&b, 1 << 20);
	err = read_file(&b, path, NULL);
	if (err)
		snprintf(why, size, "%s: %s", path, strerror(-err));
	own = err ? NULL : script_parse(buf_get(&b), path, why, size);
	buf_fini(&b);
	if (!own)
		return -EBADMSG;
	inner = json_object_get(own, "context"); /* the desk's whole answer */
	err = json_object_update_recursive(*out,
					   json_is_object(inner) ? inner : own)
		      ? -ENOMEM
		      : 0;
	json_decref(own);
	return err;
}

static int play(struct cmd *c, json_t *script)
{
	struct script_play_prm prm = {
		.script = script,
		.lang = c->opt[OPT_LANG],
		.hears = c->flag[FLAG_KEYS_ONLY] ? "-" : "en es",
		.verbose = c->flag[FLAG_VERBOSE],
		.prompt = isatty(STDIN_FILENO),
		.in = stdin,
		.out = stdout,
	};
	char why[512] = "";
	int err = context_of(&prm.context, c, script, why, sizeof(why));

	if (!err && begin_ms(&prm.wall_ms, c->opt[OPT_NOW], prm.context)) {
		json_decref(prm.context);
		cmd_fail(c, "--now wants a time such as 2026-11-24T10:00");
		return EXIT_USAGE;
	}
	if (prm.prompt)
		printf("%s\n", script_play_keys);
	err = err ? err : script_play(&prm, why, sizeof(why));
	json_decref(prm.context);
	return err ? cmd_fail(c, "%s", why[0] ? why : strerror(-err))
		   : EXIT_DONE;
}

int cmd_script_load(struct json_t **out, const struct cmd *c, const char *path)
{
	json_t *parts = json_array();
	char why[512];
	int code = 0;

	if (script_resolve(out, parts, path, read_file, NULL, why,
			   sizeof(why))) {
		code = cmd_fail(c, "%s", why);
	} else if (script_check(*out, why, sizeof(why))) {
		code = cmd_fail(c, "%s: %s", script_origin(parts, *out, why),
				why);
		json_decref(*out);
	}
	json_decref(parts);
	return code;
}

int cmd_script(struct cmd *c)
{
	char why[512];
	json_t *script, *parts = json_array();
	int code;

	if (script_resolve(&script, parts, c->pos[0], read_file, NULL, why,
			   sizeof(why))) {
		json_decref(parts);
		return cmd_fail(c, "%s", why);
	}
	if (c->opt[OPT_MISSING])
		code = missing(c, script);
	else if (script_check(script, why, sizeof(why)))
		code = cmd_fail(c, "%s: %s", script_origin(parts, script, why),
				why);
	else if (c->flag[FLAG_PRINT])
		code = print(c, script);
	else
		code = c->flag[FLAG_CHECK] ? EXIT_DONE : play(c, script);
	json_decref(script);
	json_decref(parts);
	return code;
}
