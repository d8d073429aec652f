#include "app/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/listen.h"
#include "base/clock.h"

enum { RANDOM_LEN = 32, SECRET_MIN = 16 };

/* Complete or not at all: written aside, then linked under its name. */
static int create(const char *path)
{
	static const char digit[] = "0123456789abcdef";
	uint8_t random[RANDOM_LEN];
	char text[2 * RANDOM_LEN], tmp[4300];
	int fd, err = 0;

	clock_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		text[2 * i] = digit[random[i] >> 4];
		text[2 * i + 1] = digit[random[i] & 15];
	}
	snprintf(tmp, sizeof(tmp), "%s.%ld", path, (long)getpid());
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, sizeof(text)) != (ssize_t)sizeof(text) || fsync(fd))
		err = errno ? -errno : -EIO;
	close(fd);
	if (!err && link(tmp, path) && errno != EEXIST)
		err = -errno;
	unlink(tmp);
	return err;
}

static int read_file(char out[SECRET_MAX], const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (st.st_mode & 077)
		err = -EPERM;
	n = err ? 0 : read(fd, out, SECRET_MAX - 1);
	if (n < 0)
		err = -errno;
	close(fd);
	while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '))
		n--;
	out[MAX(n, 0)] = '\0';
	return !err && n < SECRET_MIN ? -EBADMSG : err;
}

int secret_load(char out[SECRET_MAX], const struct config *cfg,
		enum secret_kind kind, bool make, char *why, size_t why_size)
{
	bool token = kind == SECRET_TOKEN;
	const char *set =
		token ? cfg->dashboard.token_secret : cfg->media.stream_secret;
	char path[4200], dir_why[LISTEN_WHY_MAX];
	int err;

	if (set) {
		err = sv_copy(out, SECRET_MAX, sv_str(set));
		if (!err && strlen(out) < SECRET_MIN)
			err = -EINVAL;
		if (err)
			snprintf(why, why_size,
				 "%s must have %d to %d characters",
				 token ? "dashboard.token_secret"
				       : "media.stream_secret",
				 SECRET_MIN, SECRET_MAX - 1);
		return err;
	}
	err = make ? dir_make(cfg->node.state_dir, dir_why) : 0;
	if (err) {
		snprintf(why, why_size, "%s", dir_why);
		return err;
	}
	snprintf(path, sizeof(path), "%s/%s", cfg->node.state_dir,
		 token ? "token_secret" : "stream_secret");
	err = read_file(out, path);
	if (err == -ENOENT && make) {
		err = create(path);
		if (!err)
			err = read_file(out, path);
	}
	if (err)
		snprintf(why, why_size, "%s: %s", path,
			 err == -EPERM	   ? "others may read it (chmod 600)"
			 : err == -EBADMSG ? "too short; remove it and a new "
					     "one is made"
					   : strerror(-err));
	return err;
}
