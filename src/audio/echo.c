#include "audio/echo.h"

#include <math.h>
#include <stdlib.h>

#include <speex/speex_echo.h>

#include "audio/delay.h"
#include "frame.h"

#define MS_N 8
#define FULL (32768.f * 32768.f)
#define SILENT_DBOV (-100.f)

/* A mark may be told a frame late, and an echo cannot come before its sound. */
#define AHEAD_N (40 * MS_N)
/* Where in the tail an echo is put that is too late for it. */
#define PLACE_MS 70
#define PLACE_MAX_MS 150 /* it may be so late before it is moved */

#define SPOKE_DBOV (-45.f) /* ours is loud enough to be in the echo */
#define TRIAL 250	   /* frames of our speech: 5 s */
#define LIKELY .35f	   /* delay_best(): it may well be an echo */
#define SURE .5f
#define HELPS_DB 3.f
#define HELPED 40 /* frames: 0.8 s */
#define HARMS 50  /* frames in which it made things worse */
#define KEEP .96f /* of a mean power a frame: 0.5 s */

/*
 * How much quieter than ours the rest is: followed as its 90th percentile,
 * quickly at first. START_DB is a line that returns it 8 dB down, so nobody
 * is stopped by an echo that nothing is known of yet.
 */
#define START_DB (-8.f)
#define RISE_DB .3f
#define FALL_DB (RISE_DB / 9)
#define FIRST 100 /* frames in which it moves up to FASTER_ times as fast */
#define FASTER_UP 4
#define FASTER_DOWN 6
#define MARGIN_DB 4.f
#define MARGIN_FIRST_DB 7.f /* while not much is known */
#define TOP_DB START_DB	    /* who is louder than that may interrupt us */
#define FLOOR_RISE_DB .04f  /* a frame: 2 dB a second */
#define NOISE_DB 6.f	    /* a noise is up to so much above its floor */
#define FADE_DB 1.2f  /* a frame, of what we played last: 60 dB a second */
#define HOLD 12	      /* frames that it rings on first … */
#define HOLD_FIRST 20 /* … while its delay is not known */

struct echo {
	SpeexEchoState *st;
	struct delay delay;
	int64_t bulk_n; /* shift of what is compared */
	int moved;	/* frames that ask for another shift */

	float played_dbov; /* loudest that may echo now */
	int hold;	   /* frames until it fades */
	int trial;	   /* frames of speech that are left to try */
	int helped, harmed;
	float in, rest; /* mean powers while we spoke */
	bool seen;

	float floor_dbov;
	float quieter_db;
	float before_db[32]; /* quieter_db of the last frames */
	unsigned nbefore;
	int first;
	bool talks;
};

int echo_new(struct echo **out)
{
	struct echo *e = calloc(1, sizeof(*e));
	spx_int32_t rate_hz = TEL_RATE_HZ;

	if (!e)
		return -ENOMEM;
	e->st = speex_echo_state_init(ECHO_FRAME_N, ECHO_TAIL_MS * MS_N);
	if (!e->st)
		goto fail;
	speex_echo_ctl(e->st, SPEEX_ECHO_SET_SAMPLING_RATE, &rate_hz);
	delay_init(&e->delay);
	e->played_dbov = SILENT_DBOV;
	e->trial = TRIAL;
	e->quieter_db = START_DB;
	e->first = FIRST;
	*out = e;
	return 0;
fail:
	echo_free(e);
	return -ENOMEM;
}

struct echo *echo_free(struct echo *e)
{
	if (e && e->st)
		speex_echo_state_destroy(e->st);
	free(e);
	return NULL;
}

static float mean_power(const int16_t pcm[ECHO_FRAME_N])
{
	float sum = 0;

	for (int i = 0; i < ECHO_FRAME_N; i++)
		sum += (float)pcm[i] * pcm[i];
	return sum / (ECHO_FRAME_N * FULL);
}

static float dbov(float power)
{
	return 10 * log10f(MAX(power, 1e-10f));
}

/* The echo is behind the tail, or back in front of it. */
static void place(struct echo *e, float like, int ms)
{
	int64_t want_n = 0, now_ms = ms - e->bulk_n / MS_N;

	if (now_ms >= 0 && now_ms <= PLACE_MAX_MS) {
		e->moved = 0;
		return;
	}
	if (like < SURE || ++e->moved < HELPED)
		return;
	if (ms > PLACE_MS)
		want_n = (int64_t)(ms - PLACE_MS) / 20 * ECHO_FRAME_N;
	e->moved = 0;
	if (want_n == e->bulk_n)
		return;
	e->bulk_n = want_n;
	e->helped = 0;
	e->trial = MAX(e->trial, TRIAL);
	speex_echo_state_reset(e->st);
}

static void watch(struct echo *e, const struct far *f, int64_t at_n,
		  const int16_t *in)
{
	int16_t far[ECHO_FRAME_N];
	float like;
	int ms;

	far_get(f, at_n + AHEAD_N, far, ECHO_FRAME_N);
	delay_step(&e->delay, in, far);
	delay_step(&e->delay, in + DELAY_STEP_N, far + DELAY_STEP_N);
	like = delay_best(&e->delay, &ms);
	if (like >= LIKELY)
		e->trial = MAX(e->trial, HELPED);
	place(e, like, ms);
}

/* Does it help? Judged by what it does to the frames in which we spoke. */
static void judge(struct echo *e, float in, float rest)
{
	int ms;

	e->in = KEEP * e->in + (1 - KEEP) * in;
	e->rest = KEEP * e->rest + (1 - KEEP) * rest;
	if (e->trial > 0)
		e->trial--;
	if (echo_erle_db(e) >= HELPS_DB)
		e->helped++;
	else
		e->helped = 0;
	if (!e->seen && e->helped >= HELPED &&
	    delay_best(&e->delay, &ms) >= SURE)
		e->seen = true;
	e->harmed = rest > 1.5f * in ? e->harmed + 1 : MAX(e->harmed - 2, 0);
	if (e->harmed >= HARMS) { /* it ran away */
		speex_echo_state_reset(e->st);
		e->harmed = 0;
	}
}

static void follow(struct echo *e, float level_dbov)
{
	float quieter = level_dbov - e->played_dbov;
	float first = (float)e->first / FIRST;

	e->floor_dbov = MIN(e->floor_dbov + FLOOR_RISE_DB, level_dbov);
	e->before_db[e->nbefore++ % ARRAY_LEN(e->before_db)] = e->quieter_db;
	if (e->talks)
		return;
	if (e->first)
		e->first--;
	if (quieter > e->quieter_db && level_dbov > e->floor_dbov + NOISE_DB)
		e->quieter_db += RISE_DB * (1 + (FASTER_UP - 1) * first);
	else
		e->quieter_db -= FALL_DB * (1 + (FASTER_DOWN - 1) * first);
	e->quieter_db = MIN(e->quieter_db, TOP_DB);
}

/* What of ours may be in the caller's 20 ms at at_n. */
static bool played(struct echo *e, const struct far *f, int64_t at_n,
		   int16_t far[ECHO_FRAME_N])
{
	int16_t now[ECHO_FRAME_N];
	float level = SILENT_DBOV;

	if (far_get(f, at_n + AHEAD_N, now, ECHO_FRAME_N))
		level = dbov(mean_power(now));
	if (e->bulk_n)
		far_get(f, at_n + AHEAD_N - e->bulk_n, far, ECHO_FRAME_N);
	else
		memcpy(far, now, sizeof(now));
	if (level >= e->played_dbov) {
		e->played_dbov = level;
		e->hold = (e->seen ? HOLD : HOLD_FIRST) +
			  (int)(e->bulk_n / ECHO_FRAME_N);
	} else if (e->hold) {
		e->hold--;
	} else {
		e->played_dbov = MAX(e->played_dbov - FADE_DB, SILENT_DBOV);
	}
	return e->played_dbov > SILENT_DBOV + 20;
}

struct echo_out echo_frame(struct echo *e, const struct far *f, int64_t at_n,
			   const int16_t in[ECHO_FRAME_N],
			   int16_t out[ECHO_FRAME_N])
{
	struct echo_out o = {.gate_dbov = -INFINITY, .floor_dbov = -INFINITY};
	float power = mean_power(in), rest = power;
	int16_t far[ECHO_FRAME_N];
	bool loud;

	memcpy(out, in, ECHO_FRAME_N * sizeof(*out));
	o.speaking = played(e, f, at_n, far);
	o.level_dbov = dbov(power);
	if (!o.speaking)
		return o;
	loud = e->played_dbov > SPOKE_DBOV;
	watch(e, f, at_n, in);
	if (e->seen || e->trial) {
		speex_echo_cancellation(e->st, in, far, out);
		rest = mean_power(out);
		if (loud)
			judge(e, power, rest);
		o.clean = e->seen && rest < power;
	}
	if (o.clean)
		o.level_dbov = dbov(rest);
	else
		memcpy(out, in, ECHO_FRAME_N * sizeof(*out));
	if (loud)
		follow(e, o.level_dbov);
	if (e->seen || e->trial)
		o.gate_dbov = e->played_dbov + e->quieter_db +
			      (e->seen ? MARGIN_DB : MARGIN_FIRST_DB);
	o.floor_dbov = e->floor_dbov;
	return o;
}

void echo_talks(struct echo *e, bool on)
{
	unsigned n = MIN(e->nbefore, (unsigned)ARRAY_LEN(e->before_db));

	if (on && !e->talks && n)
		e->quieter_db = MIN(e->quieter_db,
				    e->before_db[(e->nbefore - n) %
						 ARRAY_LEN(e->before_db)]);
	e->talks = on;
}

bool echo_seen(const struct echo *e)
{
	return e->seen;
}

int echo_delay_ms(const struct echo *e)
{
	int ms;

	delay_best(&e->delay, &ms);
	return MAX(ms - AHEAD_N / MS_N, 0);
}

float echo_erle_db(const struct echo *e)
{
	return e->rest > 0 ? 10 * log10f(e->in / e->rest) : 0;
}
