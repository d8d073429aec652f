/* The voice of a test: audio that tells where it belongs, in any pieces. */
#include "world.h"

#include <stdlib.h>

#define PIECE_N 800	   /* 100 ms at a time … */
#define PIECE_US (20 * MS) /* … every 20 ms */

uint8_t voice_byte(uint32_t utt, uint32_t i)
{
	uint32_t x = (utt * 2654435761u) ^ (i * 40503u + (i >> 7));

	return (uint8_t)(x >> 8);
}

static void wake(struct flow *f, int64_t t_us)
{
	if (f->voice_busy || f->voice_dead)
		return;
	f->voice_busy = true;
	flow_at_us(f, t_us, FLOW_VOICE);
}

void flow_voice_say(struct flow *f, const struct call_fx *fx)
{
	struct flow_utt *u = &f->utts[f->nutts++];
	uint16_t from = 0;

	assert_true(f->nutts <= FLOW_UTTS);
	*u = (struct flow_utt){.id = fx->utt, .protect = fx->protect};
	u->text = calloc(1, fx->text.len + 1);
	memcpy(u->text, fx->text.p, fx->text.len);
	for (uint16_t i = 0; i <= fx->text.len; i++) {
		if (u->text[i] && u->text[i] != ' ')
			continue;
		if (i > from && u->nwords < ARRAY_LEN(u->words))
			u->words[u->nwords++] =
				(struct call_word){from, (uint16_t)(i - from),
						   i * (uint32_t)FLOW_CHAR_N};
		from = (uint16_t)(i + 1);
	}
	u->total_n = (uint32_t)fx->text.len * FLOW_CHAR_N + 437;
	wake(f, f->now_us + f->voice_ms * MS);
}

/* Samples of the next piece: a test may ask for odd ones. */
static uint32_t piece_n(struct flow *f)
{
	if (!f->piece_max_n)
		return PIECE_N;
	return 1 + flow_chance(f, f->piece_max_n);
}

/* … and when the one behind it comes, always faster than it is played. */
static int64_t piece_us(const struct flow *f, uint32_t n)
{
	if (f->voice_slow)
		return PIECE_US * 11;
	return f->piece_max_n ? (int64_t)n * SAMPLE_US / 2 : PIECE_US;
}

static void give(struct flow *f, struct flow_utt *u, uint32_t n)
{
	static uint8_t data[FLOW_QUEUE_MS * 8];

	for (uint32_t i = 0; i < n; i++)
		data[i] = voice_byte(u->id, u->given_n + i);
	assert_int_equal(playq_put(f->q, u->id, data, n), 0);
	u->given_n += n;
}

static int refuses(struct flow *f, const struct flow_utt *u)
{
	if (f->voice_hates && strstr(u->text, f->voice_hates))
		return -EILSEQ;
	if (f->voice_fails <= 0 || u->given_n < (uint32_t)f->voice_fail_n)
		return 0;
	f->voice_fails--;
	return -EIO;
}

void voice_piece(struct flow *f)
{
	struct call_ev ev = {.kind = CALL_EV_READY};
	struct flow_utt *u;
	uint32_t n = piece_n(f);
	size_t w;

	f->voice_busy = false;
	while (f->speaking < f->nutts &&
	       (f->utts[f->speaking].cancelled || f->utts[f->speaking].ended))
		f->speaking++;
	if (f->speaking == f->nutts)
		return;
	u = &f->utts[f->speaking];
	ev.utt = u->id;
	ev.err = refuses(f, u);
	n = MIN(u->total_n - u->given_n, n);
	n = ev.err ? 0 : MIN(n, (uint32_t)playq_space(f->q));
	give(f, u, n);
	for (w = u->nwords_given; w < u->nwords; w++)
		if (u->words[w].end_n > u->given_n)
			break;
	ev.n = n;
	ev.last = u->given_n == u->total_n || ev.err;
	if (!f->no_words) {
		ev.words = u->words + u->nwords_given;
		ev.nwords = w - u->nwords_given;
	}
	u->nwords_given = w;
	if (ev.last) {
		assert_int_equal(playq_end(f->q, u->id), 0);
		u->ended = true;
	}
	wake(f, f->now_us + piece_us(f, n ? n : PIECE_N));
	flow_engine(f, ev);
}
