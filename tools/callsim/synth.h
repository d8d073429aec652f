/*
 * synth: speech for callers, made by a voice that runs as a process (flite,
 * festival, espeak-ng) and kept on disk under the hash of what was asked. What
 * comes out has been through the telephone channel at -20 dBov.
 *
 * Blocks: call it before the loop runs or on the thread pool.
 */
#ifndef CALLSIM_SYNTH_H
#define CALLSIM_SYNTH_H

#include "clip.h"

#define SYNTH_DBOV -20.0

struct synth_voice {
	const char *name;     /* "flite:slt", "festival:us_slt_hts",
				   "espeak-ng:en-us+f3", "file:x.wav"; at
				   the end "@0.85": another throat */
	double rate;	      /* 1 = the voice's own; 1.2 speaks faster */
	double pitch;	      /* 1 = the voice's own; not for festival */
	const char *base_dir; /* where a file: name starts; NULL: here */
};

/**
 * 0 with samples that you free with pcm_fini(). -EINVAL no such engine,
 * -ENOENT its program is not installed, -ETIME it hung, -EBADMSG it failed;
 * a sentence for people in why.
 */
int synth_get(struct pcm *out, const char *cache_dir,
	      const struct synth_voice *v, const char *text, char *why,
	      size_t why_size);

#endif
