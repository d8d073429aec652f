#include "proto/dg_turns.h"

enum {
	SURE_WORDS = 2, /* nobody noticed them: fewer are an echo */
	ROUND_N = 800,	/* times behind what was sent that are just rounded */
};

void dg_turns_init(struct dg_turns *t, const struct dg_turns_handlers *h)
{
	*t = (struct dg_turns){
		.h = *h, .confidence = 1, .told_n = INT64_MIN / 2};
}

/* ---- the text so far ---- */

static void forget(struct dg_turns *t)
{
	t->len = 0;
	t->text[0] = t->interim[0] = t->lang[0] = '\0';
	t->confidence = 1;
	t->first_n = t->last_n = 0;
	t->word_us = 0;
}

static bool has_words(const struct dg_turns *t)
{
	return t->len || t->interim[0];
}

static void append(struct dg_turns *t, const char *more)
{
	size_t room = sizeof(t->text) - t->len;
	struct sv s = sv_str(more);

	if (!s.len || room < 2)
		return;
	if (t->len) {
		t->text[t->len++] = ' ';
		room--;
	}
	(void)sv_copy(t->text + t->len, room, s);
	t->len += MIN(s.len, room - 1);
}

static void take_words(struct dg_turns *t, const struct dg_msg *m)
{
	int64_t first_n = MIN(m->first_n, t->sent_n);

	if (!m->text[0])
		return;
	if (!has_words(t))
		t->first_n = first_n;
	t->first_n = MIN(t->first_n, first_n);
	t->last_n = MAX(t->last_n, MIN(m->last_n, t->sent_n));
	t->confidence = MIN(t->confidence, m->confidence);
	if (m->lang[0])
		memcpy(t->lang, m->lang, sizeof(t->lang));
}

/* Tells what is known as the text of [start, end), and forgets it. */
static void tell(struct dg_turns *t, int64_t start_n, int64_t end_n)
{
	struct dg_text out = {.start_n = start_n,
			      .end_n = MAX(start_n, end_n),
			      .final = true};
	char lang[sizeof(t->lang)];

	append(t, t->interim);
	memcpy(lang, t->lang, sizeof(lang));
	out.text = (struct sv){t->text, t->len};
	out.lang = sv_str(lang);
	out.confidence = t->len ? t->confidence : 0;
	t->h.texth(&out, t->h.arg);
	forget(t);
}

static unsigned words_in(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += *s != ' ' && (s[1] == ' ' || !s[1]);
	return n;
}

/* ---- led ---- */

void dg_turns_lead(struct dg_turns *t, bool on)
{
	if (t->led == on)
		return;
	t->led = on;
	t->talking = false;
	/* The detector is gone: what it began is ended by the words. */
	if (!on)
		t->n = 0;
}

static void drop_first(struct dg_turns *t)
{
	memmove(t->turn, t->turn + 1, --t->n * sizeof(t->turn[0]));
}

void dg_turns_began(struct dg_turns *t, int64_t at_n)
{
	struct dg_turn *last = t->n ? &t->turn[t->n - 1] : NULL;

	if (!t->led || (last && !last->due_us))
		return;
	if (t->n == DG_TURNS_MAX) {
		last = &t->turn[0];
		tell(t, last->start_n, last->end_n);
		drop_first(t);
	}
	t->turn[t->n++] = (struct dg_turn){.start_n = at_n, .end_n = at_n};
}

static void ask(struct dg_turns *t, int64_t sent_n)
{
	for (unsigned i = 0; i < t->n; i++) {
		struct dg_turn *u = &t->turn[i];

		if (!u->due_us || u->asked || sent_n < u->finish_n)
			continue;
		u->asked = true;
		t->h.finalizeh(t->h.arg);
	}
}

void dg_turns_ended(struct dg_turns *t, int64_t at_n, int64_t sent_n,
		    int64_t now_us)
{
	struct dg_turn *last = t->n ? &t->turn[t->n - 1] : NULL;

	if (!t->led || !last || last->due_us)
		return;
	last->end_n = MAX(last->start_n, at_n);
	last->finish_n = MAX(sent_n, at_n + DG_BEHIND_N);
	last->due_us = now_us + DG_FINAL_MS * INT64_C(1000);
	ask(t, sent_n);
}

void dg_turns_sent(struct dg_turns *t, int64_t n)
{
	t->sent_n = n;
	ask(t, n);
}

/* The answer to Finalize, or the end of all patience with the first turn. */
static void close_first(struct dg_turns *t)
{
	struct dg_turn u = t->turn[0];

	drop_first(t);
	tell(t, u.start_n, MAX(u.end_n, t->last_n));
}

static void heard_led(struct dg_turns *t, const struct dg_msg *m)
{
	if (m->from_finalize && t->n && t->turn[0].asked) {
		close_first(t);
		return;
	}
	/* Words outside of any turn: the detector did not notice them. */
	if (!t->n && t->len &&
	    (m->speech_final || m->from_finalize ||
	     m->kind == DG_UTTERANCE_END)) {
		if (words_in(t->text) >= SURE_WORDS)
			tell(t, t->first_n, t->last_n);
		else
			forget(t);
	}
}

/* ---- not led ---- */

static void begin(struct dg_turns *t)
{
	t->talking = true;
	t->h.beganh(t->first_n, t->h.arg);
}

static void end(struct dg_turns *t)
{
	t->talking = false;
	t->h.endedh(t->last_n, t->h.arg);
	tell(t, t->first_n, t->last_n);
}

static void heard_alone(struct dg_turns *t, const struct dg_msg *m)
{
	if (!t->talking && has_words(t))
		begin(t);
	if (t->talking && (m->speech_final || m->from_finalize ||
			   m->kind == DG_UTTERANCE_END))
		end(t);
}

/* ---- both ---- */

static void take_results(struct dg_turns *t, const struct dg_msg *m,
			 int64_t now_us)
{
	int64_t end_n = MIN(m->end_n, t->sent_n);
	/* Of a connection before this one, or told when it was late. */
	bool old = end_n <= t->final_n ||
		   MIN(m->last_n, t->sent_n) <= t->told_n + DG_BEHIND_N;

	if (MAX(m->end_n, m->last_n) > t->sent_n + ROUND_N)
		t->wrong = true;
	if (m->text[0] && !old) {
		take_words(t, m);
		t->word_us = now_us;
	}
	if (m->is_final) {
		if (!old)
			append(t, m->text);
		t->interim[0] = '\0';
		t->final_n = MAX(t->final_n, end_n);
	} else if (!old) {
		memcpy(t->interim, m->text, sizeof(t->interim));
	}
}

static void tell_interim(struct dg_turns *t)
{
	char all[2 * DG_TEXT_MAX];
	struct dg_text out = {.start_n = t->first_n, .end_n = t->last_n};

	if (!has_words(t))
		return;
	(void)sv_copy(all, sizeof(all), (struct sv){t->text, t->len});
	if (t->interim[0]) {
		size_t n = t->len;

		if (n)
			all[n++] = ' ';
		(void)sv_copy(all + n, sizeof(all) - n, sv_str(t->interim));
	}
	out.text = sv_str(all);
	out.lang = sv_str(t->lang);
	out.confidence = t->confidence;
	t->h.texth(&out, t->h.arg);
}

void dg_turns_heard(struct dg_turns *t, const struct dg_msg *m, int64_t now_us)
{
	if (m->kind != DG_RESULTS && m->kind != DG_UTTERANCE_END)
		return;
	if (m->kind == DG_RESULTS)
		take_results(t, m, now_us);
	if (t->led)
		heard_led(t, m);
	else
		heard_alone(t, m);
	if (m->kind == DG_RESULTS && m->text[0])
		tell_interim(t);
}

int64_t dg_turns_next_us(const struct dg_turns *t)
{
	if (t->led)
		return t->n && t->turn[0].due_us ? t->turn[0].due_us
						 : INT64_MAX;
	return t->talking ? t->word_us + DG_GAP_MS * INT64_C(1000) : INT64_MAX;
}

void dg_turns_tick(struct dg_turns *t, int64_t now_us)
{
	if (dg_turns_next_us(t) > now_us)
		return;
	if (!t->led) {
		end(t);
		return;
	}
	if (has_words(t))
		t->told_n = MAX(t->turn[0].end_n, t->last_n);
	close_first(t);
}

int64_t dg_turns_again(struct dg_turns *t)
{
	t->interim[0] = '\0';
	for (unsigned i = 0; i < t->n; i++)
		t->turn[i].asked = false;
	t->sent_n = t->final_n;
	return t->final_n;
}

void dg_turns_wait(struct dg_turns *t, int64_t now_us)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->turn[i].due_us)
			t->turn[i].due_us =
				now_us + DG_FINAL_MS * INT64_C(1000);
}
