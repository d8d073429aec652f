#include "desk/routes.h"

#define V1 "/api/v1"
#define CALL3(f) "select " f "($1::uuid,$2::uuid,$3::jsonb)"
#define PAGE "limit cursor"

const struct route routes[] = {
	{"POST", V1 "/sign-in/link", ROUTE_LINK, ROLE_NONE, NULL, "",
	 "LinkRequest", NULL, "Ok",
	 "Sends a link to sign in, if there is such a user"},
	{"POST", V1 "/sign-in", ROUTE_SIGN_IN, ROLE_NONE, NULL, "", "SignIn",
	 NULL, "SignedIn", "Signs in with the token of a link"},
	{"POST", V1 "/refresh", ROUTE_REFRESH, ROLE_NONE, NULL, "", NULL, NULL,
	 "SignedIn", "A new access token, by the cookie, which changes"},
	{"POST", V1 "/sign-out", ROUTE_SIGN_OUT, ROLE_NONE, NULL, "", NULL,
	 NULL, "Ok", "Ends the session"},
	{"GET", V1 "/openapi.json", ROUTE_OPENAPI, ROLE_NONE, NULL, "", NULL,
	 NULL, "Any", "This description"},
	{"GET", V1 "/session", ROUTE_SESSION, ROLE_VIEWER, NULL, "", NULL, NULL,
	 "Session", "Who is signed in, and to which businesses"},
	{"GET", V1 "/calls", ROUTE_SQL, ROLE_VIEWER, CALL3("api.calls"),
	 PAGE " from to status outcome mark caller lead", NULL, "calls", "Call",
	 "Calls, latest first"},
	{"GET", V1 "/calls/{id}", ROUTE_SQL, ROLE_VIEWER, CALL3("api.call"), "",
	 NULL, NULL, "CallDetail", "A call and all that came of it"},
	{"GET", V1 "/calls/{id}/segments", ROUTE_SQL, ROLE_VIEWER,
	 CALL3("api.segments"), PAGE, NULL, "segments", "Segment",
	 "What was said, in order"},
	{"POST", V1 "/browser-call", ROUTE_CALL, ROLE_STAFF,
	 CALL3("api.browser_call"), "", NULL, NULL, "BrowserCall",
	 "Begins a test call from the page: the socket of its stream"},
	{"GET", V1 "/recordings/{id}", ROUTE_SQL, ROLE_VIEWER,
	 CALL3("api.recording"), "", NULL, NULL, "Recording",
	 "A recording of a call"},
	{"GET", V1 "/recordings/{id}/audio", ROUTE_AUDIO, ROLE_VIEWER,
	 CALL3("api.recording_file"), "", NULL, NULL, NULL,
	 "Its sound, Ogg/Opus: the caller left, the assistant right; takes "
	 "Range"},
	{"HEAD", V1 "/recordings/{id}/audio", ROUTE_AUDIO, ROLE_VIEWER,
	 CALL3("api.recording_file"), "", NULL, NULL, NULL,
	 "The same without the sound"},
	{"GET", V1 "/leads", ROUTE_SQL, ROLE_VIEWER, CALL3("api.leads"),
	 PAGE " q phone", NULL, "leads", "Lead", "People who called"},
	{"GET", V1 "/leads/{id}", ROUTE_SQL, ROLE_VIEWER, CALL3("api.lead"), "",
	 NULL, NULL, "LeadDetail", "A person, with the latest of everything"},
	{"GET", V1 "/appointments", ROUTE_SQL, ROLE_VIEWER,
	 CALL3("api.appointments"), PAGE " from to status lead call", NULL,
	 "appointments", "Appointment",
	 "Appointments, latest first; with from: soonest first"},
	{"GET", V1 "/appointments/{id}", ROUTE_SQL, ROLE_VIEWER,
	 CALL3("api.appointment"), "", NULL, NULL, "Appointment",
	 "An appointment"},
	{"GET", V1 "/messages", ROUTE_SQL, ROLE_VIEWER, CALL3("api.messages"),
	 PAGE " conversation lead call direction status", NULL, "messages",
	 "Message", "Texts, latest first"},
	{"GET", V1 "/messages/{id}", ROUTE_SQL, ROLE_VIEWER,
	 CALL3("api.message"), "", NULL, NULL, "Message", "A text"},
	{"GET", V1 "/tasks", ROUTE_SQL, ROLE_VIEWER, CALL3("api.tasks"),
	 PAGE " status kind lead call", NULL, "tasks", "Task",
	 "What somebody has to do, latest first"},
	{"GET", V1 "/tasks/{id}", ROUTE_SQL, ROLE_VIEWER, CALL3("api.task"), "",
	 NULL, NULL, "Task", "A task"},
	{"PATCH", V1 "/tasks/{id}", ROUTE_SQL, ROLE_STAFF,
	 CALL3("api.task_set"), "", "TaskChange", NULL, "Task",
	 "Marks a task as done, or as open again"},
	{"GET", V1 "/outbox", ROUTE_SQL, ROLE_VIEWER, CALL3("api.outbox"),
	 PAGE " state kind", NULL, "outbox", "OutboxRow",
	 "What goes out: texts, calls, mail; state=dead: what could not"},
	{"POST", V1 "/outbox/{id}/redrive", ROUTE_SQL, ROLE_STAFF,
	 CALL3("api.outbox_redrive"), "", NULL, NULL, "OutboxRow",
	 "Tries a dead one again"},
	{"GET", V1 "/blocked", ROUTE_SQL, ROLE_VIEWER, CALL3("api.blocked"),
	 PAGE " number", NULL, "blocked", "Blocked",
	 "Callers whose calls are refused"},
	{"POST", V1 "/blocked", ROUTE_SQL, ROLE_STAFF, CALL3("api.block"), "",
	 "Block", NULL, "Blocked", "Refuses calls of a number from now on"},
	{"DELETE", V1 "/blocked/{id}", ROUTE_SQL, ROLE_STAFF,
	 CALL3("api.unblock"), "", NULL, NULL, "Blocked",
	 "Takes calls of the number again"},
	{"GET", V1 "/numbers", ROUTE_SQL, ROLE_VIEWER, CALL3("api.numbers"),
	 PAGE, NULL, "numbers", "Number",
	 "Numbers that are answered, and what the carrier says of them"},
	{"GET", V1 "/audit", ROUTE_SQL, ROLE_OWNER, CALL3("api.audit"),
	 PAGE " action actor", NULL, "audit", "AuditLine",
	 "Who changed what, latest first"},
	{"GET", V1 "/people", ROUTE_SQL, ROLE_OWNER, CALL3("api.people"), PAGE,
	 NULL, "people", "Person", "Who may see the business"},
	{"DELETE", V1 "/people/{id}", ROUTE_SQL, ROLE_OWNER,
	 CALL3("api.person_remove"), "", NULL, NULL, "Person",
	 "Takes a person out; their sessions and keys end at once"},
	{"GET", V1 "/tokens", ROUTE_SQL, ROLE_OWNER, CALL3("api.tokens"), PAGE,
	 NULL, "tokens", "ApiToken", "Keys of programs"},
	{"POST", V1 "/tokens", ROUTE_SQL, ROLE_OWNER, CALL3("api.token_add"),
	 "", "TokenRequest", NULL, "TokenMade",
	 "Makes a key in your name; it is told this once"},
	{"DELETE", V1 "/tokens/{id}", ROUTE_SQL, ROLE_OWNER,
	 CALL3("api.token_revoke"), "", NULL, NULL, "ApiToken",
	 "Revokes a key"},
	{"GET", V1 "/events", ROUTE_EVENTS, ROLE_VIEWER, NULL, "last_event_id",
	 NULL, NULL, NULL, "Everything that changes, as server-sent events"},
	{"GET", V1 "/transcripts", ROUTE_SEGMENTS, ROLE_VIEWER, NULL,
	 "last_event_id call", NULL, NULL, NULL,
	 "What is said, as server-sent events"},
	{"GET", "/transcripts", ROUTE_SEGMENTS, ROLE_VIEWER, NULL,
	 "last_event_id call", NULL, NULL, NULL,
	 "The same; without the cookie, which is of /api/v1"},
};
const size_t routes_n = ARRAY_LEN(routes);

const struct route_param route_params[] = {
	{"business", "uuid", "which business; default: the user's first"},
	{"limit", "int", "how many, 1 to 200 (50)"},
	{"cursor", "text", "\"next\" of the page before"},
	{"from", "time", "not before this instant"},
	{"to", "time", "before this instant"},
	{"status", "text", "only in this status"},
	{"state", "text", "queued claimed unsure sent dead cancelled"},
	{"outcome", "text", "only with this outcome"},
	{"mark", "text", "robocall sales wrong_number abusive"},
	{"kind", "text", "only of this kind"},
	{"direction", "text", "in or out"},
	{"action", "text", "only this action"},
	{"actor", "text", "only of this user or login"},
	{"q", "text", "a part of name or number"},
	{"caller", "phone", "only of this number"},
	{"phone", "phone", "only this number"},
	{"number", "phone", "only this number"},
	{"lead", "uuid", "only of this person"},
	{"call", "uuid", "only of this call"},
	{"conversation", "uuid", "only of this conversation"},
	{"last_event_id", "int", "go on after this event, as Last-Event-ID"},
};
const size_t route_params_n = ARRAY_LEN(route_params);

const struct route_words route_words[] = {
	{V1 "/calls", "status",
	 "received ringing connecting live answered missed refused ended "
	 "failed"},
	{V1 "/calls", "mark", "robocall sales wrong_number abusive"},
	{V1 "/appointments", "status", "booked done cancelled"},
	{V1 "/messages", "direction", "in out"},
	{V1 "/messages", "status",
	 "queued unconfirmed sending sent delivered undelivered failed "
	 "cancelled received"},
	{V1 "/tasks", "status", "open done"},
	{V1 "/tasks", "kind", "call_back person emergency number"},
	{V1 "/outbox", "state",
	 "queued claimed unsure sent dead cancelled held"},
	{V1 "/outbox", "kind", "sms call dispatch_next call_over email"},
};
const size_t route_words_n = ARRAY_LEN(route_words);

#define SESSION_FIELDS                                                         \
	"user:uuid email:text session:uuid business:uuid? "                    \
	"business_name:text? timezone:text? role:role? businesses:Business[]"

#define TOKEN_FIELDS                                                           \
	"id:uuid name:text role:role user:uuid created_at:time "               \
	"expires_at:time"

const struct schema schemas[] = {
	{"Ok", "ok:bool"},
	{"Any", ""},
	{"Problem", "type:text title:text status:int detail:text?"},
	{"LinkRequest", "email:text"},
	{"SignIn", "token:text"},
	{"Business", "id:uuid name:text timezone:text role:role"},
	{"Session", SESSION_FIELDS},
	{"SignedIn", SESSION_FIELDS " access:text expires_s:int"},
	{"Call",
	 "id:uuid caller:phone? number:phone name:text? lead:uuid? "
	 "conversation:uuid? status:text outcome:text? ended_by:text? "
	 "started_at:time answered_at:time? ended_at:time? duration_ms:int? "
	 "streams:int mark:text? private:bool test:bool summary:text? "
	 "lang:text? "
	 "insights:Insights?"},
	{"BrowserCall",
	 "call:uuid business:uuid number:phone path:text token:text "
	 "expires_s:int"},
	{"Insights",
	 "who:text? what:text? urgency:text? address:text? when:text? "
	 "done:text? open:text? next_action:text? task:uuid? details:object"},
	{"Segment",
	 "call:uuid stream:int seq:int rev:int leg:text start_ms:int "
	 "end_ms:int "
	 "text:text? heard:text? final:bool unsure:bool reply_ms:int?"},
	{"Recording",
	 "id:uuid call:uuid stream:int state:text channels:int "
	 "started_at:time from_ms:int duration_ms:int? bytes:int?"},
	{"Appointment",
	 "id:uuid call:uuid? lead:uuid? name:text? phone:phone? service:uuid "
	 "service_name:text technician:text start:local end:local "
	 "starts_at:time ends_at:time status:text notes:text? created_at:time"},
	{"Message",
	 "id:uuid conversation:uuid lead:uuid name:text? call:uuid? "
	 "direction:text from:phone to:phone body:text status:text error:text? "
	 "at:time"},
	{"Lead", "id:uuid phone:phone? name:text? lang:text? created_at:time"},
	{"Task",
	 "id:uuid kind:text lead:uuid? call:uuid? name:text? phone:phone? "
	 "text:text status:text created_at:time done_at:time?"},
	{"TaskChange", "status:text(open|done)"},
	{"CallDetail",
	 "call:Call segments:Segment[] appointments:Appointment[] "
	 "messages:Message[] tasks:Task[] recordings:Recording[]"},
	{"LeadDetail",
	 "lead:Lead opted_out:bool blocked:bool calls:Call[] "
	 "messages:Message[] tasks:Task[] appointments:Appointment[]"},
	{"OutboxRow",
	 "id:uuid kind:text state:text to:text? text:text? attempt:int "
	 "error:text? due_at:time created_at:time done_at:time?"},
	{"Blocked", "id:uuid number:phone reason:text? created_at:time"},
	{"Block", "number:phone reason:text(1..300)?"},
	{"Number", "number:phone mode:text owner_number:phone? problem:text? "
		   "problem_code:text? problem_at:time? task:uuid? held:int"},
	{"AuditLine", "id:uuid at:time actor:text action:text detail:object"},
	{"Person", "id:uuid email:text name:text? role:role created_at:time"},
	{"ApiToken", TOKEN_FIELDS},
	{"TokenMade", TOKEN_FIELDS " token:text"},
	{"TokenRequest", "name:text(1..120) role:text(viewer|staff|owner) "
			 "days:int(1..3650)?"},
};
const size_t schemas_n = ARRAY_LEN(schemas);

/* Does path match, and what stands for {id}? */
static bool path_match(const char *pattern, struct sv path, struct sv *id)
{
	const char *hole = strstr(pattern, "{id}");
	size_t n = hole ? (size_t)(hole - pattern) : 0;

	*id = (struct sv){0};
	if (!hole)
		return sv_eq(path, pattern);
	if (path.len < n + UUID_LEN || memcmp(path.p, pattern, n))
		return false;
	*id = (struct sv){path.p + n, UUID_LEN};
	return uuid_valid(*id) && sv_eq((struct sv){path.p + n + UUID_LEN,
						    path.len - n - UUID_LEN},
					hole + strlen("{id}"));
}

const struct route *route_find(struct sv method, struct sv path, struct sv *id,
			       char allow[64])
{
	struct buf b;

	allow[0] = '\0';
	buf_init(&b, 63);
	for (size_t i = 0; i < routes_n; i++) {
		if (!path_match(routes[i].path, path, id))
			continue;
		if (sv_eq(method, routes[i].method)) {
			buf_fini(&b);
			return &routes[i];
		}
		buf_printf(&b, "%s%s", b.len ? ", " : "", routes[i].method);
	}
	if (b.len)
		sv_copy(allow, 64, buf_get(&b));
	buf_fini(&b);
	return NULL;
}

static bool is_listed(const char *names, struct sv name)
{
	size_t n;

	for (; *names; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		if (name.len == n && !memcmp(names, name.p, n))
			return true;
	}
	return false;
}

const struct route_param *route_param(const struct route *r, struct sv name)
{
	if (!is_listed(r->params, name) &&
	    !(sv_eq(name, "business") && r->role != ROLE_NONE))
		return NULL;
	for (size_t i = 0; i < route_params_n; i++)
		if (sv_eq(name, route_params[i].name))
			return &route_params[i];
	return NULL;
}

/* What the place in a list is, where it is not an id. */
static const struct {
	const char *path, *type;
} cursors[] = {
	{V1 "/calls/{id}/segments", "place"},
	{V1 "/appointments", "start"},
	{V1 "/numbers", "phone"},
};

const char *route_param_type(const struct route *r, const struct route_param *p)
{
	if (strcmp(p->name, "cursor") != 0)
		return p->type;
	for (size_t i = 0; i < ARRAY_LEN(cursors); i++)
		if (!strcmp(cursors[i].path, r->path))
			return cursors[i].type;
	return "uuid";
}

const char *route_param_words(const struct route *r, struct sv name)
{
	for (size_t i = 0; i < route_words_n; i++)
		if (!strcmp(route_words[i].path, r->path) &&
		    sv_eq(name, route_words[i].param))
			return route_words[i].words;
	return NULL;
}

const char *route_words_miss(const struct route *r, struct sv name,
			     struct sv value)
{
	const char *words = route_param_words(r, name);

	return words && !is_listed(words, value) ? words : NULL;
}

const struct schema *schema_find(struct sv name)
{
	for (size_t i = 0; i < schemas_n; i++)
		if (sv_eq(name, schemas[i].name))
			return &schemas[i];
	return NULL;
}

bool field_next(struct field *f, const char **rest)
{
	size_t n = strcspn(*rest, " "), colon = strcspn(*rest, ":");
	const char *open;

	if (!n)
		return false;
	f->name = (struct sv){*rest, colon};
	f->type = (struct sv){*rest + colon + 1, n - colon - 1};
	f->null = f->type.p[f->type.len - 1] == '?';
	f->type.len -= f->null;
	f->many = f->type.p[f->type.len - 1] == ']';
	f->type.len -= f->many ? 2 : 0;
	f->rule = (struct sv){0};
	open = memchr(f->type.p, '(', f->type.len);
	if (open) {
		f->rule = (struct sv){
			open + 1, f->type.len - 2 - (size_t)(open - f->type.p)};
		f->type.len = (size_t)(open - f->type.p);
	}
	*rest += n + ((*rest)[n] == ' ');
	return true;
}

bool field_bounds(const struct field *f, int64_t *least, int64_t *most)
{
	const char *dots =
		f->rule.len ? memchr(f->rule.p, '.', f->rule.len) : NULL;
	size_t n = dots ? (size_t)(dots - f->rule.p) : 0;

	return dots && !sv_i64(least, (struct sv){f->rule.p, n}) &&
	       !sv_i64(most, (struct sv){dots + 2, f->rule.len - n - 2});
}

bool field_word(struct sv *word, struct sv *left)
{
	const char *bar = left->len ? memchr(left->p, '|', left->len) : NULL;
	size_t n = bar ? (size_t)(bar - left->p) : left->len;

	*word = (struct sv){left->p, n};
	*left = bar ? (struct sv){bar + 1, left->len - n - 1} : (struct sv){0};
	return n > 0;
}

/* Characters, when there is more among them than blanks; else 0. */
static int64_t length_of(struct sv text)
{
	int64_t n = 0;
	bool blank = true;

	for (size_t i = 0; i < text.len; i++) {
		n += (text.p[i] & 0xc0) != 0x80;
		blank &= strchr(" \t\r\n\f\v", text.p[i]) != NULL;
	}
	return blank ? 0 : n;
}

bool field_text_fits(const struct field *f, struct sv text)
{
	struct sv left = f->rule, word;
	int64_t least, most, n;

	if (!f->rule.len)
		return true;
	if (field_bounds(f, &least, &most)) {
		n = length_of(text);
		return n >= least && n <= most;
	}
	while (field_word(&word, &left))
		if (sv_same(word, text))
			return true;
	return false;
}

bool field_int_fits(const struct field *f, int64_t n)
{
	int64_t least, most;

	return !field_bounds(f, &least, &most) || (n >= least && n <= most);
}

/* So many digits at *at, as a number within bounds; moves *at on. */
static bool digits(struct sv s, size_t *at, size_t n, int least, int most,
		   int *out)
{
	int v = 0;

	if (s.len < *at + n)
		return false;
	for (size_t end = *at + n; *at < end; ++*at) {
		if (s.p[*at] < '0' || s.p[*at] > '9')
			return false;
		v = v * 10 + s.p[*at] - '0';
	}
	*out = v;
	return v >= least && v <= most;
}

static bool one_of(struct sv s, size_t *at, const char *set)
{
	if (*at >= s.len || !s.p[*at] || !strchr(set, s.p[*at]))
		return false;
	++*at;
	return true;
}

/* "+02:00", "-05", "Z". A form makes a blank of "+". */
static bool is_offset(struct sv s, size_t at)
{
	int v;

	if (at == s.len)
		return true;
	if (one_of(s, &at, "Zz"))
		return at == s.len;
	if (!one_of(s, &at, "+- ") || !digits(s, &at, 2, 0, 15, &v))
		return false;
	if (at == s.len)
		return true;
	(void)one_of(s, &at, ":");
	return digits(s, &at, 2, 0, 59, &v) && at == s.len;
}

/* A day, "2026-11-24", or an instant of it, "2026-11-24T14:00:00Z". */
static bool is_time(struct sv s)
{
	static const uint8_t days[] = {0,  31, 29, 31, 30, 31, 30,
				       31, 31, 30, 31, 30, 31};
	size_t at = 0;
	int year, month, v;

	if (!digits(s, &at, 4, 1, 9999, &year) || !one_of(s, &at, "-") ||
	    !digits(s, &at, 2, 1, 12, &month) || !one_of(s, &at, "-") ||
	    !digits(s, &at, 2, 1, days[month], &v))
		return false;
	if (month == 2 && v == 29 &&
	    (year % 4 || (!(year % 100) && year % 400)))
		return false;
	if (at == s.len)
		return true;
	if (!one_of(s, &at, "Tt ") || !digits(s, &at, 2, 0, 23, &v) ||
	    !one_of(s, &at, ":") || !digits(s, &at, 2, 0, 59, &v))
		return false;
	if (one_of(s, &at, ":")) {
		if (!digits(s, &at, 2, 0, 59, &v))
			return false;
		if (one_of(s, &at, "."))
			while (one_of(s, &at, "0123456789"))
				;
	}
	return is_offset(s, at);
}

/* Two numbers, or a number and an id: places in lists that are no ids. */
static bool is_pair(struct sv s, char between, size_t digits_max)
{
	const char *at = s.len ? memchr(s.p, between, s.len) : NULL;
	size_t n = at ? (size_t)(at - s.p) : 0;
	struct sv tail = {s.p + n + 1, at ? s.len - n - 1 : 0};
	int64_t v;

	if (!n || n > digits_max || sv_i64(&v, (struct sv){s.p, n}) || v < 0)
		return false;
	if (between == '_')
		return uuid_valid(tail);
	return tail.len && tail.len <= digits_max && !sv_i64(&v, tail) &&
	       v >= 0;
}

bool value_fits(struct sv type, struct sv text)
{
	int64_t n;

	if (sv_eq(type, "uuid"))
		return uuid_valid(text);
	if (sv_eq(type, "place")) /* "stream.seq" */
		return is_pair(text, '.', 9);
	if (sv_eq(type, "start")) /* "start_id", in microseconds */
		return is_pair(text, '_', 17);
	if (sv_eq(type, "int"))
		return !sv_i64(&n, text) && n >= 0;
	if (sv_eq(type, "phone"))
		return text.len >= 8 && text.len <= 16 && text.p[0] == '+' &&
		       text.p[1] != '0' &&
		       !sv_i64(&n, (struct sv){text.p + 1, text.len - 1}) &&
		       n > 0;
	if (sv_eq(type, "time"))
		return text.len <= 40 && is_time(text);
	return text.len > 0 && text.len <= 2000 &&
	       !memchr(text.p, '\0', text.len);
}
