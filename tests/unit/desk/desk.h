/*
 * What the tests of the dashboard share: a private PostgreSQL with our
 * schema, two businesses with a user each, and the dashboard on real sockets.
 */
#ifndef TESTS_UNIT_DESK_DESK_H
#define TESTS_UNIT_DESK_DESK_H

#include "tests/unit/desk/web.h"

#include <sys/un.h>

#include <libpq-fe.h>

#include "desk/dashboard.h"
#include "desk/sse.h"

#define HARBOR "019363a0-0000-7000-8000-000000000001"
#define OTHER "019363a0-0000-7000-8000-000000000002"
#define CALL_A "019363a0-0000-7000-8000-0000000000a1"
#define CALL_B "019363a0-0000-7000-8000-0000000000b1"

static char db_dir[64], db_conninfo[256];
static PGconn *db; /* superuser, blocking */

static struct desk {
	struct loop *loop;
	struct web *web;
	struct dns *dns;
	struct pg *pg;
	struct dashboard *d;
	struct bus_sess *bell; /* as another process: rings */
	int fd, bus_fd, port;
	char dir[64], bus_path[96], url[32];
	struct config cfg;
} desk;

/* The first value of a query, or NULL; fails the test when it fails. */
static inline const char *db_ask(const char *sql)
{
	static char value[4096];
	PGresult *r = PQexec(db, sql);
	ExecStatusType st = PQresultStatus(r);
	bool any;

	if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) {
		print_error("%s\n%s\n", sql, PQresultErrorMessage(r));
		fail();
	}
	any = PQntuples(r) > 0 && !PQgetisnull(r, 0, 0);
	if (any)
		sv_copy(value, sizeof(value), sv_str(PQgetvalue(r, 0, 0)));
	PQclear(r);
	return any ? value : NULL;
}

static inline void db_connect(void)
{
	char all[320];

	snprintf(all, sizeof(all), "%s user=postgres", db_conninfo);
	db = PQconnectdb(all);
	assert_int_equal(CONNECTION_OK, PQstatus(db));
	db_ask("set client_min_messages = warning");
}

static inline int db_setup(void **state)
{
	char cmd[200];
	FILE *f;
	(void)state;

	snprintf(db_dir, sizeof(db_dir), "/tmp/nightbell-desk-XXXXXX");
	assert_non_null(mkdtemp(db_dir));
	snprintf(cmd, sizeof(cmd),
		 "chmod 711 %s && tests/unit/desk/db.sh start %s", db_dir,
		 db_dir);
	f = popen(cmd, "r");
	assert_non_null(f);
	assert_non_null(fgets(db_conninfo, sizeof(db_conninfo), f));
	assert_int_equal(0, pclose(f));
	db_conninfo[strcspn(db_conninfo, "\n")] = '\0';
	db_connect();
	db_ask("insert into nightbell.businesses (id, name, timezone) values"
	       " ('" HARBOR "', 'Harbor', 'America/New_York'),"
	       " ('" OTHER "', 'Other', 'Europe/Paris');"
	       "select admin.user_add('{\"email\":\"owner@harbor.test\","
	       "\"business\":\"" HARBOR "\",\"role\":\"owner\"}');"
	       "select admin.user_add('{\"email\":\"owner@other.test\","
	       "\"business\":\"" OTHER "\",\"role\":\"staff\"}')");
	db_ask("insert into nightbell.calls"
	       " (business_id, id, carrier_sid, number, caller) values"
	       " ('" HARBOR "', '" CALL_A "', 'CA1', '+14155550100',"
	       "  '+14155550177')");
	db_ask("insert into nightbell.calls"
	       " (business_id, id, carrier_sid, number, caller) values"
	       " ('" OTHER "', '" CALL_B "', 'CA2', '+14155550200', null)");
	return 0;
}

static inline int db_teardown(void **state)
{
	char cmd[160];
	(void)state;

	PQfinish(db);
	snprintf(cmd, sizeof(cmd), "tests/unit/desk/db.sh stop %s", db_dir);
	return system(cmd);
}

static inline int unix_listen(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(path));
	assert_int_equal(0, bind(fd, (struct sockaddr *)&un, sizeof(un)));
	assert_int_equal(0, listen(fd, 8));
	return fd;
}

static struct sse_counts desk_streams;

static inline int desk_setup(void **state)
{
	struct pg_prm pg = {.name = "api",
			    .conninfo = db_conninfo,
			    .user = "nightbell_api",
			    .queue_max = 1000,
			    .statement_ms = 5000};
	struct dashboard_prm prm = {.cfg = &desk.cfg, .bus = bus_all[0]};
	struct bus_prm bell = {.desks = 1, .self = -1, .listen_fd = -1};
	(void)state;

	memset(&desk, 0, sizeof(desk));
	snprintf(desk.dir, sizeof(desk.dir), "/tmp/nightbell-run-XXXXXX");
	assert_non_null(mkdtemp(desk.dir));
	snprintf(desk.bus_path, sizeof(desk.bus_path), BUS_SOCKET_FMT, desk.dir,
		 0u);
	sv_copy(desk.url, sizeof(desk.url), SV("https://desk.test"));
	desk.cfg.dashboard.workers = 1;
	desk.cfg.dashboard.public_url = desk.url;
	desk.cfg.node.runtime_dir = desk.dir;
	assert_int_equal(0, loop_new(&desk.loop));
	assert_int_equal(0, web_new(&desk.web, desk.loop));
	assert_int_equal(0, dns_new(&desk.dns, desk.loop));
	assert_int_equal(0, pg_new(&desk.pg, desk.loop, desk.dns, &pg));
	desk.fd = peer_listen(&desk.port);
	desk.bus_fd = unix_listen(desk.bus_path);
	prm.loop = desk.loop;
	prm.web = desk.web;
	prm.listen_fd = desk.fd;
	prm.pg_api = desk.pg;
	prm.bus_fd = desk.bus_fd;
	prm.token_secret = SV("a secret for the tests");
	prm.counts = &desk_streams;
	assert_int_equal(0, dashboard_new(&desk.d, &prm));
	bell.loop = desk.loop;
	bell.dir = desk.dir;
	assert_int_equal(0, bus_all[0]->open(&desk.bell, &bell));
	RUN_UNTIL(desk.loop, pg_up(desk.pg));
	return 0;
}

static inline int desk_teardown(void **state)
{
	(void)state;
	bus_all[0]->close(desk.bell);
	desk.d = dashboard_free(desk.d);
	desk.pg = pg_free(desk.pg);
	desk.dns = dns_free(desk.dns);
	desk.web = web_free(desk.web);
	desk.loop = loop_free(desk.loop);
	close(desk.fd);
	close(desk.bus_fd);
	unlink(desk.bus_path);
	return rmdir(desk.dir);
}

/* A one-time link's token for the user. */
static inline const char *link_of(const char *email)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "select admin.link_create('{\"email\":\"%s\"}') ->> 'token'",
		 email);
	return db_ask(sql);
}

/* A request with a body; head: more header lines. */
static inline void send_json(struct answer *a, const char *what,
			     const char *head, const char *body)
{
	char more[4096];

	snprintf(more, sizeof(more),
		 "Content-Type: application/json\r\nContent-Length: %zu\r\n"
		 "%s\r\n%s",
		 strlen(body), head, body);
	ask(a, desk.loop, desk.port, what, more);
}

static inline void post(struct answer *a, const char *path, const char *head,
			const char *body)
{
	char what[128];

	snprintf(what, sizeof(what), "POST %s", path);
	send_json(a, what, head, body);
}

struct secret {
	char s[512];	 /* the access token */
	char cookie[80]; /* the refresh secret */
};

static inline struct secret secret_of(const struct answer *a)
{
	struct secret secret;
	const char *at = strstr(a->p.in.p, "nightbell_session=");

	assert_non_null(at);
	assert_int_equal(
		1, sscanf(at, "nightbell_session=%79[^;]", secret.cookie));
	at = strstr(a->body, "\"access\":\"");
	assert_non_null(at);
	assert_int_equal(1, sscanf(at, "\"access\":\"%511[^\"]", secret.s));
	return secret;
}

/* Signs in by link. */
static inline struct secret sign_in(const char *email)
{
	struct secret secret;
	struct answer a;
	char body[160];

	snprintf(body, sizeof(body), "{\"token\":\"%s\"}", link_of(email));
	post(&a, "/api/v1/sign-in", "", body);
	assert_int_equal(200, a.status);
	secret = secret_of(&a);
	answer_fini(&a);
	return secret;
}

/* GET as the session's owner; head: more header lines, may be "". */
static inline void get(struct answer *a, const struct secret *s,
		       const char *path, const char *head)
{
	char what[256], more[1024];

	snprintf(what, sizeof(what), "GET %s", path);
	snprintf(more, sizeof(more), "Authorization: Bearer %s\r\n%s\r\n", s->s,
		 head);
	ask(a, desk.loop, desk.port, what, more);
}

#endif
