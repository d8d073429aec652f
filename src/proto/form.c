#include "proto/form.h"

#include <stdlib.h>

#include "proto/url.h"

void form_init(struct form *f)
{
	*f = (struct form){0};
}

/* Drops the pairs from the n-th on. */
static void cut(struct form *f, size_t n)
{
	while (f->n > n)
		free((char *)f->v[--f->n].name.p); /* holds both texts */
}

void form_fini(struct form *f)
{
	cut(f, 0);
	free(f->v);
	form_init(f);
}

int form_add(struct form *f, struct sv name, struct sv value)
{
	struct form_pair *v;
	size_t cap;
	char *p;

	if (f->n == FORM_PAIRS_MAX)
		return -E2BIG;
	if (f->n == f->cap) {
		cap = f->cap ? f->cap * 2 : 16;
		v = realloc(f->v, cap * sizeof(*v));
		if (!v)
			return -ENOMEM;
		f->v = v;
		f->cap = cap;
	}
	p = malloc(name.len + value.len + 2);
	if (!p)
		return -ENOMEM;
	v = &f->v[f->n++];
	sv_copy(p, name.len + 1, name);
	v->name = (struct sv){p, name.len};
	sv_copy(p + name.len + 1, value.len + 1, value);
	v->value = (struct sv){p + name.len + 1, value.len};
	return 0;
}

/* One "name=value", decoded by way of tmp. */
static int parse_pair(struct form *f, struct sv text, struct buf *tmp)
{
	const char *eq = memchr(text.p, '=', text.len);
	size_t name_len = eq ? (size_t)(eq - text.p) : text.len;
	size_t split;
	int err;

	buf_reset(tmp);
	err = url_unescape(tmp, (struct sv){text.p, name_len}, true);
	split = tmp->len;
	if (!err && eq)
		err = url_unescape(tmp,
				   (struct sv){eq + 1, text.len - name_len - 1},
				   true);
	if (err)
		return err;
	return form_add(f, (struct sv){tmp->p, split},
			(struct sv){tmp->p + split, tmp->len - split});
}

int form_parse(struct form *f, struct sv text)
{
	size_t had = f->n;
	struct buf tmp;
	int err = 0;

	buf_init(&tmp, text.len + 1);
	err = buf_room(&tmp, text.len);
	while (text.len && !err) {
		const char *amp = memchr(text.p, '&', text.len);
		size_t n = amp ? (size_t)(amp - text.p) : text.len;

		if (n)
			err = parse_pair(f, (struct sv){text.p, n}, &tmp);
		n += amp ? 1 : 0;
		text = (struct sv){text.p + n, text.len - n};
	}
	if (err)
		cut(f, had);
	buf_fini(&tmp);
	return err;
}

struct sv form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (sv_eq(f->v[i].name, name))
			return f->v[i].value;
	return (struct sv){NULL, 0};
}

void form_print(struct buf *out, const struct form *f)
{
	for (size_t i = 0; i < f->n; i++) {
		if (i)
			buf_char(out, '&');
		url_escape(out, f->v[i].name);
		buf_char(out, '=');
		url_escape(out, f->v[i].value);
	}
}

/* Bytes of the UTF-8 character at p; 0 when it is none, or NUL. */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;

	if (!p[0] || !len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static void json_text(struct buf *out, struct sv s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t from = 0, i = 0;

	while (i < s.len) {
		size_t n = utf8_len(p + i, s.len - i);

		if (n) {
			i += n;
			continue;
		}
		buf_json(out, (struct sv){s.p + from, i - from});
		buf_str(out, "\xef\xbf\xbd");
		from = ++i;
	}
	buf_json(out, (struct sv){s.p + from, s.len - from});
}

static bool came_before(const struct form *f, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (sv_same(f->v[i].name, f->v[at].name))
			return true;
	return false;
}

void form_json(struct buf *out, const struct form *f)
{
	bool first = true;

	buf_char(out, '{');
	for (size_t i = 0; i < f->n; i++) {
		if (came_before(f, i))
			continue;
		buf_str(out, first ? "\"" : ",\"");
		json_text(out, f->v[i].name);
		buf_str(out, "\":\"");
		json_text(out, f->v[i].value);
		buf_char(out, '"');
		first = false;
	}
	buf_char(out, '}');
}
