/*
 * bed: how loud the caller's line is by itself (a street, music on hold,
 * people around him), from the levels of the last seconds, and above what
 * somebody has to be who speaks to us. His own speech is in these levels too,
 * but while we speak he is mostly silent, and the quietest quarter limits it;
 * so nobody has to know first who spoke.
 */
#ifndef AUDIO_BED_H
#define AUDIO_BED_H

#include "base/base.h"

enum { BED_LEVELS = 80 }; /* of 1 dB, up to full scale */

struct bed {
	float seen
		[BED_LEVELS]; /* frames at that level, recent ones count more */
	float frames;
	float weight; /* of the next frame: rises, so that old ones fade */
	float gate_dbov;
	int age; /* frames since gate_dbov was found */
};

void bed_init(struct bed *b);

/** A frame of 20 ms; returns the level that a talker exceeds, dBov. */
float bed_frame(struct bed *b, float level_dbov);

#endif
