#include "app/script_play.h"

#include <stdlib.h>

#include "app/script_desk.h"
#include "base/buf.h"
#include "dialog.h"
#include "dialog/cal.h"

enum { LINE_MAX_BYTES = 2048, TURN_MS = 4000 };

const char script_play_keys[] =
	"  a line     what the caller says; \" // \" before other readings\n"
	"  nothing    silence\n"
	"  /12#       keys of the telephone\n"
	"  /int       interrupts the assistant; /int TEXT: that was heard of "
	"it\n"
	"  /unclear   speech that was not understood; /unclear GUESS\n"
	"  /es TEXT   said in Spanish; /en TEXT in English\n"
	"  /quit      hangs up\n";

static const char example[] =
	"{\"business\":{\"name\":\"Harbor Heating and Plumbing\",\"phone\":"
	"\"+14155550100\",\"utc_offset_min\":-300,\"timezone\":"
	"\"America/New_York\",\"lang\":\"en\"},\"disclosure\":{\"recorded\":"
	"false,\"transcribed\":true},\"caller\":{\"phone\":\"+14155550123\","
	"\"name\":null,\"can_text\":true,\"known\":false,\"appointments\":[]},"
	"\"services\":[{\"id\":\"s1\",\"name\":\"furnace repair\",\"words\":"
	"[\"furnace\",\"heater\"],\"duration_min\":90,\"names\":{\"es\":"
	"\"reparaci\xc3\xb3n de calefacci\xc3\xb3n\"}},{\"id\":\"s2\","
	"\"name\":\"water heater repair\",\"words\":[\"water heater\","
	"\"hot water\"],\"duration_min\":120,\"names\":{\"es\":"
	"\"reparaci\xc3\xb3n de calentador de agua\"}},{\"id\":\"s3\","
	"\"name\":\"drain cleaning\",\"words\":[\"drain\",\"clogged\"],"
	"\"duration_min\":60,\"names\":{\"es\":\"limpieza de desag\xc3\xbc"
	"e\"}}],\"names\":[\"Dana\",\"Miller\"],\"streets\":[\"Elm Street\","
	"\"Oak Avenue\",\"Main Street\"],\"places\":[\"Springfield\"],"
	"\"languages\":[\"en\",\"es\"],\"attempt\":\"first\",\"after_hours\":"
	"false,\"agents_available\":false,\"on_call\":true,"
	"\"emergency_number\":\"911\",\"hours\":["
	"{\"dow\":1,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":2,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":3,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":4,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":5,\"open\":\"08:00\",\"close\":\"18:00\"},"
	"{\"dow\":6,\"open\":\"08:00\",\"close\":\"12:00\"}]}";

json_t *script_play_context(json_t *script)
{
	json_t *v = json_loads(example, 0, NULL);
	json_t *own = json_object_get(script, "example");

	if (v && json_is_object(own))
		json_object_update_recursive(v, own);
	return v;
}

/* One call in the terminal. */
struct play {
	const struct script_play_prm *prm;
	const struct dialog *dialog;
	struct dialog_sess *sess;
	struct script_desk *desk;
	int offset_min;
	int64_t now_ms;
	int silences;
	bool over;
};

static void turn(struct play *p, const struct dialog_in *in);

static void tool(struct play *p, uint32_t id, struct sv name, json_t *args)
{
	struct dialog_in in = {.kind = DIALOG_TOOL, .tool_id = id};
	int day, minute;
	json_t *v;
	char *dump;

	cal_local(p->now_ms, p->offset_min, &day, &minute);
	v = script_desk_answer(p->desk, name, args, day, minute);
	dump = json_dumps(v, JSON_COMPACT);
	json_decref(v);
	if (p->prm->verbose)
		fprintf(p->prm->out, "  # = %s\n", dump ? dump : "");
	in.result = sv_str(dump);
	turn(p, &in);
	free(dump);
}

enum { CALLS = 4 }; /* tools called in one turn */

/* What a tool call needs outlives the acts that asked for it. */
struct asked {
	uint32_t id;
	char name[40];
	json_t *args;
};

static void turn(struct play *p, const struct dialog_in *in)
{
	struct dialog_in now = *in;
	struct dialog_out out;
	struct asked asked[CALLS];
	size_t n = 0;

	now.wall_ms = p->now_ms;
	out = p->dialog->input(p->sess, &now);
	for (size_t i = 0; i < out.n; i++) {
		const struct dialog_act *a = &out.acts[i];

		if (a->kind == DIALOG_SAY) {
			fprintf(p->prm->out, "Assistant: %.*s\n",
				SV_ARG(a->text));
		} else if (a->kind == DIALOG_END) {
			fprintf(p->prm->out, "(The call ends: %.*s.)\n",
				SV_ARG(a->outcome));
			p->over = true;
		} else if (a->kind == DIALOG_TOOL_CALL && n < CALLS) {
			if (p->prm->verbose)
				fprintf(p->prm->out, "  # %.*s %.*s\n",
					SV_ARG(a->name), SV_ARG(a->args));
			asked[n].id = a->tool_id;
			sv_copy(asked[n].name, sizeof(asked[n].name), a->name);
			asked[n++].args =
				json_loadb(a->args.p, a->args.len, 0, NULL);
		}
	}
	for (size_t i = 0; i < n; i++) {
		tool(p, asked[i].id, sv_str(asked[i].name), asked[i].args);
		json_decref(asked[i].args);
	}
}

static void keys(struct play *p, const char *s)
{
	struct dialog_in in = {.kind = DIALOG_DTMF};

	for (; *s && !p->over; s++) {
		in.digit = *s;
		turn(p, &in);
	}
}

/* "text // other // third": lines of alts go into mem. */
static void readings(struct dialog_in *in, char *text, struct buf *mem)
{
	char *at = strstr(text, " // ");

	in->text = sv_str(text);
	if (!at)
		return;
	in->text.len = (size_t)(at - text);
	for (char *next; at; at = next) {
		at += 4;
		next = strstr(at, " // ");
		buf_add(mem, at, next ? (size_t)(next - at) : strlen(at));
		buf_char(mem, '\n');
	}
	in->alts = buf_get(mem);
}

/* The rest of a line that begins with word; NULL: another word. */
static char *after(char *line, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(line, word, n) != 0 || (line[n] && line[n] != ' '))
		return NULL;
	return line + n + strspn(line + n, " ");
}

/* False: the caller hung up. */
static bool take_line(struct play *p, char *line)
{
	struct dialog_in in = {.kind = DIALOG_TEXT};
	struct buf mem;
	char *rest;

	buf_init(&mem, 0);
	if (!*line) {
		in.kind = DIALOG_SILENCE;
		in.count = ++p->silences;
	} else if (after(line, "/quit")) {
		return false;
	} else if (after(line, "/help")) {
		fputs(script_play_keys, p->prm->out);
		return true;
	} else if ((rest = after(line, "/int"))) {
		in.kind = DIALOG_INTERRUPTED;
		in.text = *rest ? sv_str(rest) : SV("");
	} else if ((rest = after(line, "/unclear"))) {
		in.kind = DIALOG_UNCLEAR;
		readings(&in, rest, &mem);
	} else if ((rest = after(line, "/es")) || (rest = after(line, "/en"))) {
		in.lang = (struct sv){line + 1, 2};
		readings(&in, rest, &mem);
	} else if (line[0] == '/' &&
		   strspn(line + 1, "0123456789*#") == strlen(line + 1)) {
		in.kind = DIALOG_DTMF;
	} else if (line[0] == '/') {
		fprintf(p->prm->out, "There is no %s. What there is:\n%s", line,
			script_play_keys);
		return true;
	} else {
		readings(&in, line, &mem);
	}
	if (in.kind != DIALOG_SILENCE)
		p->silences = 0;
	p->now_ms += TURN_MS;
	if (in.kind == DIALOG_DTMF)
		keys(p, line + 1);
	else
		turn(p, &in);
	buf_fini(&mem);
	return true;
}

static void talk(struct play *p)
{
	struct dialog_in begin = {.kind = DIALOG_BEGIN};
	char line[LINE_MAX_BYTES];
	bool there = true;

	turn(p, &begin);
	while (!p->over && there) {
		if (p->prm->prompt)
			fputs("Caller: ", p->prm->out);
		fflush(p->prm->out);
		there = fgets(line, sizeof(line), p->prm->in) != NULL;
		if (!there)
			break;
		line[strcspn(line, "\r\n")] = '\0';
		if (!p->prm->prompt)
			fprintf(p->prm->out, "Caller: %s\n",
				*line ? line : "(silence)");
		there = take_line(p, line);
	}
	if (!p->over)
		fputs("(The caller hung up.)\n", p->prm->out);
}

static int open_sess(struct play *p, char *why, size_t size)
{
	struct dialog_prm prm = {
		.lang = sv_str(p->prm->lang),
		.hears = sv_str(p->prm->hears),
	};
	char *script = json_dumps(p->prm->script, 0);
	char *context = json_dumps(p->prm->context, 0);
	int err = script && context ? 0 : -ENOMEM;

	prm.script = sv_str(script);
	prm.context = sv_str(context);
	p->dialog = dialog_find(SV("script"));
	if (!err)
		err = p->dialog->open(&p->sess, &prm, why, size);
	free(script);
	free(context);
	return err;
}

int script_play(const struct script_play_prm *prm, char *why, size_t size)
{
	struct play p = {.prm = prm, .now_ms = prm->wall_ms};
	json_t *business = json_object_get(prm->context, "business");
	int err;

	p.offset_min = (int)json_integer_value(
		json_object_get(business, "utc_offset_min"));
	err = script_desk_new(&p.desk, prm->context);
	if (!err)
		err = open_sess(&p, why, size);
	if (!err) {
		talk(&p);
		p.dialog->close(p.sess);
	} else if (!why[0]) {
		snprintf(why, size, "%s", strerror(-err));
	}
	script_desk_free(p.desk);
	return err;
}
