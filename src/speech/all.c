#include "speech/deepgram.h"
#include "speech/local.h"

const struct speech *const speech_all[] = {&speech_local, &speech_deepgram,
					   NULL};

const struct speech *speech_find(struct sv name)
{
	for (size_t i = 0; speech_all[i]; i++)
		if (sv_eq(name, speech_all[i]->name))
			return speech_all[i];
	return NULL;
}
