#include "speech/local/vocab.h"

#include <stdio.h>
#include <stdlib.h>

struct vocab {
	char *bytes; /* both spellings of all pieces, NUL after each */
	uint32_t text[VOCAB_N], fold[VOCAB_N]; /* offsets into bytes */
	uint8_t allowed[VOCAB_N];	       /* a bit for each language */
};

/* What Spanish has besides ASCII, with its first byte 0xc2 or 0xc3. */
static const struct {
	uint8_t lead, next;
	char fold;
} spanish[] = {
	{0xc3, 0xa1, 'a'}, {0xc3, 0xa9, 'e'}, {0xc3, 0xad, 'i'},
	{0xc3, 0xb3, 'o'}, {0xc3, 0xba, 'u'}, {0xc3, 0xbc, 'u'},
	{0xc3, 0xb1, 'n'}, {0xc3, 0x81, 'a'}, {0xc3, 0x89, 'e'},
	{0xc3, 0x8d, 'i'}, {0xc3, 0x93, 'o'}, {0xc3, 0x9a, 'u'},
	{0xc3, 0x9c, 'u'}, {0xc3, 0x91, 'n'}, {0xc2, 0xbf, ' '},
	{0xc2, 0xa1, ' '},
};

static char fold_spanish(struct sv s)
{
	for (size_t i = 0; s.len > 1 && i < ARRAY_LEN(spanish); i++)
		if ((uint8_t)s.p[0] == spanish[i].lead &&
		    (uint8_t)s.p[1] == spanish[i].next)
			return spanish[i].fold;
	return '\0';
}

char vocab_fold_char(struct sv s, size_t *used)
{
	char c = *s.p, es;

	*used = 1;
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 'a' - 'A');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'')
		return c;
	es = fold_spanish(s);
	*used = es ? 2 : 1;
	return es ? es : ' ';
}

size_t vocab_fold_text(char *out, size_t size, struct sv text)
{
	size_t n = 0, used;
	bool gap = false;

	for (; text.len; text.p += used, text.len -= used) {
		char c = vocab_fold_char(text, &used);

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

static uint8_t bit(enum vocab_lang lang)
{
	return (uint8_t)(1 << lang);
}

static void add_piece(struct vocab *v, int token, const char *line, size_t *at)
{
	char *text = v->bytes + *at, *fold;
	uint8_t allowed = bit(VOCAB_EN) | bit(VOCAB_ES);
	struct sv rest = {text, unescape(text, line)};
	size_t used, n = 0;

	text[rest.len] = '\0';
	fold = text + rest.len + 1;
	v->text[token] = (uint32_t)*at;
	v->fold[token] = (uint32_t)(*at + rest.len + 1);
	*at += 2 * (rest.len + 1);
	for (; rest.len; rest.p += used, rest.len -= used) {
		unsigned char c = (unsigned char)*rest.p;

		fold[n++] = vocab_fold_char(rest, &used);
		if (used > 1)
			allowed &= (uint8_t)~bit(VOCAB_EN);
		else if (c < 32 || c > 126)
			allowed = 0;
	}
	fold[n] = '\0';
	v->allowed[token] = token >= VOCAB_TEXT ? allowed : 0;
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

bool vocab_allowed(const struct vocab *v, enum vocab_lang lang, int token)
{
	return v->allowed[token] & bit(lang);
}
