/*
 * callsim: the carrier and its callers, for demos, tests, benchmarks and
 * everybody who builds a voice agent without a telephone number.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "callee.h"
#include "proto/twilio_sig.h"
#include "listen.h"
#include "message.h"
#include "place.h"
#include "rest.h"
#include "summary.h"

#define LIST_MAX 64
#define TEXT_WAIT_MS 15000

struct app {
	struct sim sim;
	struct rest *rest;
	/* command line */
	const char *from, *body, *library, *models;
	const char *numbers[LIST_MAX + 1], *fails[LIST_MAX + 1];
	const char *answers[LIST_MAX];
	int nnumbers, nfails, nanswers;
	int repeat, every_ms, at_once, deadline_s;
	char **args;
	int nargs;
	/* while it runs */
	struct caller **callers;
	int placed, total;
	struct timer *next, *deadline, *texts;
	bool serving, waiting_texts, late, stopping;
	int exit_code;
};

static const char usage[] =
	"callsim: the carrier and its callers\n"
	"\n"
	"  callsim call CALLER… --voice-url URL    places calls, follows what "
	"it is told\n"
	"  callsim serve --api-listen ADDR:PORT    REST API and /sim control "
	"until stopped\n"
	"  callsim text --from N --body TEXT --sms-url URL\n"
	"  callsim parse-twiml FILE                prints the document as "
	"JSON\n"
	"  callsim list                            names the callers\n"
	"  callsim show CALLER [--seed N]          the caller as --seed has "
	"it, "
	"JSON\n"
	"  callsim sign URL [NAME=VALUE…]          prints the signature\n"
	"\n"
	"A CALLER is a file or a name out of --callers; see docs/callsim.md.\n"
	"\n"
	"  --voice-url URL     asked when a call comes in\n"
	"  --fallback-url URL  asked when that fails\n"
	"  --status-url URL    told when a call is over\n"
	"  --sms-url URL       asked when a text comes in\n"
	"  --connect H:P       connect there whatever host a URL names\n"
	"  --ca FILE           trust these certificates instead of the "
	"system's\n"
	"  --account SID       default AC followed by 32 zeros\n"
	"  --auth-token T      signs requests, opens the API; default "
	"$TWILIO_AUTH_TOKEN\n"
	"  --to NUMBER         the business's number, default +14155550100\n"
	"  --number N          another number of the account; \"any\": all\n"
	"  --from NUMBER       instead of the caller's own\n"
	"  --api-listen A:P    serve the REST API there (port 0: any)\n"
	"  --repeat N          place each call N times\n"
	"  --every MS          between two calls, default 0: all at once\n"
	"  --at-once N         no more than N calls at a time\n"
	"  --noise KIND:DB     more noise on every line: pink:-35, van, "
	"babble, "
	"radio\n"
	"  --answer N=RULE     who answers calls to N: press:1, voicemail, "
	"busy,\n"
	"                      no-answer, hangup, silent; then @MS of ringing\n"
	"  --mute              callers are silent instead of speaking\n"
	"  --record DIR        stereo WAV per call: caller left, assistant "
	"right\n"
	"  --cache DIR         synthesised speech, default var/cache/callsim\n"
	"  --callers DIRS      where names are looked up\n"
	"  --library FILE      ONNX Runtime, for callers who listen\n"
	"  --models DIR        recogniser's models, for callers who listen\n"
	"  --sms-code N        every text ends with this error (30003 …)\n"
	"  --sms-fail N=CODE   texts to this number do\n"
	"  --seed N            chance; callers are as written with 1 "
	"(default), "
	"varied\n"
	"                      with every other number\n"
	"  --deadline S        give up after so many seconds, default 300\n"
	"  --json              one JSON object per event\n"
	"  --quiet             only the verdict by exit code\n"
	"  --quirk NAME=VALUE  where the carrier's behaviour is not certain:\n";

enum {
	OPT_VOICE = 256,
	OPT_FALLBACK,
	OPT_STATUS,
	OPT_SMS,
	OPT_CONNECT,
	OPT_CA,
	OPT_ACCOUNT,
	OPT_TOKEN,
	OPT_TO,
	OPT_NUMBER,
	OPT_FROM,
	OPT_API,
	OPT_REPEAT,
	OPT_EVERY,
	OPT_AT_ONCE,
	OPT_NOISE,
	OPT_ANSWER,
	OPT_MUTE,
	OPT_RECORD,
	OPT_CACHE,
	OPT_CALLERS,
	OPT_LIBRARY,
	OPT_MODELS,
	OPT_SMS_CODE,
	OPT_SMS_FAIL,
	OPT_SEED,
	OPT_DEADLINE,
	OPT_JSON,
	OPT_QUIET,
	OPT_QUIRK,
	OPT_BODY,
	OPT_HELP,
};

static const struct option longopts[] = {
	{"voice-url", 1, NULL, OPT_VOICE},
	{"fallback-url", 1, NULL, OPT_FALLBACK},
	{"status-url", 1, NULL, OPT_STATUS},
	{"sms-url", 1, NULL, OPT_SMS},
	{"connect", 1, NULL, OPT_CONNECT},
	{"ca", 1, NULL, OPT_CA},
	{"account", 1, NULL, OPT_ACCOUNT},
	{"auth-token", 1, NULL, OPT_TOKEN},
	{"to", 1, NULL, OPT_TO},
	{"number", 1, NULL, OPT_NUMBER},
	{"from", 1, NULL, OPT_FROM},
	{"api-listen", 1, NULL, OPT_API},
	{"repeat", 1, NULL, OPT_REPEAT},
	{"every", 1, NULL, OPT_EVERY},
	{"at-once", 1, NULL, OPT_AT_ONCE},
	{"noise", 1, NULL, OPT_NOISE},
	{"answer", 1, NULL, OPT_ANSWER},
	{"mute", 0, NULL, OPT_MUTE},
	{"record", 1, NULL, OPT_RECORD},
	{"cache", 1, NULL, OPT_CACHE},
	{"callers", 1, NULL, OPT_CALLERS},
	{"library", 1, NULL, OPT_LIBRARY},
	{"models", 1, NULL, OPT_MODELS},
	{"sms-code", 1, NULL, OPT_SMS_CODE},
	{"sms-fail", 1, NULL, OPT_SMS_FAIL},
	{"seed", 1, NULL, OPT_SEED},
	{"deadline", 1, NULL, OPT_DEADLINE},
	{"json", 0, NULL, OPT_JSON},
	{"quiet", 0, NULL, OPT_QUIET},
	{"quirk", 1, NULL, OPT_QUIRK},
	{"body", 1, NULL, OPT_BODY},
	{"help", 0, NULL, OPT_HELP},
	{NULL, 0, NULL, 0},
};

static int complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

static int complain(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "callsim: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	return 2;
}

static int number_of(const char *name, const char *text, int min, int max,
		     int *out)
{
	int64_t v;

	if (sv_i64(&v, sv_str(text)) || v < min || v > max)
		return complain("--%s %s: a number from %d to %d", name, text,
				min, max);
	*out = (int)v;
	return 0;
}

/* ---- options ---- */

static int take_text(struct app *a, int opt)
{
	struct sim_opt *o = &a->sim.opt;
	const struct {
		int opt;
		const char **to;
	} texts[] = {
		{OPT_VOICE, &o->voice_url},   {OPT_FALLBACK, &o->fallback_url},
		{OPT_STATUS, &o->status_url}, {OPT_SMS, &o->sms_url},
		{OPT_CONNECT, &o->connect},   {OPT_CA, &o->ca},
		{OPT_TOKEN, &o->token},	      {OPT_TO, &o->to},
		{OPT_FROM, &a->from},	      {OPT_API, &o->api_listen},
		{OPT_RECORD, &o->record_dir}, {OPT_CACHE, &o->cache_dir},
		{OPT_CALLERS, &o->callers},   {OPT_LIBRARY, &a->library},
		{OPT_MODELS, &a->models},     {OPT_BODY, &a->body},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i].opt == opt) {
			*texts[i].to = optarg;
			return 0;
		}
	return -ENOENT;
}

/* "pink:-35": a level; "pink:15": so far below each caller's speech */
static int take_noise(struct sim_opt *o, const char *text)
{
	const char *colon = strchr(text, ':');
	enum channel_noise kind;
	char name[20], *end;

	if (colon &&
	    !sv_copy(name, sizeof(name),
		     (struct sv){text, (size_t)(colon - text)}) &&
	    !channel_noise_parse(&kind, name)) {
		o->more_noise = (int)kind;
		o->more_noise_db = strtod(colon + 1, &end);
		if (end != colon + 1 && !*end && o->more_noise_db >= -90 &&
		    o->more_noise_db <= 60)
			return 0;
	}
	return complain("--noise KIND:DB, for example pink:-35");
}

static int take_option(struct app *a, int opt)
{
	struct sim_opt *o = &a->sim.opt;
	char why[200];
	int n;

	if (!take_text(a, opt))
		return 0;
	switch (opt) {
	case OPT_ACCOUNT:
		if (sv_copy(o->account, sizeof(o->account), sv_str(optarg)) ||
		    strlen(optarg) != SID_LEN)
			return complain("--account: AC and 32 characters");
		return 0;
	case OPT_NUMBER:
		if (a->nnumbers < LIST_MAX)
			a->numbers[a->nnumbers++] = optarg;
		return 0;
	case OPT_SMS_FAIL:
		if (!strchr(optarg, '='))
			return complain("--sms-fail NUMBER=CODE");
		if (a->nfails < LIST_MAX)
			a->fails[a->nfails++] = optarg;
		return 0;
	case OPT_REPEAT:
		return number_of("repeat", optarg, 1, 100000, &a->repeat);
	case OPT_EVERY:
		return number_of("every", optarg, 0, 3600000, &a->every_ms);
	case OPT_AT_ONCE:
		return number_of("at-once", optarg, 1, 10000, &a->at_once);
	case OPT_NOISE:
		return take_noise(o, optarg);
	case OPT_ANSWER:
		if (a->nanswers < LIST_MAX)
			a->answers[a->nanswers++] = optarg;
		return 0;
	case OPT_DEADLINE:
		return number_of("deadline", optarg, 1, 86400, &a->deadline_s);
	case OPT_SMS_CODE:
		return number_of("sms-code", optarg, 0, 99999, &o->sms_code);
	case OPT_SEED:
		if (number_of("seed", optarg, 0, INT32_MAX, &n))
			return 2;
		o->seed = (uint64_t)n;
		return 0;
	case OPT_MUTE:
		o->mute = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_QUIET:
		o->quiet = true;
		return 0;
	case OPT_QUIRK:
		if (quirk_set(&o->quirks, optarg, why, sizeof(why)))
			return complain("%s", why);
		return 0;
	case OPT_HELP:
		printf("%s", usage);
		quirk_help();
		exit(0);
	default:
		return 2;
	}
}

static int options(struct app *a, int argc, char **argv)
{
	struct sim_opt *o = &a->sim.opt;
	int opt, err;

	memset(o->account, '0', SID_LEN);
	memcpy(o->account, "AC", 2);
	o->token = getenv("TWILIO_AUTH_TOKEN");
	o->to = "+14155550100";
	o->cache_dir = "var/cache/callsim";
	o->callers = getenv("CALLSIM_CALLERS");
	if (!o->callers)
		o->callers = "tools/callsim/callers:"
			     "/usr/local/share/nightbell/callers:"
			     "/usr/share/nightbell/callers";
	o->seed = 1;
	a->repeat = 1;
	a->deadline_s = 300;
	a->library = "var/speech/libonnxruntime.so";
	a->models = "var/speech";
	quirk_defaults(&o->quirks);
	while ((opt = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		err = take_option(a, opt == 'h' ? OPT_HELP : opt);
		if (err)
			return err;
	}
	o->numbers = a->numbers;
	o->sms_fail = a->fails;
	a->args = argv + optind;
	a->nargs = argc - optind;
	return 0;
}

/* ---- while it runs ---- */

static void stop(struct app *a, int code)
{
	a->stopping = true;
	a->exit_code = code;
	loop_stop(a->sim.loop);
}

static void on_signal(void *arg)
{
	stop(arg, 130);
}

static void on_deadline(void *arg)
{
	struct app *a = arg;
	struct list *le, *tmp;

	a->late = true;
	report(&a->sim, NULL, "deadline", NULL, "the deadline has come");
	LIST_FOREACH_SAFE (le, tmp, &a->sim.calls) {
		struct call *c = list_entry(le, struct call, le);

		if (!c->over && !c->parent)
			call_end(c, CALL_COMPLETED, ENDED_ANY,
				 "the deadline came");
	}
	stop(a, 1);
}

/* ---- callsim call ---- */

static bool texts_missing(struct app *a)
{
	struct list *le;

	LIST_FOREACH (le, &a->sim.calls) {
		struct call *c = list_entry(le, struct call, le);

		if (!c->parent && !c->origin &&
		    c->caller->expect.texts > c->texts)
			return true;
	}
	return false;
}

static void judge_all(struct app *a)
{
	struct list *le;
	int bad = 0;

	LIST_FOREACH (le, &a->sim.calls) {
		struct call *c = list_entry(le, struct call, le);

		if (c->parent || c->origin)
			continue;
		summary_judge(c);
		summary_verdict(c);
		bad += !c->good;
	}
	if (bad && !a->sim.opt.json)
		fprintf(stderr,
			"callsim: %d of %d calls did not go as they "
			"should\n",
			bad, a->total);
	if (!a->stopping)
		stop(a, bad ? 1 : 0);
	else if (bad)
		a->exit_code = 1;
}

static void on_texts_late(void *arg)
{
	judge_all(arg);
}

/* All calls over, all answers in, all texts there? Then the verdict. */
static void call_idle(struct sim *s)
{
	struct app *a = container_of(s, struct app, sim);

	if (a->placed < a->total && a->at_once && !a->stopping)
		timer_at(a->next, 0);
	if (a->stopping || a->serving || a->placed < a->total || s->live)
		return;
	if (s->opt.api_listen && texts_missing(a)) {
		if (!a->waiting_texts)
			timer_at(a->texts,
				 clock_mono_us() + TEXT_WAIT_MS * 1000);
		a->waiting_texts = true;
		return;
	}
	if (!s->hooks)
		judge_all(a);
}

static int running(const struct app *a)
{
	struct list *le;
	int n = 0;

	LIST_FOREACH (le, &a->sim.calls) {
		const struct call *c = list_entry(le, struct call, le);

		n += !c->over && !c->parent && !c->origin;
	}
	return n;
}

static void on_next(void *arg)
{
	struct app *a = arg;

	while (a->placed < a->total &&
	       (!a->at_once || running(a) < a->at_once)) {
		struct caller *k = a->callers[a->placed % a->nargs];

		a->placed++;
		if (place_call(NULL, &a->sim, k, a->from, NULL))
			complain("%s: the call cannot be placed", k->name);
		if (a->every_ms)
			break;
	}
	if (a->placed < a->total && a->every_ms)
		timer_at(a->next, clock_mono_us() + a->every_ms * 1000);
}

static int load_callers(struct app *a)
{
	struct sim_opt *o = &a->sim.opt;
	char why[600];

	a->callers = calloc((size_t)a->nargs, sizeof(*a->callers));
	if (!a->callers)
		return complain("no memory");
	for (int i = 0; i < a->nargs; i++) {
		if (caller_load(&a->callers[i], a->args[i], o->callers, o->seed,
				why, sizeof(why)))
			return complain("%s", why);
		a->callers[i]->line.more_noise =
			(enum channel_noise)o->more_noise;
		a->callers[i]->line.more_noise_db =
			o->more_noise_db > 0 ? a->callers[i]->line.level_db -
						       o->more_noise_db
					     : o->more_noise_db;
		if (caller_prepare(a->callers[i], o->cache_dir, o->seed, why,
				   sizeof(why)) ||
		    (a->callers[i]->nanswers && listen_load(why, sizeof(why))))
			return complain("%s", why);
	}
	return 0;
}

static int open_api(struct app *a)
{
	const char *addr = a->sim.opt.api_listen;
	int err;

	if (!addr)
		return 0;
	err = rest_new(&a->rest, &a->sim, addr);
	if (err)
		return complain("--api-listen %s: %s", addr, strerror(-err));
	report(&a->sim, NULL, "api.listening",
	       json_pack("{s:s}", "url", a->sim.api_base), "REST API at %s",
	       a->sim.api_base);
	return 0;
}

static int start(struct app *a)
{
	struct sim *s = &a->sim;
	char why[300];
	int err;

	if (!s->opt.token || !*s->opt.token)
		return complain("--auth-token or $TWILIO_AUTH_TOKEN is needed "
				"to sign requests");
	err = sim_init(s);
	if (err)
		return complain("%s", strerror(-err));
	for (int i = 0; i < a->nanswers; i++)
		if (callee_rule(s, a->answers[i], why, sizeof(why)))
			return complain("--answer %s", why);
	loop_on_signal(s->loop, SIGINT, on_signal, a);
	loop_on_signal(s->loop, SIGTERM, on_signal, a);
	return open_api(a);
}

static int cmd_call(struct app *a)
{
	struct sim *s = &a->sim;
	int err;

	if (!a->nargs || !s->opt.voice_url)
		return complain("callsim call CALLER… --voice-url URL");
	s->idleh = call_idle;
	err = load_callers(a);
	if (!err)
		err = start(a);
	if (err)
		return err;
	a->total = a->nargs * a->repeat;
	if (timer_new(&a->next, s->loop, on_next, a) ||
	    timer_new(&a->texts, s->loop, on_texts_late, a) ||
	    timer_new(&a->deadline, s->loop, on_deadline, a))
		return complain("no memory");
	timer_at(a->next, 0);
	timer_at(a->deadline, clock_mono_us() + a->deadline_s * 1000000ll);
	loop_run(s->loop);
	if (a->late)
		judge_all(a);
	return a->exit_code;
}

/* ---- the other commands ---- */

static int cmd_serve(struct app *a)
{
	int err;

	if (!a->sim.opt.api_listen)
		return complain("callsim serve --api-listen ADDR:PORT");
	a->serving = true;
	a->sim.idleh = call_idle;
	err = start(a);
	if (err)
		return err;
	loop_run(a->sim.loop);
	return a->exit_code == 130 ? 0 : a->exit_code;
}

static void on_texted(int code, const char *why, int replies, void *arg)
{
	struct app *a = arg;

	if (code)
		complain("%d %s", code, why);
	else
		report(&a->sim, NULL, "text.done",
		       json_pack("{s:i}", "replies", replies), "%d replies",
		       replies);
	stop(a, code ? 1 : 0);
}

static int cmd_text(struct app *a)
{
	struct sim *s = &a->sim;
	int err;

	if (!a->from || !a->body || !s->opt.sms_url)
		return complain(
			"callsim text --from N --body TEXT --sms-url URL");
	a->serving = true;
	s->idleh = call_idle;
	err = start(a);
	if (!err && timer_new(&a->deadline, s->loop, on_deadline, a))
		err = complain("no memory");
	if (!err &&
	    message_inbound(s, a->from, s->opt.to, a->body, on_texted, a))
		err = complain("--sms-url %s is no URL", s->opt.sms_url);
	if (err)
		return err;
	timer_at(a->deadline, clock_mono_us() + a->deadline_s * 1000000ll);
	loop_run(s->loop);
	return a->exit_code;
}

static void print_warning(const char *what, void *arg)
{
	(void)arg;
	fprintf(stderr, "callsim: warning 12200: %s\n", what);
}

static int cmd_parse(struct app *a)
{
	struct doc *d = NULL;
	struct buf b;
	char why[200], *text;
	json_t *o;
	int err;

	if (a->nargs != 1)
		return complain("callsim parse-twiml FILE");
	err = file_read(&b, a->args[0]);
	if (err)
		return complain("%s: %s", a->args[0], strerror(-err));
	err = doc_parse(&d, buf_get(&b), why, sizeof(why));
	buf_fini(&b);
	if (err) {
		complain("error 12100: %s: %s", a->args[0], why);
		return 1;
	}
	doc_check(d, print_warning, NULL);
	o = doc_json(d);
	text = json_dumps(o, JSON_INDENT(2));
	printf("%s\n", text ? text : "");
	free(text);
	json_decref(o);
	doc_free(d);
	return 0;
}

static int cmd_sign(struct app *a)
{
	char sig[TWILIO_SIG_LEN + 1];
	struct form f = {0};
	int err;

	if (!a->nargs || !a->sim.opt.token)
		return complain("callsim sign URL [NAME=VALUE…] "
				"--auth-token T");
	for (int i = 1; i < a->nargs; i++) {
		const char *eq = strchr(a->args[i], '=');

		if (!eq)
			return complain("%s: NAME=VALUE", a->args[i]);
		form_add(&f, (struct sv){a->args[i], (size_t)(eq - a->args[i])},
			 sv_str(eq + 1));
	}
	err = twilio_sig_make(sig, sv_str(a->sim.opt.token), sv_str(a->args[0]),
			      &f);
	form_fini(&f);
	if (err)
		return complain("%s", strerror(-err));
	printf("%s\n", sig);
	return 0;
}

static void print_caller(const char *name, const char *about, void *arg)
{
	(void)arg;
	printf("%-20s %s\n", name, about);
}

static int cmd_list(struct app *a)
{
	caller_list(a->sim.opt.callers, print_caller, NULL);
	return 0;
}

static int cmd_show(struct app *a)
{
	char why[600], dir[600], *text;
	json_t *o;

	if (a->nargs != 1)
		return complain("callsim show CALLER [--seed N]");
	if (caller_read(&o, a->args[0], a->sim.opt.callers, a->sim.opt.seed,
			dir, sizeof(dir), why, sizeof(why)))
		return complain("%s", why);
	text = json_dumps(o, JSON_INDENT(2));
	printf("%s\n", text ? text : "");
	free(text);
	json_decref(o);
	return 0;
}

static void app_fini(struct app *a)
{
	if (a->sim.loop) {
		rest_free(a->rest);
		timer_free(a->next);
		timer_free(a->texts);
		timer_free(a->deadline);
		sim_fini(&a->sim);
	}
	for (int i = 0; a->callers && i < a->nargs; i++)
		caller_unref(a->callers[i]);
	free(a->callers);
	listen_teardown();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct app *a);
	} commands[] = {{"call", cmd_call}, {"serve", cmd_serve},
			{"text", cmd_text}, {"parse-twiml", cmd_parse},
			{"sign", cmd_sign}, {"list", cmd_list},
			{"show", cmd_show}};
	static struct app app;
	const char *cmd = argc > 1 ? argv[1] : "--help";
	int err;

	if (cmd[0] == '-') {
		printf("%s", usage);
		quirk_help();
		return !strcmp(cmd, "--help") || !strcmp(cmd, "-h") ? 0 : 2;
	}
	log_init(LOG_LEVEL_WARN, false, "callsim");
	err = options(&app, argc - 1, argv + 1);
	if (err)
		return err;
	listen_setup(app.library, app.models);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(cmd, commands[i].name)) {
			err = commands[i].run(&app);
			app_fini(&app);
			return err;
		}
	return complain("no command \"%s\"; see callsim --help", cmd);
}
