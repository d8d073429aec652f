/*
 * dns: the system's resolver on the thread pool. One look-up per name at a
 * time; who asks meanwhile waits for the same answer.
 */
#include "io/dns.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>

#include <uv.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"

#define KEEP_US 60000000 /* a name's addresses */
#define CACHE_MAX 256

enum name_state { NAME_ASKING, NAME_KNOWN };

struct dns {
	struct loop *l;
	struct list names;
	unsigned count;
};

struct waiter {
	struct list node;
	dns_h *h;
	void *arg;
};

struct name {
	struct list node;
	uv_getaddrinfo_t req;
	struct dns *d; /* NULL: dns_free() came first */
	enum name_state state;
	int64_t until_us;
	char addr[DNS_ADDR_MAX];
	struct list waiters;
	char host[];
};

/* A known address on its way to who asked. */
struct answer {
	struct list waiters;
	int err;
	char addr[DNS_ADDR_MAX];
};

static void tell(struct list *waiters, int err, const char *addr)
{
	while (!list_empty(waiters)) {
		struct waiter *w =
			list_entry(waiters->next, struct waiter, node);

		list_del(&w->node);
		w->h(err, err ? NULL : addr, w->arg);
		free(w);
	}
}

static void answer_h(void *arg)
{
	struct answer *a = arg;

	tell(&a->waiters, a->err, a->addr);
	free(a);
}

static int answer_later(struct loop *l, const char *addr, struct waiter *w)
{
	struct answer *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	list_init(&a->waiters);
	sv_copy(a->addr, sizeof(a->addr), sv_str(addr));
	list_add(&a->waiters, &w->node);
	err = loop_defer(l, answer_h, a);
	if (err)
		free(a);
	return err;
}

static void drop(struct name *n)
{
	list_del(&n->node);
	if (n->d)
		n->d->count--;
	free(n);
}

static int to_text(char *out, const struct addrinfo *ai)
{
	for (; ai; ai = ai->ai_next) {
		const void *p = NULL;

		if (ai->ai_family == AF_INET)
			p = &((const struct sockaddr_in *)(const void *)
				      ai->ai_addr)
				     ->sin_addr;
		else if (ai->ai_family == AF_INET6)
			p = &((const struct sockaddr_in6 *)(const void *)
				      ai->ai_addr)
				     ->sin6_addr;
		if (p && inet_ntop(ai->ai_family, p, out, DNS_ADDR_MAX))
			return 0;
	}
	return -ENOENT;
}

static void resolved_h(uv_getaddrinfo_t *req, int status, struct addrinfo *ai)
{
	struct name *n = req->data;
	struct list waiters;
	char addr[DNS_ADDR_MAX] = "";
	int err = status ? -ENOENT : to_text(addr, ai);

	uv_freeaddrinfo(ai);
	if (!n->d) {
		free(n);
		return;
	}
	list_init(&waiters);
	while (!list_empty(&n->waiters)) {
		struct list *w = n->waiters.next;

		list_del(w);
		list_add(&waiters, w);
	}
	if (err) {
		log_warn("dns", "%s: %s", n->host,
			 status ? uv_strerror(status) : "no address");
		drop(n);
	} else {
		n->state = NAME_KNOWN;
		n->until_us = clock_mono_us() + KEEP_US;
		sv_copy(n->addr, sizeof(n->addr), sv_str(addr));
	}
	tell(&waiters, err, addr);
}

int dns_new(struct dns **out, struct loop *l)
{
	struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->l = l;
	list_init(&d->names);
	*out = d;
	return 0;
}

struct dns *dns_free(struct dns *d)
{
	if (!d)
		return NULL;
	while (!list_empty(&d->names)) {
		struct name *n = list_entry(d->names.next, struct name, node);

		list_del(&n->node);
		tell(&n->waiters, -ECANCELED, NULL);
		if (n->state == NAME_KNOWN) {
			free(n);
		} else { /* resolved_h() frees it */
			n->d = NULL;
			uv_cancel((uv_req_t *)&n->req);
		}
	}
	free(d);
	return NULL;
}

static bool is_numeric(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 ||
	       inet_pton(AF_INET6, host, &a) == 1;
}

/* The name's entry, or NULL; drops what is too old, or too much. */
static struct name *find(struct dns *d, const char *host, int64_t now_us)
{
	struct name *found = NULL;
	struct list *pos, *tmp;

	LIST_FOREACH_SAFE (pos, tmp, &d->names) {
		struct name *n = list_entry(pos, struct name, node);

		if (n->state == NAME_KNOWN &&
		    (n->until_us <= now_us || d->count > CACHE_MAX))
			drop(n);
		else if (!strcmp(n->host, host))
			found = n;
	}
	return found;
}

static int ask(struct dns *d, const char *host, struct waiter *w)
{
	static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
					      .ai_flags = AI_ADDRCONFIG};
	size_t size = strlen(host) + 1;
	struct name *n = calloc(1, sizeof(*n) + size);
	int err;

	if (!n)
		return -ENOMEM;
	memcpy(n->host, host, size);
	list_init(&n->waiters);
	n->req.data = n;
	err = uv_getaddrinfo(loop_uv(d->l), &n->req, resolved_h, host, NULL,
			     &hints);
	if (err) {
		free(n);
		return err;
	}
	n->d = d;
	list_add(&d->names, &n->node);
	d->count++;
	list_add(&n->waiters, &w->node);
	return 0;
}

int dns_resolve(struct dns *d, const char *host, dns_h *h, void *arg)
{
	struct waiter *w = calloc(1, sizeof(*w));
	struct name *n;
	int err = 0;

	if (!w)
		return -ENOMEM;
	w->h = h;
	w->arg = arg;
	n = find(d, host, clock_mono_us());
	if (is_numeric(host))
		err = answer_later(d->l, host, w);
	else if (n && n->state == NAME_KNOWN)
		err = answer_later(d->l, n->addr, w);
	else if (n)
		list_add(&n->waiters, &w->node);
	else
		err = ask(d, host, w);
	if (err)
		free(w);
	return err;
}
