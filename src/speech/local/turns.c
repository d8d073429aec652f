#include "speech/local/turns.h"

#include "frame.h"

static const float on_level = 0.5f, off_level = 0.35f;

/* A soft first sound counts to what follows when it is at most so long. */
static const float faint_level = 0.1f;
enum { FAINT_N = TEL_RATE_HZ / 1000 * 400 };

/* Frames of 20 ms: five of the last seven begin an utterance. */
enum { ON_FRAMES = 5, OF_FRAMES = 7, FRAMES_MASK = (1 << OF_FRAMES) - 1 };

enum {
	PAUSE_N = TEL_RATE_HZ / 1000 * 200,
	HANGOVER_N = TEL_RATE_HZ / 1000 * 600,
	MAX_N = TEL_RATE_HZ * 20,
};

void turns_init(struct turns *t)
{
	*t = (struct turns){
		.pause_n = PAUSE_N, .hangover_n = HANGOVER_N, .max_n = MAX_N};
}

/* A window speaks for the 20 ms frames that end inside the next one. */
static void push_frames(struct turns *t, bool on)
{
	int64_t first = (t->pos_n + TEL_FRAME_N - 1) / TEL_FRAME_N;
	int64_t next =
		(t->pos_n + TURNS_WINDOW_N + TEL_FRAME_N - 1) / TEL_FRAME_N;

	for (; first < next; first++)
		t->frames = (t->frames << 1 | on) & FRAMES_MASK;
}

static enum turns_event while_silent(struct turns *t, float p)
{
	if (p < faint_level)
		t->faint_n = t->pos_n;
	if (p >= on_level && !t->frames)
		t->rise_n =
			MAX(t->faint_n, t->pos_n - TURNS_WINDOW_N - FAINT_N);
	push_frames(t, p >= on_level);
	if (p < on_level || __builtin_popcount(t->frames) < ON_FRAMES)
		return TURNS_NONE;
	t->talking = true;
	t->paused = false;
	t->start_n = t->cut ? t->end_n : t->rise_n;
	t->cut = false;
	t->end_n = t->pos_n;
	t->speech_n = __builtin_popcount(t->frames) * TEL_FRAME_N;
	return TURNS_BEGAN;
}

static enum turns_event end(struct turns *t, bool cut)
{
	t->talking = t->paused = false;
	t->early_n = 0;
	t->cut = cut;
	if (!cut)
		t->frames = 0;
	return TURNS_ENDED;
}

enum turns_event turns_window(struct turns *t, float p)
{
	t->pos_n += TURNS_WINDOW_N;
	if (!t->talking) {
		if (p < on_level && !t->frames)
			t->cut = false;
		return while_silent(t, p);
	}
	push_frames(t, p >= on_level);
	if (p >= on_level)
		t->speech_n += TURNS_WINDOW_N;
	if (p >= off_level)
		t->end_n = t->pos_n;
	if (t->pos_n - t->start_n >= t->max_n)
		return end(t, t->end_n == t->pos_n);
	if (t->end_n == t->pos_n)
		t->early_n = 0;
	if (t->pos_n - t->end_n >=
	    (t->early_n ? MIN(t->early_n, t->hangover_n) : t->hangover_n))
		return end(t, false);
	if (t->paused && t->end_n == t->pos_n) {
		t->paused = false;
		return TURNS_RESUMED;
	}
	if (!t->paused && t->pos_n - t->end_n >= t->pause_n) {
		t->paused = true;
		return TURNS_PAUSE;
	}
	return TURNS_NONE;
}
