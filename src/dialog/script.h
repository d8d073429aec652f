/*
 * script: the dialog that a JSON file describes (docs/scripts.md). Shared by
 * the script_*.c files only; everybody else sees include/dialog.h.
 *
 * All that a session knows stands in one JSON object, vars: the context
 * (business, caller, services, …), the slots by name, tools' results by the
 * name under which a state saves them. Templates and conditions read it.
 */
#ifndef DIALOG_SCRIPT_H
#define DIALOG_SCRIPT_H

#include "base/buf.h"
#include "dialog/nlu.h"
#include "dialog.h"

#include <jansson.h>

#define SCRIPT_ACTS 24
#define SCRIPT_STEPS 48	    /* states passed in one input */
#define SCRIPT_TOOLS 60	    /* tool calls in one call */
#define SCRIPT_SAID 600	    /* bytes kept of what the caller said */
#define SCRIPT_CHOICES 16   /* slots of kind choice */
#define SCRIPT_ASIDES 3	    /* of one kind in a row, without an answer */
#define SCRIPT_ASIDES_ALL 9 /* of all kinds */
#define SCRIPT_SWITCHES 4 /* of the language, by what was heard, in one call */
#define SCRIPT_LANGS 2	  /* NLU_EN, NLU_ES */

/* What a caller can answer: the kinds of slots that scripts may use. */
enum slot_kind {
	SLOT_SERVICE,
	SLOT_NAME,
	SLOT_WHEN,
	SLOT_PHONE,
	SLOT_YESNO,
	SLOT_TEXT,
	SLOT_ADDRESS,
	SLOT_MONEY,
	SLOT_CHOICE,
	SLOT_URGENCY,
	SLOT_KINDS
};

/* What came out of looking for a slot in an utterance. */
struct found {
	json_t *value;	     /* new reference; NULL: nothing */
	const char *problem; /* understood, but: "past", "day", … */
};

/* What to listen for, by slot kind; built once per session. */
struct lists {
	struct buf phrases, words, bias;
	struct sv steps; /* instead of words: the same in every call */
};

/* A slot of kind choice: its options' words. */
struct choice {
	const char *slot;
	struct nlu_terms terms;
	struct lists lists[SCRIPT_LANGS];
};

struct dialog_sess {
	json_t *script; /* shared: script_take() */
	json_t *vars;
	const char *at;	      /* the state's name: a key of script */
	json_t *state;	      /* script.states[at] */
	const char *question; /* the last state that asked; NULL: none */
	unsigned fails, silences, patience;
	json_t *aside;	 /* borrowed: the last entry that led nowhere … */
	unsigned asides; /* … how often in a row, … */
	unsigned asked_aside; /* … and all such ones at this question */
	unsigned steps;	      /* states entered in this input */
	bool cut;	      /* our speech was interrupted … */
	bool unheard;	      /* … before what had to be heard */
	bool must_heard;      /* what had to be heard was, in this state */
	bool insisted;	      /* and the question was put again for that */
	bool waiting;	      /* for the result of tool_id */
	bool over;
	uint32_t tool_id;      /* the last one called */
	uint32_t waits_id;     /* the one that is waited for */
	uint32_t left_id;      /* a tool that an emergency left alone, … */
	const char *left_save; /* … and where its result goes, or NULL */
	json_t *beside;	       /* by id: the states of tools called beside */
	json_t *after;	       /* entries that "back" leads to first */
	json_t *redo;	       /* step: the caller corrected meanwhile */
	json_t *asked_value;   /* borrowed: slot definition asked for */
	const char *asked;     /* name of the slot asked for, or NULL */

	enum nlu_lang lang, base;  /* now; of the script's texts */
	bool speaks[SCRIPT_LANGS]; /* the script has these */
	bool hears[SCRIPT_LANGS];  /* the recogniser reads these */
	bool chosen;		   /* the caller asked for lang */
	bool switched;		   /* in this input, by what was heard */
	bool spared;		   /* deaf: a first miss in this state */
	bool desk;		   /* renders for the desk: base, plain */
	unsigned switches, foreign,
		texts; /* foreign: in a row; texts: so far */

	struct nlu_terms terms;
	struct choice choices[SCRIPT_CHOICES];
	size_t nchoices;
	struct nlu_now now;
	int utc_offset_min;
	struct lists lists[SCRIPT_LANGS][SLOT_KINDS];
	struct buf streets, places; /* known ones, one a line */
	struct buf digits;	    /* typed so far */
	struct buf heard;	    /* the text of this input, cleaned */
	struct buf text;	    /* scratch */

	struct dialog_act acts[SCRIPT_ACTS];
	size_t nacts;
	json_t *keep; /* strings that acts point into */
	json_t *last; /* what was said before it was their turn */
	enum nlu_lang last_lang;
	json_t *visits;	    /* how often each state was entered */
	json_t *once;	    /* lines that are said once, and were */
	json_t *candidates; /* by slot: what it may have been ("keep_unsure") */
	char outcome[32];
};

/* ---- script_texts.c: translations ---- */

/** The part of script_check() about "languages". */
int script_check_languages(json_t *script, char *why, size_t size);

/* ---- script_context.c: what the call knows when it begins ---- */

/** Reads the context into vars. 0, -EBADMSG with a sentence in why. */
int context_read(struct dialog_sess *s, struct sv context, char *why,
		 size_t size);
/** Fills the slots that the context knows: "from": "caller.name". */
void context_prefill(struct dialog_sess *s);

/* ---- script_lang.c: in which language ---- */

/** "en", "es". */
const char *lang_name(enum nlu_lang lang);
/** False: a language that this program does not speak. */
bool lang_find(struct sv name, enum nlu_lang *out);
/** Before context_read(): what the script has, what is heard. */
void lang_open(struct dialog_sess *s, const struct dialog_prm *prm);
/** After it: where the call begins. */
void lang_begin(struct dialog_sess *s, struct sv wanted);
/** From now on; names are known by their names in it. No-op when unknown. */
void lang_set(struct dialog_sess *s, enum nlu_lang lang);
/** text as it is said in the current language. */
const char *lang_text(const struct dialog_sess *s, const char *text);
/** The recogniser does not read the current language. */
bool lang_deaf(const struct dialog_sess *s);
/** In which language to read an input's text. */
enum nlu_lang lang_of_input(const struct dialog_sess *s, struct sv lang);
/** A wish not to be recorded or texted counts in each language we speak. */
void lang_rights(const struct dialog_sess *s, struct nlu_text *t,
		 struct sv heard);
/** The caller said t: goes over to t's language when that is due. */
void lang_follow(struct dialog_sess *s, const struct nlu_text *t);

/* ---- script_slots.c: the kinds ---- */

/** Kind by its name in a script; -1 when there is none. */
int script_kind(const char *name);

/* ---- script_vars.c: templates, conditions ---- */

/** The value at a dotted path of vars; NULL when there is none. Borrowed. */
json_t *vars_get(const struct dialog_sess *s, struct sv path);
/** Puts value (taken over, NULL = JSON null) under a dotted path. */
void vars_set(struct dialog_sess *s, struct sv path, json_t *value);
/** Appends value (taken over) to the list vars.key. */
void vars_add(struct dialog_sess *s, const char *key, json_t *value);
/** Renders a template, current language; unknown paths become nothing. */
void vars_render(struct dialog_sess *s, struct buf *out, const char *tpl);
/**
 * A JSON tree with templates in its strings, for the desk: in the script's
 * own language. "{path}" alone keeps its type.
 */
json_t *vars_expand(struct dialog_sess *s, json_t *tpl);
/** "path", "!path", "path=text", "path!=text"; an array: all of them. */
bool vars_true(const struct dialog_sess *s, json_t *cond);
/** Cents or a slot of kind money: "400 dollars", "between … and …". */
void vars_money(const struct dialog_sess *s, struct buf *out, json_t *v);
/** Checks a template. NULL or what is wrong with it. */
const char *vars_check(const char *tpl);
/** Does each path of tpl stand in original, too? */
bool vars_same_paths(const char *tpl, const char *original);

/* ---- script_slots.c: from words to values ---- */

/** Looks for a value of slot name in t. */
/** "Not a cleaning": true when that is service, and no other is named. */
bool slot_refused(const struct dialog_sess *s, json_t *service,
		  const struct nlu_text *t);
struct found slot_find(struct dialog_sess *s, const char *name, json_t *def,
		       const struct nlu_text *t, struct sv raw, bool asked);
/** What a typed digit means for the slot asked for. */
struct found slot_digit(struct dialog_sess *s, json_t *def, char digit);
/** Typing is over: what the digits so far mean. */
struct found slot_typed(struct dialog_sess *s, json_t *def);
/** What t may have been, when nothing was understood; NULL: no idea. */
json_t *slot_guess(struct dialog_sess *s, const char *name, json_t *def,
		   const struct nlu_text *t);
/** Remembers (takes over) what is known of slot name before it is complete. */
void slot_part(struct dialog_sess *s, const char *name, json_t *value);

/* ---- script_when.c: days and times ---- */

struct found kind_when(struct dialog_sess *s, const char *name, json_t *def,
		       const struct nlu_text *t, struct sv raw, bool asked);
/** Does an offered slot start fit what was wished? */
bool slot_fits(const struct dialog_sess *s, json_t *wish, struct sv start);
/** Lies start on a day that the caller of slot wish said does not do? */
bool slot_day_out(const struct dialog_sess *s, struct sv wish, struct sv start);
/**
 * Once it is known what is booked ("mine_one"): its day is no wish, and when
 * it is to be moved, "an hour later" gets its time.
 */
void slot_settle(struct dialog_sess *s);

/* ---- script_kinds.c: addresses, money, choices, urgency ---- */

struct found kind_address(struct dialog_sess *s, const char *name, json_t *def,
			  const struct nlu_text *t, struct sv raw, bool asked);
struct found kind_money(struct dialog_sess *s, const char *name, json_t *def,
			const struct nlu_text *t, struct sv raw, bool asked);
struct found kind_choice(struct dialog_sess *s, const char *name, json_t *def,
			 const struct nlu_text *t, struct sv raw, bool asked);
struct found kind_urgency(struct dialog_sess *s, const char *name, json_t *def,
			  const struct nlu_text *t, struct sv raw, bool asked);
/** The option of a choice (from 0) as a value; NULL: there is none. */
json_t *choice_value(struct dialog_sess *s, json_t *def, size_t i,
		     struct sv words);
/** What an address lacks: "number", "street" or NULL. */
const char *address_lacks(json_t *address);

/* ---- script_lists.c: what to listen for ---- */

int lists_build(struct dialog_sess *s);
void lists_fini(struct dialog_sess *s);
/** The lists of a slot in the current language. */
const struct lists *lists_of(const struct dialog_sess *s, const char *slot,
			     json_t *def);
/** Its words. Borrowed. */
struct sv lists_words(const struct lists *l);
/** Appends its phrases and what may be said at any time instead. */
void lists_phrases(const struct dialog_sess *s, const struct lists *l,
		   struct buf *out);
struct choice *lists_choice(struct dialog_sess *s, const char *slot);

/* ---- script_act.c: what is said and done ---- */

void act_reset(struct dialog_sess *s);
/** Says each line whose condition holds. True when something was said. */
bool act_lines(struct dialog_sess *s, json_t *lines);
/** One line of variants, the nth or the last. */
bool act_variant(struct dialog_sess *s, json_t *variants, unsigned n);
void act_say(struct dialog_sess *s, struct sv text, bool protect);
void act_expect(struct dialog_sess *s);
void act_tool(struct dialog_sess *s, const char *name, json_t *args);
/** Calls a tool that nobody waits for. Its id, 0: no room. */
uint32_t act_tool_beside(struct dialog_sess *s, const char *name, json_t *args);
void act_end(struct dialog_sess *s, const char *outcome);

/* ---- script_run.c: from state to state ---- */

/** Enters a state and goes on until it is somebody else's turn. */
void run_enter(struct dialog_sess *s, const char *name);
/** A step: a state's name, or {"lang", "set", "add", "say", "go"}. */
void run_step(struct dialog_sess *s, json_t *step);
/** {"path": value, …} as a step's "set". */
void run_set(struct dialog_sess *s, json_t *set);
/** Asks the state's question again, in short. */
void run_resume(struct dialog_sess *s);
/** Not understood: other words, then what the script says. */
void run_fail(struct dialog_sess *s);
/** The slot asked for has a value: goes where it leads. */
void run_answered(struct dialog_sess *s);
void run_tool_result(struct dialog_sess *s, struct sv result);
/** Goes on without the running tool; its result is kept when it comes. */
void run_leave_tool(struct dialog_sess *s);
void run_left_result(struct dialog_sess *s, struct sv result);
/**
 * Calls the tool of a state beside what goes on. What it sets when it is
 * "ok" holds at once, and no more when it was not.
 */
void run_beside(struct dialog_sess *s, const char *state);
/** False: no tool that was called beside. */
bool run_beside_result(struct dialog_sess *s, uint32_t id, struct sv result);
/** A key of the state, or of the script's "defaults". */
json_t *run_option(const struct dialog_sess *s, const char *key);

/* ---- script_always.c: what may be said at any time ---- */

/* What one utterance brought. */
struct heard {
	const struct nlu_text *t;
	json_t *always;	     /* the interjection that it is, or NULL */
	bool answered;	     /* the question has its answer */
	bool filled;	     /* a slot that was empty has a value */
	json_t *changed;     /* definition of a slot that got another one */
	const char *problem; /* of the slot asked for */
	bool agrees;	     /* the offer was said back */
	bool dropped;	     /* what changed has no value now */
};

/** True when t holds one of e's phrases under key, and not its "unless". */
bool always_says(json_t *e, const char *key, const struct nlu_text *t);

/** The words of such a phrase with the few that go on behind it, or NULL. */
json_t *always_part(json_t *e, const char *key, const struct nlu_text *t);
/** The first entry of "always" that t calls for. */
json_t *always_find(struct dialog_sess *s, const struct nlu_text *t);
/** An emergency in what was heard, or may have been: true, done. */
bool always_emergency(struct dialog_sess *s, const struct dialog_in *in);
/** The entry for a key of the telephone, or NULL. */
json_t *always_key(struct dialog_sess *s, char digit);
/** Answers an interjection, then goes on where the call stands. */
void always_answer(struct dialog_sess *s, struct heard *h, json_t *entry);
/** Says the last turn again. */
void always_repeat(struct dialog_sess *s);

/* ---- script_hear.c: what the caller said ---- */

void script_hear_text(struct dialog_sess *s, const struct dialog_in *in);
void script_hear_unclear(struct dialog_sess *s, const struct dialog_in *in);
/** After the goodbye: is it more than a goodbye? */
bool script_hear_more(struct dialog_sess *s, const struct dialog_in *in);
void script_hear_digit(struct dialog_sess *s, char digit);
/** Silence: true when typed digits waited for it, and were taken. */
bool script_hear_typed(struct dialog_sess *s);
/** Goes on with what was filled or changed on the way; false: nothing. */
bool script_go_on(struct dialog_sess *s, struct heard *h);
/** Looks for values of all slots in h->t, which is the text in s->heard. */
void script_find_slots(struct dialog_sess *s, struct heard *h);

/* ---- script_lines.c: the text of an input ---- */

/** Takes the first line that is not empty off rest; false: none left. */
bool script_next_line(struct sv *rest, struct sv *line);
/** True for a line that is only a doubt (speech.h); takes its mark off. */
bool script_take_doubt(struct sv *line);
/** out: raw without control characters and broken UTF-8. */
void script_clean(struct buf *out, struct sv raw);

#endif
