/*
 * tts: one leg that is spoken to. Utterances are made in order, ahead of what
 * the worker granted, but never by more than a few seconds: the rest of a
 * long text waits as text.
 */
#include "speech/local/server.h"

#include <stdlib.h>

#include "frame.h"
#include "speech/local/talker.h"

enum {
	HOLD_N = 4 * TEL_RATE_HZ, /* made ahead: then no new sentence */
	PIECE_N = 800,		  /* of one message */
	VOICE_NAME_MAX = 32,
	UTTS_MAX = 64,
};

struct utt {
	struct list node;
	uint32_t id;
	struct talker_speech *speech;
	uint32_t sent_n;
};

struct tts {
	struct sess sess;
	char voice[VOICE_NAME_MAX];
	struct list utts;
	size_t nutts;
	uint64_t credit_n;
};

static struct tts *tts_of(struct sess *s)
{
	return container_of(s, struct tts, sess);
}

static void drop(struct tts *s, struct utt *u)
{
	list_del(&u->node);
	s->nutts--;
	talker_speech_free(u->speech);
	free(u);
}

/* Has the first sentence made that is missing, unless enough is held. */
static void make_more(struct tts *s)
{
	struct list *pos;
	size_t held = 0;
	bool made;

	LIST_FOREACH (pos, &s->utts) {
		struct utt *u = list_entry(pos, struct utt, node);

		held += talker_held(u->speech, &made);
		if (held >= HOLD_N)
			return;
		if (!made) {
			talker_continue(u->speech);
			return;
		}
	}
}

static void send_piece(struct tts *s, struct utt *u,
		       const struct talker_piece *p)
{
	uint8_t body[TALKER_WORDS_MAX * PROTO_WORD_LEN + PIECE_N];
	size_t at = 0;

	for (size_t i = 0; i < p->nwords; i++, at += PROTO_WORD_LEN)
		proto_put_word(body + at, &p->word[i]);
	if (p->n)
		memcpy(body + at, p->ulaw, p->n);
	sess_send(&s->sess,
		  &(struct proto_msg){.type = PROTO_VOICE,
				      .utt = u->id,
				      .at_n = u->sent_n,
				      .n = (uint32_t)p->nwords,
				      .last = p->last,
				      .err = p->err,
				      .body = {(const char *)body, at + p->n}});
	u->sent_n += (uint32_t)p->n;
	s->credit_n -= p->n;
}

static void pump(struct tts *s)
{
	struct talker_piece p;
	uint8_t audio[PIECE_N];

	while (!list_empty(&s->utts)) {
		struct utt *u = list_entry(s->utts.next, struct utt, node);

		if (!talker_take(u->speech, audio,
				 (size_t)MIN(s->credit_n, (uint64_t)PIECE_N),
				 &p))
			break;
		send_piece(s, u, &p);
		if (p.last)
			drop(s, u);
	}
	make_more(s);
}

void tts_news(struct server *v)
{
	struct tts *s;

	while ((s = talker_news(v->talker)))
		pump(s);
}

/* ---- messages ------------------------------------------------------------ */

static void refuse(struct tts *s, uint32_t id, int err)
{
	sess_send(&s->sess, &(struct proto_msg){.type = PROTO_VOICE,
						.utt = id,
						.last = 1,
						.err = err});
}

static void on_say(struct tts *s, const struct proto_msg *m)
{
	struct utt *u = s->nutts < UTTS_MAX ? calloc(1, sizeof(*u)) : NULL;

	if (!u || talker_speech_new(&u->speech, s->sess.peer->server->talker,
				    sv_str(s->voice), proto_part(m, 0),
				    proto_part(m, 1), s)) {
		refuse(s, m->utt, u ? -ENOMEM : -ENOBUFS);
		free(u);
		return;
	}
	u->id = m->utt;
	list_add(&s->utts, &u->node);
	s->nutts++;
	make_more(s);
}

static void on_cancel(struct tts *s, uint32_t id)
{
	struct list *pos, *tmp;

	LIST_FOREACH_SAFE (pos, tmp, &s->utts) {
		struct utt *u = list_entry(pos, struct utt, node);

		if (u->id <= id)
			drop(s, u);
	}
	pump(s);
}

static int tts_recv(struct sess *sess, const struct proto_msg *m)
{
	struct tts *s = tts_of(sess);

	switch (m->type) {
	case PROTO_SAY:
		on_say(s, m);
		return 0;
	case PROTO_GRANT:
		s->credit_n += m->n;
		pump(s);
		return 0;
	case PROTO_CANCEL:
		on_cancel(s, m->utt);
		return 0;
	default:
		return -EPROTO;
	}
}

static void tts_free(struct sess *sess)
{
	struct tts *s = tts_of(sess);
	struct list *pos, *tmp;

	LIST_FOREACH_SAFE (pos, tmp, &s->utts)
		drop(s, list_entry(pos, struct utt, node));
	free(s);
}

static const struct sess_ops tts_ops = {.recv = tts_recv, .free = tts_free};

int tts_new(struct sess **out, struct peer *p, struct sv voice)
{
	struct tts *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	sv_copy(s->voice, sizeof(s->voice), voice);
	list_init(&s->utts);
	s->sess.peer = p;
	s->sess.ops = &tts_ops;
	*out = &s->sess;
	return 0;
}
