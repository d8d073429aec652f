#include "dialog/lists_make.h"

#include <string.h>

void steps_add(struct buf *out, const char *mark, const struct step *steps,
	       size_t n)
{
	for (const struct step *s = steps; s < steps + n; s++) {
		for (const char *from = s->from; *from; from++) {
			const char *w = s->words;

			for (size_t len; *w; w += len + (w[len] == '|')) {
				len = strcspn(w, "|");
				buf_printf(out, "%s%s%c>%c %.*s",
					   out->len ? "\n" : "", mark, *from,
					   s->to, (int)len, w);
			}
		}
	}
}

struct sv steps_made(struct buf *made, void (*make)(struct buf *out))
{
	if (made->err)
		buf_fini(made);
	if (!made->len) {
		buf_init(made, 0);
		make(made);
	}
	return made->err ? SV("") : buf_get(made);
}
