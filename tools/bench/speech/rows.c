#include "rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	TRIALS_MAX = 1000,
	CALL_TRIALS = 10, /* of one call; then another one begins */
	NET_MS = 20,
	AHEAD_MS = 120,
	BEHIND_MS = 1600, /* watched behind what he says */
	MISSED_MS = 2000,
};

struct row {
	const char *name;
	int n; /* trials, or minutes of our speech */
	enum sound_noise noise;
	double noise_dbov;
	enum path_echo echo;
	double echo_db;
	int echo_ms;
	bool gsm;
	double lost;
};

#define LINE SOUND_QUIET, -68

static const struct row interrupt[] = {
	{"quiet line", 220, LINE, PATH_DRY, 0, 0, false, 0},
	{"mobile (GSM)", 110, LINE, PATH_DRY, 0, 0, true, 0},
	{"3 % of the frames lost", 110, LINE, PATH_DRY, 0, 0, false, .03},
	{"pink noise, 20 dB", 110, SOUND_PINK, -40, PATH_DRY, 0, 0, false, 0},
	{"pink noise, 10 dB", 110, SOUND_PINK, -30, PATH_DRY, 0, 0, false, 0},
	{"babble, 20 dB", 110, SOUND_BABBLE, -40, PATH_DRY, 0, 0, false, 0},
	{"music, 20 dB", 110, SOUND_MUSIC, -40, PATH_DRY, 0, 0, false, 0},
	{"echo: hybrid, 20 dB", 110, LINE, PATH_HYBRID, 20, 30, false, 0},
	{"echo: speakerphone, 20 dB", 110, LINE, PATH_SPEAKER, 20, 120, false,
	 0},
	{"echo: speakerphone, 12 dB", 110, LINE, PATH_SPEAKER, 12, 120, false,
	 0},
	{"echo: mobile (GSM), 20 dB", 110, LINE, PATH_SPEAKER, 20, 220, true,
	 0},
};

static const struct row nothing[] = {
	{"quiet line", 20, LINE, PATH_DRY, 0, 0, false, 0},
	{"pink noise, 10 dB", 20, SOUND_PINK, -30, PATH_DRY, 0, 0, false, 0},
	{"van, 10 dB", 20, SOUND_VAN, -30, PATH_DRY, 0, 0, false, 0},
	{"echo: hybrid, 20 dB", 20, LINE, PATH_HYBRID, 20, 30, false, 0},
	{"echo: speakerphone, 20 dB", 20, LINE, PATH_SPEAKER, 20, 120, false,
	 0},
	{"echo: speakerphone, 12 dB", 20, LINE, PATH_SPEAKER, 12, 120, false,
	 0},
	{"echo: mobile (GSM), 20 dB", 20, LINE, PATH_SPEAKER, 20, 220, true, 0},
	{"echo: 300 ms late, 20 dB", 20, LINE, PATH_HYBRID, 20, 300, false, 0},
	{"music, 20 dB", 20, SOUND_MUSIC, -40, PATH_DRY, 0, 0, false, 0},
	{"music alone", 20, SOUND_MUSIC, -26, PATH_DRY, 0, 0, false, 0},
	{"babble, 20 dB", 20, SOUND_BABBLE, -40, PATH_DRY, 0, 0, false, 0},
	{"babble, loud", 20, SOUND_BABBLE, -26, PATH_DRY, 0, 0, false, 0},
};

static const struct {
	const char *name;
	enum sound_short kind;
} shorts[] = {
	{"coughs", SOUND_COUGH}, {"clicks", SOUND_CLICK}, {"keys", SOUND_KEY}};

/* ---- figures ---- */

struct figures {
	double v[TRIALS_MAX];
	int n;
};

static void put(struct figures *f, double v)
{
	if (f->n < TRIALS_MAX)
		f->v[f->n++] = v;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(struct figures *f, double q)
{
	if (!f->n)
		return NAN;
	qsort(f->v, (size_t)f->n, sizeof(f->v[0]), by_size);
	return f->v[(int)ceil(q * f->n) - 1 < 0 ? 0 : (int)ceil(q * f->n) - 1];
}

static bool wanted(const struct run *run, const char *table, const char *name)
{
	return !run->only || strstr(name, run->only) ||
	       strstr(table, run->only);
}

static int scaled(const struct run *run, int n)
{
	return MAX(n * run->share / 100, 1);
}

static FILE *raw_open(const struct run *run, const char *table)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.jsonl", run->out, table);
	return fopen(path, "w");
}

static int row_world(struct world **w, const struct run *run,
		     const struct row *r, const struct pcm *bed, int call,
		     bool reads)
{
	return world_new(w, &(struct world_prm){
				    .engine = run->engine,
				    .ours = &run->material->ours,
				    .path = {.echo = r->echo,
					     .loss_db = r->echo_db,
					     .delay_ms = r->echo_ms,
					     .gsm = r->gsm,
					     .lost = r->lost,
					     .bed = bed},
				    .net_ms = NET_MS,
				    .ahead_ms = AHEAD_MS,
				    .cancel = true,
				    .reads = reads,
				    .seed = run->seed * 1000 + (uint64_t)call,
			    });
}

static int row_bed(struct pcm *bed, const struct run *run, const struct row *r)
{
	return sound_noise(bed, r->noise, r->noise_dbov, &run->material->people,
			   run->material->set, run->seed);
}

/* ---- true interruptions ---- */

struct results {
	struct figures hold, stop, silent, cut, heard;
	int n, missed, resumed, clips, cuts;
	double claimed_off;
};

static double ms(int64_t n)
{
	return (double)n / 8;
}

static void take(struct results *s, const struct world_event *e, FILE *raw,
		 const char *row, const char *clip)
{
	bool missed = e->stop_n < 0 || ms(e->stop_n - e->onset_n) > MISSED_MS;

	s->n++;
	s->missed += missed;
	s->resumed += e->resumes > 0;
	if (e->hold_n >= 0)
		put(&s->hold, ms(e->hold_n - e->onset_n));
	if (!missed) {
		put(&s->stop, ms(e->stop_n - e->onset_n));
		put(&s->silent, ms(e->silent_n - e->onset_n));
	}
	if (e->clip_n >= 0) {
		s->clips++;
		s->cuts += ms(e->clip_n - e->onset_n) > 20;
		put(&s->cut, ms(e->clip_n - e->onset_n));
	}
	for (int i = 0; i < e->nheard; i++)
		put(&s->heard, fabs((double)e->heard_off_ms[i]));
	fprintf(raw,
		"{\"row\":\"%s\",\"clip\":\"%s\",\"withheld_ms\":%.0f,"
		"\"cleared_ms\":%.0f,\"silent_ms\":%.0f,\"resumes\":%d,"
		"\"clip_ms\":%.0f,\"heard_off_ms\":[",
		row, clip, e->hold_n < 0 ? -1 : ms(e->hold_n - e->onset_n),
		e->stop_n < 0 ? -1 : ms(e->stop_n - e->onset_n),
		e->silent_n < 0 ? -1 : ms(e->silent_n - e->onset_n), e->resumes,
		e->clip_n < 0 ? -9999 : ms(e->clip_n - e->onset_n));
	for (int i = 0; i < e->nheard; i++)
		fprintf(raw, "%s%d", i ? "," : "", e->heard_off_ms[i]);
	fprintf(raw, "]}\n");
}

static int row_interrupt(const struct run *run, const struct row *r, FILE *raw)
{
	static struct results s;
	const struct sounds *people = &run->material->people;
	int n = scaled(run, r->n), err;
	struct world *w = NULL;
	struct world_event e;
	struct pcm bed;
	struct rng rng;

	s = (struct results){0};
	rng_seed(&rng, run->seed);
	err = row_bed(&bed, run, r);
	for (int i = 0; !err && i < n; i++) {
		size_t k = rng_next(&rng) % people->n;

		if (i % CALL_TRIALS == 0) {
			w = world_free(w);
			err = row_world(&w, run, r, &bed, i, false);
		}
		if (err)
			break;
		if (!world_wait(w, 1500 + (int)(rng_next(&rng) % 4500)))
			continue; /* never at ease: counted as no trial */
		world_say(w, &people->v[k], BEHIND_MS, &e);
		take(&s, &e, raw, r->name, people->name[k]);
	}
	world_free(w);
	pcm_fini(&bed);
	printf("| %s | %d | %.0f, %.0f | %.0f, %.0f | %.0f, **%.0f** | %.1f %% "
	       "| %d of %d | %.0f, %.0f |\n",
	       r->name, s.n, quantile(&s.hold, .5), quantile(&s.hold, .9),
	       quantile(&s.stop, .5), quantile(&s.stop, .95),
	       quantile(&s.silent, .5), quantile(&s.silent, .95),
	       100.0 * s.missed / MAX(s.n, 1), s.cuts, s.clips,
	       quantile(&s.heard, .5), quantile(&s.heard, 1));
	fflush(stdout);
	return err;
}

/* ---- nobody speaks ---- */

static int row_nothing(const struct run *run, const struct row *r, FILE *raw)
{
	int minutes = scaled(run, r->n), err, clears = 0, withholds = 0;
	int gap_ms = 0;
	double spoke = 0, echo = 0, rest = 0, far = 0;
	struct world_sums s;
	struct world *w;
	struct pcm bed;

	err = row_bed(&bed, run, r);
	for (int i = 0; !err && i * 2 < minutes; i++) {
		err = row_world(&w, run, r, &bed, 500 + i, false);
		if (err)
			break;
		world_run(w, 12000);
		world_zero(w);
		world_run(w, 108000);
		s = world_sums(w);
		clears += s.clears;
		withholds += s.withholds;
		gap_ms += s.gap_ms;
		spoke += s.spoke_min;
		echo += s.echo;
		rest += s.rest;
		far += s.far;
		fprintf(raw,
			"{\"row\":\"%s\",\"spoke_min\":%.3f,\"stops\":%d,"
			"\"withheld\":%d,\"gap_ms\":%d,\"echo_db\":%.1f,"
			"\"taken_db\":%.1f}\n",
			r->name, s.spoke_min, s.clears, s.withholds, s.gap_ms,
			10 * log10(s.far / s.echo),
			10 * log10(s.echo / s.rest));
		world_free(w);
	}
	pcm_fini(&bed);
	printf("| %s | %.0f | **%.2f** | %.2f | %.0f ms | ", r->name, spoke,
	       clears / spoke, withholds / spoke, gap_ms / spoke);
	if (r->echo == PATH_DRY)
		printf("– | – |\n");
	else
		printf("%.1f dB | %.1f dB |\n", 10 * log10(far / echo),
		       10 * log10(echo / rest));
	fflush(stdout);
	return err;
}

/* ---- short noises, and words that mean nothing ---- */

static int row_short(const struct run *run, const char *name, int kind,
		     FILE *raw)
{
	static const struct row quiet = {"", 0, LINE, PATH_DRY, 0, 0, false, 0};
	const struct sounds *nods = &run->material->nods;
	int n = scaled(run, kind < 0 ? 60 : 100), err, stops = 0, holds = 0;
	struct world *w = NULL;
	struct figures gap = {.n = 0};
	struct world_event e;
	struct pcm bed, p;
	struct rng rng;

	rng_seed(&rng, run->seed + 7);
	err = row_bed(&bed, run, &quiet);
	for (int i = 0; !err && i < n; i++) {
		size_t k = rng_next(&rng) % MAX(nods->n, 1);

		if (i % CALL_TRIALS == 0) {
			w = world_free(w);
			err = row_world(&w, run, &quiet, &bed, 800 + i,
					kind < 0);
		}
		if (err || !world_wait(w, 1500 + (int)(rng_next(&rng) % 2000)))
			break;
		if (kind < 0)
			p = nods->v[k];
		else
			err = sound_short(&p, (enum sound_short)kind, &rng);
		if (err)
			break;
		world_say(w, &p, BEHIND_MS, &e);
		if (kind >= 0)
			pcm_fini(&p);
		stops += e.stop_n >= 0;
		holds += e.holds > 0;
		put(&gap, ms(e.gap_n));
		fprintf(raw,
			"{\"row\":\"%s\",\"what\":\"%s\",\"text\":\"%s\","
			"\"withheld\":%d,\"cleared_ms\":%.0f,"
			"\"gap_ms\":%.0f}\n",
			name, kind < 0 ? nods->name[k] : name, e.text, e.holds,
			e.stop_n < 0 ? -1 : ms(e.stop_n - e.onset_n),
			ms(e.gap_n));
	}
	world_free(w);
	pcm_fini(&bed);
	printf("| %s | %d | %d | %d | %.0f, %.0f |\n", name, n, holds, stops,
	       quantile(&gap, .5), quantile(&gap, .95));
	fflush(stdout);
	return err;
}

static int all_interrupt(const struct run *run)
{
	FILE *raw = raw_open(run, "interrupt");
	int err = raw ? 0 : -errno;

	printf("\n| true interruptions | n | withheld after, p50, p90 ms | "
	       "cleared after, p50, p95 ms | silence at the caller after, p50, "
	       "p95 ms | missed | words cut at the start | heard position off "
	       "by, p50, max ms |\n|---|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; !err && i < ARRAY_LEN(interrupt); i++)
		if (wanted(run, "interrupt", interrupt[i].name))
			err = row_interrupt(run, &interrupt[i], raw);
	if (raw && fclose(raw) && !err)
		err = -errno;
	return err;
}

static int all_nothing(const struct run *run)
{
	FILE *raw = raw_open(run, "nothing");
	int err = raw ? 0 : -errno;

	printf("\n| nobody speaks | minutes of our speech | stopped per minute "
	       "| withheld per minute | silence of it per minute | echo "
	       "below ours | taken away of it "
	       "|\n|---|---|---|---|---|---|---|\n");
	for (size_t i = 0; !err && i < ARRAY_LEN(nothing); i++)
		if (wanted(run, "nothing", nothing[i].name))
			err = row_nothing(run, &nothing[i], raw);
	if (raw && fclose(raw) && !err)
		err = -errno;
	return err;
}

static int all_short(const struct run *run)
{
	FILE *raw = raw_open(run, "short");
	int err = raw ? 0 : -errno;

	printf("\n| not meant for us | n | withheld | stopped | our silence, "
	       "p50, p95 ms |\n|---|---|---|---|---|\n");
	for (size_t i = 0; !err && i < ARRAY_LEN(shorts); i++)
		if (wanted(run, "short", shorts[i].name))
			err = row_short(run, shorts[i].name,
					(int)shorts[i].kind, raw);
	if (!err && wanted(run, "short", "uh-huh"))
		err = row_short(run, "uh-huh, okay and the like", -1, raw);
	if (raw && fclose(raw) && !err)
		err = -errno;
	return err;
}

int rows_all(const struct run *run)
{
	int err = all_interrupt(run);

	if (!err)
		err = all_nothing(run);
	if (!err)
		err = all_short(run);
	return err;
}
