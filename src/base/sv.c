#include "base/base.h"

int sv_i64(int64_t *out, struct sv s)
{
	bool neg = s.len && s.p[0] == '-';
	int64_t v = 0;
	size_t i = neg;

	if (s.len == i)
		return -EINVAL;
	for (; i < s.len; i++) {
		int d = s.p[i] - '0';

		if (d < 0 || d > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, d, &v))
			return -ERANGE;
	}
	if (!neg && v == INT64_MIN)
		return -ERANGE;
	*out = neg ? v : -v;
	return 0;
}
