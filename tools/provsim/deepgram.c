#include "deepgram.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "codec.h"
#include "dg_query.h"
#include "hearing.h"
#include "proto/ws.h"

enum {
	IDLE_MS = 10000,	/* without audio and KeepAlive */
	HEARTBEAT_N = 5 * 8000, /* silence that is told as an empty result */
	WORDS_MAX = 200,
};

struct listen {
	struct peer *p;
	struct dg_query q;
	struct hearing *hearing;
	struct timer *idle;
	char id[37];
	int64_t told_n;	     /* results are final up to here */
	int64_t last_word_n; /* end of the last word of a final result; -1 */
	bool spoken;	     /* words since the last UtteranceEnd */
	int64_t speech_n;    /* end of the last speech heard of */
	bool audio, closing;
	unsigned flushes; /* answers to Finalize still to come */
};

static double seconds(int64_t n)
{
	return round((double)n / 8.0) / 1000.0;
}

/* ---- results ---- */

/* The recogniser gives no times: words share the time by their letters. */
static json_t *words_of(struct sv text, int64_t start_n, int64_t end_n,
			float confidence, bool punctuate)
{
	json_t *a = json_array();
	size_t at = 0;

	while (at < text.len) {
		size_t from, n = 0;
		char word[64];

		while (at < text.len && text.p[at] == ' ')
			at++;
		from = at;
		for (; at < text.len && text.p[at] != ' '; at++)
			if ((isalnum((unsigned char)text.p[at]) ||
			     text.p[at] == '\'' || text.p[at] & 0x80) &&
			    n + 1 < sizeof(word))
				word[n++] = (char)tolower(
					(unsigned char)text.p[at]);
		if (from == at || json_array_size(a) == WORDS_MAX)
			continue;
		word[n] = '\0';
		json_array_append_new(
			a,
			json_pack("{s:s, s:f, s:f, s:f, s:s#}", "word", word,
				  "start",
				  seconds(start_n + (end_n - start_n) *
							    (int64_t)from /
							    (int64_t)text.len),
				  "end",
				  seconds(start_n + (end_n - start_n) *
							    (int64_t)at /
							    (int64_t)text.len),
				  "confidence", (double)confidence,
				  "punctuated_word", text.p + from, at - from));
		if (!punctuate)
			json_object_del(
				json_array_get(a, json_array_size(a) - 1),
				"punctuated_word");
	}
	return a;
}

/* Plain text as it is without punctuate: lower case, letters only. */
static json_t *transcript_of(json_t *words, bool punctuate)
{
	json_t *w, *text = json_string("");
	size_t i;

	json_array_foreach (words, i, w) {
		const char *s = json_string_value(json_object_get(
			w, punctuate ? "punctuated_word" : "word"));
		json_t *more = json_sprintf("%s%s%s", json_string_value(text),
					    i ? " " : "", s ? s : "");

		json_decref(text);
		text = more;
	}
	return text;
}

static void send_results(struct listen *l, const struct heard *h, bool final,
			 bool flushed)
{
	json_t *words = words_of(h->text, h->start_n, h->end_n, h->confidence,
				 l->q.punctuate);
	int64_t to_n = final ? MAX(h->to_n, l->told_n) : h->end_n;
	size_t n = json_array_size(words);
	json_t *text = transcript_of(words, l->q.punctuate);

	if (final && n) {
		l->last_word_n = h->end_n;
		l->spoken = true;
	}
	peer_send_json(
		l->p,
		json_pack("{s:s, s:[i,i], s:f, s:f, s:b, s:b, s:b, "
			  "s:{s:[{s:o, s:f, s:o}]}, "
			  "s:{s:s, s:{s:s, s:s, s:s}, s:s}}",
			  "type", "Results", "channel_index", 0, 1, "duration",
			  seconds(to_n - l->told_n), "start",
			  seconds(l->told_n), "is_final", final, "speech_final",
			  final && !flushed, "from_finalize", flushed,
			  "channel", "alternatives", "transcript", text,
			  "confidence", n ? (double)h->confidence : 0.0,
			  "words", words, "metadata", "request_id", l->id,
			  "model_info", "name", l->q.model, "version",
			  "simulated", "arch", "nova", "model_uuid",
			  "00000000-0000-0000-0000-000000000000"));
	if (final)
		l->told_n = to_n;
}

static void send_metadata(struct listen *l)
{
	int64_t lost_n, twice_n;

	hearing_gaps(l->hearing, &lost_n, &twice_n);
	sim_event(peer_sim(l->p), l->p, "audio",
		  json_pack("{s:I, s:I, s:I}", "samples",
			    (json_int_t)hearing_pos(l->hearing), "lost",
			    (json_int_t)lost_n, "twice", (json_int_t)twice_n));
	peer_send_json(l->p,
		       json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:[s]}",
				 "type", "Metadata", "transaction_key",
				 "deprecated", "request_id", l->id, "sha256",
				 "00000000000000000000000000000000"
				 "00000000000000000000000000000000",
				 "created", "2026-01-01T00:00:00.000Z",
				 "duration", seconds(hearing_pos(l->hearing)),
				 "channels", 1, "models",
				 "00000000-0000-0000-0000-000000000000"));
	peer_close(l->p, WS_CLOSE_NORMAL, "");
}

static void utterance_end(struct listen *l)
{
	if (!l->q.utterance_end_ms || !l->spoken ||
	    hearing_pos(l->hearing) - l->last_word_n <
		    l->q.utterance_end_ms * INT64_C(8))
		return;
	l->spoken = false;
	peer_send_json(l->p,
		       json_pack("{s:s, s:[i,i], s:f}", "type", "UtteranceEnd",
				 "channel", 0, 1, "last_word_end",
				 seconds(l->last_word_n)));
}

static void on_heard(const struct heard *h, void *arg)
{
	struct listen *l = arg;

	l->speech_n = MAX(l->speech_n, MAX(h->start_n, h->end_n));
	switch (h->kind) {
	case HEARD_BEGAN:
		if (l->q.vad_events)
			peer_send_json(l->p,
				       json_pack("{s:s, s:[i,i], s:f}", "type",
						 "SpeechStarted", "channel", 0,
						 1, "timestamp",
						 seconds(h->start_n)));
		break;
	case HEARD_INTERIM:
		if (l->q.interim_results && h->text.len && h->end_n > l->told_n)
			send_results(l, h, false, false);
		break;
	case HEARD_FINAL:
		send_results(l, h, true, false);
		break;
	case HEARD_FLUSHED:
		l->flushes -= l->flushes > 0;
		send_results(l, h, true, true);
		if (l->closing && !l->flushes)
			send_metadata(l);
		break;
	}
}

/* Silence is told, too: an empty result now and then. */
static void heartbeat(struct listen *l)
{
	int64_t pos_n = hearing_pos(l->hearing);

	if (pos_n - MAX(l->told_n, l->speech_n) < HEARTBEAT_N)
		return;
	send_results(l,
		     &(struct heard){.start_n = l->told_n,
				     .end_n = pos_n,
				     .to_n = pos_n},
		     true, false);
}

/* ---- messages ---- */

static void close_stream(struct listen *l)
{
	if (l->closing)
		return;
	l->closing = true;
	l->flushes++;
	hearing_flush(l->hearing);
}

static void on_audio(struct listen *l, struct sv msg)
{
	uint8_t ulaw[4096];

	if (!msg.len) {
		close_stream(l);
		return;
	}
	if (l->q.mulaw) {
		hearing_push(l->hearing, msg);
		return;
	}
	while (msg.len >= 2) {
		size_t n = MIN(msg.len / 2, sizeof(ulaw));

		for (size_t i = 0; i < n; i++)
			ulaw[i] = lin_to_ulaw(
				(int16_t)((uint8_t)msg.p[2 * i] |
					  (uint8_t)msg.p[2 * i + 1] << 8));
		hearing_push(l->hearing, (struct sv){(char *)ulaw, n});
		msg.p += 2 * n;
		msg.len -= 2 * n;
	}
}

static void rest(struct listen *l)
{
	timer_at(l->idle, clock_mono_us() + IDLE_MS * 1000);
}

static void on_control(struct listen *l, struct sv msg)
{
	json_t *o = json_loadb(msg.p, msg.len, 0, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));

	sim_event(peer_sim(l->p), l->p, "message",
		  json_pack("{s:s}", "type", type ? type : "?"));
	if (!type) {
		peer_close(l->p, 1008, "DATA-0000");
	} else if (!strcmp(type, "KeepAlive")) {
		/* It does not stand for the first audio. */
		if (l->audio)
			rest(l);
	} else if (!strcmp(type, "Finalize")) {
		l->flushes++;
		hearing_flush(l->hearing);
	} else if (!strcmp(type, "CloseStream")) {
		close_stream(l);
	} else {
		peer_send_json(l->p,
			       json_pack("{s:s, s:s, s:s, s:s}", "type",
					 "Error", "description",
					 "unknown message type", "message",
					 type, "variant", "UNKNOWN_MESSAGE"));
		peer_close(l->p, 1008, "DATA-0000");
	}
	json_decref(o);
}

static void on_recv(void *arg, struct sv msg, bool binary)
{
	struct listen *l = arg;

	if (l->closing)
		return; /* nothing counts after CloseStream */
	if (!binary) {
		on_control(l, msg);
		return;
	}
	l->audio = true;
	rest(l);
	on_audio(l, msg);
	utterance_end(l);
	heartbeat(l);
}

static void on_idle(void *arg)
{
	struct listen *l = arg;

	peer_close(l->p, 1011, l->audio ? "NET-0001" : "NET-0000");
}

/* ---- opening ---- */

static json_t *refusal(const struct request *r, const char *code,
		       const char *text)
{
	return json_pack("{s:s, s:s, s:s}", "err_code", code, "err_msg", text,
			 "request_id", r->id);
}

static int refuse(struct peer *p, const struct request *r, int status,
		  const char *code, const char *text)
{
	char header[300];
	json_t *o = refusal(r, code, text);

	snprintf(header, sizeof(header), "dg-error: %s\r\n", text);
	for (char *c = header; *c; c++)
		if (*c == '"')
			*c = '\'';
	peer_refuse(p, status, header, o);
	json_decref(o);
	return -EACCES;
}

static int authorise(struct peer *p, const struct request *r)
{
	const char *key = peer_sim(p)->opt.api_key;
	struct sv v;

	if (ws_header(r->head, "Authorization", &v))
		return refuse(p, r, 401, "INVALID_AUTH",
			      "Missing credentials.");
	if (sv_starts(v, "Token ") || sv_starts(v, "token ")) {
		v.p += 6;
		v.len -= 6;
		if (sv_eq(v, key))
			return 0;
	}
	return refuse(p, r, 401, "INVALID_AUTH", "Invalid credentials.");
}

static void listen_free(struct listen *l)
{
	hearing_free(l->hearing);
	timer_free(l->idle);
	buf_fini(&l->q.keyterms);
	free(l);
}

static int on_open(void **out, struct peer *p, const struct request *r)
{
	struct hearing_prm prm;
	char header[80], why[200];
	struct listen *l;
	int err;

	snprintf(header, sizeof(header), "dg-request-id: %s\r\n", r->id);
	peer_header(p, header);
	err = authorise(p, r);
	if (err)
		return err;
	l = calloc(1, sizeof(*l));
	if (!l)
		return refuse(p, r, 500, "INTERNAL", "no memory");
	l->p = p;
	l->last_word_n = -1;
	sv_copy(l->id, sizeof(l->id), sv_str(r->id));
	err = dg_query_parse(&l->q, &r->query, why, sizeof(why));
	if (err) {
		listen_free(l);
		return refuse(p, r, 400, "Bad Request", why);
	}
	prm = (struct hearing_prm){.endpoint_ms = l->q.endpointing_ms,
				   .bias = buf_get(&l->q.keyterms)};
	err = timer_new(&l->idle, peer_sim(p)->loop, on_idle, l);
	if (!err)
		err = hearing_new(&l->hearing, peer_sim(p), &prm, on_heard, l);
	if (err) {
		listen_free(l);
		return refuse(p, r, 500, "INTERNAL", strerror(-err));
	}
	*out = l;
	return 0;
}

static void on_opened(void *arg)
{
	rest(arg);
}

static void on_gone(void *arg, int code)
{
	struct listen *l = arg;

	(void)code;
	listen_free(l);
}

const struct service deepgram_listen = {
	.name = "deepgram",
	.method = "GET",
	.path = "/v1/listen",
	.websocket = true,
	.open = on_open,
	.opened = on_opened,
	.recv = on_recv,
	.gone = on_gone,
};
