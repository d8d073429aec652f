#include "speech/local/vocab.h"

#include <stdio.h>
#include <stdlib.h>

struct vocab {
	char *bytes; /* both spellings of all pieces, NUL after each */
	uint32_t text[VOCAB_N], fold[VOCAB_N]; /* offsets into bytes */
	bool allowed[VOCAB_N];
};

char vocab_fold_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 'a' - 'A');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'')
		return c;
	return ' ';
}

size_t vocab_fold_text(char *out, size_t size, struct sv text)
{
	size_t n = 0;
	bool gap = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = vocab_fold_char(text.p[i]);

		if (c == ' ') {
			gap = n > 0;
			continue;
		}
		if (n + 1 + gap >= size)
			break;
		if (gap)
			out[n++] = ' ';
		gap = false;
		out[n++] = c;
	}
	out[n] = '\0';
	return n;
}

/* Writes a line as text to out (never longer); returns its length. */
static size_t unescape(char *out, const char *line)
{
	static const char blank[] = "\xe2\x96\x81";
	char *end, *q = out;
	long byte;

	if (!strncmp(line, "<0x", 3)) {
		byte = strtol(line + 3, &end, 16);
		if (end == line + 5 && !strcmp(end, ">")) {
			out[0] = (char)byte;
			return 1;
		}
	}
	while (*line) {
		if (!strncmp(line, blank, 3)) {
			*q++ = ' ';
			line += 3;
		} else {
			*q++ = *line++;
		}
	}
	return (size_t)(q - out);
}

static void add_piece(struct vocab *v, int token, const char *line, size_t *at)
{
	char *text = v->bytes + *at, *fold;
	size_t n = unescape(text, line);

	text[n] = '\0';
	fold = text + n + 1;
	v->allowed[token] = token >= VOCAB_TEXT;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 32 || c > 126)
			v->allowed[token] = false;
		fold[i] = vocab_fold_char(text[i]);
	}
	fold[n] = '\0';
	v->text[token] = (uint32_t)*at;
	v->fold[token] = (uint32_t)(*at + n + 1);
	*at += 2 * (n + 1);
}

static int read_pieces(struct vocab *v, FILE *f)
{
	char line[512];
	size_t at = 0;
	int i;

	for (i = 0; i < VOCAB_N && fgets(line, sizeof(line), f); i++) {
		line[strcspn(line, "\n")] = '\0';
		add_piece(v, i, line, &at);
	}
	return i == VOCAB_N && !strcmp(vocab_text(v, VOCAB_END), "</s>")
		       ? 0
		       : -EBADMSG;
}

int vocab_new(struct vocab **out, const char *path)
{
	struct vocab *v = NULL;
	FILE *f = fopen(path, "re");
	long size;
	int err;

	if (!f)
		return -errno;
	err = -ENOMEM;
	v = calloc(1, sizeof(*v));
	if (!v)
		goto out;
	err = -EBADMSG;
	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) <= 0 || size > 1 << 22)
		goto out;
	rewind(f);
	err = -ENOMEM;
	/* Two spellings, two NULs; a line has a line feed for one of them. */
	v->bytes = malloc(2 * (size_t)size + 2 * VOCAB_N);
	if (!v->bytes)
		goto out;
	err = read_pieces(v, f);
out:
	fclose(f);
	if (err)
		v = vocab_free(v);
	else
		*out = v;
	return err;
}

struct vocab *vocab_free(struct vocab *v)
{
	if (v)
		free(v->bytes);
	free(v);
	return NULL;
}

const char *vocab_text(const struct vocab *v, int token)
{
	return v->bytes + v->text[token];
}

const char *vocab_fold(const struct vocab *v, int token)
{
	return v->bytes + v->fold[token];
}

bool vocab_allowed(const struct vocab *v, int token)
{
	return v->allowed[token];
}
