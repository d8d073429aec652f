#include "io/dns.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include <uv.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

enum { CACHE_MAX = 64, NAME_MAX_LEN = 253 };
#define KEEP_US (60 * INT64_C(1000000))

/* A name that was resolved lately, or is being resolved. */
struct entry {
	struct list node;
	char host[NAME_MAX_LEN + 1];
	char addr[DNS_ADDR_MAX];
	int64_t until_us; /* 0: under way */
};

struct dns {
	struct loop *l;
	struct list entries, waits, lookups;
	unsigned n;
};

struct wait {
	struct list node;
	struct dns *d; /* NULL: freed meanwhile */
	struct entry *e;
	int err;
	char addr[DNS_ADDR_MAX];
	dns_h *h;
	void *arg;
};

struct lookup {
	uv_getaddrinfo_t uv;
	struct list node;
	struct dns *d; /* NULL: freed meanwhile */
	struct entry *e;
};

int dns_new(struct dns **out, struct loop *l)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->l = l;
	list_init(&d->entries);
	list_init(&d->waits);
	list_init(&d->lookups);
	*out = d;
	return 0;
}

static void forget(struct dns *d, struct entry *e)
{
	list_del(&e->node);
	d->n--;
	free(e);
}

struct dns *dns_free(struct dns *d)
{
	struct list *i, *next;

	if (!d)
		return NULL;
	/* Deferred answers and lookups come back and find nobody. */
	LIST_FOREACH_SAFE (i, next, &d->waits) {
		struct wait *w = list_entry(i, struct wait, node);

		list_del(i);
		w->d = NULL;
		if (w->e)
			free(w); /* only its lookup knew it */
	}
	LIST_FOREACH_SAFE (i, next, &d->lookups) {
		struct lookup *k = list_entry(i, struct lookup, node);

		list_del(i);
		k->d = NULL;
		uv_cancel((uv_req_t *)&k->uv);
	}
	LIST_FOREACH_SAFE (i, next, &d->entries)
		forget(d, list_entry(i, struct entry, node));
	free(d);
	return NULL;
}

static void answer(void *arg)
{
	struct wait *w = arg;

	if (w->d) {
		list_del(&w->node);
		w->h(w->err, w->err ? NULL : w->addr, w->arg);
	}
	free(w);
}

/* In the next turn of the loop, never at once. */
static void answer_soon(struct wait *w, int err, const char *addr)
{
	w->e = NULL;
	w->err = err;
	if (addr)
		sv_copy(w->addr, sizeof(w->addr), sv_str(addr));
	if (loop_defer(w->d->l, answer, w))
		answer(w);
}

static int first_address(const struct addrinfo *ai, char out[DNS_ADDR_MAX])
{
	for (; ai; ai = ai->ai_next)
		if (!getnameinfo(ai->ai_addr, ai->ai_addrlen, out, DNS_ADDR_MAX,
				 NULL, 0, NI_NUMERICHOST))
			return 0;
	return -ENOENT;
}

static int err_of(int status)
{
	return status == UV_EAI_NONAME || status == UV_EAI_NODATA
		       ? -ENOENT
		       : -EHOSTUNREACH;
}

static void on_resolved(uv_getaddrinfo_t *uv, int status, struct addrinfo *ai)
{
	struct lookup *k = container_of(uv, struct lookup, uv);
	struct dns *d = k->d;
	struct entry *e = k->e;
	struct list *i, *next;
	int err = status ? err_of(status) : -ENOENT;

	if (d) {
		list_del(&k->node);
		if (!status)
			err = first_address(ai, e->addr);
		if (err)
			log_warn("dns", "%s: %s", e->host,
				 status ? uv_strerror(status) : "no address");
		e->until_us = clock_mono_us() + KEEP_US;
		LIST_FOREACH_SAFE (i, next, &d->waits) {
			struct wait *w = list_entry(i, struct wait, node);

			if (w->e == e)
				answer_soon(w, err, err ? NULL : e->addr);
		}
		if (err)
			forget(d, e); /* a failure is asked again */
	}
	uv_freeaddrinfo(ai);
	free(k);
}

static struct entry *find(struct dns *d, const char *host)
{
	struct list *i, *next;
	int64_t now_us = clock_mono_us();

	LIST_FOREACH_SAFE (i, next, &d->entries) {
		struct entry *e = list_entry(i, struct entry, node);

		if (e->until_us && e->until_us < now_us)
			forget(d, e);
		else if (!strcmp(e->host, host))
			return e;
	}
	return NULL;
}

static int look_up(struct dns *d, const char *host, struct entry **out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct entry *e;
	struct lookup *k;

	if (d->n == CACHE_MAX)
		return -ENOBUFS;
	e = calloc(1, sizeof(*e));
	k = calloc(1, sizeof(*k));
	if (!e || !k) {
		free(e);
		free(k);
		return -ENOMEM;
	}
	sv_copy(e->host, sizeof(e->host), sv_str(host));
	k->d = d;
	k->e = e;
	if (uv_getaddrinfo(loop_uv(d->l), &k->uv, on_resolved, host, NULL,
			   &hints)) {
		free(e);
		free(k);
		return -ENOMEM;
	}
	list_add(&d->entries, &e->node);
	d->n++;
	list_add(&d->lookups, &k->node);
	*out = e;
	return 0;
}

static bool numeric(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 ||
	       inet_pton(AF_INET6, host, &a) == 1;
}

int dns_resolve(struct dns *d, const char *host, dns_h *h, void *arg)
{
	struct entry *e = NULL;
	struct wait *w;
	int err = 0;

	if (!host[0] || strlen(host) > NAME_MAX_LEN)
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct wait){.d = d, .h = h, .arg = arg};
	if (!numeric(host)) {
		e = find(d, host);
		if (!e)
			err = look_up(d, host, &e);
	}
	if (err) {
		free(w);
		return err;
	}
	list_add(&d->waits, &w->node);
	if (!e)
		answer_soon(w, 0, host);
	else if (e->until_us)
		answer_soon(w, 0, e->addr);
	else
		w->e = e;
	return 0;
}
