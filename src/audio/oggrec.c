#include "audio/oggrec.h"

#include <ogg/ogg.h>
#include <opus/opus.h>
#include <stdlib.h>

enum {
	LEGS = 2,
	PACKET_MAX = 1000, /* a leg's; more than 64 kbit/s ever need */
	FRAME_48K = 960,
	/* Frames of silence that a leg's encoder still gets, so that both its
	 * state and the decoder's are those of silence. */
	SILENT_FED = 3,
	SILENT_LEN = 2,
	HEADER = 27,
	TOC_NB_20MS = 19 << 3, /* CELT, narrow band, 20 ms, mono, one frame */
};

/* A CELT frame that says "silence" and no more (RFC 6716, 4.3). */
static const uint8_t silence[SILENT_LEN] = {0xff, 0xfe};

struct leg {
	OpusEncoder *enc;
	unsigned silent; /* frames in a row */
};

struct oggrec {
	struct leg leg[LEGS];
	ogg_stream_state os;
	bool stream; /* os is there */
	unsigned preskip;
	int64_t frames;	  /* given */
	unsigned waiting; /* … since the last page */
	int64_t packets;
	/* The last one waits: whether it ends the stream is known later. */
	uint8_t last[LEGS * (PACKET_MAX + 2)];
	size_t last_len;
	bool has_last;
};

static int leg_open(struct leg *l, const struct oggrec_prm *prm)
{
	int err = OPUS_OK;

	l->enc = opus_encoder_create(
		OGGREC_RATE_HZ, 1, OPUS_APPLICATION_RESTRICTED_LOWDELAY, &err);
	if (!l->enc)
		return err == OPUS_ALLOC_FAIL ? -ENOMEM : -EINVAL;
	if (opus_encoder_ctl(l->enc, OPUS_SET_BITRATE(prm->bps)) ||
	    opus_encoder_ctl(l->enc, OPUS_SET_COMPLEXITY(prm->complexity)) ||
	    opus_encoder_ctl(l->enc, OPUS_SET_VBR(1)) ||
	    opus_encoder_ctl(l->enc, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)))
		return -EINVAL;
	l->silent = SILENT_FED; /* nothing was ever said */
	return 0;
}

int oggrec_new(struct oggrec **out, const struct oggrec_prm *prm)
{
	struct oggrec *r;
	opus_int32 ahead_n = 0;
	int err = 0;

	if (prm->bps < 6000 || prm->bps > 64000 || prm->complexity < 0 ||
	    prm->complexity > 10)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	for (int i = 0; i < LEGS && !err; i++)
		err = leg_open(&r->leg[i], prm);
	if (!err)
		err = opus_encoder_ctl(r->leg[0].enc,
				       OPUS_GET_LOOKAHEAD(&ahead_n))
			      ? -EINVAL
			      : 0;
	if (!err)
		err = ogg_stream_init(&r->os, (int)prm->serial) ? -ENOMEM : 0;
	if (err) {
		oggrec_free(r);
		return err;
	}
	r->stream = true;
	r->preskip = (unsigned)ahead_n * 6;
	*out = r;
	return 0;
}

struct oggrec *oggrec_free(struct oggrec *r)
{
	if (!r)
		return NULL;
	for (int i = 0; i < LEGS; i++)
		if (r->leg[i].enc)
			opus_encoder_destroy(r->leg[i].enc);
	if (r->stream)
		ogg_stream_clear(&r->os);
	free(r);
	return NULL;
}

int64_t oggrec_frames(const struct oggrec *r)
{
	return r->frames;
}

/* ---- pages out ---- */

static int pages(struct oggrec *r, struct buf *out)
{
	ogg_page page;

	while (ogg_stream_flush(&r->os, &page)) {
		buf_add(out, page.header, (size_t)page.header_len);
		buf_add(out, page.body, (size_t)page.body_len);
	}
	r->waiting = 0;
	return out->err;
}

static int packet(struct oggrec *r, uint8_t *p, size_t len, int64_t granule,
		  bool first, bool last)
{
	ogg_packet op = {
		.packet = p,
		.bytes = (long)len,
		.b_o_s = first,
		.e_o_s = last,
		.granulepos = granule,
		.packetno = r->packets++,
	};

	return ogg_stream_packetin(&r->os, &op) ? -ENOMEM : 0;
}

int oggrec_begin(struct oggrec *r, struct buf *out)
{
	/* RFC 7845, 5.1 and 5.2. */
	uint8_t head[] = {'O',
			  'p',
			  'u',
			  's',
			  'H',
			  'e',
			  'a',
			  'd',
			  1,
			  LEGS,
			  (uint8_t)r->preskip,
			  (uint8_t)(r->preskip >> 8),
			  OGGREC_RATE_HZ & 0xff,
			  OGGREC_RATE_HZ >> 8,
			  0,
			  0,
			  0,
			  0,
			  1 /* family */,
			  LEGS,
			  0 /* coupled */,
			  0,
			  1};
	uint8_t tags[] = {'O', 'p', 'u', 's', 'T', 'a', 'g', 's', 9,
			  0,   0,   0,	 'n', 'i', 'g', 'h', 't', 'b',
			  'e', 'l', 'l', 0,   0,   0,	0};
	int err = packet(r, head, sizeof(head), 0, true, false);

	if (!err)
		err = pages(r, out);
	if (!err)
		err = packet(r, tags, sizeof(tags), 0, false, false);
	return err ? err : pages(r, out);
}

/* ---- frames ---- */

static bool is_silent(const int16_t *pcm)
{
	for (int i = 0; i < OGGREC_FRAME_N; i++)
		if (pcm[i])
			return false;
	return true;
}

/* A whole Opus packet of one leg. */
static int leg_encode(struct leg *l, const int16_t *pcm, uint8_t *out)
{
	int n;

	if (!pcm && l->silent < SILENT_FED)
		(void)opus_encoder_ctl(l->enc, OPUS_RESET_STATE);
	if (!pcm)
		l->silent = SILENT_FED;
	else
		l->silent = is_silent(pcm) ? l->silent + 1 : 0;
	if (!pcm || l->silent > SILENT_FED) {
		out[0] = TOC_NB_20MS;
		memcpy(out + 1, silence, SILENT_LEN);
		return 1 + SILENT_LEN;
	}
	n = opus_encode(l->enc, pcm, OGGREC_FRAME_N, out, PACKET_MAX);
	/* one mode and one frame a packet were asked for */
	return n > SILENT_LEN && out[0] == TOC_NB_20MS ? n : -EIO;
}

/* RFC 6716, 3.2.1: the length of a frame. */
static size_t put_length(uint8_t *p, size_t n)
{
	if (n < 252) {
		p[0] = (uint8_t)n;
		return 1;
	}
	p[0] = (uint8_t)(252 + (n & 3));
	p[1] = (uint8_t)((n - p[0]) >> 2);
	return 2;
}

/* The packet that waited goes into its page. */
static int put_last(struct oggrec *r, int64_t granule, bool ends)
{
	r->has_last = false;
	return packet(r, r->last, r->last_len, granule, false, ends);
}

int oggrec_frame(struct oggrec *r, const int16_t *left, const int16_t *right,
		 struct buf *out)
{
	uint8_t p[PACKET_MAX];
	size_t len;
	int n, err = 0;

	if (r->has_last)
		err = put_last(r, r->frames * FRAME_48K, false);
	if (!err && r->waiting >= OGGREC_PAGE_FRAMES)
		err = pages(r, out);
	if (err)
		return err;
	/* The first stream delimits itself (RFC 6716, appendix B). */
	n = leg_encode(&r->leg[0], left, p);
	if (n < 0)
		return n;
	r->last[0] = p[0];
	len = 1 + put_length(r->last + 1, (size_t)n - 1);
	memcpy(r->last + len, p + 1, (size_t)n - 1);
	len += (size_t)n - 1;
	n = leg_encode(&r->leg[1], right, r->last + len);
	if (n < 0)
		return n;
	r->last_len = len + (size_t)n;
	r->has_last = true;
	r->waiting++;
	r->frames++;
	return 0;
}

int oggrec_flush(struct oggrec *r, struct buf *out)
{
	int err = 0;

	if (r->has_last)
		err = put_last(r, r->frames * FRAME_48K, false);
	return err || !r->waiting ? err : pages(r, out);
}

/*
 * What the encoders still hold comes out with one more frame; the granule
 * position of the end cuts what is too much.
 */
int oggrec_end(struct oggrec *r, int64_t total_n, struct buf *out)
{
	static const int16_t nothing[OGGREC_FRAME_N];
	int64_t end = (int64_t)r->preskip + total_n * 6;
	int err = 0;

	while (!err && (r->frames * FRAME_48K < end || !r->has_last))
		err = oggrec_frame(r, nothing, nothing, out);
	if (err)
		return err;
	/* not before the page that went out already */
	end = MAX(end, (r->frames - 1) * FRAME_48K);
	err = put_last(r, end, true);
	return err ? err : pages(r, out);
}

/* ---- pages in ---- */

int oggrec_page(struct oggrec_page *out, const uint8_t *p, size_t len)
{
	uint8_t copy[HEADER + 255];
	size_t segs, body = 0;
	uint64_t granule = 0;
	ogg_page page;

	*out = (struct oggrec_page){0};
	if (len && memcmp(p, "OggS", MIN(len, 4u)))
		return -EBADMSG;
	if (len < HEADER || len < HEADER + (size_t)p[26])
		return -EAGAIN;
	if (p[4])
		return -EBADMSG;
	segs = p[26];
	for (size_t i = 0; i < segs; i++) {
		body += p[HEADER + i];
		out->frames += p[HEADER + i] < 255;
	}
	if (len < HEADER + segs + body)
		return -EAGAIN;
	memcpy(copy, p, HEADER + segs);
	page = (ogg_page){copy, (long)(HEADER + segs),
			  (uint8_t *)(uintptr_t)p + HEADER + segs, (long)body};
	ogg_page_checksum_set(&page);
	if (memcmp(copy, p, HEADER + segs))
		return -EBADMSG;
	for (int i = 7; i >= 0; i--)
		granule = granule << 8 | p[6 + i];
	out->granule = (int64_t)granule;
	out->begins = p[5] & 2;
	out->ends = p[5] & 4;
	out->body = p + HEADER + segs;
	out->body_len = body;
	out->len = HEADER + segs + body;
	return 0;
}

int oggrec_preskip(const struct oggrec_page *first, unsigned *preskip)
{
	if (!first->begins || first->body_len < 19 ||
	    memcmp(first->body, "OpusHead", 8))
		return -EBADMSG;
	*preskip = first->body[10] | (unsigned)first->body[11] << 8;
	return 0;
}

/*
 * One packet of two legs becomes one of the same length in which the left is
 * silent and the right is padded by what that freed (RFC 6716, 3.2.5).
 */
static int mute_packet(uint8_t *p, size_t len)
{
	uint8_t out[2 * (PACKET_MAX + 2)];
	size_t left, skip, right, pad, at = 0;

	if (len < 3 || len > sizeof(out) || p[0] != TOC_NB_20MS)
		return -EBADMSG;
	left = p[1];
	skip = 2;
	if (left >= 252) {
		left += (size_t)p[2] << 2;
		skip = 3;
	}
	if (left < SILENT_LEN || skip + left + 1 > len)
		return -EBADMSG;
	if (left == SILENT_LEN) {
		memcpy(p + skip, silence, SILENT_LEN);
		return 0;
	}
	if (p[skip + left] != TOC_NB_20MS)
		return -EBADMSG;
	right = len - skip - left; /* with its first byte */
	out[at++] = TOC_NB_20MS;
	out[at++] = SILENT_LEN;
	memcpy(out + at, silence, SILENT_LEN);
	at += SILENT_LEN;
	out[at++] = TOC_NB_20MS | 3; /* as many frames as the next byte says */
	pad = len - at - right;	     /* behind that byte */
	out[at++] = pad ? 0x41 : 0x01;
	for (; pad > 255; pad -= 255) /* stands for 254 more bytes */
		out[at++] = 255;
	if (pad)
		out[at++] = (uint8_t)(pad - 1);
	memcpy(out + at, p + skip + left + 1, right - 1);
	at += right - 1;
	memset(out + at, 0, len - at);
	memcpy(p, out, len);
	return 0;
}

int oggrec_mute(uint8_t *page, size_t len, int from, int to)
{
	struct oggrec_page info;
	uint8_t *body;
	size_t segs, n = 0;
	ogg_page og;
	int frame = 0, err = oggrec_page(&info, page, len);

	if (err)
		return -EBADMSG;
	segs = page[26];
	body = page + HEADER + segs;
	for (size_t i = 0; i < segs && !err; i++) {
		n += page[HEADER + i];
		if (page[HEADER + i] == 255)
			continue;
		if (frame >= from && frame < to)
			err = mute_packet(body, n);
		body += n;
		n = 0;
		frame++;
	}
	og = (ogg_page){page, (long)(HEADER + segs), page + HEADER + segs,
			(long)info.body_len};
	ogg_page_checksum_set(&og);
	return err;
}
