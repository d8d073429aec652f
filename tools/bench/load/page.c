/*
 * page: the browser's side of a call, as docs/browser-carrier.md has it: bare
 * Opus in binary messages. What the assistant says is not decoded, only its
 * packets are counted, and a mark is told when it comes.
 */
#include "load.h"

#include <stdio.h>
#include <string.h>

#include "proto/bstream.h"

enum { PACKET_N = BSTREAM_RATE_HZ / 50, ROOM = 512 };

static int put(struct caller *c, enum bstream_kind kind, uint32_t seq,
	       struct sv body)
{
	char msg[ROOM];
	const uint32_t at_n = seq * PACKET_N;
	const uint8_t head[BSTREAM_HEAD] = {
		(uint8_t)kind,	       BSTREAM_VERSION,
		(uint8_t)(seq >> 8),   (uint8_t)seq,
		(uint8_t)(at_n >> 24), (uint8_t)(at_n >> 16),
		(uint8_t)(at_n >> 8),  (uint8_t)at_n,
	};

	if (body.len > sizeof(msg) - sizeof(head))
		return -EMSGSIZE;
	memcpy(msg, head, sizeof(head));
	memcpy(msg + sizeof(head), body.p, body.len);
	return caller_send(c, WS_BINARY,
			   (struct sv){msg, sizeof(head) + body.len});
}

void page_start(struct caller *c)
{
	char json[400];
	int len = snprintf(json, sizeof(json), "{\"token\":\"%s\"}", c->token);

	put(c, BSTREAM_START, 0, (struct sv){json, (size_t)len});
}

int page_frame(struct caller *c)
{
	return put(c, BSTREAM_MEDIA, c->seq,
		   packets_get(c->l->packets, page_place(c) + c->seq));
}

void page_stop(struct caller *c)
{
	put(c, BSTREAM_STOP, 0, SV(""));
}

void page_take(struct caller *c, struct sv msg, int64_t now_us)
{
	struct sv body;

	if (msg.len < BSTREAM_HEAD)
		return;
	body = (struct sv){msg.p + BSTREAM_HEAD, msg.len - BSTREAM_HEAD};
	if (msg.p[0] == BSTREAM_MEDIA)
		caller_speech(c, now_us);
	else if (msg.p[0] == BSTREAM_MARK)
		put(c, BSTREAM_MARK, 0, body);
}

uint32_t page_place(const struct caller *c)
{
	return c->index * (PACKETS_N / c->l->ncalls);
}

struct caller *page_caller(struct load *l, uint32_t place)
{
	uint32_t step = PACKETS_N / l->ncalls, index = place / step;
	struct caller *c = &l->calls[index];

	if (place % step || index >= l->ncalls || c->heard)
		return NULL;
	c->heard = true;
	return c;
}
