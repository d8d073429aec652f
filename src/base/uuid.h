/*
 * uuid: UUID version 7 (RFC 9562 5.7): sorts by the time it was made.
 */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/base.h"

#define UUID_LEN 36

struct uuid {
	char s[UUID_LEN + 1]; /* lower case text */
};

/** Time and chance are handed in: ms since 1970, ten random bytes. */
struct uuid uuid_v7(int64_t wall_ms, const uint8_t random[10]);
/** True when s is 8-4-4-4-12 hexadecimal digits. */
bool uuid_valid(struct sv s);

#endif
