/*
 * code: words written into the samples, for benchmarks: what is recognised
 * depends on the bytes that arrive, costs nothing, and tells each sample that
 * is missing or came twice. The least bit of each of 80 μ-law bytes (10 ms)
 * carries a sync word, the number of the block, a word's id and a check sum;
 * it is below the noise, so that the audio remains what it was for a detector
 * of speech. It does not survive decoding and encoding: pass-through is part
 * of what is measured.
 *
 *   sync 16 bits 0xa5c3 | block 32 | word 16 (0: none) | CRC-16 of both 16
 */
#ifndef PROVSIM_CODE_H
#define PROVSIM_CODE_H

#include "base/base.h"

enum { CODE_BLOCK_N = 80 };

/** Writes block number and word into the 80 bytes. */
void code_write(uint8_t ulaw[CODE_BLOCK_N], uint32_t block, uint16_t word);

struct code_reader {
	uint64_t hi, lo;  /* the last 80 bits, newest lowest */
	int64_t pos_n;	  /* samples so far */
	int64_t locked_n; /* end of the last block; 0: none yet */
	uint32_t block;	  /* … its number */
	int64_t lost_n, twice_n;
};

struct code_block {
	int64_t at_n; /* where it begins in what was read */
	uint32_t block;
	uint16_t word;
};

/**
 * Takes bytes from the front of *ulaw up to the end of the next block. True:
 * *b is one.
 */
bool code_read(struct code_reader *r, struct sv *ulaw, struct code_block *b);

#endif
