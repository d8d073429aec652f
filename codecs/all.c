#include <stdlib.h>

#include "codecs/g711.h"
#include "codecs/l16.h"
#include "codecs/opus_voice.h"

const struct codec *const codec_all[] = {
	&codec_ulaw, &codec_alaw, &codec_l16, &codec_l16be, &codec_opus, NULL,
};

const struct codec *codec_find(enum codec_id id)
{
	for (size_t i = 0; codec_all[i]; i++)
		if (codec_all[i]->id == id)
			return codec_all[i];
	return NULL;
}

bool codec_has_rate(const struct codec *c, unsigned rate_hz)
{
	for (const unsigned *r = c->rates_hz; *r; r++)
		if (*r == rate_hz)
			return true;
	return false;
}

int codec_state_new(void **out, const struct codec *c, enum codec_dir dir,
		    unsigned rate_hz)
{
	size_t size = c->size(dir);
	void *state = NULL;
	int err;

	*out = NULL;
	if (!codec_has_rate(c, rate_hz))
		return -EINVAL;
	if (!size)
		return 0;
	state = malloc(size);
	if (!state)
		return -ENOMEM;
	err = c->init(state, dir, rate_hz);
	if (err)
		free(state);
	else
		*out = state;
	return err;
}
