/*
 * mail: an e-mail as text (RFC 5322, MIME), and addresses taken apart. Plain
 * text only. The same values give the same bytes, so a message that is sent
 * again can be recognised.
 */
#ifndef PROTO_MAIL_H
#define PROTO_MAIL_H

#include "base/buf.h"

/* Slices of the text that was parsed. */
struct mailbox {
	struct sv name; /* empty: none */
	struct sv addr; /* "a@b", ASCII, nothing that a header could break on */
};

struct mail {
	struct sv from, to;	 /* "a@b" or "Name <a@b>" */
	struct sv subject, text; /* UTF-8; lines end in \n or \r\n */
	struct sv id;		 /* letters, digits, - and . */
	int64_t date_ms;	 /* since 1970 */
};

/** Takes "a@b", "Name <a@b>" or "\"Name\" <a@b>" apart. 0, -EINVAL. */
int mail_mailbox(struct mailbox *m, struct sv text);

/**
 * Appends the message with CRLF line ends; its Message-ID is id and the domain
 * of from. Lines that begin with a dot are left for the transport. 0, -EINVAL
 * (from, to or id), or out->err.
 */
int mail_print(struct buf *out, const struct mail *m);

#endif
