#include "speech/local/server.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "speech.h"
#include "speech/local.h"

void sess_send(struct sess *s, struct proto_msg *m)
{
	uint8_t head[PROTO_HEAD_MAX];
	size_t len;

	m->sess = s->entry.id;
	len = proto_head(head, m);
	if (link_send(s->peer->link, (uint8_t)m->type,
		      (struct sv){(const char *)head, len},
		      m->body) == -ENOBUFS) {
		log_warn("speech", "a worker does not read: cut off");
		link_close(s->peer->link);
	}
}

static void sess_free(struct sess *s)
{
	table_del(&s->entry);
	s->ops->free(s);
}

/* ---- a worker ------------------------------------------------------------ */

static void say_hears(struct peer *p)
{
	const struct proto_msg m = {.type = PROTO_HEARS};
	uint8_t head[PROTO_HEAD_MAX];
	size_t len = proto_head(head, &m);

	link_send(p->link, PROTO_HEARS, (struct sv){(const char *)head, len},
		  p->server->engine.spanish ? SV("en es") : SV("en"));
}

static void openh(struct link *k, void *arg)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p) {
		link_close(k);
		return;
	}
	p->server = arg;
	p->link = k;
	table_init(&p->sessions);
	link_set_data(k, p);
	say_hears(p);
}

static void closedh(struct link *k, void *arg)
{
	struct peer *p = link_data(k);
	struct table_entry *t;

	(void)arg;
	if (!p)
		return;
	while ((t = table_any(&p->sessions)))
		sess_free(container_of(t, struct sess, entry));
	link_set_data(k, NULL);
	free(p);
}

static void refuse(struct link *k, uint32_t id, int err)
{
	const struct proto_msg m = {
		.type = PROTO_CLOSED, .sess = id, .err = err};
	uint8_t head[PROTO_HEAD_MAX];
	size_t len = proto_head(head, &m);

	link_send(k, PROTO_CLOSED, (struct sv){(const char *)head, len},
		  SV(""));
}

static void on_open(struct peer *p, const struct proto_msg *m)
{
	struct sess *s;
	int err;

	if (m->kind == SPEECH_STT || m->kind == SPEECH_VAD)
		err = stt_new(&s, p, m->kind == SPEECH_STT);
	else if (m->kind == SPEECH_TTS)
		err = tts_new(&s, p, m->body);
	else
		err = -ENOTSUP;
	if (err)
		refuse(p->link, m->sess, err);
	else
		table_add(&p->sessions, &s->entry, m->sess);
}

static void recvh(struct link *k, uint8_t type, struct sv in, void *arg)
{
	struct peer *p = link_data(k);
	struct table_entry *t;
	struct proto_msg m;
	struct sess *s;
	int err;

	(void)arg;
	if (!p)
		return;
	if (proto_parse(&m, type, in)) {
		log_error("speech", "bad message %u from a worker", type);
		link_close(k);
		return;
	}
	t = table_find(&p->sessions, m.sess);
	if (m.type == PROTO_OPEN) {
		if (!t)
			on_open(p, &m);
		return;
	}
	if (!t) /* it was refused or failed: the worker is about to know */
		return;
	s = container_of(t, struct sess, entry);
	if (m.type == PROTO_CLOSE) {
		sess_free(s);
		return;
	}
	err = s->ops->recv(s, &m);
	if (err) {
		log_error("speech", "session closed: %s", strerror(-err));
		refuse(k, m.sess, err);
		sess_free(s);
	}
}

/* ---- the process --------------------------------------------------------- */

static void empty(int fd)
{
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof(count));

	(void)n; /* nothing there: somebody was faster */
}

static void jobs_done(void *arg)
{
	struct server *v = arg;

	empty(v->done_fd);
	stt_jobs_done(v);
}

static void news(void *arg)
{
	struct server *v = arg;

	empty(v->news_fd);
	tts_news(v);
}

static void stop(void *arg)
{
	struct server *v = arg;

	loop_stop(v->loop);
}

static int decode_threads(const struct config *cfg)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cfg->speech.threads > 0)
		return cfg->speech.threads;
	return cores > 0 ? (int)cores : 1;
}

static int start(struct server *v, const struct config *cfg, int listen_fd)
{
	const struct link_handlers h = {
		.openh = openh, .recvh = recvh, .closedh = closedh, .arg = v};
	int err = engine_init(&v->engine, cfg);

	if (err)
		return err;
	v->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	v->news_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (v->done_fd < 0 || v->news_fd < 0)
		return -errno;
	err = loop_new(&v->loop);
	if (!err)
		err = pool_new(&v->pool, v->engine.moonshine,
			       decode_threads(cfg), v->done_fd);
	if (!err)
		err = talker_new(&v->talker, v->news_fd);
	if (!err)
		err = watch_new(&v->done_watch, v->loop, v->done_fd, jobs_done,
				v);
	if (!err)
		err = watch_new(&v->news_watch, v->loop, v->news_fd, news, v);
	if (!err)
		err = loop_on_signal(v->loop, SIGTERM, stop, v);
	if (!err)
		err = link_listen(&v->links, v->loop, listen_fd, &h);
	return err;
}

static void finish(struct server *v)
{
	link_server_free(v->links); /* its sessions go with it */
	talker_free(v->talker);
	pool_free(v->pool);
	watch_free(v->done_watch);
	watch_free(v->news_watch);
	loop_free(v->loop);
	if (v->done_fd >= 0)
		close(v->done_fd);
	if (v->news_fd >= 0)
		close(v->news_fd);
	engine_fini(&v->engine);
}

int speech_server_run(const struct config *cfg, int listen_fd,
		      int (*readyh)(struct loop *l))
{
	struct server v = {.done_fd = -1,
			   .news_fd = -1,
			   .partials = !cfg->speech.partials ||
				       strcmp(cfg->speech.partials, "false")};
	int err = start(&v, cfg, listen_fd);

	if (!err && readyh)
		err = readyh(v.loop);
	if (err)
		log_error("speech", "cannot start: %s", strerror(-err));
	else
		err = loop_run(v.loop);
	finish(&v);
	return err;
}
