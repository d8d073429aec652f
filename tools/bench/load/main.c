/*
 * benchload: calls with real pacing against the gateway or against the floor
 * (relay.c), and the provider behind them. Prints one JSON object.
 *
 * Calls of the gateway come as lines on stdin: PATH SIGNATURE TOKEN CALLSID,
 * made by whoever signed the webhooks (tools/bench/load.mjs). A page signs
 * nothing: its SIGNATURE is a dash.
 */
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static const char usage[] =
	"benchload: calls with real pacing, and the provider behind them\n"
	"\n"
	"  --port N       of what is measured, on 127.0.0.1\n"
	"  --provider N   where the provider listens\n"
	"  --calls N      at once\n"
	"  --rate N       calls opened a second (default 100)\n"
	"  --seconds N    measured (default 5)\n"
	"  --warm N       seconds before that (default 2)\n"
	"  --pid N        whose processor time and memory are read\n"
	"  --echo         begins to measure when all calls have their echo\n"
	"  --gateway      calls come on stdin: PATH SIGNATURE TOKEN CALLSID\n"
	"  --page         … and are a browser's: Opus, no signature\n"
	"  --host NAME    Host header, name in the certificate\n"
	"  --ca FILE      TLS towards --port\n"
	"  --cert FILE --key FILE    TLS at --provider\n";

enum {
	OPT_PORT = 256,
	OPT_PROVIDER,
	OPT_CALLS,
	OPT_RATE,
	OPT_SECONDS,
	OPT_WARM,
	OPT_PID,
	OPT_ECHO,
	OPT_GATEWAY,
	OPT_PAGE,
	OPT_HOST,
	OPT_CA,
	OPT_CERT,
	OPT_KEY,
};

static const struct option options[] = {
	{"port", required_argument, NULL, OPT_PORT},
	{"provider", required_argument, NULL, OPT_PROVIDER},
	{"calls", required_argument, NULL, OPT_CALLS},
	{"rate", required_argument, NULL, OPT_RATE},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"warm", required_argument, NULL, OPT_WARM},
	{"pid", required_argument, NULL, OPT_PID},
	{"echo", no_argument, NULL, OPT_ECHO},
	{"gateway", no_argument, NULL, OPT_GATEWAY},
	{"page", no_argument, NULL, OPT_PAGE},
	{"host", required_argument, NULL, OPT_HOST},
	{"ca", required_argument, NULL, OPT_CA},
	{"cert", required_argument, NULL, OPT_CERT},
	{"key", required_argument, NULL, OPT_KEY},
	{0},
};

struct args {
	int provider, rate, seconds, warm, pid;
	const char *ca, *cert, *key;
	bool page;
};

static struct args args = {.rate = 100, .seconds = 5, .warm = 2};
static int64_t cpu_us[2], own_us[2];
static long rss_kb[2]; /* without calls, with them */

/* ---- what others use ---- */

static int64_t cpu_of(int pid)
{
	struct timespec t;
	clockid_t id;

	if (!pid || clock_getcpuclockid(pid, &id) || clock_gettime(id, &t))
		return 0;
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t own_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long rss_of(int pid)
{
	char path[64];
	long all, mine = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = pid ? fopen(path, "r") : NULL;
	if (!f)
		return 0;
	if (fscanf(f, "%ld %ld", &all, &mine) != 2)
		mine = 0;
	fclose(f);
	return mine * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- calls ---- */

struct caller *load_caller(struct load *l, uint32_t call, uint32_t seq)
{
	struct caller *c = &l->calls[call];

	if (call >= l->ncalls || seq >= c->seq || c->seq - seq > SENT_KEPT)
		return NULL;
	return c;
}

void load_reached(struct caller *c, int64_t now_us)
{
	if (c->reached)
		return;
	c->reached = true;
	hist_add(&c->l->setup, now_us - c->asked_us);
}

void load_arrived(struct load *l, uint32_t call, uint32_t seq, int64_t now_us)
{
	struct caller *c = load_caller(l, call, seq);

	if (c)
		load_reached(c, now_us);
	if (!c || !l->measuring || c->sent_us[seq % SENT_KEPT] < l->from_us)
		return;
	if (c->seen_us[seq % SENT_KEPT]) {
		l->again++;
		return;
	}
	c->seen_us[seq % SENT_KEPT] = now_us;
	l->arrived++;
	hist_add(&l->up, now_us - c->sent_us[seq % SENT_KEPT]);
}

static void begin_measuring(struct load *l, int64_t now_us)
{
	l->measuring = true;
	l->from_us = now_us;
	l->until_us = now_us + args.seconds * INT64_C(1000000);
	cpu_us[0] = cpu_of(args.pid);
	own_us[0] = own_cpu();
	rss_kb[1] = rss_of(args.pid);
}

static void open_some(struct load *l, int64_t now_us)
{
	uint64_t due = (uint64_t)(now_us - l->start_us) * l->rate / 1000000;

	while (l->opened < l->ncalls && l->opened <= due && l->opening < 200)
		caller_open(&l->calls[l->opened]);
}

static void tick(void *arg)
{
	struct load *l = arg;
	int64_t now_us = clock_mono_us();

	open_some(l, now_us);
	for (unsigned i = 0; i < l->opened; i++) {
		struct caller *c = &l->calls[i];

		if (!c->begun || c->due_us > now_us)
			continue;
		now_us = clock_mono_us();
		if (l->measuring)
			hist_add(&l->late, now_us - c->due_us);
		caller_frame(c, now_us);
		c->due_us += FRAME_US;
	}
	if (l->measuring && now_us >= l->until_us) {
		loop_stop(l->loop);
		return;
	}
	if (!l->measuring && l->upgraded + l->lost >= l->ncalls &&
	    (!l->wait_echo || l->echoing + l->lost >= l->ncalls)) {
		if (!l->until_us)
			l->until_us = now_us + args.warm * INT64_C(1000000);
		else if (now_us >= l->until_us)
			begin_measuring(l, now_us);
	}
	if (!l->measuring && now_us - l->start_us > INT64_C(120000000)) {
		fprintf(stderr, "benchload: %u of %u calls came up, %u talk\n",
			l->upgraded, l->ncalls, l->echoing);
		exit(1);
	}
}

static void read_calls(struct load *l)
{
	for (unsigned i = 0; i < l->ncalls; i++) {
		struct caller *c = &l->calls[i];

		if (scanf("%127s %63s %319s %47s", c->path, c->sig, c->token,
			  c->sid) != 4) {
			fprintf(stderr, "benchload: %u of %u calls on stdin\n",
				i, l->ncalls);
			exit(2);
		}
	}
}

/* ---- the end ---- */

static void stop_loop(void *arg)
{
	struct load *l = arg;

	loop_stop(l->loop);
}

/* The callers hang up; what is measured has a moment to notice. */
static void caller_stop_all(struct load *l)
{
	timer_free(l->tick);
	for (unsigned i = 0; i < l->opened; i++)
		caller_stop(&l->calls[i]);
	if (timer_new(&l->tick, l->loop, stop_loop, l))
		exit(1);
	timer_at(l->tick, clock_mono_us() + 500000);
}

/* ---- report ---- */

static void part(struct buf *b, const char *name, const struct hist *h)
{
	buf_printf(b, ",\n\"%s\":", name);
	hist_json(b, h);
}

static void report(struct load *l)
{
	double s = (double)(clock_mono_us() - l->from_us) / 1e6;
	double cpu = (double)(cpu_us[1] - cpu_us[0]) / 1e3;
	double own = (double)(own_us[1] - own_us[0]) / 1e3;
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b,
		   "{\"calls\":%u,\"seconds\":%.2f,\"lost\":%u,\"sent\":%llu,"
		   "\"arrived\":%llu,\"returned\":%llu,\"missing\":%llu,"
		   "\"again\":%llu,\"strange\":%llu,\"other\":%llu,"
		   "\"gaps\":%llu,\"cpu_percent\":%.1f,"
		   "\"cpu_ms_per_call_s\":%.3f,\"own_percent\":%.1f,"
		   "\"rss_kb\":%ld,\"kb_per_call\":%.1f",
		   l->ncalls, s, l->lost, (unsigned long long)l->sent,
		   (unsigned long long)l->arrived,
		   (unsigned long long)l->returned,
		   (unsigned long long)l->missing, (unsigned long long)l->again,
		   (unsigned long long)l->strange, (unsigned long long)l->other,
		   (unsigned long long)l->gaps, cpu / s / 10,
		   l->ncalls ? cpu / s / l->ncalls : 0, own / s / 10, rss_kb[1],
		   l->ncalls ? (double)(rss_kb[1] - rss_kb[0]) / l->ncalls : 0);
	part(&b, "up", &l->up);
	part(&b, "down", &l->down);
	part(&b, "round", &l->round);
	part(&b, "setup", &l->setup);
	part(&b, "pace", &l->pace);
	part(&b, "late", &l->late);
	puts(b.p);
	puts("}");
	buf_fini(&b);
}

static int number(const char *text)
{
	int64_t v;

	if (sv_i64(&v, sv_str(text)) || v < 0 || v > INT32_MAX) {
		fprintf(stderr, "benchload: \"%s\" is no number\n", text);
		exit(2);
	}
	return (int)v;
}

static void read_args(struct load *l, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (opt) {
		case OPT_PORT:
			l->port = number(optarg);
			break;
		case OPT_PROVIDER:
			args.provider = number(optarg);
			break;
		case OPT_CALLS:
			l->ncalls = (unsigned)number(optarg);
			break;
		case OPT_RATE:
			args.rate = number(optarg);
			break;
		case OPT_SECONDS:
			args.seconds = number(optarg);
			break;
		case OPT_WARM:
			args.warm = number(optarg);
			break;
		case OPT_PID:
			args.pid = number(optarg);
			break;
		case OPT_ECHO:
			l->wait_echo = true;
			break;
		case OPT_GATEWAY:
			l->gateway = true;
			break;
		case OPT_PAGE:
			args.page = true;
			break;
		case OPT_HOST:
			l->host = optarg;
			break;
		case OPT_CA:
			args.ca = optarg;
			break;
		case OPT_CERT:
			args.cert = optarg;
			break;
		case OPT_KEY:
			args.key = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	if (!l->port || !l->ncalls || optind != argc) {
		fputs(usage, stderr);
		exit(2);
	}
	if (args.page && l->ncalls > PACKETS_N) {
		fprintf(stderr, "benchload: a page: %d calls at most\n",
			PACKETS_N);
		exit(2);
	}
	l->rate = (unsigned)args.rate;
}

int main(int argc, char **argv)
{
	static struct load l = {.host = "127.0.0.1"};
	int err;

	read_args(&l, argc, argv);
	l.calls = calloc(l.ncalls, sizeof(*l.calls));
	if (!l.calls)
		return 1;
	for (unsigned i = 0; i < l.ncalls; i++) {
		l.calls[i].l = &l;
		l.calls[i].index = i;
	}
	err = args.page ? packets_new(&l.packets) : 0;
	if (!err)
		err = loop_new(&l.loop);
	if (!err && args.ca)
		err = tcp_tls_client(&l.tls_client, args.ca);
	if (!err && args.cert)
		err = tcp_tls_server(&l.tls_server, args.cert, args.key);
	if (!err && args.provider)
		err = provider_listen(&l, args.provider);
	if (!err)
		err = timer_new(&l.tick, l.loop, tick, &l);
	if (err) {
		fprintf(stderr, "benchload: %s\n", strerror(-err));
		return 1;
	}
	if (l.gateway)
		read_calls(&l);
	rss_kb[0] = rss_of(args.pid);
	l.start_us = clock_mono_us();
	timer_every(l.tick, 1);
	loop_run(l.loop);
	cpu_us[1] = cpu_of(args.pid);
	own_us[1] = own_cpu();
	report(&l);
	caller_stop_all(&l);
	loop_run(l.loop);
	return 0; /* what is still open goes with the process */
}
