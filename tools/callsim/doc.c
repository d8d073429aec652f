#include "doc.h"

#include <stdio.h>
#include <stdlib.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

/* What the schema allows: the element, where it may stand, its attributes. */
static const struct {
	const char *name, *parents, *attrs;
} schema[] = {
	{"Response", "", ""},
	{"Say", "Response Gather", "voice language loop"},
	{"Play", "Response Gather", "loop digits"},
	{"Pause", "Response Gather", "length"},
	{"Gather", "Response",
	 "input action method timeout speechTimeout maxSpeechTime "
	 "profanityFilter finishOnKey numDigits partialResultCallback "
	 "partialResultCallbackMethod language hints bargeIn debug "
	 "actionOnEmptyResult speechModel enhanced"},
	{"Dial", "Response",
	 "action method timeout hangupOnStar timeLimit callerId record trim "
	 "recordingStatusCallback recordingStatusCallbackMethod "
	 "recordingStatusCallbackEvent answerOnBridge ringTone recordingTrack "
	 "sequential referUrl referMethod callReason recordingConfigurationId"},
	{"Number", "Dial",
	 "sendDigits url method statusCallbackEvent statusCallback "
	 "statusCallbackMethod byoc machineDetection amdStatusCallback "
	 "amdStatusCallbackMethod machineDetectionTimeout "
	 "machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold "
	 "machineDetectionSilenceTimeout"},
	{"Queue", "Dial", "url method reservationSid postWorkActivitySid"},
	{"Conference", "Dial",
	 "muted beep startConferenceOnEnter endConferenceOnExit waitUrl "
	 "waitMethod maxParticipants record region coach trim statusCallback "
	 "statusCallbackMethod statusCallbackEvent recordingStatusCallback "
	 "recordingStatusCallbackMethod recordingStatusCallbackEvent eventUrl "
	 "jitterBufferSize participantLabel"},
	{"Client", "Dial",
	 "url method statusCallbackEvent statusCallback statusCallbackMethod"},
	{"Sip", "Dial",
	 "username password url method statusCallbackEvent statusCallback "
	 "statusCallbackMethod"},
	{"Record", "Response",
	 "action method timeout finishOnKey maxLength playBeep trim "
	 "recordingStatusCallback recordingStatusCallbackMethod "
	 "recordingStatusCallbackEvent transcribe transcribeCallback"},
	{"Connect", "Response", "action method"},
	{"Start", "Response", "action method"},
	{"Stop", "Response", ""},
	{"Stream", "Connect Start Stop",
	 "name connectorName url track statusCallback statusCallbackMethod"},
	{"Parameter", "Stream Client", "name value"},
	{"Recording", "Start",
	 "recordingStatusCallback recordingStatusCallbackMethod "
	 "recordingStatusCallbackEvent trim track channels"},
	{"Redirect", "Response", "method"},
	{"Hangup", "Response", ""},
	{"Leave", "Response", ""},
	{"Reject", "Response", "reason"},
	{"Enqueue", "Response",
	 "action method maxQueueSize waitUrl waitUrlMethod workflowSid"},
	{"Message", "Response", "to from action method statusCallback"},
	{"Body", "Message", ""},
	{"Media", "Message", ""},
};

/* True when word is one of the blank-separated words of list. */
static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	const char *p = list;

	while ((p = strstr(p, word))) {
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

static char *trimmed(const char *s)
{
	size_t n;
	char *out;

	while (*s && strchr(" \t\r\n", *s))
		s++;
	n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		n--;
	out = malloc(n + 1);
	if (!out)
		return NULL;
	memcpy(out, s, n);
	out[n] = '\0';
	return out;
}

static void node_free(struct doc *t)
{
	while (t) {
		struct doc *next = t->next;

		node_free(t->child);
		for (size_t i = 0; i < t->nattrs; i++) {
			free(t->attrs[i].name);
			free(t->attrs[i].value);
		}
		free(t->attrs);
		free(t->name);
		free(t->text);
		free(t);
		t = next;
	}
}

struct doc *doc_free(struct doc *root)
{
	node_free(root);
	return NULL;
}

static int copy_attrs(struct doc *t, const xmlNode *x)
{
	const xmlAttr *a;
	size_t n = 0;

	for (a = x->properties; a; a = a->next)
		n++;
	if (!n)
		return 0;
	t->attrs = calloc(n, sizeof(*t->attrs));
	if (!t->attrs)
		return -ENOMEM;
	for (a = x->properties; a; a = a->next) {
		xmlChar *v = xmlNodeListGetString(x->doc, a->children, 1);
		struct doc_attr *to = &t->attrs[t->nattrs++];

		to->name = strdup((const char *)a->name);
		to->value = strdup(v ? (const char *)v : "");
		xmlFree(v);
		if (!to->name || !to->value)
			return -ENOMEM;
	}
	return 0;
}

static struct doc *copy_node(const xmlNode *x, struct doc *parent)
{
	struct doc *t = calloc(1, sizeof(*t)), **tail;
	xmlChar *text;

	if (!t)
		return NULL;
	t->parent = parent;
	t->name = strdup((const char *)x->name);
	text = xmlNodeGetContent(x);
	t->text = trimmed(text ? (const char *)text : "");
	xmlFree(text);
	if (!t->name || !t->text || copy_attrs(t, x))
		return doc_free(t);
	tail = &t->child;
	for (x = x->children; x; x = x->next) {
		if (x->type != XML_ELEMENT_NODE)
			continue;
		*tail = copy_node(x, t);
		if (!*tail)
			return doc_free(t);
		tail = &(*tail)->next;
	}
	return t;
}

int doc_parse(struct doc **out, struct sv xml, char *why, size_t why_size)
{
	const int flags = XML_PARSE_NONET | XML_PARSE_NOERROR |
			  XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
	const xmlError *e;
	xmlNode *root;
	xmlDoc *doc;
	int err = -EBADMSG;

	why[0] = '\0';
	xmlResetLastError();
	doc = xmlReadMemory(xml.len ? xml.p : "", (int)xml.len, "document.xml",
			    NULL, flags);
	if (!doc) {
		e = xmlGetLastError();
		snprintf(why, why_size, "line %d: %s", e ? e->line : 0,
			 e && e->message ? e->message : "not XML");
		why[strcspn(why, "\n")] = '\0';
		return err;
	}
	root = xmlDocGetRootElement(doc);
	if (doc->intSubset)
		snprintf(why, why_size, "a document type is not allowed");
	else if (!root || strcmp((const char *)root->name, "Response") != 0)
		snprintf(why, why_size, "the root element is not <Response>");
	else if (!(*out = copy_node(root, NULL)))
		err = -ENOMEM;
	else
		err = 0;
	xmlFreeDoc(doc);
	return err;
}

const char *doc_attr(const struct doc *t, const char *name,
		     const char *fallback)
{
	for (size_t i = 0; i < t->nattrs; i++)
		if (!strcmp(t->attrs[i].name, name))
			return t->attrs[i].value;
	return fallback;
}

int doc_int(const struct doc *t, const char *name, int fallback)
{
	const char *s = doc_attr(t, name, NULL);
	int64_t v;

	if (!s || sv_i64(&v, sv_str(s)) || v < INT32_MIN || v > INT32_MAX)
		return fallback;
	return (int)v;
}

bool doc_bool(const struct doc *t, const char *name, bool fallback)
{
	const char *s = doc_attr(t, name, NULL);

	return s ? !strcmp(s, "true") : fallback;
}

bool doc_is(const struct doc *t, const char *name)
{
	return !strcmp(t->name, name);
}

void doc_check(const struct doc *t, doc_warn_h *h, void *arg)
{
	char what[200];
	size_t i;

	for (i = 0; i < ARRAY_LEN(schema); i++)
		if (doc_is(t, schema[i].name))
			break;
	if (i == ARRAY_LEN(schema)) {
		/* Inside <Say> stands SSML, which the voice understands. */
		if (t->parent && doc_is(t->parent, "Say"))
			return;
		snprintf(what, sizeof(what), "unknown element <%s>", t->name);
		h(what, arg);
		return;
	}
	if (t->parent && !has_word(schema[i].parents, t->parent->name)) {
		snprintf(what, sizeof(what), "<%s> may not stand in <%s>",
			 t->name, t->parent->name);
		h(what, arg);
	}
	for (size_t k = 0; k < t->nattrs; k++)
		if (!has_word(schema[i].attrs, t->attrs[k].name)) {
			snprintf(what, sizeof(what),
				 "<%s> has no attribute \"%s\"", t->name,
				 t->attrs[k].name);
			h(what, arg);
		}
	for (t = t->child; t; t = t->next)
		doc_check(t, h, arg);
}

json_t *doc_json(const struct doc *t)
{
	json_t *o, *attrs = json_object(), *kids = json_array();

	for (size_t i = 0; i < t->nattrs; i++)
		json_object_set_new(attrs, t->attrs[i].name,
				    json_string(t->attrs[i].value));
	for (const struct doc *c = t->child; c; c = c->next)
		json_array_append_new(kids, doc_json(c));
	o = json_pack("{s:s, s:o, s:s, s:o}", "verb", t->name, "attributes",
		      attrs, "text", t->child ? "" : t->text, "children", kids);
	return o;
}
