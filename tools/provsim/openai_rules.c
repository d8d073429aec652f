/*
 * The "model": a handful of rules over the words that were heard. It knows
 * nothing of who calls: what it does not hear it does not know.
 */
#include "openai.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SERVICES "furnace|heat|drain|repair|broken|appointment|book|water"

static bool hears(const struct oa_sess *s, const char *words)
{
	char one[40];
	size_t n;

	for (; *words; words += n + (words[n] == '|')) {
		n = strcspn(words, "|");
		snprintf(one, sizeof(one), "%.*s", (int)n, words);
		if (strcasestr(s->heard, one))
			return true;
	}
	return false;
}

static json_t *function(const struct oa_sess *s, const char *name)
{
	size_t i;
	json_t *t;

	json_array_foreach (json_object_get(s->session, "tools"), i, t)
		if (!strcmp(oa_text(t, "name"), name))
			return t;
	return NULL;
}

static bool shares_word(const struct oa_sess *s, const char *name)
{
	char word[40];
	size_t n;

	for (; *name; name += n + (name[n] == ' ')) {
		n = strcspn(name, " ");
		snprintf(word, sizeof(word), "%.*s", (int)n, name);
		if (n > 3 && strcasestr(s->heard, word))
			return true;
	}
	return false;
}

/* The service whose name shares a word with what was heard, else the first. */
static const char *service(const struct oa_sess *s, json_t *fn)
{
	json_t *p = json_object_get(json_object_get(fn, "parameters"),
				    "properties");
	json_t *list = json_object_get(json_object_get(p, "service"), "enum");
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		if (shares_word(s, json_string_value(v)))
			return json_string_value(v);
	}
	return json_string_value(json_array_get(list, 0));
}

static void say(struct oa_sess *s, const char *text)
{
	snprintf(s->plan.say, sizeof(s->plan.say), "%s", text);
}

static void call(struct oa_sess *s, const char *name, json_t *args)
{
	char *text = args ? json_dumps(args, JSON_COMPACT) : NULL;

	snprintf(s->plan.call, sizeof(s->plan.call), "%s", name);
	snprintf(s->plan.args, sizeof(s->plan.args), "%s", text ? text : "{}");
	free(text);
	json_decref(args);
}

static void after_function(struct oa_sess *s)
{
	bool ok = json_is_true(json_object_get(s->output, "ok"));
	const char *start;
	char text[300];

	if (!strcmp(s->output_of, "find_slots")) {
		start = oa_text(
			json_array_get(json_object_get(s->output, "slots"), 0),
			"start");
		snprintf(s->mind.start, sizeof(s->mind.start), "%s", start);
		snprintf(text, sizeof(text),
			 "I have a time at %.5s. Does that suit you?",
			 strlen(start) > 11 ? start + 11 : "nine");
		say(s,
		    ok && *start ? text : "I am sorry, there is no free time.");
	} else if (!strcmp(s->output_of, "book")) {
		say(s, ok ? "Very good, you are booked. Is there anything else?"
			  : "I am sorry, that time has just been taken.");
	} else if (!strcmp(s->output_of, "take_message")) {
		say(s, ok ? "I have written that down. Is there anything else?"
			  : "I am sorry, I could not write that down.");
	} else {
		say(s, ok ? "That is done." : "I am sorry, that did not work.");
	}
}

static void after_words(struct oa_sess *s)
{
	struct oa_mind *m = &s->mind;
	json_t *fn = function(s, "find_slots");
	const char *name;
	size_t len = strlen(s->heard);

	if (m->asked_name && len && s->heard[len - 1] == '.')
		s->heard[len - 1] = '\0';
	if (m->asked_name) {
		m->asked_name = false;
		call(s, "book",
		     json_pack("{s:s, s:s, s:s}", "service", m->service,
			       "start", m->start, "name", s->heard));
	} else if (*m->start && hears(s, "yes|fine|sure|works|okay")) {
		m->asked_name = true;
		say(s, "What is your name, please?");
	} else if (hears(s, "tell me|about your|about you")) {
		say(s, "We are a small family business. We look after heating, "
		       "water and drains in the whole town, on each day of "
		       "the week, and in winter at night, too. We have done so "
		       "for more than thirty years, and we would like to do so "
		       "for thirty years more.");
	} else if (hears(s, "message|call me back")) {
		call(s, "take_message", json_pack("{s:s}", "text", s->heard));
	} else if (hears(s, "goodbye|good bye|bye|that is all|nothing")) {
		say(s, "Thank you for calling. Goodbye.");
		call(s, "end_call", json_pack("{s:s}", "outcome", "booked"));
	} else if (fn && hears(s, SERVICES)) {
		name = service(s, fn);
		snprintf(m->service, sizeof(m->service), "%s",
			 name ? name : "");
		call(s, "find_slots",
		     json_pack("{s:s}", "service", m->service));
	} else {
		say(s, "I am listening. What can I do for you?");
	}
}

/*
 * It knows what was said before as far as its rules need: the service, the
 * time that was found, and whether the name was just asked for.
 */
void oa_remember(struct oa_sess *s, const char *role, const char *text)
{
	static const char key[] = "\"start\":";
	json_t *fn = function(s, "find_slots");
	const char *name, *at;

	snprintf(s->heard, sizeof(s->heard), "%s", text);
	if (!strcmp(role, "user") && fn && hears(s, SERVICES)) {
		name = service(s, fn);
		snprintf(s->mind.service, sizeof(s->mind.service), "%s",
			 name ? name : "");
	} else if (!strcmp(role, "assistant")) {
		s->mind.asked_name = hears(s, "your name");
	} else if ((at = strstr(text, key))) {
		at += sizeof(key) - 1;
		at += strspn(at, " \"");
		snprintf(s->mind.start, sizeof(s->mind.start), "%.*s",
			 (int)strcspn(at, "\""), at);
	}
	s->heard[0] = '\0';
}

void oa_think(struct oa_sess *s, const char *instructions)
{
	memset(&s->plan, 0, sizeof(s->plan));
	if (instructions && *instructions)
		say(s, "Are you still there?");
	else if (s->output)
		after_function(s);
	else
		after_words(s);
	json_decref(s->output);
	s->output = NULL;
	s->heard[0] = '\0';
}
