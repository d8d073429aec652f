/*
 * local: the worker's side. A session is a number on a link to the speech
 * process. When the link is lost every session dies with -ECONNRESET; the
 * call opens new ones once the link is up again. There are two links, so that
 * what is to be said never waits behind what is to be heard.
 */
#include "speech/local.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "io/link.h"
#include "speech/local/proto.h"
#include "speech/local/readout.h"
#include "speech/local/table.h"

enum { WORDS_MAX = 256 };

enum { HEARS, SAYS, LINKS };

struct way {
	struct speech_env *env;
	struct link_client *client;
	struct link *link;     /* NULL while down */
	struct table sessions; /* alive */
};

struct speech_env {
	struct loop *loop;
	struct way way[LINKS];
	struct timer *reaper;
	struct list dying; /* wait for their closedh */
	char hears[16];	   /* as the speech process says */
	uint32_t last_id;
	loop_h *uph;
	void *arg;
};

struct speech_sess {
	struct table_entry entry; /* in the way's table, or in dying */
	struct speech_env *env;
	struct way *way;
	struct speech_handlers h;
	unsigned caps;
	char lang[8];
	bool alive;
	int err;	    /* for closedh */
	uint32_t cancelled; /* utterances up to this are dropped */
};

static int send_msg(struct speech_sess *s, struct proto_msg *m)
{
	uint8_t head[PROTO_HEAD_MAX];
	size_t len;

	if (!s->alive)
		return -ENOTCONN;
	m->sess = s->entry.id;
	len = proto_head(head, m);
	return link_send(s->way->link, (uint8_t)m->type,
			 (struct sv){(const char *)head, len}, m->body);
}

/* ---- dying: closedh comes in a later turn, never from inside a call ---- */

static void reap(void *arg)
{
	struct speech_env *e = arg;

	while (!list_empty(&e->dying)) {
		struct table_entry *t =
			list_entry(e->dying.next, struct table_entry, node);
		struct speech_sess *s =
			container_of(t, struct speech_sess, entry);

		list_del(&t->node);
		if (s->h.closedh)
			s->h.closedh(s->err, s->h.arg);
		free(s);
	}
}

static void die(struct speech_sess *s, int err)
{
	if (!s->alive)
		return;
	s->alive = false;
	s->err = err;
	table_del(&s->entry);
	list_add(&s->env->dying, &s->entry.node);
	timer_at(s->env->reaper, 0);
}

static void die_all(struct way *w, int err)
{
	struct table_entry *t;

	while ((t = table_any(&w->sessions)))
		die(container_of(t, struct speech_sess, entry), err);
}

/* ---- what the speech process says --------------------------------------- */

static void on_voice(struct speech_sess *s, const struct proto_msg *m)
{
	const uint8_t *p = (const uint8_t *)m->body.p;
	struct speech_word words[WORDS_MAX];
	size_t nwords = MIN(m->n, (size_t)WORDS_MAX);
	size_t skip = (size_t)m->n * PROTO_WORD_LEN;
	struct frame f = {.data = p + skip,
			  .len = m->body.len - skip,
			  .at_n = m->at_n,
			  .n = (uint32_t)(m->body.len - skip),
			  .codec = CODEC_ULAW};

	if (m->utt <= s->cancelled) {
		/* It was on its way: the caller never sees these samples, so
		 * they must not count against what it granted. */
		send_msg(s, &(struct proto_msg){.type = PROTO_GRANT, .n = f.n});
		return;
	}
	for (size_t i = 0; i < nwords; i++)
		proto_get_word(&words[i], p + i * PROTO_WORD_LEN);
	if (s->h.audioh)
		s->h.audioh(m->utt, &f, words, nwords, m->last, m->err,
			    s->h.arg);
}

static void on_text(struct speech_sess *s, const struct proto_msg *m)
{
	const struct speech_text t = {
		.start_n = m->at_n,
		.end_n = m->end_n,
		.text = proto_part(m, 0),
		.alts = proto_part(m, 1),
		.lang = proto_part(m, 2),
		.source = (enum speech_source)m->kind,
		.final = m->last,
		.score = m->score,
	};

	if (s->h.texth)
		s->h.texth(&t, s->h.arg);
}

static void recvh(struct link *k, uint8_t type, struct sv in, void *arg)
{
	struct way *w = arg;
	struct speech_env *e = w->env;
	struct table_entry *t;
	struct speech_sess *s;
	struct proto_msg m;

	if (proto_parse(&m, type, in)) {
		log_error("speech", "bad message %u from the speech process",
			  type);
		link_close(k);
		return;
	}
	if (m.type == PROTO_HEARS) {
		(void)sv_copy(e->hears, sizeof(e->hears), m.body);
		return;
	}
	t = table_find(&w->sessions, m.sess);
	if (!t) /* closed here, not known there yet */
		return;
	s = container_of(t, struct speech_sess, entry);
	switch (m.type) {
	case PROTO_VAD:
		if (s->h.vadh)
			s->h.vadh((enum speech_vad)m.kind, m.at_n, s->h.arg);
		break;
	case PROTO_TEXT:
		on_text(s, &m);
		break;
	case PROTO_VOICE:
		on_voice(s, &m);
		break;
	case PROTO_CLOSED:
		die(s, m.err);
		break;
	default:
		break;
	}
}

static void openh(struct link *k, void *arg)
{
	struct way *w = arg;
	struct speech_env *e = w->env;

	w->link = k;
	if (e->uph && e->way[HEARS].link && e->way[SAYS].link)
		e->uph(e->arg);
}

static void closedh(struct link *k, void *arg)
{
	struct way *w = arg;

	(void)k;
	w->link = NULL;
	die_all(w, -ECONNRESET);
}

static int connect_ways(struct speech_env *e, const char *path)
{
	int err = 0;

	for (size_t i = 0; !err && i < LINKS; i++) {
		struct way *w = &e->way[i];

		err = link_connect(&w->client, e->loop, path,
				   &(struct link_handlers){.openh = openh,
							   .recvh = recvh,
							   .closedh = closedh,
							   .arg = w});
	}
	return err;
}

int speech_env_new(struct speech_env **out, struct loop *l, const char *path,
		   loop_h *uph, void *arg)
{
	struct speech_env *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->loop = l;
	e->uph = uph;
	e->arg = arg;
	(void)sv_copy(e->hears, sizeof(e->hears), SV("en"));
	list_init(&e->dying);
	for (size_t i = 0; i < LINKS; i++) {
		e->way[i].env = e;
		table_init(&e->way[i].sessions);
	}
	err = timer_new(&e->reaper, l, reap, e);
	if (!err)
		err = connect_ways(e, path);
	if (err) {
		speech_env_free(e);
		return err;
	}
	*out = e;
	return 0;
}

struct speech_env *speech_env_free(struct speech_env *e)
{
	if (!e)
		return NULL;
	for (size_t i = 0; i < LINKS; i++) {
		link_client_free(e->way[i].client);
		e->way[i].link = NULL;
		die_all(&e->way[i], -ECANCELED);
	}
	reap(e);
	timer_free(e->reaper);
	free(e);
	return NULL;
}

/* ---- what the call asks ------------------------------------------------- */

/*
 * What cannot be read is still heard: the caller may change to a language
 * that can, and must be answered in any case.
 */
static bool lang_known(const char *lang)
{
	return !lang || !strncmp(lang, "en", 2) || !strncmp(lang, "es", 2);
}

static struct sv lang_of(const struct speech_sess *s, struct sv lang)
{
	return lang.len ? lang : sv_str(s->lang);
}

static int local_open(struct speech_sess **out, struct speech_env *env,
		      const struct speech_prm *prm,
		      const struct speech_handlers *h)
{
	struct way *w = &env->way[prm->caps == SPEECH_TTS ? SAYS : HEARS];
	struct speech_sess *s;
	int err;

	if ((prm->caps != SPEECH_STT && prm->caps != SPEECH_TTS &&
	     prm->caps != SPEECH_VAD) ||
	    !lang_known(prm->lang))
		return -ENOTSUP;
	if (!w->link)
		return -EAGAIN;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->env = env;
	s->way = w;
	s->h = *h;
	s->caps = prm->caps;
	(void)sv_copy(s->lang, sizeof(s->lang), sv_str(prm->lang));
	s->alive = true;
	table_add(&w->sessions, &s->entry, ++env->last_id);
	err = send_msg(s, &(struct proto_msg){.type = PROTO_OPEN,
					      .kind = prm->caps,
					      .body = sv_str(prm->voice)});
	if (err) {
		table_del(&s->entry);
		free(s);
		return -EAGAIN;
	}
	*out = s;
	return 0;
}

static int local_send_audio(struct speech_sess *s, const struct frame *f)
{
	return send_msg(s, &(struct proto_msg){
				   .type = PROTO_AUDIO,
				   .at_n = f->at_n,
				   .body = {(const char *)f->data, f->len}});
}

static void local_expect(struct speech_sess *s, const struct speech_expect *e)
{
	struct proto_msg m = {
		.type = PROTO_EXPECT,
		.n = (uint32_t)MAX(e->hangover_ms, 0),
		.early = (uint32_t)MAX(e->early_ms, 0),
		.len = {(uint32_t)e->phrases.len, (uint32_t)e->words.len,
			(uint32_t)e->bias.len},
	};
	struct buf lists;

	buf_init(&lists, LINK_MSG_MAX / 2);
	buf_sv(&lists, e->phrases);
	buf_sv(&lists, e->words);
	buf_sv(&lists, e->bias);
	buf_sv(&lists, lang_of(s, e->lang));
	m.body = buf_get(&lists);
	if (lists.err || send_msg(s, &m))
		log_warn("speech", "the expected phrases were not sent");
	buf_fini(&lists);
}

static int local_say(struct speech_sess *s, uint32_t utt, struct sv text,
		     struct sv lang)
{
	struct proto_msg m = {.type = PROTO_SAY, .utt = utt};
	struct buf b;
	int err;

	if (text.len > READOUT_MAX)
		return -EMSGSIZE;
	lang = lang_of(s, lang);
	m.len[0] = (uint32_t)lang.len;
	buf_init(&b, LINK_MSG_MAX / 2);
	buf_sv(&b, lang);
	buf_sv(&b, text);
	m.body = buf_get(&b);
	err = b.err ? b.err : send_msg(s, &m);
	buf_fini(&b);
	return err;
}

static void local_grant(struct speech_sess *s, uint32_t n)
{
	if (n)
		send_msg(s, &(struct proto_msg){.type = PROTO_GRANT, .n = n});
}

static void local_cancel(struct speech_sess *s, uint32_t utt)
{
	s->cancelled = MAX(s->cancelled, utt);
	send_msg(s, &(struct proto_msg){.type = PROTO_CANCEL, .utt = utt});
}

static void local_close(struct speech_sess *s)
{
	send_msg(s, &(struct proto_msg){.type = PROTO_CLOSE});
	die(s, 0);
}

static int local_start(struct speech_env **out, const struct speech_host *host)
{
	return speech_env_new(out, host->loop, host->local_path, NULL, NULL);
}

static void local_stop(struct speech_env *env)
{
	speech_env_free(env);
}

static const char *local_hears(struct speech_env *env)
{
	return env->hears;
}

const struct speech speech_local = {
	.name = "local",
	.caps = SPEECH_STT | SPEECH_TTS | SPEECH_VAD,
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.start = local_start,
	.stop = local_stop,
	.hears = local_hears,
	.open = local_open,
	.send_audio = local_send_audio,
	.expect = local_expect,
	.say = local_say,
	.grant = local_grant,
	.cancel = local_cancel,
	.close = local_close,
};
