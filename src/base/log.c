#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

static const char *const level_name[] = {"debug", "info", "warn", "error"};

static struct {
	enum log_level min;
	bool json;
	const char *role;
} conf = {LOG_LEVEL_INFO, false, "nightbell"};

void log_init(enum log_level min, bool json, const char *role)
{
	conf.min = min;
	conf.json = json;
	conf.role = role;
}

int log_level_parse(enum log_level *out, struct sv name)
{
	for (size_t i = 0; i < ARRAY_LEN(level_name); i++)
		if (sv_eq(name, level_name[i])) {
			*out = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

static size_t add(char *to, size_t size, size_t at, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static size_t add(char *to, size_t size, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to + at, size - at, fmt, ap);
	va_end(ap);
	if (n < 0)
		return at;
	return MIN(at + (size_t)n, size - 1);
}

static void format_json(struct buf *b, enum log_level lvl, const char *stamp,
			const char *area, const char *call, const char *msg)
{
	buf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"role\":\"%s\",",
		   stamp, level_name[lvl], conf.role);
	buf_printf(b, "\"area\":\"%s\"", area);
	if (call) {
		buf_str(b, ",\"call\":\"");
		buf_json(b, sv_str(call));
		buf_char(b, '"');
	}
	buf_str(b, ",\"msg\":\"");
	buf_json(b, sv_str(msg));
	buf_str(b, "\"}\n");
}

/* Control characters would begin lines of their own. */
static void blank_controls(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 32 || *s == 127)
			*s = ' ';
}

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
}

/* Digits that are a telephone number: behind a plus (in URLs %2B), or as many
 * as one has and not part of an id. */
static bool is_number(const char *line, const char *s, size_t n)
{
	if (s > line && s[-1] == '+')
		return n >= 7;
	if (s - line >= 3 && !strncasecmp(s - 3, "%2b", 3))
		return n >= 7;
	return n >= 10 && n <= 15 && !is_word(s[n]) &&
	       (s == line || !is_word(s[-1]));
}

/* The last fence: whoever writes a line masks what it knows to be a number;
 * what others' texts quote ends here. */
static void mask_numbers(char *line)
{
	size_t n;

	for (char *s = line; *s; s += MAX(n, 1u)) {
		n = strspn(s, "0123456789");
		if (n && is_number(line, s, n))
			memset(s + 1, '*', n - 5);
	}
}

void log_line(enum log_level lvl, const char *area, const char *call,
	      const char *fmt, ...)
{
	char msg[1024], stamp[40], id[80];
	struct timespec ts;
	struct tm tm;
	struct buf b;
	va_list ap;
	size_t n;

	if (lvl < conf.min)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	blank_controls(msg);
	mask_numbers(msg);
	if (call && *call) {
		snprintf(id, sizeof(id), "%s", call);
		blank_controls(id);
		call = id;
	} else {
		call = NULL;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	add(stamp, sizeof(stamp), n, ".%03ldZ", ts.tv_nsec / 1000000);

	buf_init(&b, 8192);
	if (conf.json)
		format_json(&b, lvl, stamp, area, call, msg);
	else
		buf_printf(&b, "%s %-5s %s %s: %s%s%s\n", stamp,
			   level_name[lvl], conf.role, area, call ? call : "",
			   call ? ": " : "", msg);
	/* One write per line: lines of several processes do not mix. */
	if (b.p && write(STDERR_FILENO, b.p, b.len) < 0)
		b.err = -errno; /* nowhere left to say so */
	buf_fini(&b);
}

struct log_phone log_phone(struct sv number)
{
	struct log_phone o = {""};
	size_t i, n = MIN(number.len, sizeof(o.s) - 1);

	for (i = 0; i < n; i++) {
		bool keep = n > 6 && (i < 2 || i + 4 >= n);

		o.s[i] = keep ? number.p[i] : '*';
	}
	o.s[n] = '\0';
	return o;
}

void log_mask_digits(char *s)
{
	size_t n;

	for (; *s; s += n) {
		for (n = 0; s[n] >= '0' && s[n] <= '9'; n++)
			;
		if (n >= 7)
			memset(s, '*', n);
		n += !n;
	}
}
