/*
 * url: takes URLs apart and writes their parts. Nothing is looked up.
 */
#ifndef PROTO_URL_H
#define PROTO_URL_H

#include "base/buf.h"

/* Slices of the text; empty when absent. */
struct url {
	struct sv scheme;
	struct sv user; /* "name" or "name:password" */
	struct sv host; /* [::1] keeps its brackets */
	struct sv port;
	struct sv path;	 /* from the first / to ? or the end */
	struct sv query; /* with its ? */
};

/**
 * Splits "scheme://[user@]host[:port][/path][?query]"; a fragment is left
 * out. 0, -EINVAL not such a URL.
 */
int url_split(struct url *u, struct sv text);

/** Appends s with everything but letters, digits and -._~ as %XX. */
void url_escape(struct buf *out, struct sv s);

/** Appends s with %XX as bytes (plus: + as a blank). 0, -EBADMSG. */
int url_unescape(struct buf *out, struct sv s, bool plus);

/**
 * Splits "host:port", "[v6]:port". 0, -EINVAL (port 0 to 65535; 0 means
 * any free one).
 */
int url_host_port(struct sv text, struct sv *host, int *port);

/** True for localhost, 127.0.0.0/8 and ::1, with or without brackets. */
bool url_is_loopback(struct sv host);

#endif
