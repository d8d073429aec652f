#include "audio/bands.h"

#include <math.h>

#include "audio/tone.h"

#define BANDS 6
#define BLOCKS 8	/* of the minimum statistics */
#define BLOCK_FRAMES 12 /* 240 ms */
#define WINDOW 10	/* frames: 200 ms */
#define NEEDED 7	/* of them: 140 ms */
#define NEEDED_LOUD 4
#define ON_DB 9.0f
#define OFF_DB 5.4f
#define BIAS_DB 3.0f  /* a minimum lies below the mean */
#define SETTLE 4      /* frames */
#define SMOOTH 0.6f   /* of a band's power: narrow bands flicker */
#define FLOOR 3.2e-7f /* -65 dBov: a quiet line is not silent */
#define FULL (32768.0f * 32768.0f)

/*
 * Two equal band-pass sections per band (12 dB per octave and side), 250 to
 * 3,440 Hz in six equal steps of pitch: centre f, Q = 2.2704. With
 * w = 2 pi f / 8000 and a = sin(w) / 2Q: gain a / (1 + a), feedback
 * 2 cos(w) / (1 + a) and (a - 1) / (1 + a). The rows are f = 311.0, 481.5,
 * 745.4, 1153.8, 1786.1 and 2764.9 Hz; two unused lanes fill the vector.
 */
typedef float vec __attribute__((vector_size(32)));

static const vec gain = {
	0.0505721f, 0.0751961f, 0.1084807f, 0.1477407f, 0.1783898f, 0.1537385f,
};
static const vec back1 = {
	1.8424752f, 1.7189195f, 1.4861449f, 1.0512475f, 0.2747690f, -0.9566783f,
};
static const vec back2 = {
	-0.8988559f, -0.8496079f, -0.7830386f,
	-0.7045186f, -0.6432204f, -0.6925229f,
};

void bands_init(struct bands *b)
{
	*b = (struct bands){0};
	for (int i = 0; i < BANDS; i++) {
		b->cur[i] = INFINITY;
		for (int j = 0; j < BLOCKS; j++)
			b->min[i][j] = INFINITY;
	}
}

/* Mean power of one frame: per band, and returned as a whole. */
static float band_power(struct bands *b, const int16_t pcm[160],
			float power[BANDS])
{
	vec s[4], in, mid, out, sum = {0};
	float x, square = 0;

	for (int j = 0; j < 4; j++)
		for (int i = 0; i < 8; i++)
			s[j][i] = i < BANDS ? b->state[i][j] : 0.0f;
	for (int n = 0; n < 160; n++) {
		x = pcm[n];
		square += x * x;
		in = gain * x;
		mid = in + s[0];
		s[0] = back1 * mid + s[1];
		s[1] = back2 * mid - in;
		in = gain * mid;
		out = in + s[2];
		s[2] = back1 * out + s[3];
		s[3] = back2 * out - in;
		sum += out * out;
	}
	for (int j = 0; j < 4; j++)
		for (int i = 0; i < BANDS; i++)
			b->state[i][j] = s[j][i];
	for (int i = 0; i < BANDS; i++)
		power[i] = sum[i] / (160 * FULL);
	return square / (160 * FULL);
}

static void end_block(struct bands *b)
{
	for (int i = 0; i < BANDS; i++) {
		b->min[i][b->block] = b->cur[i];
		b->cur[i] = INFINITY;
	}
	b->block = (b->block + 1) % BLOCKS;
	b->in_block = 0;
}

/* dB of a band's power over its noise; takes it into the statistics. */
static float band_snr_db(struct bands *b, int i, float power)
{
	float noise;

	power = MAX(power, FLOOR);
	b->level[i] = b->frames >= SETTLE
			      ? SMOOTH * b->level[i] + (1 - SMOOTH) * power
			      : power;
	if (b->frames < SETTLE)
		return 0; /* the filters ring up: no minimum of the noise */
	b->cur[i] = MIN(b->cur[i], b->level[i]);
	noise = b->cur[i];
	for (int j = 0; j < BLOCKS; j++)
		noise = MIN(noise, b->min[i][j]);
	return 10 * log10f(power / noise) - BIAS_DB;
}

static float best_three(const float v[BANDS])
{
	float best[3] = {-INFINITY, -INFINITY, -INFINITY}, x, y;

	for (int i = 0; i < BANDS; i++) {
		x = v[i];
		for (int j = 0; j < 3; j++) {
			y = best[j];
			best[j] = MAX(x, y);
			x = MIN(x, y);
		}
	}
	return (best[0] + best[1] + best[2]) / 3;
}

static int lately(uint32_t history)
{
	return __builtin_popcount(history & ((1u << WINDOW) - 1));
}

struct bands_out bands_frame(struct bands *b, const int16_t pcm[160],
			     float gate_dbov)
{
	struct bands_out out = {.on = false};
	float snr_db[BANDS], db, all;
	bool before = b->suspect;

	all = band_power(b, pcm, snr_db);
	for (int i = 0; i < BANDS; i++)
		snr_db[i] = band_snr_db(b, i, snr_db[i]);
	if (++b->in_block == BLOCK_FRAMES)
		end_block(b);
	if (b->frames < INT32_MAX)
		b->frames++;
	db = best_three(snr_db);
	b->on = db > (b->on ? OFF_DB : ON_DB);
	out.tone = all > FLOOR * 30 && tone_share(pcm) > TONE_SHARE;
	out.on = b->on && !out.tone;
	out.level_dbov = 10 * log10f(MAX(all, 1e-10f));
	b->history = b->history << 1 | out.on;
	b->loud = b->loud << 1 | (out.on && out.level_dbov > gate_dbov);
	b->suspect =
		lately(b->history) >= NEEDED && lately(b->loud) >= NEEDED_LOUD;
	out.suspect = b->suspect && !before;
	return out;
}
