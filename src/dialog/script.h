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
#define SCRIPT_STEPS 48 /* states passed in one input */
#define SCRIPT_TOOLS 60 /* tool calls in one call */
#define SCRIPT_SAID 600 /* bytes kept of what the caller said */

/* What a caller can answer: the kinds of slots that scripts may use. */
enum slot_kind {
	SLOT_SERVICE,
	SLOT_NAME,
	SLOT_WHEN,
	SLOT_PHONE,
	SLOT_YESNO,
	SLOT_TEXT,
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
};

struct dialog_sess {
	json_t *script, *vars;
	const char *at; /* the state's name: a key of script */
	json_t *state;	/* script.states[at] */
	unsigned fails, silences, patience;
	unsigned steps;	 /* states entered in this input */
	bool cut;	 /* our speech was interrupted … */
	bool unheard;	 /* … before what had to be heard */
	bool must_heard; /* what had to be heard was, in this state */
	bool insisted;	 /* and the question was put again for that */
	bool waiting;	 /* for the result of tool_id */
	bool over;
	uint32_t tool_id;
	json_t *redo;	     /* step: the caller corrected meanwhile */
	json_t *asked_value; /* borrowed: slot definition asked for */
	const char *asked;   /* name of the slot asked for, or NULL */

	struct nlu_terms terms;
	struct nlu_now now;
	int utc_offset_min;
	struct lists lists[SLOT_KINDS];
	struct buf digits; /* typed so far */
	struct buf heard;  /* the text of this input, cleaned */
	struct buf text;   /* scratch */

	struct dialog_act acts[SCRIPT_ACTS];
	size_t nacts;
	json_t *keep;	/* strings that acts point into */
	json_t *last;	/* what was said before it was their turn */
	json_t *visits; /* how often each state was entered */
	char outcome[32];
};

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
/** Renders a template; unknown paths become nothing. */
void vars_render(struct dialog_sess *s, struct buf *out, const char *tpl);
/** A JSON tree with templates in its strings; "{path}" alone keeps its type. */
json_t *vars_expand(struct dialog_sess *s, json_t *tpl);
/** "path", "!path", "path=text", "path!=text"; an array: all of them. */
bool vars_true(const struct dialog_sess *s, json_t *cond);
/** Checks a template. NULL or what is wrong with it. */
const char *vars_check(const char *tpl);

/* ---- script_slots.c: from words to values ---- */

/** Looks for a value of slot name in t. */
struct found slot_find(struct dialog_sess *s, const char *name, json_t *def,
		       const struct nlu_text *t, struct sv raw, bool asked);
/** What a typed digit means for the slot asked for. */
struct found slot_digit(struct dialog_sess *s, json_t *def, char digit);
/** Remembers (takes over) what is known of slot name before it is complete. */
void slot_part(struct dialog_sess *s, const char *name, json_t *value);
/** Does an offered slot start fit what was wished? */
bool slot_fits(const struct dialog_sess *s, json_t *wish, struct sv start);

/* ---- script_lists.c: what to listen for ---- */

int lists_build(struct dialog_sess *s);
void lists_fini(struct dialog_sess *s);

/* ---- script_act.c: what is said and done ---- */

void act_reset(struct dialog_sess *s);
/** Says each line whose condition holds. True when something was said. */
bool act_lines(struct dialog_sess *s, json_t *lines);
/** One line of variants, the nth or the last. */
bool act_variant(struct dialog_sess *s, json_t *variants, unsigned n);
void act_say(struct dialog_sess *s, struct sv text, bool protect);
void act_expect(struct dialog_sess *s);
void act_tool(struct dialog_sess *s, const char *name, json_t *args);
void act_end(struct dialog_sess *s, const char *outcome);

/* ---- script_run.c: from state to state ---- */

/** Enters a state and goes on until it is somebody else's turn. */
void run_enter(struct dialog_sess *s, const char *name);
/** A step: a state's name, or {"say", "set", "add", "go"}. */
void run_step(struct dialog_sess *s, json_t *step);
/** Asks the state's question again, in short. */
void run_resume(struct dialog_sess *s);
/** Not understood: other words, then what the script says. */
void run_fail(struct dialog_sess *s);
/** The slot asked for has a value: goes where it leads. */
void run_answered(struct dialog_sess *s);
void run_tool_result(struct dialog_sess *s, struct sv result);
/** A key of the state, or of the script's "defaults". */
json_t *run_option(const struct dialog_sess *s, const char *key);

/* ---- script_hear.c: what the caller said ---- */

void script_hear_text(struct dialog_sess *s, struct sv raw);
/** After the goodbye: is it more than a goodbye? */
bool script_hear_more(struct sv raw);
void script_hear_digit(struct dialog_sess *s, char digit);

#endif
