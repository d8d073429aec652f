#include "proto/ws.h"

#include <stdlib.h>
#include <strings.h>

#include <openssl/sha.h>

#include "base/b64.h"

enum { HEAD_TEXT_MAX = 16384, CONTROL_MAX = 125 };

/* ---- frames out ---- */

static void mask_with(char *p, size_t n, const uint8_t mask[4])
{
	uint64_t wide, word;
	size_t i = 0;

	memcpy(&wide, mask, 4);
	memcpy((char *)&wide + 4, mask, 4);
	for (; i + 8 <= n; i += 8) {
		memcpy(&word, p + i, 8);
		word ^= wide;
		memcpy(p + i, &word, 8);
	}
	for (; i < n; i++)
		p[i] = (char)(p[i] ^ mask[i & 3]);
}

int ws_put_part(struct buf *b, enum ws_op op, bool fin, struct sv payload,
		const uint8_t mask[4])
{
	uint8_t head[WS_HEAD_MAX], bit = mask ? 0x80 : 0;
	size_t n = 2, bytes;

	head[0] = (uint8_t)((fin ? 0x80 : 0) | op);
	if (payload.len < 126) {
		head[1] = (uint8_t)payload.len | bit;
	} else {
		bytes = payload.len < 65536 ? 2 : 8;
		head[1] = (bytes == 2 ? 126 : 127) | bit;
		for (size_t i = 0; i < bytes; i++)
			head[n + i] = (uint8_t)((uint64_t)payload.len >>
						8 * (bytes - 1 - i));
		n += bytes;
	}
	if (mask) {
		memcpy(head + n, mask, 4);
		n += 4;
	}
	if (buf_room(b, n + payload.len))
		return b->err;
	buf_add(b, head, n);
	buf_sv(b, payload);
	if (mask)
		mask_with(b->p + b->len - payload.len, payload.len, mask);
	return 0;
}

int ws_put(struct buf *b, enum ws_op op, struct sv payload,
	   const uint8_t mask[4])
{
	return ws_put_part(b, op, true, payload, mask);
}

int ws_put_close(struct buf *b, int code, struct sv reason,
		 const uint8_t mask[4])
{
	char text[CONTROL_MAX] = "";
	size_t n = 0;

	if (code && code != WS_CLOSE_NO_CODE) {
		text[0] = (char)(code >> 8);
		text[1] = (char)code;
		n = MIN(reason.len, sizeof(text) - 2);
		if (n)
			memcpy(text + 2, reason.p, n);
		n += 2;
	}
	return ws_put(b, WS_CLOSE, (struct sv){text, n}, mask);
}

/* ---- messages in ---- */

void ws_in_init(struct ws_in *in, bool server, size_t max)
{
	*in = (struct ws_in){.server = server};
	buf_init(&in->msg, max);
}

void ws_in_fini(struct ws_in *in)
{
	buf_fini(&in->msg);
}

static size_t head_len(const uint8_t *h, size_t have)
{
	size_t n = 2;

	if (have < 2)
		return 2;
	n += (h[1] & 0x7f) == 126 ? 2 : (h[1] & 0x7f) == 127 ? 8 : 0;
	return n + (h[1] & 0x80 ? 4 : 0);
}

static bool is_control(enum ws_op op)
{
	return op >= WS_CLOSE;
}

static bool known(enum ws_op op)
{
	return op <= WS_BINARY || (op >= WS_CLOSE && op <= WS_PONG);
}

/* The head is complete: does the frame fit here? */
static int begin_frame(struct ws_in *in)
{
	const uint8_t *h = in->head;
	size_t n = 2;

	in->op = (enum ws_op)(h[0] & 15);
	in->fin = h[0] & 0x80;
	in->len = h[1] & 0x7f;
	if (in->len > CONTROL_MAX) {
		size_t bytes = in->len == 126 ? 2 : 8;

		for (in->len = 0; bytes; bytes--)
			in->len = in->len << 8 | h[n++];
	}
	if (h[0] & 0x70 || !known(in->op) ||
	    in->server != (bool)(h[1] & 0x80) || in->len >> 63)
		return -EPROTO;
	memcpy(in->mask, h + n, in->server ? 4 : 0);
	if (is_control(in->op)) {
		if (!in->fin || in->len > CONTROL_MAX)
			return -EPROTO;
	} else {
		if ((in->op == WS_CONTINUED) != (in->msg_op != 0))
			return -EPROTO;
		if (in->len > in->msg.max - in->msg.len)
			return -EMSGSIZE;
		if (in->op != WS_CONTINUED)
			in->msg_op = in->op;
	}
	in->left = in->len;
	in->in_payload = true;
	in->head_len = 0;
	return 0;
}

/* Moves bytes into the head. 1 complete, 0 more is needed, -EPROTO … */
static int take_head(struct ws_in *in, struct sv *bytes)
{
	size_t want, n;
	int err;

	for (;;) {
		want = head_len(in->head, in->head_len);
		if (in->head_len == want)
			break;
		n = MIN(want - in->head_len, bytes->len);
		if (!n)
			return 0;
		memcpy(in->head + in->head_len, bytes->p, n);
		in->head_len += n;
		bytes->p += n;
		bytes->len -= n;
	}
	err = begin_frame(in);
	return err ? err : 1;
}

static void unmask(const struct ws_in *in, char *p, size_t n, uint64_t at)
{
	uint8_t turned[4];

	if (!in->server)
		return;
	for (size_t i = 0; i < 4; i++)
		turned[i] = in->mask[(at + i) & 3];
	mask_with(p, n, turned);
}

static int give_message(struct ws_in *in, struct sv data, struct ws_msg *m)
{
	*m = (struct ws_msg){.op = in->msg_op, .data = data};
	in->msg_op = WS_CONTINUED;
	in->delivered = true;
	return 1;
}

static int give_control(struct ws_in *in, struct ws_msg *m)
{
	*m = (struct ws_msg){.op = in->op, .data = {in->control, in->len}};
	if (in->op != WS_CLOSE)
		return 1;
	m->code = WS_CLOSE_NO_CODE;
	if (in->len == 1)
		return -EPROTO;
	if (in->len) {
		m->code =
			(uint8_t)in->control[0] << 8 | (uint8_t)in->control[1];
		m->why = (struct sv){in->control + 2, in->len - 2};
	}
	return 1;
}

/* Payload of the current frame. 1 it completes something, 0, -ENOMEM. */
static int take_payload(struct ws_in *in, struct sv *bytes, struct ws_msg *m)
{
	size_t n = (size_t)MIN(in->left, (uint64_t)bytes->len);
	uint64_t at = in->len - in->left;
	struct sv piece = {bytes->p, n};

	bytes->p += n;
	bytes->len -= n;
	in->left -= n;
	in->in_payload = in->left > 0;
	if (is_control(in->op)) {
		if (n)
			memcpy(in->control + at, piece.p, n);
		unmask(in, in->control + at, n, at);
		return in->left ? 0 : give_control(in, m);
	}
	/* All of a message in one piece, not masked: lent as it came. */
	if (!in->left && in->fin && !in->msg.len && !in->server)
		return give_message(in, piece, m);
	if (buf_sv(&in->msg, piece))
		return in->msg.err;
	unmask(in, in->msg.p + in->msg.len - n, n, at);
	if (in->left || !in->fin)
		return 0;
	return give_message(in, in->msg.len ? buf_get(&in->msg) : SV(""), m);
}

int ws_in_next(struct ws_in *in, struct sv *bytes, struct ws_msg *m)
{
	int ret;

	if (in->delivered) {
		in->delivered = false;
		buf_reset(&in->msg);
		if (in->msg.cap > 65536)
			buf_fini(&in->msg);
	}
	for (;;) {
		if (!in->in_payload) {
			ret = take_head(in, bytes);
			if (ret <= 0)
				return ret;
		}
		if (in->left && !bytes->len)
			return 0;
		ret = take_payload(in, bytes, m);
		if (ret)
			return ret;
	}
}

/* ---- the handshake ---- */

void ws_accept(char out[WS_ACCEPT_LEN + 1], struct sv key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t digest[SHA_DIGEST_LENGTH];
	char text[128];
	size_t n = MIN(key.len, sizeof(text) - sizeof(guid));

	if (n)
		memcpy(text, key.p, n);
	memcpy(text + n, guid, sizeof(guid) - 1);
	SHA1((const uint8_t *)text, n + sizeof(guid) - 1, digest);
	out[b64_encode(out, digest, sizeof(digest))] = '\0';
}

static struct sv next_line(struct sv *rest)
{
	const char *nl = rest->len ? memchr(rest->p, '\n', rest->len) : NULL;
	size_t n = nl ? (size_t)(nl - rest->p) : rest->len;
	struct sv line = {rest->p, n};

	rest->p += n + (nl ? 1 : 0);
	rest->len -= n + (nl ? 1 : 0);
	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	return line;
}

static struct sv trimmed(struct sv s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

int ws_header(struct sv head, const char *name, struct sv *out)
{
	size_t n = strlen(name);
	struct sv line;

	next_line(&head); /* the status or request line */
	while (head.len) {
		line = next_line(&head);
		if (line.len <= n || line.p[n] != ':' ||
		    strncasecmp(line.p, name, n) != 0)
			continue;
		*out = trimmed((struct sv){line.p + n + 1, line.len - n - 1});
		return 0;
	}
	return -ENOENT;
}

static bool clean(const char *s)
{
	return !s || !strpbrk(s, "\r\n");
}

int ws_put_request(struct buf *b, const struct ws_request *r)
{
	const char *const *h = r->headers;

	if (!clean(r->host) || !clean(r->subprotocol) ||
	    strpbrk(r->path, " \r\n"))
		return -EINVAL;
	buf_printf(b,
		   "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
		   "Sec-WebSocket-Version: 13\r\n",
		   r->path, r->host, r->key);
	if (r->subprotocol)
		buf_printf(b, "Sec-WebSocket-Protocol: %s\r\n", r->subprotocol);
	for (size_t i = 0; h && h[i]; i += 2) {
		if (!clean(h[i]) || !clean(h[i + 1]))
			return -EINVAL;
		buf_printf(b, "%s: %s\r\n", h[i], h[i + 1]);
	}
	buf_str(b, "\r\n");
	return b->err;
}

/* The length of a head with its empty line; 0 it is not all here. */
static size_t whole_head(struct sv in)
{
	const char *end = in.len ? memmem(in.p, in.len, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - in.p) + 4 : 0;
}

static bool is_upgrade(const struct ws_answer *a, const char *key)
{
	char accept[WS_ACCEPT_LEN + 1];
	struct sv v;

	if (ws_header(a->head, "Upgrade", &v) || v.len != 9 ||
	    strncasecmp(v.p, "websocket", 9) != 0)
		return false;
	/* Extensions were not offered: nothing may be compressed. */
	if (!ws_header(a->head, "Sec-WebSocket-Extensions", &v) && v.len)
		return false;
	ws_accept(accept, sv_str(key));
	return !ws_header(a->head, "Sec-WebSocket-Accept", &v) &&
	       sv_eq(v, accept);
}

int ws_take_answer(struct ws_answer *a, struct sv in, const char *key)
{
	size_t n = whole_head(in);
	int64_t number;
	struct sv v;

	*a = (struct ws_answer){.body_len = -1, .retry_after_s = -1};
	if (in.len && memcmp(in.p, "HTTP/1.1 ", MIN(in.len, (size_t)9)) != 0)
		return -EPROTO;
	if (!n)
		return in.len > HEAD_TEXT_MAX ? -EMSGSIZE : 0;
	if (n > HEAD_TEXT_MAX)
		return -EMSGSIZE;
	if (n < 13 || sv_i64(&number, (struct sv){in.p + 9, 3}) || number < 100)
		return -EPROTO;
	a->status = (int)number;
	a->head = (struct sv){in.p, n};
	if (!ws_header(a->head, "Content-Length", &v) && !sv_i64(&number, v) &&
	    number >= 0)
		a->body_len = number;
	if (!ws_header(a->head, "Retry-After", &v) && !sv_i64(&number, v) &&
	    number >= 0)
		a->retry_after_s = (int)MIN(number, (int64_t)86400);
	if (a->status == 101 && !is_upgrade(a, key))
		return -EPROTO;
	return (int)n;
}
