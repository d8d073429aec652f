#include "speech/local/engine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "speech/local.h"

static const char spanish_line[] =
	"Spanish is read by Moonshine base-es. Powered by Moonshine AI";

bool speech_spanish(const struct config *cfg)
{
	static const char *const files[] = {"encoder_model.onnx",
					    "decoder_model_merged.onnx"};
	const char *dir = cfg->speech.models ? cfg->speech.models : ".";
	char path[512];

	if (!cfg->speech.spanish || strcmp(cfg->speech.spanish, "true") ||
	    !cfg->speech.spanish_licence ||
	    strcmp(cfg->speech.spanish_licence, "accepted"))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/es/%s", dir, files[i]);
		if (access(path, R_OK))
			return false;
	}
	return true;
}

/* Why Spanish, which was asked for, is not read; NULL: it is, or was not. */
static const char *spanish_missing(const struct config *cfg)
{
	if (!cfg->speech.spanish || strcmp(cfg->speech.spanish, "true") ||
	    speech_spanish(cfg))
		return NULL;
	if (!cfg->speech.spanish_licence ||
	    strcmp(cfg->speech.spanish_licence, "accepted"))
		return "speech.spanish_licence does not say \"accepted\"";
	return "its files are missing, run: nightbell speech-files es";
}

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
	if (!err && speech_spanish(cfg))
		err = moonshine_new_spanish(&e->spanish, e->ort, dir, why,
					    sizeof(why));
	if (err) {
		log_error("speech",
			  "the recogniser is not ready: %s (tools/deps/"
			  "speech.sh fetches its files; speech.models and "
			  "speech.library say where they are)",
			  *why ? why : strerror(-err));
		engine_fini(e);
		return err;
	}
	if (e->spanish)
		log_info("speech", "%s", spanish_line);
	else if (spanish_missing(cfg))
		log_warn("speech", "Spanish is not read: %s",
			 spanish_missing(cfg));
	log_info("speech", "models loaded in %d ms (ONNX Runtime %s)",
		 (int)((clock_mono_us() - from_us) / 1000),
		 ort_version(e->ort));
	return 0;
}

void engine_fini(struct engine *e)
{
	e->silero = silero_free(e->silero);
	e->spanish = moonshine_free(e->spanish);
	e->moonshine = moonshine_free(e->moonshine);
	e->ort = ort_free(e->ort);
}
