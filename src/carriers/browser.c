/* browser: somebody who talks to the assistant from the dashboard's page. */
#include "carriers/all.h"
#include "proto/bstream.h"

const struct carrier carrier_browser = {
	.name = "browser",
	.codec = CODEC_OPUS,
	.rate_hz = BSTREAM_RATE_HZ,
	.binary = true,
	.parse = bstream_parse,
	.media = bstream_media,
	.mark = bstream_mark,
	.clear = bstream_clear,
};
