/*
 * Responses: text runs ahead, audio comes in uneven bursts several times
 * faster than it is played, the done events follow, also after a cancel.
 */
#include "openai.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/clock.h"
#include "speech/local/voice.h"

enum { BURST_MS = 40, THINK_MS = 120, TOKENS_S = 20 };

/* ms of audio in one delta, in turn: chunks of any length. */
static const int chunk_ms[] = {20, 400, 35, 900, 5, 120, 1500};

static struct voice *voices; /* of the process: flite has one state */

static bool take_piece(const struct voice_piece *p, void *arg)
{
	struct oa_sess *s = arg;
	uint8_t *all = realloc(s->audio, s->audio_n + p->n + 1);

	if (!all)
		return false;
	memcpy(all + s->audio_n, p->ulaw, p->n);
	s->audio = all;
	s->audio_n += p->n;
	return true;
}

static void speak(struct oa_sess *s)
{
	struct voice_utt *u;

	free(s->audio);
	s->audio = NULL;
	s->audio_n = s->audio_at = s->text_at = 0;
	if (!s->plan.say[0] || (!voices && voice_new(&voices)))
		return;
	if (voice_utt_new(&u, voices, SV("slt"), SV("en"), sv_str(s->plan.say)))
		return;
	while (voice_utt_next(u, take_piece, s) == 1)
		;
	voice_utt_free(u);
}

static json_t *ids(struct oa_sess *s, const char *type)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:i}", "type", type,
			 "response_id", s->response, "item_id", s->item,
			 "output_index", 0, "content_index", 0);
}

static json_t *with(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
	return o;
}

static void send_item(struct oa_sess *s, const char *type, json_t *item)
{
	oa_send(s,
		json_pack("{s:s, s:s, s:i, s:O}", "type", type, "response_id",
			  s->response, "output_index", 0, "item", item));
}

static json_t *message(struct oa_sess *s, const char *status)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "id",
			 s->item, "object", "realtime.item", "type", "message",
			 "status", status, "role", "assistant", "content",
			 "type", "output_audio", "transcript", s->plan.say);
}

static void begin_message(struct oa_sess *s)
{
	json_t *item = message(s, "in_progress");
	struct oa_item *it;

	oa_new_id(s, s->item, "item");
	it = oa_item_new(s, s->item);
	it->assistant = true;
	json_object_set_new(item, "id", json_string(s->item));
	json_object_set_new(item, "content", json_array());
	send_item(s, "response.output_item.added", item);
	oa_send(s,
		json_pack("{s:s, s:n, s:o}", "type", "conversation.item.added",
			  "previous_item_id", "item", item));
	oa_send(s, json_pack("{s:s, s:s, s:s, s:i, s:i, s:{s:s, s:s}}", "type",
			     "response.content_part.added", "response_id",
			     s->response, "item_id", s->item, "output_index", 0,
			     "content_index", 0, "part", "type", "audio",
			     "transcript", ""));
}

static void end_message(struct oa_sess *s, const char *status)
{
	json_t *item = message(s, status);

	oa_send(s, ids(s, "response.output_audio.done"));
	oa_send(s, with(ids(s, "response.output_audio_transcript."
			       "done"),
			"transcript", s->plan.say));
	send_item(s, "response.output_item.done", item);
	oa_send(s,
		json_pack("{s:s, s:n, s:o}", "type", "conversation.item.done",
			  "previous_item_id", "item", item));
	s->item[0] = '\0';
}

static void send_call(struct oa_sess *s)
{
	char item[OA_ID], id[OA_ID];
	json_t *o;

	oa_new_id(s, item, "item");
	oa_new_id(s, id, "call");
	snprintf(oa_item_new(s, item)->call, OA_ID, "%s", id);
	snprintf(s->output_of, sizeof(s->output_of), "%s", s->plan.call);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", item, "type",
		      "function_call", "status", "in_progress", "name",
		      s->plan.call, "call_id", id, "arguments", "");
	send_item(s, "response.output_item.added", o);
	oa_send(s, json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "type",
			     "response.function_call_arguments.done",
			     "response_id", s->response, "item_id", item,
			     "output_index", 1, "call_id", id, "name",
			     s->plan.call, "arguments", s->plan.args));
	json_object_set_new(o, "status", json_string("completed"));
	json_object_set_new(o, "arguments", json_string(s->plan.args));
	send_item(s, "response.output_item.done", o);
	json_decref(o);
	s->plan.call[0] = '\0';
}

/* Ten tokens a second of the caller, all of it again with each response. */
static json_t *usage(struct oa_sess *s)
{
	int64_t heard_n = s->hearing ? hearing_pos(s->hearing) : 0;
	int64_t in = heard_n / 800 + s->said_n / 400;
	int64_t out = (int64_t)s->audio_at * TOKENS_S / 8000;

	return json_pack(
		"{s:I, s:I, s:I, s:{s:I, s:I, s:i, s:{s:i, s:i}}, "
		"s:{s:I, s:I}}",
		"total_tokens", (json_int_t)(in + 500 + 2 * out),
		"input_tokens", (json_int_t)(in + 500), "output_tokens",
		(json_int_t)(2 * out), "input_token_details", "text_tokens",
		(json_int_t)500, "audio_tokens", (json_int_t)in,
		"cached_tokens", 0, "cached_tokens_details", "text_tokens", 0,
		"audio_tokens", 0, "output_token_details", "text_tokens",
		(json_int_t)out, "audio_tokens", (json_int_t)out);
}

static void done(struct oa_sess *s, const char *status, json_t *details)
{
	timer_stop(s->timer);
	oa_send(s, json_pack("{s:s, s:{s:s, s:s, s:s, s:o, s:o, s:[]}}", "type",
			     "response.done", "response", "id", s->response,
			     "object", "realtime.response", "status", status,
			     "status_details", details ? details : json_null(),
			     "usage", usage(s), "output"));
	s->said_n += (int64_t)s->audio_at;
	s->response[0] = '\0';
}

/* Words up to where half a second ahead of the audio is. */
static void send_text(struct oa_sess *s)
{
	size_t len = strlen(s->plan.say), to, from = s->text_at;
	char word[600];

	to = s->audio_n ? len * (s->audio_at + 4000) / s->audio_n : len;
	while (to < len && s->plan.say[to] != ' ')
		to++;
	to = MIN(to, len);
	if (to <= from)
		return;
	snprintf(word, sizeof(word), "%.*s", (int)(to - from),
		 s->plan.say + from);
	s->text_at = to;
	oa_send(s, with(ids(s, "response.output_audio_transcript."
			       "delta"),
			"delta", word));
}

static void send_audio(struct oa_sess *s, const uint8_t *data, size_t n)
{
	char *text = malloc(B64_LEN(n) + 1);
	struct oa_item *it = oa_item_find(s, s->item);

	if (!text)
		return;
	text[b64_encode(text, data, n)] = '\0';
	oa_send(s, with(ids(s, "response.output_audio.delta"), "delta", text));
	free(text);
	if (it)
		it->audio_n += (int64_t)n;
}

void oa_burst(void *arg)
{
	struct oa_sess *s = arg;
	size_t n = (size_t)chunk_ms[s->bursts++ % ARRAY_LEN(chunk_ms)] * 8;

	if (s->broke) {
		done(s, "failed",
		     json_pack("{s:s, s:{s:s, s:s}}", "type", "failed", "error",
			       "type", "insufficient_quota", "code",
			       "insufficient_quota"));
		return;
	}
	if (s->echo) /* it goes on by what comes in */
		return;
	n = MIN(n, s->audio_n - s->audio_at);
	if (n) {
		send_text(s);
		send_audio(s, s->audio + s->audio_at, n);
		s->audio_at += n;
		timer_at(s->timer, clock_mono_us() + BURST_MS * 1000);
		return;
	}
	if (s->item[0])
		end_message(s, "completed");
	if (s->plan.call[0])
		send_call(s);
	done(s, "completed", NULL);
}

void oa_respond(struct oa_sess *s, json_t *create)
{
	const char *own =
		oa_text(json_object_get(create, "response"), "instructions");

	oa_new_id(s, s->response, "resp");
	oa_send(s, json_pack("{s:s, s:{s:s, s:s, s:s, s:[]}}", "type",
			     "response.created", "response", "id", s->response,
			     "object", "realtime.response", "status",
			     "in_progress", "output"));
	if (s->echo)
		memset(&s->plan, 0, sizeof(s->plan));
	else
		oa_think(s, own);
	speak(s);
	if (s->plan.say[0] || s->echo)
		begin_message(s);
	timer_at(s->timer, clock_mono_us() + THINK_MS * 1000);
}

void oa_cancel(struct oa_sess *s, const char *reason)
{
	if (!s->response[0])
		return;
	if (s->item[0])
		end_message(s, "incomplete");
	done(s, "cancelled",
	     json_pack("{s:s, s:s}", "type", "cancelled", "reason", reason));
}

void oa_echo(struct oa_sess *s, struct sv base64)
{
	struct buf b;

	if (!s->response[0] || !s->item[0])
		return;
	buf_init(&b, 0);
	buf_printf(&b,
		   "{\"type\":\"response.output_audio.delta\","
		   "\"event_id\":\"event_%u\",\"response_id\":\"%s\","
		   "\"item_id\":\"%s\",\"output_index\":0,"
		   "\"content_index\":0,\"delta\":\"",
		   ++s->ids, s->response, s->item);
	buf_sv(&b, base64);
	buf_str(&b, "\"}");
	if (!b.err)
		peer_send(s->p, buf_get(&b), false);
	buf_fini(&b);
	s->audio_at += base64.len * 3 / 4;
}

void oa_say_free(struct oa_sess *s)
{
	free(s->audio);
	s->audio = NULL;
	timer_free(s->timer);
}
