#include "app/cmd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/config_file.h"
#include "base/log.h"

#ifndef NIGHTBELL_VERSION
#define NIGHTBELL_VERSION "unknown"
#endif

struct command {
	const char *name, *args, *summary, *help;
	int (*run)(struct cmd *c);
	int pos_min, pos_max;
	const char *opt[CMD_OPT_MAX]; /* each takes a value */
	bool no_config, hidden;
	const char *flag[CMD_FLAG_MAX]; /* these take none */
};

static int cmd_help(struct cmd *c);
static int cmd_version(struct cmd *c);

static const struct command commands[] = {
	{"serve",
	 "",
	 "Answers calls until it is told to stop",
	 "Starts the processes of this node (media, desk, speech) and prints\n"
	 "one line that begins with \"ready\" when all of them serve. SIGTERM\n"
	 "and Ctrl-C let live calls end (media.drain_s); the second one cuts\n"
	 "them. Exit code 0 after a stop, 1 when it cannot start.\n",
	 cmd_serve,
	 0,
	 0,
	 {NULL},
	 false,
	 false,
	 {NULL}},
	{"migrate",
	 "[--sql FOLDER]",
	 "Brings the database up to date",
	 "Applies what is missing of the numbered migrations and puts the\n"
	 "functions in place. Safe to run again and while calls go on.\n"
	 "  --sql FOLDER   where the SQL files are (default: beside the\n"
	 "                 program, or ./sql)\n",
	 cmd_migrate,
	 0,
	 0,
	 {"--sql"},
	 false,
	 false,
	 {NULL}},
	{"check",
	 "",
	 "Tests the configuration and what it needs",
	 "Reads the configuration, then looks at folders, public URL,\n"
	 "certificate, database, clock, the carrier's account, mail server,\n"
	 "page and speech files. One line per check, with what to do; exit\n"
	 "code 1 if one fails.\n",
	 cmd_check,
	 0,
	 0,
	 {NULL},
	 false,
	 false,
	 {NULL}},
	{"backup",
	 "FILE",
	 "Writes the database into a file",
	 "Everything that the database holds, by pg_dump, while calls go on.\n"
	 "FILE must not be there yet; it appears when it is complete. Logs in\n"
	 "as database.backup_user, who may read everything and write nothing.\n"
	 "Not in it: configuration, certificates, state_dir (recordings!).\n",
	 cmd_backup,
	 1,
	 1,
	 {NULL},
	 false,
	 false,
	 {NULL}},
	{"restore",
	 "FILE [--force]",
	 "Fills the database from a backup",
	 "Into an empty database (sql/roles.sql was run, nothing else), then\n"
	 "migrates it to what this program needs. Stop \"serve\" first. A\n"
	 "backup of a newer program is refused.\n"
	 "  --force   replaces what the database holds\n",
	 cmd_restore,
	 1,
	 1,
	 {NULL},
	 false,
	 false,
	 {"--force"}},
	{"transcribe",
	 "FILE… [--lang LANG] [--expect FILE] [--json]",
	 "Prints what recordings say",
	 "Each FILE is a WAV file, or bare \xce\xbc-law. One line per "
	 "utterance,\n"
	 "by the local recogniser: seconds, where the text comes from (list,\n"
	 "free, none: a guess), mean log-probability, text; then the other\n"
	 "readings.\n"
	 "  --lang LANG    what is likely spoken: en es (default: en)\n"
	 "  --expect FILE  what the dialogue expects, one phrase a line: "
	 "exactly\n"
	 "                 one of those below a line \"phrases:\", any "
	 "sequence\n"
	 "                 of those below \"words:\", names and the like "
	 "below\n"
	 "                 \"bias:\"; \"hangover: MS\" of silence ends an\n"
	 "                 utterance, \"early: MS\" when a phrase is complete\n"
	 "  --json         one JSON object per utterance instead\n",
	 cmd_transcribe,
	 1,
	 CMD_POS_MAX,
	 {"--lang", "--expect"},
	 false,
	 false,
	 {"--json"}},
	{"speech-files",
	 "[es]",
	 "Fetches the recogniser's files",
	 "Fetches what is missing in speech.models, by npm, and checks all of\n"
	 "it. With \"es\": the optional model that reads Spanish, once its\n"
	 "licence is accepted (speech.spanish_licence); before that it says\n"
	 "what the licence asks.\n",
	 cmd_speech_files,
	 0,
	 1,
	 {NULL},
	 false,
	 false,
	 {NULL}},
	{"say",
	 "TEXT --out FILE [--voice NAME] [--lang LANG]",
	 "Speaks a text into a file",
	 "Writes TEXT as a WAV file of telephone quality, by the local voice.\n"
	 "  --out FILE     the file to write\n"
	 "  --voice NAME   rms slt awb kal (default: speech.voice)\n"
	 "  --lang LANG    en es (default: en)\n",
	 cmd_say,
	 1,
	 1,
	 {"--out", "--voice", "--lang"},
	 false,
	 false,
	 {NULL}},
	{"script",
	 "FILE [--lang LANG] [--context FILE] [--now TIME] [--keys-only] "
	 "[--verbose] | --check | --print | --missing LANG",
	 "Plays a script in the terminal, or checks it",
	 "FILE says what the assistant says (docs/scripts.md). Type what the\n"
	 "caller says; \"/help\" lists what else can happen. The tools are\n"
	 "answered from a calendar in memory.\n"
	 "  --lang LANG     in which language the call begins: en es\n"
	 "  --context FILE  JSON: what the call knows besides the example\n"
	 "  --now TIME      when it is, at the business: 2026-11-24T10:00\n"
	 "  --keys-only     speech is not understood, only keys are\n"
	 "  --verbose       shows the tools\n"
	 "  --check         says what is wrong with it; exit code 1 then\n"
	 "  --print         prints it as one JSON text, with all that it\n"
	 "                  includes: as the database wants it\n"
	 "  --missing LANG  lists the texts that lack a translation\n",
	 cmd_script,
	 1,
	 1,
	 {"--lang", "--context", "--now", "--missing"},
	 true,
	 false,
	 {"--check", "--print", "--keys-only", "--verbose"}},
	{"user",
	 "add EMAIL --business ID --role ROLE | remove EMAIL --business ID | "
	 "list [--business ID]",
	 "Lets a person see a business, or no longer",
	 "add: adds the person if need be, or changes the role. remove: takes\n"
	 "the person out at once, with sessions and keys; the last owner\n"
	 "stays; without --business: an admin is one no longer. list: who "
	 "there\nis.\n"
	 "  --business ID  the business's id (a UUID)\n"
	 "  --role ROLE    owner (default), staff, viewer (only reads); "
	 "admin:\n"
	 "                 of the platform, every business, no --business\n"
	 "Then \"nightbell link EMAIL\" makes a link to sign in.\n",
	 cmd_user,
	 1,
	 2,
	 {"--business", "--role"},
	 false,
	 false,
	 {NULL}},
	{"link",
	 "EMAIL",
	 "Prints a link that signs a person in",
	 "The link works once and for a quarter of an hour.\n",
	 cmd_link,
	 1,
	 1,
	 {NULL},
	 false,
	 false,
	 {NULL}},
	{"token",
	 "EMAIL [--business ID] [--role ROLE] [--days N] [--name NAME]",
	 "Prints a key for programs",
	 "For \"Authorization: Bearer KEY\", in the name of a person. It is "
	 "shown\n"
	 "once; the dashboard's owner can revoke it.\n"
	 "  --business ID  of which business, when there are several\n"
	 "  --role ROLE    what it may at most: viewer (default) staff owner\n"
	 "  --days N       how long it is good (default: 90)\n"
	 "  --name NAME    what it is for\n",
	 cmd_token,
	 1,
	 1,
	 {"--business", "--role", "--days", "--name"},
	 false,
	 false,
	 {NULL}},
	{"business",
	 "add NAME --number N --timezone ZONE --trade TRADE [--owner N] "
	 "[--email E] [--mode MODE] [--hours H] [--lang LANG] | list",
	 "Adds a business that can be called at once, or lists all",
	 "With hours, the services of the trade and its script.\n"
	 "  --number N       the number that callers dial (+14155550100)\n"
	 "  --timezone ZONE  such as America/New_York\n"
	 "  --trade TRADE    home_services car_repair dental salon "
	 "real_estate,\n"
	 "                   or a script's file\n"
	 "  --owner N        the owner's phone: rings first, gets notices\n"
	 "  --email E        the owner's address: may sign in\n"
	 "  --mode MODE      ring_first already_missed (default: ring_first\n"
	 "                   when there is an owner's phone)\n"
	 "  --hours H        days and times (default: 1-5 08:00-18:00; 0 is\n"
	 "                   Sunday)\n"
	 "  --lang LANG      en es (default: en)\n",
	 cmd_business,
	 1,
	 2,
	 {"--number", "--timezone", "--trade", "--owner", "--email", "--mode",
	  "--hours", "--lang"},
	 false,
	 false,
	 {NULL}},
	{"openapi",
	 "",
	 "Prints the API's description (OpenAPI 3.1)",
	 "The same as GET /api/v1/openapi.json of the dashboard.\n",
	 cmd_openapi,
	 0,
	 0,
	 {NULL},
	 true,
	 false,
	 {NULL}},
	{"timers",
	 "",
	 "Prints what a call waits for, how long, then what",
	 "The page docs/timers.md, from the tables that the program runs by.\n",
	 cmd_timers,
	 0,
	 0,
	 {NULL},
	 true,
	 true,
	 {NULL}},
	{"version",
	 "",
	 "Prints the version",
	 "",
	 cmd_version,
	 0,
	 0,
	 {NULL},
	 true,
	 false,
	 {NULL}},
	{"help",
	 "[COMMAND]",
	 "Explains a command",
	 "",
	 cmd_help,
	 0,
	 1,
	 {NULL},
	 true,
	 false,
	 {NULL}},
	{"role",
	 "NAME [SLOT]",
	 "",
	 "Started by serve.\n",
	 cmd_role,
	 1,
	 2,
	 {NULL},
	 false,
	 true,
	 {NULL}},
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void usage(FILE *f)
{
	fprintf(f, "Nightbell answers the calls that a business misses.\n\n"
		   "usage: nightbell COMMAND [--config FILE] …\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!commands[i].hidden)
			fprintf(f, "  %-12s %s\n", commands[i].name,
				commands[i].summary);
	fprintf(f, "\nThe configuration is FILE, else $NIGHTBELL_CONFIG, else\n"
		   "conf/nightbell.yaml, else /etc/nightbell/nightbell.yaml.\n"
		   "\"nightbell COMMAND --help\" says more.\n");
}

static void help_on(const struct command *d, FILE *f)
{
	fprintf(f, "usage: nightbell %s%s%s%s\n\n%s.\n\n%s", d->name,
		*d->args ? " " : "", d->args,
		d->no_config ? "" : " [--config FILE]", d->summary, d->help);
}

static int cmd_help(struct cmd *c)
{
	const struct command *d = c->npos ? find(c->pos[0]) : NULL;

	if (c->npos && !d) {
		fprintf(stderr, "nightbell: no command \"%s\"\n", c->pos[0]);
		return EXIT_USAGE;
	}
	if (d)
		help_on(d, stdout);
	else
		usage(stdout);
	return EXIT_DONE;
}

static int cmd_version(struct cmd *c)
{
	(void)c;
	printf("nightbell %s\n", NIGHTBELL_VERSION);
	return EXIT_DONE;
}

int cmd_fail(const struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "nightbell %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_NOT_DONE;
}

static int wrong(const struct command *d, const char *what, const char *which)
{
	fprintf(stderr, "nightbell %s: %s%s\n", d->name, what, which);
	fprintf(stderr, "usage: nightbell %s %s\n", d->name, d->args);
	return EXIT_USAGE;
}

/* The option's value: "--x VALUE" or "--x=VALUE"; NULL: another option. */
static const char *value_of(const char *name, char **argv, int *i)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) != 0)
		return NULL;
	if (argv[*i][n] == '=')
		return argv[*i] + n + 1;
	if (argv[*i][n])
		return NULL;
	return argv[*i + 1] ? argv[++*i] : "";
}

static int take_option(struct cmd *c, const struct command *d, char **argv,
		       int *i)
{
	const char *v;

	v = value_of("--config", argv, i);
	if (!v)
		v = value_of("-c", argv, i);
	if (v) {
		c->config_path = v;
		return *v ? 0 : wrong(d, "--config wants a file", "");
	}
	for (int k = 0; k < CMD_OPT_MAX && d->opt[k]; k++) {
		v = value_of(d->opt[k], argv, i);
		if (v) {
			c->opt[k] = v;
			return *v ? 0 : wrong(d, d->opt[k], " wants a value");
		}
	}
	for (int k = 0; k < CMD_FLAG_MAX && d->flag[k]; k++) {
		if (strcmp(argv[*i], d->flag[k]) != 0)
			continue;
		c->flag[k] = true;
		return 0;
	}
	return wrong(d, "unknown option ", argv[*i]);
}

static int take_args(struct cmd *c, const struct command *d, char **argv)
{
	bool only_pos = false;
	int err = 0;

	for (int i = 0; argv[i] && !err; i++) {
		if (!only_pos && !strcmp(argv[i], "--")) {
			only_pos = true;
		} else if (!only_pos && argv[i][0] == '-' && argv[i][1]) {
			err = take_option(c, d, argv, &i);
		} else if (c->npos == d->pos_max) {
			err = wrong(d, "too much: ", argv[i]);
		} else {
			c->pos[c->npos++] = argv[i];
		}
	}
	if (!err && c->npos < d->pos_min)
		err = wrong(d, "something is missing", "");
	return err;
}

static int load_config(struct cmd *c)
{
	static const char *const places[] = {"conf/nightbell.yaml",
					     "/etc/nightbell/nightbell.yaml"};
	char why[CONFIG_WHY_MAX];
	enum log_level level;

	if (!c->config_path)
		c->config_path = getenv("NIGHTBELL_CONFIG");
	for (size_t i = 0; i < ARRAY_LEN(places) && !c->config_path; i++)
		if (!access(places[i], R_OK))
			c->config_path = places[i];
	if (config_load(&c->cfg, c->config_path, why)) {
		fprintf(stderr, "nightbell: %s\n", why);
		return EXIT_USAGE;
	}
	if (log_level_parse(&level, sv_str(c->cfg.log.level)))
		level = LOG_LEVEL_INFO;
	log_init(level, !strcmp(c->cfg.log.format, "json"), c->name);
	return 0;
}

static bool asks_help(char **argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (!strcmp(*argv, "--help") || !strcmp(*argv, "-h"))
			return true;
	return false;
}

int cmd_main(int argc, char **argv)
{
	struct cmd c = {.name = NULL};
	const struct command *d;
	int code;

	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return EXIT_DONE;
	}
	d = find(strcmp(argv[1], "--version") ? argv[1] : "version");
	if (!d) {
		fprintf(stderr, "nightbell: no command \"%s\"\n\n", argv[1]);
		usage(stderr);
		return EXIT_USAGE;
	}
	if (asks_help(argv + 2)) {
		help_on(d, stdout);
		return EXIT_DONE;
	}
	c.name = d->name;
	code = take_args(&c, d, argv + 2);
	if (!code && !d->no_config)
		code = load_config(&c);
	if (!code)
		code = d->run(&c);
	config_fini(&c.cfg);
	return code;
}
