/*
 * provider: what stands behind the thing that is measured. By path:
 *   /v1/realtime   OpenAI's Realtime API: one endless reply, an echo
 *   /v1/listen     Deepgram's live recogniser: a sentence now and then
 *   other          the relay's floor: each message comes back as it is
 * Only as much of each protocol as a measurement needs; tools/provsim is the
 * faithful one.
 */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"

enum shape { SHAPE_ECHO, SHAPE_OPENAI, SHAPE_DEEPGRAM };

/* A sentence is heard so often, an interim text so often. */
enum { SENTENCE_FRAMES = 300, INTERIM_FRAMES = 25 };

struct session {
	struct load *l;
	struct tcp *tcp;
	struct ws_in in;
	struct buf head;
	bool open, replying;
	enum shape shape;
	uint64_t pos_n; /* of the audio that came */
	uint8_t frame[FRAME_N];
	uint32_t sentences;
	struct packets_ear ear; /* of a page's call … */
	struct caller *caller;	/* … and whose it is; NULL: not known */
	int64_t first_us;
};

static void put_frame(struct session *s, enum ws_op op, struct sv msg)
{
	static uint8_t room[1 << 16];
	struct buf b = {.p = (char *)room, .cap = sizeof(room)};

	if (msg.len + WS_HEAD_MAX + 1 < sizeof(room) &&
	    !ws_put(&b, op, msg, NULL))
		tcp_send(s->tcp, buf_get(&b));
}

static void put_text(struct session *s, const char *text)
{
	put_frame(s, WS_TEXT, sv_str(text));
}

/* ---- OpenAI ---- */

static bool is_type(struct sv msg, const char *type)
{
	char want[80];
	size_t n =
		(size_t)snprintf(want, sizeof(want), "\"type\":\"%s\"", type);

	return memmem(msg.p, MIN(msg.len, 120u), want, n);
}

static void begin_reply(struct session *s)
{
	if (s->replying)
		return;
	s->replying = true;
	put_text(s, "{\"type\":\"response.created\",\"event_id\":\"e2\","
		    "\"response\":{\"id\":\"resp_1\",\"object\":"
		    "\"realtime.response\",\"status\":\"in_progress\","
		    "\"output\":[]}}");
	put_text(s,
		 "{\"type\":\"response.output_item.added\",\"event_id\":\"e3\","
		 "\"response_id\":\"resp_1\",\"output_index\":0,\"item\":{"
		 "\"id\":\"item_1\",\"object\":\"realtime.item\",\"type\":"
		 "\"message\",\"status\":\"in_progress\",\"role\":"
		 "\"assistant\",\"content\":[]}}");
	put_text(s, "{\"type\":\"response.content_part.added\",\"event_id\":"
		    "\"e4\",\"response_id\":\"resp_1\",\"item_id\":\"item_1\","
		    "\"output_index\":0,\"content_index\":0,\"part\":{\"type\":"
		    "\"audio\",\"transcript\":\"\"}}");
}

static void take_append(struct session *s, struct sv msg, int64_t now_us)
{
	static const char field[] = "\"audio\":\"";
	static char json[8192];
	uint8_t pcm[18];
	uint32_t call, seq;
	const char *p = memmem(msg.p, msg.len, field, sizeof(field) - 1), *end;
	struct sv b64;
	int len;

	if (!p)
		return;
	p += sizeof(field) - 1;
	end = memchr(p, '"', (size_t)(msg.p + msg.len - p));
	if (!end)
		return;
	b64 = (struct sv){p, (size_t)(end - p)};
	if (b64_decode(pcm, sizeof(pcm),
		       (struct sv){p, MIN(b64.len, B64_LEN(18))}) >=
		    STAMP_LEN &&
	    stamp_get(pcm, &call, &seq))
		load_arrived(s->l, call, seq, now_us);
	if (!s->replying)
		return;
	len = snprintf(json, sizeof(json),
		       "{\"type\":\"response.output_audio.delta\",\"event_id\":"
		       "\"e5\",\"response_id\":\"resp_1\",\"item_id\":"
		       "\"item_1\",\"output_index\":0,\"content_index\":0,"
		       "\"delta\":\"%.*s\"}",
		       SV_ARG(b64));
	put_frame(s, WS_TEXT, (struct sv){json, (size_t)len});
}

/* All settings are taken as they are asked for. */
static void put_updated(struct session *s, struct sv msg)
{
	struct sv session;
	struct buf b;

	if (js_get(msg, "session", &session))
		return;
	buf_init(&b, 0);
	buf_str(&b, "{\"type\":\"session.updated\",\"event_id\":\"e1\","
		    "\"session\":");
	buf_sv(&b, session);
	buf_char(&b, '}');
	put_frame(s, WS_TEXT, buf_get(&b));
	buf_fini(&b);
}

static void openai(struct session *s, struct sv msg, int64_t now_us)
{
	if (is_type(msg, "input_audio_buffer.append")) {
		take_append(s, msg, now_us);
	} else if (is_type(msg, "session.update")) {
		put_updated(s, msg);
	} else if (is_type(msg, "response.create")) {
		begin_reply(s);
	}
}

/* ---- Deepgram ---- */

static void put_result(struct session *s, bool final)
{
	static const char text[] = "what does it cost";
	double at = (double)s->pos_n / 8000, from = MAX(at - 1.5, 0);
	char json[1024];
	int len = snprintf(
		json, sizeof(json),
		"{\"type\":\"Results\",\"channel_index\":[0,1],\"duration\":"
		"%.3f,\"start\":%.3f,\"is_final\":%s,\"speech_final\":%s,"
		"\"channel\":{\"alternatives\":[{\"transcript\":\"%s\","
		"\"confidence\":0.99,\"words\":[{\"word\":\"what\",\"start\":"
		"%.3f,\"end\":%.3f,\"confidence\":0.99,\"punctuated_word\":"
		"\"what\"},{\"word\":\"does\",\"start\":%.3f,\"end\":%.3f,"
		"\"confidence\":0.99,\"punctuated_word\":\"does\"},{\"word\":"
		"\"it\",\"start\":%.3f,\"end\":%.3f,\"confidence\":0.99,"
		"\"punctuated_word\":\"it\"},{\"word\":\"cost\",\"start\":%.3f,"
		"\"end\":%.3f,\"confidence\":0.99,\"punctuated_word\":"
		"\"cost\"}]}]},\"metadata\":{\"request_id\":\"r\"},"
		"\"from_finalize\":false}",
		at - from, from, final ? "true" : "false",
		final ? "true" : "false", text, from, from + 0.2, from + 0.2,
		from + 0.4, from + 0.4, from + 0.6, from + 0.6, at);

	put_frame(s, WS_TEXT, (struct sv){json, (size_t)len});
}

/*
 * The next frame of a page's call. It is the caller's packet of that number,
 * for the gateway lets us hear each call from its first packet on; where it
 * did not, the sound does not fit and nothing is counted.
 */
static void hear_page(struct session *s, int64_t now_us)
{
	struct packets_ear *ear = &s->ear;
	bool before = ear->known, due;

	if (!ear->n)
		s->first_us = now_us;
	due = packets_hear(s->l->packets, ear, s->frame);
	if (ear->known && !before) {
		s->caller = page_caller(s->l, ear->start);
		if (s->caller) /* it was heard, only not yet known */
			load_reached(s->caller, s->first_us);
	}
	if (due && s->caller)
		load_arrived(s->l, s->caller->index, (uint32_t)ear->n - 1,
			     now_us);
	else if (before)
		s->l->strange += s->l->measuring;
}

static void deepgram(struct session *s, const struct ws_msg *m, int64_t now_us)
{
	uint32_t call, seq;

	if (m->op != WS_BINARY)
		return;
	for (size_t i = 0; i < m->data.len; i++) {
		uint64_t nth;

		s->frame[s->pos_n++ % FRAME_N] = (uint8_t)m->data.p[i];
		if (s->pos_n % FRAME_N)
			continue;
		if (s->l->packets)
			hear_page(s, now_us);
		else if (stamp_get(s->frame, &call, &seq))
			load_arrived(s->l, call, seq, now_us);
		nth = s->pos_n / FRAME_N % SENTENCE_FRAMES;
		if (!nth)
			put_result(s, true);
		else if (nth > SENTENCE_FRAMES / 2 && !(nth % INTERIM_FRAMES))
			put_result(s, false);
	}
}

/* ---- the floor ---- */

static void echo(struct session *s, struct sv msg, int64_t now_us)
{
	static const char field[] = "\"payload\":\"";
	const char *p = memmem(msg.p, msg.len, field, sizeof(field) - 1);
	uint8_t pcm[18];
	uint32_t call, seq;

	put_frame(s, WS_TEXT, msg);
	if (p && p + sizeof(field) - 1 + B64_LEN(18) < msg.p + msg.len &&
	    b64_decode(pcm, sizeof(pcm),
		       (struct sv){p + sizeof(field) - 1, B64_LEN(18)}) >=
		    STAMP_LEN &&
	    stamp_get(pcm, &call, &seq))
		load_arrived(s->l, call, seq, now_us);
}

/* ---- connections ---- */

/* True once the request is answered; *bytes is what follows it. */
static bool answer(struct session *s, struct sv *bytes)
{
	char accept[WS_ACCEPT_LEN + 1], text[256];
	const char *end;
	struct sv head, k;
	int len;

	buf_sv(&s->head, *bytes);
	end = memmem(s->head.p, s->head.len, "\r\n\r\n", 4);
	if (!end)
		return false;
	head = (struct sv){s->head.p, (size_t)(end + 4 - s->head.p)};
	if (ws_header(head, "sec-websocket-key", &k)) {
		tcp_cut(s->tcp);
		return false;
	}
	ws_accept(accept, k);
	len = snprintf(text, sizeof(text),
		       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket"
		       "\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s"
		       "\r\n\r\n",
		       accept);
	tcp_send(s->tcp, (struct sv){text, (size_t)len});
	if (memmem(head.p, MIN(head.len, 200u), "/v1/realtime", 12))
		s->shape = SHAPE_OPENAI;
	else if (memmem(head.p, MIN(head.len, 200u), "/v1/listen", 10))
		s->shape = SHAPE_DEEPGRAM;
	*bytes = (struct sv){end + 4, s->head.len - head.len};
	s->open = true;
	if (s->shape == SHAPE_OPENAI)
		put_text(s, "{\"type\":\"session.created\",\"event_id\":\"e0\","
			    "\"session\":{\"type\":\"realtime\",\"id\":"
			    "\"sess_1\",\"object\":\"realtime.session\"}}");
	return true;
}

static void on_read(struct sv bytes, void *arg)
{
	struct session *s = arg;
	int64_t now_us = clock_mono_us();
	struct ws_msg m;

	if (!s->open && !answer(s, &bytes))
		return;
	tcp_hold(s->tcp);
	while (ws_in_next(&s->in, &bytes, &m) == 1)
		if (m.op == WS_CLOSE)
			break;
		else if (m.op == WS_PING)
			put_frame(s, WS_PONG, m.data);
		else if (s->shape == SHAPE_DEEPGRAM)
			deepgram(s, &m, now_us);
		else if (s->shape == SHAPE_OPENAI)
			openai(s, m.data, now_us);
		else
			echo(s, m.data, now_us);
	tcp_release(s->tcp);
}

static void on_open(void *arg)
{
	(void)arg; /* TLS is up: the request follows */
}

static void on_closed(int err, const char *why, void *arg)
{
	struct session *s = arg;
	(void)err;
	(void)why;

	ws_in_fini(&s->in);
	buf_fini(&s->head);
	free(s);
}

struct door {
	struct load *l;
	int fd;
	struct watch *watch;
};

static void on_accept(void *arg)
{
	struct door *d = arg;
	struct session *s;
	int fd;

	while ((fd = accept4(d->fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		struct tcp_handlers h = {.openh = on_open,
					 .readh = on_read,
					 .closedh = on_closed};

		s = calloc(1, sizeof(*s));
		if (!s)
			exit(1);
		s->l = d->l;
		h.arg = s;
		ws_in_init(&s->in, true, 1u << 20);
		buf_init(&s->head, 16384);
		if (tcp_adopt(&s->tcp, d->l->loop, fd, d->l->tls_server, &h))
			exit(1);
	}
}

int provider_listen(struct load *l, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct door *d = calloc(1, sizeof(*d));
	int one = 1;

	if (!d)
		return -ENOMEM;
	d->l = l;
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(d->fd, (struct sockaddr *)&in, sizeof(in)) ||
	    listen(d->fd, 1024))
		return -errno;
	return watch_new(&d->watch, l->loop, d->fd, on_accept, d);
}
