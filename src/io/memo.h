/*
 * memo: what all workers of a node remember of a call for some hours, in a
 * file that they map (node.runtime_dir): which webhook was first, which key
 * was pressed, which nonce was used. It outlives a worker that dies. Full, it
 * forgets what is oldest. No lock: an entry is taken by one atomic exchange.
 */
#ifndef IO_MEMO_H
#define IO_MEMO_H

#include "base/base.h"

struct memo;

enum { MEMO_NOTE_MAX = 40 };

/** Maps dir/memo (mode 0600, made when it is not there). 0 or -errno. */
int memo_open(struct memo **out, const char *dir);
/** NULL is fine; returns NULL. The file stays for the other workers. */
struct memo *memo_close(struct memo *m);

/** kind and key name an entry, here and below: "call", "nonce" … */
/**
 * When this was first seen (ms since 1970): now_ms the first time, and again
 * when that was more than life_ms ago.
 */
int64_t memo_first_ms(struct memo *m, const char *kind, struct sv key,
		      int64_t now_ms, int64_t life_ms);
/** True for the first who asks within life_ms, in whichever process. */
bool memo_once(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       int64_t life_ms);

/** The bits of an entry after adding some; 0 adds none. Makes the entry. */
unsigned memo_bits(struct memo *m, const char *kind, struct sv key,
		   int64_t now_ms, unsigned add);
/** Its number: raised to at_least and then by add. Makes the entry. */
unsigned memo_count(struct memo *m, const char *kind, struct sv key,
		    int64_t now_ms, unsigned at_least, unsigned add);

/** Keeps a text under MEMO_NOTE_MAX bytes; the first one stays. */
void memo_note(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       struct sv text);
/** Copies it to out (MEMO_NOTE_MAX bytes); "" when there is none. */
void memo_read(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       char out[MEMO_NOTE_MAX]);

#endif
