/* The configuration: what it takes, and what it says when it does not. */
#include "tests/unit/assert.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/config_file.h"

/* Line numbers count from the text's first line. */
static const struct {
	const char *name, *text;
	const char *env;  /* "NAME=value" set meanwhile */
	const char *want; /* "section.key=value"; NULL: it is refused */
	const char *why;  /* … with this in the sentence */
} tv[] = {
	{"a value", "carrier:\n  listen: 127.0.0.1:1\n", NULL,
	 "carrier.listen=127.0.0.1:1", NULL},
	{"empty file", "", NULL, "carrier.listen=127.0.0.1:8443", NULL},
	{"empty section", "twilio:\n", NULL, "log.level=info", NULL},
	{"option without a value", "twilio:\n  auth_token:\n", NULL,
	 "twilio.auth_token=", NULL},
	{"empty text is not set", "twilio:\n  auth_token: \"\"\n", NULL,
	 "twilio.auth_token=", NULL},
	{"comment and quotes", "twilio: # x\n  auth_token: 'a b # c' # d\n",
	 NULL, "twilio.auth_token=a b # c", NULL},
	{"URL without its last slash", "node:\n  public_url: https://v.test/\n",
	 NULL, "node.public_url=https://v.test", NULL},
	{"environment in a value", "twilio:\n  auth_token: a${NB_T}z\n",
	 "NB_T=123", "twilio.auth_token=a123z", NULL},
	{"escaped", "twilio:\n  auth_token: a$${NB_T}$z\n", NULL,
	 "twilio.auth_token=a${NB_T}$z", NULL},
	{"environment wins", "log:\n  level: debug\n",
	 "NIGHTBELL_LOG_LEVEL=error", "log.level=error", NULL},
	{"number from the environment", "", "NIGHTBELL_MEDIA_WORKERS=3",
	 "media.workers=3", NULL},
	{"other people's variables", "", "NIGHTBELL_CONFIG=x", "log.level=info",
	 NULL},
	{"flow style", "{media: {workers: 4}}", NULL, "media.workers=4", NULL},

	{"unknown option", "node:\n  name: x\n  nmae: y\n", NULL, NULL,
	 ":3: unknown option \"node.nmae\"; did you mean \"name\"?"},
	{"unknown section", "\ncarier:\n  listen: x\n", NULL, NULL,
	 ":2: unknown section \"carier\"; did you mean \"carrier\"?"},
	{"nothing near", "zebra:\n  x: 1\n", NULL, NULL,
	 ":1: unknown section \"zebra\""},
	{"option of another section", "node:\n  auth_token: x\n", NULL, NULL,
	 ":2: unknown option \"node.auth_token\""},
	{"missing variable", "twilio:\n\n  auth_token: ${NB_NOT_SET}\n", NULL,
	 NULL, ":3: the environment has no NB_NOT_SET"},
	{"unclosed variable", "twilio:\n  auth_token: ${NB\n", NULL, NULL,
	 ":2: \"${\" without"},
	{"number", "media:\n  workers: many\n", NULL, NULL,
	 ":2: media.workers: \"many\" is not a number from 0 to 64"},
	{"number too large", "media:\n  send_ahead_ms: 5000\n", NULL, NULL,
	 ":2: media.send_ahead_ms"},
	{"word", "log:\n  level: loud\n", NULL, NULL,
	 ":2: log.level: \"loud\" is not one of: debug info warn error"},
	{"part of a word", "log:\n  level: inf\n", NULL, NULL, "log.level"},
	{"address", "ops:\n  listen: localhost\n", NULL, NULL,
	 ":2: ops.listen: \"localhost\" is not address:port"},
	{"URL with a path", "node:\n  public_url: https://v.test/x\n", NULL,
	 NULL, ":2: node.public_url"},
	{"URL of another kind", "node:\n  public_url: ftp://v.test\n", NULL,
	 NULL, ":2: node.public_url"},
	{"mail server", "smtp:\n  url: smtps://m.test:465/\n", NULL,
	 "smtp.url=smtps://m.test:465", NULL},
	{"web server for mail", "smtp:\n  url: https://m.test\n", NULL, NULL,
	 ":2: smtp.url: \"https://m.test\" is not a URL like smtp://"},
	{"who writes", "smtp:\n  from: Bell <a@b.test>\n", NULL,
	 "smtp.from=Bell <a@b.test>", NULL},
	{"nobody writes", "smtp:\n  from: Bell\n", NULL, NULL,
	 ":2: smtp.from: \"Bell\" is not an address like"},
	{"twice", "log:\n  level: info\n  level: warn\n", NULL, NULL,
	 ":3: log.level is there twice (line 2 too)"},
	{"section twice", "log:\n  level: info\nlog:\n  format: json\n", NULL,
	 NULL, ":3: section \"log\" is there twice"},
	{"value for a section", "log: info\n", NULL, NULL,
	 ":1: \"log\" is a section"},
	{"list", "log:\n  level: [info]\n", NULL, NULL, ":2: no option is a"},
	{"deeper", "log:\n  level:\n    x: 1\n", NULL, NULL,
	 "log.level wants one value"},
	{"alias", "log:\n  level: *x\n", NULL, NULL, ":2: "},
	{"no YAML", "log:\n  level: \"x\n", NULL, NULL, "not YAML"},
	{"text instead", "hello\n", NULL, NULL, ":1: expected sections"},
	{"certificate without key", "carrier:\n  tls_cert: /x\n", NULL, NULL,
	 ":2: carrier.tls_cert and carrier.tls_key"},
	{"unknown override", "", "NIGHTBELL_TWILIO_TOKEN=x", NULL,
	 "environment: NIGHTBELL_TWILIO_TOKEN is no option"},
	{"bad override", "", "NIGHTBELL_MEDIA_WORKERS=x", NULL,
	 "environment: NIGHTBELL_MEDIA_WORKERS: media.workers: \"x\""},
};

/* What an option became, as text. */
static void show(char out[128], const struct config *c, const char *name)
{
	const struct {
		const char *name, *text;
	} texts[] = {
		{"carrier.listen", c->carrier.listen},
		{"log.level", c->log.level},
		{"twilio.auth_token", c->twilio.auth_token},
		{"node.public_url", c->node.public_url},
		{"smtp.url", c->smtp.url},
		{"smtp.from", c->smtp.from},
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!strncmp(texts[i].name, name, strlen(texts[i].name)))
			snprintf(out, 128, "%s=%s", texts[i].name,
				 texts[i].text ? texts[i].text : "");
	if (!strncmp(name, "media.workers", 13))
		snprintf(out, 128, "media.workers=%d", c->media.workers);
}

static void write_file(char path[64], const char *text)
{
	FILE *f;
	int fd;

	snprintf(path, 64, "/tmp/nightbell-config-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	fputs(text, f);
	fclose(f);
}

static void test_table(void **state)
{
	char path[64], why[CONFIG_WHY_MAX], name[64], shown[128];
	struct config c;
	int err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		const char *eq = tv[i].env ? strchr(tv[i].env, '=') : NULL;

		if (eq) {
			sv_copy(name, sizeof(name),
				(struct sv){tv[i].env,
					    (size_t)(eq - tv[i].env)});
			setenv(name, eq + 1, 1);
		}
		write_file(path, tv[i].text);
		err = config_load(&c, path, why);
		print_message("%s%s%s\n", tv[i].name, *why ? ": " : "", why);
		assert_int_equal(tv[i].want ? 0 : -EINVAL, err);
		if (!err) {
			show(shown, &c, tv[i].want);
			assert_string_equal(tv[i].want, shown);
		} else {
			assert_non_null(strstr(why, tv[i].why));
			assert_true(strstr(why, path) ||
				    strstr(why, "environment"));
		}
		config_fini(&c);
		unlink(path);
		if (eq)
			unsetenv(name);
	}
}

/* No sentence repeats a secret. */
static void test_secrets(void **state)
{
	char path[64], why[CONFIG_WHY_MAX];
	struct config c;

	(void)state;
	write_file(path, "twilio:\n  auth_token: hush-hush\n"
			 "  auth_token: hush-hush\n");
	assert_int_equal(-EINVAL, config_load(&c, path, why));
	assert_null(strstr(why, "hush"));
	config_fini(&c);
	unlink(path);
}

static void test_no_file(void **state)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	(void)state;
	assert_int_equal(-ENOENT, config_load(&c, "/nonexistent/x.yaml", why));
	assert_non_null(strstr(why, "/nonexistent/x.yaml"));
	config_fini(&c);
	assert_int_equal(-EIO, config_load(&c, "/", why) ? -EIO : 0);
	config_fini(&c);
	assert_int_equal(0, config_load(&c, NULL, why));
	assert_int_equal(60, c.media.token_s);
	assert_non_null(c.node.name);
	config_fini(&c);
}

/* The file that we ship loads, names each option, and shows its default. */
static void test_shipped(void **state)
{
	char text[16384], want[128], why[CONFIG_WHY_MAX];
	const char *name, *def;
	struct config c;
	size_t n;
	FILE *f = fopen("conf/nightbell.yaml", "r");

	(void)state;
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_int_equal(0, config_load(&c, "conf/nightbell.yaml", why));
	config_fini(&c);
	for (size_t i = 0; (name = config_option(i, &def)); i++) {
		const char *key = strchr(name, '.') + 1;
		char section[64];
		char *at;

		snprintf(section, sizeof(section), "\n%.*s:\n",
			 (int)(key - name) - 1, name);
		at = strstr(text, section);
		snprintf(want, sizeof(want),
			 def ? "\n  %s: %s" : "\n  # %s:", key, def);
		if (!at || !strstr(at, want))
			print_error("conf/nightbell.yaml lacks \"%s\" of %s\n",
				    want + 1, name);
		assert_true(at && strstr(at, want));
	}
}

static const struct {
	const char *url, *token, *sid, *why;
} serve[] = {
	{"https://v.test", "t", "AC1", NULL},
	{"", "t", "AC1", "node.public_url"},
	{"https://v.test", "", "AC1", "twilio.auth_token"},
	{"http://127.0.0.1:8443", "", "AC1", "twilio.auth_token"},
	{"https://v.test", "t", "", "twilio.account_sid"},
	{"http://v.test", "t", "AC1", "node.public_url is http://v.test"},
	{"http://127.0.0.1.v.test", "t", "AC1", "write https://"},
	{"http://127.0.0.1:8443", "t", "AC1", NULL},
	{"http://localhost:8443", "t", "AC1", NULL},
	{"http://[::1]:8443", "t", "AC1", NULL},
};

static void test_serve(void **state)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(serve); i++) {
		setenv("NIGHTBELL_NODE_PUBLIC_URL", serve[i].url, 1);
		setenv("NIGHTBELL_TWILIO_AUTH_TOKEN", serve[i].token, 1);
		setenv("NIGHTBELL_TWILIO_ACCOUNT_SID", serve[i].sid, 1);
		assert_int_equal(0, config_load(&c, NULL, why));
		assert_int_equal(serve[i].why ? -EINVAL : 0,
				 config_check_serve(&c, why));
		if (serve[i].why)
			assert_non_null(strstr(why, serve[i].why));
		config_fini(&c);
	}
	unsetenv("NIGHTBELL_NODE_PUBLIC_URL");
	unsetenv("NIGHTBELL_TWILIO_AUTH_TOKEN");
	unsetenv("NIGHTBELL_TWILIO_ACCOUNT_SID");
}

/* A provider that is switched on needs its key. */
static void test_keys(void **state)
{
	char why[CONFIG_WHY_MAX];
	struct config c;

	(void)state;
	setenv("NIGHTBELL_NODE_PUBLIC_URL", "https://v.test", 1);
	setenv("NIGHTBELL_TWILIO_AUTH_TOKEN", "t", 1);
	setenv("NIGHTBELL_TWILIO_ACCOUNT_SID", "AC1", 1);
	setenv("NIGHTBELL_SPEECH_STT", "deepgram", 1);
	for (int key = 0; key < 2; key++) {
		if (key)
			setenv("NIGHTBELL_DEEPGRAM_API_KEY", "k", 1);
		assert_int_equal(0, config_load(&c, NULL, why));
		assert_int_equal(key ? 0 : -EINVAL,
				 config_check_serve(&c, why));
		if (!key)
			assert_non_null(strstr(why, "deepgram.api_key"));
		config_fini(&c);
	}
	setenv("NIGHTBELL_SPEECH_STT", "nobody", 1);
	assert_int_not_equal(0, config_load(&c, NULL, why));
	assert_non_null(strstr(why, "local deepgram"));
	config_fini(&c);
	unsetenv("NIGHTBELL_SPEECH_STT");
	setenv("NIGHTBELL_DEEPGRAM_API_URL", "https://api.deepgram.com", 1);
	assert_int_not_equal(0, config_load(&c, NULL, why));
	assert_non_null(strstr(why, "wss://"));
	config_fini(&c);
	unsetenv("NIGHTBELL_DEEPGRAM_API_URL");
	unsetenv("NIGHTBELL_DEEPGRAM_API_KEY");
	unsetenv("NIGHTBELL_NODE_PUBLIC_URL");
	unsetenv("NIGHTBELL_TWILIO_AUTH_TOKEN");
	unsetenv("NIGHTBELL_TWILIO_ACCOUNT_SID");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_no_file), cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_serve),	cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
