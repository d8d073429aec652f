/*
 * api_op: a request on its way through session and database; what api.c and
 * sign_in.c share.
 */
#ifndef DESK_API_OP_H
#define DESK_API_OP_H

#include "base/list.h"
#include "desk/api.h"
#include "desk/routes.h"

struct op {
	struct list node;
	struct api *a;	   /* NULL: api_free() ran */
	struct web_req *r; /* NULL: answered, or the peer is gone */
	const struct route *route;
	void *req; /* json_t: {id}, query and body */
	struct cred cred;
	char business[UUID_LEN + 1]; /* whose rows it changes */
};

struct api {
	struct api_prm prm;
	struct list ops;
	struct buf openapi;
};

void op_free(struct op *op);
/** Takes the request out of op: who calls this answers it. */
struct web_req *op_take(struct op *op);
/** Answers and frees op; detail as problem_reply(). */
void op_problem(struct op *op, int status, const char *detail);
/** pg_call(); answers and frees op when that fails. */
void op_call(struct op *op, const char *sql, int n, const char *const *params,
	     pg_h *h);
/** A member of the body, or NULL. */
const char *op_text(const struct op *op, const char *name);

/* sign_in.c: each answers and frees op, at once or later. */
void sign_in_link(struct op *op);
void sign_in_token(struct op *op);
void sign_in_refresh(struct op *op);
void sign_in_out(struct op *op);

#endif
