/*
 * stream: a bidirectional media stream of a call: the carrier's side of the
 * WebSocket. Caller's audio goes out in real time, the server's is queued and
 * played; ends when the server closes, or the call goes elsewhere.
 */
#ifndef CALLSIM_STREAM_H
#define CALLSIM_STREAM_H

#include "call.h"

struct stream;

/**
 * Dials the <Stream>; sets c->stream. 0, or -errno after the reason was
 * reported: then the next verb is due.
 */
int stream_begin(struct call *c, const struct doc *d);
bool stream_is_open(const struct stream *st);
/** The next 20 ms of the server's audio; returns its samples. */
size_t stream_play(struct stream *st, uint8_t out[TEL_FRAME_N]);
void stream_send(struct stream *st, const int16_t near[TEL_FRAME_N]);
void stream_digit(struct stream *st, char digit);
/** The carrier ends it: stop message, then close. Clears c->stream. */
void stream_end(struct call *c);

#endif
