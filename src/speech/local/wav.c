#include "speech/local/wav.h"

#include <stdlib.h>

#include <speex/speex_resampler.h>

#include "codec.h"

enum { HEADER = 44, HOUR_N = 3600 * TEL_RATE_HZ, QUALITY = 5 };

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static uint32_t get16(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static int slurp(const char *path, uint8_t **data, size_t *len)
{
	FILE *f = fopen(path, "re");
	long size;
	int err = 0;

	if (!f)
		return -errno;
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0) {
		err = -errno;
	} else if (size > 4L * HOUR_N + HEADER) {
		err = -EFBIG;
	} else {
		rewind(f);
		*data = malloc((size_t)size + 1);
		*len = *data ? fread(*data, 1, (size_t)size, f) : 0;
		err = *data ? 0 : -ENOMEM;
	}
	fclose(f);
	return err;
}

/* What the chunks of a WAVE file say. */
struct wave {
	unsigned kind, channels, rate_hz, bits;
	const uint8_t *data;
	size_t len;
};

static int parse(struct wave *w, const uint8_t *p, size_t len)
{
	size_t at = 12;

	*w = (struct wave){0};
	while (at + 8 <= len) {
		size_t size = get32(p + at + 4), left = len - at - 8;
		const uint8_t *body = p + at + 8;

		if (!memcmp(p + at, "fmt ", 4) && size >= 16 && left >= 16) {
			w->kind = get16(body);
			w->channels = get16(body + 2);
			w->rate_hz = get32(body + 4);
			w->bits = get16(body + 14);
		} else if (!memcmp(p + at, "data", 4)) {
			w->data = body;
			w->len = MIN(size, left);
			return w->rate_hz ? 0 : -EBADMSG;
		}
		if (size > left)
			break;
		at += 8 + size + (size & 1);
	}
	return -EBADMSG;
}

/* 16 kHz to 8 kHz in place; returns how many are left. */
static size_t halve(int16_t *pcm, size_t n)
{
	SpeexResamplerState *st =
		speex_resampler_init(1, 16000, 8000, QUALITY, NULL);
	size_t in = 0, out = 0;
	int16_t block[512];

	if (!st)
		return 0;
	speex_resampler_skip_zeros(st);
	while (in < n) { /* never writes past what was read */
		spx_uint32_t left = (spx_uint32_t)MIN(n - in, 512);
		spx_uint32_t room = 512;

		speex_resampler_process_int(st, 0, pcm + in, &left, block,
					    &room);
		memcpy(pcm + out, block, room * sizeof(*pcm));
		in += left;
		out += room;
	}
	speex_resampler_destroy(st);
	return out;
}

static int from_ulaw(const uint8_t *data, size_t len, int16_t **pcm, size_t *n)
{
	*pcm = malloc((len + 1) * sizeof(**pcm));
	if (!*pcm)
		return -ENOMEM;
	for (*n = 0; *n < len; ++*n)
		(*pcm)[*n] = ulaw_to_lin[data[*n]];
	return 0;
}

static int from_wave(const struct wave *w, int16_t **pcm, size_t *n)
{
	*n = w->len / 2;
	*pcm = malloc((*n + 1) * sizeof(**pcm));
	if (!*pcm)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++)
		(*pcm)[i] = (int16_t)get16(w->data + 2 * i);
	if (w->rate_hz == 2 * TEL_RATE_HZ)
		*n = halve(*pcm, *n);
	return 0;
}

int wav_read(const char *path, int16_t **pcm, size_t *n, char *why, size_t size)
{
	uint8_t *data = NULL;
	struct wave w;
	size_t len = 0;
	int err = slurp(path, &data, &len);

	if (err) {
		snprintf(why, size, "%s: %s", path, strerror(-err));
	} else if (len < 12 || memcmp(data, "RIFF", 4) ||
		   memcmp(data + 8, "WAVE", 4)) {
		err = from_ulaw(data, len, pcm, n);
	} else if (parse(&w, data, len)) {
		err = -EBADMSG;
		snprintf(why, size, "%s: damaged WAVE file", path);
	} else if (w.kind == 7 && w.channels == 1 && w.rate_hz == TEL_RATE_HZ) {
		err = from_ulaw(w.data, w.len, pcm, n);
	} else if (w.kind == 1 && w.channels == 1 && w.bits == 16 &&
		   (w.rate_hz == TEL_RATE_HZ || w.rate_hz == 2 * TEL_RATE_HZ)) {
		err = from_wave(&w, pcm, n);
	} else {
		err = -ENOTSUP;
		snprintf(
			why, size,
			"%s: %u channels, %u Hz, %u bits; needed: one channel, "
			"8000 or 16000 Hz, 16 bits or μ-law",
			path, w.channels, w.rate_hz, w.bits);
	}
	free(data);
	return err;
}

int wav_write(const char *path, const int16_t *pcm, size_t n)
{
	uint8_t head[HEADER] = "RIFF....WAVEfmt ....\1\0\1\0........\2\0\20\0"
			       "data....";
	FILE *f = fopen(path, "we");
	int err = 0;

	if (!f)
		return -errno;
	put32(head + 4, (uint32_t)(HEADER - 8 + 2 * n));
	put32(head + 16, 16);
	put32(head + 24, TEL_RATE_HZ);
	put32(head + 28, 2 * TEL_RATE_HZ);
	put32(head + 40, (uint32_t)(2 * n));
	errno = 0;
	if (fwrite(head, sizeof(head), 1, f) != 1)
		err = errno ? -errno : -EIO;
	for (size_t i = 0; !err && i < n; i++) {
		uint8_t le[2] = {(uint8_t)pcm[i],
				 (uint8_t)((uint16_t)pcm[i] >> 8)};

		if (fwrite(le, sizeof(le), 1, f) != 1)
			err = errno ? -errno : -EIO;
	}
	if (fclose(f) && !err)
		err = -errno;
	return err;
}
