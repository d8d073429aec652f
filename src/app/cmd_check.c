/* check: one line for each thing that serving needs. */
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cert.h"
#include "app/check.h"
#include "app/cmd.h"
#include "app/config_file.h"
#include "base/clock.h"
#include "proto/url.h"
#include "speech/local.h"

enum { DAYS_WARN = 14 };

static bool failed; /* one check per process */

void check_say(enum check_level level, const char *what, const char *fmt, ...)
{
	static const char *const word[] = {"ok  ", "warn", "FAIL"};
	va_list ap;

	printf("%s  %-12s ", word[level], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	failed |= level == CHECK_FAIL;
}

static void say(enum check_level level, const char *what, const char *text)
{
	check_say(level, what, "%s", text);
}

static void check_serve(const struct config *cfg, const char *path)
{
	char why[CONFIG_WHY_MAX];

	if (config_check_serve(cfg, why))
		say(CHECK_FAIL, "settings", why);
	else
		say(CHECK_GOOD, "settings", path ? path : "environment only");
}

static void check_cert(const struct config *cfg)
{
	char why[512], host[256];
	struct url u;
	int days, err;

	if (!cfg->carrier.tls_cert) {
		say(CHECK_WARN, "certificate",
		    "none: carrier.listen speaks plain HTTP; a proxy in front "
		    "must end TLS");
		return;
	}
	err = cfg->node.public_url ? url_split(&u, sv_str(cfg->node.public_url))
				   : -ENOENT;
	if (!err)
		err = sv_copy(host, sizeof(host), u.host);
	err = cert_check(cfg->carrier.tls_cert, cfg->carrier.tls_key,
			 err ? NULL : host, clock_wall_us() / 1000000, &days,
			 why, sizeof(why));
	say(err		       ? CHECK_FAIL
	    : days < DAYS_WARN ? CHECK_WARN
			       : CHECK_GOOD,
	    "certificate", why);
}

static void check_file(const char *what, const char *path, const char *advice)
{
	char text[4600];

	if (!access(path, R_OK)) {
		say(CHECK_GOOD, what, path);
		return;
	}
	snprintf(text, sizeof(text), "%s: %s; %s", path, strerror(errno),
		 advice);
	say(CHECK_FAIL, what, text);
}

/* Spoken Spanish is part of every installation, understood it is optional. */
static void check_spanish(const struct config *cfg)
{
	const bool wanted =
		cfg->speech.spanish && !strcmp(cfg->speech.spanish, "true");
	int err = speech_spanish_voice();
	char text[200];

	if (err) {
		snprintf(text, sizeof(text),
			 "the program espeak-ng cannot be started (%s): "
			 "install the package espeak-ng",
			 strerror(-err));
		say(CHECK_FAIL, "spanish", text);
	} else {
		say(CHECK_GOOD, "spanish", "voice: espeak-ng");
	}
	if (speech_spanish(cfg))
		say(CHECK_GOOD, "spanish",
		    "understood. Powered by Moonshine AI");
	else if (wanted)
		say(CHECK_FAIL, "spanish",
		    "not understood: run \"nightbell speech-files es\"");
	else
		say(CHECK_GOOD, "spanish",
		    "not understood (speech.spanish is off): callers answer "
		    "by keys and by text");
}

static void check_files(const struct config *cfg)
{
	static const char *const models[] = {"encoder_model.onnx",
					     "decoder_model_merged.onnx",
					     "silero_vad_v6.onnx", "vocab.txt"};
	char path[4200];

	check_file("speech", cfg->speech.library,
		   "see speech.library; \"make deps\" fetches it");
	for (size_t i = 0; i < ARRAY_LEN(models); i++) {
		snprintf(path, sizeof(path), "%s/%s", cfg->speech.models,
			 models[i]);
		check_file("speech", path,
			   "see speech.models; \"make deps\" fetches it");
	}
	check_spanish(cfg);
	snprintf(path, sizeof(path), "%s/index.html", cfg->dashboard.files);
	check_file("page", path, "see dashboard.files; \"make web\" builds it");
}

static void check_folder(const char *what, const char *path)
{
	char text[4400];
	struct stat st;

	if (stat(path, &st)) {
		snprintf(text, sizeof(text), "%s: made at the first start",
			 path);
		say(CHECK_GOOD, what, text);
	} else if (!S_ISDIR(st.st_mode) || access(path, W_OK)) {
		snprintf(text, sizeof(text),
			 "%s is not a folder that this user may write", path);
		say(CHECK_FAIL, what, text);
	} else {
		say(CHECK_GOOD, what, path);
	}
}

int cmd_check(struct cmd *c)
{
	check_serve(&c->cfg, c->config_path);
	check_folder("runtime_dir", c->cfg.node.runtime_dir);
	check_state(&c->cfg);
	check_public_url(&c->cfg);
	check_cert(&c->cfg);
	check_database(&c->cfg);
	check_clock(&c->cfg);
	check_carrier(&c->cfg);
	check_mail(&c->cfg);
	check_speech(&c->cfg);
	check_model(&c->cfg);
	check_files(&c->cfg);
	if (failed)
		return cmd_fail(c, "something is not in order, see above");
	return EXIT_DONE;
}
