/*
 * The texts of a script that can be said, and whether each of them stands
 * in each language that the script lists.
 */
#include "dialog/script.h"
#include "dialog/script_file.h"

#include <ctype.h>
#include <stdio.h>

typedef void text_h(const char *text, void *arg);

/* Keys of what is said. */
static const char said[] =
	"say again silent brief unheard ack patience sorry switched";
/* Keys of what is not: no text below is ever said. */
static const char unsaid[] =
	"note args set add phrases unless but guess words if";

static void walk_lines(json_t *v, text_h *h, void *arg)
{
	json_t *l;
	size_t i;

	if (json_is_string(v))
		h(json_string_value(v), arg);
	else if (json_is_object(v) && !json_object_get(v, "lang"))
		walk_lines(json_object_get(v, "text"), h, arg);
	json_array_foreach (v, i, l)
		walk_lines(l, h, arg);
}

static void walk(json_t *v, text_h *h, void *arg)
{
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach (v, key, m) {
		if (nlu_sv_in(sv_str(key), said))
			walk_lines(m, h, arg);
		else if (!strcmp(key, "must_hear"))
			walk_lines(m, h, arg);
		else if (!nlu_sv_in(sv_str(key), unsaid))
			walk(m, h, arg);
	}
	json_array_foreach (v, i, m)
		walk(m, h, arg);
}

static void walk_named(json_t *o, text_h *h, void *arg)
{
	const char *key, *problem;
	json_t *m, *p, *option;
	size_t i;

	json_object_foreach (o, key, m) {
		walk(m, h, arg);
		json_object_foreach (json_object_get(m, "problems"), problem, p)
			walk_lines(p, h, arg);
		json_array_foreach (json_object_get(m, "options"), i, option)
			walk_lines(json_object_get(option, "name"), h, arg);
	}
}

static void walk_script(json_t *script, text_h *h, void *arg)
{
	json_t *defaults = json_object_get(script, "defaults"), *p;
	const char *problem;

	walk_named(json_object_get(script, "slots"), h, arg);
	walk_named(json_object_get(script, "states"), h, arg);
	walk(json_object_get(script, "always"), h, arg);
	walk(defaults, h, arg);
	json_object_foreach (json_object_get(defaults, "problems"), problem, p)
		walk_lines(p, h, arg);
}

/* "{offer.start|when}" needs no translation. */
static bool has_words(const char *text)
{
	bool in = false;

	for (; *text; text++) {
		if (*text == '{' || *text == '}')
			in = *text == '{';
		else if (!in && isalpha((unsigned char)*text))
			return true;
	}
	return false;
}

struct missing {
	json_t *texts; /* of the language */
	json_t *seen;
	struct buf *out; /* one a line, may be NULL */
	const char *first;
	size_t n;
};

static void look_up(const char *text, void *arg)
{
	struct missing *m = arg;

	if (!has_words(text) || json_object_get(m->texts, text) ||
	    json_object_get(m->seen, text))
		return;
	json_object_set_new(m->seen, text, json_true());
	if (!m->n++)
		m->first = text;
	if (m->out)
		buf_printf(m->out, "%s\n", text);
}

size_t script_missing(json_t *script, const char *lang, struct buf *out)
{
	struct missing m = {
		.texts = json_object_get(json_object_get(script, "languages"),
					 lang),
		.seen = json_object(),
		.out = out,
	};

	walk_script(script, look_up, &m);
	json_decref(m.seen);
	return m.n;
}

static int bad_text(char *why, size_t size, const char *lang, const char *text,
		    const char *what)
{
	snprintf(why, size, "script.languages.%s: \"%.120s\": %s", lang, text,
		 what);
	return -EBADMSG;
}

static int check_texts(json_t *texts, const char *lang, char *why, size_t size)
{
	const char *text, *wrong;
	json_t *v;

	json_object_foreach (texts, text, v) {
		if (!json_string_length(v))
			return bad_text(why, size, lang, text,
					"must be a text, and not empty");
		wrong = vars_check(json_string_value(v));
		if (wrong)
			return bad_text(why, size, lang, text, wrong);
		if (!vars_same_paths(json_string_value(v), text))
			return bad_text(why, size, lang, text,
					"the translation has a {path} that "
					"the text has not");
	}
	return 0;
}

int script_check_languages(json_t *script, char *why, size_t size)
{
	json_t *all = json_object_get(script, "languages"), *texts;
	const char *own = json_string_value(json_object_get(script, "lang"));
	struct missing m = {.seen = NULL};
	const char *lang;
	enum nlu_lang l;
	int err = 0;

	if (all && !json_is_object(all)) {
		snprintf(why, size, "script.languages must be an object");
		return -EBADMSG;
	}
	json_object_foreach (all, lang, texts) {
		if (!lang_find(sv_str(lang), &l) || !strcmp(lang, own) ||
		    !json_is_object(texts)) {
			snprintf(why, size,
				 "script.languages.%.20s: must be the texts of "
				 "a language (en, es) that is not the script's "
				 "own",
				 lang);
			return -EBADMSG;
		}
		err = check_texts(texts, lang, why, size);
		if (err)
			return err;
		m = (struct missing){.texts = texts, .seen = json_object()};
		walk_script(script, look_up, &m);
		json_decref(m.seen);
		if (m.n) {
			snprintf(why, size,
				 "script.languages.%s lacks %zu texts; the "
				 "first one: \"%.200s\"",
				 lang, m.n, m.first);
			return -EBADMSG;
		}
	}
	return 0;
}
