/* What our tests ask besides cmocka's own. */
#ifndef TESTS_ASSERT_H
#define TESTS_ASSERT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/base.h"

static inline void sv_differ(const char *want, struct sv got, const char *file,
			     int line)
{
	if (sv_eq(got, want))
		return;
	print_error("want \"%s\"\n got \"%.*s\"\n", want, SV_ARG(got));
	_fail(file, line);
}

#define assert_sv_equal(want, got) sv_differ(want, got, __FILE__, __LINE__)

#endif
