/*
 * draw: numbers by chance that are the same in each run (Numerical Recipes'
 * generator). Set draw_seed first.
 */
#ifndef TESTS_DRAW_H
#define TESTS_DRAW_H

#include <stdint.h>

static uint32_t draw_seed;

/** 0 … below - 1. */
static inline uint32_t draw(uint32_t below)
{
	draw_seed = draw_seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)draw_seed * below >> 32);
}

#endif
