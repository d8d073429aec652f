/* user, link, token, openapi: who may see a business, and how they get in. */
#include <jansson.h>
#include <stdlib.h>

#include "app/cmd.h"
#include "app/cmd_ask.h"
#include "base/uuid.h"
#include "desk/openapi.h"

int cmd_ask(struct cmd *c, json_t **out, const char *sql, json_t *req)
{
	char why[512], *param = req ? json_dumps(req, JSON_COMPACT) : NULL;
	char *text = NULL;
	int err = -ENOMEM;

	json_decref(req);
	if (param)
		err = cmd_sql(&text, &c->cfg, c->cfg.database.migrate_user, sql,
			      param, why, sizeof(why));
	else
		snprintf(why, sizeof(why), "the text is not UTF-8");
	if (err)
		cmd_fail(c, "%s", why);
	*out = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	free(param);
	return err;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *v = json_string_value(json_object_get(o, key));

	return v ? v : "";
}

static int user_list(struct cmd *c, const char *business)
{
	json_t *people;
	int err = cmd_ask(c, &people,
			  "select api.people_all(($1::jsonb->>'business')"
			  "::uuid)",
			  json_pack("{s:s*}", "business", business));

	for (size_t i = 0; i < json_array_size(people); i++) {
		const json_t *p = json_array_get(people, i);

		printf("%-32s %-7s %s %s\n", text_of(p, "email"),
		       text_of(p, "role"), text_of(p, "business"),
		       text_of(p, "business_name"));
	}
	json_decref(people);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

static int user_add(struct cmd *c, const char *business, const char *role)
{
	json_t *answer;
	int err = cmd_ask(c, &answer, "select admin.user_add($1::jsonb)",
			  json_pack("{s:s, s:s*, s:s}", "email", c->pos[1],
				    "business", business, "role", role));

	if (!err)
		printf("%s is %s now. To sign in: nightbell link %s\n",
		       c->pos[1], role, c->pos[1]);
	json_decref(answer);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

static int user_remove(struct cmd *c, const char *business)
{
	json_t *answer;
	int err = cmd_ask(c, &answer, "select admin.user_remove($1::jsonb)",
			  json_pack("{s:s, s:s*}", "email", c->pos[1],
				    "business", business));

	if (!err)
		printf("%s is out%s\n", c->pos[1],
		       business ? "; keys of the business are revoked"
				: ": no admin any more");
	json_decref(answer);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

static bool role_known(const char *role)
{
	static const char *const roles[] = {"owner", "staff", "viewer",
					    "admin"};

	for (size_t i = 0; i < ARRAY_LEN(roles); i++)
		if (!strcmp(role, roles[i]))
			return true;
	return false;
}

int cmd_user(struct cmd *c)
{
	const char *business = c->opt[0], *what = c->pos[0];
	const char *role = c->opt[1] ? c->opt[1] : "owner";
	const bool adds = !strcmp(what, "add");

	if (business && !uuid_valid(sv_str(business))) {
		cmd_fail(c, "--business wants the business's id (a UUID): "
			    "see \"nightbell business list\"");
		return EXIT_USAGE;
	}
	if (!strcmp(what, "list") && c->npos == 1)
		return user_list(c, business);
	if (!adds && strcmp(what, "remove") != 0) {
		cmd_fail(c, "\"%s\" is not known: add, remove or list", what);
		return EXIT_USAGE;
	}
	if (c->npos < 2 || !strchr(c->pos[1], '@')) {
		cmd_fail(c, "\"%s\" is no e-mail address",
			 c->npos < 2 ? "" : c->pos[1]);
		return EXIT_USAGE;
	}
	if (!adds)
		return user_remove(c, business);
	if (!role_known(role)) {
		cmd_fail(c,
			 "--role wants owner, staff, viewer or admin, not "
			 "\"%s\"",
			 role);
		return EXIT_USAGE;
	}
	if (!business && strcmp(role, "admin") != 0) {
		cmd_fail(c, "--business is missing: see \"nightbell business "
			    "list\"");
		return EXIT_USAGE;
	}
	return user_add(c, business, role);
}

int cmd_link(struct cmd *c)
{
	json_t *answer;
	const char *token;
	int err = cmd_ask(c, &answer, "select admin.link_create($1::jsonb)",
			  json_pack("{s:s}", "email", c->pos[0]));

	token = json_string_value(json_object_get(answer, "token"));
	if (!err && !token)
		err = cmd_fail(c, "the database made no token");
	if (!err)
		printf("%s%s/sign-in#token=%s\n",
		       c->cfg.dashboard.public_url ? "" : "http://",
		       c->cfg.dashboard.public_url ? c->cfg.dashboard.public_url
						   : c->cfg.dashboard.listen,
		       token);
	json_decref(answer);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

int cmd_token(struct cmd *c)
{
	const char *business = c->opt[0], *days = c->opt[2];
	int64_t n = 90;
	json_t *answer;
	const char *token;
	int err;

	if (business && !uuid_valid(sv_str(business))) {
		cmd_fail(c, "--business wants the business's id (a UUID)");
		return EXIT_USAGE;
	}
	if (days && (sv_i64(&n, sv_str(days)) || n < 1 || n > 3650)) {
		cmd_fail(c, "--days wants a number from 1 to 3650");
		return EXIT_USAGE;
	}
	err = cmd_ask(c, &answer, "select admin.token_create($1::jsonb)",
		      json_pack("{s:s, s:s*, s:s*, s:I, s:s*}", "email",
				c->pos[0], "business", business, "role",
				c->opt[1], "days", (json_int_t)n, "name",
				c->opt[3]));
	token = json_string_value(json_object_get(answer, "token"));
	if (!err && !token)
		err = cmd_fail(c, "the database made no key");
	if (!err)
		printf("%s\n", token);
	json_decref(answer);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

int cmd_openapi(struct cmd *c)
{
	struct buf b;
	int err;

	buf_init(&b, 0);
	openapi_print(&b);
	err = b.err;
	if (err)
		cmd_fail(c, "%s", strerror(-err));
	else
		puts(b.p);
	buf_fini(&b);
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}
