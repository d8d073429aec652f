/*
 * range: which bytes of a file a request wants (RFC 9110, 14.1 and 13.1.5).
 */
#ifndef PROTO_RANGE_H
#define PROTO_RANGE_H

#include "base/base.h"

struct range {
	int64_t from, len;
};

/**
 * What of size bytes header (the value of Range) asks for. 0: out holds it;
 * -ENOENT: all of it (no Range, one that we do not know or that is not well
 * formed, or several at once, which a server may ignore); -ERANGE: nothing of
 * it is there (416).
 */
int range_parse(struct range *out, struct sv header, int64_t size);

/** Does If-Range allow a part? etag: ours, with its quotes, a strong one. */
bool range_is_current(struct sv if_range, const char *etag);

#endif
