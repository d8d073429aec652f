/*
 * cost: what one call costs once it is set up. A real socket of a carrier, the
 * real session, engine, play queue and link to a speech process. Nothing of
 * ours allocates (malloc and the like are counted at our own objects), what
 * is ready together goes out in one write, and where both sides speak μ-law
 * each byte arrives as it was sent.
 */
#include "tests/unit/dialog/talk.h"
#include "tests/unit/io/peer.h"

#include <execinfo.h>
#include <sys/un.h>

#include <libwebsockets.h>

#include "audio/tongue.h"
#include "base/b64.h"
#include "io/link.h"
#include "media/session.h"
#include "speech/local/proto.h"

/* ---- counting ---- */

static bool counting;
static unsigned allocs, writes, frames_a_write;
static unsigned long long frames_before;
static struct media_counts counts;

static void note_alloc(void)
{
	void *at[6];

	if (!counting)
		return;
	counting = false;
	if (++allocs <= 3)
		backtrace_symbols_fd(at, backtrace(at, 6), 2);
	counting = true;
}

#define WRAP(type, name, args, pass)                                           \
	type __real_##name args;                                               \
	type __wrap_##name args;                                               \
	type __wrap_##name args                                                \
	{                                                                      \
		note_alloc();                                                  \
		return __real_##name pass;                                     \
	}
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))
WRAP(json_t *, json_loadb, (const char *b, size_t n, size_t f, json_error_t *e),
     (b, n, f, e))

int __real_lws_write(struct lws *wsi, unsigned char *buf, size_t len,
		     enum lws_write_protocol p);
int __wrap_lws_write(struct lws *wsi, unsigned char *buf, size_t len,
		     enum lws_write_protocol p);
int __wrap_lws_write(struct lws *wsi, unsigned char *buf, size_t len,
		     enum lws_write_protocol p)
{
	unsigned long long now = counts_get(&counts.frames_out);

	writes += counting;
	frames_a_write = MAX(frames_a_write, (unsigned)(now - frames_before));
	frames_before = now;
	return __real_lws_write(wsi, buf, len, p);
}

/* What becomes of words is not the media path. */
void __real_store_segment(struct session *s, const struct call_fx *fx);
void __wrap_store_segment(struct session *s, const struct call_fx *fx);
void __wrap_store_segment(struct session *s, const struct call_fx *fx)
{
	bool was = counting;

	counting = false;
	__real_store_segment(s, fx);
	counting = was;
}

void __real_store_flush(struct session *s);
void __wrap_store_flush(struct session *s);
void __wrap_store_flush(struct session *s)
{
	bool was = counting;

	counting = false;
	__real_store_flush(s);
	counting = was;
}

/* There is no database here, and nobody minds. */
int __wrap_pg_call(struct pg *p, const char *sql, int nparams,
		   const char *const *params, int timeout_ms, bool wait_down,
		   pg_h *h, void *arg);
int __wrap_pg_call(struct pg *p, const char *sql, int nparams,
		   const char *const *params, int timeout_ms, bool wait_down,
		   pg_h *h, void *arg)
{
	(void)p, (void)sql, (void)nparams, (void)params;
	(void)timeout_ms, (void)wait_down, (void)h, (void)arg;
	return -ENOTCONN;
}

bool __wrap_pg_up(const struct pg *p);
bool __wrap_pg_up(const struct pg *p)
{
	(void)p;
	return false;
}

/* ---- the house around the call ---- */

static struct loop *loop;
static struct web *web;
static struct web_listener *lis;
static struct media *media;
static struct session *session;
static struct carrier carrier;

/* The speech process: hears, and never stops speaking. */
static struct {
	struct link_server *server;
	struct link *link;
	struct timer *timer;
	char path[108];
	int fd;
	uint32_t voice; /* its session; 0: is not asked */
	uint32_t utt;
	uint32_t said_n;
	uint64_t heard_n, wrong;
} speech;

/* The carrier: one call, 20 ms a message, both ways. */
static struct {
	struct peer peer;
	struct timer *timer;
	struct tongue *tongue;
	unsigned sent, got, marks;
	uint64_t got_n, wrong;
	char out[8192];
} far;

static uint8_t call_byte(uint64_t n) /* faint: nobody is interrupted */
{
	return (uint8_t)(0xf0 | (n * 7 & 15));
}

static uint8_t our_byte(uint64_t n)
{
	return (uint8_t)(n * 5);
}

static void say_more(uint32_t n)
{
	static uint8_t pcm[TEL_RATE_HZ];
	uint8_t head[PROTO_HEAD_MAX];
	struct proto_msg m = {
		.type = PROTO_VOICE, .sess = speech.voice, .utt = speech.utt};

	for (uint32_t i = 0; i < n; i++)
		pcm[i] = our_byte(speech.said_n++);
	link_send(speech.link, PROTO_VOICE,
		  (struct sv){(char *)head, proto_head(head, &m)},
		  (struct sv){(char *)pcm, n});
}

static void speech_recv(struct link *k, uint8_t type, struct sv in, void *arg)
{
	struct proto_msg m;
	(void)arg;

	assert_int_equal(0, proto_parse(&m, type, in));
	if (m.type == PROTO_SAY && !speech.voice) {
		speech.link = k;
		speech.voice = m.sess;
		speech.utt = m.utt;
		say_more(4000);
	} else if (m.type == PROTO_AUDIO) {
		for (size_t i = 0; i < m.body.len; i++)
			speech.wrong += (uint8_t)m.body.p[i] !=
					call_byte((uint64_t)m.at_n + i);
		speech.heard_n += m.body.len;
	}
}

static void speech_closed(struct link *k, void *arg)
{
	(void)arg;
	if (k == speech.link)
		speech.voice = 0;
}

static void speech_tick(void *arg)
{
	(void)arg;
	if (speech.voice)
		say_more(800);
}

static void speech_start(void)
{
	static const struct link_handlers h = {.recvh = speech_recv,
					       .closedh = speech_closed};
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	snprintf(speech.path, sizeof(speech.path), "/tmp/nightbell-cost-%d",
		 getpid());
	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(speech.path));
	unlink(speech.path);
	speech.fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(0,
			 bind(speech.fd, (struct sockaddr *)&un, sizeof(un)));
	assert_int_equal(0, listen(speech.fd, 8));
	assert_int_equal(0, link_listen(&speech.server, loop, speech.fd, &h));
	assert_int_equal(0, timer_new(&speech.timer, loop, speech_tick, NULL));
	timer_every(speech.timer, 100);
}

/* ---- the carrier's side ---- */

static void far_write(const char *json, int len)
{
	char b[4200] = {(char)0x81};
	int head = 4;

	assert_in_range(len, 1, 4000);
	b[1] = (char)(0x80 | MIN(len, 126));
	if (len < 126) {
		head = 2;
	} else {
		b[2] = (char)(len >> 8);
		b[3] = (char)len;
	}
	memset(b + head, 0, 4); /* a mask of zeros */
	memcpy(b + head + 4, json, (size_t)len);
	send(far.peer.fd, b, (size_t)(head + 4 + len), MSG_NOSIGNAL);
}

static void far_tick(void *arg)
{
	static char json[4000], b64[B64_LEN(2000)];
	uint8_t ulaw[TEL_FRAME_N];
	const uint8_t *p;
	int len;
	(void)arg;

	for (size_t i = 0; i < sizeof(ulaw); i++)
		ulaw[i] = call_byte((uint64_t)far.sent * TEL_FRAME_N + i);
	len = tongue_write(far.tongue, ulaw, TEL_FRAME_N, &p);
	assert_true(len > 0);
	len = (int)b64_encode(b64, p, (size_t)len);
	len = snprintf(json, sizeof(json),
		       "{\"event\":\"media\",\"sequenceNumber\":\"%u\","
		       "\"streamSid\":\"MZ1\",\"media\":{\"track\":\"inbound\","
		       "\"chunk\":\"%u\",\"timestamp\":\"%u\","
		       "\"payload\":\"%.*s\"}}",
		       far.sent + 2, far.sent + 1, far.sent * 20, len, b64);
	far_write(json, len);
	far.sent++;
}

static void far_audio(struct sv b64)
{
	uint8_t b[4096];
	int len = b64_decode(b, sizeof(b), b64), n;

	assert_true(len > 0);
	far.got++;
	if (carrier.codec == CODEC_ULAW)
		for (int i = 0; i < len; i++)
			far.wrong += b[i] != our_byte(far.got_n + (unsigned)i);
	n = tongue_look(far.tongue, b, (size_t)len);
	assert_int_equal(TEL_FRAME_N, n);
	(void)tongue_read(far.tongue);
	far.got_n += (unsigned)n;
}

static void far_message(struct sv in)
{
	static const char audio[] = "\"payload\":\"", mark[] = "\"name\":\"";
	const char *p = memmem(in.p, in.len, audio, sizeof(audio) - 1);
	char json[128];
	const char *end;

	if (p) {
		p += sizeof(audio) - 1;
		end = memchr(p, '"', (size_t)(in.p + in.len - p));
		assert_non_null(end);
		far_audio((struct sv){p, (size_t)(end - p)});
	}
	p = memmem(in.p, in.len, mark, sizeof(mark) - 1);
	if (p) {
		p += sizeof(mark) - 1;
		end = memchr(p, '"', (size_t)(in.p + in.len - p));
		assert_non_null(end);
		far_write(json,
			  snprintf(json, sizeof(json),
				   "{\"event\":\"mark\",\"streamSid\":"
				   "\"MZ1\",\"mark\":{\"name\":\"%.*s\"}}",
				   (int)(end - p), p));
		far.marks++;
	}
}

/* Takes the frames that are complete out of what came. */
static void far_read(void)
{
	struct buf *in = &far.peer.in;
	size_t at = 0;

	while (in->len - at >= 4) {
		const uint8_t *p = (uint8_t *)in->p + at;
		size_t len = p[1], head = 2;

		if (len == 126) {
			len = (size_t)p[2] << 8 | p[3];
			head = 4;
		}
		if (in->len - at < head + len)
			break;
		far_message((struct sv){(char *)p + head, len});
		at += head + len;
	}
	buf_drop(in, at);
}

static int upgrade_h(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	int status = media_accept(media, &carrier, SV("abc"), h);
	(void)r, (void)arg;

	session = h->arg;
	return status;
}

static void request_h(struct web_req *r, void *arg)
{
	(void)arg;
	web_reply(r, 404, "text/plain", SV(""), NULL);
}

static void far_start(int port)
{
	peer_open(&far.peer, loop, port, 0);
	peer_send(&far.peer,
		  "GET /x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	RUN_UNTIL(loop, peer_has(&far.peer, "\r\n\r\n"));
	buf_reset(&far.peer.in);
	assert_int_equal(
		0, tongue_new(&far.tongue, carrier.codec, carrier.rate_hz));
	assert_int_equal(0, timer_new(&far.timer, loop, far_tick, NULL));
	timer_every(far.timer, 20);
}

static char on[] = "on", off[] = "off";

/* As when the desk has answered. */
static void begin(void)
{
	char *script = talk_script(TALK_SCRIPT);
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "{\"script\":%s,\"context\":%s}", script, talk_context);
	sv_copy(session->stream, sizeof(session->stream), SV("MZ1"));
	sv_copy(session->id, sizeof(session->id), SV("c1"));
	session->origin_us = clock_mono_us();
	session->state = SESSION_BEGINNING;
	session_begin(session, buf_get(&b));
	assert_int_equal(SESSION_LIVE, session->state);
	buf_fini(&b);
	free(script);
}

static bool reached(unsigned n)
{
	far_read();
	return far.sent >= n && far.got >= n;
}

static void call_with(enum codec_id id, unsigned rate_hz, char *echo)
{
	static char rms[] = "rms", local[] = "local", script[] = "script";
	struct config cfg = {0};
	struct media_prm prm = {.cfg = &cfg, .counts = &counts};
	struct web_listen_prm lp = {.name = "carrier",
				    .body_max = 1000,
				    .header_ms = 1000,
				    .requesth = request_h,
				    .upgradeh = upgrade_h,
				    .openedh = media_opened};
	int64_t until_us;
	unsigned had;
	int port;

	cfg.speech.voice = rms;
	cfg.speech.stt = cfg.speech.tts = local;
	cfg.assistant.kind = script;
	cfg.media.send_ahead_ms = 120;
	cfg.media.echo = echo;
	memset(&speech, 0, sizeof(speech));
	memset(&far, 0, sizeof(far));
	memset(&counts, 0, sizeof(counts));
	allocs = writes = frames_a_write = 0;
	frames_before = 0;
	carrier = *carrier_find(SV("twilio"));
	carrier.codec = id;
	carrier.rate_hz = rate_hz;
	assert_int_equal(0, loop_new(&loop));
	assert_int_equal(0, web_new(&web, loop));
	speech_start();
	prm.loop = loop;
	prm.speech_path = speech.path;
	assert_int_equal(0, media_new(&media, &prm));
	lp.fd = peer_listen(&port);
	assert_int_equal(0, web_listen(&lis, web, &lp));
	RUN_UNTIL(loop, media->local->env); /* and the link is up: */
	far_start(port);
	RUN_UNTIL(loop, session && session->sock);
	begin();

	RUN_UNTIL(loop, reached(40));
	had = far.got;
	counting = true;
	until_us = clock_mono_us() + 10000000;
	while (!reached(100) && clock_mono_us() < until_us)
		uv_run(loop_uv(loop), UV_RUN_ONCE);
	counting = false;
	assert_true(reached(100));
	print_message("%u frames out, %u writes, %u allocations, %u marks, up "
		      "to %u frames a write\n",
		      far.got - had, writes, allocs, far.marks, frames_a_write);
	assert_int_equal(0, allocs);
	/* a mark goes with its frame; the loop may have been late */
	assert_true(writes <= far.got - had + 4);
	assert_true(frames_a_write >= 5); /* the send-ahead, at its begin */
	assert_true(far.marks >= 5);
	assert_true(speech.heard_n >= 90 * TEL_FRAME_N);
	if (id == CODEC_ULAW) {
		assert_int_equal(0, far.wrong);
		if (echo == off) /* the canceller listens to us */
			assert_int_equal(0, speech.wrong);
	}
	assert_int_equal(0, counts_get(&counts.bad_messages));

	far.timer = timer_free(far.timer);
	peer_close(&far.peer);
	media_cut(media);
	RUN_UNTIL(loop, !media_calls(media));
	media = media_free(media);
	lis = web_listener_free(lis);
	web = web_free(web);
	close(lp.fd);
	speech.timer = timer_free(speech.timer);
	link_server_free(speech.server);
	close(speech.fd);
	unlink(speech.path);
	tongue_free(far.tongue);
	session = NULL;
	uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	loop = loop_free(loop);
}

static void test_ulaw(void **state)
{
	(void)state;
	call_with(CODEC_ULAW, 8000, off);
}

static void test_canceller(void **state)
{
	(void)state;
	call_with(CODEC_ULAW, 8000, on);
}

static void test_alaw(void **state)
{
	(void)state;
	call_with(CODEC_ALAW, 8000, on);
}

static void test_l16(void **state)
{
	(void)state;
	call_with(CODEC_L16, 24000, on);
}

static void test_opus(void **state)
{
	(void)state;
	call_with(CODEC_OPUS, 48000, on);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ulaw), cmocka_unit_test(test_canceller),
		cmocka_unit_test(test_alaw), cmocka_unit_test(test_l16),
		cmocka_unit_test(test_opus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
