/*
 * dns: names become addresses off the loop (uv_getaddrinfo), with a cache:
 * neither libwebsockets nor libpq ever resolves in place.
 */
#ifndef IO_DNS_H
#define IO_DNS_H

#include "io/loop.h"

#define DNS_ADDR_MAX 64

/** err 0: addr is numeric IPv4 or IPv6. Never runs from inside dns_resolve. */
typedef void dns_h(int err, const char *addr, void *arg);

struct dns;
int dns_new(struct dns **out, struct loop *l);
/** Who still waits is told -ECANCELED first. */
struct dns *dns_free(struct dns *d);
/**
 * Numeric addresses and cached names (60 s) answer in the next turn. 0, or
 * -ENOMEM; h runs exactly once after 0.
 */
int dns_resolve(struct dns *d, const char *host, dns_h *h, void *arg);

#endif
