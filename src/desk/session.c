#include "desk/session.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

#define CACHE_SIZE 256
#define LOOKUP_MS 5000

#define KEY_MAX 256

struct entry {
	char key[KEY_MAX];
	int64_t until_us;
	struct session s;
	struct buf json;
};

struct lookup {
	struct list node;
	struct sessions *ss; /* NULL: nobody waits any more */
	uint64_t gen;
	char key[KEY_MAX];
	session_h *h;
	void *arg;
};

struct sessions {
	struct pg *pg;
	struct list lookups;
	uint64_t gen; /* rises when a session is forgotten */
	struct entry cache[CACHE_SIZE];
};

static const struct {
	const char *name;
	enum role role;
} roles[] = {
	{"admin", ROLE_ADMIN},
	{"owner", ROLE_OWNER},
	{"staff", ROLE_STAFF},
	{"viewer", ROLE_VIEWER},
};

int sessions_new(struct sessions **out, struct pg *pg)
{
	struct sessions *ss = calloc(1, sizeof(*ss));

	if (!ss)
		return -ENOMEM;
	ss->pg = pg;
	list_init(&ss->lookups);
	*out = ss;
	return 0;
}

struct sessions *sessions_free(struct sessions *ss)
{
	struct list *pos, *tmp;

	if (!ss)
		return NULL;
	LIST_FOREACH_SAFE (pos, tmp, &ss->lookups) {
		struct lookup *k = list_entry(pos, struct lookup, node);

		list_del(&k->node);
		k->ss = NULL; /* its answer frees it */
		k->h(-ECANCELED, NULL, k->arg);
	}
	for (size_t i = 0; i < CACHE_SIZE; i++)
		buf_fini(&ss->cache[i].json);
	explicit_bzero(ss->cache, sizeof(ss->cache));
	free(ss);
	return NULL;
}

/* The time it takes must not tell how much of a guess is right. */
static bool same_key(const char *kept, struct sv asked)
{
	unsigned char diff = 0;

	if (strlen(kept) != asked.len)
		return false;
	for (size_t i = 0; i < asked.len; i++)
		diff |= (unsigned char)(kept[i] ^ asked.p[i]);
	return !diff;
}

/* What an answer is kept under: kind, what was brought, business. */
static void key_of(char out[KEY_MAX], const struct cred *c)
{
	if (c->kind == CRED_ACCESS)
		snprintf(out, KEY_MAX, "%d %s %s %s", c->kind, c->who.session,
			 c->who.user, c->business);
	else
		snprintf(out, KEY_MAX, "%d %s %s", c->kind, c->secret,
			 c->business);
}

static struct entry *cache_find(struct sessions *ss, struct sv key)
{
	for (size_t i = 0; i < CACHE_SIZE; i++)
		if (same_key(ss->cache[i].key, key))
			return &ss->cache[i];
	return NULL;
}

static void cache_put(struct sessions *ss, const char *key,
		      const struct session *s, int64_t now_us)
{
	struct entry *e = cache_find(ss, sv_str(key));

	if (!e) {
		e = &ss->cache[0];
		for (size_t i = 1; i < CACHE_SIZE; i++)
			if (ss->cache[i].until_us < e->until_us)
				e = &ss->cache[i];
	}
	buf_reset(&e->json);
	if (buf_sv(&e->json, s->json)) {
		e->until_us = 0;
		e->key[0] = '\0';
		return;
	}
	sv_copy(e->key, sizeof(e->key), sv_str(key));
	e->s = *s;
	e->s.json = buf_get(&e->json);
	e->until_us = now_us + SESSION_KEEP_MS * 1000LL;
}

static int take(char *dst, size_t size, const json_t *o, const char *key)
{
	const char *v = json_string_value(json_object_get(o, key));

	return v ? sv_copy(dst, size, sv_str(v)) : -EBADMSG;
}

static int parse(struct session *s, struct sv json)
{
	json_t *o = json_loadb(json.p, json.len, 0, NULL);
	const char *role;
	int err = 0;

	*s = (struct session){.json = json};
	if (!o || take(s->user, sizeof(s->user), o, "user") ||
	    take(s->id, sizeof(s->id), o, "session"))
		err = -EBADMSG;
	(void)take(s->business, sizeof(s->business), o, "business");
	role = json_string_value(json_object_get(o, "role"));
	for (size_t i = 0; role && i < ARRAY_LEN(roles); i++)
		if (!strcmp(role, roles[i].name))
			s->role = roles[i].role;
	json_decref(o);
	return err;
}

static void on_answer(const struct pg_result *r, void *arg)
{
	struct lookup *k = arg;
	struct sessions *ss = k->ss;
	struct session s;
	bool null = true;
	int err;

	if (!ss)
		goto out;
	list_del(&k->node);
	if (r->err == -EREMOTEIO && !strncmp(r->sqlstate, "28", 2))
		err = -EACCES;
	else if (r->err)
		err = -EAGAIN;
	else if (r->rows != 1 || r->cols != 1)
		err = -EACCES;
	else {
		struct sv v = pg_value(r, 0, 0, &null);

		err = null ? -EACCES : parse(&s, v) ? -EAGAIN : 0;
	}
	if (err == -EAGAIN)
		log_warn("api", "session look-up: %s %s %.*s",
			 strerror(-r->err), r->sqlstate, SV_ARG(r->message));
	/* Signed out while we asked: this answer is good for once at most. */
	if (!err && k->gen == ss->gen)
		cache_put(ss, k->key, &s, clock_mono_us());
	k->h(err, err ? NULL : &s, k->arg);
out:
	explicit_bzero(k->key, sizeof(k->key));
	free(k);
}

static int ask(struct sessions *ss, struct lookup *k, const struct cred *c)
{
	const char *params[1];
	struct buf req;
	int err;

	buf_init(&req, 1024);
	if (c->kind == CRED_ACCESS)
		buf_printf(&req, "{\"session\":\"%s\",\"user\":\"%s\"",
			   c->who.session, c->who.user);
	else {
		buf_str(&req, c->kind == CRED_KEY ? "{\"token\":\""
						  : "{\"secret\":\"");
		buf_json(&req, sv_str(c->secret));
		buf_char(&req, '"');
	}
	if (c->business[0])
		buf_printf(&req, ",\"business\":\"%s\"", c->business);
	buf_char(&req, '}');
	params[0] = req.p;
	err = req.err ? req.err
		      : pg_call(ss->pg, "select api.session($1::jsonb)", 1,
				params, LOOKUP_MS, false, on_answer, k);
	buf_fini(&req);
	return err;
}

void session_find(struct sessions *ss, const struct cred *c, session_h *h,
		  void *arg)
{
	struct lookup *k;
	struct entry *e;
	char key[KEY_MAX];

	if (c->kind == CRED_NONE) {
		h(-EACCES, NULL, arg);
		return;
	}
	key_of(key, c);
	e = cache_find(ss, sv_str(key));
	if (!c->fresh && e && e->until_us > clock_mono_us()) {
		h(0, &e->s, arg);
		return;
	}
	k = calloc(1, sizeof(*k));
	if (!k) {
		h(-EAGAIN, NULL, arg);
		return;
	}
	*k = (struct lookup){.ss = ss, .gen = ss->gen, .h = h, .arg = arg};
	sv_copy(k->key, sizeof(k->key), sv_str(key));
	list_add(&ss->lookups, &k->node);
	if (ask(ss, k, c)) {
		list_del(&k->node);
		free(k);
		h(-EAGAIN, NULL, arg);
	}
}

void session_forget(struct sessions *ss, struct sv id)
{
	ss->gen++;
	for (size_t i = 0; i < CACHE_SIZE; i++) {
		struct entry *e = &ss->cache[i];

		if (!sv_eq(id, e->s.id))
			continue;
		explicit_bzero(e->key, sizeof(e->key));
		e->until_us = 0;
	}
}

static struct sv trim(struct sv s)
{
	while (s.len && (*s.p == ' ' || *s.p == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool is_bearer(struct sv s)
{
	return s.len > 7 && !strncasecmp(s.p, "Bearer ", 7);
}

struct sv session_secret(struct sv authorization, struct sv cookies,
			 bool *cookie)
{
	static const char name[] = SESSION_COOKIE "=";

	*cookie = false;
	if (is_bearer(authorization))
		return trim((struct sv){authorization.p + 7,
					authorization.len - 7});
	while (cookies.len) {
		const char *semi = memchr(cookies.p, ';', cookies.len);
		size_t n = semi ? (size_t)(semi - cookies.p) : cookies.len;
		struct sv one = trim((struct sv){cookies.p, n});

		if (sv_starts(one, name)) {
			*cookie = true;
			return (struct sv){one.p + sizeof(name) - 1,
					   one.len - (sizeof(name) - 1)};
		}
		n = semi ? n + 1 : n;
		cookies.p += n;
		cookies.len -= n;
	}
	return (struct sv){0};
}

int session_cred(struct cred *c, struct sv authorization, struct sv cookies,
		 struct sv token_secret)
{
	bool cookie;
	struct sv s = session_secret(authorization, cookies, &cookie);

	*c = (struct cred){.kind = CRED_NONE};
	if (!s.len)
		return 0;
	if (!cookie && access_looks_so(s)) {
		c->kind = CRED_ACCESS;
		return access_read(&c->who, s, token_secret,
				   clock_wall_us() / 1000000)
			       ? -EACCES
			       : 0;
	}
	c->kind = cookie ? CRED_COOKIE : CRED_KEY;
	return sv_copy(c->secret, sizeof(c->secret), s) ? -EACCES : 0;
}
