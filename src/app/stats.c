#include "app/stats.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t size_of(unsigned n)
{
	return sizeof(struct stats) + n * sizeof(struct stats_role);
}

static int map(struct stats **out, int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	*out = p;
	return 0;
}

int stats_new(struct stats **out, int *fd, unsigned n)
{
	int err = 0;

	*fd = memfd_create("nightbell-stats", MFD_CLOEXEC);
	if (*fd < 0)
		return -errno;
	if (ftruncate(*fd, (off_t)size_of(n)))
		err = -errno;
	if (!err)
		err = map(out, *fd, size_of(n));
	if (err)
		close(*fd);
	else
		(*out)->n = n;
	return err;
}

int stats_map(struct stats **out, int fd)
{
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if ((size_t)st.st_size < sizeof(struct stats))
		return -EBADF;
	err = map(out, fd, (size_t)st.st_size);
	if (!err && size_of((*out)->n) > (size_t)st.st_size)
		err = -EBADF;
	return err;
}

struct stats_role *stats_role(struct stats *s, const char *name)
{
	for (unsigned i = 0; i < s->n; i++)
		if (!strcmp(s->roles[i].name, name))
			return &s->roles[i];
	return NULL;
}
