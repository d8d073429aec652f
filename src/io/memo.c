#include "io/memo.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ENTRIES = 32768,
	WINDOW = 16,		   /* places where a key may stand */
	LIFE_MS = 6 * 3600 * 1000, /* longer than any call */
};

struct entry {
	atomic_ullong key;  /* 0: free */
	atomic_llong at_ms; /* 0: just taken */
	atomic_uint bits, count;
	char note[MEMO_NOTE_MAX];
};

struct memo {
	struct entry *v;
};

int memo_open(struct memo **out, const char *dir)
{
	const size_t size = ENTRIES * sizeof(struct entry);
	struct memo *m = calloc(1, sizeof(*m));
	char path[4200];
	int fd, err = 0;
	void *p;

	if (!m)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/memo", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		err = -errno;
	if (!err) {
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p == MAP_FAILED)
			err = -errno;
		else
			m->v = p;
	}
	if (fd >= 0)
		close(fd);
	if (err) {
		free(m);
		return err;
	}
	*out = m;
	return 0;
}

struct memo *memo_close(struct memo *m)
{
	if (m)
		munmap(m->v, ENTRIES * sizeof(struct entry));
	free(m);
	return NULL;
}

/* FNV-1a, stirred so that neighbours part. Never 0. */
static uint64_t hash(const char *kind, struct sv key)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *kind; kind++)
		h = (h ^ (uint8_t)*kind) * 0x100000001b3u;
	h = (h ^ ':') * 0x100000001b3u;
	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (uint8_t)key.p[i]) * 0x100000001b3u;
	h = (h ^ h >> 31) * 0x9e3779b97f4a7c15u;
	h ^= h >> 29;
	return h ? h : 1;
}

static struct entry *place(struct memo *m, uint64_t h)
{
	struct entry *oldest = NULL;
	unsigned long long was;

	for (unsigned i = 0; i < WINDOW; i++) {
		struct entry *e = &m->v[(h + i) % ENTRIES];

		was = atomic_load(&e->key);
		if (was == h)
			return e;
		if (!was && atomic_compare_exchange_strong(&e->key, &was, h))
			return e;
		if (was == h) /* another worker was quicker */
			return e;
		if (!oldest ||
		    atomic_load(&e->at_ms) < atomic_load(&oldest->at_ms))
			oldest = e;
	}
	atomic_store(&oldest->key, h);
	atomic_store(&oldest->at_ms, 0);
	return oldest;
}

/* *made: it is new, or was so old that it counts as new. */
static struct entry *find(struct memo *m, const char *kind, struct sv key,
			  int64_t now_ms, int64_t life_ms, bool *made)
{
	struct entry *e = place(m, hash(kind, key));
	long long at = atomic_load(&e->at_ms);

	*made = (!at || now_ms - at > life_ms) &&
		atomic_compare_exchange_strong(&e->at_ms, &at, now_ms);
	if (*made) {
		atomic_store(&e->bits, 0);
		atomic_store(&e->count, 0);
		e->note[0] = '\0';
	}
	return e;
}

int64_t memo_first_ms(struct memo *m, const char *kind, struct sv key,
		      int64_t now_ms, int64_t life_ms)
{
	bool made;

	return atomic_load(&find(m, kind, key, now_ms, life_ms, &made)->at_ms);
}

bool memo_once(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       int64_t life_ms)
{
	bool made;

	(void)find(m, kind, key, now_ms, life_ms, &made);
	return made;
}

unsigned memo_bits(struct memo *m, const char *kind, struct sv key,
		   int64_t now_ms, unsigned add)
{
	bool made;
	struct entry *e = find(m, kind, key, now_ms, LIFE_MS, &made);

	return atomic_fetch_or(&e->bits, add) | add;
}

unsigned memo_count(struct memo *m, const char *kind, struct sv key,
		    int64_t now_ms, unsigned at_least, unsigned add)
{
	bool made;
	struct entry *e = find(m, kind, key, now_ms, LIFE_MS, &made);
	unsigned n = atomic_load(&e->count), next;

	do
		next = MAX(n, at_least) + add;
	while (!atomic_compare_exchange_weak(&e->count, &n, next));
	return next;
}

void memo_note(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       struct sv text)
{
	bool made;
	struct entry *e = find(m, kind, key, now_ms, LIFE_MS, &made);

	if (!e->note[0] && text.len < MEMO_NOTE_MAX)
		(void)sv_copy(e->note, sizeof(e->note), text);
}

void memo_read(struct memo *m, const char *kind, struct sv key, int64_t now_ms,
	       char out[MEMO_NOTE_MAX])
{
	bool made;
	struct entry *e = find(m, kind, key, now_ms, LIFE_MS, &made);

	memcpy(out, e->note, MEMO_NOTE_MAX);
	out[MEMO_NOTE_MAX - 1] = '\0';
}
