#include "app/ops.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "media/waits.h"

struct ops {
	struct ops_prm prm;
	struct web_listener *listener;
};

static unsigned long long get(atomic_ullong *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type,
		 const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool link_good(const struct stats_link *l)
{
	const unsigned state = atomic_load(&l->state);

	return state == LINK_NONE || state == LINK_UP;
}

static bool is_media(const struct stats_role *r)
{
	return !strncmp(r->name, "media", 5);
}

static void roles(struct buf *out, struct stats *s)
{
	head(out, "nightbell_role_up", "gauge", "1 while the process serves.");
	for (unsigned i = 0; i < s->n; i++)
		buf_printf(out, "nightbell_role_up{role=\"%s\"} %d\n",
			   s->roles[i].name, atomic_load(&s->roles[i].ready));
	head(out, "nightbell_role_restarts_total", "counter",
	     "Processes that died and were started again.");
	for (unsigned i = 0; i < s->n; i++)
		buf_printf(
			out, "nightbell_role_restarts_total{role=\"%s\"} %u\n",
			s->roles[i].name, atomic_load(&s->roles[i].restarts));
	head(out, "nightbell_calls", "gauge", "Calls with a media socket now.");
	for (unsigned i = 0; i < s->n; i++)
		if (is_media(&s->roles[i]))
			buf_printf(out, "nightbell_calls{role=\"%s\"} %u\n",
				   s->roles[i].name,
				   atomic_load(&s->roles[i].calls));
}

static void webhooks(struct buf *out, struct stats *s)
{
	unsigned long long v[7] = {0};
	/* away: by what the node knew without the database */
	static const char *const results[] = {"answered", "refused", "fallback",
					      "away"};

	for (unsigned i = 0; i < s->n; i++) {
		struct webhook_counts *w = &s->roles[i].webhooks;

		v[0] += get(&w->answered);
		v[1] += get(&w->refused);
		v[2] += get(&w->fallback);
		v[3] += get(&w->away);
		v[4] += get(&w->slow);
		v[5] += get(&w->sockets);
		v[6] += get(&w->sockets_refused);
	}
	head(out, "nightbell_webhooks_total", "counter",
	     "Requests of the carrier by how they were answered.");
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		buf_printf(out,
			   "nightbell_webhooks_total{result=\"%s\"} %llu\n",
			   results[i], v[i]);
	head(out, "nightbell_webhooks_slow_total", "counter",
	     "Answers that took more than 500 ms.");
	buf_printf(out, "nightbell_webhooks_slow_total %llu\n", v[4]);
	head(out, "nightbell_media_sockets_total", "counter",
	     "Media sockets that the carrier asked for.");
	buf_printf(out,
		   "nightbell_media_sockets_total{result=\"accepted\"} %llu\n"
		   "nightbell_media_sockets_total{result=\"refused\"} %llu\n",
		   v[5], v[6]);
}

/* One counter of all media workers; off: of an atomic_ullong in the counts. */
static unsigned long long media_sum(struct stats *s, size_t off)
{
	unsigned long long n = 0;

	for (unsigned i = 0; i < s->n; i++)
		if (is_media(&s->roles[i]))
			n += get((atomic_ullong *)((char *)&s->roles[i].media +
						   off));
	return n;
}

#define MEDIA(member) offsetof(struct media_counts, member)
#define CLOUD_FAILED(what, i)                                                  \
	{                                                                      \
		"recogniser_failures_total", "kind=\"" what "\"", NULL,        \
			MEDIA(cloud.failed[i])                                 \
	}

/* Without label "" is one row with none. */
static const struct counter_row {
	const char *name, *label, *help;
	size_t off;
} media_rows[] = {
	{"calls_total", "", "Media streams that began.", MEDIA(calls)},
	{"calls_ended_total", "by=\"caller\"",
	 "Media streams by who ended them.", MEDIA(ended_by_caller)},
	{"calls_ended_total", "by=\"assistant\"", NULL, MEDIA(ended_by_us)},
	{"calls_ended_total", "by=\"lost\"", NULL, MEDIA(lost)},
	{"frames_total", "way=\"in\"", "Audio messages.", MEDIA(frames_in)},
	{"frames_total", "way=\"out\"", NULL, MEDIA(frames_out)},
	{"filled_ms_total", "", "Silence put where the carrier's audio lacked.",
	 MEDIA(filled_ms)},
	{"skipped_ms_total", "",
	 "Audio too long missing to fill, or too early.", MEDIA(skipped_ms)},
	{"late_ms_total", "", "Audio that came again or too late.",
	 MEDIA(late_ms)},
	{"bad_messages_total", "", "Messages of the carrier that are none.",
	 MEDIA(bad_messages)},
	{"interruptions_total", "what=\"suspected\"",
	 "Our speech withheld, resumed for nothing, cleared.",
	 MEDIA(suspected)},
	{"interruptions_total", "what=\"resumed\"", NULL, MEDIA(resumed)},
	{"interruptions_total", "what=\"cleared\"", NULL, MEDIA(cut)},
	{"echo_calls_total", "", "Calls whose line echoes: cancelled.",
	 MEDIA(echoes)},
	{"recordings_begun_total", "", "Recordings that began.",
	 MEDIA(recordings)},
	{"recordings_total", "end=\"complete\"",
	 "Recordings by how they ended.", MEDIA(recordings_complete)},
	{"recordings_total", "end=\"incomplete\"", NULL,
	 MEDIA(recordings_incomplete)},
	{"recordings_total", "end=\"failed\"", NULL, MEDIA(recordings_failed)},
	{"recordings_total", "end=\"dropped\"", NULL,
	 MEDIA(recordings_dropped)},
	{"recording_lost_ms_total", "",
	 "Audio that was not recorded: the disk was too slow.",
	 MEDIA(recording_lost_ms)},
	{"provider_errors_total", "part=\"recogniser\"",
	 "Recognisers lost, utterances without voice, tools that failed.",
	 MEDIA(stt_lost)},
	{"provider_errors_total", "part=\"voice\"", NULL, MEDIA(voice_failed)},
	{"provider_errors_total", "part=\"tool\"", NULL, MEDIA(tool_failed)},
	{"provider_errors_total", "part=\"model\"", NULL, MEDIA(model_lost)},
	{"recogniser_connections_total", "what=\"opened\"",
	 "Connections to the cloud's recogniser: opened, of them again after "
	 "one was lost; sessions that ours took over.",
	 MEDIA(cloud.opened)},
	{"recogniser_connections_total", "what=\"again\"", NULL,
	 MEDIA(cloud.again)},
	{"recogniser_connections_total", "what=\"given_up\"", NULL,
	 MEDIA(cloud.given_up)},
	{"recogniser_failures_total", "kind=\"key\"",
	 "Connections to it that failed or were lost, by kind.",
	 MEDIA(cloud.failed[SPEECH_FAIL_KEY])},
	CLOUD_FAILED("pay", SPEECH_FAIL_PAY),
	CLOUD_FAILED("request", SPEECH_FAIL_REQUEST),
	CLOUD_FAILED("busy", SPEECH_FAIL_BUSY),
	CLOUD_FAILED("server", SPEECH_FAIL_SERVER),
	CLOUD_FAILED("late", SPEECH_FAIL_LATE),
	CLOUD_FAILED("net", SPEECH_FAIL_NET),
	{"model_capped_total", "", "calls that a day's cap gave to the script",
	 MEDIA(model_capped)},
	{"model_renewed_total", "",
	 "sessions of a model that others replaced in mid-call",
	 MEDIA(model_renewed)},
	{"turns_total", "leg=\"caller\"", "Stretches of speech by who spoke.",
	 MEDIA(turns[0])},
	{"turns_total", "leg=\"assistant\"", NULL, MEDIA(turns[1])},
	{"partials_total", "", "Texts shown of what callers were just saying.",
	 MEDIA(partials)},
};

static const struct hist_row {
	const char *name, *help;
	size_t off;
} media_hists[] = {
	{"reply_seconds",
	 "End of the caller's speech to our first sample sent.", MEDIA(reply)},
	{"recogniser_seconds", "End of speech noticed to its text.",
	 MEDIA(text)},
	{"recogniser_connect_seconds",
	 "The cloud's recogniser asked to its connection open.",
	 MEDIA(cloud.connect)},
	{"recogniser_final_seconds",
	 "End of speech told to the cloud's recogniser to its text.",
	 MEDIA(cloud.final)},
	{"voice_seconds", "Text given to the voice to its first audio.",
	 MEDIA(voice)},
	{"tool_seconds", "A tool asked to its answer.", MEDIA(tool)},
	{"loop_lag_seconds", "How late the media loop's 20 ms tick is.",
	 MEDIA(lag)},
};

static void labels(struct buf *out, const char *label)
{
	if (*label)
		buf_printf(out, "{%s}", label);
}

static void media_hist(struct buf *out, struct stats *s,
		       const struct hist_row *h)
{
	unsigned long long n = 0;
	char name[64];

	snprintf(name, sizeof(name), "nightbell_%s", h->name);
	head(out, name, "histogram", h->help);
	for (size_t i = 0; i <= COUNTS_BOUNDS; i++) {
		n += media_sum(s, h->off +
					  offsetof(struct counts_hist, bucket) +
					  i * sizeof(atomic_ullong));
		if (i < COUNTS_BOUNDS)
			buf_printf(out, "%s_bucket{le=\"%g\"} %llu\n", name,
				   counts_bounds_ms[i] / 1000.0, n);
		else
			buf_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n", name,
				   n);
	}
	buf_printf(out, "%s_sum %g\n%s_count %llu\n", name,
		   (double)media_sum(
			   s, h->off + offsetof(struct counts_hist, sum_ms)) /
			   1000.0,
		   name, n);
}

static void timers(struct buf *out, struct stats *s)
{
	const struct timer_row *row;

	head(out, "nightbell_timer_fired_total", "counter",
	     "Deadlines that passed, by row of docs/timers.md.");
	for (size_t i = 0; i < MEDIA_TIMERS_MAX && (row = waits_table(i)); i++)
		buf_printf(out,
			   "nightbell_timer_fired_total{row=\"%s\"} %llu\n",
			   row->name,
			   media_sum(s, MEDIA(timers) +
						i * sizeof(atomic_ullong)));
}

static void stalls(struct buf *out, struct stats *s)
{
	const struct timer_row *row;

	head(out, "nightbell_call_stalls_total", "counter",
	     "Deadlines that passed and that somebody waited for in vain.");
	for (size_t i = 0; i < MEDIA_TIMERS_MAX && (row = timers_table(i)); i++)
		buf_printf(out,
			   "nightbell_call_stalls_total{stage=\"%s\"} %llu\n",
			   row->name,
			   media_sum(s, MEDIA(stalls) +
						i * sizeof(atomic_ullong)));
}

static void media(struct buf *out, struct stats *s)
{
	static const char *const queues[] = {"webhooks", "calls", "segments"};
	char name[64];

	for (size_t i = 0; i < ARRAY_LEN(media_rows); i++) {
		const struct counter_row *r = &media_rows[i];

		snprintf(name, sizeof(name), "nightbell_%s", r->name);
		if (r->help)
			head(out, name, "counter", r->help);
		buf_str(out, name);
		labels(out, r->label);
		buf_printf(out, " %llu\n", media_sum(s, r->off));
	}
	timers(out, s);
	stalls(out, s);
	for (size_t i = 0; i < ARRAY_LEN(media_hists); i++)
		media_hist(out, s, &media_hists[i]);
	head(out, "nightbell_statements_queued", "gauge",
	     "Statements that wait for PostgreSQL.");
	for (unsigned i = 0; i < s->n; i++)
		for (size_t k = 0; k < ARRAY_LEN(queues); k++)
			if (is_media(&s->roles[i]))
				buf_printf(out,
					   "nightbell_statements_queued{role="
					   "\"%s\",queue=\"%s\"} %u\n",
					   s->roles[i].name, queues[k],
					   atomic_load(&s->roles[i].queued[k]));
}

static void streams(struct buf *out, struct sse_counts *c)
{
	static const char *const row =
		"nightbell_streams_dropped_total{reason=\"%s\"} %llu\n";

	head(out, "nightbell_streams_total", "counter",
	     "Event streams that dashboards opened.");
	buf_printf(out, "nightbell_streams_total %llu\n", get(&c->opened));
	head(out, "nightbell_streams_dropped_total", "counter",
	     "Event streams that we closed, by why.");
	buf_printf(out, row, "slow", get(&c->slow));
	buf_printf(out, row, "signed_out", get(&c->signed_out));
	buf_printf(out, row, "not_allowed", get(&c->not_allowed));
	buf_printf(out, row, "restart", get(&c->restart));
}

static void keeper(struct buf *out, struct keeper_counts *k)
{
	head(out, "nightbell_housekeeping_runs_total", "counter",
	     "Times that this node kept house.");
	buf_printf(out, "nightbell_housekeeping_runs_total %llu\n",
		   get(&k->runs));
	head(out, "nightbell_housekeeping_failed_total", "counter",
	     "Parts of it that did not work.");
	buf_printf(out, "nightbell_housekeeping_failed_total %llu\n",
		   get(&k->failed));
	head(out, "nightbell_calls_closed_late_total", "counter",
	     "Calls that nobody had ended.");
	buf_printf(out, "nightbell_calls_closed_late_total %llu\n",
		   get(&k->closed));
}

static void archive(struct buf *out, struct archive_counts *a)
{
	head(out, "nightbell_recordings_kept_total", "counter",
	     "Files of recordings removed, recovered from a worker that died, "
	     "or neither could be done.");
	buf_printf(out,
		   "nightbell_recordings_kept_total{what=\"removed\"} %llu\n"
		   "nightbell_recordings_kept_total{what=\"recovered\"} %llu\n"
		   "nightbell_recordings_kept_total{what=\"failed\"} %llu\n",
		   get(&a->removed), get(&a->recovered), get(&a->failed));
}

static void outbox(struct buf *out, struct relay_counts *relay)
{
	static const char *const row = "nightbell_outbox_total{channel=\"%s\","
				       "result=\"%s\"} %llu\n";
	const int64_t now_ms = clock_wall_us() / 1000;

	head(out, "nightbell_outbox_total", "counter",
	     "Texts, calls and mails by what became of the attempt.");
	for (size_t i = 0; i < RELAY_TIMER; i++) {
		struct relay_channel_counts *c = &relay->channel[i];

		buf_printf(out, row, relay_channels[i], "sent", get(&c->sent));
		buf_printf(out, row, relay_channels[i], "found",
			   get(&c->found));
		buf_printf(out, row, relay_channels[i], "retried",
			   get(&c->retried));
		buf_printf(out, row, relay_channels[i], "dead", get(&c->dead));
	}
	head(out, "nightbell_outbox_oldest_seconds", "gauge",
	     "How late the row is that is due longest.");
	for (size_t i = 0; i < RELAY_CHANNELS; i++) {
		const int64_t due_ms = atomic_load(&relay->channel[i].due_ms);

		buf_printf(out,
			   "nightbell_outbox_oldest_seconds{channel=\"%s\"} "
			   "%.3f\n",
			   relay_channels[i],
			   due_ms && due_ms < now_ms
				   ? (double)(now_ms - due_ms) / 1000
				   : 0.0);
	}
}

/* Each connection of a role that runs, and whether all are of use. */
static void databases(struct buf *out, struct stats *s)
{
	bool all = true;

	head(out, "nightbell_database_up", "gauge",
	     "1 while PostgreSQL answers on every connection; then on each.");
	for (unsigned i = 0; i < s->n; i++)
		for (size_t k = 0; k < STATS_LINKS; k++)
			all &= link_good(&s->roles[i].links[k]);
	buf_printf(out, "nightbell_database_up %d\n", all);
	for (unsigned i = 0; i < s->n; i++)
		for (size_t k = 0; k < STATS_LINKS; k++) {
			struct stats_link *l = &s->roles[i].links[k];

			if (atomic_load(&l->state) == LINK_NONE)
				continue;
			buf_printf(out,
				   "nightbell_database_up{role=\"%s\","
				   "purpose=\"%s\"} %d\n",
				   s->roles[i].name, l->purpose, link_good(l));
		}
}

void ops_metrics(struct buf *out, struct stats *s)
{
	roles(out, s);
	webhooks(out, s);
	media(out, s);
	outbox(out, &s->relay);
	keeper(out, &s->keeper);
	streams(out, &s->streams);
	archive(out, &s->archive);
	databases(out, s);
}

bool ops_ready(struct stats *s, char *why, size_t why_size)
{
	if (atomic_load(&s->draining)) {
		snprintf(why, why_size, "draining\n");
		return false;
	}
	for (unsigned i = 0; i < s->n; i++) {
		if (atomic_load(&s->roles[i].ready))
			continue;
		snprintf(why, why_size, "%s does not serve\n",
			 s->roles[i].name);
		return false;
	}
	for (unsigned i = 0; i < s->n; i++)
		for (size_t k = 0; k < STATS_LINKS; k++) {
			struct stats_link *l = &s->roles[i].links[k];

			if (link_good(l))
				continue;
			snprintf(why, why_size, "the database %s: %s (%s)\n",
				 atomic_load(&l->state) == LINK_SILENT
					 ? "does not answer"
					 : "is not connected",
				 s->roles[i].name, l->purpose);
			return false;
		}
	snprintf(why, why_size, "ready\n");
	return true;
}

static void on_request(struct web_req *r, void *arg)
{
	struct ops *o = arg;
	struct sv path = web_req_path(r), method = web_req_method(r);
	char why[128];
	struct buf b;

	if (!sv_eq(method, "GET") && !sv_eq(method, "HEAD")) {
		web_reply(r, 405, "text/plain", SV("only GET\n"),
			  "Allow: GET, HEAD\r\n");
	} else if (sv_eq(path, "/healthz")) {
		web_reply(r, 200, "text/plain", SV("ok\n"), NULL);
	} else if (sv_eq(path, "/readyz")) {
		int status =
			ops_ready(o->prm.stats, why, sizeof(why)) ? 200 : 503;

		web_reply(r, status, "text/plain", sv_str(why), NULL);
	} else if (sv_eq(path, "/metrics")) {
		buf_init(&b, 1 << 20);
		ops_metrics(&b, o->prm.stats);
		web_reply(r, 200, "text/plain; version=0.0.4; charset=utf-8",
			  buf_get(&b), NULL);
		buf_fini(&b);
	} else {
		web_reply(r, 404, "text/plain",
			  SV("/healthz /readyz /metrics\n"), NULL);
	}
}

int ops_new(struct ops **out, const struct ops_prm *prm)
{
	struct ops *o = calloc(1, sizeof(*o));
	const struct web_listen_prm listen = {
		.name = "ops",
		.fd = prm->listen_fd,
		.body_max = 1024,
		.header_ms = 5000,
		.requesth = on_request,
		.arg = o,
	};
	int err;

	if (!o)
		return -ENOMEM;
	o->prm = *prm;
	err = web_listen(&o->listener, prm->web, &listen);
	if (err)
		free(o);
	else
		*out = o;
	return err;
}

struct ops *ops_free(struct ops *o)
{
	if (!o)
		return NULL;
	web_listener_free(o->listener);
	free(o);
	return NULL;
}
