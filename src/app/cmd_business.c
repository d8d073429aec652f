/* business: all that a business needs to be called, in one command. */
#include <stdlib.h>
#include <unistd.h>

#include "app/cmd_ask.h"
#include "app/script_play.h"

enum {
	OPT_NUMBER,
	OPT_TIMEZONE,
	OPT_TRADE,
	OPT_OWNER,
	OPT_EMAIL,
	OPT_MODE,
	OPT_HOURS,
	OPT_LANG,
};

static const char *const trades[] = {"home_services", "car_repair", "dental",
				     "salon", "real_estate"};

static bool trade_known(const char *trade)
{
	for (size_t i = 0; i < ARRAY_LEN(trades); i++)
		if (!strcmp(trade, trades[i]))
			return true;
	return !access(trade, R_OK) && strpbrk(trade, "./");
}

/* A file, or a trade's: beside the program as sql_folder() looks, or here. */
static const char *script_path(char *out, size_t size, const char *trade)
{
	static const char *const places[] = {"/../conf/scripts",
					     "/../share/nightbell/scripts",
					     "/../../conf/scripts"};
	char exe[2048], *slash;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (!access(trade, R_OK))
		return trade;
	exe[MAX(n, 0)] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; slash && i < ARRAY_LEN(places); i++) {
		snprintf(out, size, "%s%s/%s.json", exe, places[i], trade);
		if (!access(out, R_OK))
			return out;
	}
	snprintf(out, size, "conf/scripts/%s.json", trade);
	return out;
}

/* What the trade does, as the script's example says it. */
static json_t *services_of(json_t *script)
{
	json_t *context = script_play_context(script), *list = json_array();
	json_t *all = json_object_get(context, "services");

	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *s = json_array_get(all, i);

		json_array_append_new(
			list, json_pack("{s:O, s:O*, s:O*, s:O*}", "name",
					json_object_get(s, "name"), "names",
					json_object_get(s, "names"), "words",
					json_object_get(s, "words"), "minutes",
					json_object_get(s, "duration_min")));
	}
	json_decref(context);
	return list;
}

static int clock_fits(const char *t)
{
	return strlen(t) == 5 && t[2] == ':' && strspn(t, "0123456789") == 2 &&
	       strspn(t + 3, "0123456789") == 2;
}

/* "1-5 08:00-18:00": {"days", "opens", "closes"}, or NULL. */
static json_t *hours_of(const char *text)
{
	char from, to, opens[6], closes[6], more;
	json_t *days;

	if (sscanf(text, "%c-%c %5[0-9:]-%5[0-9:]%c", &from, &to, opens, closes,
		   &more) != 4 ||
	    from < '0' || to > '6' || from > to || !clock_fits(opens) ||
	    !clock_fits(closes) || strcmp(opens, closes) >= 0)
		return NULL;
	days = json_array();
	for (char d = from; d <= to; d++)
		json_array_append_new(days, json_integer(d - '0'));
	return json_pack("{s:o, s:s, s:s}", "days", days, "opens", opens,
			 "closes", closes);
}

static int add(struct cmd *c, json_t *script, json_t *hours)
{
	const char *mode = c->opt[OPT_MODE], *id, *email = c->opt[OPT_EMAIL];
	json_t *answer = NULL, *user = NULL;
	int err;

	if (!mode)
		mode = c->opt[OPT_OWNER] ? "ring_first" : "already_missed";
	err = cmd_ask(
		c, &answer, "select admin.business_add($1::jsonb)",
		json_pack(
			"{s:s, s:s, s:s, s:s*, s:s, s:s*, s:O, s:s, s:o, s:o}",
			"name", c->pos[1], "number", c->opt[OPT_NUMBER],
			"timezone", c->opt[OPT_TIMEZONE], "owner",
			c->opt[OPT_OWNER], "mode", mode, "lang",
			c->opt[OPT_LANG], "script", script, "trade",
			json_string_value(json_object_get(script, "name")),
			"services", services_of(script), "hours", hours));
	id = json_string_value(json_object_get(answer, "business"));
	if (!err && id && email)
		err = cmd_ask(c, &user, "select admin.user_add($1::jsonb)",
			      json_pack("{s:s, s:s, s:s}", "email", email,
					"business", id, "role", "owner"));
	if (!err && id)
		printf("%s\n", id);
	json_decref(user);
	json_decref(answer);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

static int business_list(struct cmd *c)
{
	json_t *all, *n;
	size_t k;
	int err = cmd_ask(
		c, &all,
		"select api.businesses_all() where $1::jsonb is not null",
		json_object());

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *b = json_array_get(all, i);

		printf("%s  %-28s %s",
		       json_string_value(json_object_get(b, "id")),
		       json_string_value(json_object_get(b, "name")),
		       json_string_value(json_object_get(b, "timezone")));
		json_array_foreach (json_object_get(b, "numbers"), k, n)
			printf(" %s", json_string_value(n));
		putchar('\n');
	}
	json_decref(all);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

static int business_add(struct cmd *c)
{
	static const char *const needed[] = {"--number", "--timezone",
					     "--trade"};
	const char *spec = c->opt[OPT_HOURS];
	json_t *script, *hours;
	char path[4096];
	int code;

	if (c->npos < 2 || !c->pos[1][strspn(c->pos[1], " \t")]) {
		cmd_fail(c, "the business wants a name");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!c->opt[i]) {
			cmd_fail(c, "%s is missing", needed[i]);
			return EXIT_USAGE;
		}
	if (!trade_known(c->opt[OPT_TRADE])) {
		cmd_fail(c,
			 "--trade \"%s\" is not known: home_services, "
			 "car_repair, dental, salon, real_estate, or a "
			 "script's file",
			 c->opt[OPT_TRADE]);
		return EXIT_USAGE;
	}
	hours = hours_of(spec ? spec : "1-5 08:00-18:00");
	if (!hours) {
		cmd_fail(c, "--hours wants days and times such as "
			    "\"1-5 08:00-18:00\"");
		return EXIT_USAGE;
	}
	code = cmd_script_load(
		&script, c, script_path(path, sizeof(path), c->opt[OPT_TRADE]));
	if (code) {
		json_decref(hours);
		return code;
	}
	code = add(c, script, hours);
	json_decref(script);
	return code;
}

int cmd_business(struct cmd *c)
{
	if (!strcmp(c->pos[0], "add"))
		return business_add(c);
	if (!strcmp(c->pos[0], "list") && c->npos == 1)
		return business_list(c);
	cmd_fail(c, "\"%s\" is not known: add or list", c->pos[0]);
	return EXIT_USAGE;
}
