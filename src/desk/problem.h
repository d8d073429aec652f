/*
 * problem: how the dashboard's HTTP side says that something is wrong
 * (RFC 9457, application/problem+json), and what SQL's errors are in HTTP.
 */
#ifndef DESK_PROBLEM_H
#define DESK_PROBLEM_H

#include "io/pg.h"
#include "io/web.h"

/** Headers of every answer that is not a file: private, never stored. */
#define API_HEADERS                                                            \
	"Cache-Control: no-store\r\n"                                          \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"Referrer-Policy: no-referrer\r\n"

/** Ends r. detail: a sentence for a person, or NULL. As web_reply(). */
int problem_reply(struct web_req *r, int status, const char *detail);

/** The same with more header lines; NULL: none. */
int problem_reply_with(struct web_req *r, int status, struct sv detail,
		       const char *headers);

/**
 * HTTP status for a result with err != 0: by the class of its SQLSTATE, 503
 * when the database did not answer.
 */
int problem_status(const struct pg_result *res);

/** Ends r with what res says; internals are logged, not told. */
int problem_reply_sql(struct web_req *r, const struct pg_result *res,
		      const char *what);

#endif
