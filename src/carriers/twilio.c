/* Twilio's media streams: JSON text around mu-law at 8 kHz. */
#include "carriers/all.h"

#include "proto/mstream.h"

const struct carrier carrier_twilio = {
	.name = "twilio",
	.codec = CODEC_ULAW,
	.rate_hz = TEL_RATE_HZ,
	.parse = mstream_parse,
	.media = mstream_media,
	.mark = mstream_mark,
	.clear = mstream_clear,
};
