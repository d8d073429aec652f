#include "proto/twiml.h"

#include <jansson.h>
#include <stdio.h>

/* Twilio ends a call at 4 h, rings for 600 s at most. */
enum { RING_MAX_S = 600, PAUSE_MAX_S = 120, RECORD_MAX_S = 14400 };
enum { KEYS_MAX = 32, KEY_WAIT_MAX_S = 60 };

struct verb {
	const char *name;
	const char *text[3]; /* strings that must be there */
	const char *path;    /* a path of ours, must be there */
	const char *path_if; /* a path of ours, optional */
	struct {
		const char *name; /* a whole number, optional */
		int max;
	} number[2];
	bool nests;  /* has verbs of its own, */
	bool nested; /* may be one of them */
	void (*print)(struct buf *out, const json_t *v,
		      const struct twiml_prm *prm);
};

static struct sv text_of(const json_t *v, const char *key)
{
	const json_t *s = json_object_get(v, key);

	return (struct sv){json_string_value(s), json_string_length(s)};
}

static void attr(struct buf *out, const char *name, struct sv value)
{
	buf_printf(out, " %s=\"", name);
	buf_xml(out, value);
	buf_char(out, '"');
}

static void attr_url(struct buf *out, const char *name, struct sv base,
		     struct sv path)
{
	buf_printf(out, " %s=\"", name);
	buf_xml(out, base);
	buf_xml(out, path);
	buf_char(out, '"');
}

static void attr_number(struct buf *out, const char *name, const json_t *v,
			const char *key)
{
	const json_t *n = json_object_get(v, key);

	if (n)
		buf_printf(out, " %s=\"%d\"", name, (int)json_integer_value(n));
}

static const struct verb *find_verb(const json_t *v);

static void print_verbs(struct buf *out, const json_t *list,
			const struct twiml_prm *prm)
{
	const json_t *v;
	size_t i;

	json_array_foreach (list, i, v)
		find_verb(v)->print(out, v, prm);
}

static void print_dial(struct buf *out, const json_t *v,
		       const struct twiml_prm *prm)
{
	struct sv caller_id = text_of(v, "caller_id");
	struct sv whisper = text_of(v, "whisper");

	buf_str(out, "<Dial answerOnBridge=\"true\"");
	attr_number(out, "timeout", v, "timeout");
	if (caller_id.len)
		attr(out, "callerId", caller_id);
	attr_url(out, "action", prm->base, text_of(v, "path"));
	buf_str(out, " method=\"POST\">");
	if (whisper.len) {
		/* this document is played to whoever picks up, first */
		buf_str(out, "<Number");
		attr_url(out, "url", prm->base, whisper);
		buf_str(out, " method=\"POST\">");
	}
	buf_xml(out, text_of(v, "number"));
	buf_str(out, whisper.len ? "</Number></Dial>" : "</Dial>");
}

static void print_connect(struct buf *out, const json_t *v,
			  const struct twiml_prm *prm)
{
	(void)v;
	buf_str(out, "<Connect><Stream");
	attr(out, "url", prm->stream_url);
	attr_url(out, "statusCallback", prm->base, prm->stream_status);
	buf_str(out, "><Parameter name=\"token\"");
	attr(out, "value", prm->token);
	buf_str(out, "/></Stream></Connect>");
}

static void print_redirect(struct buf *out, const json_t *v,
			   const struct twiml_prm *prm)
{
	buf_str(out, "<Redirect method=\"POST\">");
	buf_xml(out, prm->base);
	buf_xml(out, text_of(v, "path"));
	buf_str(out, "</Redirect>");
}

static void print_say(struct buf *out, const json_t *v,
		      const struct twiml_prm *prm)
{
	struct sv lang = text_of(v, "lang");

	(void)prm;
	buf_str(out, "<Say");
	if (lang.len)
		attr(out, "language", lang);
	buf_char(out, '>');
	buf_xml(out, text_of(v, "text"));
	buf_str(out, "</Say>");
}

static void print_hangup(struct buf *out, const json_t *v,
			 const struct twiml_prm *prm)
{
	(void)v, (void)prm;
	buf_str(out, "<Hangup/>");
}

static void print_reject(struct buf *out, const json_t *v,
			 const struct twiml_prm *prm)
{
	(void)prm;
	buf_str(out, "<Reject");
	attr(out, "reason", text_of(v, "reason"));
	buf_str(out, "/>");
}

static void print_pause(struct buf *out, const json_t *v,
			const struct twiml_prm *prm)
{
	(void)prm;
	buf_str(out, "<Pause");
	attr_number(out, "length", v, "length");
	buf_str(out, "/>");
}

static void print_record(struct buf *out, const json_t *v,
			 const struct twiml_prm *prm)
{
	buf_str(out, "<Record");
	attr_url(out, "action", prm->base, text_of(v, "path"));
	buf_str(out, " method=\"POST\"");
	attr_number(out, "maxLength", v, "max_length");
	buf_str(out, "/>");
}

/* Without a key the carrier goes on behind it. */
static void print_gather(struct buf *out, const json_t *v,
			 const struct twiml_prm *prm)
{
	buf_str(out, "<Gather input=\"dtmf\"");
	attr_url(out, "action", prm->base, text_of(v, "path"));
	buf_str(out, " method=\"POST\"");
	attr_number(out, "numDigits", v, "num_digits");
	attr_number(out, "timeout", v, "timeout");
	buf_char(out, '>');
	print_verbs(out, json_object_get(v, "verbs"), prm);
	buf_str(out, "</Gather>");
}

static const struct verb verbs[] = {
	{.name = "dial",
	 .text = {"number"},
	 .path = "path",
	 .path_if = "whisper",
	 .number = {{"timeout", RING_MAX_S}},
	 .print = print_dial},
	{.name = "gather",
	 .path = "path",
	 .number = {{"num_digits", KEYS_MAX}, {"timeout", KEY_WAIT_MAX_S}},
	 .nests = true,
	 .print = print_gather},
	{.name = "connect", .print = print_connect},
	{.name = "redirect", .path = "path", .print = print_redirect},
	{.name = "say", .text = {"text"}, .nested = true, .print = print_say},
	{.name = "hangup", .print = print_hangup},
	{.name = "reject", .text = {"reason"}, .print = print_reject},
	{.name = "pause",
	 .number = {{"length", PAUSE_MAX_S}},
	 .nested = true,
	 .print = print_pause},
	{.name = "record",
	 .path = "path",
	 .number = {{"max_length", RECORD_MAX_S}},
	 .print = print_record},
};

static const struct verb *find_verb(const json_t *v)
{
	struct sv name = text_of(v, "verb");

	for (size_t i = 0; name.len && i < ARRAY_LEN(verbs); i++)
		if (sv_eq(name, verbs[i].name))
			return &verbs[i];
	return NULL;
}

static int bad(char *why, size_t size, size_t at, const char *name,
	       const char *what, const char *key)
{
	snprintf(why, size, "verb %zu (%s): %s %s", at + 1, name, what, key);
	return -EBADMSG;
}

static int check_verb(const json_t *v, size_t at, char *why, size_t size);

static bool bad_path(const json_t *v, const char *key, bool must)
{
	if (!key || (!must && !json_object_get(v, key)))
		return false;
	return !sv_starts(text_of(v, key), "/");
}

static bool bad_number(const json_t *v, const char *key, int max)
{
	const json_t *n = key ? json_object_get(v, key) : NULL;

	return n && (!json_is_integer(n) || json_integer_value(n) < 1 ||
		     json_integer_value(n) > max);
}

/* What is wrong with the verbs inside one, or NULL. */
static const char *bad_inside(const struct verb *d, const json_t *v)
{
	const json_t *list = json_object_get(v, "verbs"), *in;
	char why[100];
	size_t i;

	if (!d->nests || !list)
		return NULL;
	if (!json_is_array(list))
		return "is not a list:";
	json_array_foreach (list, i, in) {
		const struct verb *k = find_verb(in);

		if (!k || !k->nested || check_verb(in, i, why, sizeof(why)))
			return "may hold only say and pause, whole ones, in";
	}
	return NULL;
}

static int check_verb(const json_t *v, size_t at, char *why, size_t size)
{
	const struct verb *d = find_verb(v);
	const char *inside;

	if (!d)
		return bad(why, size, at, "?", "no such verb:",
			   text_of(v, "verb").len ? text_of(v, "verb").p
						  : "(none)");
	for (size_t i = 0; i < ARRAY_LEN(d->text) && d->text[i]; i++)
		if (!text_of(v, d->text[i]).len)
			return bad(why, size, at, d->name, "needs a text",
				   d->text[i]);
	if (bad_path(v, d->path, true) || bad_path(v, d->path_if, false))
		return bad(why, size, at, d->name, "needs a path from / in",
			   bad_path(v, d->path, true) ? d->path : d->path_if);
	for (size_t i = 0; i < ARRAY_LEN(d->number); i++)
		if (bad_number(v, d->number[i].name, d->number[i].max))
			return bad(why, size, at, d->name,
				   "out of range:", d->number[i].name);
	inside = bad_inside(d, v);
	return inside ? bad(why, size, at, d->name, inside, "verbs") : 0;
}

int plan_parse(struct plan *p, struct sv text, char *why, size_t why_size)
{
	const json_t *list, *v;
	json_error_t err;
	size_t i;
	int bad_verb;

	*p = (struct plan){.root = NULL};
	if (why_size)
		why[0] = '\0';
	p->root = json_loadb(text.p ? text.p : "", text.len, 0, &err);
	if (!json_is_object(p->root)) {
		snprintf(why, why_size, "not a JSON object: %s",
			 p->root ? "another type" : err.text);
		return -EBADMSG;
	}
	p->call = text_of(p->root, "call");
	p->business = text_of(p->root, "business");
	p->reason = text_of(p->root, "reason");
	list = json_object_get(p->root, "verbs");
	if (list && !json_is_array(list)) {
		snprintf(why, why_size, "verbs is not a list");
		return -EBADMSG;
	}
	p->verbs = json_array_size(list);
	json_array_foreach (list, i, v) {
		bad_verb = check_verb(v, i, why, why_size);
		if (bad_verb)
			return bad_verb;
		p->connects |= sv_eq(text_of(v, "verb"), "connect");
	}
	if (p->connects && (!p->call.len || !p->business.len)) {
		snprintf(why, why_size, "connect without call and business");
		return -EBADMSG;
	}
	return 0;
}

void plan_fini(struct plan *p)
{
	json_decref(p->root);
	p->root = NULL;
}

void twiml_print(struct buf *out, const struct plan *p,
		 const struct twiml_prm *prm)
{
	buf_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
	print_verbs(out, json_object_get(p->root, "verbs"), prm);
	buf_str(out, "</Response>\n");
}
