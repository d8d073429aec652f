/*
 * tcp_tls: TLS on memory buffers. What the socket brought goes into rbio,
 * what OpenSSL wants to send is taken out of wbio after each of its calls.
 */
#include "io/tcp_impl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/log.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

enum {
	SESSIONS_MAX = 32,
	RECORD_MAX = 16384,
	BIO_KEEP = 32768, /* an empty memory BIO larger than this goes */
};

struct session {
	struct list node;
	SSL_SESSION *s;
	char host[TCP_HOST_MAX];
};

/* What is read is handed on at once: one buffer serves all. */
static char plain_buf[RECORD_MAX], cipher_buf[4 * RECORD_MAX];

/* ---- contexts ---- */

static void why_not(const char *what, const char *file)
{
	char text[160] = "no reason given";
	unsigned long e = ERR_peek_last_error();

	if (e)
		ERR_error_string_n(e, text, sizeof(text));
	ERR_clear_error();
	log_error("tls", "%s %s: %s", what, file ? file : "", text);
}

static void drop_session(struct tcp_tls *t, struct session *s)
{
	list_del(&s->node);
	t->nsessions--;
	SSL_SESSION_free(s->s);
	free(s);
}

static struct session *find_session(const struct tcp_tls *t, const char *host)
{
	struct list *i;

	LIST_FOREACH (i, &t->sessions) {
		struct session *s = list_entry(i, struct session, node);

		if (!strcmp(s->host, host))
			return s;
	}
	return NULL;
}

/* A server offers a session: the newest of each host is kept. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	struct tcp *w = SSL_get_app_data(ssl);
	struct session *s;

	if (!w || !w->tls)
		return 0;
	s = find_session(w->tls, w->host);
	if (s) {
		SSL_SESSION_free(s->s);
		s->s = session;
		return 1;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return 0;
	s->s = session;
	memcpy(s->host, w->host, sizeof(s->host));
	if (w->tls->nsessions == SESSIONS_MAX)
		drop_session(w->tls, list_entry(w->tls->sessions.next,
						struct session, node));
	list_add(&w->tls->sessions, &s->node);
	w->tls->nsessions++;
	return 1;
}

static int tls_new(struct tcp_tls **out, const SSL_METHOD *method)
{
	struct tcp_tls *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	list_init(&t->sessions);
	t->ctx = SSL_CTX_new(method);
	if (!t->ctx) {
		free(t);
		return -ENOMEM;
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_RELEASE_BUFFERS);
	*out = t;
	return 0;
}

int tcp_tls_client(struct tcp_tls **out, const char *ca_file)
{
	struct tcp_tls *t;
	int err = tls_new(&t, TLS_client_method()), ok;

	if (err)
		return err;
	/* The one file is a third faster to set up than the system's folder. */
	if (!ca_file && !access(SYSTEM_CA, R_OK))
		ca_file = SYSTEM_CA;
	ok = ca_file ? SSL_CTX_load_verify_locations(t->ctx, ca_file, NULL)
		     : SSL_CTX_set_default_verify_paths(t->ctx);
	if (ok != 1) {
		why_not("authorities", ca_file);
		tcp_tls_free(t);
		return -EINVAL;
	}
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(
		t->ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, on_session);
	*out = t;
	return 0;
}

int tcp_tls_server(struct tcp_tls **out, const char *cert_file,
		   const char *key_file)
{
	struct tcp_tls *t;
	int err = tls_new(&t, TLS_server_method());

	if (err)
		return err;
	if (SSL_CTX_use_certificate_chain_file(t->ctx, cert_file) != 1 ||
	    SSL_CTX_use_PrivateKey_file(t->ctx, key_file, SSL_FILETYPE_PEM) !=
		    1 ||
	    SSL_CTX_check_private_key(t->ctx) != 1) {
		why_not("certificate", cert_file);
		tcp_tls_free(t);
		return -EINVAL;
	}
	*out = t;
	return 0;
}

struct tcp_tls *tcp_tls_free(struct tcp_tls *t)
{
	if (!t)
		return NULL;
	while (!list_empty(&t->sessions))
		drop_session(
			t, list_entry(t->sessions.next, struct session, node));
	SSL_CTX_free(t->ctx);
	free(t);
	return NULL;
}

/* ---- a connection ---- */

static int expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char addr[sizeof(struct in6_addr)];
	int ok;

	/* Names go into the hello; addresses must not (RFC 6066). */
	if (inet_pton(AF_INET, host, addr) == 1 ||
	    inet_pton(AF_INET6, host, addr) == 1)
		ok = X509_VERIFY_PARAM_set1_ip_asc(param, host);
	else
		ok = SSL_set_tlsext_host_name(ssl, host) &&
		     SSL_set1_host(ssl, host);
	return ok ? 0 : -EINVAL;
}

int tcp_tls_attach(struct tcp *w)
{
	const struct session *s;

	w->ssl = SSL_new(w->tls->ctx);
	w->rbio = BIO_new(BIO_s_mem());
	w->wbio = BIO_new(BIO_s_mem());
	if (!w->ssl || !w->rbio || !w->wbio) {
		BIO_free(w->rbio);
		BIO_free(w->wbio);
		return -ENOMEM;
	}
	SSL_set_bio(w->ssl, w->rbio, w->wbio);
	SSL_set_app_data(w->ssl, w);
	if (!w->host[0]) {
		SSL_set_accept_state(w->ssl);
		return 0;
	}
	SSL_set_connect_state(w->ssl);
	s = find_session(w->tls, w->host);
	if (s)
		SSL_set_session(w->ssl, s->s);
	return expect_host(w->ssl, w->host);
}

void tcp_tls_detach(struct tcp *w)
{
	if (w->ssl) /* else its session could not be resumed (RFC 8446 6.1) */
		SSL_set_shutdown(w->ssl,
				 SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(w->ssl); /* and the BIOs */
	w->ssl = NULL;
}

static bool is_large(BIO *b)
{
	BUF_MEM *m = NULL;

	BIO_get_mem_ptr(b, &m);
	return m && !m->length && m->max > BIO_KEEP;
}

/* A memory BIO keeps its largest size: a new one instead. */
static void shrink(struct tcp *w)
{
	BIO *b;

	if (is_large(w->wbio) && (b = BIO_new(BIO_s_mem()))) {
		SSL_set0_wbio(w->ssl, b);
		w->wbio = b;
	}
	if (is_large(w->rbio) && (b = BIO_new(BIO_s_mem()))) {
		SSL_set0_rbio(w->ssl, b);
		w->rbio = b;
	}
}

/* Hands what OpenSSL wants to send to the kernel. */
static int flush(struct tcp *w)
{
	int n, err = 0;

	while (!err && !w->closing && BIO_ctrl_pending(w->wbio)) {
		n = BIO_read(w->wbio, cipher_buf, sizeof(cipher_buf));
		if (n > 0)
			err = tcp_put(w, cipher_buf, (size_t)n);
	}
	shrink(w);
	return err;
}

static void tls_failed(struct tcp *w)
{
	unsigned long e = ERR_peek_last_error();
	long verify = SSL_get_verify_result(w->ssl);
	const char *reason = e ? ERR_reason_error_string(e) : NULL;
	char why[TCP_WHY_MAX];

	if (verify != X509_V_OK)
		snprintf(why, sizeof(why), "certificate: %s",
			 X509_verify_cert_error_string(verify));
	else
		snprintf(why, sizeof(why), "TLS: %s",
			 reason ? reason : "broken off");
	ERR_clear_error();
	(void)flush(w); /* the alert */
	tcp_die(w, -EPROTO, why);
}

void tcp_tls_shake(struct tcp *w)
{
	int ret;

	ERR_clear_error(); /* of others: it would count as ours */
	ret = SSL_do_handshake(w->ssl);

	if (ret != 1 && SSL_get_error(w->ssl, ret) != SSL_ERROR_WANT_READ) {
		tls_failed(w);
		return;
	}
	if (flush(w))
		tcp_die(w, -ENOMEM, NULL);
	else if (ret == 1 && !w->closing)
		tcp_is_open(w);
}

static void read_plain(struct tcp *w)
{
	int n = 0;

	ERR_clear_error();
	while (!w->closing &&
	       (n = SSL_read(w->ssl, plain_buf, sizeof(plain_buf))) > 0)
		w->h.readh((struct sv){plain_buf, (size_t)n}, w->h.arg);
	if (w->closing)
		return;
	switch (SSL_get_error(w->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		if (flush(w)) /* answers to renewed keys */
			tcp_die(w, -ENOMEM, NULL);
		break;
	case SSL_ERROR_ZERO_RETURN:
		tcp_die(w, 0, NULL);
		break;
	default:
		tls_failed(w);
	}
}

void tcp_tls_read(struct tcp *w, const char *p, size_t n)
{
	if (BIO_write(w->rbio, p, (int)n) != (int)n) {
		tcp_die(w, -ENOMEM, NULL);
		return;
	}
	if (!w->open)
		tcp_tls_shake(w);
	if (w->open && !w->closing)
		read_plain(w);
}

int tcp_tls_send(struct tcp *w, struct sv bytes)
{
	size_t done;

	ERR_clear_error();
	if (SSL_write_ex(w->ssl, bytes.p, bytes.len, &done) != 1) {
		tls_failed(w);
		return 0; /* closedh tells */
	}
	return flush(w);
}

void tcp_tls_bye(struct tcp *w)
{
	SSL_shutdown(w->ssl);
	ERR_clear_error();
	(void)flush(w);
}

bool tcp_resumed(const struct tcp *w)
{
	return w->ssl && SSL_session_reused(w->ssl);
}
