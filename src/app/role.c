#include "app/role.h"

#include <signal.h>
#include <unistd.h>

/* Nobody at the other end: the supervisor is gone, SIGTERM comes. */
static void tell(char byte)
{
	if (write(ROLE_FD_STATUS, &byte, 1) < 0)
		return;
}

static void on_asked(void *arg)
{
	(void)arg;
	tell('a');
}

int role_ready(struct loop *l)
{
	int err = loop_on_signal(l, SIGUSR2, on_asked, NULL);

	if (!err)
		tell('r');
	return err;
}
