/* script: puts a script's files together, checks it, plays it. */
#include <stdlib.h>

#include "app/cmd.h"
#include "base/buf.h"
#include "dialog/script_file.h"

enum { OPT_LANG, OPT_CONTEXT, OPT_MISSING };
enum { FLAG_CHECK, FLAG_PRINT };

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

int cmd_script(struct cmd *c)
{
	char why[512];
	json_t *script;
	int code = EXIT_DONE;

	if (script_resolve(&script, c->pos[0], read_file, NULL, why,
			   sizeof(why)))
		return cmd_fail(c, "%s", why);
	if (script_check(script, why, sizeof(why)))
		code = cmd_fail(c, "%s: %s", c->pos[0], why);
	else if (c->flag[FLAG_PRINT])
		code = print(c, script);
	json_decref(script);
	return code;
}
