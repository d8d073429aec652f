/* Signatures as the vendor's own clients make and check them. */
#include "tests/unit/assert.h"

#include "proto/twilio_sig.h"

#define FOO "/myapp.php?foo=1&bar=2"
#define P                                                                      \
	"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234"          \
	"&From=%2B14158675309&To=%2B18005551212"
#define H1 "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
#define H2 "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
#define CALLED P "&ReasonConferenceEnded=test&Reason=Participant"

/* signed: the URL that make() signs; seen: what the server believes it is. */
static const struct {
	const char *name, *url, *params, *sig;
} tv[] = {
	{"no port", "https://mycompany.com" FOO, P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
	{"https port", "https://mycompany.com:443" FOO, P,
	 "kvajT1Ptam85bY51eRf/AJRuM3w="},
	{"http port", "http://mycompany.com:80" FOO, P,
	 "0ZXoZLH/DfblKGATFgpif+LLRf4="},
	{"own port", "http://mycompany.com:1234" FOO, P,
	 "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="},
	{"name and password", "https://user:pass@mycompany.com" FOO, P,
	 "CukzLTc1tT5dXEDIHm/tKBanW10="},
	{"name", "https://user@mycompany.com" FOO, P,
	 "2YRLlVAflCqxaNicjMpJcSTgzSs="},
	{"name, password, port", "https://user:pass@mycompany.com:443" FOO, P,
	 "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="},
	{"apostrophe", "https://mycompany.com" FOO "&Body=It%27s+amazing", P,
	 "TfZzewPq8wqrGlMfyAud8+/IvJ0="},
	{"repeated name", "https://mycompany.com" FOO,
	 "MessagingBinding.Address=%2B1415xxxxxxx"
	 "&MessagingBinding.Address=%2B1325xxxxxxx",
	 "83O6e2vORAoJHUNzJjDWN1jz+BA="},
	{"repeated value", "https://mycompany.com" FOO,
	 "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234",
	 "IK+Dwps556ElfBT0I3Rgjkr1wJU="},
	{"body hash", "https://mycompany.com" FOO "&bodySHA256=" H1, NULL,
	 "a9nBmqA0ju/hNViExpshrM61xv4="},
	{"only body hash", "https://mycompany.com/myapp.php?bodySHA256=" H1,
	 NULL, "y77kIzt2vzLz71DgmJGsen2scGs="},
	{"body hash and port",
	 "https://mycompany.com:443" FOO "&bodySHA256=" H2, NULL,
	 "Ldidvp12m26NI7eqEvxnEpkd9Hc="},
	{"prefix sorts first", "https://mycompany.com" FOO, CALLED,
	 "vOEb5UThFn24KEfnOFLQY2AE5FY="},
	{"plain http", "http://mycompany.com" FOO, CALLED,
	 "n2xBNyzSW7rfYStDtOFiFMv7qNo="},
	{"words as values", "https://mycompany.com" FOO,
	 "property=value&boolean=true", "NBdBDr/T/lgjI+tlgpXjKZQZs/k="},
	{"the manual's", "https://example.com" FOO,
	 "CallSid=CA1234567890ABCDE&Caller=%2B14158675310&Digits=1234"
	 "&From=%2B14158675310&To=%2B18005551212",
	 "L/OH5YylLD5NRKLltdqwSvS0BnU="},
	{"socket", "wss://voice.example.net/media", NULL,
	 "DEMwoJEvYEoRGRbVx4piUBoS0PY="},
	{"socket with slash", "wss://voice.example.net/media/", NULL,
	 "diEGK1QuxFjN4yeD/rhADppkrTI="},
	{"socket with port", "wss://voice.example.net:443/media", NULL,
	 "hFnn8/YGAAAdXGHD+TQl24/eTEA="},
	{"GET", "https://example.net/voice?CallSid=CA1&From=%2B14155550100",
	 NULL, "eiq3LA8GYivL/aM8RV/E/l+6i1g="},
	{"UTF-8", "https://example.net/sms",
	 "To=%2B14155550199&From=%2B14155550100&Body=caf%C3%A9+%E2%9C%93",
	 "j4aKSBXnGHUdmqGTu14npCr1SBI="},
};

static void parse(struct form *f, const char *text)
{
	form_init(f);
	if (text)
		assert_int_equal(0, form_parse(f, sv_str(text)));
}

static void test_make(void **state)
{
	char sig[TWILIO_SIG_LEN + 1];
	struct form f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s\n", tv[i].name);
		parse(&f, tv[i].params);
		assert_int_equal(0, twilio_sig_make(sig, SV("12345"),
						    sv_str(tv[i].url), &f));
		assert_string_equal(tv[i].sig, sig);
		assert_true(twilio_sig_check(SV("12345"), sv_str(sig),
					     sv_str(tv[i].url), &f));
		/* Any other token, character or length is refused. */
		assert_false(twilio_sig_check(SV("12346"), sv_str(sig),
					      sv_str(tv[i].url), &f));
		for (size_t k = 0; k < TWILIO_SIG_LEN; k++) {
			sig[k] ^= 1;
			assert_false(twilio_sig_check(SV("12345"), sv_str(sig),
						      sv_str(tv[i].url), &f));
			sig[k] ^= 1;
		}
		assert_false(twilio_sig_check(
			SV("12345"), (struct sv){sig, TWILIO_SIG_LEN - 1},
			sv_str(tv[i].url), &f));
		form_fini(&f);
	}
}

static const struct {
	const char *name, *url, *params, *sig;
	bool ok;
} seen[] = {
	{"signed without the port we listen on",
	 "https://mycompany.com:1234" FOO, P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
	{"signed with a port that our URL leaves out",
	 "https://mycompany.com" FOO, P, "kvajT1Ptam85bY51eRf/AJRuM3w=", true},
	{"signed without the name in our URL",
	 "https://user:pass@mycompany.com" FOO, P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
	{"body hash, signed with the port",
	 "https://mycompany.com" FOO "&bodySHA256=" H2, NULL,
	 "Ldidvp12m26NI7eqEvxnEpkd9Hc=", true},
	{"literal apostrophe", "https://mycompany.com" FOO "&Body=It's+amazing",
	 P, "TfZzewPq8wqrGlMfyAud8+/IvJ0=", true},
	{"socket signed with a slash", "wss://voice.example.net/media", NULL,
	 "diEGK1QuxFjN4yeD/rhADppkrTI=", true},
	{"socket signed without our slash", "wss://voice.example.net/media/",
	 NULL, "DEMwoJEvYEoRGRbVx4piUBoS0PY=", true},
	{"socket signed with its port", "wss://voice.example.net/media", NULL,
	 "hFnn8/YGAAAdXGHD+TQl24/eTEA=", true},
	{"fragment is not signed", "https://mycompany.com" FOO "#rc=2", P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", true},
	{"sorted the wrong way", "https://mycompany.com" FOO, CALLED,
	 "95+Bu0JVPi0r/SsESZCVf0dWAjw=", false},
	{"something added to the URL",
	 "https://mycompany.com" FOO "&somethingUnexpected=true", P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
	{"a parameter added", "https://mycompany.com" FOO, P "&X=1",
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
	{"other scheme", "http://mycompany.com" FOO, P,
	 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
	{"no slash games for webhooks", "https://mycompany.com/sms/",
	 "To=%2B14155550199&From=%2B14155550100&Body=caf%C3%A9+%E2%9C%93",
	 "j4aKSBXnGHUdmqGTu14npCr1SBI=", false},
	{"no signature", "https://mycompany.com" FOO, P, "", false},
	{"no URL", "", P, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", false},
};

static void test_check(void **state)
{
	struct form f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		print_message("%s\n", seen[i].name);
		parse(&f, seen[i].params);
		assert_int_equal(seen[i].ok,
				 twilio_sig_check(SV("12345"),
						  sv_str(seen[i].sig),
						  sv_str(seen[i].url), &f));
		form_fini(&f);
	}
}

static void test_no_token(void **state)
{
	char sig[TWILIO_SIG_LEN + 1];

	(void)state;
	assert_int_equal(-EINVAL,
			 twilio_sig_make(sig, SV(""), SV("https://a"), NULL));
	/* HMAC-SHA1 with an empty key over "https://a": still refused. */
	assert_false(twilio_sig_check(SV(""),
				      SV("AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
				      SV("https://a"), NULL));
}

static void test_body(void **state)
{
	static const char body[] =
		"{\"property\": \"value\", \"boolean\": true}";
	struct sv url = SV("https://mycompany.com/myapp.php?bodySHA256=" H1);

	(void)state;
	assert_true(twilio_sig_body(url, sv_str(body)));
	assert_false(twilio_sig_body(url, SV("{}")));
	assert_true(
		twilio_sig_body(SV("https://a/?x=1&bodySHA256=" H2), SV("{}")));
	assert_false(twilio_sig_body(SV("https://a/"), SV("{}")));
	assert_false(twilio_sig_body(SV("https://a/?bodySHA256="), SV("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_no_token),
		cmocka_unit_test(test_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
