#include "app/options.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/mail.h"
#include "proto/url.h"

#define AT(s, k) #s, #k
#define IN(s, k) offsetof(struct config, s.k)
#define TEXT(s, k, def)                                                        \
	{                                                                      \
		AT(s, k), OPTION_TEXT, IN(s, k), def, 0, 0, NULL               \
	}
#define SECRET(s, k)                                                           \
	{                                                                      \
		AT(s, k), OPTION_SECRET, IN(s, k), NULL, 0, 0, NULL            \
	}
#define LISTEN(s, k, def)                                                      \
	{                                                                      \
		AT(s, k), OPTION_LISTEN, IN(s, k), def, 0, 0, NULL             \
	}
#define URL(s, k, def)                                                         \
	{                                                                      \
		AT(s, k), OPTION_URL, IN(s, k), def, 0, 0, NULL                \
	}
#define NUMBER(s, k, def, min, max)                                            \
	{                                                                      \
		AT(s, k), OPTION_NUMBER, IN(s, k), def, min, max, NULL         \
	}
#define WORD(s, k, def, words)                                                 \
	{                                                                      \
		AT(s, k), OPTION_WORD, IN(s, k), def, 0, 0, words              \
	}

const struct option_def options[] = {
	TEXT(node, name, NULL),
	URL(node, public_url, NULL),
	TEXT(node, runtime_dir, "/run/nightbell"),
	TEXT(node, state_dir, "/var/lib/nightbell"),
	NUMBER(node, restart_ms, "100", 10, 60000),
	NUMBER(node, hung_s, "5", 0, 3600),
	LISTEN(carrier, listen, "127.0.0.1:8443"),
	TEXT(carrier, tls_cert, NULL),
	TEXT(carrier, tls_key, NULL),
	TEXT(twilio, account_sid, NULL),
	SECRET(twilio, auth_token),
	URL(twilio, api_url, "https://api.twilio.com"),
	TEXT(twilio, api_ca, NULL),
	TEXT(twilio, api_connect_to, NULL),
	NUMBER(relay, sms_per_s, "20", 0, 1000),
	NUMBER(relay, sms_at_once, "8", 1, 100),
	NUMBER(relay, call_per_s, "5", 0, 1000),
	NUMBER(relay, call_at_once, "4", 1, 100),
	NUMBER(relay, email_per_s, "5", 0, 1000),
	NUMBER(relay, email_at_once, "2", 1, 3),
	NUMBER(relay, lag_s, "20", 0, 600),
	{AT(smtp, url), OPTION_URL, IN(smtp, url), NULL, 0, 0, "smtp smtps"},
	TEXT(smtp, user, NULL),
	SECRET(smtp, password),
	{AT(smtp, from), OPTION_MAILBOX, IN(smtp, from), NULL, 0, 0, NULL},
	WORD(smtp, starttls, "required", "required try never"),
	TEXT(smtp, ca, NULL),
	TEXT(smtp, connect_to, NULL),
	LISTEN(dashboard, listen, "127.0.0.1:8080"),
	TEXT(dashboard, files, "web/dist"),
	NUMBER(dashboard, workers, "1", 1, 16),
	URL(dashboard, public_url, NULL),
	SECRET(dashboard, token_secret),
	LISTEN(ops, listen, "127.0.0.1:9464"),
	{AT(database, conninfo), OPTION_SECRET, IN(database, conninfo),
	 "host=/run/postgresql dbname=nightbell", 0, 0, NULL},
	TEXT(database, gateway_user, "nightbell_gateway"),
	TEXT(database, relay_user, "nightbell_relay"),
	TEXT(database, api_user, "nightbell_api"),
	TEXT(database, migrate_user, "nightbell_migrate"),
	TEXT(database, backup_user, "nightbell_backup"),
	WORD(speech, stt, "local", "local deepgram"),
	WORD(speech, tts, "local", "local"),
	TEXT(speech, library, "var/speech/libonnxruntime.so"),
	TEXT(speech, models, "var/speech"),
	WORD(speech, voice, "slt", "rms slt awb kal"),
	NUMBER(speech, threads, "0", 0, 256),
	WORD(speech, partials, "true", "false true"),
	WORD(speech, spanish, "false", "false true"),
	WORD(speech, spanish_licence, NULL, "accepted"),
	SECRET(deepgram, api_key),
	{AT(deepgram, api_url), OPTION_URL, IN(deepgram, api_url),
	 "wss://api.deepgram.com", 0, 0, "wss ws"},
	TEXT(deepgram, api_ca, NULL),
	TEXT(deepgram, model, "nova-3"),
	TEXT(deepgram, language, NULL),
	WORD(assistant, kind, "script", "script openai"),
	SECRET(openai, api_key),
	{AT(openai, api_url), OPTION_URL, IN(openai, api_url),
	 "wss://api.openai.com", 0, 0, "wss ws"},
	TEXT(openai, api_ca, NULL),
	TEXT(openai, realtime_model, "gpt-realtime-2.1"),
	TEXT(openai, realtime_voice, "marin"),
	TEXT(openai, transcribe_model, "gpt-4o-mini-transcribe"),
	WORD(openai, turns, "silence", "silence meaning"),
	NUMBER(openai, silence_ms, "500", 100, 5000),
	NUMBER(openai, price_text_in, "400", 0, 1000000),
	NUMBER(openai, price_text_cached, "40", 0, 1000000),
	NUMBER(openai, price_text_out, "2400", 0, 1000000),
	NUMBER(openai, price_audio_in, "3200", 0, 1000000),
	NUMBER(openai, price_audio_cached, "40", 0, 1000000),
	NUMBER(openai, price_audio_out, "6400", 0, 1000000),
	NUMBER(openai, price_heard, "300", 0, 1000000),
	NUMBER(openai, daily_cap_cents, "1000", 0, 10000000),
	NUMBER(media, workers, "0", 0, 64),
	NUMBER(media, send_ahead_ms, "120", 20, 2000),
	WORD(media, echo, "on", "off on"),
	NUMBER(media, max_call_s, "1800", 30, 14000),
	NUMBER(media, token_s, "60", 1, 600),
	NUMBER(media, drain_s, "120", 0, 14400),
	SECRET(media, stream_secret),
	TEXT(recordings, dir, NULL),
	NUMBER(recordings, bps, "24000", 8000, 64000),
	WORD(log, level, "info", "debug info warn error"),
	WORD(log, format, "human", "human json"),
};
const size_t options_n = ARRAY_LEN(options);

_Static_assert(ARRAY_LEN(options) <= OPTIONS_MAX, "OPTIONS_MAX is too small");

int option_find(const char *section, const char *key)
{
	for (size_t i = 0; i < options_n; i++)
		if (!strcmp(options[i].section, section) &&
		    !strcmp(options[i].key, key))
			return (int)i;
	return -ENOENT;
}

/* Edits between two words, as far as they fit (Levenshtein, one row). */
static int distance(const char *a, const char *b)
{
	int row[64], la = (int)strlen(a), lb = (int)strlen(b);

	if (lb >= (int)ARRAY_LEN(row) || la >= (int)ARRAY_LEN(row))
		return 64;
	for (int j = 0; j <= lb; j++)
		row[j] = j;
	for (int i = 1; i <= la; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			int change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(MIN(row[j], row[j - 1]) + 1, change);
		}
	}
	return row[lb];
}

const char *option_near(const char *section, const char *key)
{
	const char *best = NULL;
	int best_d = 3;

	for (size_t i = 0; i < options_n; i++) {
		int d = distance(options[i].key, key);

		if (!strcmp(options[i].section, section) && d < best_d) {
			best = options[i].key;
			best_d = d;
		}
	}
	return best;
}

const char *option_near_section(const char *name)
{
	const char *best = NULL;
	int best_d = 3;

	for (size_t i = 0; i < options_n; i++) {
		int d = distance(options[i].section, name);

		if (d < best_d) {
			best = options[i].section;
			best_d = d;
		}
	}
	return best;
}

static int check_listen(const char *text, char *why, size_t size)
{
	struct sv host;
	int port;

	if (!url_host_port(sv_str(text), &host, &port))
		return 0;
	snprintf(why, size, "\"%s\" is not address:port (127.0.0.1:8080)",
		 text);
	return -EINVAL;
}

static int check_word(const char *text, const char *words, char *why,
		      size_t size)
{
	const char *at = words;
	size_t n;

	for (; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		if (strlen(text) == n && !strncmp(at, text, n))
			return 0;
	}
	snprintf(why, size, "\"%s\" is not one of: %s", text, words);
	return -EINVAL;
}

/* schemes: "smtp smtps"; NULL: http and https. */
static int check_url(const char *text, const char *schemes, char *why,
		     size_t size)
{
	const char *const words = schemes ? schemes : "http https";
	char scheme[16], wrong[1];
	struct url u;

	if (!url_split(&u, sv_str(text)) &&
	    !sv_copy(scheme, sizeof(scheme), u.scheme) &&
	    !check_word(scheme, words, wrong, sizeof(wrong)) &&
	    (!u.path.len || sv_eq(u.path, "/")) && !u.query.len &&
	    !u.user.len && !strchr(text, '#'))
		return 0;
	snprintf(why, size,
		 "\"%s\" is not a URL like %s (no path, no credentials)", text,
		 !schemes	   ? "https://voice.example.com"
		 : *schemes == 's' ? "smtp://mail.example.com:587"
				   : "wss://api.example.com");
	return -EINVAL;
}

static int check_mailbox(const char *text, char *why, size_t size)
{
	struct mailbox m;

	if (!mail_mailbox(&m, sv_str(text)))
		return 0;
	snprintf(why, size,
		 "\"%s\" is not an address like bell@example.com or "
		 "Night Bell <bell@example.com>",
		 text);
	return -EINVAL;
}

static int check_text(const struct option_def *o, const char *text, char *why,
		      size_t size)
{
	switch (o->type) {
	case OPTION_LISTEN:
		return check_listen(text, why, size);
	case OPTION_URL:
		return check_url(text, o->words, why, size);
	case OPTION_MAILBOX:
		return check_mailbox(text, why, size);
	case OPTION_WORD:
		return check_word(text, o->words, why, size);
	default:
		return 0;
	}
}

static char **text_at(struct config *c, size_t i)
{
	return (char **)(void *)((char *)c + options[i].offset);
}

static int set_number(struct config *c, size_t i, const char *text, char *why,
		      size_t size)
{
	const struct option_def *o = &options[i];
	int64_t n;

	if (sv_i64(&n, sv_str(text)) || n < o->min || n > o->max) {
		snprintf(why, size, "\"%s\" is not a number from %d to %d",
			 text, o->min, o->max);
		return -EINVAL;
	}
	*(int *)(void *)((char *)c + o->offset) = (int)n;
	return 0;
}

int option_set(struct config *c, size_t i, const char *text, char *why,
	       size_t why_size)
{
	const struct option_def *o = &options[i];
	size_t len = strlen(text);
	char *copy = NULL;
	int err;

	if (o->type == OPTION_NUMBER)
		return set_number(c, i, text, why, why_size);
	err = len ? check_text(o, text, why, why_size) : 0;
	if (err)
		return err;
	if (o->type == OPTION_URL && len && text[len - 1] == '/')
		len--;
	if (len) { /* empty: not set */
		copy = strndup(text, len);
		if (!copy)
			return -ENOMEM;
	}
	free(*text_at(c, i));
	*text_at(c, i) = copy;
	return 0;
}

void options_free(struct config *c)
{
	for (size_t i = 0; i < options_n; i++) {
		if (options[i].type == OPTION_NUMBER)
			continue;
		free(*text_at(c, i));
		*text_at(c, i) = NULL;
	}
}
