/*
 * print_twiml: prints the document of the plan on stdin, so that a test can
 * hold it against what the vendor's own builder makes of the same wish.
 */
#include <stdio.h>

#include "proto/twiml.h"

int main(void)
{
	const struct twiml_prm prm = {
		.base = SV("https://voice.example.com"),
		.stream_url = SV("wss://voice.example.com/ws/voice/twilio/n1"),
		.stream_status = SV("/twilio/stream"),
		.token = SV("a<b>&\"c'"),
	};
	struct buf out;
	char text[65536], why[256];
	struct plan plan;
	size_t n = fread(text, 1, sizeof(text), stdin);
	int err = plan_parse(&plan, (struct sv){text, n}, why, sizeof(why));

	buf_init(&out, 256 * 1024);
	if (err) {
		fprintf(stderr, "print_twiml: %s\n", why);
	} else {
		twiml_print(&out, &plan, &prm);
		err = out.err;
		fwrite(buf_get(&out).p, 1, buf_get(&out).len, stdout);
	}
	buf_fini(&out);
	plan_fini(&plan);
	return err ? 1 : 0;
}
