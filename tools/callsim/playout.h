/*
 * playout: what a carrier does with the audio that a server sends it. One
 * queue in arrival order, played at 8 kHz in steps of 20 ms; marks come back
 * once the audio before them was played, at once when nothing is queued; a
 * clear drops what is queued and gives every outstanding mark back.
 *
 * Pure: the caller ticks it every 20 ms and sends the marks that it names.
 */
#ifndef CALLSIM_PLAYOUT_H
#define CALLSIM_PLAYOUT_H

#include "frame.h"

#define PLAYOUT_MAX_N ((size_t)600 * TEL_RATE_HZ) /* 10 minutes */

struct playout;

/** A mark is back: everything before it was played, or cleared. Lends name. */
typedef void playout_mark_h(const char *name, bool cleared, void *arg);

/** residual_n: audio that a clear lets pass, in samples. 0 or -ENOMEM. */
int playout_new(struct playout **out, size_t residual_n, playout_mark_h *h,
		void *arg);
struct playout *playout_free(struct playout *p);

/** Queues μ-law. -ENOBUFS: ten minutes are queued, the rest is dropped. */
int playout_put(struct playout *p, const uint8_t *data, size_t n);
/** May call the handler at once. 0 or -ENOMEM. */
int playout_mark(struct playout *p, struct sv name);
/** Returns the samples that were dropped. */
size_t playout_clear(struct playout *p);

/**
 * The next 20 ms: gives marks back that are due, then fills out with what is
 * queued and the rest with silence. Returns the samples that came from the
 * queue.
 */
size_t playout_tick(struct playout *p, uint8_t out[TEL_FRAME_N]);

size_t playout_queued(const struct playout *p);
size_t playout_marks(const struct playout *p);

#endif
