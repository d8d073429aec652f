/* What a machine must have: a folder with room, the right time. */
#include "app/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "app/cmd.h"
#include "base/clock.h"

enum {
	ROOM_FAIL_MB = 100,
	ROOM_WARN_MB = 1000,
	CLOCK_WARN_MS = 2000,  /* sums up with the carrier's own slack */
	CLOCK_FAIL_MS = 30000, /* tokens of media sockets live a minute */
};

/* The nearest folder above that is there: it will be made in that one. */
static void existing_parent(char *path)
{
	char *slash;

	while (access(path, F_OK)) {
		slash = strrchr(path, '/');
		if (!slash) {
			path[0] = '.';
			slash = path + 1;
		} else if (slash == path) {
			slash++;
		}
		*slash = '\0';
	}
}

static void check_room(const char *path)
{
	struct statvfs fs;
	unsigned long long mb;

	if (statvfs(path, &fs)) {
		check_say(CHECK_FAIL, "disk", "%s: %s", path, strerror(errno));
		return;
	}
	mb = (unsigned long long)fs.f_bavail * fs.f_frsize / 1000000;
	if (mb < ROOM_WARN_MB || !fs.f_favail)
		check_say(mb < ROOM_FAIL_MB || !fs.f_favail ? CHECK_FAIL
							    : CHECK_WARN,
			  "disk",
			  "%s: %llu MB and %llu files left: make room, calls "
			  "are kept there while the database is away",
			  path, mb, (unsigned long long)fs.f_favail);
	else
		check_say(CHECK_GOOD, "disk", "%s: %llu MB left", path, mb);
}

void check_state(const struct config *cfg)
{
	const char *path = cfg->node.state_dir;
	char parent[4200];
	struct stat st;

	if (sv_copy(parent, sizeof(parent), sv_str(path))) {
		check_say(CHECK_FAIL, "state_dir", "the name is too long");
		return;
	}
	existing_parent(parent);
	if (stat(path, &st)) {
		if (access(parent, W_OK))
			check_say(CHECK_FAIL, "state_dir",
				  "%s cannot be made in %s: make it, and give "
				  "it to the user who serves",
				  path, parent);
		else
			check_say(CHECK_GOOD, "state_dir",
				  "%s: made at the first start", path);
	} else if (!S_ISDIR(st.st_mode) || access(path, W_OK | X_OK)) {
		check_say(CHECK_FAIL, "state_dir",
			  "%s is not a folder that this user may write: "
			  "chown it to the user who serves",
			  path);
	} else if (st.st_mode & 077) {
		check_say(CHECK_WARN, "state_dir",
			  "%s can be entered by others (mode %o) and holds "
			  "secrets: chmod 700",
			  path, st.st_mode & 0777);
	} else {
		check_say(CHECK_GOOD, "state_dir", "%s", path);
	}
	check_room(parent);
}

static void check_synchronised(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	if (state < 0)
		check_say(CHECK_WARN, "clock", "cannot be asked: %s",
			  strerror(errno));
	else if (state == TIME_ERROR || t.status & STA_UNSYNC)
		check_say(CHECK_WARN, "clock",
			  "nothing keeps it in time: systemctl enable --now "
			  "systemd-timesyncd, or chrony");
	else
		check_say(CHECK_GOOD, "clock", "kept in time");
}

void check_clock(const struct config *cfg)
{
	char why[512], *out = NULL;
	int64_t before = clock_wall_us() / 1000, after, theirs, off;

	check_synchronised();
	if (cmd_sql(&out, cfg, cfg->database.gateway_user,
		    "select floor(extract(epoch from clock_timestamp()) * "
		    "1000)::bigint",
		    NULL, why, sizeof(why)) ||
	    !out || sv_i64(&theirs, sv_str(out))) {
		free(out);
		return; /* the database's own line says why */
	}
	free(out);
	after = clock_wall_us() / 1000;
	off = MAX(MAX(before - theirs, theirs - after), 0);
	if (off > CLOCK_WARN_MS)
		check_say(off > CLOCK_FAIL_MS ? CHECK_FAIL : CHECK_WARN,
			  "clock",
			  "%lld s apart from the database's: one of the two "
			  "is wrong",
			  (long long)(off / 1000));
}
