/*
 * js: finds one value in a JSON object without a tree and without heap. For
 * media messages, which come 50 times a second per call; everything else
 * uses jansson. A result is a slice of the input.
 */
#ifndef BASE_JS_H
#define BASE_JS_H

#include "base/base.h"

/**
 * Looks up key among the members of the object in. A string's slice is what
 * stands between the quotes, escapes untouched; objects, arrays, numbers and
 * words are given whole. 0, -ENOENT not there, -EBADMSG not JSON as far as it
 * had to be read (nesting up to 16). The first of equal keys counts; keys
 * written with escapes are not matched.
 */
int js_get(struct sv in, const char *key, struct sv *out);

/** True when the slice that js_get() gave holds an escape (\). */
bool js_escaped(struct sv s);

#endif
