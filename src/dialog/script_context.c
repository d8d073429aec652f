#include "dialog/script.h"

#include "dialog/cal.h"
#include "dialog/script_file.h"
#include "dialog/spoken.h"

#include <stdio.h>

static int bad(char *why, size_t size, const char *sentence)
{
	snprintf(why, size, "%s", sentence);
	return -EBADMSG;
}

/* {"dow":1,"open":"08:00","close":"18:00"}, …: the longest of a day. */
static int read_hours(struct dialog_sess *s, char *why, size_t size)
{
	json_t *h;
	size_t i;

	for (i = 0; i < 7; i++)
		s->now.hours[i].open = -1;
	json_array_foreach (json_object_get(s->vars, "hours"), i, h) {
		json_t *dow = json_object_get(h, "dow");
		const char *from =
			json_string_value(json_object_get(h, "open"));
		const char *to = json_string_value(json_object_get(h, "close"));
		int64_t d = json_is_integer(dow) ? json_integer_value(dow) : -1;
		int open, close;

		if (d < 0 || d > 7 || !from || !to ||
		    cal_parse_time(sv_str(from), &open) ||
		    cal_parse_time(sv_str(to), &close))
			return bad(why, size,
				   "context.hours: each needs dow 0 to "
				   "6, open and close as \"08:00\"");
		d %= 7;
		if (s->now.hours[d].open < 0 || open < s->now.hours[d].open)
			s->now.hours[d].open = open;
		s->now.hours[d].close = MAX(s->now.hours[d].close, close);
	}
	return 0;
}

/* What a slot of this kind holds when the context says text. */
static json_t *known_value(int kind, const char *text)
{
	struct buf b;
	json_t *v;

	switch (kind) {
	case SLOT_NAME:
		return json_pack("{ss ss#}", "full", text, "first", text,
				 (int)strcspn(text, " "));
	case SLOT_ADDRESS:
		return json_pack("{ss}", "full", text);
	case SLOT_PHONE:
		buf_init(&b, 128);
		spoken_phone(&b, sv_str(text));
		v = json_pack("{ss ss}", "e164", text, "spoken",
			      b.p ? b.p : "");
		buf_fini(&b);
		return v;
	default:
		return json_pack("{ss}", "words", text);
	}
}

/* A text, or the slot's whole value. */
void context_prefill(struct dialog_sess *s)
{
	const char *name;
	json_t *def;

	json_object_foreach (json_object_get(s->script, "slots"), name, def) {
		json_t *v = vars_get(s, sv_str(json_string_value(
						json_object_get(def, "from"))));
		int kind = script_kind(
			json_string_value(json_object_get(def, "kind")));

		if (!json_object_get(def, "from"))
			continue;
		if (json_string_length(v))
			v = known_value(kind, json_string_value(v));
		else if (json_object_get(v, "full") ||
			 json_object_get(v, "e164"))
			v = json_deep_copy(v);
		else
			continue;
		vars_set(s, sv_str(name), v);
	}
}

/* A name in other languages stands beside the one it has: "names". */
static void own_name(const struct dialog_sess *s, json_t *service)
{
	json_t *names = json_object_get(service, "names");

	if (!json_is_object(names)) {
		json_object_del(service, "names");
		return;
	}
	if (!json_object_get(names, lang_name(s->base)))
		json_object_set(names, lang_name(s->base),
				json_object_get(service, "name"));
}

int context_read(struct dialog_sess *s, struct sv context, char *why,
		 size_t size)
{
	json_t *services, *v, *outer;
	size_t i;

	s->vars = script_parse(context, "context", why, size);
	if (!s->vars)
		return -EBADMSG;
	/* the desk's whole answer is fine, too */
	outer = json_object_get(s->vars, "context");
	if (json_is_object(outer)) {
		json_incref(outer);
		json_decref(s->vars);
		s->vars = outer;
	}
	v = json_object_get(s->vars, "business");
	if (!json_is_string(json_object_get(v, "name")))
		return bad(why, size, "context.business.name must be a text");
	v = json_object_get(v, "utc_offset_min");
	if (v && !json_is_integer(v))
		return bad(why, size,
			   "context.business.utc_offset_min "
			   "must be a whole number");
	s->utc_offset_min = (int)json_integer_value(v);
	if (s->utc_offset_min < -1440 || s->utc_offset_min > 1440)
		return bad(why, size,
			   "context.business.utc_offset_min "
			   "must be within a day");
	services = json_object_get(s->vars, "services");
	if (services && !json_is_array(services))
		return bad(why, size, "context.services must be a list");
	json_array_foreach (services, i, v) {
		if (!json_is_string(json_object_get(v, "name")) ||
		    !json_is_string(json_object_get(v, "id")))
			return bad(why, size,
				   "context.services: each needs id "
				   "and name, texts");
		own_name(s, v);
	}
	return read_hours(s, why, size);
}
