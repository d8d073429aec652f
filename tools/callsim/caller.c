#include "caller.h"

#include <stdarg.h>
#include <stdlib.h>

#include "synth.h"

struct why {
	char *to;
	size_t size;
};

static int bad(struct why *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

static int bad(struct why *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->to, w->size, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

/* ---- JSON values with a sentence for what is wrong ---- */

/* keys: blank-separated; anything else in o is a mistake worth telling. */
static int known(json_t *o, const char *where, const char *keys, struct why *w)
{
	const char *k;
	json_t *v;

	if (!json_is_object(o))
		return bad(w, "%s must be an object", where);
	json_object_foreach (o, k, v) {
		size_t n = strlen(k);
		const char *p = keys;

		while ((p = strstr(p, k)) &&
		       !((p == keys || p[-1] == ' ') && (p[n] == ' ' || !p[n])))
			p += n;
		if (!p)
			return bad(w, "%s: unknown key \"%s\" (known: %s)",
				   where, k, keys);
	}
	return 0;
}

static int get_str(json_t *o, const char *key, char **out, struct why *w)
{
	json_t *v = json_object_get(o, key);

	if (!v || json_is_null(v))
		return 0;
	if (!json_is_string(v))
		return bad(w, "\"%s\" must be a text", key);
	free(*out);
	*out = strdup(json_string_value(v));
	return *out ? 0 : -ENOMEM;
}

static int get_num(json_t *o, const char *key, double *out, double min,
		   double max, struct why *w)
{
	json_t *v = json_object_get(o, key);

	if (!v || json_is_null(v))
		return 0;
	if (!json_is_number(v) || json_number_value(v) < min ||
	    json_number_value(v) > max)
		return bad(w, "\"%s\" must be a number from %g to %g", key, min,
			   max);
	*out = json_number_value(v);
	return 0;
}

static int get_int(json_t *o, const char *key, int *out, int min, int max,
		   struct why *w)
{
	double d = *out;
	int err = get_num(o, key, &d, min, max, w);

	*out = (int)d;
	return err;
}

static int get_bool(json_t *o, const char *key, bool *out, struct why *w)
{
	json_t *v = json_object_get(o, key);

	if (!v)
		return 0;
	if (!json_is_boolean(v))
		return bad(w, "\"%s\" must be true or false", key);
	*out = json_is_true(v);
	return 0;
}

/* One of words (blank-separated): its place in *out. */
static int get_word(json_t *o, const char *key, const char *words, int *out,
		    struct why *w)
{
	const char *s = json_string_value(json_object_get(o, key)), *p;
	int i = 0;

	if (!json_object_get(o, key))
		return 0;
	for (p = words; s && *p; i++) {
		size_t n = strcspn(p, " ");

		if (strlen(s) == n && !strncmp(p, s, n)) {
			*out = i;
			return 0;
		}
		p += n + (p[n] == ' ');
	}
	return bad(w, "\"%s\" must be one of: %s", key, words);
}

/* ---- turns ---- */

static void utter_fini(struct utter *u)
{
	free(u->text);
	free(u->voice);
	pcm_fini(&u->pcm);
}

static void turn_fini(struct turn *t)
{
	utter_fini(&t->utter);
	free(t->digits);
}

static int parse_when(struct turn *t, json_t *o, struct why *w)
{
	int when = WHEN_REPLY, ms = -1, err;

	err = get_word(o, "after", "reply turn", &when, w);
	if (err)
		return err;
	if (when) {
		t->when = WHEN_TURN;
		t->when_ms = 0;
	}
	err = get_int(o, "prompt_ms", &ms, 0, 600000, w);
	if (ms >= 0)
		t->when_ms = ms;
	ms = -1;
	if (!err)
		err = get_int(o, "interrupt_ms", &ms, 0, 600000, w);
	if (ms >= 0) {
		t->when = WHEN_INTERRUPT;
		t->when_ms = ms;
	}
	return err;
}

static int parse_turn(struct turn *t, json_t *o, int pause_ms, struct why *w)
{
	int err = known(o, "a turn",
			"say voice silent_ms press hangup after prompt_ms "
			"interrupt_ms",
			w);
	bool hangup = false;

	t->when_ms = pause_ms;
	if (!err)
		err = parse_when(t, o, w);
	if (!err)
		err = get_str(o, "say", &t->utter.text, w);
	if (!err)
		err = get_str(o, "voice", &t->utter.voice, w);
	if (!err)
		err = get_str(o, "press", &t->digits, w);
	if (!err)
		err = get_int(o, "silent_ms", &t->ms, 0, 600000, w);
	if (!err)
		err = get_bool(o, "hangup", &hangup, w);
	if (err)
		return err;
	if (t->utter.text)
		t->kind = TURN_SAY;
	else if (t->digits)
		t->kind = TURN_PRESS;
	else if (t->ms)
		t->kind = TURN_SILENT;
	else if (hangup)
		t->kind = TURN_HANGUP;
	else
		return bad(w, "a turn needs one of say, press, silent_ms, "
			      "hangup");
	if (t->digits && t->digits[strspn(t->digits, "0123456789*#")])
		return bad(w, "\"press\" takes 0-9 * and #");
	return 0;
}

/* A list of turns; a text alone is something to say. */
static int parse_turns(struct turn **out, size_t *n, json_t *list,
		       const char *where, int pause_ms, struct why *w)
{
	size_t len = json_is_array(list) ? json_array_size(list) : 1;
	int err = 0;

	if (!list)
		return 0;
	*out = calloc(len + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < len && !err; i++) {
		json_t *v =
			json_is_array(list) ? json_array_get(list, i) : list;
		struct turn *t = &(*out)[(*n)++];
		char sentence[200];

		if (json_is_string(v)) {
			t->when_ms = pause_ms;
			t->utter.text = strdup(json_string_value(v));
			err = t->utter.text ? 0 : -ENOMEM;
			continue;
		}
		err = parse_turn(t, v, pause_ms, w);
		if (err == -EBADMSG) {
			sv_copy(sentence, sizeof(sentence), sv_str(w->to));
			bad(w, "%s %zu: %s", where, i + 1, sentence);
		}
	}
	return err;
}

static int parse_answer(struct answer *a, json_t *o, struct caller *c,
			struct why *w)
{
	int err = known(o, "an answer", "hears say do max", w), rc;

	if (!err)
		err = get_str(o, "hears", &a->hears, w);
	if (!err)
		err = get_int(o, "max", &a->max, 0, 1000, w);
	if (err)
		return err;
	if (a->hears) {
		rc = regcomp(&a->re, a->hears,
			     REG_EXTENDED | REG_ICASE | REG_NOSUB);
		if (rc) {
			char e[100];

			regerror(rc, &a->re, e, sizeof(e));
			bad(w, "\"hears\" %s: %s", a->hears, e);
			free(a->hears);
			a->hears = NULL;
			return -EBADMSG;
		}
	}
	if (!json_object_get(o, "say") == !json_object_get(o, "do"))
		return bad(w, "an answer needs \"say\" (texts) or \"do\" "
			      "(turns)");
	return parse_turns(
		&a->does, &a->ndoes,
		json_object_get(o, json_object_get(o, "say") ? "say" : "do"),
		"answer", c->pause_ms, w);
}

static int parse_answers(struct caller *c, json_t *list, json_t *otherwise,
			 struct why *w)
{
	size_t n = json_array_size(list);
	int err = 0;

	if (!list && !otherwise)
		return 0;
	if (!json_is_array(list))
		return bad(w, "\"answers\" must be a list");
	c->answers = calloc(n + 1, sizeof(*c->answers));
	if (!c->answers)
		return -ENOMEM;
	for (size_t i = 0; i < n && !err; i++) {
		err = parse_answer(&c->answers[c->nanswers++],
				   json_array_get(list, i), c, w);
		if (!err && !c->answers[i].hears)
			err = bad(w, "answer %zu: \"hears\" is missing", i + 1);
	}
	if (!err && otherwise)
		err = parse_answer(&c->answers[c->nanswers++], otherwise, c, w);
	return err;
}

/* ---- the rest ---- */

static int parse_line(struct caller *c, json_t *o, struct why *w)
{
	int noise = c->line.noise, err;

	if (!o)
		return 0;
	err = known(o, "\"line\"",
		    "noise noise_db level_db loss gsm echo_ms echo_db "
		    "stall_ms stall_every_ms",
		    w);
	if (!err)
		err = get_word(o, "noise", "none pink van babble radio", &noise,
			       w);
	c->line.noise = (enum channel_noise)noise;
	if (!err)
		err = get_num(o, "noise_db", &c->line.noise_db, -90, -10, w);
	if (!err)
		err = get_num(o, "level_db", &c->line.level_db, -50, -6, w);
	if (!err)
		err = get_num(o, "loss", &c->line.loss, 0, 0.5, w);
	if (!err)
		err = get_num(o, "gsm", &c->line.gsm, 0, 0.3, w);
	if (!err)
		err = get_int(o, "echo_ms", &c->line.echo_ms, 0, 700, w);
	if (!err)
		err = get_num(o, "echo_db", &c->line.echo_db, 3, 60, w);
	if (!err)
		err = get_int(o, "stall_ms", &c->line.stall_ms, 0, 5000, w);
	if (!err)
		err = get_int(o, "stall_every_ms", &c->line.stall_every_ms, 0,
			      600000, w);
	return err;
}

static int parse_owner(struct owner *owner, json_t *o, struct why *w)
{
	int does = owner->does, err;

	err = known(o, "\"owner\"", "does after_ms press says talk_ms", w);
	if (!err)
		err = get_word(o, "does",
			       "no-answer busy failed answers voicemail "
			       "forwards",
			       &does, w);
	owner->does = (enum owner_does)does;
	if (owner->does == OWNER_VOICEMAIL) {
		owner->talk_ms = 20000;
		owner->says.text =
			strdup("Hello, I cannot take your call right now. "
			       "Please leave a message after the tone.");
		owner->says.voice = strdup("flite:kal");
	}
	if (!err)
		err = get_int(o, "after_ms", &owner->after_ms, 0, 600000, w);
	if (!err)
		err = get_str(o, "press", &owner->press, w);
	if (!err)
		err = get_str(o, "says", &owner->says.text, w);
	if (!err)
		err = get_int(o, "talk_ms", &owner->talk_ms, 0, 3600000, w);
	return err;
}

/* One, or a list: for the first time that we dial, the second, and so on. */
static int parse_owners(struct caller *c, json_t *o, struct why *w)
{
	size_t n = json_is_array(o) ? json_array_size(o) : 1;
	int err = 0;

	c->owners = calloc(n + 1, sizeof(*c->owners));
	if (!c->owners)
		return -ENOMEM;
	c->nowners = MAX(n, 1);
	for (size_t i = 0; i < c->nowners; i++)
		c->owners[i].talk_ms = 2000;
	for (size_t i = 0; i < n && o && !err; i++)
		err = parse_owner(&c->owners[i],
				  json_is_array(o) ? json_array_get(o, i) : o,
				  w);
	return err;
}

static int parse_expect(struct caller *c, json_t *o, struct why *w)
{
	struct expect *e = &c->expect;
	int by = e->ended_by, err;
	const struct {
		const char *key;
		int *to, min;
	} ints[] = {
		{"texts", &e->texts, -1},
		{"reply_max_ms", &e->reply_max_ms, 0},
		{"stop_max_ms", &e->stop_max_ms, 0},
		{"silence_max_ms", &e->silence_max_ms, 0},
		{"gaps_max", &e->gaps_max, -1},
		{"clicks_max", &e->clicks_max, -1},
	};

	if (!o)
		return 0;
	err = known(o, "\"expect\"",
		    "ended_by all_said replies stream texts reply_max_ms "
		    "stop_max_ms silence_max_ms gaps_max clicks_max",
		    w);
	if (!err)
		err = get_word(o, "ended_by", "any assistant caller", &by, w);
	e->ended_by = (enum ended_by)by;
	if (!err)
		err = get_bool(o, "all_said", &e->all_said, w);
	if (!err)
		err = get_bool(o, "replies", &e->replies, w);
	if (!err)
		err = get_bool(o, "stream", &e->stream, w);
	for (size_t i = 0; i < ARRAY_LEN(ints) && !err; i++)
		err = get_int(o, ints[i].key, ints[i].to, ints[i].min, 1000000,
			      w);
	return err;
}

static int parse_words(struct caller *c, json_t *o, struct why *w)
{
	const struct {
		const char *key;
		char **to;
	} strs[] = {
		{"name", &c->name},
		{"from", &c->from},
		{"forwarded_from", &c->forwarded_from},
		{"voice", &c->voice},
	};
	int err = known(o, "the file",
			"name from forwarded_from voice rate pitch line turns "
			"answers otherwise pause_ms patience_ms linger_ms "
			"ring_patience_ms mumble owner expect truth about",
			w);

	for (size_t i = 0; i < ARRAY_LEN(strs) && !err; i++)
		err = get_str(o, strs[i].key, strs[i].to, w);
	if (!err)
		err = get_num(o, "rate", &c->rate, 0.5, 2, w);
	if (!err)
		err = get_num(o, "pitch", &c->pitch, 0.5, 2, w);
	if (!err)
		err = get_num(o, "mumble", &c->mumble, 0, 1, w);
	if (!err)
		err = get_int(o, "pause_ms", &c->pause_ms, 100, 10000, w);
	if (!err)
		err = get_int(o, "patience_ms", &c->patience_ms, 1000, 600000,
			      w);
	if (!err)
		err = get_int(o, "linger_ms", &c->linger_ms, 0, 600000, w);
	if (!err)
		err = get_int(o, "ring_patience_ms", &c->ring_patience_ms, 0,
			      600000, w);
	return err;
}

static int defaults(struct caller *c, const char *base_dir)
{
	c->refs = 1;
	c->rate = c->pitch = 1;
	c->pause_ms = 700;
	c->patience_ms = 20000;
	c->linger_ms = 30000;
	c->line.noise_db = -50;
	c->line.level_db = SYNTH_DBOV;
	c->line.echo_db = 20;
	c->expect = (struct expect){.replies = true,
				    .stream = true,
				    .texts = -1,
				    .gaps_max = -1,
				    .clicks_max = -1};
	c->name = strdup("caller");
	c->from = strdup("+14155550142");
	c->voice = strdup("festival:us_slt_hts");
	c->base_dir = strdup(base_dir ? base_dir : ".");
	return c->name && c->from && c->voice && c->base_dir ? 0 : -ENOMEM;
}

int caller_parse(struct caller **out, json_t *o, const char *base_dir,
		 char *why, size_t why_size)
{
	struct caller *c = calloc(1, sizeof(*c));
	struct why w = {why, why_size};
	int err;

	why[0] = '\0';
	if (!c)
		return -ENOMEM;
	err = defaults(c, base_dir);
	if (!err)
		err = parse_words(c, o, &w);
	if (!err)
		err = parse_line(c, json_object_get(o, "line"), &w);
	if (!err)
		err = parse_owners(c, json_object_get(o, "owner"), &w);
	if (!err)
		err = parse_expect(c, json_object_get(o, "expect"), &w);
	if (!err)
		err = parse_turns(&c->turns, &c->nturns,
				  json_object_get(o, "turns"), "turn",
				  c->pause_ms, &w);
	if (!err)
		err = parse_answers(c, json_object_get(o, "answers"),
				    json_object_get(o, "otherwise"), &w);
	if (err)
		c = caller_unref(c);
	*out = c;
	return err;
}

struct caller *caller_ref(struct caller *c)
{
	c->refs++;
	return c;
}

struct caller *caller_unref(struct caller *c)
{
	if (!c || --c->refs)
		return NULL;
	for (size_t i = 0; i < c->nturns; i++)
		turn_fini(&c->turns[i]);
	for (size_t i = 0; i < c->nanswers; i++) {
		struct answer *a = &c->answers[i];

		for (size_t k = 0; k < a->ndoes; k++)
			turn_fini(&a->does[k]);
		if (a->hears)
			regfree(&a->re);
		free(a->hears);
		free(a->does);
	}
	pcm_fini(&c->line.bed);
	free(c->turns);
	free(c->answers);
	for (size_t i = 0; i < c->nowners; i++) {
		free(c->owners[i].press);
		utter_fini(&c->owners[i].says);
	}
	free(c->owners);
	free(c->name);
	free(c->from);
	free(c->forwarded_from);
	free(c->voice);
	free(c->base_dir);
	free(c);
	return NULL;
}
