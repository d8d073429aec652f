/*
 * clip: reads what voices and people write (PCM 16 bit or μ-law, any rate and
 * number of channels) as telephone samples, and writes 16-bit WAV files.
 */
#ifndef CALLSIM_CLIP_H
#define CALLSIM_CLIP_H

#include <stdio.h>

#include "base/buf.h"
#include "frame.h"

/* Mono samples at 8 kHz; owned by whoever holds the struct. */
struct pcm {
	int16_t *s;
	size_t n;
};

void pcm_fini(struct pcm *p);

/** bytes: a whole WAV file. 0, -EBADMSG with a sentence in why, -ENOMEM. */
int clip_decode(struct pcm *out, struct sv bytes, char *why, size_t why_size);
/** 0, -errno, -EBADMSG; why as above. */
int clip_read(struct pcm *out, const char *path, char *why, size_t why_size);

/** Takes p's samples to be at rate_hz and makes 8 kHz of them. 0, -ENOMEM. */
int clip_resample(struct pcm *p, unsigned rate_hz);

/** Appends the 44 bytes in front of data_len bytes of 16-bit samples. */
void clip_header(struct buf *out, unsigned rate_hz, unsigned channels,
		 uint32_t data_len);
/** Writes n samples at 8 kHz, mono, so that the file is whole or absent. */
int clip_write(const char *path, const int16_t *s, size_t n);

/* A file that grows by frames; its length is filled in at the end. */
struct clip_out;
int clip_out_new(struct clip_out **out, const char *path, unsigned channels);
void clip_out_add(struct clip_out *w, const int16_t *s, size_t n);
/** Returns NULL; *err gets the first failure of all writes. */
struct clip_out *clip_out_free(struct clip_out *w, int *err);

/** The whole file. 0, -errno, -EFBIG over 64 MiB. */
int file_read(struct buf *out, const char *path);
/** Makes the folder and those above it. 0 or -errno. */
int dir_make(const char *path);

#endif
