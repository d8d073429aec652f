/* origin: does a request come from our own page? */
#ifndef DESK_ORIGIN_H
#define DESK_ORIGIN_H

#include "io/web.h"

/**
 * True without an Origin header (no page sent it), when it is the one of
 * public_url (may be NULL), or of the host that was asked.
 */
bool origin_is_ours(const struct web_req *r, const char *public_url);

/** The same of an origin alone: "https://desk.example.com". */
bool origin_fits(struct sv origin, struct sv host, const char *public_url);

#endif
