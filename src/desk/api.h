/*
 * api: the dashboard's API. The table of routes (routes.h) says who may ask
 * what; who asks is found by session first, then SQL answers, and its answer
 * goes out as it is.
 */
#ifndef DESK_API_H
#define DESK_API_H

#include "desk/session.h"
#include "desk/sse.h"
#include "io/web.h"

struct api;

struct api_prm {
	struct loop *loop;
	const char *recordings; /* the folder of their files; lent */
	struct pg *pg;
	struct sessions *sessions;
	struct sse *sse;
	struct sv token_secret;	 /* signs access tokens; lent */
	struct sv stream_secret; /* signs tokens of streams; lent */
	int stream_token_s;	 /* … and how long they are good */
	const char *public_url;	 /* of the page, without a slash; lent */
	bool proxied;		 /* a proxy of ours says who asks */
	bool secure;		 /* people open the page by https only */
	/* Something of a business was changed. May be NULL. */
	void (*changedh)(struct sv business, void *arg);
	void *arg;
};

int api_new(struct api **out, const struct api_prm *prm);
/** Requests under way get 503; their answers are dropped when they come. */
struct api *api_free(struct api *a);

/** True when path is the API's: then api_request() answers it. */
bool api_is_path(struct sv path);
void api_request(struct api *a, struct web_req *r);

#endif
