#include "core/engine.h"

#include <ctype.h>

/* Words before a full stop that end no sentence. */
static const char *const abbreviations[] = {
	"mr", "mrs", "ms", "dr", "st",	"ave", "rd",  "blvd", "apt",
	"no", "sr",  "jr", "vs", "etc", "inc", "sra", "srta", "av",
};

static bool word_eq(struct sv a, const char *b)
{
	for (size_t i = 0; i < a.len; i++)
		if (tolower((unsigned char)a.p[i]) != b[i])
			return false; /* also at b's end */
	return !b[a.len];
}

/* The dot at text.p[dot] may stand behind "p.m", "Mr", "Ave". */
static bool is_abbreviation(struct sv text, size_t dot)
{
	size_t from = dot;
	struct sv word;

	while (from && isalpha((unsigned char)text.p[from - 1]))
		from--;
	word = (struct sv){text.p + from, dot - from};
	if (word.len == 1)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(abbreviations); i++)
		if (word_eq(word, abbreviations[i]))
			return true;
	return false;
}

static bool is_boundary(struct sv text, size_t i)
{
	char ch = text.p[i];

	if (i + 1 < text.len && text.p[i + 1] != ' ')
		return false;
	return ch == '?' || ch == '!' ||
	       (ch == '.' && !is_abbreviation(text, i));
}

size_t text_restart(struct sv text, size_t heard)
{
	size_t start = 0;

	if (heard >= text.len)
		return text.len;
	for (size_t i = 0; i < heard; i++)
		if (is_boundary(text, i))
			start = i + 1;
	/* The last word's place may end before its full stop. */
	if (heard > start && is_boundary(text, heard))
		start = heard + 1;
	while (start < text.len && text.p[start] == ' ')
		start++;
	return start;
}

unsigned text_words(struct sv text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] != ' ' && (!i || text.p[i - 1] == ' ');
	return n;
}

struct sv text_limit(struct sv text, size_t max)
{
	size_t n = max;

	if (text.len <= max)
		return text;
	while (n && text.p[n] != ' ')
		n--;
	if (!n)
		for (n = max; n && (text.p[n] & 0xc0) == 0x80;)
			n--;
	return (struct sv){text.p, n};
}

/* Phrases as the recogniser's letters: lower case, no punctuation. */
static const char *const backchannels[] = {
	"uh huh", "uhhuh",  "mm hm", "mmhm",   "mhm",	     "mm hmm",
	"mmhmm",  "hm",	    "hmm",   "mm",     "mmm",	     "okay",
	"ok",	  "right",  "i see", "got it", "alright",    "all right",
	"yeah",	  "ah",	    "aha",   "oh",     "aj\xc3\xa1", "aja",
	"vale",	  "ya veo", "ya",
};

static const char *const assents[] = {
	"yes",	  "yep",       "yup",	  "sure",	"please",
	"thanks", "thank you", "great",	  "no problem", "take your time",
	"fine",	  "good",      "perfect", "cool",	"s\xc3\xad",
	"si",	  "gracias",   "claro",	  "bueno",
};

/* Letters in lower case, everything else a single blank. */
static struct sv plain(char *out, size_t size, struct sv text)
{
	size_t n = 0;
	unsigned char ch;

	for (size_t i = 0; i < text.len && n < size; i++) {
		ch = (unsigned char)text.p[i];
		if (isalnum(ch) || ch >= 0x80)
			out[n++] = (char)tolower(ch);
		else if (ch != '\'' && n && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	while (n && out[n - 1] == ' ')
		n--;
	return (struct sv){out, n};
}

/* Length of the longest phrase that s begins with; 0 none. */
static size_t phrase_len(struct sv s, const char *const *list, size_t n)
{
	size_t best = 0, len;

	for (size_t i = 0; i < n; i++) {
		len = strlen(list[i]);
		if (sv_starts(s, list[i]) && len > best &&
		    (s.len == len || s.p[len] == ' '))
			best = len;
	}
	return best;
}

static bool only_phrases(struct sv text, bool assent)
{
	char buf[64];
	struct sv s;
	size_t n;

	if (text.len >= sizeof(buf))
		return false;
	s = plain(buf, sizeof(buf), text);
	if (!s.len)
		return false;
	while (s.len) {
		n = phrase_len(s, backchannels, ARRAY_LEN(backchannels));
		if (!n && assent)
			n = phrase_len(s, assents, ARRAY_LEN(assents));
		if (!n)
			return false;
		n += n < s.len;
		s = (struct sv){s.p + n, s.len - n};
	}
	return true;
}

bool text_is_backchannel(struct sv text)
{
	return only_phrases(text, false);
}

bool text_is_assent(struct sv text)
{
	return only_phrases(text, true);
}
