#include "desk/origin.h"

bool origin_fits(struct sv origin, struct sv host, const char *public_url)
{
	size_t skip = sv_starts(origin, "https://")  ? 8
		      : sv_starts(origin, "http://") ? 7
						     : 0;

	if (public_url && sv_eq(origin, public_url))
		return true;
	return skip && host.len &&
	       sv_same((struct sv){origin.p + skip, origin.len - skip}, host);
}

bool origin_is_ours(const struct web_req *r, const char *public_url)
{
	struct sv origin = web_req_header(r, "origin");

	return !origin.len ||
	       origin_fits(origin, web_req_header(r, "host"), public_url);
}
