/*
 * check: the parts of "nightbell check". Each prints one line per thing that
 * serving needs, with what to do when it is not in order.
 */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "config.h"

enum check_level { CHECK_GOOD, CHECK_WARN, CHECK_FAIL };

/** One line; what: at most 12 characters. No value of a secret in text. */
void check_say(enum check_level level, const char *what, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/** The folder of what must outlive a restart: rights, room on the disk. */
void check_state(const struct config *cfg);
/** This machine's clock: kept in time, the same as the database's? */
void check_clock(const struct config *cfg);
/** Can the carrier reach what we tell it, and people the page? */
void check_public_url(const struct config *cfg);
/** Each login of the database and what it needs there. */
void check_database(const struct config *cfg);
/** The carrier's REST API with the account's credentials. */
void check_carrier(const struct config *cfg);
/** The recogniser of the cloud, when there is one: the key, the model. */
void check_speech(const struct config *cfg);
/** The model that talks with callers, when it has a key. */
void check_model(const struct config *cfg);
/** The mail server, when there is one: connection, TLS, login. */
void check_mail(const struct config *cfg);

#endif
