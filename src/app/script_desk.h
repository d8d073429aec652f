/*
 * script_desk: a desk for trying scripts in the terminal. It answers the
 * tools from a calendar in memory; nothing leaves the program.
 */
#ifndef APP_SCRIPT_DESK_H
#define APP_SCRIPT_DESK_H

#include <jansson.h>

#include "base/base.h"

struct script_desk;

/** context: lent for the desk's life. 0 or -ENOMEM. */
int script_desk_new(struct script_desk **out, json_t *context);
struct script_desk *script_desk_free(struct script_desk *d);

/**
 * What tool name answers at local time day, minute: a new object, as the
 * real desk's. NULL only when memory is short.
 */
json_t *script_desk_answer(struct script_desk *d, struct sv name, json_t *args,
			   int day, int minute);

#endif
