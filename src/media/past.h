/*
 * past: what was said and done in a call so far, as text, for a model that
 * takes over in the middle of it. Newest PAST_MAX things; what the caller did
 * not hear of us is not in it. Pure.
 */
#ifndef MEDIA_PAST_H
#define MEDIA_PAST_H

#include "base/base.h"

enum { PAST_MAX = 24, PAST_TEXT = 800 };

struct past;

/** role: "assistant", "user" or "system"; lent. */
typedef void past_h(const char *role, struct sv text, void *arg);

/** 0 or -ENOMEM. */
int past_new(struct past **out);
/** NULL is fine; returns NULL. */
struct past *past_free(struct past *p);

/**
 * A segment of the transcript, or with a known seq its new text; longer ones
 * are cut. True: it is new.
 */
bool past_said(struct past *p, const char *role, uint32_t seq, struct sv text);
/** A function was called … */
void past_call(struct past *p, uint32_t ref, struct sv name, struct sv args);
/** … and answered; unknown ones are not kept. The text, for who is there
 * already; empty: none. */
struct sv past_result(struct past *p, uint32_t ref, struct sv json);

/** All of it, in the order in which it came. */
void past_each(const struct past *p, past_h *h, void *arg);

#endif
