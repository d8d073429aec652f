#include "message.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "call.h"
#include "doc.h"
#include "hook.h"

#define BODY_MAX 1600

/* A recipient who said STOP to one of our numbers. */
struct opt_out {
	struct list le;
	char ours[40], theirs[40];
};

/* Where a message is on its way, and how long each step takes. */
static const struct {
	const char *status;
	int after_ms;
} steps[] = {{"queued", 0}, {"sent", 150}, {"delivered", 400}};

const char *message_error(int code)
{
	static const struct {
		int code;
		const char *text;
	} all[] = {
		{21211, "The 'To' number is not a valid phone number."},
		{21212, "The 'From' number is not a valid phone number."},
		{21266, "'To' and 'From' number cannot be the same"},
		{21602, "Message body is required."},
		{21603, "A 'From' phone number is required."},
		{21604, "A 'To' phone number is required."},
		{21606, "The 'From' phone number provided is not a valid "
			"message-capable phone number for this account."},
		{21610, "Attempt to send to unsubscribed recipient"},
		{21617, "The concatenated message body exceeds the 1600 "
			"character limit"},
		{30001, "Queue overflow"},
		{30002, "Account suspended"},
		{30003, "Unreachable destination handset"},
		{30004, "Message blocked"},
		{30005, "Unknown destination handset"},
		{30006, "Landline or unreachable carrier"},
		{30007, "Message filtered"},
		{30008, "Unknown error"},
		{30034, "Message from an unregistered number"},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].code == code)
			return all[i].text;
	return "Unknown error";
}

bool number_valid(struct sv s)
{
	if (s.len < 8 || s.len > 16 || s.p[0] != '+' || s.p[1] == '0')
		return false;
	for (size_t i = 1; i < s.len; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return true;
}

bool number_owned(const struct sim *s, struct sv number)
{
	const char *const *n = s->opt.numbers;

	if (sv_eq(number, s->opt.to))
		return true;
	for (; n && *n; n++)
		if (sv_eq(number, *n) || !strcmp(*n, "any"))
			return true;
	return false;
}

/* ---- segments ---- */

/* Characters of the phone's own alphabet beyond ASCII. */
static const uint16_t gsm7[] = {
	0xa3,  0xa5,  0xe8,  0xe9,  0xf9,  0xec,  0xf2,	 0xc7,	0xd8,  0xf8,
	0xc5,  0xe5,  0x394, 0x3a6, 0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3,
	0x398, 0x39e, 0xc6,  0xe6,  0xdf,  0xc9,  0xa4,	 0xa1,	0xc4,  0xd6,
	0xd1,  0xdc,  0xa7,  0xbf,  0xe4,  0xf6,  0xf1,	 0xfc,	0xe0,
};

static uint32_t next_char(struct sv s, size_t *i)
{
	uint32_t c = (unsigned char)s.p[(*i)++];
	int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;

	if (more)
		c &= 0x3fu >> more;
	while (more-- && *i < s.len)
		c = c << 6 | ((unsigned char)s.p[(*i)++] & 0x3f);
	return c;
}

/* Units of the GSM alphabet that a character takes; 0: not in it. */
static int gsm_units(uint32_t c)
{
	if (c == '`')
		return 0;
	if (c == 0x20ac || (c < 128 && c && strchr("^{}\\[~]|", (int)c)))
		return 2;
	if (c == '\n' || c == '\r' || (c >= 32 && c < 127))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(gsm7); i++)
		if (gsm7[i] == c)
			return 1;
	return 0;
}

int message_segments(struct sv body)
{
	int gsm = 0, ucs = 0;
	bool plain = true;

	for (size_t i = 0; i < body.len;) {
		uint32_t c = next_char(body, &i);
		int u = gsm_units(c);

		plain = plain && u;
		gsm += u;
		ucs += c > 0xffff ? 2 : 1;
	}
	if (plain)
		return gsm <= 160 ? 1 : (gsm + 152) / 153;
	return ucs <= 70 ? 1 : (ucs + 66) / 67;
}

/* ---- STOP and START ---- */

static struct opt_out *opt_out_find(struct sim *s, struct sv ours,
				    struct sv theirs)
{
	struct list *le;

	LIST_FOREACH (le, &s->opt_outs) {
		struct opt_out *o = list_entry(le, struct opt_out, le);

		if (sv_eq(ours, o->ours) && sv_eq(theirs, o->theirs))
			return o;
	}
	return NULL;
}

static void opt_out_free(struct opt_out *o)
{
	list_del(&o->le);
	free(o);
}

void opt_outs_free(struct sim *s)
{
	while (!list_empty(&s->opt_outs))
		opt_out_free(list_entry(s->opt_outs.next, struct opt_out, le));
}

/* Only a message of one word counts. */
static bool is_one_of(const char *body, const char *const *words)
{
	char word[16];
	size_t n;

	while (isspace((unsigned char)*body))
		body++;
	n = strcspn(body, " \t\r\n");
	if (!n || n >= sizeof(word) || body[n + strspn(body + n, " \t\r\n")])
		return false;
	for (size_t i = 0; i < n; i++)
		word[i] = (char)toupper((unsigned char)body[i]);
	word[n] = '\0';
	for (; *words; words++)
		if (!strcmp(*words, word))
			return true;
	return false;
}

static const char *keyword_reply(struct sim *s, const char *ours,
				 const char *theirs, const char *body)
{
	static const char *const stop[] = {"STOP",   "STOPALL", "UNSUBSCRIBE",
					   "CANCEL", "END",	"QUIT",
					   "OPTOUT", "REVOKE",	NULL};
	static const char *const start[] = {"START", "YES", "UNSTOP", NULL};
	static const char *const help[] = {"HELP", "INFO", NULL};
	struct opt_out *o = opt_out_find(s, sv_str(ours), sv_str(theirs));

	if (!s->opt.quirks.opt_out)
		return NULL;
	if (is_one_of(body, stop)) {
		if (!o && (o = calloc(1, sizeof(*o)))) {
			snprintf(o->ours, sizeof(o->ours), "%s", ours);
			snprintf(o->theirs, sizeof(o->theirs), "%s", theirs);
			list_add(&s->opt_outs, &o->le);
		}
		return "You have successfully been unsubscribed. You will not "
		       "receive any more messages from this number. Reply "
		       "START to resubscribe.";
	}
	if (is_one_of(body, start)) {
		if (!o)
			return NULL;
		opt_out_free(o);
		return "You have successfully been re-subscribed to messages "
		       "from this number.";
	}
	return is_one_of(body, help) ? "Reply STOP to unsubscribe." : NULL;
}

/* ---- a message's life ---- */

struct message *message_find(struct sim *s, struct sv sid)
{
	struct list *le;

	LIST_FOREACH (le, &s->messages) {
		struct message *m = list_entry(le, struct message, le);

		if (sv_eq(sid, m->sid))
			return m;
	}
	return NULL;
}

void message_free(struct message *m)
{
	list_del(&m->le);
	timer_free(m->timer);
	free(m->body);
	free(m->status_url);
	free(m);
}

static void tell_status(struct message *m)
{
	struct form f = {0};
	struct hook_prm prm = {
		.kind = HOOK_MESSAGE, .url = m->status_url, .params = &f};

	if (!m->status_url)
		return;
	form_str(&f, "AccountSid", m->sim->opt.account);
	form_str(&f, "ApiVersion", "2010-04-01");
	form_str(&f, "From", m->from);
	form_str(&f, "To", m->to);
	form_str(&f, "MessageSid", m->sid);
	form_str(&f, "SmsSid", m->sid);
	form_str(&f, "MessageStatus", m->status);
	form_str(&f, "SmsStatus", m->status);
	if (m->error_code)
		form_int(&f, "ErrorCode", m->error_code);
	if (hook_send(NULL, m->sim, &prm, NULL, NULL))
		report_code(m->sim, NULL, 11100, "StatusCallback \"%s\"",
			    m->status_url);
	form_fini(&f);
}

static void on_step(void *arg)
{
	struct message *m = arg;
	struct sim *s = m->sim;
	bool last = ++m->step == ARRAY_LEN(steps) - 1;

	m->status = steps[m->step].status;
	m->updated_wall_us = clock_wall_us();
	if (m->step == 1)
		m->sent_wall_us = m->updated_wall_us;
	if (last && m->fate) {
		m->status = m->fate < 30003 ? "failed" : "undelivered";
		m->error_code = m->fate;
	}
	tell_status(m);
	if (!last) {
		timer_at(m->timer,
			 clock_mono_us() + steps[m->step + 1].after_ms * 1000);
		return;
	}
	report(s, NULL, "message.done",
	       json_pack("{s:s, s:s, s:i}", "sid", m->sid, "status", m->status,
			 "code", m->error_code),
	       "message %.8s is %s", m->sid, m->status);
	s->hooks--;
	s->idleh(s);
}

/* "+14155550142=30006" of --sms-fail. */
static int fate_of(const struct sim *s, const char *to)
{
	const char *const *v = s->opt.sms_fail;
	size_t n = strlen(to);

	int64_t code;

	for (; v && *v; v++)
		if (!strncmp(*v, to, n) && (*v)[n] == '=' &&
		    !sv_i64(&code, sv_str(*v + n + 1)))
			return (int)code;
	return s->opt.sms_code;
}

static int check(struct sim *s, struct sv from, struct sv to, struct sv body,
		 const struct form *f)
{
	if (!to.len)
		return 21604;
	if (!from.len && !form_get(f, "MessagingServiceSid").len)
		return 21603;
	if (!number_valid(to))
		return 21211;
	if (from.len && !number_valid(from))
		return 21212;
	if (from.len && !number_owned(s, from))
		return 21606;
	if (sv_same(from, to))
		return 21266;
	if (!body.len && !form_get(f, "MediaUrl").len)
		return 21602;
	if (body.len > BODY_MAX) {
		size_t chars = 0;

		for (size_t i = 0; i < body.len; chars++)
			next_char(body, &i);
		if (chars > BODY_MAX)
			return 21617;
	}
	if (opt_out_find(s, from, to))
		return 21610;
	return 0;
}

static struct message *message_new(struct sim *s, const char *direction,
				   struct sv from, struct sv to, struct sv body)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->sim = s;
	sim_sid(m->sid, "SM");
	sv_copy(m->from, sizeof(m->from), from);
	sv_copy(m->to, sizeof(m->to), to);
	m->body = malloc(body.len + 1);
	if (!m->body) {
		free(m);
		return NULL;
	}
	sv_copy(m->body, body.len + 1, body);
	m->direction = direction;
	m->segments = message_segments(body);
	m->created_wall_us = m->updated_wall_us = clock_wall_us();
	list_add(&s->messages, &m->le);
	return m;
}

int message_create(struct message **out, struct sim *s, const struct form *f,
		   const char *direction)
{
	struct sv from = form_get(f, "From"), to = form_get(f, "To");
	struct sv body = form_get(f, "Body");
	struct sv cb = form_get(f, "StatusCallback");
	int code = check(s, from, to, body, f);
	struct message *m;

	if (code)
		return code;
	if (!from.len)
		from = sv_str(s->opt.to);
	m = message_new(s, direction, from, to, body);
	if (!m || timer_new(&m->timer, s->loop, on_step, m))
		return 20500;
	m->status = steps[0].status;
	m->fate = fate_of(s, m->to);
	if (cb.len)
		m->status_url = strdup(cb.p);
	report(s, NULL, "message.sent",
	       json_pack("{s:s, s:s, s:s, s:s, s:s}", "sid", m->sid, "from",
			 m->from, "to", m->to, "body", m->body, "direction",
			 direction),
	       "text from %s to %s: \"%s\"", m->from, m->to, m->body);
	call_note_text(s, m->to);
	tell_status(m);
	s->hooks++;
	timer_at(m->timer, clock_mono_us() + steps[1].after_ms * 1000);
	*out = m;
	return 0;
}

/* ---- texts to us ---- */

struct inbound {
	struct sim *sim;
	struct message *m;
	message_inbound_h *h;
	void *arg;
};

static int send_reply(struct sim *s, const struct message *in, const char *body)
{
	struct form f = {0};
	struct message *m;
	int code;

	form_str(&f, "From", in->to);
	form_str(&f, "To", in->from);
	form_str(&f, "Body", body);
	code = message_create(&m, s, &f, "outbound-reply");
	form_fini(&f);
	return code;
}

static const char *reply_text(const struct doc *d)
{
	for (const struct doc *b = d->child; b; b = b->next)
		if (doc_is(b, "Body"))
			return b->text;
	return d->text;
}

static void on_reply(const struct hook_result *r, void *arg)
{
	struct inbound *in = arg;
	struct sim *s = in->sim;
	struct doc *d = NULL;
	char why[200] = "";
	int code = r->code, n = 0;

	if (code)
		sv_copy(why, sizeof(why), sv_str(r->why));
	else if (r->body.len && doc_parse(&d, r->body, why, sizeof(why)))
		code = 12100;
	for (const struct doc *v = d ? d->child : NULL; v; v = v->next)
		if (doc_is(v, "Message") &&
		    !send_reply(s, in->m, reply_text(v)))
			n++;
	doc_free(d);
	if (code)
		report_code(s, NULL, code, "%s", why);
	if (in->h)
		in->h(code, why, n, in->arg);
	free(in);
}

int message_inbound(struct sim *s, const char *from, const char *to,
		    const char *body, message_inbound_h *h, void *arg)
{
	struct inbound *in = calloc(1, sizeof(*in));
	struct form f = {0};
	struct hook_prm prm = {
		.kind = HOOK_MESSAGE, .url = s->opt.sms_url, .params = &f};
	const char *reply;
	int err;

	if (!in)
		return -ENOMEM;
	*in = (struct inbound){s, NULL, h, arg};
	in->m = message_new(s, "inbound", sv_str(from), sv_str(to),
			    sv_str(body));
	if (!in->m) {
		free(in);
		return -ENOMEM;
	}
	in->m->status = "received";
	report(s, NULL, "text.received",
	       json_pack("{s:s, s:s, s:s, s:s}", "sid", in->m->sid, "from",
			 from, "to", to, "body", body),
	       "%s texts %s: \"%s\"", in->m->from, in->m->to, in->m->body);
	/* The carrier's own answer does not pass its own block. */
	reply = keyword_reply(s, to, from, body);
	if (reply)
		report(s, NULL, "carrier.reply",
		       json_pack("{s:s}", "body", reply),
		       "the carrier answers: \"%s\"", reply);
	form_str(&f, "ToCountry", "US");
	form_str(&f, "ToState", "CA");
	form_str(&f, "ToCity", "");
	form_str(&f, "ToZip", "");
	form_str(&f, "FromCountry", "US");
	form_str(&f, "FromState", "CA");
	form_str(&f, "FromCity", "SAN FRANCISCO");
	form_str(&f, "FromZip", "");
	form_str(&f, "SmsMessageSid", in->m->sid);
	form_str(&f, "SmsSid", in->m->sid);
	form_str(&f, "MessageSid", in->m->sid);
	form_str(&f, "SmsStatus", "received");
	form_str(&f, "NumMedia", "0");
	form_int(&f, "NumSegments", in->m->segments);
	form_str(&f, "Body", body);
	form_str(&f, "To", to);
	form_str(&f, "From", from);
	form_str(&f, "AccountSid", s->opt.account);
	form_str(&f, "ApiVersion", "2010-04-01");
	err = hook_send(NULL, s, &prm, on_reply, in);
	form_fini(&f);
	if (err)
		free(in);
	return err;
}

json_t *message_json(const struct message *m)
{
	char created[40], updated[40], sent[40], uri[160], media[170];

	time_rfc2822(created, m->created_wall_us);
	time_rfc2822(updated, m->updated_wall_us);
	time_rfc2822(sent, m->sent_wall_us);
	snprintf(uri, sizeof(uri), "/2010-04-01/Accounts/%s/Messages/%s.json",
		 m->sim->opt.account, m->sid);
	snprintf(media, sizeof(media),
		 "/2010-04-01/Accounts/%s/Messages/%s/Media.json",
		 m->sim->opt.account, m->sid);
	return json_pack(
		"{s:s, s:o, s:s, s:s, s:s, s:n, s:s?, s:s, s:s, s:s, s:s, "
		"s:s, s:s, s:s, s:s?, s:n, s:o, s:s, s:s, s:{s:s}}",
		"body", m->body, "num_segments",
		json_sprintf("%d", m->segments), "direction", m->direction,
		"from", m->from, "date_updated", updated, "price",
		"error_message",
		m->error_code ? message_error(m->error_code) : NULL, "uri", uri,
		"account_sid", m->sim->opt.account, "num_media", "0", "to",
		m->to, "date_created", created, "status", m->status, "sid",
		m->sid, "date_sent", m->sent_wall_us ? sent : NULL,
		"messaging_service_sid", "error_code",
		m->error_code ? json_integer(m->error_code) : json_null(),
		"price_unit", "USD", "api_version", "2010-04-01",
		"subresource_uris", "media", media);
}
