#include "proto/url.h"

#include <ctype.h>

static struct sv cut(struct sv *rest, const char *stops)
{
	struct sv part = *rest;
	size_t i;

	for (i = 0; i < rest->len; i++)
		if (strchr(stops, rest->p[i]) && rest->p[i])
			break;
	part.len = i;
	*rest = (struct sv){rest->p + i, rest->len - i};
	return part;
}

int url_split(struct url *u, struct sv text)
{
	struct sv rest = text, at;
	const char *user_end, *colon;

	*u = (struct url){.host = {NULL, 0}};
	u->scheme = cut(&rest, ":/?#");
	if (!u->scheme.len || !sv_starts(rest, "://"))
		return -EINVAL;
	rest = (struct sv){rest.p + 3, rest.len - 3};
	at = cut(&rest, "/?#");
	user_end = at.len ? memrchr(at.p, '@', at.len) : NULL;
	if (user_end) {
		u->user = (struct sv){at.p, (size_t)(user_end - at.p)};
		at.len -= u->user.len + 1;
		at.p = user_end + 1;
	}
	colon = at.len ? memrchr(at.p, ':', at.len) : NULL;
	if (colon && !memchr(colon, ']', at.len - (size_t)(colon - at.p))) {
		u->port = (struct sv){colon + 1,
				      at.len - 1 - (size_t)(colon - at.p)};
		at.len = (size_t)(colon - at.p);
	}
	u->host = at;
	u->path = cut(&rest, "?#");
	u->query = cut(&rest, "#");
	return at.len ? 0 : -EINVAL;
}

static bool unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void url_escape(struct buf *out, struct sv s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char esc[3] = {'%', hex[c >> 4], hex[c & 15]};

		if (unreserved(c))
			buf_char(out, (char)c);
		else
			buf_add(out, esc, sizeof(esc));
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int url_unescape(struct buf *out, struct sv s, bool plus)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '%') {
			bool whole = s.len - i > 2;
			int hi = whole ? hex_value(s.p[i + 1]) : -1;
			int lo = whole ? hex_value(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return -EBADMSG;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		buf_char(out, c);
	}
	return out->err;
}

int url_host_port(struct sv text, struct sv *host, int *port)
{
	const char *colon = text.len ? memrchr(text.p, ':', text.len) : NULL;
	int64_t n;

	if (!colon || colon == text.p)
		return -EINVAL;
	*host = (struct sv){text.p, (size_t)(colon - text.p)};
	if (memchr(host->p, ':', host->len) &&
	    (host->p[0] != '[' || host->p[host->len - 1] != ']'))
		return -EINVAL;
	if (sv_i64(&n, (struct sv){colon + 1, text.len - host->len - 1}) ||
	    n < 0 || n > 65535)
		return -EINVAL;
	*port = (int)n;
	return 0;
}

/* 127.a.b.c in decimal; other spellings count as foreign, to be safe. */
static bool is_127(struct sv h)
{
	int dots = 0, digits = 0, value = 0;

	if (!sv_starts(h, "127."))
		return false;
	for (size_t i = 0; i < h.len; i++) {
		if (h.p[i] == '.') {
			if (!digits)
				return false;
			dots++;
			digits = value = 0;
		} else if (isdigit((unsigned char)h.p[i]) && digits < 3) {
			digits++;
			value = value * 10 + h.p[i] - '0';
			if (value > 255)
				return false;
		} else {
			return false;
		}
	}
	return dots == 3 && digits;
}

bool url_is_loopback(struct sv host)
{
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct sv){host.p + 1, host.len - 2};
	return sv_eq(host, "localhost") || sv_eq(host, "::1") || is_127(host);
}
