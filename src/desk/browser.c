#include "desk/browser.h"

#include <stdio.h>

#include "base/js.h"
#include "base/log.h"
#include "carrier.h"
#include "desk/origin.h"
#include "desk/ticket.h"
#include "media/media.h"

#define CARRIER "browser"

enum { HEADER_MS = 5000 };

int browser_answer(struct buf *out, struct sv row, struct sv stream_secret,
		   int life_s)
{
	struct sv call, business, number;
	struct ticket t;
	int err;

	if (js_get(row, "call", &call) || js_get(row, "business", &business) ||
	    js_get(row, "number", &number))
		return -EBADMSG;
	err = ticket_make(&t, stream_secret, call, business, life_s);
	if (err)
		return err;
	buf_printf(out,
		   "{\"call\":\"%.*s\",\"business\":\"%.*s\","
		   "\"number\":\"%.*s\",\"path\":\"" TICKET_SOCKET_PATH CARRIER
		   "/%s\",\"token\":\"%s\",\"expires_s\":%d}",
		   SV_ARG(call), SV_ARG(business), SV_ARG(number), t.nonce,
		   t.token, life_s);
	return out->err;
}

static bool is_browser(struct web_req *r, struct sv *nonce)
{
	struct sv carrier;

	return ticket_path(web_req_path(r), &carrier, nonce) &&
	       sv_eq(carrier, CARRIER);
}

int browser_upgrade(struct web_req *r, const struct config *cfg,
		    const char *public_url)
{
	char path[4200];
	struct sv nonce;

	if (!is_browser(r, &nonce))
		return 404;
	if (!origin_is_ours(r, public_url)) {
		log_warn("dashboard",
			 "refused a call's socket from the page of another "
			 "site (%.*s)",
			 (int)MIN(web_req_header(r, "origin").len, 80u),
			 web_req_header(r, "origin").p);
		return 403;
	}
	snprintf(path, sizeof(path), "%s/" BROWSER_SOCKET,
		 cfg->node.runtime_dir);
	return web_req_give(r, path);
}

static int on_upgrade(struct web_req *r, struct web_sock_handlers *h, void *arg)
{
	const struct carrier *carrier = carrier_find(SV(CARRIER));
	struct sv nonce;

	if (!carrier || !is_browser(r, &nonce))
		return 404;
	return media_accept(arg, carrier, nonce, h);
}

int browser_listen(struct web_listener **out, struct web *w, struct media *m,
		   int fd)
{
	const struct web_listen_prm prm = {
		.name = "calls from pages",
		.fd = fd,
		.given = true,
		.header_ms = HEADER_MS,
		.upgradeh = on_upgrade,
		.openedh = media_opened,
		.arg = m,
	};

	return web_listen(out, w, &prm);
}
