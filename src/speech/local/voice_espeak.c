/*
 * The Spanish voice: sentences by espeak-ng. It does not say where its words
 * end, so that is estimated: by their letters, between the pauses that are
 * heard where the text has its commas.
 */
#include "speech/local/voice_utt.h"

#include "base/log.h"
#include "speech/local/espeak.h"

enum {
	TIMEOUT_MS = 3000, /* it needs some 10 ms */
	QUIET = 60,	   /* samples below this are silence: -55 dBov */
	PAUSES_MAX = 64,
	COMMA_WEIGHT = 3, /* of a pause, in letters, when it is not found */
};

/* To -20 dBov over the frames of speech. */
static const float gain = 1.0f;

/* Silence kept around the speech, and what is a pause inside. */
static const double lead_s = 0.02, trail_s = 0.06, pause_s = 0.09;

struct pause {
	size_t from, to;
};

struct sentence {
	struct voice_utt *u;
	const int16_t *pcm;
	size_t from, to; /* what is said of it */
	unsigned rate_hz;
	struct pause pause[PAUSES_MAX];
	size_t npauses;
};

/* An empty piece asks whether anybody still listens. */
static bool unwanted(void *arg)
{
	const struct voice_utt *u = arg;

	return !u->h(&(struct voice_piece){0}, u->arg);
}

static bool loud(int16_t x)
{
	return x > QUIET || x < -QUIET;
}

static void trim(struct sentence *s, size_t n)
{
	size_t lead = (size_t)(lead_s * s->rate_hz);
	size_t trail = (size_t)(trail_s * s->rate_hz);
	size_t first = 0, last = n;

	while (first < n && !loud(s->pcm[first]))
		first++;
	while (last > first && !loud(s->pcm[last - 1]))
		last--;
	s->from = s->u->first ? 0 : first - MIN(first, lead);
	s->to = s->u->end == s->u->spoken.n ? MIN(last + trail, n) : n;
	s->to = MAX(s->to, s->from);
}

static void find_pauses(struct sentence *s)
{
	const size_t least = (size_t)(pause_s * s->rate_hz);
	size_t since = 0;
	bool sound = false;

	s->npauses = 0;
	for (size_t i = s->from; i < s->to; i++) {
		if (!loud(s->pcm[i]))
			continue;
		if (sound && i - since > least && s->npauses < PAUSES_MAX)
			s->pause[s->npauses++] = (struct pause){since, i};
		sound = true;
		since = i + 1;
	}
	if (s->npauses < PAUSES_MAX) /* the end is the last one */
		s->pause[s->npauses++] =
			(struct pause){MIN(since, s->to), s->to};
}

/* What a word is worth in time: letters; a figure is a word of its own. */
static unsigned weight(const struct voice_utt *u, size_t i)
{
	const struct readout_word *w = &u->spoken.word[i];
	const char *p = u->spoken.text.p + w->at;
	const char *end = u->spoken.text.p + u->spoken.text.len;
	unsigned n = 1;

	for (; !w->mute && p < end && *p != ' '; p++)
		n += *p >= '0' && *p <= '9' ? 4 : (*p & 0xc0) != 0x80;
	return w->mute ? 0 : n;
}

static bool has_comma(const struct voice_utt *u, size_t i)
{
	const char *p = u->spoken.text.p + u->spoken.word[i].at;
	size_t n = strcspn(p, " ");

	return !u->spoken.word[i].mute && n && strchr(",;:.?!", p[n - 1]);
}

static uint32_t place(const struct sentence *s, size_t i)
{
	return s->u->base_n +
	       (uint32_t)((uint64_t)(i - s->from) * TEL_RATE_HZ / s->rate_hz);
}

/* Shares [from, to) among the words [first, end) by their weights. */
static void share(struct sentence *s, size_t first, size_t end, size_t from,
		  size_t to, unsigned comma)
{
	struct voice_utt *u = s->u;
	unsigned sum = 0, part = 0;

	for (size_t i = first; i < end; i++)
		sum += weight(u, i) +
		       (i + 1 < end && has_comma(u, i) ? comma : 0);
	for (size_t i = first; i < end; i++) {
		part += weight(u, i);
		u->word[i].end_n =
			place(s, from + (to - from) * part / (sum ? sum : 1));
		part += i + 1 < end && has_comma(u, i) ? comma : 0;
	}
}

static void place_words(struct sentence *s)
{
	const struct voice_utt *u = s->u;
	size_t commas = 0, first = u->first, from = s->from, k = 0;

	for (size_t i = u->first; i + 1 < u->end; i++)
		commas += has_comma(u, i);
	find_pauses(s);
	if (commas + 1 != s->npauses) {
		share(s, u->first, u->end, s->from,
		      s->pause[s->npauses - 1].from, COMMA_WEIGHT);
		return;
	}
	for (size_t i = u->first; i < u->end; i++) {
		if (i + 1 < u->end && !has_comma(u, i))
			continue;
		share(s, first, i + 1, from, s->pause[k].from, 0);
		from = s->pause[k++].to;
		first = i + 1;
	}
}

static void give_all(struct sentence *s)
{
	struct voice_utt *u = s->u;

	for (size_t i = s->from; !u->err && i < s->to; i += VOICE_CHUNK)
		if (!voice_push(u, s->pcm + i, MIN(s->to - i, VOICE_CHUNK),
				gain))
			u->err = -ECANCELED;
}

void voice_espeak_say(struct voice_utt *u, struct sv text)
{
	struct sentence s = {.u = u};
	struct buf pcm;

	u->err = espeak_say(&pcm, &s.rate_hz, text, TIMEOUT_MS, unwanted, u);
	if (!u->err)
		u->err = voice_set_rate(u, s.rate_hz);
	if (!u->err) {
		s.pcm = (const int16_t *)(const void *)pcm.p;
		trim(&s, pcm.len / sizeof(int16_t));
		place_words(&s);
		give_all(&s);
	} else if (u->err != -ECANCELED) {
		log_error("speech", "the Spanish voice (espeak-ng): %s",
			  strerror(-u->err));
	}
	buf_fini(&pcm);
}
