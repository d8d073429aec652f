/* transcribe and say: the local recogniser and voice on files. */
#include <stdlib.h>

#include "app/cmd.h"
#include "speech/local.h"

static bool lang_ok(struct cmd *c, const char *lang)
{
	if (!lang || !strcmp(lang, "en") || !strcmp(lang, "es"))
		return true;
	cmd_fail(c, "\"%s\" is not one of: en es", lang);
	return false;
}

int cmd_transcribe(struct cmd *c)
{
	const struct speech_transcribe prm = {.path = c->pos,
					      .npath = c->npos,
					      .lang = c->opt[0],
					      .expect = c->opt[1],
					      .json = c->flag[0]};
	int err;

	if (!lang_ok(c, prm.lang))
		return EXIT_USAGE;
	err = speech_transcribe(&c->cfg, &prm, stdout);
	if (err)
		return cmd_fail(c, "%s", strerror(-err));
	return EXIT_DONE;
}

int cmd_say(struct cmd *c)
{
	char *voice;
	int err;

	if (!c->opt[0]) {
		cmd_fail(c, "--out FILE is missing");
		return EXIT_USAGE;
	}
	if (!lang_ok(c, c->opt[2]))
		return EXIT_USAGE;
	if (c->opt[1]) {
		voice = strdup(c->opt[1]);
		if (!voice)
			return cmd_fail(c, "no memory");
		free(c->cfg.speech.voice);
		c->cfg.speech.voice = voice;
	}
	err = speech_say_file(&c->cfg, c->opt[2], c->pos[0], c->opt[0]);
	if (err)
		return cmd_fail(c, "%s: %s", c->opt[0], strerror(-err));
	return EXIT_DONE;
}
