/* Who we talk to outside: the carrier and the mail server. */
#include "app/check.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/clock.h"
#include "io/dns.h"
#include "io/httpc.h"
#include "io/smtp.h"
#include "proto/url.h"

enum { DNS_MS = 5000, HTTP_MS = 10000, MAIL_MS = 15000 };

/* ---- the public URL ---- */

struct look_up {
	struct loop *loop;
	int err;
	char addr[DNS_ADDR_MAX];
	bool over;
};

static void on_address(int err, const char *addr, void *arg)
{
	struct look_up *u = arg;

	if (u->over)
		return;
	u->over = true;
	u->err = err;
	if (!err)
		sv_copy(u->addr, sizeof(u->addr), sv_str(addr));
	loop_stop(u->loop);
}

static void on_late(void *arg)
{
	on_address(-ETIMEDOUT, NULL, arg);
}

static int look_up(char addr[DNS_ADDR_MAX], const char *host)
{
	struct look_up u = {.err = 0};
	struct timer *late = NULL;
	struct dns *dns = NULL;
	int err = loop_new(&u.loop);

	if (!err)
		err = dns_new(&dns, u.loop);
	if (!err)
		err = timer_new(&late, u.loop, on_late, &u);
	if (!err)
		err = dns_resolve(dns, host, on_address, &u);
	if (!err) {
		timer_at(late, clock_mono_us() + DNS_MS * 1000);
		loop_run(u.loop);
		err = u.err;
	}
	u.over = true;
	timer_free(late);
	dns_free(dns);
	loop_free(u.loop);
	memcpy(addr, u.addr, DNS_ADDR_MAX);
	return err;
}

static bool numeric(struct sv host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!strchr("0123456789.:[]abcdefABCDEF", host.p[i]))
			return false;
	return host.len &&
	       (memchr(host.p, ':', host.len) ||
		(host.p[host.len - 1] >= '0' && host.p[host.len - 1] <= '9'));
}

/* Addresses that nobody outside can reach. */
static bool private_addr(const char *a)
{
	static const char *const starts[] = {
		"10.",	 "192.168.", "169.254.", "fc",	    "fd",
		"fe80:", "172.16.",  "172.17.",	 "172.18.", "172.19.",
		"172.2", "172.30.",  "172.31.",	 "127.",    "100.64."};

	if (!strncmp(a, "172.2", 5) && strlen(a) > 6 && a[6] != '.')
		return false; /* 172.2.x and 172.2xx are not of them */
	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (!strncmp(a, starts[i], strlen(starts[i])))
			return true;
	return !strcmp(a, "::1");
}

static void check_name(const char *host)
{
	char addr[DNS_ADDR_MAX];
	int err = look_up(addr, host);

	if (err)
		check_say(CHECK_WARN, "public_url",
			  "%s has no address here (%s): the carrier needs a "
			  "name in the public DNS",
			  host, strerror(-err));
	else if (private_addr(addr))
		check_say(CHECK_WARN, "public_url",
			  "%s is %s here, a private address: from outside it "
			  "must be another one",
			  host, addr);
	else
		check_say(CHECK_GOOD, "public_url", "%s is %s", host, addr);
}

static void check_carrier_url(const struct config *cfg)
{
	char host[256];
	struct url u;

	if (!cfg->node.public_url ||
	    url_split(&u, sv_str(cfg->node.public_url)) ||
	    sv_copy(host, sizeof(host), u.host))
		return; /* "settings" says so */
	if (url_is_loopback(u.host)) {
		check_say(CHECK_FAIL, "public_url",
			  "%s is this machine for everybody who asks: set "
			  "node.public_url to the name by which the carrier "
			  "finds it",
			  host);
		return;
	}
	if (!sv_eq(u.scheme, "https")) {
		check_say(CHECK_FAIL, "public_url",
			  "media sockets need https (wss): end TLS here "
			  "(carrier.tls_cert) or in a proxy");
		return;
	}
	if (u.port.len && !sv_eq(u.port, "443"))
		check_say(CHECK_WARN, "public_url",
			  "port %.*s: carriers may refuse media sockets on "
			  "others than 443",
			  SV_ARG(u.port));
	if (numeric(u.host))
		check_say(CHECK_WARN, "public_url",
			  "%s is an address: certificates are made for names",
			  host);
	else
		check_name(host);
}

static void check_dashboard_url(const struct config *cfg)
{
	const char *url = cfg->dashboard.public_url;

	if (!url)
		check_say(CHECK_GOOD, "dashboard",
			  "for this machine only, http://%s; behind a proxy "
			  "set dashboard.public_url, else all visitors count "
			  "as one",
			  cfg->dashboard.listen);
	else if (!sv_starts(sv_str(url), "https://"))
		check_say(CHECK_WARN, "dashboard",
			  "%s is not https: the session's cookie can be read "
			  "on its way",
			  url);
	else
		check_say(CHECK_GOOD, "dashboard",
			  "%s: the proxy to %s must send Host, add the visitor "
			  "to X-Forwarded-For and set X-Forwarded-Proto",
			  url, cfg->dashboard.listen);
}

void check_public_url(const struct config *cfg)
{
	check_carrier_url(cfg);
	check_dashboard_url(cfg);
}

/* ---- the carrier ---- */

struct ask {
	struct loop *loop;
	const struct config *cfg;
};

static bool sid_looks_right(const char *sid)
{
	return sid && strlen(sid) == 34 && !strncmp(sid, "AC", 2) &&
	       strspn(sid + 2, "0123456789abcdef") == 32;
}

static void say_unreachable(const struct httpc_result *r, const char *api)
{
	const char *what;

	switch (r->err) {
	case -ENOENT:
		what = "no such host: is there a name server, is "
		       "twilio.api_url right?";
		break;
	case -EPROTO:
		what = "no TLS that we trust: twilio.api_ca must name the "
		       "authority of the server's certificate (not set: the "
		       "package ca-certificates)";
		break;
	case -ETIMEDOUT:
	case -ECONNREFUSED:
	case -ECONNRESET:
		what = "no connection: is the way out open (network, "
		       "firewall)?";
		break;
	default:
		what = "cannot be asked";
	}
	check_say(CHECK_FAIL, "carrier", "%s: %s (%s)", api, what,
		  r->why ? r->why : strerror(-r->err));
}

static void say_account(const struct ask *a, struct sv body)
{
	json_t *o = json_loadb(body.p, body.len, 0, NULL);
	const char *sid = json_string_value(json_object_get(o, "sid")),
		   *status = json_string_value(json_object_get(o, "status"));

	if (!sid || strcmp(sid, a->cfg->twilio.account_sid) != 0)
		check_say(CHECK_FAIL, "carrier",
			  "%s does not answer as the carrier's API: is "
			  "twilio.api_url right?",
			  a->cfg->twilio.api_url);
	else if (!status || strcmp(status, "active") != 0)
		check_say(CHECK_FAIL, "carrier",
			  "the account is %s: the carrier's console says why",
			  status ? status : "not active");
	else
		check_say(CHECK_GOOD, "carrier", "%s knows the account",
			  a->cfg->twilio.api_url);
	json_decref(o);
}

static void on_account(const struct httpc_result *r, void *arg)
{
	const struct ask *a = arg;

	if (r->err)
		say_unreachable(r, a->cfg->twilio.api_url);
	else if (r->status == 200)
		say_account(a, r->body);
	else if (r->status == 401 || r->status == 403)
		check_say(CHECK_FAIL, "carrier",
			  "refused (%d): twilio.auth_token is not that of "
			  "twilio.account_sid; copy the primary token from "
			  "the carrier's console (it may have been rotated)",
			  r->status);
	else if (r->status == 404)
		check_say(CHECK_FAIL, "carrier",
			  "unknown (404): twilio.account_sid is no account "
			  "of %s",
			  a->cfg->twilio.api_url);
	else
		check_say(r->status == 429 || r->status >= 500 ? CHECK_WARN
							       : CHECK_FAIL,
			  "carrier", "%s answers %d: try again later",
			  a->cfg->twilio.api_url, r->status);
	loop_stop(a->loop);
}

void check_carrier(const struct config *cfg)
{
	struct ask a = {.cfg = cfg};
	struct httpc_prm prm = {
		.method = "GET",
		.user = cfg->twilio.account_sid,
		.password = cfg->twilio.auth_token,
		.ca_file = cfg->twilio.api_ca,
		.connect_to = cfg->twilio.api_connect_to,
		.timeout_ms = HTTP_MS,
	};
	struct httpc *http = NULL;
	char url[600];
	int err;

	if (!cfg->twilio.account_sid || !cfg->twilio.auth_token) {
		check_say(CHECK_FAIL, "carrier",
			  "twilio.account_sid and twilio.auth_token are not "
			  "set: the carrier's console shows both");
		return;
	}
	if (!sid_looks_right(cfg->twilio.account_sid)) {
		check_say(CHECK_FAIL, "carrier",
			  "twilio.account_sid is none: AC and 32 digits or "
			  "letters a to f (an API key begins with SK: not "
			  "that)");
		return;
	}
	snprintf(url, sizeof(url), "%s/2010-04-01/Accounts/%s.json",
		 cfg->twilio.api_url, cfg->twilio.account_sid);
	prm.url = url;
	err = loop_new(&a.loop);
	if (!err)
		err = httpc_new(&http, a.loop);
	if (!err)
		err = httpc_send(NULL, http, &prm, on_account, &a);
	if (!err)
		loop_run(a.loop);
	else
		check_say(CHECK_FAIL, "carrier", "cannot be asked: %s",
			  strerror(-err));
	httpc_free(http);
	loop_free(a.loop);
}

/* ---- mail ---- */

static void on_mail(const struct smtp_result *r, void *arg)
{
	const struct ask *a = arg;
	const char *what;

	switch (r->err) {
	case 0:
		check_say(CHECK_GOOD, "mail", "%s: connected%s",
			  a->cfg->smtp.url,
			  a->cfg->smtp.user ? ", logged in" : "");
		loop_stop(a->loop);
		return;
	case -EACCES:
		what = "the login is refused: smtp.user, smtp.password";
		break;
	case -EPROTO:
		what = "no TLS that we trust: smtp.starttls, smtp.ca";
		break;
	case -ENOENT:
		what = "no such host: smtp.url";
		break;
	case -EREMOTEIO:
		what = "the server says no";
		break;
	default:
		what = "no connection: is the server there, is the way out "
		       "open (networks often close port 25)?";
	}
	check_say(CHECK_FAIL, "mail", "%s: %s (%s)", a->cfg->smtp.url, what,
		  r->why ? r->why : strerror(-r->err));
	loop_stop(a->loop);
}

void check_mail(const struct config *cfg)
{
	struct ask a = {.cfg = cfg};
	const struct smtp_prm prm = {
		.url = cfg->smtp.url,
		.tls = !strcmp(cfg->smtp.starttls, "try") ? SMTP_TLS_TRY
		       : !strcmp(cfg->smtp.starttls, "never")
			       ? SMTP_TLS_NEVER
			       : SMTP_TLS_REQUIRED,
		.user = cfg->smtp.user,
		.password = cfg->smtp.password,
		.ca_file = cfg->smtp.ca,
		.connect_to = cfg->smtp.connect_to,
		.timeout_ms = MAIL_MS,
	};
	int err;

	if (!cfg->smtp.url) {
		check_say(CHECK_WARN, "mail",
			  "none (smtp.url): nobody can sign in by a link sent "
			  "by mail; \"nightbell link\" prints one");
		return;
	}
	if (!cfg->smtp.from)
		check_say(CHECK_FAIL, "mail", "smtp.from is not set");
	err = loop_new(&a.loop);
	if (!err)
		err = smtp_send(NULL, a.loop, &prm, on_mail, &a);
	if (!err)
		loop_run(a.loop);
	else
		check_say(CHECK_FAIL, "mail", "cannot be asked: %s",
			  strerror(-err));
	loop_free(a.loop);
}
