#include "speech/local/engine.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

int engine_init(struct engine *e, const struct config *cfg)
{
	const char *dir = cfg->speech.models ? cfg->speech.models : ".";
	int64_t from_us = clock_mono_us();
	char why[512] = "", path[512];
	int err;

	*e = (struct engine){0};
	if (cfg->speech.library)
		snprintf(path, sizeof(path), "%s", cfg->speech.library);
	else
		snprintf(path, sizeof(path), "%s/libonnxruntime.so", dir);
	err = ort_new(&e->ort, path, why, sizeof(why));
	if (!err)
		err = moonshine_new(&e->moonshine, e->ort, dir, why,
				    sizeof(why));
	if (!err)
		err = silero_new(&e->silero, e->ort, dir, why, sizeof(why));
	if (err) {
		log_error("speech",
			  "the recogniser is not ready: %s (tools/deps/"
			  "speech.sh fetches its files; speech.models and "
			  "speech.library say where they are)",
			  *why ? why : strerror(-err));
		engine_fini(e);
		return err;
	}
	log_info("speech", "models loaded in %d ms (ONNX Runtime %s)",
		 (int)((clock_mono_us() - from_us) / 1000),
		 ort_version(e->ort));
	return 0;
}

void engine_fini(struct engine *e)
{
	e->silero = silero_free(e->silero);
	e->moonshine = moonshine_free(e->moonshine);
	e->ort = ort_free(e->ort);
}
