#include "desk/static.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "desk/problem.h"

#define FILES_MAX 4096
#define BYTES_MAX (64u << 20)
#define DEPTH_MAX 8
#define PATH_LEN 256

/* Scripts and styles only from our own files; nobody may frame the page. */
#define PAGE_HEADERS                                                           \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"Referrer-Policy: no-referrer\r\n"                                     \
	"Cross-Origin-Opener-Policy: same-origin\r\n"                          \
	"Cross-Origin-Resource-Policy: same-origin\r\n"                        \
	"Permissions-Policy: camera=(), microphone=(self), geolocation=()\r\n" \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "     \
	"style-src 'self'; img-src 'self'; font-src 'self'; "                  \
	"connect-src 'self'; media-src 'self'; manifest-src 'self'; base-uri " \
	"'none'; "                                                             \
	"form-action 'self'; frame-ancestors 'none'\r\n"

static const char not_built[] =
	"Nightbell is running, but its page is not built.\n\n"
	"Run \"make build\" (or \"make web\") in the source folder, or set\n"
	"dashboard.files to the folder with index.html, then restart.\n"
	"The API below /api/v1 works without the page.\n";

struct file {
	char path[PATH_LEN]; /* "/assets/index-1a2b.js" */
	const char *type;
	char *data;
	size_t len;
	char etag[24];
	bool immutable;	       /* its name changes with its bytes */
	const struct file *gz; /* the same, compressed ahead */
};

struct static_files {
	struct file *v;
	size_t n, cap, bytes;
	const struct file *index;
};

static const struct {
	const char *ext, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".json", "application/json"},
	{".map", "application/json"},
	{".txt", "text/plain; charset=utf-8"},
	{".webmanifest", "application/manifest+json"},
	{".woff2", "font/woff2"},
};

static bool ends_with(struct sv s, const char *end)
{
	size_t n = strlen(end);

	return s.len >= n && !memcmp(s.p + s.len - n, end, n);
}

static const char *type_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (ends_with(sv_str(path), types[i].ext))
			return types[i].type;
	return "application/octet-stream";
}

static uint64_t fnv1a(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
	return h;
}

static int read_all(int fd, char *p, size_t len)
{
	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int add_file(struct static_files *sf, const char *path, int fd,
		    size_t len)
{
	struct file *f;
	int err;

	if (sf->n >= FILES_MAX || len > BYTES_MAX - sf->bytes)
		return -E2BIG;
	if (sf->n == sf->cap) {
		size_t cap = sf->cap ? 2 * sf->cap : 32;

		f = reallocarray(sf->v, cap, sizeof(*f));
		if (!f)
			return -ENOMEM;
		sf->v = f;
		sf->cap = cap;
	}
	f = &sf->v[sf->n];
	*f = (struct file){.type = type_of(path), .len = len};
	f->data = malloc(len + 1);
	if (!f->data)
		return -ENOMEM;
	err = read_all(fd, f->data, len);
	if (err) {
		free(f->data);
		return err;
	}
	snprintf(f->path, sizeof(f->path), "%s", path);
	snprintf(f->etag, sizeof(f->etag), "\"%016llx\"",
		 (unsigned long long)fnv1a(f->data, len));
	f->immutable = sv_starts(sv_str(path), "/assets/");
	sf->bytes += len;
	sf->n++;
	return 0;
}

static int read_folder(struct static_files *sf, int dirfd, const char *path,
		       int depth);

/* One name in a folder. Links and dot files are no part of the page. */
static int read_entry(struct static_files *sf, int dirfd, const char *path,
		      const char *name, int depth)
{
	char sub[PATH_LEN];
	struct stat st;
	int fd, n, err = 0;

	if (name[0] == '.')
		return 0;
	n = snprintf(sub, sizeof(sub), "%s/%s", path, name);
	if (n < 0 || (size_t)n >= sizeof(sub))
		return -ENAMETOOLONG;
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		return read_folder(sf, fd, sub, depth + 1);
	else if (S_ISREG(st.st_mode))
		err = add_file(sf, sub, fd, (size_t)st.st_size);
	close(fd);
	return err;
}

/* Takes dirfd. */
static int read_folder(struct static_files *sf, int dirfd, const char *path,
		       int depth)
{
	DIR *dir = depth < DEPTH_MAX ? fdopendir(dirfd) : NULL;
	struct dirent *e;
	int err = 0;

	if (!dir) {
		close(dirfd);
		return depth < DEPTH_MAX ? -ENOMEM : -E2BIG;
	}
	while (!err && (e = readdir(dir)))
		err = read_entry(sf, dirfd, path, e->d_name, depth);
	closedir(dir);
	return err;
}

static int by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static const struct file *find(const struct static_files *sf, struct sv path)
{
	struct file key = {0};

	if (sv_copy(key.path, sizeof(key.path), path) || !sf->n ||
	    memchr(path.p, '\0', path.len))
		return NULL;
	return bsearch(&key, sf->v, sf->n, sizeof(key), by_path);
}

static void link_files(struct static_files *sf)
{
	char gz[PATH_LEN + 3];

	if (sf->n)
		qsort(sf->v, sf->n, sizeof(*sf->v), by_path);
	for (size_t i = 0; i < sf->n; i++) {
		snprintf(gz, sizeof(gz), "%s.gz", sf->v[i].path);
		sf->v[i].gz = find(sf, sv_str(gz));
	}
	sf->index = find(sf, SV("/index.html"));
}

int static_files_new(struct static_files **out, const char *folder)
{
	struct static_files *sf = calloc(1, sizeof(*sf));
	int fd, err;

	if (!sf)
		return -ENOMEM;
	fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	err = fd >= 0 ? read_folder(sf, fd, "", 0) : 0;
	if (err) {
		log_error("page", "%s: %s", folder, strerror(-err));
		static_files_free(sf);
		return err;
	}
	link_files(sf);
	if (!sf->index)
		log_warn("page",
			 "no index.html in %s: the page is not built "
			 "(make web), the API works",
			 folder ? folder : "dashboard.files");
	*out = sf;
	return 0;
}

struct static_files *static_files_free(struct static_files *sf)
{
	if (!sf)
		return NULL;
	for (size_t i = 0; i < sf->n; i++)
		free(sf->v[i].data);
	free(sf->v);
	free(sf);
	return NULL;
}

static bool has_word(struct sv list, const char *word)
{
	return list.len && memmem(list.p, list.len, word, strlen(word));
}

static void send_file(struct web_req *r, const struct file *f)
{
	bool same = has_word(web_req_header(r, "if-none-match"), f->etag);
	const struct file *body = f;
	struct sv bytes = {0};
	struct buf h;

	if (f->gz && has_word(web_req_header(r, "accept-encoding"), "gzip"))
		body = f->gz;
	if (!same)
		bytes = (struct sv){body->data, body->len};
	buf_init(&h, 4096);
	buf_printf(&h, PAGE_HEADERS "ETag: %s\r\nCache-Control: %s\r\n%s%s",
		   f->etag,
		   f->immutable ? "public, max-age=31536000, immutable"
				: "no-cache",
		   f->gz ? "Vary: Accept-Encoding\r\n" : "",
		   body != f && !same ? "Content-Encoding: gzip\r\n" : "");
	web_reply(r, same ? 304 : 200, f->type, bytes,
		  h.err ? PAGE_HEADERS : h.p);
	buf_fini(&h);
}

static void send_text(struct web_req *r, int status, const char *text,
		      const char *more)
{
	struct buf h;

	buf_init(&h, 4096);
	buf_printf(&h, PAGE_HEADERS "Cache-Control: no-store\r\n%s", more);
	web_reply(r, status, "text/plain; charset=utf-8", sv_str(text),
		  h.err ? PAGE_HEADERS : h.p);
	buf_fini(&h);
}

/* "/calls/0192…" is a place in the app, "/logo.png" is a file. */
static bool is_page(struct sv path)
{
	const char *slash = memrchr(path.p, '/', path.len);

	return slash &&
	       !memchr(slash, '.', (size_t)(path.p + path.len - slash)) &&
	       !sv_starts(path, "/assets/");
}

void static_files_reply(struct static_files *sf, struct web_req *r)
{
	struct sv method = web_req_method(r), path = web_req_path(r);
	const struct file *f;

	if (!sv_eq(method, "HEAD") && !sv_eq(method, "GET")) {
		problem_reply_with(r, 405, SV("Only GET here."),
				   "Allow: GET, HEAD\r\n");
		return;
	}
	if (!sf->index) {
		send_text(r, 503, not_built, "");
		return;
	}
	f = find(sf, path);
	if (!f && is_page(path))
		f = sf->index;
	if (f)
		send_file(r, f);
	else
		send_text(r, 404, "There is no such file.\n", "");
}
