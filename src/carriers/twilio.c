/* Twilio's media streams: JSON text around mu-law at 8 kHz. */
#include "carriers/all.h"

#include "proto/mstream.h"

static void media(struct buf *out, struct sv stream, uint32_t seq,
		  const struct frame *f)
{
	(void)seq;
	mstream_media(out, stream, f->data, f->len);
}

const struct carrier carrier_twilio = {
	.name = "twilio",
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.parse = mstream_parse,
	.media = media,
	.mark = mstream_mark,
	.clear = mstream_clear,
};
