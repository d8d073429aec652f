#include "app/check_wss.h"

#include "app/check.h"
#include "base/clock.h"
#include "io/dns.h"
#include "proto/ws.h"

static void on_late(void *arg)
{
	struct check_wss *w = arg;

	wsc_close(w->c, WS_CLOSE_LOST);
}

void check_wss_run(struct check_wss *w, const char *what, check_wss_h *connecth)
{
	struct wsc_env *net = NULL;
	struct timer *late = NULL;
	struct dns *dns = NULL;
	int err = loop_new(&w->loop);

	if (!err)
		err = dns_new(&dns, w->loop);
	if (!err)
		err = wsc_env_new(&net, w->loop, dns);
	if (!err)
		err = timer_new(&late, w->loop, on_late, w);
	if (!err)
		err = connecth(w, net);
	if (!err) {
		timer_at(late, clock_mono_us() + CHECK_WSS_MS * INT64_C(1000));
		loop_run(w->loop);
	}
	if (err)
		check_say(CHECK_FAIL, what, "cannot be asked: %s",
			  strerror(-err));
	timer_free(late);
	wsc_env_free(net);
	dns_free(dns);
	w->loop = loop_free(w->loop);
}
