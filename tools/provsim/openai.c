#include "openai.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"
#include "proto/ws.h"

enum { LIFE_MS = 60 * 60000 }; /* of a session */
enum { EVENT_MAX = 15 << 20, AUDIO_MAX = 8192 };

const char *oa_text(json_t *o, const char *key)
{
	const char *v = json_string_value(json_object_get(o, key));

	return v ? v : "";
}

void oa_send(struct oa_sess *s, json_t *o)
{
	char id[OA_ID];

	oa_new_id(s, id, "event");
	json_object_set_new(o, "event_id", json_string(id));
	peer_send_json(s->p, o);
}

void oa_new_id(struct oa_sess *s, char out[OA_ID], const char *prefix)
{
	snprintf(out, OA_ID, "%s_%u", prefix, ++s->ids);
}

struct oa_item *oa_item_new(struct oa_sess *s, const char *id)
{
	struct oa_item *it = &s->items[s->nitems++ % OA_ITEMS];

	memset(it, 0, sizeof(*it));
	snprintf(it->id, sizeof(it->id), "%s", id);
	return it;
}

struct oa_item *oa_item_find(struct oa_sess *s, const char *id)
{
	for (size_t i = 0; i < OA_ITEMS; i++)
		if (*id && !strcmp(s->items[i].id, id))
			return &s->items[i];
	return NULL;
}

void oa_error(struct oa_sess *s, const char *type, const char *code,
	      const char *message, json_t *event)
{
	const char *id = oa_text(event, "event_id");
	sim_event(peer_sim(s->p), s->p, "error",
		  json_pack("{s:s, s:s}", "code", code, "message", message));
	oa_send(s, json_pack("{s:s, s:{s:s, s:s, s:s, s:n, s:o}}", "type",
			     "error", "error", "type", type, "code", code,
			     "message", message, "param", "event_id",
			     *id ? json_string(id) : json_null()));
}

static void bad(struct oa_sess *s, const char *code, const char *message,
		json_t *event)
{
	oa_error(s, "invalid_request_error", code, message, event);
}

static json_t *setting(struct oa_sess *s, const char *key)
{
	json_t *audio = json_object_get(s->session, "audio");

	return json_object_get(json_object_get(audio, "input"), key);
}

static bool turns(struct oa_sess *s, const char *key)
{
	return json_is_true(json_object_get(setting(s, "turn_detection"), key));
}

/* ---- what it hears ---- */

static void item_events(struct oa_sess *s, json_t *item)
{
	static const char *const types[] = {"conversation.item.added",
					    "conversation.item.done"};

	for (size_t i = 0; i < 2; i++)
		oa_send(s, json_pack("{s:s, s:n, s:O}", "type", types[i],
				     "previous_item_id", "item", item));
	json_decref(item);
}

static void began(struct oa_sess *s, int64_t at_n)
{
	json_t *turn = setting(s, "turn_detection");
	json_int_t pad =
		json_integer_value(json_object_get(turn, "prefix_padding_ms"));

	if (s->speaking || !json_is_object(turn))
		return;
	s->speaking = true;
	oa_new_id(s, s->user_item, "item");
	oa_send(s,
		json_pack("{s:s, s:I, s:s}", "type",
			  "input_audio_buffer.speech_started", "audio_start_ms",
			  (json_int_t)MAX(at_n / 8 - pad, 0), "item_id",
			  s->user_item));
	if (turns(s, "interrupt_response"))
		oa_cancel(s, "turn_detected");
}

static void transcribed(struct oa_sess *s, const struct heard *h)
{
	if (!json_is_object(setting(s, "transcription")))
		return;
	oa_send(s, json_pack("{s:s, s:s, s:i, s:s#, s:{s:s, s:i, s:i, s:i}}",
			     "type",
			     "conversation.item.input_audio_transcription."
			     "completed",
			     "item_id", s->user_item, "content_index", 0,
			     "transcript", h->text.len ? h->text.p : "",
			     h->text.len, "usage", "type", "tokens",
			     "total_tokens", 12, "input_tokens", 10,
			     "output_tokens", 2));
}

static void ended(struct oa_sess *s, const struct heard *h)
{
	size_t len = strlen(s->heard);

	began(s, h->start_n);
	s->speaking = false;
	oa_send(s,
		json_pack("{s:s, s:I, s:s}", "type",
			  "input_audio_buffer.speech_stopped", "audio_end_ms",
			  (json_int_t)(h->to_n / 8), "item_id", s->user_item));
	oa_send(s, json_pack("{s:s, s:s, s:n}", "type",
			     "input_audio_buffer.committed", "item_id",
			     s->user_item, "previous_item_id"));
	oa_item_new(s, s->user_item);
	item_events(s, json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:n}]}", "id",
				 s->user_item, "type", "message", "status",
				 "completed", "role", "user", "content", "type",
				 "input_audio", "transcript"));
	snprintf(s->heard + len, sizeof(s->heard) - len, "%s%.*s",
		 len ? " " : "", SV_ARG(h->text));
	sim_event(peer_sim(s->p), s->p, "heard",
		  json_pack("{s:s#}", "text", h->text.len ? h->text.p : "",
			    h->text.len));
	transcribed(s, h);
	if (turns(s, "create_response") && !s->response[0])
		oa_respond(s, NULL);
}

static void on_heard(const struct heard *h, void *arg)
{
	struct oa_sess *s = arg;

	if (s->echo)
		return;
	if (h->kind == HEARD_BEGAN)
		began(s, h->start_n);
	else if (h->kind == HEARD_FINAL && h->end_n > h->start_n)
		ended(s, h);
}

static int hear(struct oa_sess *s)
{
	json_t *ms = json_object_get(setting(s, "turn_detection"),
				     "silence_duration_ms");
	const struct hearing_prm prm = {
		.endpoint_ms = ms ? (int)json_integer_value(ms) : 500,
	};

	return s->hearing ? 0
			  : hearing_new(&s->hearing, peer_sim(s->p), &prm,
					on_heard, s);
}

/* ---- what it is told ---- */

static void on_update(struct oa_sess *s, json_t *o)
{
	char why[300];

	if (oa_session_update(s->session, json_object_get(o, "session"),
			      s->said_n > 0, why, sizeof(why))) {
		bad(s,
		    strstr(why, "Unknown") ? "unknown_parameter"
					   : "invalid_value",
		    why, o);
		return;
	}
	s->updated |=
		!strcmp(oa_text(setting(s, "format"), "type"), "audio/pcmu");
	if (hear(s)) {
		peer_close(s->p, 1011, "no recogniser");
		return;
	}
	oa_send(s, json_pack("{s:s, s:O}", "type", "session.updated", "session",
			     s->session));
}

/* Before the update audio is taken for PCM at 24 kHz: noise. It is flagged. */
static void on_append(struct oa_sess *s, struct sv audio, json_t *o)
{
	uint8_t b[AUDIO_MAX];
	struct sv all = audio;

	if (!s->updated) {
		if (!s->early)
			sim_event(peer_sim(s->p), s->p, "early_audio", NULL);
		s->early += (int64_t)audio.len;
		return;
	}
	while (audio.len) {
		struct sv part = {audio.p, MIN(audio.len, B64_LEN(6000))};
		int n = b64_decode(b, sizeof(b), part);

		if (n < 0) {
			bad(s, "invalid_value", "Invalid 'audio'.", o);
			return;
		}
		if (hearing_push(s->hearing, (struct sv){(char *)b, (size_t)n}))
			return;
		audio.p += part.len;
		audio.len -= part.len;
	}
	if (s->echo && !s->response[0] && !s->speaking) {
		s->speaking = true; /* once: then it is asked to speak */
		oa_send(s, json_pack("{s:s, s:s}", "type",
				     "input_audio_buffer.committed", "item_id",
				     "item_echo"));
	} else if (s->echo) {
		oa_echo(s, all);
	}
}

static void on_create(struct oa_sess *s, json_t *o)
{
	static const char known[] =
		"conversation input instructions output_modalities audio tools "
		"tool_choice max_output_tokens metadata prompt reasoning "
		"parallel_tool_calls ";
	const char *key;
	char word[64], why[120];
	json_t *v;

	json_object_foreach (json_object_get(o, "response"), key, v) {
		snprintf(word, sizeof(word), "%s ", key);
		if (strstr(known, word))
			continue;
		snprintf(why, sizeof(why), "Unknown parameter: 'response.%s'.",
			 key);
		bad(s, "unknown_parameter", why, o);
		return;
	}
	if (s->response[0])
		bad(s, "conversation_already_has_active_response",
		    "Conversation already has an active response in progress. "
		    "Wait until the response is finished before creating a new "
		    "one.",
		    o);
	else
		oa_respond(s, o);
}

static void on_cancel(struct oa_sess *s, json_t *o)
{
	const char *id = oa_text(o, "response_id");

	if (!s->response[0] || (*id && strcmp(id, s->response)))
		bad(s, "response_cancel_not_active",
		    "Cancellation failed: no active response found.", o);
	else
		oa_cancel(s, "client_cancelled");
}

static void on_truncate(struct oa_sess *s, json_t *o)
{
	struct oa_item *it = oa_item_find(s, oa_text(o, "item_id"));
	json_t *end = json_object_get(o, "audio_end_ms");
	int64_t ms = json_integer_value(end);
	char why[160];

	if (!it || !it->assistant || !json_is_integer(end) || ms < 0 ||
	    json_integer_value(json_object_get(o, "content_index"))) {
		bad(s, "invalid_value", "No such audio item to truncate.", o);
		return;
	}
	sim_event(peer_sim(s->p), s->p, "truncate",
		  json_pack("{s:s, s:I, s:I}", "item", it->id, "audio_end_ms",
			    (json_int_t)ms, "audio_ms",
			    (json_int_t)(it->audio_n / 8)));
	if (ms > it->audio_n / 8) {
		snprintf(why, sizeof(why),
			 "Audio content of %lldms is already shorter than "
			 "%lldms",
			 (long long)(it->audio_n / 8), (long long)ms);
		bad(s, "invalid_value", why, NULL);
		return;
	}
	it->audio_n = ms * 8;
	oa_send(s,
		json_pack("{s:s, s:s, s:i, s:I}", "type",
			  "conversation.item.truncated", "item_id", it->id,
			  "content_index", 0, "audio_end_ms", (json_int_t)ms));
}

static void on_delete(struct oa_sess *s, json_t *o)
{
	struct oa_item *it = oa_item_find(s, oa_text(o, "item_id"));

	if (!it) {
		bad(s, "item_delete_invalid_item_id", "No such item.", o);
		return;
	}
	sim_event(peer_sim(s->p), s->p, "delete",
		  json_pack("{s:s}", "item", it->id));
	oa_send(s, json_pack("{s:s, s:s}", "type", "conversation.item.deleted",
			     "item_id", it->id));
	memset(it, 0, sizeof(*it));
}

static bool on_output(struct oa_sess *s, json_t *item)
{
	const char *call = oa_text(item, "call_id");

	if (!json_is_string(json_object_get(item, "output")))
		return false;
	for (size_t i = 0; i < OA_ITEMS; i++) {
		if (!*call || strcmp(s->items[i].call, call))
			continue;
		s->items[i].call[0] = '\0';
		json_decref(s->output);
		s->output = json_loads(oa_text(item, "output"), 0, NULL);
		sim_event(peer_sim(s->p), s->p, "output",
			  json_pack("{s:s, s:s}", "function", s->output_of,
				    "output", oa_text(item, "output")));
		return true;
	}
	return false;
}

static bool on_message_item(json_t *item)
{
	const char *role = oa_text(item, "role");
	json_t *part = json_array_get(json_object_get(item, "content"), 0);
	const char *type = oa_text(part, "type");

	return *oa_text(part, "text") &&
	       (!strcmp(role, "assistant")
			? !strcmp(type, "output_text")
			: (!strcmp(role, "user") || !strcmp(role, "system")) &&
				  !strcmp(type, "input_text"));
}

static void told(struct oa_sess *s, json_t *item)
{
	json_t *part = json_array_get(json_object_get(item, "content"), 0);

	sim_event(peer_sim(s->p), s->p, "told",
		  json_pack("{s:s, s:s}", "role", oa_text(item, "role"), "text",
			    oa_text(part, "text")));
	oa_remember(s, oa_text(item, "role"), oa_text(part, "text"));
}

static void on_item(struct oa_sess *s, json_t *o)
{
	json_t *item = json_object_get(o, "item");
	const char *type = oa_text(item, "type");
	char id[OA_ID];
	bool ok = !strcmp(type, "message") ? on_message_item(item)
					   : !strcmp(type, "function_call_"
							   "output") &&
						     on_output(s, item);

	if (!ok) {
		bad(s, "invalid_value", "Invalid 'item'.", o);
		return;
	}
	if (!strcmp(type, "message"))
		told(s, item);
	oa_new_id(s, id, "item");
	oa_item_new(s, id);
	item = json_deep_copy(item);
	json_object_set_new(item, "id", json_string(id));
	item_events(s, item);
}

static const struct {
	const char *type;
	void (*h)(struct oa_sess *s, json_t *o);
} handlers[] = {
	{"session.update", on_update},
	{"response.create", on_create},
	{"response.cancel", on_cancel},
	{"conversation.item.truncate", on_truncate},
	{"conversation.item.delete", on_delete},
	{"conversation.item.create", on_item},
};

static void on_event(struct oa_sess *s, json_t *o)
{
	const char *type = oa_text(o, "type");

	if (!strcmp(type, "input_audio_buffer.append")) {
		on_append(s, sv_str(oa_text(o, "audio")), o);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++) {
		if (!strcmp(type, handlers[i].type)) {
			sim_event(peer_sim(s->p), s->p, "message",
				  json_pack("{s:s}", "type", type));
			handlers[i].h(s, o);
			return;
		}
	}
	bad(s, "invalid_value", "Invalid value for 'type'.", o);
}

static void on_recv(void *arg, struct sv msg, bool binary)
{
	struct oa_sess *s = arg;
	struct sv type, audio;
	json_t *o;

	if (s->beta)
		return;
	/* the usual one, without a tree: hundreds of calls of a benchmark */
	if (!binary && !js_get(msg, "type", &type) &&
	    sv_eq(type, "input_audio_buffer.append") &&
	    !js_get(msg, "audio", &audio) && !js_escaped(audio)) {
		on_append(s, audio, NULL);
		return;
	}
	o = binary || msg.len > EVENT_MAX ? NULL
					  : json_loadb(msg.p, msg.len, 0, NULL);
	if (json_is_object(o))
		on_event(s, o);
	else
		bad(s, "invalid_event", "The event is no JSON object.", NULL);
	json_decref(o);
}

/* ---- opening ---- */

static int refuse(struct peer *p, int status, const char *code,
		  const char *text)
{
	json_t *o = json_pack("{s:{s:s, s:s, s:s, s:n}}", "error", "message",
			      text, "type", "invalid_request_error", "code",
			      code, "param");

	peer_refuse(p, status, NULL, o);
	json_decref(o);
	return -EACCES;
}

static const char *model_of(const struct request *r)
{
	const char *model = NULL;

	for (size_t i = 0; i < r->query.n; i++) {
		if (!sv_eq(r->query.v[i].name, "model") || model)
			return NULL;
		model = r->query.v[i].value.p;
	}
	return model;
}

static void on_expired(void *arg)
{
	struct oa_sess *s = arg;

	bad(s, "session_expired", "Your session hit the maximum duration.",
	    NULL);
	peer_close(s->p, 1001, "session_expired");
}

static void sess_free(struct oa_sess *s)
{
	timer_free(s->life);
	hearing_free(s->hearing);
	oa_say_free(s);
	json_decref(s->session);
	json_decref(s->output);
	free(s);
}

static int on_open(void **out, struct peer *p, const struct request *r)
{
	const char *key = peer_sim(p)->opt.api_key, *model = model_of(r);
	struct oa_sess *s;
	char id[OA_ID];
	int life_ms;
	struct sv v;

	if (ws_header(r->head, "Authorization", &v) ||
	    !sv_starts(v, "Bearer ") ||
	    !sv_eq((struct sv){v.p + 7, v.len - 7}, key))
		return refuse(p, 401, "invalid_api_key",
			      "Incorrect API key provided.");
	if (!model)
		return refuse(p, 400, "missing_model",
			      "You must provide a model parameter, alone.");
	if (strncmp(model, "gpt-realtime", 12) && strcmp(model, "echo") &&
	    strcmp(model, "broke"))
		return refuse(p, 404, "model_not_found",
			      "The model does not exist.");
	s = calloc(1, sizeof(*s));
	if (!s || timer_new(&s->timer, peer_sim(p)->loop, oa_burst, s) ||
	    timer_new(&s->life, peer_sim(p)->loop, on_expired, s)) {
		if (s)
			timer_free(s->timer);
		free(s);
		return refuse(p, 500, "server_error", "no memory");
	}
	s->p = p;
	s->echo = !strcmp(model, "echo");
	s->broke = !strcmp(model, "broke");
	s->beta = !ws_header(r->head, "OpenAI-Beta", &v);
	oa_new_id(s, id, "sess");
	life_ms = peer_life_ms(p, LIFE_MS);
	timer_at(s->life, clock_mono_us() + life_ms * INT64_C(1000));
	s->session = oa_session_new(model, id,
				    clock_wall_us() / 1000000 + life_ms / 1000);
	*out = s;
	return 0;
}

static void on_opened(void *arg)
{
	struct oa_sess *s = arg;

	if (s->beta) {
		bad(s, "beta_api_shape_disabled",
		    "The Realtime Beta API is no longer supported.", NULL);
		peer_close(s->p, 4000, "beta_api_shape_disabled");
		return;
	}
	oa_send(s, json_pack("{s:s, s:O}", "type", "session.created", "session",
			     s->session));
}

static void on_gone(void *arg, int code)
{
	struct oa_sess *s = arg;

	sim_event(peer_sim(s->p), s->p, "session",
		  json_pack("{s:i, s:I, s:I}", "code", code, "early_audio",
			    (json_int_t)s->early, "said_ms",
			    (json_int_t)(s->said_n / 8)));
	sess_free(s);
}

const struct service openai_realtime = {
	.name = "openai",
	.method = "GET",
	.path = "/v1/realtime",
	.websocket = true,
	.open = on_open,
	.opened = on_opened,
	.recv = on_recv,
	.gone = on_gone,
};
