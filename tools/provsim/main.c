/*
 * provsim: providers of speech, for demos, tests, benchmarks and everybody
 * who builds a voice agent without an account: docs/provsim.md.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "hearing.h"
#include "serve.h"

static const char usage[] =
	"provsim: providers of speech\n"
	"\n"
	"  provsim --listen ADDR:PORT [options]    port 0: any\n"
	"\n"
	"It serves, until it is stopped:\n"
	"  /v1/listen     Deepgram's live recogniser\n"
	"  /v1/realtime   OpenAI's Realtime, speech to speech; ?model=echo, "
	"broke\n"
	"  /sim/stats     GET: what there was\n"
	"  /sim/faults    POST: what shall go wrong, see --fault\n"
	"\n"
	"  --cert FILE --key FILE   TLS\n"
	"  --api-key KEY            the one that is good, default "
	"\"provsim\"\n"
	"  --library FILE           ONNX Runtime, and …\n"
	"  --models DIR             … the local recogniser's models: it hears "
	"what\n"
	"                           is said; without them: coded audio\n"
	"  --words FILE             of coded audio, one a line\n"
	"  --fault F                [SERVICE:]KIND[=VALUE][@MS][/N], may "
	"repeat:\n"
	"                           refuse=STATUS late=MS nothing stall "
	"half-open\n"
	"                           drop close=CODE garbage junk slow=MS "
	"fragments\n"
	"                           expire=MS\n"
	"  --json                   one JSON object per event\n";

enum {
	OPT_LISTEN = 256,
	OPT_CERT,
	OPT_KEY,
	OPT_API_KEY,
	OPT_LIBRARY,
	OPT_MODELS,
	OPT_WORDS,
	OPT_FAULT,
	OPT_JSON,
	OPT_HELP,
};

static const struct option options[] = {
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"cert", required_argument, NULL, OPT_CERT},
	{"key", required_argument, NULL, OPT_KEY},
	{"api-key", required_argument, NULL, OPT_API_KEY},
	{"library", required_argument, NULL, OPT_LIBRARY},
	{"models", required_argument, NULL, OPT_MODELS},
	{"words", required_argument, NULL, OPT_WORDS},
	{"fault", required_argument, NULL, OPT_FAULT},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static void on_stop(void *arg)
{
	struct sim *s = arg;

	loop_stop(s->loop);
}

static int parse(struct sim *s, struct buf *faults, int argc, char **argv)
{
	int opt;

	s->opt.api_key = "provsim";
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case OPT_LISTEN:
			s->opt.listen = optarg;
			break;
		case OPT_CERT:
			s->opt.cert = optarg;
			break;
		case OPT_KEY:
			s->opt.key = optarg;
			break;
		case OPT_API_KEY:
			s->opt.api_key = optarg;
			break;
		case OPT_LIBRARY:
			s->opt.library = optarg;
			break;
		case OPT_MODELS:
			s->opt.models = optarg;
			break;
		case OPT_WORDS:
			s->opt.words = optarg;
			break;
		case OPT_FAULT:
			buf_printf(faults, "%s\n", optarg);
			break;
		case OPT_JSON:
			s->opt.json = true;
			break;
		case OPT_HELP:
			fputs(usage, stdout);
			exit(0);
		default:
			return -EINVAL;
		}
	}
	return s->opt.listen && !s->opt.cert == !s->opt.key && optind == argc
		       ? 0
		       : -EINVAL;
}

static int run(struct sim *s, struct sv faults)
{
	int port = 0, err = loop_new(&s->loop);

	if (!err)
		err = hearing_setup(&s->hearing, s);
	if (!err)
		err = serve_new(&s->serve, s, &port);
	if (!err && (err = serve_faults(s->serve, faults)))
		fputs("provsim: --fault: not understood\n", stderr);
	if (!err)
		err = loop_on_signal(s->loop, SIGTERM, on_stop, s);
	if (!err)
		err = loop_on_signal(s->loop, SIGINT, on_stop, s);
	if (!err) {
		sim_event(s, NULL, "ready", json_pack("{s:i}", "port", port));
		if (!s->opt.json)
			printf("provsim: port %d\n", port);
		fflush(stdout);
		loop_run(s->loop);
	}
	serve_free(s->serve);
	loop_free(s->loop);
	hearing_teardown(s->hearing);
	return err;
}

int main(int argc, char **argv)
{
	struct sim s = {.serve = NULL};
	struct buf faults;
	int err;

	log_init(LOG_LEVEL_WARN, false, "provsim");
	buf_init(&faults, 4096);
	err = parse(&s, &faults, argc, argv);
	if (err)
		fputs("provsim: see provsim --help\n", stderr);
	else
		err = run(&s, buf_get(&faults));
	buf_fini(&faults);
	return err ? err == -EINVAL ? 2 : 1 : 0;
}
