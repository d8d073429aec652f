#include "io/smtp.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <curl/curl.h>

#include "base/buf.h"

#define MESSAGE_MAX (1u << 20)
#define CONNECT_MS 10000L

/* While the work runs only the thread touches it, but for cancelled. */
struct smtp_call {
	CURL *easy;
	struct curl_slist *rcpt, *connect_to;
	struct buf message;
	size_t at; /* of the message libcurl has so much */
	char why[CURL_ERROR_SIZE];
	struct smtp_result result;
	atomic_bool cancelled;
	smtp_h *h;
	void *arg;
};

static const struct {
	CURLcode code;
	int err;
} errors[] = {
	{CURLE_OK, 0},
	{CURLE_LOGIN_DENIED, -EACCES},
	{CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT},
	{CURLE_COULDNT_CONNECT, -ECONNREFUSED},
	{CURLE_COULDNT_RESOLVE_HOST, -ENOENT},
	{CURLE_OUT_OF_MEMORY, -ENOMEM},
	{CURLE_URL_MALFORMAT, -EINVAL},
	{CURLE_UNSUPPORTED_PROTOCOL, -EINVAL},
	{CURLE_USE_SSL_FAILED, -EPROTO},
	{CURLE_SSL_CONNECT_ERROR, -EPROTO},
	{CURLE_PEER_FAILED_VERIFICATION, -EPROTO},
	{CURLE_SSL_CACERT_BADFILE, -EPROTO},
};

static int err_of(CURLcode code, long reply)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (errors[i].code == code)
			return errors[i].err;
	return reply >= 400 ? -EREMOTEIO : -ECONNRESET;
}

static void call_free(struct smtp_call *call)
{
	if (call->easy)
		curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->rcpt);
	curl_slist_free_all(call->connect_to);
	buf_fini(&call->message);
	free(call);
	curl_global_cleanup();
}

static size_t read_h(char *p, size_t size, size_t n, void *arg)
{
	struct smtp_call *call = arg;
	size_t part = MIN(size * n, call->message.len - call->at);

	if (part)
		memcpy(p, call->message.p + call->at, part);
	call->at += part;
	return part;
}

static int progress_h(void *arg, curl_off_t a, curl_off_t b, curl_off_t c,
		      curl_off_t d)
{
	struct smtp_call *call = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(&call->cancelled); /* not 0: give up */
}

/* On a thread of the pool. */
static void work_h(void *arg)
{
	struct smtp_call *call = arg;
	struct smtp_result *r = &call->result;
	CURLcode code;
	long reply = 0;

	if (atomic_load(&call->cancelled))
		return;
	code = curl_easy_perform(call->easy);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &reply);
	r->err = err_of(code, reply);
	r->reply = (int)reply;
	r->sent = r->err && reply == 354 && call->at == call->message.len;
	if (r->err)
		r->why = call->why[0] ? call->why : curl_easy_strerror(code);
}

static void done_h(void *arg)
{
	struct smtp_call *call = arg;

	if (!atomic_load(&call->cancelled))
		call->h(&call->result, call->arg);
	call_free(call);
}

static int add_line(struct curl_slist **list, const char *line)
{
	*list = curl_slist_append(NULL, line);
	return *list ? 0 : -ENOMEM;
}

static void set_connection(CURL *e, const struct smtp_prm *prm)
{
	static const long use_ssl[] = {
		[SMTP_TLS_REQUIRED] = CURLUSESSL_ALL,
		[SMTP_TLS_TRY] = CURLUSESSL_TRY,
		[SMTP_TLS_NEVER] = CURLUSESSL_NONE,
	};

	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(e, CURLOPT_PROXY, ""); /* no surprises from outside */
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USE_SSL, use_ssl[prm->tls]);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)prm->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			 MIN((long)prm->timeout_ms, CONNECT_MS));
	/* This one alone limits the wait for the goodbye. */
	curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT,
			 MAX(prm->timeout_ms / 1500L, 1L));
	if (prm->user) {
		curl_easy_setopt(e, CURLOPT_USERNAME, prm->user);
		curl_easy_setopt(e, CURLOPT_PASSWORD,
				 prm->password ? prm->password : "");
	}
	if (prm->ca_file)
		curl_easy_setopt(e, CURLOPT_CAINFO, prm->ca_file);
}

static int set_message(struct smtp_call *call, const struct smtp_prm *prm)
{
	CURL *e = call->easy;

	buf_sv(&call->message, prm->message);
	if (call->message.err || (prm->to && add_line(&call->rcpt, prm->to)) ||
	    (prm->connect_to && add_line(&call->connect_to, prm->connect_to)))
		return -ENOMEM;
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->why);
	if (prm->to) {
		curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	} else {
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "NOOP");
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	}
	curl_easy_setopt(e, CURLOPT_READFUNCTION, read_h);
	curl_easy_setopt(e, CURLOPT_READDATA, call);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, progress_h);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, call);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, call->rcpt);
	curl_easy_setopt(e, CURLOPT_CONNECT_TO, call->connect_to);
	if (prm->to && curl_easy_setopt(e, CURLOPT_MAIL_FROM, prm->from))
		return -ENOMEM;
	return curl_easy_setopt(e, CURLOPT_URL, prm->url) ? -EINVAL : 0;
}

int smtp_send(struct smtp_call **out, struct loop *l,
	      const struct smtp_prm *prm, smtp_h *h, void *arg)
{
	struct smtp_call *call = calloc(1, sizeof(*call));
	int err = -ENOMEM;

	if (!call)
		return -ENOMEM;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	call->h = h;
	call->arg = arg;
	buf_init(&call->message, MESSAGE_MAX);
	call->easy = curl_easy_init();
	if (call->easy) {
		set_connection(call->easy, prm);
		err = set_message(call, prm);
	}
	if (!err)
		err = loop_work(l, work_h, done_h, call);
	if (err)
		call_free(call);
	else if (out)
		*out = call;
	return err;
}

void smtp_cancel(struct smtp_call *call)
{
	atomic_store(&call->cancelled, true);
}
