#include "clip.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <speex/speex_resampler.h>

#include "codec.h"

void pcm_fini(struct pcm *p)
{
	free(p->s);
	*p = (struct pcm){0};
}

struct fmt {
	unsigned tag, channels, rate_hz, bits;
	struct sv data;
};

static unsigned le16(const char *p)
{
	return (unsigned char)p[0] | (unsigned)(unsigned char)p[1] << 8;
}

static uint32_t le32(const char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static int parse(struct fmt *f, struct sv in)
{
	size_t at = 12;

	if (in.len < 12 || memcmp(in.p, "RIFF", 4) ||
	    memcmp(in.p + 8, "WAVE", 4))
		return -EBADMSG;
	while (at + 8 <= in.len) {
		const char *c = in.p + at;
		/* Programs that write to a pipe leave a wild length. */
		size_t len = MIN((size_t)le32(c + 4), in.len - at - 8);

		if (!memcmp(c, "fmt ", 4) && len >= 16) {
			f->tag = le16(c + 8);
			f->channels = le16(c + 10);
			f->rate_hz = le32(c + 12);
			f->bits = le16(c + 22);
		} else if (!memcmp(c, "data", 4)) {
			f->data = (struct sv){c + 8, len};
			return f->channels ? 0 : -EBADMSG;
		}
		at += 8 + len + (len & 1);
	}
	return -EBADMSG;
}

int clip_resample(struct pcm *p, unsigned rate_hz)
{
	spx_uint32_t in_n = (spx_uint32_t)p->n, out_n;
	SpeexResamplerState *rs;
	int err;

	if (rate_hz == TEL_RATE_HZ)
		return 0;
	out_n = (spx_uint32_t)((uint64_t)p->n * TEL_RATE_HZ / rate_hz) + 64;
	int16_t *out = malloc(out_n * sizeof(*out));

	rs = speex_resampler_init(1, rate_hz, TEL_RATE_HZ, 8, &err);
	if (!out || !rs) {
		free(out);
		if (rs)
			speex_resampler_destroy(rs);
		return -ENOMEM;
	}
	speex_resampler_skip_zeros(rs);
	speex_resampler_process_int(rs, 0, p->s, &in_n, out, &out_n);
	speex_resampler_destroy(rs);
	free(p->s);
	p->s = out;
	p->n = out_n;
	return 0;
}

int clip_decode(struct pcm *out, struct sv bytes, char *why, size_t why_size)
{
	struct pcm p = {0};
	struct fmt f = {0};
	size_t bps;
	int err;

	if (parse(&f, bytes)) {
		snprintf(why, why_size, "not a WAV file");
		return -EBADMSG;
	}
	/* 0xfffe: extensible, PCM in everything that we meet */
	if (!((f.tag == 1 || f.tag == 0xfffe) && f.bits == 16) &&
	    !(f.tag == 7 && f.bits == 8)) {
		snprintf(why, why_size,
			 "WAV format %u with %u bits: only 16-bit PCM and "
			 "8-bit mu-law are read",
			 f.tag, f.bits);
		return -EBADMSG;
	}
	if (f.rate_hz < 4000 || f.rate_hz > 192000 || f.channels > 8) {
		snprintf(why, why_size, "WAV with %u Hz and %u channels",
			 f.rate_hz, f.channels);
		return -EBADMSG;
	}
	bps = f.bits / 8 * f.channels;
	p.n = f.data.len / bps;
	p.s = malloc((p.n + 1) * sizeof(*p.s));
	if (!p.s)
		return -ENOMEM;
	for (size_t i = 0; i < p.n; i++) {
		const char *at = f.data.p + i * bps;

		p.s[i] = f.tag == 7 ? ulaw_to_lin[(uint8_t)*at]
				    : (int16_t)le16(at);
	}
	err = clip_resample(&p, f.rate_hz);
	if (err)
		pcm_fini(&p);
	*out = p;
	return err;
}

int file_read(struct buf *out, const char *path)
{
	char tmp[16384];
	size_t n;
	FILE *f;
	int err;

	buf_init(out, 64u << 20);
	f = fopen(path, "rb");
	if (!f)
		return -errno;
	while ((n = fread(tmp, 1, sizeof(tmp), f)))
		buf_add(out, tmp, n);
	err = ferror(f) ? -EIO : out->err == -ENOSPC ? -EFBIG : out->err;
	fclose(f);
	if (err)
		buf_fini(out);
	return err;
}

int clip_read(struct pcm *out, const char *path, char *why, size_t why_size)
{
	struct buf b;
	int err = file_read(&b, path);

	if (err) {
		snprintf(why, why_size, "%s: %s", path, strerror(-err));
		return err;
	}
	err = clip_decode(out, buf_get(&b), why, why_size);
	buf_fini(&b);
	return err;
}

static void put32(struct buf *b, uint32_t v)
{
	const uint8_t le[] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
			      (uint8_t)(v >> 24)};

	buf_add(b, le, sizeof(le));
}

void clip_header(struct buf *out, unsigned rate_hz, unsigned channels,
		 uint32_t data_len)
{
	buf_str(out, "RIFF");
	put32(out, 36 + data_len);
	buf_str(out, "WAVEfmt ");
	put32(out, 16);
	put32(out, 1 | channels << 16);
	put32(out, rate_hz);
	put32(out, rate_hz * channels * 2);
	put32(out, (channels * 2) | 16u << 16);
	buf_str(out, "data");
	put32(out, data_len);
}

int dir_make(const char *path)
{
	char part[512];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0777) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int clip_write(const char *path, const int16_t *s, size_t n)
{
	char tmp[600];
	struct buf head;
	int err = 0;
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.%d.part", path, (int)getpid());
	f = fopen(tmp, "wb");
	if (!f)
		return -errno;
	buf_init(&head, 64);
	clip_header(&head, TEL_RATE_HZ, 1, (uint32_t)(n * 2));
	if (fwrite(head.p, 1, head.len, f) != head.len ||
	    fwrite(s, 2, n, f) != n)
		err = -EIO;
	buf_fini(&head);
	if (fclose(f) && !err)
		err = -EIO;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}

struct clip_out {
	FILE *f;
	unsigned channels;
	uint32_t len;
	int err;
};

static void out_header(struct clip_out *w)
{
	struct buf head;

	buf_init(&head, 64);
	clip_header(&head, TEL_RATE_HZ, w->channels, w->len);
	if (fwrite(head.p, 1, head.len, w->f) != head.len)
		w->err = -EIO;
	buf_fini(&head);
}

int clip_out_new(struct clip_out **out, const char *path, unsigned channels)
{
	struct clip_out *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->f = fopen(path, "wb");
	if (!w->f) {
		free(w);
		return -errno;
	}
	w->channels = channels;
	out_header(w);
	*out = w;
	return 0;
}

void clip_out_add(struct clip_out *w, const int16_t *s, size_t n)
{
	if (fwrite(s, 2, n, w->f) != n)
		w->err = -EIO;
	w->len += (uint32_t)(n * 2);
}

struct clip_out *clip_out_free(struct clip_out *w, int *err)
{
	if (!w)
		return NULL;
	if (fseek(w->f, 0, SEEK_SET))
		w->err = -errno;
	else
		out_header(w);
	if (fclose(w->f))
		w->err = -errno;
	if (err)
		*err = w->err;
	free(w);
	return NULL;
}
