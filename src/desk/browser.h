/*
 * browser: calls from the page, to talk to the assistant without a telephone.
 *
 *   POST /api/v1/browser-call ─> api.browser_call ─> path and token     desk
 *   WebSocket of that path ─> origin ─> given away by voice.sock        desk
 *   voice.sock ─> media_accept() ─> a call as any other                media
 *
 * The page's socket comes to the dashboard's listener, where the page came
 * from, so one address (and one proxy) is enough; but the desk gives the
 * connection to a media worker and sees nothing of the call.
 */
#ifndef DESK_BROWSER_H
#define DESK_BROWSER_H

#include "base/buf.h"
#include "config.h"
#include "io/web.h"

struct media;

/* In node.runtime_dir: the media workers wait there for connections. */
#define BROWSER_SOCKET "voice.sock"

/**
 * Appends what the page gets for a call that api.browser_call made (row: its
 * JSON). 0 or -errno.
 */
int browser_answer(struct buf *out, struct sv row, struct sv stream_secret,
		   int life_s);

/**
 * The page asks for the call's socket; for an upgradeh to return.
 * public_url: of the page, as people open it.
 */
int browser_upgrade(struct web_req *r, const struct config *cfg,
		    const char *public_url);

/** Takes the connections that desks give, from fd. 0 or -errno. */
int browser_listen(struct web_listener **out, struct web *w, struct media *m,
		   int fd);

#endif
