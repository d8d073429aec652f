/* E-mail as text: addresses, headers that nothing breaks, quoted-printable. */
#include "tests/unit/assert.h"

#include "proto/mail.h"

static const struct {
	const char *text;
	int err;
	const char *name, *addr;
} boxes[] = {
	{"a@b.test", 0, "", "a@b.test"},
	{" Bell <a@b.test> ", 0, "Bell", "a@b.test"},
	{"\"Bell, Night\" <a+x@b.test>", 0, "Bell, Night", "a+x@b.test"},
	{"Señor <a.b@b-c.test>", 0, "Señor", "a.b@b-c.test"},
	{"<a@b.test>", 0, "", "a@b.test"},
	{"", -EINVAL, NULL, NULL},
	{"a", -EINVAL, NULL, NULL},
	{"@b.test", -EINVAL, NULL, NULL},
	{"a@", -EINVAL, NULL, NULL},
	{"a b@c.test", -EINVAL, NULL, NULL},
	{"a@b.test, c@d.test", -EINVAL, NULL, NULL},
	{"a@b.test>", -EINVAL, NULL, NULL},
	{"Bell <a@b.test", -EINVAL, NULL, NULL},
	{"a@b.test\r\nBcc: c@d.test", -EINVAL, NULL, NULL},
	{"a..b@c.test", -EINVAL, NULL, NULL},
	{".a@c.test", -EINVAL, NULL, NULL},
	{"a@-c.test", -EINVAL, NULL, NULL},
	{"a@c.test.", -EINVAL, NULL, NULL},
	{"a@[127.0.0.1]", -EINVAL, NULL, NULL},
	{"ñ@c.test", -EINVAL, NULL, NULL},
};

static void test_mailbox(void **state)
{
	struct mailbox m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(boxes); i++) {
		print_message("%s\n", boxes[i].text);
		assert_int_equal(boxes[i].err,
				 mail_mailbox(&m, sv_str(boxes[i].text)));
		if (boxes[i].err)
			continue;
		assert_sv_equal(boxes[i].name, m.name);
		assert_sv_equal(boxes[i].addr, m.addr);
	}
}

static const struct {
	const char *name, *subject, *text;
	const char *want; /* somewhere in the message */
} tv[] = {
	{"plain", "Hello", "Hi.\nBye.", "\r\nSubject: Hello\r\n"},
	{"lines end as mail's do", "x", "Hi.\nBye.", "\r\n\r\nHi.\r\nBye.\r\n"},
	{"as do Windows's", "x", "Hi.\r\nBye.\r\n", "\r\n\r\nHi.\r\nBye.\r\n"},
	{"a dot is the transport's business", "x", ".\n..a",
	 "\r\n.\r\n..a\r\n"},
	{"accents", "Mañana", "mañana = 9",
	 "\r\nSubject: =?utf-8?B?TWHDsWFuYQ==?=\r\n"},
	{"in the text", "x", "mañana = 9 ", "ma=C3=B1ana =3D 9=20\r\n"},
	{"a new header", "x\r\nBcc: c@d.test", "x",
	 "Subject: =?utf-8?B?eCAgQmNjOiBjQGQudGVzdA==?=\r\n"},
	{"what looks encoded", "=?x", "x", "Subject: =?utf-8?B?PT94?=\r\n"},
	{"long",
	 "0123456789012345678901234567890123456789012345678901234567890", "x",
	 "=?utf-8?B?MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMj"
	 "M0?=\r\n =?utf-8?B?NTY3ODkwMTIzNDU2Nzg5MA==?=\r\n"},
	{"no character is cut",
	 "0123456789012345678901234567890123456789012ñññ", "x",
	 "=?utf-8?B?MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMs"
	 "Ox?=\r\n =?utf-8?B?w7HDsQ==?=\r\n"},
	{"long lines are broken", "x",
	 "0123456789012345678901234567890123456789"
	 "01234567890123456789012345678901234567890123456789",
	 "012345678901234567890123456789012345678901234567890123456789012345678"
	 "901234=\r\n567890123456789\r\n"},
	{"no text", "x", "", "quoted-printable\r\n\r\n"},
};

static void test_print(void **state)
{
	struct mail m = {.from = SV("Night \"Bell\" <bell@b.test>"),
			 .to = SV("Ñandú <a@c.test>"),
			 .id = SV("0193-a"),
			 .date_ms = INT64_C(1795528800000)};
	static const char head[] =
		"Date: Tue, 24 Nov 2026 14:00:00 +0000\r\n"
		"Message-ID: <0193-a@b.test>\r\n"
		"From: \"Night \\\"Bell\\\"\"\r\n <bell@b.test>\r\n"
		"To: =?utf-8?B?w5FhbmTDug==?=\r\n <a@c.test>\r\n"
		"Subject: ";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		struct buf b;

		print_message("%s\n", tv[i].name);
		buf_init(&b, 65536);
		m.subject = sv_str(tv[i].subject);
		m.text = sv_str(tv[i].text);
		assert_int_equal(0, mail_print(&b, &m));
		buf_char(&b, '\0');
		assert_int_equal(0, strncmp(b.p, head, sizeof(head) - 1));
		if (!strstr(b.p, tv[i].want))
			print_error("%s\n", b.p);
		assert_non_null(strstr(b.p, tv[i].want));
		assert_null(strstr(b.p, "\nBcc"));
		for (char *at = b.p; (at = strchr(at, '\n')); at++)
			assert_int_equal('\r', at[-1]);
		buf_fini(&b);
	}
}

static const struct {
	int64_t s;
	const char *date;
} dates[] = {
	{0, "Thu, 01 Jan 1970 00:00:00"},
	{951782399, "Mon, 28 Feb 2000 23:59:59"},
	{951782400, "Tue, 29 Feb 2000 00:00:00"},
	{951868800, "Wed, 01 Mar 2000 00:00:00"},
	{1798761599, "Thu, 31 Dec 2026 23:59:59"},
	{1798761600, "Fri, 01 Jan 2027 00:00:00"},
	{1835395200, "Tue, 29 Feb 2028 00:00:00"},
	{4107542400, "Mon, 01 Mar 2100 00:00:00"},
	{4107542399, "Sun, 28 Feb 2100 23:59:59"},
};

static void test_dates(void **state)
{
	struct mail m = {
		.from = SV("a@b.test"), .to = SV("c@d.test"), .id = SV("1")};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		buf_init(&b, 65536);
		m.date_ms = dates[i].s * 1000;
		assert_int_equal(0, mail_print(&b, &m));
		assert_int_equal(0, memcmp(b.p + 6, dates[i].date,
					   strlen(dates[i].date)));
		buf_fini(&b);
	}
}

static void test_refused(void **state)
{
	const struct mail good = {
		.from = SV("a@b.test"), .to = SV("c@d.test"), .id = SV("1")};
	struct mail m;
	struct buf b;

	(void)state;
	buf_init(&b, 65536);
	assert_int_equal(0, mail_print(&b, &good));
	m = good;
	m.from = SV("");
	assert_int_equal(-EINVAL, mail_print(&b, &m));
	m = good;
	m.to = SV("c");
	assert_int_equal(-EINVAL, mail_print(&b, &m));
	m = good;
	m.id = SV("1>");
	assert_int_equal(-EINVAL, mail_print(&b, &m));
	buf_fini(&b);
	buf_init(&b, 100);
	assert_int_equal(-ENOSPC, mail_print(&b, &good));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
