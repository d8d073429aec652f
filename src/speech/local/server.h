/*
 * server: what the parts of the speech process share. The loop's thread does
 * sockets and Silero; decoding and the voice have threads of their own.
 *
 *   link ─ AUDIO ─> stt ── ear ── utterance ──> pool ─ done ─> stt ─ TEXT ─>
 *   link ─ SAY ───> tts ───── sentence ──────> talker ─ audio ─> tts ─ VOICE ─>
 */
#ifndef SPEECH_LOCAL_SERVER_H
#define SPEECH_LOCAL_SERVER_H

#include "io/link.h"
#include "speech/local/engine.h"
#include "speech/local/pool.h"
#include "speech/local/proto.h"
#include "speech/local/table.h"

struct talker;

struct server {
	struct engine engine;
	struct loop *loop;
	struct link_server *links;
	struct pool *pool;
	struct talker *talker;
	bool partials;	      /* what is being said is told while it is */
	int done_fd, news_fd; /* eventfds: jobs done, audio made */
	struct watch *done_watch, *news_watch;
};

/* One worker's connection. */
struct peer {
	struct server *server;
	struct link *link;
	struct table sessions;
};

/* One session: a leg that is heard, or one that is spoken to. */
struct sess {
	struct table_entry entry;
	struct peer *peer;
	const struct sess_ops *ops;
};

struct sess_ops {
	/** A message for this session. 0, or -errno: it is closed. */
	int (*recv)(struct sess *s, const struct proto_msg *m);
	void (*free)(struct sess *s);
};

/**
 * Sends m for s. A worker that does not read for 4 MiB is cut off: its
 * sessions go when the link's closedh comes.
 */
void sess_send(struct sess *s, struct proto_msg *m);

/** reads: texts, too; else it only tells who talks when. */
int stt_new(struct sess **out, struct peer *p, bool reads);
/** Takes what the pool has done. */
void stt_jobs_done(struct server *v);

int tts_new(struct sess **out, struct peer *p, struct sv voice);
/** Passes on what the talker has made. */
void tts_news(struct server *v);

/** The thread that speaks. 0 or -errno. */
int talker_new(struct talker **out, int notify_fd);
struct talker *talker_free(struct talker *t);

#endif
