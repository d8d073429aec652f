/*
 * cert: looks at a certificate file as an operator would: is it readable,
 * does the key belong to it, for which name, until when.
 */
#ifndef APP_CERT_H
#define APP_CERT_H

#include "base/base.h"

/**
 * 0: it serves host (NULL: not looked at) at now_s; why says until when.
 * -EINVAL with what is wrong in why. *days: how many are left.
 */
int cert_check(const char *cert_file, const char *key_file, const char *host,
	       int64_t now_s, int *days, char *why, size_t why_size);

#endif
