/*
 * model: the dialog beside a model that talks with the caller. It greets with
 * the script (disclosure first), minds emergencies while the model talks, does
 * what the model asks of the desk, and goes on by the script when the model
 * is silenced or gone.
 */
#include "dialog/all.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialog/brief.h"

#define ACTS 32
#define CALLS 8
#define FIRST_TOOL 1000 /* the script counts its own from 1 */

/* A function of the model that the desk works on. */
struct asked {
	uint32_t tool; /* 0: free */
	uint32_t ref;
	const struct brief_fn *fn;
};

struct dialog_sess {
	struct dialog_sess *script; /* the other dialog's own */
	json_t *context;
	bool alone; /* no model any more */
	bool spanish;
	bool booked;
	uint32_t tools;
	struct asked asked[CALLS];
	struct dialog_act acts[ACTS];
	size_t nacts;
	char text[256];
	char *args, *answer; /* of an act */
};

static void beside_close(struct dialog_sess *s)
{
	if (!s)
		return;
	if (s->script)
		dialog_script.close(s->script);
	json_decref(s->context);
	free(s->args);
	free(s->answer);
	free(s);
}

static int beside_open(struct dialog_sess **out, const struct dialog_prm *prm,
		       char *why, size_t why_size)
{
	struct dialog_sess *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->spanish = sv_eq(prm->lang, "es");
	err = dialog_script.open(&s->script, prm, why, why_size);
	if (err) {
		s->script = NULL;
		beside_close(s);
		return err;
	}
	s->context = json_loadb(prm->context.p, prm->context.len, 0, NULL);
	*out = s;
	return 0;
}

static struct dialog_act *add(struct dialog_sess *s, enum dialog_act_kind kind)
{
	struct dialog_act *a = &s->acts[MIN(s->nacts, ACTS - 1u)];

	*a = (struct dialog_act){.kind = kind};
	s->nacts = MIN(s->nacts + 1, (size_t)ACTS);
	return a;
}

static void say(struct dialog_sess *s, const char *en, const char *es)
{
	add(s, DIALOG_SAY)->text = sv_str(s->spanish ? es : en);
}

static void prompt(struct dialog_sess *s, const char *of)
{
	add(s, DIALOG_PROMPT)->text = sv_str(of);
}

/* What the script answers; its slices live until it is asked again. */
static size_t by_script(struct dialog_sess *s, const struct dialog_in *in)
{
	struct dialog_out out = dialog_script.input(s->script, in);

	for (size_t i = 0; i < out.n && s->nacts < ACTS; i++)
		s->acts[s->nacts++] = out.acts[i];
	return out.n;
}

static void dismiss(struct dialog_sess *s)
{
	s->alone = true;
	add(s, DIALOG_DISMISS);
}

/* The question where the script stands, in short. */
static void resume(struct dialog_sess *s, const struct dialog_in *in)
{
	struct dialog_in step = {.kind = DIALOG_INTERRUPTED,
				 .wall_ms = in->wall_ms};

	dialog_script.input(s->script, &step);
	step.kind = DIALOG_SILENCE;
	step.count = 1;
	by_script(s, &step);
}

/* Protected: what he said last is answered behind it, not instead of it. */
static void alone(struct dialog_sess *s, const struct dialog_in *in)
{
	s->alone = true;
	if (s->booked)
		say(s,
		    "Your appointment stands. I go on with simple questions.",
		    "Su cita queda en pie. Sigo con preguntas sencillas.");
	else
		say(s, "One moment, please. I go on with simple questions.",
		    "Un momento, por favor. Sigo con preguntas sencillas.");
	s->acts[s->nacts - 1].protect = true;
	if (!in->count)
		resume(s, in);
}

static void overheard(struct dialog_sess *s, const struct dialog_in *in)
{
	dismiss(s);
	if (by_script(s, in))
		return;
	s->alone = false; /* no emergency: nothing happened */
	s->nacts = 0;
}

static void silence(struct dialog_sess *s, const struct dialog_in *in)
{
	if (in->count < 3) {
		prompt(s, "The caller has said nothing for a while. Ask in "
			  "one short sentence whether he is still there, or "
			  "repeat your question.");
		return;
	}
	dismiss(s);
	if (in->count >= 9)
		say(s, "I am sorry, our time is up. Goodbye.",
		    "Lo siento, se nos acabó el tiempo. Adiós.");
	else
		say(s, "I cannot hear you, so I hang up now. Goodbye.",
		    "No le oigo, así que voy a colgar. Adiós.");
	add(s, DIALOG_END)->outcome = SV("silent");
}

static void digit(struct dialog_sess *s, char key)
{
	snprintf(s->text, sizeof(s->text),
		 "The caller pressed the key %c on the telephone. Answer "
		 "that.",
		 key);
	prompt(s, s->text);
}

/* ---- functions ---- */

static void answer(struct dialog_sess *s, uint32_t ref, struct sv text,
		   bool speak)
{
	struct dialog_act *a = add(s, DIALOG_RESULT);

	a->ref = ref;
	a->text = text;
	a->answer = speak;
}

static void refuse(struct dialog_sess *s, uint32_t ref, const char *why)
{
	snprintf(s->text, sizeof(s->text), "{\"ok\":false,\"error\":\"%s\"}",
		 why);
	answer(s, ref, sv_str(s->text), true);
}

static void end_call(struct dialog_sess *s, const struct dialog_in *in,
		     json_t *args)
{
	static const char *const known[] = {"booked", "message", "moved",
					    "cancelled"};
	const char *outcome =
		json_string_value(json_object_get(args, "outcome"));
	struct dialog_act *a;

	answer(s, in->ref, SV("{\"ok\":true}"), false);
	a = add(s, DIALOG_END);
	a->outcome = SV("ended");
	for (size_t i = 0; outcome && i < ARRAY_LEN(known); i++)
		if (!strcmp(outcome, known[i]))
			a->outcome = sv_str(known[i]);
	/* it promises nothing that the desk does not know */
	if (sv_eq(a->outcome, "booked") && !s->booked)
		a->outcome = SV("ended");
}

static struct asked *free_place(struct dialog_sess *s)
{
	for (size_t i = 0; i < CALLS; i++)
		if (!s->asked[i].tool)
			return &s->asked[i];
	return NULL;
}

/* Names become ids, and the desk learns which language is spoken. */
static const char *prepare(struct dialog_sess *s, const struct brief_fn *fn,
			   json_t *args)
{
	json_t *service = json_object_get(args, "service");
	const char *id;

	if (strstr(fn->args, "\"service\"")) {
		id = json_is_string(service)
			     ? brief_service(s->context,
					     json_string_value(service))
			     : NULL;
		if (!id)
			return "unknown_service";
		json_object_set_new(args, "service", json_string(id));
	}
	if (!strcmp(fn->name, "find_slots"))
		json_object_set_new(args, "limit", json_integer(4));
	if (!strcmp(fn->name, "stop_recording"))
		json_object_set_new(args, "record", json_false());
	else
		json_object_set_new(args, "lang",
				    json_string(s->spanish ? "es" : "en"));
	free(s->args);
	s->args = json_dumps(args, JSON_COMPACT);
	return s->args ? NULL : "no memory";
}

static void function(struct dialog_sess *s, const struct dialog_in *in)
{
	const struct brief_fn *fn = brief_fn_find(in->name);
	json_t *args = json_loadb(in->text.len ? in->text.p : "{}",
				  in->text.len ? in->text.len : 2, 0, NULL);
	struct asked *place = free_place(s);
	const char *why = !fn			  ? "unknown_function"
			  : !json_is_object(args) ? "arguments are no object"
			  : !place		  ? "too many at once"
						  : NULL;
	struct dialog_act *a;

	if (!why && !fn->tool) {
		end_call(s, in, args);
		json_decref(args);
		return;
	}
	if (!why)
		why = prepare(s, fn, args);
	json_decref(args);
	if (why) {
		refuse(s, in->ref, why);
		return;
	}
	*place = (struct asked){FIRST_TOOL + ++s->tools, in->ref, fn};
	a = add(s, DIALOG_TOOL_CALL);
	a->tool_id = place->tool;
	a->name = sv_str(fn->tool);
	a->args = sv_str(s->args);
}

/* What is said and done by us, for it must not depend on the model. */
static bool settle(struct dialog_sess *s, const struct dialog_in *in,
		   const struct brief_fn *fn, bool ok)
{
	if (!ok || !fn)
		return false;
	s->booked |= !strcmp(fn->name, "book");
	if (!strcmp(fn->name, "transfer")) {
		dismiss(s);
		say(s, "One moment, please. I am putting you through.",
		    "Un momento, por favor. Le comunico.");
		add(s, DIALOG_END)->outcome = SV("transfer");
		return true;
	}
	if (!strcmp(fn->name, "stop_recording")) {
		dismiss(s);
		say(s,
		    "All right, we keep no transcript of this call, only what "
		    "your request needs.",
		    "De acuerdo, no guardamos la transcripción de esta "
		    "llamada, solo lo que su solicitud necesita.");
		resume(s, in);
		return true;
	}
	return false;
}

static void tool(struct dialog_sess *s, const struct dialog_in *in)
{
	struct asked *q = NULL, was;
	json_t *v;
	bool ok;

	for (size_t i = 0; i < CALLS; i++)
		if (in->tool_id && s->asked[i].tool == in->tool_id)
			q = &s->asked[i];
	if (!q) {
		if (in->tool_id < FIRST_TOOL)
			by_script(s, in);
		return;
	}
	was = *q;
	*q = (struct asked){0};
	v = json_loadb(in->result.p ? in->result.p : "", in->result.len, 0,
		       NULL);
	ok = json_is_true(json_object_get(v, "ok"));
	json_decref(v);
	if (s->alone) { /* nobody asks any more, but it was done */
		s->booked |= ok && !strcmp(was.fn->name, "book");
		return;
	}
	if (settle(s, in, was.fn, ok))
		return;
	free(s->answer);
	s->answer = in->result.len ? malloc(in->result.len + 1) : NULL;
	if (s->answer)
		(void)sv_copy(s->answer, in->result.len + 1, in->result);
	answer(s, was.ref,
	       s->answer ? sv_str(s->answer)
			 : SV("{\"ok\":false,\"error\":\"no answer\"}"),
	       true);
}

static void beside(struct dialog_sess *s, const struct dialog_in *in)
{
	switch (in->kind) {
	case DIALOG_OVERHEARD:
		overheard(s, in);
		break;
	case DIALOG_SILENCE:
		silence(s, in);
		break;
	case DIALOG_DTMF:
		digit(s, in->digit);
		break;
	case DIALOG_FUNCTION:
		function(s, in);
		break;
	case DIALOG_PATIENCE:
		say(s, "One moment, please.", "Un momento, por favor.");
		break;
	case DIALOG_ALONE:
		alone(s, in);
		break;
	case DIALOG_INTERRUPTED:
		break;	  /* the model knows what was heard */
	case DIALOG_TOOL: /* see beside_input() */
	case DIALOG_BEGIN:
	case DIALOG_TEXT:
	case DIALOG_UNCLEAR:
		by_script(s, in);
		break;
	}
}

static struct dialog_out beside_input(struct dialog_sess *s,
				      const struct dialog_in *in)
{
	s->nacts = 0;
	if (in->kind == DIALOG_TOOL)
		tool(s, in);
	else if (s->alone)
		by_script(s, in);
	else
		beside(s, in);
	return (struct dialog_out){s->acts, s->nacts};
}

const struct dialog dialog_model = {
	.name = "model",
	.open = beside_open,
	.input = beside_input,
	.close = beside_close,
};
