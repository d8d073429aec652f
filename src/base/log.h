/*
 * log: one line per event, for people or as JSON. Secrets and phone numbers
 * never reach it: pass numbers through log_phone(). Used by io and above;
 * pure layers return errors instead.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/base.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR
};

/** role: "media0", "desk" …; lent for good. */
void log_init(enum log_level min, bool json, const char *role);
/** "debug", "info", "warn", "error": 0 or -EINVAL. */
int log_level_parse(enum log_level *out, struct sv name);

/**
 * area: the module's word ("pg", "call"); call: the call's id, NULL or "".
 * Control characters in the text become blanks; what looks like a telephone
 * number is masked, whoever wrote it.
 */
void log_line(enum log_level lvl, const char *area, const char *call,
	      const char *fmt, ...) PRINTF_LIKE(4, 5);

#define log_debug(area, ...) log_line(LOG_LEVEL_DEBUG, area, NULL, __VA_ARGS__)
#define log_info(area, ...) log_line(LOG_LEVEL_INFO, area, NULL, __VA_ARGS__)
#define log_warn(area, ...) log_line(LOG_LEVEL_WARN, area, NULL, __VA_ARGS__)
#define log_error(area, ...) log_line(LOG_LEVEL_ERROR, area, NULL, __VA_ARGS__)

struct log_phone {
	char s[24];
};

/** "+14155550100" -> "+1******0100": fit for a log line. */
struct log_phone log_phone(struct sv number);

/** Masks each run of seven digits or more in s, in place: others' error texts
 * quote numbers. */
void log_mask_digits(char *s);

#endif
