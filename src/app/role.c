#include "app/role.h"

#include <unistd.h>

void role_ready(void)
{
	/* Nobody at the other end: the supervisor is gone, SIGTERM comes. */
	if (write(ROLE_FD_STATUS, "r", 1) < 0)
		return;
}
