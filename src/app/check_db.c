/* The database: what each login meets, and what to do about it. */
#include <stdio.h>
#include <stdlib.h>

#include "app/aside.h"
#include "app/check.h"
#include "app/cmd.h"

/*
 * libpq has no code for why a connection failed, only its words and those of
 * the server. In another language than English the last row is the advice.
 * The first that fits counts.
 */
static const struct remedy {
	const char *words, *advice;
	const char *after; /* not NULL: the login's name and this follow */
	bool roles;	   /* first the command that makes roles, database */
} remedies[] = {
	{"not permitted to log in", "as superuser in psql: alter role ",
	 " login", false},
	{"\" does not exist", ", then: nightbell migrate", NULL, true},
	{"permission denied for database", "", NULL, true},
	{"password",
	 "give database.conninfo, or the file of PGPASSFILE, the password of ",
	 "", false},
	{"authentication failed",
	 "pg_hba.conf and pg_ident.conf must let this user of the machine "
	 "in as ",
	 "", false},
	{"pg_hba.conf", "let pg_hba.conf admit from here, and reload it: ", "",
	 false},
	{"too many", "raise max_connections, or end who holds so many", NULL,
	 false},
	{"connection slots", "raise max_connections, or end who holds so many",
	 NULL, false},
	{"starting up", "wait until it has recovered", NULL, false},
	{"shutting down", "start PostgreSQL again", NULL, false},
	{"no address", "correct host= in database.conninfo", NULL, false},
	{"is the server running",
	 "start PostgreSQL (systemctl start postgresql), or correct host= and "
	 "port= in database.conninfo",
	 NULL, false},
	{"does not answer within",
	 "the server is stopped, overloaded or without disk; see its log", NULL,
	 false},
	{"", "see database.conninfo and the server's log", NULL, false},
};

static void advise(char *out, size_t size, const char *user, const char *why)
{
	const struct remedy *r = remedies;
	char folder[4200];

	while (!strcasestr(why, r->words))
		r++;
	if (r->roles)
		snprintf(out, size,
			 "check dbname= in database.conninfo, or as superuser: "
			 "psql -d postgres -f %s/roles.sql%s",
			 cmd_sql_folder(folder, sizeof(folder)), r->advice);
	else
		snprintf(out, size, "%s%s%s", r->advice, r->after ? user : "",
			 r->after ? r->after : "");
}

/* False when there is no answer: then the other logins hardly get one. */
static bool check_login(const struct config *cfg, const char *user,
			const char *function, enum check_level bad)
{
	char sql[160], why[512], remedy[4500], *out;
	int err;

	/* NULL when the function is not there. */
	snprintf(sql, sizeof(sql), "select to_regprocedure('%s')::text",
		 function);
	err = cmd_sql(&out, cfg, user, sql, NULL, why, sizeof(why));
	if (err) {
		advise(remedy, sizeof(remedy), user, why);
		check_say(bad, "database", "as %s: %s; %s", user, why, remedy);
	} else if (!out) {
		check_say(bad, "database",
			  "as %s: %s is missing; run: nightbell migrate", user,
			  function);
	} else {
		check_say(CHECK_GOOD, "database",
			  "as %s: connected, %s is there", user, function);
	}
	free(out);
	return !err;
}

void check_database(const struct config *cfg)
{
	const struct {
		const char *user, *function;
	} logins[] = {
		{cfg->database.gateway_user, "desk.voice(jsonb)"},
		{cfg->database.relay_user, "desk.outbox_claim(jsonb)"},
		{cfg->database.api_user, "api.session(jsonb)"},
	};

	if (aside_left(cfg, cfg->database.gateway_user) > 0) {
		check_say(CHECK_FAIL, "database", "%s", ASIDE_REMEDY);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(logins); i++)
		if (!check_login(cfg, logins[i].user, logins[i].function,
				 CHECK_FAIL))
			return;
	/* Whoever serves need not be let in so. */
	check_login(cfg, cfg->database.migrate_user, "admin.link_create(jsonb)",
		    CHECK_WARN);
}
