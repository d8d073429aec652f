#include "deepgram.h"
#include "openai.h"

const struct service *const services[] = {
	&deepgram_listen,
	&openai_realtime,
	NULL,
};
