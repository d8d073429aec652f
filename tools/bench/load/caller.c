/*
 * caller: the carrier's side of each call, as Twilio's media streams are. Of a
 * call from a page it has the connection; page.c has what is said on it.
 */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/b64.h"
#include "base/clock.h"
#include "base/js.h"

static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";
/* Frames are masked with zeros: the receiver's work is the same. */
static const uint8_t mask[4];

int caller_send(struct caller *c, enum ws_op op, struct sv msg)
{
	static uint8_t room[2048];
	struct buf b = {.p = (char *)room, .cap = sizeof(room)};
	int err;

	if (msg.len + WS_HEAD_MAX + 1 > sizeof(room))
		return -EMSGSIZE;
	err = ws_put(&b, op, msg, mask);
	return err ? err : tcp_send(c->tcp, buf_get(&b));
}

static void put_text(struct caller *c, struct sv json)
{
	caller_send(c, WS_TEXT, json);
}

static void say_start(struct caller *c)
{
	struct buf b;

	buf_init(&b, 0);
	buf_str(&b, "{\"event\":\"connected\",\"protocol\":\"Call\","
		    "\"version\":\"1.0.0\"}");
	put_text(c, buf_get(&b));
	buf_reset(&b);
	buf_printf(&b,
		   "{\"event\":\"start\",\"sequenceNumber\":\"1\","
		   "\"streamSid\":\"MZ%08u\",\"start\":{\"streamSid\":"
		   "\"MZ%08u\",\"accountSid\":\"AC\",\"callSid\":\"%s\","
		   "\"tracks\":[\"inbound\"],\"mediaFormat\":{\"encoding\":"
		   "\"audio/x-mulaw\",\"sampleRate\":8000,\"channels\":1},"
		   "\"customParameters\":{\"token\":\"%s\"}}}",
		   c->index, c->index, c->sid, c->token);
	put_text(c, buf_get(&b));
	buf_fini(&b);
}

static int put_frame(struct caller *c)
{
	static char tail[B64_LEN(FRAME_N)];
	char json[640], b64[B64_LEN(18) + 1];
	uint8_t head[18];
	int len;

	if (!tail[0]) { /* what follows the stamp is faint and the same */
		uint8_t quiet[FRAME_N];

		memset(quiet, 0xfe, sizeof(quiet));
		b64_encode(tail, quiet, FRAME_N - sizeof(head));
	}
	memset(head, 0xfe, sizeof(head));
	stamp_put(head, c->index, c->seq);
	b64[b64_encode(b64, head, sizeof(head))] = '\0';
	len = snprintf(json, sizeof(json),
		       "{\"event\":\"media\",\"sequenceNumber\":\"%u\","
		       "\"streamSid\":\"MZ%08u\",\"media\":{\"track\":"
		       "\"inbound\",\"chunk\":\"%u\",\"timestamp\":\"%u\","
		       "\"payload\":\"%s%s\"}}",
		       c->seq + 2, c->index, c->seq + 1, c->seq * 20, b64,
		       tail);
	return caller_send(c, WS_TEXT, (struct sv){json, (size_t)len});
}

void caller_frame(struct caller *c, int64_t now_us)
{
	if (c->l->packets ? page_frame(c) : put_frame(c))
		return;
	c->sent_us[c->seq % SENT_KEPT] = now_us;
	c->seen_us[c->seq % SENT_KEPT] = 0;
	c->l->sent += c->l->measuring;
	c->seq++;
}

static void say_stop(struct caller *c)
{
	char json[160];
	int len;

	len = snprintf(json, sizeof(json),
		       "{\"event\":\"stop\",\"sequenceNumber\":\"%u\","
		       "\"streamSid\":\"MZ%08u\",\"stop\":{\"accountSid\":"
		       "\"AC\",\"callSid\":\"%s\"}}",
		       c->seq + 2, c->index, c->sid);
	put_text(c, (struct sv){json, (size_t)len});
}

void caller_stop(struct caller *c)
{
	struct buf b;

	if (!c->begun)
		return;
	c->begun = false;
	c->stopped = true;
	if (c->l->packets)
		page_stop(c);
	else
		say_stop(c);
	buf_init(&b, 0);
	if (!ws_put_close(&b, WS_CLOSE_NORMAL, SV(""), mask))
		tcp_send(c->tcp, buf_get(&b));
	buf_fini(&b);
}

/*
 * Speech that is no echo. It is paced: each frame comes when the one that is
 * heard then leaves room in the send-ahead. How much later did it come?
 */
void caller_speech(struct caller *c, int64_t now_us)
{
	struct load *l = c->l;
	int64_t ahead_us = c->play_us - now_us;

	if (ahead_us < -200000) { /* a pause: it begins anew */
		c->spurt = 0;
		c->play_us = now_us;
	}
	c->spurt++;
	c->play_us = MAX(c->play_us, now_us) + FRAME_US;
	if (!l->measuring || c->spurt <= AHEAD_FRAMES)
		return;
	l->other++;
	l->gaps += ahead_us < 0;
	hist_add(&l->pace, (AHEAD_FRAMES - 1) * FRAME_US - ahead_us);
}

/* A frame of ours that was played. */
static void take_audio(struct caller *c, struct sv b64, int64_t now_us)
{
	uint8_t pcm[18];
	uint32_t call, seq;
	struct load *l = c->l;
	int64_t *seen;

	b64.len = MIN(b64.len, B64_LEN(sizeof(pcm)));
	if (b64_decode(pcm, sizeof(pcm), b64) < STAMP_LEN ||
	    !stamp_get(pcm, &call, &seq) || call != c->index ||
	    !load_caller(l, call, seq)) {
		caller_speech(c, now_us);
		return;
	}
	l->echoing += !c->echoed;
	c->echoed = true;
	if (!l->measuring || c->sent_us[seq % SENT_KEPT] < l->from_us)
		return;
	seen = &c->seen_us[seq % SENT_KEPT];
	if (seq < c->back) {
		l->again++;
		return;
	}
	l->missing += c->back ? seq - c->back : 0;
	c->back = seq + 1;
	l->returned++;
	hist_add(&l->round, now_us - c->sent_us[seq % SENT_KEPT]);
	if (*seen)
		hist_add(&l->down, now_us - *seen);
}

static void echo_mark(struct caller *c, struct sv name)
{
	char json[160];
	int len = snprintf(json, sizeof(json),
			   "{\"event\":\"mark\",\"streamSid\":\"MZ%08u\","
			   "\"mark\":{\"name\":\"%.*s\"}}",
			   c->index, (int)MIN(name.len, 60u), name.p);

	put_text(c, (struct sv){json, (size_t)len});
}

static struct sv behind(struct sv msg, const char *what)
{
	size_t n = strlen(what);
	const char *p = memmem(msg.p, msg.len, what, n), *end;

	if (!p)
		return (struct sv){0};
	p += n;
	end = memchr(p, '"', (size_t)(msg.p + msg.len - p));
	return end ? (struct sv){p, (size_t)(end - p)} : (struct sv){0};
}

static void take_message(struct caller *c, struct sv msg, int64_t now_us)
{
	struct sv v = behind(msg, "\"payload\":\"");

	if (v.len) {
		take_audio(c, v, now_us);
		return;
	}
	v = behind(msg, "\"name\":\"");
	if (v.len)
		echo_mark(c, v);
}

/* 0: the upgrade is answered; what follows stays in *bytes. */
static int take_head(struct caller *c, struct sv *bytes)
{
	struct ws_answer a;
	int n;

	buf_sv(&c->head, *bytes);
	n = ws_take_answer(&a, buf_get(&c->head), key);
	if (n <= 0)
		return n ? n : -EAGAIN;
	if (a.status != 101) {
		fprintf(stderr, "benchload: upgrade refused: %d\n", a.status);
		return -EPROTO;
	}
	bytes->p = c->head.p + n;
	bytes->len = c->head.len - (size_t)n;
	return 0;
}

static void on_read(struct sv bytes, void *arg)
{
	struct caller *c = arg;
	int64_t now_us = clock_mono_us();
	struct ws_msg m;
	int err;

	if (!c->upgraded) {
		err = take_head(c, &bytes);
		if (err == -EAGAIN)
			return;
		if (err) {
			tcp_cut(c->tcp);
			return;
		}
		c->upgraded = c->begun = true;
		c->l->upgraded++;
		c->l->opening--;
		/* phases are spread over the frame */
		c->due_us = now_us + (int64_t)(c->index * 7919u % 20000u);
		if (c->l->packets)
			page_start(c);
		else if (c->l->gateway)
			say_start(c);
	}
	while (ws_in_next(&c->in, &bytes, &m) == 1)
		if (m.op == WS_TEXT)
			take_message(c, m.data, now_us);
		else if (m.op == WS_BINARY && c->l->packets)
			page_take(c, m.data, now_us);
}

static void on_open(void *arg)
{
	struct caller *c = arg;
	const char *const headers[] = {"X-Twilio-Signature", c->sig, NULL};
	const struct ws_request r = {
		.host = c->l->host,
		.path = c->path[0] ? c->path : "/",
		.key = key,
		.headers = c->sig[0] && !c->l->packets ? headers : NULL,
	};
	struct buf b;

	c->asked_us = clock_mono_us();
	buf_init(&b, 0);
	if (!ws_put_request(&b, &r))
		tcp_send(c->tcp, buf_get(&b));
	buf_fini(&b);
}

static void on_closed(int err, const char *why, void *arg)
{
	struct caller *c = arg;

	c->tcp = NULL;
	if (c->stopped)
		return;
	if (!c->l->lost++)
		fprintf(stderr, "benchload: a call was lost: %s %s\n",
			err ? strerror(-err) : "closed", why ? why : "");
	if (!c->upgraded)
		c->l->opening--;
	c->begun = false;
}

void caller_open(struct caller *c)
{
	const struct tcp_handlers h = {.openh = on_open,
				       .readh = on_read,
				       .closedh = on_closed,
				       .arg = c};
	int err;

	ws_in_init(&c->in, false, 1u << 20);
	buf_init(&c->head, 16384);
	err = tcp_connect(&c->tcp, c->l->loop, "127.0.0.1", c->l->port,
			  c->l->tls_client, c->l->host, &h);
	c->l->opened++;
	c->l->opening++;
	if (err) {
		fprintf(stderr, "benchload: connect: %s\n", strerror(-err));
		exit(1);
	}
}
