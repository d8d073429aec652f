#include "speech/local/repeat.h"

#include <stdlib.h>

#include "base/list.h"

enum { SEEN = 512, SHARE = 8 };

struct kept {
	struct list node;
	size_t size; /* of all of it */
	size_t voice_len, lang_len, text_len, n, nwords;
	/* words, μ-law, voice, language and text behind one another */
	struct speech_word words[];
};

struct repeat {
	struct list kept; /* wanted last at the end */
	size_t used, max;
	uint64_t seen[SEEN]; /* asked for lately, as hashes */
	size_t next;
};

int repeat_new(struct repeat **out, size_t max)
{
	struct repeat *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	list_init(&r->kept);
	r->max = max;
	*out = r;
	return 0;
}

static void drop(struct repeat *r, struct kept *k)
{
	list_del(&k->node);
	r->used -= k->size;
	free(k);
}

struct repeat *repeat_free(struct repeat *r)
{
	while (r && !list_empty(&r->kept))
		drop(r, list_entry(r->kept.next, struct kept, node));
	free(r);
	return NULL;
}

static uint8_t *audio_of(struct kept *k)
{
	return (uint8_t *)(k->words + k->nwords);
}

static bool is(struct kept *k, const struct repeat_key *key)
{
	const uint8_t *p = audio_of(k) + k->n;

	return k->voice_len == key->voice.len && k->lang_len == key->lang.len &&
	       k->text_len == key->text.len &&
	       !memcmp(p, key->voice.p, k->voice_len) &&
	       !memcmp(p + k->voice_len, key->lang.p, k->lang_len) &&
	       !memcmp(p + k->voice_len + k->lang_len, key->text.p,
		       k->text_len);
}

bool repeat_find(struct repeat *r, const struct repeat_key *key,
		 struct repeat_speech *out)
{
	struct list *pos;

	LIST_FOREACH (pos, &r->kept) {
		struct kept *k = list_entry(pos, struct kept, node);

		if (!is(k, key))
			continue;
		list_del(&k->node);
		list_add(&r->kept, &k->node);
		*out = (struct repeat_speech){audio_of(k), k->n, k->words,
					      k->nwords};
		return true;
	}
	return false;
}

/* FNV-1a, 64 bits. */
static uint64_t hash(uint64_t h, struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3U;
	return (h ^ 0xff) * 0x100000001b3U;
}

bool repeat_wants(struct repeat *r, const struct repeat_key *k)
{
	uint64_t h = 0xcbf29ce484222325U;

	h = hash(hash(hash(h, k->voice), k->lang), k->text);
	for (size_t i = 0; i < SEEN; i++) {
		if (r->seen[i] == h)
			return true;
	}
	r->seen[r->next++ % SEEN] = h;
	return false;
}

static uint8_t *put(uint8_t *p, const void *from, size_t n)
{
	if (n)
		memcpy(p, from, n);
	return p + n;
}

void repeat_keep(struct repeat *r, const struct repeat_key *key,
		 const struct repeat_speech *s)
{
	size_t size = sizeof(struct kept) + s->nwords * sizeof(*s->words) +
		      s->n + key->voice.len + key->lang.len + key->text.len;
	struct repeat_speech there;
	struct kept *k;
	uint8_t *p;

	if (size > r->max / SHARE || repeat_find(r, key, &there))
		return;
	while (r->used + size > r->max)
		drop(r, list_entry(r->kept.next, struct kept, node));
	k = malloc(size);
	if (!k)
		return;
	*k = (struct kept){.size = size,
			   .voice_len = key->voice.len,
			   .lang_len = key->lang.len,
			   .text_len = key->text.len,
			   .n = s->n,
			   .nwords = s->nwords};
	put((uint8_t *)k->words, s->words, s->nwords * sizeof(*s->words));
	p = put(audio_of(k), s->ulaw, s->n);
	p = put(p, key->voice.p, key->voice.len);
	p = put(p, key->lang.p, key->lang.len);
	put(p, key->text.p, key->text.len);
	list_add(&r->kept, &k->node);
	r->used += size;
}
