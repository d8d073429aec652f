/* ear: the caller's leg, from the carrier's payload to the ring. */
#include "media/session.h"

#include "base/b64.h"
#include "base/clock.h"
#include "base/log.h"
#include "codec.h"

/* What Opus makes up has faded out by then. */
enum { MADE_UP_N = 160 * TEL_RATE_HZ / 1000 };

static void on_near(const struct near_out *o, void *arg)
{
	struct session *s = arg;

	ring_put(&s->ring, o->at_n, o->data, o->n);
	listen_heard(s, o);
	if (o->hunch)
		session_input(s, (struct call_ev){.kind = CALL_EV_HUNCH});
	if (o->suspect)
		session_input(s, (struct call_ev){.kind = CALL_EV_SUSPECT,
						  .at_n = o->since_n});
	if (o->began)
		listen_began(s, o->began_n);
}

static void heard(struct session *s, int64_t at_n, const uint8_t *data,
		  size_t n)
{
	record_heard(s, at_n, data, n);
	near_push(s->near, at_n, data, n, on_near, s);
}

static void silence(struct session *s, int64_t at_n, size_t n)
{
	uint8_t b[TEL_FRAME_N];

	memset(b, ULAW_SILENCE, sizeof(b));
	while (n) {
		size_t k = MIN(n, sizeof(b));

		heard(s, at_n, b, k);
		at_n += (int64_t)k;
		n -= k;
	}
}

/* What is missing before a packet. joins: it follows what was heard last. */
static void fill(struct session *s, const struct place_out *o, bool joins)
{
	const int64_t end_n = o->at_n + o->silence_n;
	int64_t at_n = o->at_n;
	const uint8_t *made;
	size_t k;

	while (joins && at_n < end_n && at_n < o->at_n + MADE_UP_N) {
		k = (size_t)MIN(end_n - at_n, TEL_FRAME_N);
		made = tongue_lost(s->tongue, k, at_n + (int64_t)k == end_n);
		if (!made)
			break;
		heard(s, at_n, made, k);
		at_n += (int64_t)k;
	}
	silence(s, at_n, (size_t)(end_n - at_n));
}

static void count_n(atomic_ullong *ms, uint64_t n)
{
	if (n)
		atomic_fetch_add_explicit(ms, n * 1000 / TEL_RATE_HZ,
					  memory_order_relaxed);
}

/* One piece that the codec takes at once: samples of it, or -errno. */
static int piece(struct session *s, int64_t ts_ms, const uint8_t *data,
		 size_t len)
{
	struct media_counts *c = s->m->prm.counts;
	struct place was = s->place;
	int n = tongue_look(s->tongue, data, len);
	struct place_out o;
	int err;

	if (n <= 0)
		return n;
	place_clock(&s->place,
		    (clock_mono_us() - s->origin_us) / (1000000 / TEL_RATE_HZ));
	err = place_frame(&s->place, ts_ms, (uint32_t)n,
			  FILL_MAX_MS * TEL_RATE_HZ / 1000, &o);
	count_n(&c->late_ms, s->place.late_n - was.late_n);
	count_n(&c->filled_ms, s->place.filled_n - was.filled_n);
	count_n(&c->skipped_ms, s->place.jumped_n - was.jumped_n +
					s->place.early_n - was.early_n);
	/* A carrier's clock may jump: he is to blame for each second. */
	if (s->place.early_n / TEL_RATE_HZ != was.early_n / TEL_RATE_HZ)
		session_bad_message(s, SESSION_BAD_EARLY);
	if (err)
		return n;
	fill(s, &o, o.at_n == was.next_n);
	heard(s, o.at_n + o.silence_n, tongue_read(s->tongue) + o.skip_n,
	      (size_t)n - o.skip_n);
	return n;
}

static void tell_echo(struct session *s)
{
	const struct echo *e = near_echo(s->near);

	if (s->echoes || !e || !echo_seen(e))
		return;
	s->echoes = true;
	counts_add(&s->m->prm.counts->echoes);
	log_line(LOG_LEVEL_INFO, "call", s->id,
		 "the line echoes after %d ms: cancelled by %.0f dB so far",
		 echo_delay_ms(e), (double)echo_erle_db(e));
}

void ear_payload(struct session *s, int64_t ts_ms, struct sv base64)
{
	uint8_t b[TONGUE_IN_MAX];
	bool whole = !tongue_piece_len(s->tongue);
	int64_t done_n = 0;

	counts_add(&s->m->prm.counts->frames_in);
	do {
		struct sv part = {base64.p,
				  MIN(base64.len, B64_LEN(sizeof(b)))};
		int n = b64_decode(b, sizeof(b), part);

		base64.p += part.len;
		base64.len -= part.len;
		if (n <= 0) {
			session_bad_message(s, n ? SESSION_BAD_BASE64
						 : SESSION_BAD_EMPTY);
			return;
		}
		if (whole && base64.len)
			n = -ENOSPC;
		else
			n = piece(s, ts_ms + done_n * 1000 / TEL_RATE_HZ, b,
				  (size_t)n);
		if (n < 0) {
			session_bad_message(s, SESSION_BAD_AUDIO);
			return;
		}
		done_n += n;
	} while (base64.len && s->state != SESSION_CLOSING);
	near_arrived(s->near, clock_mono_us());
	tell_echo(s);
}

void ear_packet(struct session *s, int64_t ts_ms, struct sv packet)
{
	counts_add(&s->m->prm.counts->frames_in);
	if (piece(s, ts_ms, (const uint8_t *)packet.p, packet.len) <= 0) {
		session_bad_message(s, SESSION_BAD_AUDIO);
		return;
	}
	near_arrived(s->near, clock_mono_us());
	tell_echo(s);
}

void ear_hush(struct session *s)
{
	size_t ms = (size_t)MAX(s->hangover_ms, 600) + 400;

	silence(s, s->place.next_n, ms * TEL_RATE_HZ / 1000);
}
