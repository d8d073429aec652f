/*
 * The table of options is the whole truth: the parser, the environment, the
 * help and the test of conf/nightbell.yaml all walk it.
 */
#include "app/config_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include "app/options.h"
#include "proto/url.h"

extern char **environ;

struct loader {
	struct config *c;
	const char *path; /* of the file, for messages */
	char *why;
	int line[OPTIONS_MAX]; /* where each option was set; 0: nowhere */
};

static int fail(struct loader *l, int line, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

static int fail(struct loader *l, int line, const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	if (line > 0)
		n = snprintf(l->why, CONFIG_WHY_MAX, "%s:%d: ", l->path, line);
	va_start(ap, fmt);
	if (n >= 0 && n < CONFIG_WHY_MAX)
		vsnprintf(l->why + n, (size_t)(CONFIG_WHY_MAX - n), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static bool name_char(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_';
}

/* At "${": appends the variable's value; *used gets the bytes it took. */
static int expand_one(struct loader *l, int line, struct buf *out,
		      const char *at, size_t *used)
{
	char name[128];
	const char *value;
	size_t n = 2;

	while (name_char(at[n]))
		n++;
	if (at[n] != '}' || n == 2)
		return fail(l, line,
			    "\"${\" without a name and a \"}\"; "
			    "write $${ for these characters");
	if (sv_copy(name, sizeof(name), (struct sv){at + 2, n - 2}))
		return fail(l, line, "the name in ${…} is too long");
	value = getenv(name);
	if (!value)
		return fail(l, line,
			    "the environment has no %s; set it, or take "
			    "${%s} out",
			    name, name);
	*used = n + 1;
	return buf_str(out, value);
}

static int expand(struct loader *l, int line, struct buf *out, const char *in)
{
	size_t used = 0;
	int err = 0;

	while (*in && !err) {
		if (!strncmp(in, "$${", 3)) {
			err = buf_str(out, "${");
			in += 3;
		} else if (!strncmp(in, "${", 2)) {
			err = expand_one(l, line, out, in, &used);
			in += err ? 0 : used;
		} else {
			err = buf_char(out, *in++);
		}
	}
	return err ? err : buf_str(out, "");
}

static int set(struct loader *l, int line, size_t i, const char *text)
{
	char why[256];
	int err = option_set(l->c, i, text, why, sizeof(why));

	if (err == -EINVAL)
		return fail(l, line, "%s.%s: %s", options[i].section,
			    options[i].key, why);
	if (!err)
		l->line[i] = line;
	return err;
}

/* ---- the file ---- */

/* What the event stream is inside of. */
struct place {
	int depth; /* 0 document, 1 sections, 2 options */
	char section[32];
	char key[64];
	bool have_key;
	bool seen[OPTIONS_MAX]; /* sections that came, by their first option */
};

static int open_section(struct loader *l, struct place *p, const char *name,
			int line)
{
	const char *near;
	size_t i;

	for (i = 0; i < options_n; i++)
		if (!strcmp(options[i].section, name))
			break;
	if (i == options_n) {
		near = option_near_section(name);
		return fail(l, line, "unknown section \"%s\"%s%s%s", name,
			    near ? "; did you mean \"" : "", near ? near : "",
			    near ? "\"?" : "");
	}
	if (p->seen[i])
		return fail(l, line, "section \"%s\" is there twice", name);
	p->seen[i] = true;
	sv_copy(p->section, sizeof(p->section), sv_str(name));
	return 0;
}

static int take_option(struct loader *l, struct place *p, const char *value,
		       bool plain, int line)
{
	struct buf text;
	const char *near;
	int i = option_find(p->section, p->key), err;

	if (i < 0) {
		near = option_near(p->section, p->key);
		return fail(l, line, "unknown option \"%s.%s\"%s%s%s",
			    p->section, p->key, near ? "; did you mean \"" : "",
			    near ? near : "", near ? "\"?" : "");
	}
	if (l->line[i])
		return fail(l, line, "%s.%s is there twice (line %d too)",
			    p->section, p->key, l->line[i]);
	if (plain && (!*value || !strcmp(value, "~") || !strcmp(value, "null")))
		return 0; /* "key:" with nothing: as if it were not there */
	buf_init(&text, 64 * 1024);
	err = expand(l, line, &text, value);
	if (!err)
		err = set(l, line, (size_t)i, text.p);
	buf_fini(&text);
	return err;
}

static int on_scalar(struct loader *l, struct place *p, const yaml_event_t *ev)
{
	const char *value = (const char *)ev->data.scalar.value;
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	int line = (int)ev->start_mark.line + 1, err;

	if (strlen(value) != ev->data.scalar.length)
		return fail(l, line, "a value holds a NUL character");
	if (p->depth == 0 && plain && !*value)
		return 0; /* an empty file */
	if (p->depth == 0)
		return fail(l, line, "expected sections (\"node:\" …)");
	if (!p->have_key) {
		p->have_key = true;
		if (p->depth == 1)
			return open_section(l, p, value, line);
		if (sv_copy(p->key, sizeof(p->key), sv_str(value)))
			return fail(l, line, "unknown option \"%s\"", p->key);
		return 0;
	}
	p->have_key = false;
	if (p->depth == 1)
		return *value || !plain ? fail(l, line,
					       "\"%s\" is a section: put its "
					       "options below, indented",
					       p->section)
					: 0;
	err = take_option(l, p, value, plain, line);
	return err;
}

static int on_event(struct loader *l, struct place *p, const yaml_event_t *ev)
{
	int line = (int)ev->start_mark.line + 1;

	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(l, p, ev);
	case YAML_MAPPING_START_EVENT:
		if (p->depth == 2)
			return fail(l, line,
				    "%s.%s wants one value, not a "
				    "list of options",
				    p->section, p->key);
		p->depth++;
		p->have_key = false;
		return 0;
	case YAML_MAPPING_END_EVENT:
		p->depth--;
		p->have_key = false;
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		return fail(l, line, "no option is a list");
	case YAML_ALIAS_EVENT:
		return fail(l, line, "aliases (*name) are not supported");
	default:
		return 0;
	}
}

static int parse(struct loader *l, FILE *f)
{
	struct place place = {.depth = 0};
	yaml_parser_t parser;
	yaml_event_t ev;
	bool end = false;
	int err = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_file(&parser, f);
	while (!end && !err) {
		if (!yaml_parser_parse(&parser, &ev)) {
			err = fail(l, (int)parser.problem_mark.line + 1,
				   "not YAML: %s",
				   parser.problem ? parser.problem
						  : "unreadable");
			break;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		err = on_event(l, &place, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
	return err;
}

/* ---- the environment ---- */

static bool env_is(const char *var, size_t len, size_t i)
{
	char name[128];
	int n = snprintf(name, sizeof(name), "NIGHTBELL_%s_%s",
			 options[i].section, options[i].key);

	for (int k = 0; k < n; k++)
		name[k] = (char)toupper((unsigned char)name[k]);
	return (size_t)n == len && !strncmp(name, var, len);
}

/* NIGHTBELL_TWILIO_X of a section that exists, but no such option. */
static bool env_is_near(const char *var)
{
	char name[64];

	for (size_t i = 0; i < options_n; i++) {
		snprintf(name, sizeof(name), "NIGHTBELL_%s_",
			 options[i].section);
		if (!strncasecmp(name, var, strlen(name)))
			return true;
	}
	return false;
}

static int environment(struct loader *l)
{
	for (char **e = environ; *e; e++) {
		const char *eq = strchr(*e, '=');
		size_t len = eq ? (size_t)(eq - *e) : 0, i;
		int err;

		if (!len || strncmp(*e, "NIGHTBELL_", 10))
			continue;
		for (i = 0; i < options_n; i++)
			if (env_is(*e, len, i))
				break;
		if (i == options_n && !env_is_near(*e))
			continue; /* NIGHTBELL_CONFIG and other people's */
		if (i == options_n)
			return fail(l, 0, "environment: %.*s is no option",
				    (int)len, *e);
		err = set(l, 0, i, eq + 1);
		if (err == -EINVAL) {
			char told[CONFIG_WHY_MAX - 64];

			sv_copy(told, sizeof(told), sv_str(l->why));
			return fail(l, 0, "environment: %.*s: %s", (int)len, *e,
				    told);
		}
		if (err)
			return err;
	}
	return 0;
}

/* ---- together ---- */

static int defaults(struct loader *l)
{
	char host[256] = "nightbell";

	for (size_t i = 0; i < options_n; i++) {
		int err = options[i].def ? set(l, 0, i, options[i].def) : 0;

		if (err)
			return err;
	}
	gethostname(host, sizeof(host) - 1);
	return set(l, 0, (size_t)option_find("node", "name"), host);
}

static int read_file(struct loader *l)
{
	FILE *f = fopen(l->path, "re");
	int err;

	if (!f) {
		err = -errno;
		fail(l, 0, "%s: %s", l->path, strerror(-err));
		return err == -ENOENT ? -ENOENT : -EIO;
	}
	err = parse(l, f);
	fclose(f);
	return err;
}

static int check_pairs(struct loader *l)
{
	const struct config *c = l->c;

	if (!c->carrier.tls_cert == !c->carrier.tls_key)
		return 0;
	return fail(l,
		    MAX(l->line[option_find("carrier", "tls_cert")],
			l->line[option_find("carrier", "tls_key")]),
		    "carrier.tls_cert and carrier.tls_key: set both or none");
}

int config_load(struct config *c, const char *path, char why[CONFIG_WHY_MAX])
{
	struct loader l = {.c = c, .path = path, .why = why};
	int err;

	memset(c, 0, sizeof(*c));
	why[0] = '\0';
	err = defaults(&l);
	if (!err && path)
		err = read_file(&l);
	if (!err)
		err = environment(&l);
	if (!err)
		err = check_pairs(&l);
	if (err && !why[0])
		fail(&l, 0, "%s: %s", path ? path : "configuration",
		     strerror(-err));
	return err;
}

void config_fini(struct config *c)
{
	options_free(c);
}

/* The carrier streams audio to wss:// only, so http would fail per call. */
static bool public_url_secure(struct sv text)
{
	struct url u;

	return !url_split(&u, text) &&
	       (sv_eq(u.scheme, "https") || url_is_loopback(u.host));
}

int config_check_serve(const struct config *c, char why[CONFIG_WHY_MAX])
{
	struct loader l = {.why = why};

	if (!c->node.public_url)
		return fail(&l, 0,
			    "node.public_url is not set: the carrier must be "
			    "told where to find this machine "
			    "(https://voice.example.com)");
	if (!public_url_secure(sv_str(c->node.public_url)))
		return fail(&l, 0,
			    "node.public_url is %s: the carrier sends audio "
			    "over TLS only, so write https:// (http:// is for "
			    "a loopback host, in tests)",
			    c->node.public_url);
	if (!c->twilio.auth_token)
		return fail(&l, 0,
			    "twilio.auth_token is not set: without it nobody "
			    "can tell the carrier from strangers, so nothing "
			    "is served");
	if (!c->twilio.account_sid)
		return fail(&l, 0,
			    "twilio.account_sid is not set: text messages are "
			    "sent in its name");
	if (!strcmp(c->speech.stt, "deepgram") && !c->deepgram.api_key)
		return fail(&l, 0,
			    "deepgram.api_key is not set, and speech.stt is "
			    "deepgram");
	return 0;
}

const char *config_option(size_t i, const char **def)
{
	static char name[64];

	if (i >= options_n)
		return NULL;
	*def = options[i].def;
	snprintf(name, sizeof(name), "%s.%s", options[i].section,
		 options[i].key);
	return name;
}
