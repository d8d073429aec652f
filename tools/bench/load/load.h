/*
 * load: calls with real pacing from a process of its own, and the provider
 * behind them. Both ends of a frame are here, so that its way up and its way
 * down are measured by one clock.
 *
 *   caller.c ── media, every 20 ms ──> what is measured ──> provider.c
 *            <── our speech ────────────────────────────── echo
 *
 * Each frame of 160 μ-law bytes begins with its stamp: 16 bytes with the high
 * nibble F, whose low nibbles are call and number, inverted. As sound that is
 * a still line: no detector takes it for speech. Callers from a page (page.c) send
 * Opus, which bears no stamp: packets.h has how their frames are known.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "base/buf.h"
#include "hist.h"
#include "io/loop.h"
#include "io/tcp.h"
#include "packets.h"
#include "proto/ws.h"

enum { FRAME_N = 160, FRAME_US = 20000, STAMP_LEN = 16, SENT_KEPT = 256 };
/* What the gateway keeps at the carrier by default. */
enum { AHEAD_FRAMES = 6 };

struct caller {
	struct load *l;
	struct tcp *tcp;
	struct ws_in in;
	char path[128], sig[64], token[320], sid[48]; /* of the gateway */
	bool upgraded, begun, stopped, echoed, reached;
	bool heard;	 /* of a page: a provider's session is known as its */
	struct buf head; /* of the answer to the upgrade */
	uint32_t index, seq;
	int64_t due_us, asked_us; /* the next frame; when we asked to upgrade */
	int64_t sent_us[SENT_KEPT], seen_us[SENT_KEPT];
	uint32_t back;	 /* highest that came back, and one */
	int64_t play_us; /* until then our speech lasts */
	unsigned spurt;	 /* frames of it without a break */
};

struct load {
	struct loop *loop;
	struct timer *tick;
	struct tcp_tls *tls_client, *tls_server;
	int port;		 /* of what is measured */
	const char *host;	 /* Host header, SNI */
	bool gateway;		 /* else a relay that passes bytes */
	struct packets *packets; /* calls come from a page; or NULL */
	struct caller *calls;
	unsigned ncalls, opened, upgraded, lost, opening, echoing;
	bool wait_echo; /* measure only once each call has its echo */
	unsigned rate;	/* calls opened a second */
	int64_t start_us, from_us, until_us; /* measured between */
	bool measuring;
	struct hist up, down, round, late;
	struct hist setup; /* upgrade asked to first audio at the provider */
	uint64_t sent, arrived, returned, again, missing;
	uint64_t strange; /* frames of a page that are not those due */
	uint64_t other;	  /* audio of ours that is no echo … */
	uint64_t gaps;	  /* … and how often it was not there in time */
	struct hist pace; /* … later than its place in the send-ahead */
};

/* ---- caller.c ---- */
void caller_open(struct caller *c);
void caller_frame(struct caller *c, int64_t now_us);
/** Hangs up. */
void caller_stop(struct caller *c);
/** One message. 0 or -errno. */
int caller_send(struct caller *c, enum ws_op op, struct sv msg);
/** 20 ms of the assistant's own words came. */
void caller_speech(struct caller *c, int64_t now_us);

/* ---- page.c ---- */
void page_start(struct caller *c);
/** Its next packet. 0 or -errno. */
int page_frame(struct caller *c);
void page_stop(struct caller *c);
void page_take(struct caller *c, struct sv msg, int64_t now_us);
/** Where in the ring of packets it begins: each at another place. */
uint32_t page_place(const struct caller *c);
/**
 * Who begins there, once; NULL: nobody, or he was asked for before. A stream
 * that a provider hears only from its middle on begins at nobody's place, or
 * at that of one who is known already.
 */
struct caller *page_caller(struct load *l, uint32_t place);

/* ---- provider.c ---- */
/** Listens on 127.0.0.1:port. 0 or -errno. */
int provider_listen(struct load *l, int port);

/* ---- stamps ---- */
static inline void stamp_put(uint8_t at[STAMP_LEN], uint32_t call, uint32_t seq)
{
	for (int i = 0; i < 8; i++) {
		at[i] = (uint8_t)(0xff ^ (call >> (28 - 4 * i) & 15));
		at[8 + i] = (uint8_t)(0xff ^ (seq >> (28 - 4 * i) & 15));
	}
}

/** False: no stamp of ours. */
static inline bool stamp_get(const uint8_t at[STAMP_LEN], uint32_t *call,
			     uint32_t *seq)
{
	*call = *seq = 0;
	for (int i = 0; i < 8; i++) {
		if ((at[i] & 0xf0) != 0xf0 || (at[8 + i] & 0xf0) != 0xf0)
			return false;
		*call = *call << 4 | (~at[i] & 15);
		*seq = *seq << 4 | (~at[8 + i] & 15);
	}
	return true;
}

/** The caller of a stamp that was sent lately; NULL: none of ours. */
struct caller *load_caller(struct load *l, uint32_t call, uint32_t seq);
/** The first audio of a caller has reached the provider; later ones: nothing. */
void load_reached(struct caller *c, int64_t now_us);
/** A frame has reached the provider. */
void load_arrived(struct load *l, uint32_t call, uint32_t seq, int64_t now_us);

#endif
