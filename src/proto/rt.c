#include "proto/rt.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/js.h"

/* ---- from the provider ---- */

static const struct {
	const char *type;
	enum rt_kind kind;
} kinds[] = {
	{"session.created", RT_SESSION_CREATED},
	{"session.updated", RT_SESSION_UPDATED},
	{"input_audio_buffer.speech_started", RT_SPEECH_STARTED},
	{"input_audio_buffer.speech_stopped", RT_SPEECH_STOPPED},
	{"input_audio_buffer.committed", RT_COMMITTED},
	{"conversation.item.input_audio_transcription.completed", RT_HEARD},
	{"conversation.item.input_audio_transcription.failed", RT_HEARD_FAILED},
	{"response.created", RT_RESPONSE_CREATED},
	{"response.output_item.added", RT_ITEM_ADDED},
	{"response.output_item.done", RT_ITEM_DONE},
	{"response.output_audio.delta", RT_AUDIO},
	{"response.output_audio.done", RT_AUDIO_DONE},
	{"response.output_audio_transcript.delta", RT_TEXT},
	{"response.output_audio_transcript.done", RT_TEXT_DONE},
	{"response.done", RT_RESPONSE_DONE},
	{"error", RT_ERROR},
};

static enum rt_kind kind_of(struct sv type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (sv_eq(type, kinds[i].type))
			return kinds[i].kind;
	return RT_OTHER;
}

static struct sv text_at(json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return json_is_string(v) ? (struct sv){json_string_value(v),
					       json_string_length(v)}
				 : (struct sv){"", 0};
}

/* The most that can be: more is a provider's mistake. */
#define EXPIRES_MAX INT64_C(100000000000) /* the year 5138, in seconds */
#define MS_MAX (24 * 3600 * INT64_C(1000))
#define TOKENS_MAX INT64_C(1000000)

static int64_t number_at(json_t *o, const char *key, int64_t max)
{
	double v = json_number_value(json_object_get(o, key));

	return v > 0 ? v < (double)max ? (int64_t)v : max : 0;
}

static int64_t tokens_at(json_t *o, const char *key)
{
	return number_at(o, key, TOKENS_MAX);
}

static void read_session(struct rt_event *e, json_t *o)
{
	json_t *s = json_object_get(o, "session");
	json_t *audio = json_object_get(s, "audio");
	json_t *in = json_object_get(audio, "input");
	json_t *out = json_object_get(audio, "output");

	e->item = text_at(s, "id");
	e->expires = number_at(s, "expires_at", EXPIRES_MAX);
	e->format_in = text_at(json_object_get(in, "format"), "type");
	e->format_out = text_at(json_object_get(out, "format"), "type");
	e->tools = (int64_t)json_array_size(json_object_get(s, "tools"));
}

static void read_item(struct rt_event *e, json_t *o)
{
	json_t *item = json_object_get(o, "item");

	e->item = text_at(item, "id");
	e->function = sv_eq(text_at(item, "type"), "function_call");
	e->complete = sv_eq(text_at(item, "status"), "completed");
	e->name = text_at(item, "name");
	e->call = text_at(item, "call_id");
	e->text = text_at(item, "arguments");
}

static void read_usage(struct rt_usage *u, json_t *o)
{
	json_t *in = json_object_get(o, "input_token_details");
	json_t *out = json_object_get(o, "output_token_details");
	json_t *cached = json_object_get(in, "cached_tokens_details");

	u->text_cached = tokens_at(cached, "text_tokens");
	u->audio_cached = tokens_at(cached, "audio_tokens");
	u->text_in = MAX(tokens_at(in, "text_tokens") - u->text_cached, 0);
	u->audio_in = MAX(tokens_at(in, "audio_tokens") - u->audio_cached, 0);
	u->text_out = tokens_at(out, "text_tokens");
	u->audio_out = tokens_at(out, "audio_tokens");
	/* without details everything counts as the dearer kind */
	if (!in)
		u->audio_in = tokens_at(o, "input_tokens");
	if (!out)
		u->audio_out = tokens_at(o, "output_tokens");
}

static void read_response(struct rt_event *e, json_t *o)
{
	json_t *r = json_object_get(o, "response");
	json_t *details = json_object_get(r, "status_details");
	struct sv status = text_at(r, "status");

	e->response = text_at(r, "id");
	e->status = sv_eq(status, "cancelled")	  ? RT_CANCELLED
		    : sv_eq(status, "incomplete") ? RT_INCOMPLETE
		    : sv_eq(status, "failed")	  ? RT_FAILED
						  : RT_COMPLETED;
	e->type = text_at(json_object_get(details, "error"), "type");
	e->code = text_at(json_object_get(details, "error"), "code");
	read_usage(&e->usage, json_object_get(r, "usage"));
}

static void read_error(struct rt_event *e, json_t *o)
{
	json_t *err = json_object_get(o, "error");

	e->type = text_at(err, "type");
	e->code = text_at(err, "code");
	e->text = text_at(err, "message");
	e->event = text_at(err, "event_id");
}

/* Charged by tokens, or by seconds: then ten tokens of audio a second. */
static void read_heard(struct rt_event *e, json_t *o)
{
	json_t *u = json_object_get(o, "usage");

	e->text = text_at(o, "transcript");
	e->usage.heard = tokens_at(u, "total_tokens");
	if (json_object_get(u, "seconds"))
		e->usage.heard = number_at(u, "seconds", TOKENS_MAX / 10) * 10;
}

static void read_more(struct rt_event *e, json_t *o)
{
	switch (e->kind) {
	case RT_SESSION_CREATED:
	case RT_SESSION_UPDATED:
		read_session(e, o);
		break;
	case RT_SPEECH_STARTED:
		e->ms = number_at(o, "audio_start_ms", MS_MAX);
		break;
	case RT_SPEECH_STOPPED:
		e->ms = number_at(o, "audio_end_ms", MS_MAX);
		break;
	case RT_HEARD:
		read_heard(e, o);
		break;
	case RT_TEXT:
		e->text = text_at(o, "delta");
		break;
	case RT_TEXT_DONE:
		e->text = text_at(o, "transcript");
		break;
	case RT_ITEM_ADDED:
	case RT_ITEM_DONE:
		read_item(e, o);
		break;
	case RT_RESPONSE_CREATED:
	case RT_RESPONSE_DONE:
		read_response(e, o);
		break;
	case RT_ERROR:
		read_error(e, o);
		break;
	case RT_AUDIO:
		e->audio = text_at(o, "delta");
		break;
	case RT_OTHER:
	case RT_COMMITTED:
	case RT_HEARD_FAILED:
	case RT_AUDIO_DONE:
		break;
	}
}

static bool read_audio(struct rt_event *e, struct sv in)
{
	return !js_get(in, "response_id", &e->response) &&
	       !js_get(in, "item_id", &e->item) &&
	       !js_get(in, "delta", &e->audio) && !js_escaped(e->audio) &&
	       !js_escaped(e->response) && !js_escaped(e->item);
}

int rt_parse(struct rt_event *e, struct sv in)
{
	json_t *o;
	struct sv type;

	*e = (struct rt_event){0};
	if (!js_get(in, "type", &type) && kind_of(type) == RT_AUDIO &&
	    read_audio(e, in)) {
		e->kind = RT_AUDIO;
		return 0;
	}
	*e = (struct rt_event){0};
	o = json_loadb(in.p ? in.p : "", in.len, 0, NULL);
	if (!json_is_object(o) || !json_is_string(json_object_get(o, "type"))) {
		json_decref(o);
		return -EBADMSG;
	}
	e->tree = o;
	e->kind = kind_of(text_at(o, "type"));
	e->response = text_at(o, "response_id");
	e->item = text_at(o, "item_id");
	read_more(e, o);
	return 0;
}

void rt_event_fini(struct rt_event *e)
{
	json_decref(e->tree);
	e->tree = NULL;
}

/* ---- to the provider ---- */

static void member(struct buf *b, const char *name, struct sv val)
{
	buf_printf(b, ",\"%s\":\"", name);
	buf_json(b, val);
	buf_char(b, '"');
}

static void begin(struct buf *b, const char *type)
{
	buf_printf(b, "{\"type\":\"%s\"", type);
}

static void turn_detection(struct buf *b, const struct rt_session_prm *p)
{
	/* We ask for each response, and we decide what interrupts one. */
	buf_str(b, ",\"turn_detection\":{\"type\":");
	if (p->semantic)
		buf_str(b, "\"semantic_vad\",\"eagerness\":\"auto\"");
	else
		buf_printf(b,
			   "\"server_vad\",\"threshold\":0.5,"
			   "\"prefix_padding_ms\":300,"
			   "\"silence_duration_ms\":%d",
			   p->silence_ms);
	buf_str(b, ",\"create_response\":false,\"interrupt_response\":false}");
}

void rt_session_update(struct buf *b, const struct rt_session_prm *p)
{
	begin(b, "session.update");
	buf_str(b, ",\"event_id\":\"update\",\"session\":{"
		   "\"type\":\"realtime\",\"output_modalities\":[\"audio\"]");
	member(b, "instructions", p->instructions);
	buf_str(b, ",\"audio\":{\"input\":{\"format\":{\"type\":\"audio/"
		   "pcmu\"}");
	if (p->transcribe.len) {
		buf_str(b, ",\"transcription\":{\"model\":\"");
		buf_json(b, p->transcribe);
		buf_char(b, '"');
		if (p->lang.len)
			member(b, "language", p->lang);
		buf_char(b, '}');
	}
	turn_detection(b, p);
	buf_str(b, "},\"output\":{\"format\":{\"type\":\"audio/pcmu\"}");
	member(b, "voice", p->voice);
	buf_str(b, "}},\"tools\":");
	buf_sv(b, p->tools.len ? p->tools : SV("[]"));
	buf_str(b, ",\"tool_choice\":\"auto\"}}");
}

void rt_audio_append(struct buf *b, const uint8_t *data, size_t n)
{
	begin(b, "input_audio_buffer.append");
	buf_str(b, ",\"audio\":\"");
	if (!buf_room(b, B64_LEN(n) + 3))
		b->len += b64_encode(b->p + b->len, data, n);
	buf_str(b, "\"}");
}

void rt_response_create(struct buf *b, struct sv session,
			struct sv instructions, bool quiet)
{
	begin(b, "response.create");
	buf_str(b, ",\"event_id\":\"create\"");
	if (instructions.len || quiet)
		buf_str(b, ",\"response\":{\"output_modalities\":[\"audio\"]");
	if (instructions.len) { /* they replace the session's: both */
		buf_str(b, ",\"instructions\":\"");
		buf_json(b, session);
		buf_str(b, "\\n\\n");
		buf_json(b, instructions);
		buf_char(b, '"');
	}
	if (quiet)
		buf_str(b, ",\"tool_choice\":\"none\"");
	if (instructions.len || quiet)
		buf_char(b, '}');
	buf_char(b, '}');
}

void rt_response_cancel(struct buf *b, struct sv response)
{
	begin(b, "response.cancel");
	buf_str(b, ",\"event_id\":\"cancel\"");
	if (response.len)
		member(b, "response_id", response);
	buf_char(b, '}');
}

void rt_truncate(struct buf *b, struct sv item, int64_t ms)
{
	begin(b, "conversation.item.truncate");
	buf_str(b, ",\"event_id\":\"truncate\"");
	member(b, "item_id", item);
	buf_printf(b, ",\"content_index\":0,\"audio_end_ms\":%lld}",
		   (long long)ms);
}

void rt_delete(struct buf *b, struct sv item)
{
	begin(b, "conversation.item.delete");
	buf_str(b, ",\"event_id\":\"delete\"");
	member(b, "item_id", item);
	buf_char(b, '}');
}

void rt_output(struct buf *b, struct sv call, struct sv result)
{
	begin(b, "conversation.item.create");
	buf_str(b, ",\"item\":{\"type\":\"function_call_output\"");
	member(b, "call_id", call);
	member(b, "output", result);
	buf_str(b, "}}");
}

void rt_message(struct buf *b, const char *role, struct sv text)
{
	begin(b, "conversation.item.create");
	buf_printf(b,
		   ",\"item\":{\"type\":\"message\",\"role\":\"%s\","
		   "\"content\":[{\"type\":\"%s\"",
		   role,
		   strcmp(role, "assistant") ? "input_text" : "output_text");
	member(b, "text", text);
	buf_str(b, "}]}}");
}
