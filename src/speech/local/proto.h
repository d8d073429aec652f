/*
 * proto: what a worker and the speech process say to each other. A message
 * of src/io/link.h: type, head of fixed length for the type, body.
 * Little-endian. Sessions are numbered by the worker, per connection.
 *
 * worker ─> speech
 *   OPEN    sess kind          body: voice   kind: SPEECH_STT, _TTS, _VAD
 *   AUDIO   sess at_n          body: μ-law
 *   EXPECT  sess n early len[3]      n: hang-over, ms, early: the short one
 *                              body: phrases words bias language
 *   SAY     sess utt len[0]    body: language text
 *   GRANT   sess n
 *   CANCEL  sess utt
 *   CLOSE   sess                                   nothing comes any more
 * speech ─> worker
 *   HEARS   sess               body: languages     first of all, sess is 0
 *   VAD     sess kind at_n                         kind: enum speech_vad
 *   TEXT    sess kind at_n end_n score len[2] last     kind: enum speech_source
 *                              last: it is final
 *                              body: text, other readings, language
 *   VOICE   sess utt at_n n last err    body: n words, then μ-law
 *   CLOSED  sess err                               … by the speech process
 */
#ifndef SPEECH_LOCAL_PROTO_H
#define SPEECH_LOCAL_PROTO_H

#include "base/base.h"

enum proto_type {
	PROTO_OPEN = 1,
	PROTO_AUDIO,
	PROTO_EXPECT,
	PROTO_SAY,
	PROTO_GRANT,
	PROTO_CANCEL,
	PROTO_CLOSE,
	PROTO_VAD = 65,
	PROTO_TEXT,
	PROTO_VOICE,
	PROTO_CLOSED,
	PROTO_HEARS,
};

/* All that any message holds; each type uses what is listed above. */
struct proto_msg {
	enum proto_type type;
	uint32_t sess, utt, n, early, kind, last;
	int32_t err;
	int64_t at_n, end_n;
	float score;
	uint32_t len[3]; /* of the parts of the body but the last */
	struct sv body;
};

enum { PROTO_HEAD_MAX = 64, PROTO_WORD_LEN = 8 };

/** Writes m's head (not the body); returns its length. */
size_t proto_head(uint8_t out[PROTO_HEAD_MAX], const struct proto_msg *m);

/** 0, -ENOTSUP unknown type, -EBADMSG. m->body points into in. */
int proto_parse(struct proto_msg *m, uint8_t type, struct sv in);

/** Part i of a body that len[] cuts into parts; the last one has the rest. */
struct sv proto_part(const struct proto_msg *m, int i);

struct speech_word;
void proto_put_word(uint8_t out[PROTO_WORD_LEN], const struct speech_word *w);
void proto_get_word(struct speech_word *w, const uint8_t in[PROTO_WORD_LEN]);

#endif
