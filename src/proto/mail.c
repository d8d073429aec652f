#include "proto/mail.h"

#include <ctype.h>

#include "base/b64.h"

enum {
	PLAIN_MAX = 60,	   /* a longer header is folded, as encoded words */
	WORD_BYTES = 45,   /* of text in an encoded word: 72 of 75 columns */
	LINE_MAX_LEN = 76, /* quoted-printable */
	LOCAL_MAX = 64,
	DOMAIN_MAX = 253,
};

/* ---- addresses ---- */

static struct sv trim(struct sv s)
{
	while (s.len && s.p[0] == ' ') {
		s.p++;
		s.len--;
	}
	while (s.len && s.p[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* What needs no quotes on the left of the @ (RFC 5321's dot-string). */
static bool is_local(struct sv s)
{
	if (!s.len || s.len > LOCAL_MAX || s.p[0] == '.' ||
	    s.p[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!s.p[i] ||
		    (!isalnum((unsigned char)s.p[i]) &&
		     !strchr("!#$%&'*+-/=?^_`{|}~.", s.p[i])) ||
		    (s.p[i] == '.' && s.p[i + 1] == '.'))
			return false;
	return true;
}

static bool is_domain(struct sv s)
{
	if (!s.len || s.len > DOMAIN_MAX || s.p[0] == '.' || s.p[0] == '-' ||
	    s.p[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '.')
			return false;
	return true;
}

static struct sv domain_of(struct sv addr)
{
	const char *at = addr.len ? memrchr(addr.p, '@', addr.len) : NULL;

	return at ? (struct sv){at + 1, addr.len - 1 - (size_t)(at - addr.p)}
		  : SV("");
}

int mail_mailbox(struct mailbox *m, struct sv text)
{
	struct sv s = trim(text), local;
	const char *open = s.len ? memrchr(s.p, '<', s.len) : NULL;

	*m = (struct mailbox){.name = SV(""), .addr = s};
	if (open) {
		if (s.p[s.len - 1] != '>')
			return -EINVAL;
		m->addr =
			(struct sv){open + 1, s.len - 2 - (size_t)(open - s.p)};
		m->name = trim((struct sv){s.p, (size_t)(open - s.p)});
		if (m->name.len >= 2 && m->name.p[0] == '"' &&
		    m->name.p[m->name.len - 1] == '"')
			m->name = (struct sv){m->name.p + 1, m->name.len - 2};
	}
	local = m->addr;
	local.len -= MIN(local.len, domain_of(m->addr).len + 1);
	return is_local(local) && is_domain(domain_of(m->addr)) ? 0 : -EINVAL;
}

/* ---- headers ---- */

static bool is_plain(struct sv s)
{
	if (s.len > PLAIN_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] > '~' ||
		    (s.p[i] == '=' && i + 1 < s.len && s.p[i + 1] == '?'))
			return false;
	return true;
}

/* So many bytes fit into one word without cutting a character. */
static size_t word_len(struct sv s)
{
	size_t n = MIN(s.len, (size_t)WORD_BYTES);

	if (n == s.len)
		return n;
	while (n > WORD_BYTES - 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* RFC 2047: base64 words of UTF-8, a line each; control characters are blanks. */
static void encoded(struct buf *out, struct sv s)
{
	char word[WORD_BYTES], text[B64_LEN(WORD_BYTES)];
	const char *between = "";

	while (s.len) {
		size_t n = word_len(s);

		for (size_t i = 0; i < n; i++)
			word[i] = (unsigned char)s.p[i] < ' ' || s.p[i] == 127
					  ? ' '
					  : s.p[i];
		buf_str(out, between);
		buf_str(out, "=?utf-8?B?");
		buf_add(out, text, b64_encode(text, word, n));
		buf_str(out, "?=");
		between = "\r\n ";
		s = (struct sv){s.p + n, s.len - n};
	}
}

static void mailbox_print(struct buf *out, const char *header,
			  const struct mailbox *m)
{
	buf_printf(out, "%s: ", header);
	if (!m->name.len) {
		buf_sv(out, m->addr);
		buf_str(out, "\r\n");
		return;
	}
	if (is_plain(m->name)) {
		buf_char(out, '"');
		for (size_t i = 0; i < m->name.len; i++) {
			if (m->name.p[i] == '"' || m->name.p[i] == '\\')
				buf_char(out, '\\');
			buf_char(out, m->name.p[i]);
		}
		buf_char(out, '"');
	} else {
		encoded(out, m->name);
	}
	buf_printf(out, "\r\n <%.*s>\r\n", SV_ARG(m->addr));
}

/* The proleptic calendar, from a day's number since 1970 (a Thursday). */
static void date_print(struct buf *out, int64_t ms)
{
	static const char days[][4] = {"Sun", "Mon", "Tue", "Wed",
				       "Thu", "Fri", "Sat"};
	static const char months[][4] = {"Mar", "Apr", "May", "Jun",
					 "Jul", "Aug", "Sep", "Oct",
					 "Nov", "Dec", "Jan", "Feb"};
	const int64_t s = MAX(ms, 0) / 1000, day = s / 86400;
	const int of_day = (int)(s % 86400);
	/* Years from 1 March 0000, so that a leap day is the last of one. */
	const int64_t at = day + 719468, era = at / 146097;
	const int of_era = (int)(at % 146097);
	const int year =
		(of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) /
		365;
	const int of_year = of_era - (365 * year + year / 4 - year / 100);
	const int month = (5 * of_year + 2) / 153; /* 0 is March */

	buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n",
		   days[(day + 4) % 7], of_year - (153 * month + 2) / 5 + 1,
		   months[month], year + (int)era * 400 + (month >= 10),
		   of_day / 3600, of_day / 60 % 60, of_day % 60);
}

/* ---- the text ---- */

/* One line without its end as quoted-printable: soft breaks at 76 columns. */
static void line_print(struct buf *out, struct sv s)
{
	size_t column = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool last = i + 1 == s.len;
		bool as_is = c != '=' && ((c > ' ' && c <= '~') ||
					  ((c == ' ' || c == '\t') && !last));
		size_t n = as_is ? 1 : 3;

		if (column + n > (size_t)LINE_MAX_LEN - !last) {
			buf_str(out, "=\r\n");
			column = 0;
		}
		if (as_is)
			buf_char(out, (char)c);
		else
			buf_printf(out, "=%02X", c);
		column += n;
	}
	buf_str(out, "\r\n");
}

static void text_print(struct buf *out, struct sv s)
{
	while (s.len) {
		const char *end = memchr(s.p, '\n', s.len);
		struct sv line = {s.p, end ? (size_t)(end - s.p) : s.len};
		size_t used = line.len + (end != NULL);

		if (end && line.len && line.p[line.len - 1] == '\r')
			line.len--;
		line_print(out, line);
		s = (struct sv){s.p + used, s.len - used};
	}
}

static bool is_id(struct sv s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-' &&
		    s.p[i] != '.')
			return false;
	return s.len > 0 && s.len < 200;
}

int mail_print(struct buf *out, const struct mail *m)
{
	struct mailbox from, to;

	if (mail_mailbox(&from, m->from) || mail_mailbox(&to, m->to) ||
	    !is_id(m->id))
		return -EINVAL;
	date_print(out, m->date_ms);
	buf_printf(out, "Message-ID: <%.*s@%.*s>\r\n", SV_ARG(m->id),
		   SV_ARG(domain_of(from.addr)));
	mailbox_print(out, "From", &from);
	mailbox_print(out, "To", &to);
	buf_str(out, "Subject: ");
	if (is_plain(m->subject))
		buf_sv(out, m->subject);
	else
		encoded(out, m->subject);
	/* Nobody's holiday answers it. */
	buf_str(out, "\r\nAuto-Submitted: auto-generated\r\n"
		     "MIME-Version: 1.0\r\n"
		     "Content-Type: text/plain; charset=utf-8\r\n"
		     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	text_print(out, m->text);
	return out->err;
}
