#include "openai.h"

#include <stdio.h>
#include <string.h>

/* Every field that there is, with a value of its type; null: any type. */
static const char shape[] =
	"{\"type\":\"\",\"model\":\"\",\"output_modalities\":[],"
	"\"instructions\":\"\",\"audio\":{\"input\":{\"format\":{\"type\":\"\","
	"\"rate\":1},\"noise_reduction\":null,\"transcription\":{\"model\":"
	"\"\",\"language\":\"\",\"prompt\":\"\",\"keywords\":[],"
	"\"languages\":[],\"delay\":\"\"},\"turn_detection\":{\"type\":\"\","
	"\"threshold\":1,\"prefix_padding_ms\":1,\"silence_duration_ms\":1,"
	"\"create_response\":true,\"interrupt_response\":true,"
	"\"idle_timeout_ms\":1,\"eagerness\":\"\"}},\"output\":{\"format\":{"
	"\"type\":\"\",\"rate\":1},\"voice\":null,\"speed\":1}},\"tools\":[],"
	"\"tool_choice\":null,\"max_output_tokens\":null,\"truncation\":null,"
	"\"include\":[],\"prompt\":null,\"tracing\":null,"
	"\"parallel_tool_calls\":true,\"reasoning\":null}";

static int kind(json_t *v)
{
	return json_is_boolean(v)  ? JSON_TRUE
	       : json_is_number(v) ? JSON_REAL
				   : (int)json_typeof(v);
}

static int fits(json_t *v, json_t *as, const char *path, char *why, size_t size)
{
	const char *key;
	json_t *x;

	if (json_is_null(as) || json_is_null(v))
		return 0;
	if (kind(v) != kind(as)) {
		snprintf(why, size, "Invalid type for '%s'.", path);
		return -EINVAL;
	}
	json_object_foreach (v, key, x) {
		json_t *of = json_object_get(as, key);
		char at[200];

		snprintf(at, sizeof(at), "%s.%s", path, key);
		if (!of) {
			snprintf(why, size, "Unknown parameter: '%s'.", at);
			return -EINVAL;
		}
		if (fits(x, of, at, why, size))
			return -EINVAL;
	}
	return 0;
}

static bool one_of(const char *s, const char *list)
{
	size_t n = strlen(s);

	for (const char *p = list; n && (p = strstr(p, s)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

static json_t *at(json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(json_object_get(o, a), b);
	return c ? json_object_get(o, c) : o;
}

static int check_format(json_t *f, const char *where, char *why, size_t size)
{
	const char *type = oa_text(f, "type");

	if (!f || (one_of(type, "audio/pcmu audio/pcma") &&
		   !json_object_get(f, "rate")))
		return 0;
	if (!strcmp(type, "audio/pcm") &&
	    json_integer_value(json_object_get(f, "rate")) == 24000)
		return 0;
	snprintf(why, size, "Invalid value: '%s' in session.audio.%s.format.",
		 type, where);
	return -EINVAL;
}

static int check_tools(json_t *tools, char *why, size_t size)
{
	static const char keys[] = "type name description parameters";
	const char *key;
	size_t i;
	json_t *t, *v;

	json_array_foreach (tools, i, t) {
		json_object_foreach (t, key, v) {
			if (!one_of(key, keys)) {
				snprintf(why, size,
					 "Unknown parameter: "
					 "'session.tools[%zu].%s'.",
					 i, key);
				return -EINVAL;
			}
		}
		if (strcmp(oa_text(t, "type"), "function") ||
		    !*oa_text(t, "name") ||
		    strlen(oa_text(t, "description")) > 1024 ||
		    !json_is_object(json_object_get(t, "parameters"))) {
			snprintf(why, size, "Invalid 'session.tools[%zu]'.", i);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_values(json_t *with, json_t *session, bool spoken, char *why,
			size_t size)
{
	json_t *modes = json_object_get(with, "output_modalities");
	json_t *turns = at(with, "audio", "input", "turn_detection");
	json_t *voice = at(with, "audio", "output", "voice");
	const char *model = oa_text(with, "model");

	if (strcmp(oa_text(with, "type"), "realtime")) {
		snprintf(why, size,
			 "Missing required parameter: "
			 "'session.type'.");
		return -EINVAL;
	}
	if (*model && strcmp(model, oa_text(session, "model"))) {
		snprintf(why, size, "The model cannot change.");
		return -EINVAL;
	}
	if (json_array_size(modes) > 1) {
		snprintf(why, size, "Invalid modalities: one of them.");
		return -EINVAL;
	}
	if (json_is_object(turns) &&
	    !one_of(oa_text(turns, "type"), "server_vad semantic_vad")) {
		snprintf(why, size, "Invalid turn_detection.type.");
		return -EINVAL;
	}
	if (voice && spoken &&
	    !json_equal(voice, at(session, "audio", "output", "voice"))) {
		snprintf(why, size,
			 "Cannot update a conversation's voice if "
			 "assistant audio is present.");
		return -EINVAL;
	}
	if (check_format(at(with, "audio", "input", "format"), "input", why,
			 size) ||
	    check_format(at(with, "audio", "output", "format"), "output", why,
			 size))
		return -EINVAL;
	return check_tools(json_object_get(with, "tools"), why, size);
}

json_t *oa_session_new(const char *model, const char *id, int64_t expires_s)
{
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:[s], s:s, s:{s:{s:{s:s, s:i}, s:n, "
		"s:n, s:{s:s, s:f, s:i, s:i, s:b, s:b}}, s:{s:{s:s, s:i}, "
		"s:s, s:f}}, s:[], s:s, s:s, s:s, s:I}",
		"type", "realtime", "object", "realtime.session", "id", id,
		"model", model, "output_modalities", "audio", "instructions",
		"You are a default assistant that no caller should hear.",
		"audio", "input", "format", "type", "audio/pcm", "rate", 24000,
		"transcription", "noise_reduction", "turn_detection", "type",
		"server_vad", "threshold", 0.5, "prefix_padding_ms", 300,
		"silence_duration_ms", 200, "create_response", 1,
		"interrupt_response", 1, "output", "format", "type",
		"audio/pcm", "rate", 24000, "voice", "alloy", "speed", 1.0,
		"tools", "tool_choice", "auto", "max_output_tokens", "inf",
		"truncation", "auto", "expires_at", (json_int_t)expires_s);
}

int oa_session_update(json_t *session, json_t *with, bool spoken, char *why,
		      size_t size)
{
	json_t *as = json_loads(shape, 0, NULL), *in, *out;
	int err = json_is_object(with) ? 0 : -EINVAL;

	if (err)
		snprintf(why, size, "Missing required parameter: 'session'.");
	if (!err)
		err = fits(with, as, "session", why, size);
	if (!err)
		err = check_values(with, session, spoken, why, size);
	json_decref(as);
	if (err)
		return err;
	/* a format replaces the old one as a whole, and its rate */
	in = at(with, "audio", "input", "format");
	out = at(with, "audio", "output", "format");
	json_object_update_recursive(session, with);
	if (in)
		json_object_set(at(session, "audio", "input", NULL), "format",
				in);
	if (out)
		json_object_set(at(session, "audio", "output", NULL), "format",
				out);
	return 0;
}
