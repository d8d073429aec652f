#include "speech/counts.h"

#include "io/wsc.h"

const char *const speech_failures[SPEECH_FAILS] = {
	[SPEECH_FAIL_KEY] = "key",	   [SPEECH_FAIL_PAY] = "pay",
	[SPEECH_FAIL_REQUEST] = "request", [SPEECH_FAIL_BUSY] = "busy",
	[SPEECH_FAIL_SERVER] = "server",   [SPEECH_FAIL_LATE] = "late",
	[SPEECH_FAIL_NET] = "net",
};

static enum speech_failure refused(int http)
{
	switch (http) {
	case 401:
	case 403:
		return SPEECH_FAIL_KEY;
	case 402:
		return SPEECH_FAIL_PAY;
	case 429:
		return SPEECH_FAIL_BUSY;
	default:
		return http < 500 ? SPEECH_FAIL_REQUEST : SPEECH_FAIL_SERVER;
	}
}

enum speech_failure speech_failure_of(const struct wsc_end *end)
{
	if (end->err == -EACCES)
		return refused(end->http);
	if (end->err == -ETIMEDOUT)
		return SPEECH_FAIL_LATE;
	if (end->err)
		return SPEECH_FAIL_NET;
	return wsc_end_retryable(end) ? SPEECH_FAIL_SERVER
				      : SPEECH_FAIL_REQUEST;
}
