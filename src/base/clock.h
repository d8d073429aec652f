/*
 * clock: the time, for io and above. Pure layers get it handed in.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/** Monotonic microseconds: for deadlines and durations. */
int64_t clock_mono_us(void);
/** Microseconds since 1970 UTC: for what people read. */
int64_t clock_wall_us(void);
/** Fills p with n random bytes of the system; ends the process if it cannot. */
void clock_random(void *p, unsigned n);

#endif
