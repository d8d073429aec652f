#include "speech/counts.h"

#include "io/wsc.h"

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
