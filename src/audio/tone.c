#include "audio/tone.h"

enum { N = 160, LOW = 4, HIGH = 4, OTHER = 8, ALL = LOW + HIGH + OTHER };

/*
 * 2 cos(2 pi f / 8000). Keys (ITU-T Q.23): one of the low and one of the high
 * group. Then 350, 425, 440, 480, 620, 1100, 1400, 2100 Hz, alone: two of
 * them, as in a dial tone, are too near each other for 20 ms.
 */
static const float coefficient[ALL] = {
	1.7077378f, 1.6452810f, 1.5686869f, 1.4782046f, /* 697 770 852 941 */
	1.1641040f, 0.9963701f, 0.7986184f, 0.5685327f, /* 1209 … 1633 */
	1.9250552f, 1.8899024f, 1.8817615f, 1.8595530f,
	1.7675234f, 1.2989000f, 0.9079810f, -0.1569182f,
};

/* Share of the power at one frequency, twice its mean for a sine. */
static float goertzel(const int16_t *x, float k, float all)
{
	float a = 0, b = 0, c;

	for (int i = 0; i < N; i++) {
		c = k * a - b + x[i];
		b = a;
		a = c;
	}
	return 2 * (a * a + b * b - k * a * b) / (N * all);
}

static float best(const float *share, int n, float *second)
{
	float first = 0;

	*second = 0;
	for (int i = 0; i < n; i++)
		if (share[i] > first) {
			*second = first;
			first = share[i];
		} else if (share[i] > *second) {
			*second = share[i];
		}
	return first;
}

float tone_share(const int16_t pcm[N])
{
	float share[ALL], all = 1, low, high, one, none;

	for (int i = 0; i < N; i++)
		all += (float)pcm[i] * pcm[i];
	for (int i = 0; i < ALL; i++)
		share[i] = goertzel(pcm, coefficient[i], all);
	low = best(share, LOW, &none);
	high = best(share + LOW, HIGH, &none);
	one = best(share + LOW + HIGH, OTHER, &none);
	if (low > .1f && high > .1f && low + high > one)
		return low + high;
	return one;
}
