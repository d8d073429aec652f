#include "app/ops.h"

#include <stdio.h>
#include <stdlib.h>

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
		if (!strncmp(s->roles[i].name, "media", 5))
			buf_printf(out, "nightbell_calls{role=\"%s\"} %u\n",
				   s->roles[i].name,
				   atomic_load(&s->roles[i].calls));
}

static void webhooks(struct buf *out, struct stats *s)
{
	unsigned long long v[6] = {0};
	static const char *const results[] = {"answered", "refused",
					      "fallback"};

	for (unsigned i = 0; i < s->n; i++) {
		struct webhook_counts *w = &s->roles[i].webhooks;

		v[0] += get(&w->answered);
		v[1] += get(&w->refused);
		v[2] += get(&w->fallback);
		v[3] += get(&w->slow);
		v[4] += get(&w->sockets);
		v[5] += get(&w->sockets_refused);
	}
	head(out, "nightbell_webhooks_total", "counter",
	     "Requests of the carrier by how they were answered.");
	for (size_t i = 0; i < ARRAY_LEN(results); i++)
		buf_printf(out,
			   "nightbell_webhooks_total{result=\"%s\"} %llu\n",
			   results[i], v[i]);
	head(out, "nightbell_webhooks_slow_total", "counter",
	     "Answers that took more than 500 ms.");
	buf_printf(out, "nightbell_webhooks_slow_total %llu\n", v[3]);
	head(out, "nightbell_media_sockets_total", "counter",
	     "Media sockets that the carrier asked for.");
	buf_printf(out,
		   "nightbell_media_sockets_total{result=\"accepted\"} %llu\n"
		   "nightbell_media_sockets_total{result=\"refused\"} %llu\n",
		   v[4], v[5]);
}

void ops_metrics(struct buf *out, struct stats *s, bool db_up)
{
	roles(out, s);
	webhooks(out, s);
	head(out, "nightbell_texts_total", "counter",
	     "Text messages by what became of the request to send one.");
	buf_printf(out,
		   "nightbell_texts_total{result=\"sent\"} %llu\n"
		   "nightbell_texts_total{result=\"found\"} %llu\n"
		   "nightbell_texts_total{result=\"retried\"} %llu\n"
		   "nightbell_texts_total{result=\"dead\"} %llu\n",
		   get(&s->relay.sent), get(&s->relay.found),
		   get(&s->relay.retried), get(&s->relay.dead));
	head(out, "nightbell_database_up", "gauge",
	     "1 while the desk is connected to PostgreSQL.");
	buf_printf(out, "nightbell_database_up %d\n", db_up);
}

bool ops_ready(struct stats *s, bool db_up, char *why, size_t why_size)
{
	for (unsigned i = 0; i < s->n; i++) {
		if (atomic_load(&s->roles[i].ready))
			continue;
		snprintf(why, why_size, "%s does not serve\n",
			 s->roles[i].name);
		return false;
	}
	snprintf(why, why_size, "%s\n",
		 db_up ? "ready" : "the database is not connected");
	return db_up;
}

static void on_request(struct web_req *r, void *arg)
{
	struct ops *o = arg;
	struct sv path = web_req_path(r), method = web_req_method(r);
	bool db_up = o->prm.db_uph(o->prm.arg);
	char why[128];
	struct buf b;

	if (!sv_eq(method, "GET") && !sv_eq(method, "HEAD")) {
		web_reply(r, 405, "text/plain", SV("only GET\n"),
			  "Allow: GET, HEAD\r\n");
	} else if (sv_eq(path, "/healthz")) {
		web_reply(r, 200, "text/plain", SV("ok\n"), NULL);
	} else if (sv_eq(path, "/readyz")) {
		int status = ops_ready(o->prm.stats, db_up, why, sizeof(why))
				     ? 200
				     : 503;

		web_reply(r, status, "text/plain", sv_str(why), NULL);
	} else if (sv_eq(path, "/metrics")) {
		buf_init(&b, 1 << 20);
		ops_metrics(&b, o->prm.stats, db_up);
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
