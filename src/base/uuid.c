#include "base/uuid.h"

struct uuid uuid_v7(int64_t wall_ms, const uint8_t random[10])
{
	static const char hex[] = "0123456789abcdef";
	struct uuid u;
	uint8_t b[16];
	size_t i, at = 0;

	for (i = 0; i < 6; i++)
		b[i] = (uint8_t)(wall_ms >> (40 - 8 * i));
	memcpy(b + 6, random, 10);
	b[6] = (b[6] & 0x0f) | 0x70;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			u.s[at++] = '-';
		u.s[at++] = hex[b[i] >> 4];
		u.s[at++] = hex[b[i] & 15];
	}
	u.s[at] = '\0';
	return u;
}

bool uuid_valid(struct sv s)
{
	if (s.len != UUID_LEN)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			   (c >= 'A' && c <= 'F');

		if (dash ? c != '-' : !hex)
			return false;
	}
	return true;
}
