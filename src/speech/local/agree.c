#include "speech/local/agree.h"

#include "speech/local/vocab.h"

enum { WORD_MAX = 64 };

/* The next word of rest, as written; false when there is none. */
static bool next_word(struct sv *word, struct sv *rest)
{
	size_t n = 0;

	while (rest->len && *rest->p == ' ') {
		rest->p++;
		rest->len--;
	}
	while (n < rest->len && rest->p[n] != ' ')
		n++;
	*word = (struct sv){rest->p, n};
	rest->p += n;
	rest->len -= n;
	return n > 0;
}

/* What cannot be compared (nothing but signs, endless) is like nothing. */
static bool same_word(struct sv a, struct sv b)
{
	char fold[2][WORD_MAX];

	if (a.len >= WORD_MAX || b.len >= WORD_MAX)
		return false;
	return vocab_fold_text(fold[0], WORD_MAX, a) &&
	       vocab_fold_text(fold[1], WORD_MAX, b) &&
	       !strcmp(fold[0], fold[1]);
}

/*
 * How many words both begin with; *len: the bytes of now up to the end of the
 * last of them, which ends within the first max bytes.
 */
static size_t common(struct sv was, struct sv now, size_t max, size_t *len)
{
	struct sv a = was, b = now, x, y;
	size_t words = 0;

	*len = 0;
	while (next_word(&x, &a) && next_word(&y, &b) && same_word(x, y)) {
		size_t end = (size_t)(b.p - now.p);

		if (end > max)
			break;
		*len = end;
		words++;
	}
	return words;
}

static size_t count_words(struct sv text)
{
	struct sv word;
	size_t n = 0;

	while (next_word(&word, &text))
		n++;
	return n;
}

/* A full stop or a comma hangs on the word that is not told yet. */
static size_t without_stop(const char *text, size_t len)
{
	while (len && strchr(".,;:!?-", text[len - 1]))
		len--;
	return len;
}

static void keep(char *out, struct sv text)
{
	if (sv_copy(out, AGREE_TEXT_MAX, text))
		*out = '\0';
}

bool agree_run(struct agree *a, struct sv text, int spoken_ms)
{
	int sure_ms = MAX(spoken_ms - AGREE_OPEN_MS, 0);
	size_t max = spoken_ms > 0
			     ? text.len * (size_t)sure_ms / (size_t)spoken_ms
			     : 0;
	size_t told = count_words(sv_str(a->told)), words, len, again;
	bool grown = false;

	words = common(sv_str(a->was), text, max, &len);
	if (words > told && words >= AGREE_WORDS_MIN &&
	    common(sv_str(a->told), text, len, &again) == told) {
		keep(a->told, (struct sv){text.p, without_stop(text.p, len)});
		grown = *a->told != '\0';
	}
	keep(a->was, text);
	return grown;
}

void agree_whole(struct agree *a, struct sv text)
{
	keep(a->was, text);
	keep(a->told, text);
}
