/*
 * api: the table of the dashboard's routes. Each is a method, a path, a
 * function in SQL, the least role and the parameters; who asks is found by
 * session first. SQL's answer goes out as it is.
 */
#ifndef DESK_API_H
#define DESK_API_H

#include "desk/session.h"
#include "desk/sse.h"
#include "io/web.h"

struct api;

struct api_prm {
	struct pg *pg;
	struct sessions *sessions;
	struct sse *sse;
};

int api_new(struct api **out, const struct api_prm *prm);
/** Requests under way get 503; their answers are dropped when they come. */
struct api *api_free(struct api *a);

/** True when path is the API's: then api_request() answers it. */
bool api_is_path(struct sv path);
void api_request(struct api *a, struct web_req *r);

#endif
