/*
 * waits: each row of the media worker's table of waits is fired by one call
 * here, at its deadline and not before; what the caller hears then, what is
 * told to whom, and the row's counter are what the table says. The calls are
 * whole ones in virtual time: house.h.
 */
#include "house.h"

#include "proto/ws.h"

/* The first line of the log that says what: when it was. */
static int when(const char *what)
{
	const char *at = house_said(NULL, what);

	while (at > house.log.p && at[-1] != '\n')
		at--;
	return (int)strtol(at, NULL, 10);
}

static void begin(void)
{
	house_media();
	house_dial();
	house_begin();
}

/* The carrier opens a socket and never says what for. */
static void test_start(void **state)
{
	(void)state;
	house_media();
	house_dial();
	house_run(WAIT_START_MS);
	assert_true(house.open);
	assert_int_equal(0, house_fired("start"));
	house_run(40); /* two ticks of the worker */
	assert_false(house.open);
	assert_int_equal(1008, house.closed);
	assert_int_equal(1, house_fired("start"));
	assert_int_equal(0, counts_get(&house.counts.calls));
	house.s = NULL; /* freed with its socket */
}

/* The desk does not tell what the call is about. */
static void test_context(void **state)
{
	(void)state;
	house.hangs = "stream_begin";
	begin();
	house_run(WAIT_CONTEXT_MS - 20);
	assert_false(house_has("SAY"));
	assert_int_equal(0, house_fired("context"));
	house_run(40);
	assert_int_equal(1, house_fired("context"));
	assert_int_equal(WAIT_CONTEXT_MS, when("SAY Thank you for calling "
					       "Harbor Heating"));
	assert_int_equal(0, house.closed);
	house.hangs = NULL;
	house_run(3000);
	/* the desk learns of it later */
	house_said(house_said(NULL, "LATE stream_begin"),
		   "TOLD later {\"fn\":\"stream_begin\"");
	assert_true(house.got > 60); /* the greeting is heard */
}

/* Our recogniser dies, and for three seconds there is none. */
static void test_recogniser(void **state)
{
	const char *at;

	(void)state;
	begin();
	house_run(10000);  /* it has greeted and asked */
	house.loud = true; /* his line, from now on */
	house_deafen();
	assert_int_equal(1, counts_get(&house.counts.stt_lost));
	house_run(WAIT_RECOGNISER_MS - 20);
	assert_int_equal(0, house_fired("recogniser"));
	house_run(40);
	assert_int_equal(1, house_fired("recogniser"));
	house_run(24000); /* he is not heard: keys */
	at = house_said(house_said(NULL, "DEAF"), "SAY Please press a key");
	assert_true(house_fired("recogniser") > 30);
	house.ears_away = false;
	house_run(300);
	house_said(at, "HEAR");
	/* what has no text yet, as far back as the ring goes */
	assert_true(house_sess(SPEECH_STT)->next_n -
			    house_sess(SPEECH_STT)->from_n >=
		    (RING_MS - 100) * TEL_RATE_HZ / 1000);
}

static void net(void)
{
	assert_int_equal(0, dns_new(&house.dns, house.loop));
	assert_int_equal(0, wsc_env_new(&house.net, house.loop, house.dns));
}

/* A call that the cloud listens to; its socket is on the listener. */
static int begin_cloud(void)
{
	static char deepgram[] = "deepgram", key[] = "k", model[] = "nova-3";
	static char url[64];
	int port, fd = peer_listen(&port);

	net();
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d", port);
	house.cfg.deepgram.api_key = key;
	house.cfg.deepgram.model = model;
	house.cfg.deepgram.api_url = url;
	house.stt = deepgram;
	begin();
	return fd;
}

/* Takes the upgrade and says nothing more. No time passes. */
static int accept_mute(int lfd)
{
	char in[8192], out[256], accepted[WS_ACCEPT_LEN + 1];
	size_t n = 0;
	struct sv key;
	ssize_t got;
	int fd = -1;

	for (int i = 0; i < 100000 && !counts_get(&house.counts.cloud.opened);
	     i++) {
		house_turn();
		if (fd < 0)
			fd = accept(lfd, NULL, NULL);
		if (fd < 0 || memmem(in, n, "\r\n\r\n", 4))
			continue;
		got = recv(fd, in + n, sizeof(in) - n, MSG_DONTWAIT);
		n += got > 0 ? (size_t)got : 0;
		if (!memmem(in, n, "\r\n\r\n", 4))
			continue;
		assert_int_equal(0, ws_header((struct sv){in, n},
					      "Sec-WebSocket-Key", &key));
		ws_accept(accepted, key);
		snprintf(out, sizeof(out),
			 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
			 "websocket\r\nConnection: Upgrade\r\n"
			 "Sec-WebSocket-Accept: %s\r\n\r\n",
			 accepted);
		assert_true(send(fd, out, strlen(out), MSG_NOSIGNAL) > 0);
	}
	assert_int_equal(1, counts_get(&house.counts.cloud.opened));
	return fd;
}

/* It listens, and of a whole turn comes not a word. */
static void test_cloud_mute(void **state)
{
	struct speech_sess *ours;
	int64_t from_n, to_n;
	int lfd = begin_cloud(), fd, ended;

	(void)state;
	house_run(100);
	fd = accept_mute(lfd);
	house_run(9000);
	ours = house_sess(SPEECH_VAD);
	assert_non_null(ours);
	from_n = near_end_n(house.s->near);
	house.loud = true;
	house_run(200);
	ours->h.vadh(SPEECH_BEGAN, from_n, ours->h.arg);
	house_run(1000);
	house.loud = false;
	to_n = near_end_n(house.s->near);
	house_run(600);
	ours->h.vadh(SPEECH_ENDED, to_n, ours->h.arg);
	ended = house_ms();
	house_run(1480);
	assert_int_equal(0, house_fired("cloud"));
	assert_false(house_has("HEAR"));
	house_run(140);
	assert_int_equal(1, house_fired("cloud"));
	assert_in_range(when("HEAR"), ended + 1500, ended + 1600);
	assert_true(house_sess(SPEECH_STT)->from_n <= from_n);
	assert_true(house_sess(SPEECH_STT)->next_n > to_n);
	close(fd);
	close(lfd);
}

/*
 * Beside it our detector rests on a still line, and wakes in front of the
 * next sound; where what comes may be our own voice it hears silence.
 */
static void test_cloud_still(void **state)
{
	uint8_t b[TEL_FRAME_N];
	struct near_out o = {.data = b, .n = sizeof(b), .hold = true};
	int lfd = begin_cloud(), fd;
	struct speech_sess *ours;
	int64_t end_n;

	(void)state;
	house_run(100);
	fd = accept_mute(lfd);
	house_run(9000);
	ours = house_sess(SPEECH_VAD);
	assert_non_null(ours);
	end_n = near_end_n(house.s->near);
	assert_in_range(end_n - ours->next_n, 7000 * 8, 8000 * 8);
	ours->from_n = -1;
	house.loud = true;
	house_run(20);
	assert_int_equal(near_end_n(house.s->near), ours->next_n);
	assert_in_range(end_n - ours->from_n, 500 * 8, 620 * 8);
	house_run(200);
	end_n = near_end_n(house.s->near);
	assert_int_equal(end_n, ours->sound_n);
	/* the same noise, and it may be ours */
	memset(b, 0x90, sizeof(b));
	for (int i = 0; i < 3; i++) {
		o.at_n = end_n + i * TEL_FRAME_N;
		ring_put(&house.s->ring, o.at_n, b, sizeof(b));
		listen_heard(house.s, &o);
	}
	assert_int_equal(end_n + 3 * TEL_FRAME_N, ours->next_n);
	assert_int_equal(end_n, ours->sound_n);
	/* it was not: it hears that again, as it was */
	o.at_n += TEL_FRAME_N;
	o.hold = false;
	o.again = true;
	o.from_n = end_n;
	ours->from_n = -1;
	ring_put(&house.s->ring, o.at_n, b, sizeof(b));
	listen_heard(house.s, &o);
	assert_int_equal(end_n, ours->from_n);
	assert_int_equal(o.at_n + TEL_FRAME_N, ours->sound_n);
	close(fd);
	close(lfd);
}

/* It is lost in mid-call and cannot be reached again: sooner than that. */
static void test_cloud_lost(void **state)
{
	int lfd = begin_cloud(), fd, lost;

	(void)state;
	house_run(100);
	fd = accept_mute(lfd);
	house_run(9000);
	assert_false(house_has("HEAR"));
	close(lfd);
	close(fd);
	lost = house_ms();
	for (int i = 0; i < 40 && !house_fired("cloud"); i++)
		house_run(100);
	assert_int_equal(1, house_fired("cloud"));
	assert_in_range(when("HEAR"), lost, lost + WAIT_CLOUD_MS + 200);
	assert_int_equal(0, counts_get(&house.counts.stt_lost));
}

/* The cloud's recogniser takes our connection and never answers. */
static void test_cloud(void **state)
{
	struct speech_sess *ours;
	int64_t said_n;
	int fd = begin_cloud();

	(void)state;
	house_run(100);
	said_n = near_end_n(house.s->near); /* he speaks into the greeting */
	house.loud = true;
	house_run(200);
	ours = house_sess(SPEECH_VAD); /* beside the cloud's */
	assert_non_null(ours);
	ours->h.vadh(SPEECH_BEGAN, said_n, ours->h.arg);
	house_run(WAIT_CLOUD_MS - 300 - 40);
	house.loud = false;
	assert_false(house_has("HEAR"));
	assert_int_equal(0, house_fired("cloud"));
	house_run(140);
	assert_int_equal(1, house_fired("cloud"));
	assert_in_range(when("HEAR"), WAIT_CLOUD_MS, WAIT_CLOUD_MS + 120);
	/* ours hears all of it, and the dialog noticed nothing */
	house_run(100);
	assert_true(house_sess(SPEECH_STT)->from_n <= said_n);
	assert_int_equal(0, counts_get(&house.counts.stt_lost));
	house_run(10000);
	assert_false(house_has("press a key"));
	close(fd);
}

/* A cloud's frame to us, not masked. */
static void cloud_says(int fd, const char *json)
{
	uint8_t head[4] = {0x81, 126, (uint8_t)(strlen(json) >> 8),
			   (uint8_t)strlen(json)};

	assert_int_equal(4, send(fd, head, 4, MSG_NOSIGNAL));
	assert_true(send(fd, json, strlen(json), MSG_NOSIGNAL) > 0);
}

/* It tells of words that nobody can have said yet, and dies: ours hears on. */
static void test_cloud_future(void **state)
{
	int lfd = begin_cloud(), fd;

	(void)state;
	house_run(100);
	fd = accept_mute(lfd);
	house_run(6000);
	cloud_says(fd,
		   "{\"type\":\"Results\",\"is_final\":true,"
		   "\"speech_final\":true,\"start\":1.0,\"duration\":900.0,"
		   "\"channel\":{\"alternatives\":[{\"transcript\":"
		   "\"can you call me back\",\"confidence\":0.9,\"words\":["
		   "{\"word\":\"can\",\"start\":1.0,\"end\":1.2},"
		   "{\"word\":\"back\",\"start\":900.0,\"end\":900.5}]}]}}");
	house_run(1000);
	close(lfd);
	close(fd);
	for (int i = 0; i < 40 && !house_fired("cloud"); i++)
		house_run(100);
	assert_int_equal(1, house_fired("cloud"));
	house.loud = true;
	house_run(5000); /* he talks */
	assert_true(house_sess(SPEECH_STT)->next_n >
		    near_end_n(house.s->near) - 8000);
}

/* Whoever tells of speech that is to come: the next one hears from now on. */
static void test_future(void **state)
{
	struct speech_sess *ours;
	int64_t now_n;

	(void)state;
	begin();
	house_run(14000);
	ours = house_sess(SPEECH_STT);
	now_n = near_end_n(house.s->near);
	ours->h.texth(&(struct speech_text){.start_n = now_n - 8000,
					    .end_n = INT64_MAX,
					    .text = SV("call me back"),
					    .lang = SV("en"),
					    .source = SPEECH_FREE,
					    .final = true},
		      ours->h.arg);
	house_deafen();
	house.ears_away = false;
	house.loud = true;
	house_run(WAIT_RECOGNISER_MS + 1000);
	ours = house_sess(SPEECH_STT);
	assert_non_null(ours);
	assert_in_range(ours->from_n, now_n - 160, now_n + 160);
	assert_true(ours->next_n > now_n);
}

/* Greets for 12 s; then he wants to be called back. */
static void leaves_message(void)
{
	begin();
	house_run(14000);
	house_talk(1200, "can somebody call me back?");
	house_run(9000);
	house_talk(1000, "it is about my invoice");
	house_run(5000);
	house_talk(1000, "Robert Allen");
}

/* The desk takes no message: it is a promise, so it is kept. */
static void test_desk(void **state)
{
	const char *at;
	int asked;

	(void)state;
	house.tool_answer = "{\"ok\":true}";
	house.hangs = "tool";
	leaves_message();
	asked = house_ms();
	house_run(WAIT_DESK_MS - 1000);
	assert_int_equal(0, house_fired("desk"));
	house.hangs = NULL;
	house_run(1000);
	assert_int_equal(1, house_fired("desk"));
	assert_in_range(when("LATE tool"), asked + WAIT_DESK_MS - 800,
			asked + WAIT_DESK_MS);
	at = house_said(NULL, "LATE tool");
	house_said(at, "SAY Thank you. I have written that down");
	house_run(1000);
	at = house_said(at, "TOLD later {\"fn\":\"tool\"");
	house_said(at, "it is about my invoice");
	assert_int_equal(1, counts_get(&house.counts.tool_failed));
	assert_int_equal(0, house_fired("tool")); /* the engine's own row */
}

/* A visit cannot be promised without the desk: the dialog says so. */
static void test_desk_fails(void **state)
{
	(void)state;
	house.tool_answer = "{}";
	house.hangs = "tool";
	begin();
	house_run(14000);
	house_talk(1200, "I need to reschedule my appointment");
	house_run(WAIT_DESK_MS - 100);
	assert_int_equal(0, house_fired("desk"));
	house_run(200);
	assert_int_equal(1, house_fired("desk"));
	house_said(house_said(NULL, "LATE tool"),
		   "SAY I am sorry, I cannot reach our calendar just now.");
	house_run(1000);
	assert_false(house_has("\"fn\":\"tool\""));
}

/* Nobody stores what is said; the call goes on and it is stored later. */
static void test_stored(void **state)
{
	const char *at;

	(void)state;
	house.hangs = "segments";
	house.tool_answer = "{}";
	begin();
	house_run(14000);
	house_talk(1200, "can somebody call me back?");
	house_run(1000);
	house_said(NULL, "SAY Please tell me in a few words");
	house_run(WAIT_STORED_MS - house_ms());
	assert_int_equal(0, house_fired("stored"));
	house_run(15000);
	assert_true(house_fired("stored") > 0);
	house.hangs = NULL;
	house_run(WAIT_STORED_MS);
	at = house_said(NULL, "LATE segments");
	at = house_said(at, "TOLD later {\"fn\":\"segments\"");
	house_said(at, "can somebody call me back?");
}

/* Silence until we say goodbye: the call is over, its socket open. */
static void goodbye(void)
{
	begin();
	for (int ms = 0; ms < 120000 && !house.s->bye_us; ms += 20)
		house_run(20);
	assert_true(house.s->bye_us);
	assert_true(house.open);
}

/* The desk does not hear that it is over, and the caller waits no longer. */
static void test_over(void **state)
{
	(void)state;
	house.hangs = "call_end";
	goodbye();
	house_run(WAIT_OVER_MS - 40);
	assert_true(house.open);
	assert_int_equal(0, house_fired("over"));
	house_run(80);
	assert_false(house.open);
	assert_int_equal(1000, house.closed);
	assert_int_equal(1, house_fired("over"));
	house.hangs = NULL;
	house_run(WAIT_DESK_MS);
	house_said(house_said(NULL, "LATE call_end"),
		   "TOLD later {\"fn\":\"call_end\"");
	house.s = NULL; /* freed with that */
}

#define T(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_start),	      T(test_context),	  T(test_recogniser),
		T(test_cloud),	      T(test_cloud_mute), T(test_cloud_lost),
		T(test_cloud_still),  T(test_desk),	  T(test_desk_fails),
		T(test_stored),	      T(test_over),	  T(test_future),
		T(test_cloud_future),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
