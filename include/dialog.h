/*
 * dialog: decides what the assistant says. It sees texts, digits, silence and
 * tools' results; it answers with acts. Pure: no I/O, no clock, no chance.
 *
 * The call engine (src/core) drives one session per call and owns turn-taking,
 * interruption and deadlines; the dialog never waits.
 */
#ifndef DIALOG_H
#define DIALOG_H

#include "base/base.h"

enum dialog_in_kind {
	DIALOG_BEGIN,		/* the stream is up: greet */
	DIALOG_TEXT,		/* the caller said text */
	DIALOG_UNCLEAR,		/* speech that was not read for sure; text: a guess */
	DIALOG_SILENCE,		/* no answer in time; count = how often in a row */
	DIALOG_DTMF,		/* digit */
	DIALOG_TOOL,		/* result of tool call id */
	DIALOG_INTERRUPTED,	/* our speech was cut; heard = what was heard */
	DIALOG_PATIENCE,	/* a tool takes long: say a filler */
	/* beside a model that talks with the caller (src/dialog/model.c) */
	DIALOG_OVERHEARD,	/* what he said to it: an emergency? */
	DIALOG_FUNCTION,	/* it calls function name with text; ref */
	DIALOG_ALONE,		/* it is gone; count: texts still to come */
};

struct dialog_in {
	enum dialog_in_kind kind;
	struct sv text;		/* TEXT: what was said; INTERRUPTED: heard */
	struct sv alts;		/* TEXT, UNCLEAR: other readings, one a line,
				 * as in struct speech_text */
	struct sv lang;		/* TEXT, UNCLEAR: "en", "es"; empty: not known */
	bool from_list;		/* TEXT: matched one of the expected phrases */
	char digit;
	int count;
	uint32_t tool_id;
	uint32_t ref;		/* FUNCTION */
	struct sv name;		/* FUNCTION */
	struct sv result;	/* TOOL: JSON object; empty = the tool failed */
	int64_t wall_ms;	/* now, ms since 1970 UTC */
};

enum dialog_act_kind {
	DIALOG_SAY,
	DIALOG_EXPECT,		/* what to listen for; then it is their turn */
	DIALOG_TOOL_CALL,	/* the desk does it; DIALOG_TOOL answers */
	DIALOG_END,		/* hang up once all was said */
	/* beside a model */
	DIALOG_PROMPT,		/* it shall speak now; text: of what, or empty */
	DIALOG_RESULT,		/* text: the answer to its call ref */
	DIALOG_DISMISS,		/* it is silenced: from now on we speak */
};

struct dialog_act {
	enum dialog_act_kind kind;
	struct sv text;		/* SAY: one sentence or few */
	bool protect;		/* SAY: cannot be interrupted */
	bool announce;		/* SAY: tells that the call is recorded */
	struct sv lang;		/* SAY, EXPECT: "en", "es"; empty: the call's */
	struct sv phrases, words, bias;	/* EXPECT: as struct speech_expect */
	int hangover_ms;	/* EXPECT */
	int early_ms;		/* EXPECT: … once a listed phrase is complete; 0 none */
	int answer_ms;		/* EXPECT: silence after which we speak again */
	uint32_t tool_id;	/* TOOL_CALL: rising from 1 */
	struct sv name, args;	/* TOOL_CALL: "book", JSON object */
	struct sv outcome;	/* END: booked, message, silent, … */
	uint32_t ref;		/* RESULT */
	bool answer;		/* RESULT: it shall speak about it */
};

/* Slices of the acts live until the next call into the session. */
struct dialog_out {
	const struct dialog_act *acts;
	size_t n;
};

struct dialog_prm {
	struct sv script;	/* JSON: the script (lent until open returns) */
	struct sv context;	/* JSON: business, services, caller, disclosure */
	struct sv lang;		/* in which the call begins; empty: the script's */
	struct sv hears;	/* languages the recogniser reads: "en es"; empty: en */
};

struct dialog_sess;

struct dialog {
	const char *name;	/* "script" */
	/**
	 * 0, -ENOMEM, -EBADMSG with a sentence in why (which place of the
	 * script or context is wrong and what it should be).
	 */
	int (*open)(struct dialog_sess **out, const struct dialog_prm *prm,
		    char *why, size_t why_size);
	struct dialog_out (*input)(struct dialog_sess *s,
				   const struct dialog_in *in);
	void (*close)(struct dialog_sess *s);
};

extern const struct dialog *const dialog_all[];	/* NULL at the end */

const struct dialog *dialog_find(struct sv name);

#endif
