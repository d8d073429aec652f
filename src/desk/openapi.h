/*
 * openapi: the route table as an OpenAPI 3.1 description.
 */
#ifndef DESK_OPENAPI_H
#define DESK_OPENAPI_H

#include "base/buf.h"

/** Appends the JSON text; out->err tells. */
void openapi_print(struct buf *out);

#endif
