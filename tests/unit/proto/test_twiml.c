/* Plans of the desk as the carrier's documents. */
#include "tests/unit/assert.h"

#include "proto/twiml.h"

#define ID "0193a1c0-0000-7000-8000-000000000001"
#define PLAN(verbs)                                                            \
	"{\"call\":\"" ID "\",\"business\":\"" ID "\",\"verbs\":[" verbs "]}"
#define DOC(inside)                                                            \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>" inside        \
	"</Response>\n"

static const struct twiml_prm prm = {
	.base = {"https://v.test", 14},
	.stream_url = {"wss://v.test/ws/voice/twilio/ab", 31},
	.stream_status = {"/twilio/stream", 14},
	.token = {"1.a<b&\"c\"", 9},
};

static const struct {
	const char *name, *plan, *doc; /* doc NULL: the plan is refused */
	const char *why;	       /* … with this in the sentence */
} tv[] = {
	{"dial",
	 PLAN("{\"verb\":\"dial\",\"number\":\"+14155550111\",\"timeout\":18,"
	      "\"path\":\"/twilio/dial\"}"),
	 DOC("<Dial answerOnBridge=\"true\" timeout=\"18\" "
	     "action=\"https://v.test/twilio/dial\" method=\"POST\">"
	     "+14155550111</Dial>"),
	 NULL},
	{"dial as another number",
	 PLAN("{\"verb\":\"dial\",\"number\":\"+1\",\"caller_id\":\"+2\","
	      "\"path\":\"/d\"}"),
	 DOC("<Dial answerOnBridge=\"true\" callerId=\"+2\" "
	     "action=\"https://v.test/d\" method=\"POST\">+1</Dial>"),
	 NULL},
	{"dial with a word before",
	 PLAN("{\"verb\":\"dial\",\"number\":\"+1\",\"path\":\"/d\","
	      "\"whisper\":\"/w?a=1&b=2\"}"),
	 DOC("<Dial answerOnBridge=\"true\" action=\"https://v.test/d\" "
	     "method=\"POST\"><Number url=\"https://v.test/w?a=1&amp;b=2\" "
	     "method=\"POST\">+1</Number></Dial>"),
	 NULL},
	{"a key is asked for",
	 PLAN("{\"verb\":\"gather\",\"path\":\"/g\",\"num_digits\":1,"
	      "\"timeout\":5,\"verbs\":[{\"verb\":\"say\",\"text\":\"a & b\"},"
	      "{\"verb\":\"pause\",\"length\":1}]},{\"verb\":\"hangup\"}"),
	 DOC("<Gather input=\"dtmf\" action=\"https://v.test/g\" "
	     "method=\"POST\" numDigits=\"1\" timeout=\"5\">"
	     "<Say>a &amp; b</Say><Pause length=\"1\"/></Gather><Hangup/>"),
	 NULL},
	{"a key without a word", PLAN("{\"verb\":\"gather\",\"path\":\"/g\"}"),
	 DOC("<Gather input=\"dtmf\" action=\"https://v.test/g\" "
	     "method=\"POST\"></Gather>"),
	 NULL},
	{"gather in gather",
	 PLAN("{\"verb\":\"gather\",\"path\":\"/g\",\"verbs\":["
	      "{\"verb\":\"gather\",\"path\":\"/g\"}]}"),
	 NULL, "verb 1 (gather): may hold only say and pause"},
	{"half a verb in gather",
	 PLAN("{\"verb\":\"gather\",\"path\":\"/g\",\"verbs\":["
	      "{\"verb\":\"say\"}]}"),
	 NULL, "verb 1 (gather): may hold only say and pause"},
	{"gather of no list",
	 PLAN("{\"verb\":\"gather\",\"path\":\"/g\",\"verbs\":{}}"), NULL,
	 "verb 1 (gather): is not a list: verbs"},
	{"gather to nowhere", PLAN("{\"verb\":\"gather\"}"), NULL,
	 "verb 1 (gather): needs a path from / in path"},
	{"too many keys",
	 PLAN("{\"verb\":\"gather\",\"path\":\"/g\",\"num_digits\":33}"), NULL,
	 "out of range: num_digits"},
	{"whispered elsewhere",
	 PLAN("{\"verb\":\"dial\",\"number\":\"+1\",\"path\":\"/d\","
	      "\"whisper\":\"https://evil.test\"}"),
	 NULL, "verb 1 (dial): needs a path from / in whisper"},
	{"connect, then redirect",
	 PLAN("{\"verb\":\"connect\"},{\"verb\":\"redirect\",\"path\":"
	      "\"/twilio/after\"}"),
	 DOC("<Connect><Stream url=\"wss://v.test/ws/voice/twilio/ab\" "
	     "statusCallback=\"https://v.test/twilio/stream\">"
	     "<Parameter name=\"token\" value=\"1.a&lt;b&amp;&quot;c&quot;\"/>"
	     "</Stream></Connect>"
	     "<Redirect method=\"POST\">https://v.test/twilio/after"
	     "</Redirect>"),
	 NULL},
	{"say escapes",
	 PLAN("{\"verb\":\"say\",\"text\":\"a < b & \\\"c\\\" \\u0001 "
	      "</Say><Hangup/>\",\"lang\":\"en-US\"},{\"verb\":\"hangup\"}"),
	 DOC("<Say language=\"en-US\">a &lt; b &amp; &quot;c&quot;   "
	     "&lt;/Say&gt;&lt;Hangup/&gt;</Say><Hangup/>"),
	 NULL},
	{"language cannot leave its quotes",
	 PLAN("{\"verb\":\"say\",\"text\":\"x\",\"lang\":\"en\\\" a=\\\"b\"}"),
	 DOC("<Say language=\"en&quot; a=&quot;b\">x</Say>"), NULL},
	{"reject", PLAN("{\"verb\":\"reject\",\"reason\":\"busy\"}"),
	 DOC("<Reject reason=\"busy\"/>"), NULL},
	{"pause", PLAN("{\"verb\":\"pause\",\"length\":2}"),
	 DOC("<Pause length=\"2\"/>"), NULL},
	{"record",
	 PLAN("{\"verb\":\"record\",\"path\":\"/r\",\"max_length\":120}"),
	 DOC("<Record action=\"https://v.test/r\" method=\"POST\" "
	     "maxLength=\"120\"/>"),
	 NULL},
	{"nothing to do", "{\"ok\":true}", DOC(""), NULL},
	{"no call, no stream",
	 "{\"call\":null,\"business\":null,\"verbs\":[{\"verb\":\"reject\","
	 "\"reason\":\"rejected\"}],\"reason\":\"unknown_number\"}",
	 DOC("<Reject reason=\"rejected\"/>"), NULL},
	{"connect without a call",
	 "{\"call\":null,\"business\":null,\"verbs\":[{\"verb\":\"connect\"}]}",
	 NULL, "connect without call"},
	{"unknown verb", PLAN("{\"verb\":\"hangup\"},{\"verb\":\"sing\"}"),
	 NULL, "verb 2 (?): no such verb: sing"},
	{"no verb", PLAN("{}"), NULL, "verb 1"},
	{"dial nobody", PLAN("{\"verb\":\"dial\",\"path\":\"/d\"}"), NULL,
	 "verb 1 (dial): needs a text number"},
	{"a path elsewhere",
	 PLAN("{\"verb\":\"redirect\",\"path\":\"@evil.test/\"}"), NULL,
	 "needs a path"},
	{"endless ringing",
	 PLAN("{\"verb\":\"dial\",\"number\":\"+1\",\"path\":\"/d\","
	      "\"timeout\":601}"),
	 NULL, "out of range: timeout"},
	{"seconds as a text", PLAN("{\"verb\":\"pause\",\"length\":\"2\"}"),
	 NULL, "out of range: length"},
	{"verbs is no list", "{\"verbs\":{}}", NULL, "not a list"},
	{"a list", "[]", NULL, "not a JSON object"},
	{"no JSON", "{", NULL, "not a JSON object"},
	{"nothing", "", NULL, "not a JSON object"},
};

static void test_table(void **state)
{
	char why[200];
	struct plan p;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		int err = plan_parse(&p, sv_str(tv[i].plan), why, sizeof(why));

		print_message("%s%s%s\n", tv[i].name, *why ? ": " : "", why);
		assert_int_equal(tv[i].doc ? 0 : -EBADMSG, err);
		if (err) {
			assert_non_null(strstr(why, tv[i].why));
			plan_fini(&p);
			continue;
		}
		buf_init(&b, 0);
		twiml_print(&b, &p, &prm);
		assert_int_equal(0, b.err);
		assert_string_equal(tv[i].doc, b.p);
		buf_fini(&b);
		plan_fini(&p);
	}
}

static void test_fields(void **state)
{
	char why[200];
	struct plan p;

	(void)state;
	assert_int_equal(0, plan_parse(&p,
				       SV("{\"call\":\"c\",\"business\":\"b\","
					  "\"reason\":\"r\",\"verbs\":["
					  "{\"verb\":\"connect\"},"
					  "{\"verb\":\"hangup\"}]}"),
				       why, sizeof(why)));
	assert_sv_equal("c", p.call);
	assert_sv_equal("b", p.business);
	assert_sv_equal("r", p.reason);
	assert_int_equal(2, p.verbs);
	assert_true(p.connects);
	plan_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
