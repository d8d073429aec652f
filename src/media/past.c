#include "media/past.h"

#include <stdio.h>
#include <stdlib.h>

enum { CALLS_MAX = 8 };

struct past {
	struct {
		const char *role;
		uint32_t seq; /* 0: no segment */
		char text[PAST_TEXT];
	} v[PAST_MAX];
	unsigned n; /* so far; the newest is v[(n - 1) % PAST_MAX] */
	struct {
		uint32_t ref;
		char text[PAST_TEXT / 4];
	} calls[CALLS_MAX];
};

int past_new(struct past **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

struct past *past_free(struct past *p)
{
	free(p);
	return NULL;
}

/* UTF-8 is cut between characters. */
static void put(char *to, size_t size, struct sv text)
{
	if (text.len >= size) {
		text.len = size - 1;
		while (text.len && (text.p[text.len] & 0xc0) == 0x80)
			text.len--;
	}
	(void)sv_copy(to, size, text);
}

static struct sv add(struct past *p, const char *role, uint32_t seq,
		     struct sv text)
{
	unsigned i = p->n++ % PAST_MAX;

	p->v[i].role = role;
	p->v[i].seq = seq;
	put(p->v[i].text, PAST_TEXT, text);
	return sv_str(p->v[i].text);
}

bool past_said(struct past *p, const char *role, uint32_t seq, struct sv text)
{
	for (unsigned i = 0; i < MIN(p->n, (unsigned)PAST_MAX); i++) {
		if (!seq || p->v[i].seq != seq)
			continue;
		put(p->v[i].text, PAST_TEXT, text);
		return false;
	}
	if (text.len)
		add(p, role, seq, text);
	return text.len > 0;
}

void past_call(struct past *p, uint32_t ref, struct sv name, struct sv args)
{
	char *text = p->calls[ref % CALLS_MAX].text;
	size_t n;

	p->calls[ref % CALLS_MAX].ref = ref;
	put(text, PAST_TEXT / 8, name);
	n = strlen(text);
	put(text + n, PAST_TEXT / 4 - n, args);
}

struct sv past_result(struct past *p, uint32_t ref, struct sv json)
{
	char text[PAST_TEXT];
	int n;

	if (!ref || p->calls[ref % CALLS_MAX].ref != ref)
		return SV("");
	n = snprintf(text, sizeof(text), "You called %s and were answered ",
		     p->calls[ref % CALLS_MAX].text);
	p->calls[ref % CALLS_MAX].ref = 0;
	put(text + n, sizeof(text) - (size_t)n, json);
	return add(p, "system", 0, sv_str(text));
}

void past_each(const struct past *p, past_h *h, void *arg)
{
	unsigned first = p->n > PAST_MAX ? p->n - PAST_MAX : 0;

	for (unsigned i = first; i < p->n; i++)
		if (p->v[i % PAST_MAX].text[0])
			h(p->v[i % PAST_MAX].role,
			  sv_str(p->v[i % PAST_MAX].text), arg);
}
