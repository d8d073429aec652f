#include "codecs/g711.h"

const struct codec *const codec_all[] = {&codec_ulaw, &codec_alaw, NULL};

const struct codec *codec_find(enum codec_id id)
{
	for (size_t i = 0; codec_all[i]; i++)
		if (codec_all[i]->id == id)
			return codec_all[i];
	return NULL;
}
