/*
 * The text of an input as it comes: cleaned, and line by line.
 */
#include "dialog/script.h"

/* Control characters and broken UTF-8 do not go further than here. */
void script_clean(struct buf *out, struct sv raw)
{
	buf_reset(out);
	for (size_t i = 0; i < raw.len && out->len < 1024;) {
		unsigned char c = (unsigned char)raw.p[i];
		size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
		char one[8] = {0};
		json_t *v;

		if (c < 32 || c == 127) {
			buf_char(out, ' ');
			i++;
			continue;
		}
		if (n == 1) {
			buf_char(out, (char)c);
			i++;
			continue;
		}
		n = MIN(n, raw.len - i);
		memcpy(one, raw.p + i, n);
		v = json_stringn(one, n);
		if (v)
			buf_add(out, one, n);
		else
			n = 1;
		json_decref(v);
		i += n;
	}
}

bool script_next_line(struct sv *rest, struct sv *line)
{
	const char *nl;

	while (rest->len) {
		nl = memchr(rest->p, '\n', rest->len);
		line->p = rest->p;
		line->len = nl ? (size_t)(nl - rest->p) : rest->len;
		rest->p += line->len + (nl != NULL);
		rest->len -= line->len + (nl != NULL);
		if (line->len)
			return true;
	}
	return false;
}

bool script_take_doubt(struct sv *line)
{
	if (!line->len || *line->p != '?')
		return false;
	*line = (struct sv){line->p + 1, line->len - 1};
	return true;
}
