#include "proto/bstream.h"

#define MS_N (BSTREAM_RATE_HZ / 1000)

static uint32_t get_be(const uint8_t *p, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static int fill_start(struct carrier_msg *m, struct sv body)
{
	if (body.len < 2 || body.len > BSTREAM_START_MAX || body.p[0] != '{' ||
	    body.p[body.len - 1] != '}')
		return -EBADMSG;
	m->kind = CARRIER_START;
	m->params = body;
	return 0;
}

static int fill_mark(struct carrier_msg *m, struct sv body)
{
	if (!body.len || body.len > BSTREAM_NAME_MAX)
		return -EBADMSG;
	for (size_t i = 0; i < body.len; i++)
		if (body.p[i] < ' ' || body.p[i] > '~')
			return -EBADMSG;
	m->kind = CARRIER_MARK;
	m->name = body;
	return 0;
}

static int fill_dtmf(struct carrier_msg *m, struct sv body)
{
	if (body.len != 1 || !memchr("0123456789*#ABCD", body.p[0], 16))
		return -EBADMSG;
	m->kind = CARRIER_DTMF;
	m->digit = body.p[0];
	return 0;
}

int bstream_parse(struct carrier_msg *m, struct sv in)
{
	const uint8_t *head = (const uint8_t *)in.p;
	struct sv body;

	*m = (struct carrier_msg){.kind = CARRIER_CONNECTED};
	if (in.len < BSTREAM_HEAD || head[1] != BSTREAM_VERSION)
		return -EBADMSG;
	body = (struct sv){in.p + BSTREAM_HEAD, in.len - BSTREAM_HEAD};
	switch (head[0]) {
	case BSTREAM_START:
		return fill_start(m, body);
	case BSTREAM_MEDIA:
		if (!body.len || body.len > BSTREAM_PACKET_MAX)
			return -EBADMSG;
		m->kind = CARRIER_MEDIA;
		m->payload = body;
		m->seq = (uint16_t)get_be(head + 2, 2);
		m->at_n = get_be(head + 4, 4);
		m->timestamp_ms = m->at_n / MS_N;
		return 0;
	case BSTREAM_MARK:
		return fill_mark(m, body);
	case BSTREAM_DTMF:
		return fill_dtmf(m, body);
	case BSTREAM_STOP:
		m->kind = CARRIER_STOP;
		return body.len ? -EBADMSG : 0;
	case BSTREAM_CLEAR: /* only we say it */
	case 0:
		return -EBADMSG;
	default:
		return -ENOTSUP;
	}
}

static void head(struct buf *out, enum bstream_kind kind, uint32_t seq,
		 uint32_t at_n)
{
	const uint8_t h[BSTREAM_HEAD] = {
		(uint8_t)kind,	       BSTREAM_VERSION,
		(uint8_t)(seq >> 8),   (uint8_t)seq,
		(uint8_t)(at_n >> 24), (uint8_t)(at_n >> 16),
		(uint8_t)(at_n >> 8),  (uint8_t)at_n,
	};

	buf_add(out, h, sizeof(h));
}

void bstream_media(struct buf *out, struct sv stream, uint32_t seq,
		   const struct frame *f)
{
	(void)stream;
	head(out, BSTREAM_MEDIA, seq, (uint32_t)f->at_n);
	buf_add(out, f->data, f->len);
}

void bstream_mark(struct buf *out, struct sv stream, struct sv name)
{
	(void)stream;
	head(out, BSTREAM_MARK, 0, 0);
	buf_sv(out, name);
}

void bstream_clear(struct buf *out, struct sv stream)
{
	(void)stream;
	head(out, BSTREAM_CLEAR, 0, 0);
}
