/* Real files, the real thread; a writer that is killed in the middle. */
#include "io/recorder.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio/oggrec.h"
#include "frame.h"
#include "io/recfile.h"
#include "tests/unit/io/io.h"

#define B "0192f5a0-0000-7000-8000-000000000001"
#define R "0192f5a0-0000-7000-8000-00000000000"
#define PATH(n) B "/2026-11/" R #n ".opus"

enum { FRAME = LEGS_FRAME_N, FRAME_US = 20000 };

static char root[64];

static void put(struct recording *rec, int i, bool we)
{
	uint8_t data[FRAME];
	struct legs *l = recording_legs(rec);

	for (int k = 0; k < FRAME; k++)
		data[k] = (uint8_t)(0x80 | ((k * 5 + i) % 40));
	legs_caller(l, (int64_t)i * FRAME, data, FRAME,
		    (int64_t)(i + 1) * FRAME_US);
	if (we)
		legs_sent(l, data, FRAME, (int64_t)(i + 1) * FRAME_US);
	if (i % 10 == 0)
		legs_ready(l, (int64_t)(i + 1) * FRAME_US);
}

struct ended {
	struct recording_end end;
	bool ran;
};

static void on_end(const struct recording_end *end, void *arg)
{
	struct ended *e = arg;

	e->end = *end;
	e->ran = true;
}

struct rig {
	struct loop *l;
	struct recorder *r;
	struct recording *rec;
	struct ended e;
};

static void rig_open(struct rig *g, const char *path)
{
	*g = (struct rig){0};
	assert_int_equal(loop_new(&g->l), 0);
	assert_int_equal(
		recorder_new(&g->r, &(struct recorder_prm){g->l, root, 24000}),
		0);
	assert_int_equal(recording_new(&g->rec, g->r, 0), 0);
	if (path)
		recording_begin(g->rec, path, 0);
}

static void rig_close(struct rig *g, int64_t now_us, bool drop)
{
	assert_true(recording_close(g->rec, now_us, drop, on_end, &g->e));
	RUN_UNTIL(g->l, g->e.ran);
	g->r = recorder_free(g->r);
	g->l = loop_free(g->l);
}

static void name(char out[256], const char *path)
{
	snprintf(out, 256, "%s/%s", root, path);
}

/* Puts frames as the loop does: the thread gets its turns. */
static void speak(struct rig *g, int from, int to)
{
	struct legs *l = recording_legs(g->rec);

	for (int i = from; i < to; i++) {
		put(g->rec, i, i % 100 < 50);
		if (i % 50)
			continue;
		recorder_kick(g->r);
		RUN_UNTIL(g->l,
			  atomic_load(&l->ready_n) - atomic_load(&l->taken_n) <
				  TEL_RATE_HZ);
	}
}

static void test_whole(void **state)
{
	struct recfile_info info;
	struct stat st;
	char file[256];
	struct rig g;
	int fd;

	(void)state;
	rig_open(&g, PATH(1));
	speak(&g, 0, 1000);
	rig_close(&g, 1000 * FRAME_US, false);
	assert_int_equal(g.e.end.err, 0);
	assert_false(g.e.end.incomplete);
	assert_false(g.e.end.removed);
	assert_int_equal(g.e.end.duration_ms, 20000);
	name(file, PATH(1));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, g.e.end.bytes);
	name(file, B);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	fd = recfile_open(root, PATH(1));
	assert_true(fd >= 0);
	assert_int_equal(recfile_scan(fd, &info), 0);
	assert_true(info.ended);
	close(fd);
	assert_int_equal(recfile_remove(root, PATH(1)), 0);
	assert_int_equal(recfile_remove(root, PATH(1)), 0);
	assert_int_equal(recfile_open(root, PATH(1)), -ENOENT);
}

/* It begins when the announcement was heard, on the call's time line. */
static void test_begins_late(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, NULL);
	for (int i = 0; i < 600; i++)
		put(g.rec, i, true);
	recording_begin(g.rec, PATH(2), 600 * FRAME_US);
	speak(&g, 600, 700);
	rig_close(&g, 700 * FRAME_US, false);
	assert_int_equal(g.e.end.duration_ms, 14000);
	assert_false(g.e.end.incomplete);
	/* 12 s of silence are three bytes a frame and leg, and page headers */
	assert_true(g.e.end.bytes < 600 * 8 + 100 * 180);
}

static void test_never_begun(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, NULL);
	put(g.rec, 0, true);
	assert_false(recording_close(g.rec, FRAME_US, false, on_end, &g.e));
	recorder_free(g.r);
	loop_free(g.l);
	assert_false(g.e.ran);
}

static void test_dropped(void **state)
{
	char file[256];
	struct rig g;

	(void)state;
	rig_open(&g, PATH(3));
	speak(&g, 0, 200);
	name(file, PATH(3));
	assert_int_equal(access(file, F_OK), 0);
	rig_close(&g, 200 * FRAME_US, true);
	assert_true(g.e.end.removed);
	assert_int_equal(access(file, F_OK), -1);
}

/* Left frames of the file that are not silence, in [from, to). */
static int loud_left(const char *path, int from, int to)
{
	static uint8_t b[1 << 20];
	struct oggrec_page p;
	int fd = recfile_open(root, path), frame = 0, loud = 0;
	ssize_t len = read(fd, b, sizeof(b));
	size_t at = 0;

	close(fd);
	for (unsigned nr = 0;
	     at < (size_t)len && !oggrec_page(&p, b + at, (size_t)len - at);
	     nr++, at += p.len) {
		const uint8_t *body = p.body;

		for (unsigned i = 0; nr > 1 && i < p.frames; i++) {
			assert_true(b[at + 27 + i] < 255);
			if (frame >= from && frame < to)
				loud += body[1] != 2 || body[2] != 0xff ||
					body[3] != 0xfe;
			body += b[at + 27 + i];
			frame++;
		}
	}
	return loud;
}

/* A card number is noticed when it was written, or is just being spoken. */
static void test_mute(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, PATH(4));
	speak(&g, 0, 700);
	recording_mute(g.rec, 100 * FRAME, 300 * FRAME);
	recording_mute(g.rec, 680 * FRAME, 720 * FRAME);
	recorder_kick(g.r);
	speak(&g, 700, 1000);
	rig_close(&g, 1000 * FRAME_US, false);
	assert_int_equal(g.e.end.duration_ms, 20000);
	assert_int_equal(loud_left(PATH(4), 0, 1000), 1000 - 200 - 40);
	assert_int_equal(loud_left(PATH(4), 100, 300), 0);
	assert_int_equal(loud_left(PATH(4), 680, 720), 0);
}

/* The thread does not come round for 20 s: a disk that is that slow. */
static void test_slow_disk(void **state)
{
	struct rig g;

	(void)state;
	rig_open(&g, PATH(5));
	speak(&g, 0, 51);
	for (int i = 51; i < 1000; i++)
		put(g.rec, i, false);
	rig_close(&g, 1000 * FRAME_US, false);
	assert_int_equal(g.e.end.err, 0);
	assert_true(g.e.end.incomplete);
	assert_in_range(g.e.end.lost_ms, 10000, 12000);
	assert_int_equal(g.e.end.duration_ms, 20000);
}

static void test_full_disk(void **state)
{
	struct rlimit was, small;
	struct recfile_info info;
	struct rig g;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = 20000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rig_open(&g, PATH(6));
	speak(&g, 0, 1000);
	rig_close(&g, 1000 * FRAME_US, false);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(g.e.end.err, -EFBIG);
	assert_true(g.e.end.incomplete);
	assert_false(g.e.end.removed);
	assert_in_range(g.e.end.duration_ms, 1000, 10000);
	assert_int_equal(recfile_recover(root, PATH(6), &info), 0);
	assert_int_equal(info.duration_ms, g.e.end.duration_ms);
	assert_int_equal(info.bytes, g.e.end.bytes);
}

static void test_no_folder(void **state)
{
	char keep[64];
	struct rig g;

	(void)state;
	memcpy(keep, root, sizeof(keep));
	snprintf(root, sizeof(root), "/proc/none");
	rig_open(&g, PATH(7));
	for (int i = 0; i < 100; i++)
		put(g.rec, i, true);
	rig_close(&g, 100 * FRAME_US, false);
	memcpy(root, keep, sizeof(root));
	assert_true(g.e.end.err < 0);
	assert_true(g.e.end.incomplete);
	assert_true(g.e.end.removed);
	assert_int_equal(g.e.end.duration_ms, 0);
}

/* Waits until file, in a folder that is watched as fd, has size bytes. */
static void grown(int fd, const char *file, off_t size)
{
	int64_t end = clock_mono_us() + 20000000;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct stat st = {0};
	char events[4096];

	while (stat(file, &st) || st.st_size < size) {
		assert_true(clock_mono_us() < end);
		if (poll(&p, 1, 1000) > 0)
			assert_true(read(fd, events, sizeof(events)) > 0);
	}
}

/* A child writes and writes; it is killed where it stands. */
static void test_killed(void **state)
{
	struct recfile_info info;
	struct stat st;
	char file[256], folder[256];
	pid_t pid;
	int fd, status, watch = inotify_init1(IN_CLOEXEC);

	(void)state;
	name(file, PATH(8));
	name(folder, B);
	assert_true(!mkdir(folder, 0700) || errno == EEXIST);
	name(folder, B "/2026-11");
	assert_true(!mkdir(folder, 0700) || errno == EEXIST);
	assert_true(inotify_add_watch(watch, folder, IN_CREATE | IN_MODIFY) >=
		    0);
	pid = fork();
	if (!pid) {
		struct rig g;

		rig_open(&g, PATH(8));
		for (int i = 0;; i += 50)
			speak(&g, i, i + 50);
	}
	grown(watch, file, 60000);
	close(watch);
	assert_int_equal(recfile_recover(root, PATH(8), &info), -EBUSY);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* as if it had been in the middle of a page */
	fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "OggS\0\0garbage", 13), 13);
	close(fd);
	assert_int_equal(recfile_recover(root, PATH(8), &info), 0);
	assert_false(info.ended);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(info.bytes, st.st_size);
	/* some 60 bytes a frame and leg: all but the last second plays */
	assert_true(info.duration_ms > 5000);
	assert_int_equal(loud_left(PATH(8), 0, 1 << 30),
			 (info.duration_ms + 19) / 20);
}

static void test_paths(void **state)
{
	static const char *const bad[] = {
		"",
		"../../etc/passwd",
		B "/2026-11/" R "1.opu",
		B "/2026-11/" R "1.opusx",
		B "/2026/11/" R "1.opus",
		B "/20x6-11/" R "1.opus",
		"/" B "/2026-11/" R "1.opu",
		"../../../../../../../../../../../../../2026-11/" R "1.opus",
		B "/2026-11/../../../../../../../../../../../../e.opus",
	};
	struct recfile_info info;
	char out[RECFILE_PATH_MAX];

	(void)state;
	assert_int_equal(recfile_path(out, SV(B), SV(R "1"), 1795600000000), 0);
	assert_string_equal(out, PATH(1));
	assert_int_equal(recfile_path(out, SV("x"), SV(R "1"), 0), -EINVAL);
	assert_int_equal(recfile_path(out, SV(B), SV(R), 0), -EINVAL);
	assert_int_equal(recfile_path(out, SV(B), SV(R "1"), INT64_MAX),
			 -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_false(recfile_is_path(sv_str(bad[i])));
		assert_int_equal(recfile_open(root, bad[i]), -EINVAL);
		assert_int_equal(recfile_create(root, bad[i]), -EINVAL);
		assert_int_equal(recfile_remove(root, bad[i]), -EINVAL);
		assert_int_equal(recfile_recover(root, bad[i], &info), -EINVAL);
	}
	assert_int_equal(recfile_recover(root, PATH(9), &info), -ENOENT);
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/nb-rec-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	char cmd[128];

	(void)state;
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", root);
	return system(cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_begins_late),
		cmocka_unit_test(test_never_begun),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_slow_disk),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_no_folder),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
