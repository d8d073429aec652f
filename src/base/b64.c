#include "base/b64.h"

static const char std_abc[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_abc[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Value of a character + 1, 0 = not in the alphabet; 63 and 64 differ. */
static const uint8_t rev[256] = {
	['A'] = 1,  ['B'] = 2,	['C'] = 3,  ['D'] = 4,	['E'] = 5,  ['F'] = 6,
	['G'] = 7,  ['H'] = 8,	['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12,
	['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
	['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
	['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
	['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
	['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
	['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64, ['-'] = 65, ['_'] = 66,
};

static size_t encode(char *out, const void *in, size_t n, const char *abc,
		     bool pad)
{
	const uint8_t *p = in;
	char *o = out;

	for (; n >= 3; n -= 3, p += 3) {
		*o++ = abc[p[0] >> 2];
		*o++ = abc[(p[0] & 3) << 4 | p[1] >> 4];
		*o++ = abc[(p[1] & 15) << 2 | p[2] >> 6];
		*o++ = abc[p[2] & 63];
	}
	if (n) {
		*o++ = abc[p[0] >> 2];
		*o++ = abc[(p[0] & 3) << 4 | (n == 2 ? p[1] >> 4 : 0)];
		if (n == 2)
			*o++ = abc[(p[1] & 15) << 2];
		else if (pad)
			*o++ = '=';
		if (pad)
			*o++ = '=';
	}
	return (size_t)(o - out);
}

static int value(unsigned char c, bool url)
{
	int v = rev[c] - 1;

	if (v < 62)
		return v;
	if (url)
		return v >= 64 ? v - 2 : -1;
	return v < 64 ? v : -1;
}

static int decode(void *out, size_t size, struct sv in, bool url)
{
	size_t i, n = in.len, at = 0, pads = 0;
	uint8_t *o = out;
	uint32_t acc = 0;
	int bits = 0;

	while (pads < 2 && n && in.p[n - 1] == '=')
		n--, pads++;
	if (n % 4 == 1 || (pads && (n + pads) % 4))
		return -EBADMSG;
	if (n * 3 / 4 > size)
		return -ENOSPC;
	for (i = 0; i < n; i++) {
		int v = value((unsigned char)in.p[i], url);

		if (v < 0)
			return -EBADMSG;
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			o[at++] = (uint8_t)(acc >> bits);
		}
	}
	return (int)at;
}

size_t b64_encode(char *out, const void *in, size_t n)
{
	return encode(out, in, n, std_abc, true);
}

int b64_decode(void *out, size_t size, struct sv in)
{
	return decode(out, size, in, false);
}

size_t b64url_encode(char *out, const void *in, size_t n)
{
	size_t len = encode(out, in, n, url_abc, false);

	out[len] = '\0';
	return len;
}

int b64url_decode(void *out, size_t size, struct sv in)
{
	return decode(out, size, in, true);
}
