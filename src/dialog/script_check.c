#include "dialog/script.h"
#include "dialog/script_file.h"

#include <stdarg.h>
#include <stdio.h>

/* Where the check is, for the sentence that says what is wrong. */
struct check {
	json_t *script;
	char *why;
	size_t size;
	int err;
};

static int bad(struct check *c, const char *fmt, ...) PRINTF_LIKE(2, 3);
static int bad(struct check *c, const char *fmt, ...)
{
	va_list ap;

	if (c->err)
		return c->err;
	va_start(ap, fmt);
	vsnprintf(c->why, c->size, fmt, ap);
	va_end(ap);
	c->err = -EBADMSG;
	return c->err;
}

struct place {
	char s[160];
};

static struct place at(const char *where, const char *key)
{
	struct place p;

	snprintf(p.s, sizeof(p.s), "%.110s.%.40s", where, key);
	return p;
}

static struct place at_index(const char *where, size_t i)
{
	struct place p;

	snprintf(p.s, sizeof(p.s), "%.130s[%zu]", where, i);
	return p;
}

static void keys(struct check *c, const char *where, json_t *o,
		 const char *allowed)
{
	const char *key;
	json_t *v;

	if (!json_is_object(o)) {
		bad(c, "%s must be an object", where);
		return;
	}
	json_object_foreach (o, key, v) {
		if (!nlu_sv_in(sv_str(key), allowed))
			bad(c, "%s: unknown key \"%s\"; known: %s", where, key,
			    allowed);
	}
}

static void flag(struct check *c, const char *where, json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	if (v && !json_is_boolean(v))
		bad(c, "%s.%s must be true or false", where, key);
}

static void text(struct check *c, const char *where, json_t *v)
{
	const char *wrong;

	if (!json_is_string(v)) {
		bad(c, "%s must be a text", where);
		return;
	}
	wrong = vars_check(json_string_value(v));
	if (wrong)
		bad(c, "%s: %s", where, wrong);
}

static void condition(struct check *c, const char *where, json_t *v)
{
	size_t i;
	json_t *one;

	if (json_is_string(v) && json_string_length(v))
		return;
	if (!json_is_array(v))
		bad(c, "%s must be a condition or a list of them", where);
	json_array_foreach (v, i, one) {
		if (!json_is_string(one) || !json_string_length(one))
			bad(c,
			    "%s must be a condition: \"path\", \"!path\", "
			    "\"path=text\"",
			    at_index(where, i).s);
	}
}

/* A language that the script has no texts for changes nothing. */
static void language(struct check *c, const char *where, json_t *v)
{
	enum nlu_lang lang;

	if (v && !lang_find(sv_str(json_string_value(v)), &lang))
		bad(c, "%s must be \"en\" or \"es\"", where);
}

static void lines(struct check *c, const char *where, json_t *v)
{
	size_t i;
	json_t *l;

	if (!json_is_object(v) && !json_array_size(v) && !json_string_length(v))
		bad(c, "%s must be a text, and not empty", where);
	if (json_is_array(v)) {
		json_array_foreach (v, i, l) {
			if (json_is_array(l))
				bad(c, "%s must be a line, not a list",
				    at_index(where, i).s);
			lines(c, at_index(where, i).s, l);
		}
		return;
	}
	if (!json_is_object(v)) {
		text(c, where, v);
		return;
	}
	keys(c, where, v, "text if protect announce once lang");
	language(c, at(where, "lang").s, json_object_get(v, "lang"));
	text(c, at(where, "text").s, json_object_get(v, "text"));
	if (json_object_get(v, "if"))
		condition(c, at(where, "if").s, json_object_get(v, "if"));
	if (json_object_get(v, "protect") &&
	    !json_is_boolean(json_object_get(v, "protect")))
		bad(c, "%s.protect must be true or false", where);
	flag(c, where, v, "announce");
	flag(c, where, v, "once");
}

static void templates(struct check *c, const char *where, json_t *v)
{
	const char *key;
	size_t i;
	json_t *m;

	if (json_is_string(v))
		text(c, where, v);
	json_object_foreach (v, key, m)
		templates(c, at(where, key).s, m);
	json_array_foreach (v, i, m)
		templates(c, at_index(where, i).s, m);
}

static void state_name(struct check *c, const char *where, json_t *v)
{
	if (json_is_string(v) && !strcmp(json_string_value(v), "back"))
		return;
	if (!json_is_string(v) ||
	    !json_object_get(json_object_get(c->script, "states"),
			     json_string_value(v)))
		bad(c, "%s: there is no state \"%s\"", where,
		    json_is_string(v) ? json_string_value(v) : "?");
}

/* must_go: a step that stays would leave the call without a question. */
static void step(struct check *c, const char *where, json_t *v, bool must_go)
{
	if (!json_is_object(v)) {
		state_name(c, where, v);
		return;
	}
	keys(c, where, v, "lang say set add go");
	language(c, at(where, "lang").s, json_object_get(v, "lang"));
	if (json_object_get(v, "say"))
		lines(c, at(where, "say").s, json_object_get(v, "say"));
	templates(c, at(where, "set").s, json_object_get(v, "set"));
	templates(c, at(where, "add").s, json_object_get(v, "add"));
	if (json_object_get(v, "go"))
		state_name(c, at(where, "go").s, json_object_get(v, "go"));
	else if (must_go)
		bad(c, "%s needs \"go\": the state to go to", where);
}

static void steps(struct check *c, const char *where, json_t *o, bool must_go)
{
	const char *key;
	json_t *v;

	if (o && !json_is_object(o))
		bad(c, "%s must be an object of steps", where);
	json_object_foreach (o, key, v)
		step(c, at(where, key).s, v, must_go);
}

static void all_lines(struct check *c, const char *where, json_t *o,
		      const char *names)
{
	while (*names) {
		size_t n = strcspn(names, " ");
		char key[32];
		json_t *v;

		sv_copy(key, sizeof(key), (struct sv){names, n});
		v = json_object_get(o, key);
		if (v)
			lines(c, at(where, key).s, v);
		names += n;
		names += strspn(names, " ");
	}
}

static void pick(struct check *c, const char *where, json_t *p)
{
	static const char *const need[] = {"from", "wish", "into"};

	keys(c, where, p, "from wish into by");
	for (size_t i = 0; i < ARRAY_LEN(need); i++) {
		if (!json_string_length(json_object_get(p, need[i])))
			bad(c, "%s needs \"%s\": a path", where, need[i]);
	}
	if (json_object_get(p, "by") &&
	    !json_string_length(json_object_get(p, "by")))
		bad(c, "%s.by must be a member's name", where);
}

#define PROBLEMS "past day between short number street"

/* What a state does is told by which one of these keys it has. */
static const char *const deeds[] = {"ask", "tool", "pick", "end"};

static void deed(struct check *c, const char *where, json_t *st)
{
	json_t *ask = json_object_get(st, "ask"), *on, *end;
	int n = 0;

	for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
		n += json_object_get(st, deeds[i]) != NULL;
	if (n > 1)
		bad(c, "%s: only one of ask, tool, pick, end", where);
	on = json_object_get(st, "on");
	end = json_object_get(st, "end");
	if (ask && (!json_is_string(ask) ||
		    !json_object_get(json_object_get(c->script, "slots"),
				     json_string_value(ask))))
		bad(c, "%s.ask: there is no slot \"%s\"", where,
		    json_is_string(ask) ? json_string_value(ask) : "?");
	if (ask && !json_object_get(st, "say"))
		bad(c, "%s asks and needs \"say\": the question", where);
	if (end && !json_string_length(end))
		bad(c, "%s.end must be the outcome, a word", where);
	if (json_object_get(st, "tool")) {
		if (!json_string_length(json_object_get(st, "tool")))
			bad(c, "%s.tool must be a tool's name", where);
		if (!json_is_object(json_object_get(st, "args")))
			bad(c, "%s.args must be an object", where);
		if (!json_object_get(on, "ok"))
			bad(c, "%s.on needs \"ok\"", where);
	}
	if (json_object_get(st, "pick")) {
		pick(c, at(where, "pick").s, json_object_get(st, "pick"));
		if (!json_object_get(on, "some") ||
		    !json_object_get(on, "none"))
			bad(c, "%s.on needs \"some\" and \"none\"", where);
	}
	if ((!n || (ask && !on)) && !json_object_get(st, "next"))
		bad(c, "%s needs \"next\": the state that follows", where);
}

static void also(struct check *c, const char *where, json_t *list)
{
	json_t *slots = json_object_get(c->script, "slots"), *v;
	size_t i;

	if (list && !json_is_array(list))
		bad(c, "%s must be a list of slots", where);
	json_array_foreach (list, i, v) {
		if (!json_is_string(v) ||
		    !json_object_get(slots, json_string_value(v)))
			bad(c, "%s: there is no such slot",
			    at_index(where, i).s);
	}
}

/* []: the first time already is one too many. */
static const char *const may_be_none[] = {"again", "silent"};

static void state(struct check *c, const char *where, json_t *st)
{
	json_t *v;

	keys(c, where, st,
	     "say ask tool args save final pick end if else next on again "
	     "silent brief problems unheard must_hear fresh aside also instead "
	     "fail "
	     "gone max over late set hangover_ms early_ms answer_ms note");
	deed(c, where, st);
	all_lines(c, where, st, "say brief unheard");
	for (size_t i = 0; i < ARRAY_LEN(may_be_none); i++) {
		v = json_object_get(st, may_be_none[i]);
		if (v && (!json_is_array(v) || json_array_size(v)))
			lines(c, at(where, may_be_none[i]).s, v);
	}
	also(c, at(where, "also").s, json_object_get(st, "also"));
	steps(c, at(where, "on").s, json_object_get(st, "on"),
	      !json_object_get(st, "ask"));
	steps(c, at(where, "instead").s, json_object_get(st, "instead"), false);
	v = json_object_get(st, "problems");
	all_lines(c, at(where, "problems").s, v, PROBLEMS);
	templates(c, at(where, "args").s, json_object_get(st, "args"));
	if (json_object_get(st, "if"))
		condition(c, at(where, "if").s, json_object_get(st, "if"));
	if (json_object_get(st, "must_hear"))
		text(c, at(where, "must_hear").s,
		     json_object_get(st, "must_hear"));
	templates(c, at(where, "set").s, json_object_get(st, "set"));
	if ((v = json_object_get(st, "next")))
		step(c, at(where, "next").s, v, true);
	if ((v = json_object_get(st, "else")))
		step(c, at(where, "else").s, v, true);
	if ((v = json_object_get(st, "fail")))
		step(c, at(where, "fail").s, v, true);
	if ((v = json_object_get(st, "gone")))
		step(c, at(where, "gone").s, v, true);
	if (json_object_get(st, "if") && !json_object_get(st, "else") &&
	    !json_object_get(st, "next"))
		bad(c, "%s has \"if\" and needs \"else\" or \"next\"", where);
	v = json_object_get(st, "max");
	if (v && !json_is_integer(v))
		bad(c, "%s.max must be a number", where);
	if (v && !json_object_get(st, "over"))
		bad(c, "%s has \"max\" and needs \"over\"", where);
	if ((v = json_object_get(st, "late")))
		step(c, at(where, "late").s, v, true);
	if ((v = json_object_get(st, "over")))
		step(c, at(where, "over").s, v, true);
}

/* A list of texts, or one for each language. */
static void texts(struct check *c, const char *where, json_t *v)
{
	const char *lang;
	json_t *one;
	size_t i;

	json_object_foreach (v, lang, one) {
		enum nlu_lang l;

		if (!lang_find(sv_str(lang), &l))
			bad(c, "%s: there is no language \"%s\"", where, lang);
		if (!json_is_array(one))
			bad(c, "%s.%s must be a list of texts", where, lang);
		texts(c, at(where, lang).s, one);
	}
	json_array_foreach (v, i, one) {
		if (!json_string_length(one))
			bad(c, "%s[%zu] must be a text", where, i);
	}
	if (v && !json_is_array(v) && !json_is_object(v))
		bad(c, "%s must be a list of texts", where);
}

static void options(struct check *c, const char *where, json_t *def,
		    bool choice)
{
	json_t *list = json_object_get(def, "options"), *o;
	size_t i;

	if (choice != (json_array_size(list) > 0))
		bad(c,
		    choice ? "%s needs \"options\", a list"
			   : "%s.options is for kind choice",
		    where);
	if (json_array_size(list) > NLU_ITEMS)
		bad(c, "%s.options: more than %d", where, NLU_ITEMS);
	json_array_foreach (list, i, o) {
		struct place p = at_index(at(where, "options").s, i);

		keys(c, p.s, o, "id name words");
		if (!json_string_length(json_object_get(o, "id")) ||
		    !json_string_length(json_object_get(o, "name")))
			bad(c, "%s needs \"id\" and \"name\", texts", p.s);
		texts(c, at(p.s, "words").s, json_object_get(o, "words"));
	}
}

static void slots(struct check *c, json_t *all)
{
	size_t choices = 0;
	const char *name;
	json_t *def;

	if (!json_is_object(all))
		bad(c, "script.slots must be an object");
	json_object_foreach (all, name, def) {
		struct place p = at("script.slots", name);
		const char *kind;

		keys(c, p.s, def,
		     "kind changed ack yes_if no_if yes no from options "
		     "keep_unsure read_back early only unasked unless "
		     "wish thousands note");
		kind = json_string_value(json_object_get(def, "kind"));
		if (script_kind(kind) < 0)
			bad(c,
			    "%s.kind: \"%s\" is none of service, name, "
			    "when, phone, yesno, text, address, money, "
			    "choice, urgency",
			    p.s, kind ? kind : "?");
		options(c, p.s, def, script_kind(kind) == SLOT_CHOICE);
		choices += script_kind(kind) == SLOT_CHOICE;
		texts(c, at(p.s, "yes").s, json_object_get(def, "yes"));
		texts(c, at(p.s, "no").s, json_object_get(def, "no"));
		texts(c, at(p.s, "unasked").s, json_object_get(def, "unasked"));
		texts(c, at(p.s, "unless").s, json_object_get(def, "unless"));
		flag(c, p.s, def, "early");
		flag(c, p.s, def, "wish");
		flag(c, p.s, def, "only");
		flag(c, p.s, def, "keep_unsure");
		flag(c, p.s, def, "read_back");
		if (json_object_get(def, "read_back") &&
		    script_kind(kind) != SLOT_PHONE &&
		    script_kind(kind) != SLOT_ADDRESS)
			bad(c, "%s.read_back is for kinds phone and address",
			    p.s);
		if (json_object_get(def, "keep_unsure") &&
		    script_kind(kind) != SLOT_NAME &&
		    script_kind(kind) != SLOT_PHONE &&
		    script_kind(kind) != SLOT_ADDRESS)
			bad(c,
			    "%s.keep_unsure is for kinds name, phone and "
			    "address",
			    p.s);
		if (json_object_get(def, "thousands"))
			condition(c, at(p.s, "thousands").s,
				  json_object_get(def, "thousands"));
		if (json_object_get(def, "changed"))
			step(c, at(p.s, "changed").s,
			     json_object_get(def, "changed"), true);
		if (json_object_get(def, "from") &&
		    script_kind(kind) != SLOT_NAME &&
		    script_kind(kind) != SLOT_ADDRESS &&
		    script_kind(kind) != SLOT_PHONE &&
		    script_kind(kind) != SLOT_TEXT)
			bad(c,
			    "%s.from is for kinds name, address, phone and "
			    "text",
			    p.s);
		all_lines(c, p.s, def, "ack");
	}
	if (choices > SCRIPT_CHOICES)
		bad(c, "script.slots: more than %d of kind choice",
		    SCRIPT_CHOICES);
}

/* Keys 1 to 9, star and hash; 0 is for "let me speak to a person". */
static void key(struct check *c, const char *where, json_t *v)
{
	const char *s = json_string_value(v);

	if (v && (!s || strlen(s) != 1 || !strchr("0123456789*#", *s)))
		bad(c, "%s.key must be one key of a telephone: \"9\"", where);
}

/* The state of a tool that is called beside an emergency. */
static void beside(struct check *c, const char *where, json_t *e)
{
	json_t *v = json_object_get(e, "beside");
	json_t *states = json_object_get(c->script, "states");

	if (v && !json_object_get(
			 json_object_get(states, json_is_string(v)
							 ? json_string_value(v)
							 : ""),
			 "tool"))
		bad(c, "%s.beside must be a state with a tool", where);
	if (json_is_true(json_object_get(e, "follows")) &&
	    (!json_object_get(e, "intent") || !json_object_get(e, "then")))
		bad(c, "%s.follows needs \"intent\" and \"then\"", where);
}

static void entry(struct check *c, const char *where, json_t *e)
{
	json_t *v = json_object_get(e, "intent");
	bool anywhere = json_is_true(json_object_get(e, "anywhere"));

	keys(c, where, e,
	     "id intent phrases unless but guess key set say then weak "
	     "at_once rest anywhere first beside follows if note");
	templates(c, at(where, "set").s, json_object_get(e, "set"));
	if (v && (!json_is_string(v) ||
		  !nlu_intent_find(sv_str(json_string_value(v)))))
		bad(c, "%s.intent: there is no \"%s\"", where,
		    json_is_string(v) ? json_string_value(v) : "?");
	if (!v && !json_array_size(json_object_get(e, "phrases")) &&
	    !json_object_size(json_object_get(e, "phrases")) &&
	    !json_object_get(e, "key") && !json_object_get(e, "guess"))
		bad(c, "%s needs \"intent\", \"phrases\" or \"key\"", where);
	texts(c, at(where, "phrases").s, json_object_get(e, "phrases"));
	texts(c, at(where, "unless").s, json_object_get(e, "unless"));
	texts(c, at(where, "but").s, json_object_get(e, "but"));
	texts(c, at(where, "guess").s, json_object_get(e, "guess"));
	key(c, where, json_object_get(e, "key"));
	flag(c, where, e, "weak");
	flag(c, where, e, "at_once");
	flag(c, where, e, "anywhere");
	flag(c, where, e, "first");
	flag(c, where, e, "follows");
	beside(c, where, e);
	if (json_is_true(json_object_get(e, "first")) && !anywhere)
		bad(c, "%s.first goes with \"anywhere\"", where);
	if (anywhere && !json_object_get(e, "phrases") &&
	    !json_object_get(e, "guess"))
		bad(c, "%s is \"anywhere\" and needs \"phrases\"", where);
	if (json_object_get(e, "guess") && !anywhere)
		bad(c, "%s.guess goes with \"anywhere\"", where);
	if (json_object_get(e, "if"))
		condition(c, at(where, "if").s, json_object_get(e, "if"));
	all_lines(c, where, e, "say");
	/* {"lang": "es"} may stay where the call is */
	if ((v = json_object_get(e, "then")))
		step(c, at(where, "then").s, v, !json_object_get(v, "lang"));
	if ((v = json_object_get(e, "rest")))
		step(c, at(where, "rest").s, v, true);
}

static void always(struct check *c, json_t *list)
{
	size_t i;
	json_t *e;

	if (list && !json_is_array(list))
		bad(c, "script.always must be a list");
	json_array_foreach (list, i, e)
		entry(c, at_index("script.always", i).s, e);
}

static void words(struct check *c, json_t *list)
{
	size_t i;
	json_t *e;

	if (list && !json_is_array(list))
		bad(c, "script.words must be a list");
	json_array_foreach (list, i, e) {
		struct place p = at_index("script.words", i);

		keys(c, p.s, e, "like words");
		if (!json_string_length(json_object_get(e, "like")) ||
		    !json_object_get(e, "words"))
			bad(c,
			    "%s needs \"like\" (a text) and \"words\" "
			    "(a list)",
			    p.s);
		texts(c, at(p.s, "words").s, json_object_get(e, "words"));
	}
}

static void one_of(struct check *c, const char *where, json_t *o,
		   const char *key, const char *words)
{
	json_t *v = json_object_get(o, key);
	const char *word = json_string_value(v);

	if (v && (!word || !*word || !nlu_sv_in(sv_str(word), words)))
		bad(c, "%s.%s must be one of: %s", where, key, words);
}

static void defaults(struct check *c, json_t *d)
{
	static const char *const need_lines[] = {"again", "silent", "patience",
						 "sorry"};
	static const char *const need_steps[] = {"fail", "gone", "failed"};
	size_t i;

	keys(c, "script.defaults", d,
	     "again silent patience sorry fail gone failed problems unheard "
	     "hangover_ms early_ms answer_ms switched barge_in echo");
	one_of(c, "script.defaults", d, "barge_in", "normal words off");
	one_of(c, "script.defaults", d, "echo", "auto on off");
	for (i = 0; i < ARRAY_LEN(need_lines); i++) {
		if (!json_object_get(d, need_lines[i]))
			bad(c, "script.defaults needs \"%s\"", need_lines[i]);
	}
	for (i = 0; i < ARRAY_LEN(need_steps); i++)
		step(c, at("script.defaults", need_steps[i]).s,
		     json_object_get(d, need_steps[i]), true);
	all_lines(c, "script.defaults", d,
		  "again silent patience sorry unheard switched");
	all_lines(c, "script.defaults.problems", json_object_get(d, "problems"),
		  PROBLEMS);
}

int script_check(json_t *script, char *why, size_t size)
{
	struct check c = {script, why, size, 0};
	json_t *states, *v;
	const char *name;
	enum nlu_lang lang;

	if (json_object_get(script, "include"))
		bad(&c, "script.include: put the files together first: "
			"nightbell script FILE --print");
	keys(&c, "script", script,
	     "name lang languages note example start slots words always "
	     "defaults states");
	v = json_object_get(script, "lang");
	if (!lang_find(sv_str(json_string_value(v)), &lang))
		bad(&c, "script.lang must be \"en\" or \"es\"");
	states = json_object_get(script, "states");
	if (!json_is_object(states))
		bad(&c, "script.states must be an object");
	slots(&c, json_object_get(script, "slots"));
	state_name(&c, "script.start", json_object_get(script, "start"));
	defaults(&c, json_object_get(script, "defaults"));
	if (json_object_get(states, "back"))
		bad(&c, "script.states.back: \"back\" is the way back to the "
			"question that stood");
	json_object_foreach (states, name, v)
		state(&c, at("script.states", name).s, v);
	always(&c, json_object_get(script, "always"));
	words(&c, json_object_get(script, "words"));
	if (!c.err)
		c.err = script_check_languages(script, why, size);
	return c.err;
}
