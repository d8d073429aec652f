/* speech-files: fetches what the local recogniser needs. */
#include <stdlib.h>
#include <unistd.h>

#include "app/cmd.h"

static const char licence[] =
	"The model that reads Spanish (Moonshine base-es) is not fetched: its\n"
	"licence is not accepted.\n\n"
	"It is no free software. Evaluation and private use are free. To "
	"offer\n"
	"a service with it you must\n"
	"  - register with the vendor, Moonshine AI\n"
	"    (https://moonshine.ai/community-license),\n"
	"  - earn less than 1,000,000 USD a year, affiliates included,\n"
	"  - give those who use it a copy of the licence with its notice (it "
	"is\n"
	"    put beside the model as LICENSE),\n"
	"  - show \"Powered by Moonshine AI\" (the dashboard does).\n"
	"Read the licence itself: it counts, not this summary. Then put\n\n"
	"  speech:\n"
	"    spanish: true\n"
	"    spanish_licence: accepted\n\n"
	"into the configuration and run this again. Without the model Spanish\n"
	"callers are spoken to in Spanish and answer by keys and by text.\n";

/* Beside the program: build/nightbell, then bin/ and share/; then here. */
static const char *find_script(char *out, size_t size)
{
	static const char *const places[] = {
		"/../tools/deps/speech.sh",
		"/../share/nightbell/deps/speech.sh"};
	char exe[2048], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[MAX(n, 0)] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; slash && i < ARRAY_LEN(places); i++) {
		snprintf(out, size, "%s%s", exe, places[i]);
		if (!access(out, R_OK))
			return out;
	}
	return "tools/deps/speech.sh";
}

int cmd_speech_files(struct cmd *c)
{
	const char *accepted = c->cfg.speech.spanish_licence;
	const bool es = c->npos > 0;
	char path[4096];
	const char *args[] = {"sh", find_script(path, sizeof(path)),
			      es ? "es" : c->cfg.speech.models,
			      es ? c->cfg.speech.models : NULL, NULL};

	if (es && strcmp(c->pos[0], "es") != 0) {
		cmd_fail(c, "\"%s\": only es is fetched apart", c->pos[0]);
		return EXIT_USAGE;
	}
	if (es && (!accepted || strcmp(accepted, "accepted") != 0)) {
		fputs(licence, stderr);
		return EXIT_NOT_DONE;
	}
	if (es)
		setenv("NIGHTBELL_SPEECH_SPANISH_LICENCE", accepted, 1);
	fflush(NULL);
	execv("/bin/sh", (char *const *)(uintptr_t)args);
	return cmd_fail(c, "%s: %s", args[1], strerror(errno));
}
