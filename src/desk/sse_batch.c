#include "desk/sse_batch.h"

#include <stdlib.h>

#include <jansson.h>

static struct sv str_of(const json_t *o, const char *key)
{
	return sv_str(json_string_value(json_object_get(o, key)));
}

static int add(struct sse_batch *b, const json_t *e)
{
	const json_t *data = json_object_get(e, "data");
	struct sse_event *ev = &b->ev[b->n];
	char *text;

	*ev = (struct sse_event){
		.seq = json_integer_value(json_object_get(e, "seq")),
		.type = str_of(e, "type"),
		.call = str_of(data, "call"),
		.off = b->text.len,
	};
	/* One line: what is in strings is escaped. */
	text = json_dumps(data, JSON_COMPACT);
	if (ev->seq <= 0 || !ev->type.len || !text) {
		free(text);
		return -EBADMSG;
	}
	buf_printf(&b->text,
		   "id: %lld\nevent: %.*s\ndata: ", (long long)ev->seq,
		   SV_ARG(ev->type));
	buf_str(&b->text, text);
	buf_str(&b->text, "\n\n");
	free(text);
	ev->len = b->text.len - ev->off;
	b->n++;
	return b->text.err;
}

static int parse(struct sse_batch *b, struct sv json)
{
	json_t *list, *last;
	size_t n;

	b->tree = json_loadb(json.p ? json.p : "", json.len, 0, NULL);
	list = json_object_get(b->tree, "events");
	last = json_object_get(b->tree, "last");
	n = json_array_size(list);
	if (!json_is_integer(last) || n > SSE_BATCH_MAX)
		return -EBADMSG;
	b->last = json_integer_value(last);
	b->from = json_integer_value(json_object_get(b->tree, "from"));
	b->full = n == SSE_BATCH_MAX;
	for (size_t i = 0; i < n; i++) {
		int err = add(b, json_array_get(list, i));

		if (err)
			return err;
	}
	return 0;
}

int sse_batch_new(struct sse_batch **out, struct sv json)
{
	struct sse_batch *b = calloc(1, sizeof(*b));
	int err;

	if (!b)
		return -ENOMEM;
	buf_init(&b->text, 0);
	err = parse(b, json);
	if (err) {
		sse_batch_free(b);
		return err;
	}
	*out = b;
	return 0;
}

struct sse_batch *sse_batch_free(struct sse_batch *b)
{
	if (!b)
		return NULL;
	json_decref(b->tree);
	buf_fini(&b->text);
	free(b);
	return NULL;
}
