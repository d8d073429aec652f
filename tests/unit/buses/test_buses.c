/* buses: every bus of the table rings, forgets nothing and stays quiet. */
#include "tests/unit/io/io.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "buses/all.h"

#define SHOP_A "0190a1b2-0000-7000-8000-00000000000a"
#define SHOP_B "0190a1b2-0000-7000-8000-00000000000b"

static struct loop *loop;
static char dir[] = "/tmp/nightbell-bus-XXXXXX";
static char path[64];

struct ear {
	int bells, partials;
	char business[64], payload[64];
};

static void bell_h(struct sv business, void *arg)
{
	struct ear *e = arg;

	e->bells++;
	sv_copy(e->business, sizeof(e->business), business);
}

static void partial_h(struct sv business, struct sv payload, void *arg)
{
	struct ear *e = arg;

	e->partials++;
	sv_copy(e->business, sizeof(e->business), business);
	sv_copy(e->payload, sizeof(e->payload), payload);
}

static int listen_at(void)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	sv_copy(un.sun_path, sizeof(un.sun_path), sv_str(path));
	unlink(path);
	assert_int_equal(0, bind(fd, (struct sockaddr *)&un, sizeof(un)));
	assert_int_equal(0, listen(fd, 16));
	return fd;
}

static const struct bus_prm *desk_prm(int self, unsigned desks, int fd,
				      const struct bus_handlers *h)
{
	static struct bus_prm prm;

	prm = (struct bus_prm){.loop = loop,
			       .dir = dir,
			       .desks = desks,
			       .self = self,
			       .listen_fd = fd};
	if (h)
		prm.h = *h;
	return &prm;
}

static const struct bus_prm *ringer(unsigned desks)
{
	return desk_prm(-1, desks, -1, NULL);
}

static void test_rings(const struct bus *bus)
{
	struct ear ear = {0};
	struct bus_handlers h = {bell_h, partial_h, &ear};
	struct bus_sess *desk, *media, *other;
	int fd = listen_at();

	assert_int_equal(0, bus->open(&desk, desk_prm(0, 1, fd, &h)));
	assert_int_equal(0, bus->open(&media, ringer(1)));
	assert_int_equal(0, bus->open(&other, ringer(1)));
	bus->ring(media, SV(SHOP_A));
	RUN_UNTIL(loop, ear.bells == 1);
	assert_string_equal(SHOP_A, ear.business);
	bus->partial(media, SV(SHOP_B), SV("{\"text\":\"my sink\"}"));
	RUN_UNTIL(loop, ear.partials == 1);
	assert_string_equal(SHOP_B, ear.business);
	assert_string_equal("{\"text\":\"my sink\"}", ear.payload);
	bus->ring(other, SV(SHOP_B));
	RUN_UNTIL(loop, ear.bells == 2);
	/* Who hears rings for itself too. */
	bus->ring(desk, SV(SHOP_A));
	bus->partial(desk, SV(SHOP_A), SV("{}"));
	RUN_UNTIL(loop, ear.bells == 3 && ear.partials == 2);
	/* What is no business is dropped. */
	bus->ring(media, SV("nonsense"));
	bus->ring(media, SV(""));
	bus->partial(media, SV("nonsense"), SV("{}"));
	bus->ring(media, SV(SHOP_B));
	RUN_UNTIL(loop, ear.bells == 4);
	assert_int_equal(2, ear.partials);
	bus->close(media);
	bus->close(other);
	bus->close(desk);
	close(fd);
}

/* The desk restarts: bells of the meantime ring once each, partials do not. */
static void test_desk_comes_back(const struct bus *bus)
{
	struct ear ear = {0};
	struct bus_handlers h = {bell_h, partial_h, &ear};
	struct bus_sess *desk, *media;
	int fd;

	unlink(path);
	assert_int_equal(0, bus->open(&media, ringer(1)));
	for (int i = 0; i < 5; i++) {
		bus->ring(media, SV(SHOP_A));
		bus->ring(media, SV(SHOP_B));
		bus->partial(media, SV(SHOP_B), SV("{}"));
		uv_run(loop_uv(loop), UV_RUN_NOWAIT);
	}
	fd = listen_at();
	assert_int_equal(0, bus->open(&desk, desk_prm(0, 1, fd, &h)));
	RUN_UNTIL(loop, ear.bells == 2);
	bus->partial(media, SV(SHOP_A), SV("{}"));
	RUN_UNTIL(loop, ear.partials == 1);
	assert_int_equal(2, ear.bells);
	bus->close(desk);
	bus->ring(media, SV(SHOP_A)); /* its loss is not known yet */
	bus->close(media);
	close(fd);
}

/* Two desks: both hear what anybody rings, one of them also while the other is
 * away; it hears of it when it comes back. */
static void test_two_desks(const struct bus *bus)
{
	struct ear ears[2] = {0};
	struct bus_handlers h[2] = {{bell_h, partial_h, &ears[0]},
				    {bell_h, partial_h, &ears[1]}};
	struct bus_sess *desks[2], *media;
	int fds[2];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), BUS_SOCKET_FMT, dir, i);
		fds[i] = listen_at();
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(
			0, bus->open(&desks[i], desk_prm(i, 2, fds[i], &h[i])));
	assert_int_equal(0, bus->open(&media, ringer(2)));
	bus->ring(media, SV(SHOP_A));
	RUN_UNTIL(loop, ears[0].bells == 1 && ears[1].bells == 1);
	bus->ring(desks[1], SV(SHOP_B));
	RUN_UNTIL(loop, ears[0].bells == 2 && ears[1].bells == 2);
	assert_string_equal(SHOP_B, ears[0].business);
	bus->partial(media, SV(SHOP_A), SV("{}"));
	RUN_UNTIL(loop, ears[0].partials == 1 && ears[1].partials == 1);
	bus->close(desks[0]);
	close(fds[0]);
	bus->ring(media, SV(SHOP_A));
	bus->ring(media, SV(SHOP_B));
	RUN_UNTIL(loop, ears[1].bells == 4);
	snprintf(path, sizeof(path), BUS_SOCKET_FMT, dir, 0u);
	fds[0] = listen_at();
	assert_int_equal(0,
			 bus->open(&desks[0], desk_prm(0, 2, fds[0], &h[0])));
	/* the bells that found it away; one may have gone into its socket */
	bus->ring(media, SV(SHOP_A));
	RUN_UNTIL(loop, ears[0].bells >= 3);
	assert_int_equal(5, ears[1].bells);
	bus->close(media);
	for (int i = 0; i < 2; i++) {
		bus->close(desks[i]);
		close(fds[i]);
		snprintf(path, sizeof(path), BUS_SOCKET_FMT, dir, (unsigned)i);
		unlink(path);
	}
	snprintf(path, sizeof(path), BUS_SOCKET_FMT, dir, 0u);
}

/* Nobody listens for long: nothing grows, nothing breaks. */
static void test_many_while_away(const struct bus *bus)
{
	struct bus_sess *media;
	char business[] = SHOP_A;

	unlink(path);
	assert_int_equal(0, bus->open(&media, ringer(1)));
	for (int i = 0; i < 5000; i++) {
		snprintf(business + 24, sizeof(business) - 24, "%012d", i);
		bus->ring(media, sv_str(business));
	}
	bus->close(media);
}

static void test_all(void **state)
{
	(void)state;
	for (size_t i = 0; bus_all[i]; i++) {
		print_message("%s\n", bus_all[i]->name);
		assert_int_equal(0, loop_new(&loop));
		test_rings(bus_all[i]);
		test_desk_comes_back(bus_all[i]);
		test_two_desks(bus_all[i]);
		test_many_while_away(bus_all[i]);
		loop = loop_free(loop);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), BUS_SOCKET_FMT, dir, 0u);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return failed;
}
