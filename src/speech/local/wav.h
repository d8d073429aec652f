/*
 * wav: audio files for the command line: WAVE in 16-bit mono at 8 or 16 kHz,
 * or bare μ-law at 8 kHz (.ul, .ulaw, .raw). What comes out is 8 kHz.
 */
#ifndef SPEECH_LOCAL_WAV_H
#define SPEECH_LOCAL_WAV_H

#include <stdio.h>

#include "base/base.h"

/**
 * Reads a file; *pcm is yours (free). 0, -errno, -ENOTSUP with a sentence in
 * why, -EFBIG over an hour.
 */
int wav_read(const char *path, int16_t **pcm, size_t *n, char *why,
	     size_t why_size);

/** Writes an 8 kHz WAVE file. 0 or -errno. */
int wav_write(const char *path, const int16_t *pcm, size_t n);

#endif
