/* speech/local/turns: when an utterance begins and ends. */
#include "tests/unit/assert.h"

#include "speech/local/turns.h"

/*
 * pattern: a letter per 32 ms window: # speech, - between the thresholds,
 * . silence. events: what comes, with the window (from 1) it comes after.
 */
static void test_turns(void **state)
{
	static const struct {
		const char *name, *pattern, *events;
		int start; /* window where speech begins, from 0 */
	} tv[] = {
		{"silence", "................................", "", 0},
		{"a click", "....#...........................", "", 0},
		{"a click again and again", "##.......##.......##....", "", 0},
		{"a word", "..#####.......................", "B5 P14 E23", 2},
		{"a gap", "..####..####.........................", "B5 P19 E28",
		 2},
		{"it was not the end",
		 "..####........####......................",
		 "B5 P13 R15 P25 E34", 2},
		{"fading counts as speech", "..####------.....................",
		 "B5 P19 E28", 2},
		{"a soft first sound", "....---####....................",
		 "B10 P18 E27", 4},
		{"long doubt before",
		 "..----------------####....................", "B21 P29 E38",
		 5},
		{"doubt alone is nothing", "..------------------......", "", 0},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char got[128] = "";
		struct turns t;

		turns_init(&t);
		t.hangover_n = 16 * TURNS_WINDOW_N - 10;
		for (size_t w = 0; tv[i].pattern[w]; w++) {
			char c = tv[i].pattern[w];
			enum turns_event e =
				turns_window(&t, c == '#'   ? 0.9f
						 : c == '-' ? 0.4f
							    : 0.05f);

			if (e == TURNS_NONE)
				continue;
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%c%zu", *got ? " " : "", " BPRE"[e], w + 1);
			if (e == TURNS_BEGAN)
				assert_int_equal(tv[i].start,
						 t.start_n / TURNS_WINDOW_N);
		}
		print_message("%s: %s\n", tv[i].name, got);
		assert_string_equal(tv[i].events, got);
	}
}

/* A complete text ends its own pause sooner, and no other. */
static void test_turns_early(void **state)
{
	static const struct {
		const char *name, *pattern, *events;
		int early_n; /* set when the pause begins */
	} tv[] = {
		{"not complete", "..#####.......................", "B5 P14 E23",
		 0},
		{"complete", "..#####.......................", "B5 P14 E18",
		 11 * TURNS_WINDOW_N},
		{"over already", "..#####.......................", "B5 P14 E15",
		 1},
		{"never longer", "..#####.......................", "B5 P14 E23",
		 99 * TURNS_WINDOW_N},
		{"it goes on", "..#####........####......................",
		 "B5 P14 R16 P26 E35", 11 * TURNS_WINDOW_N},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char got[128] = "";
		struct turns t;
		bool first = true;

		turns_init(&t);
		t.hangover_n = 16 * TURNS_WINDOW_N - 10;
		for (size_t w = 0; tv[i].pattern[w]; w++) {
			enum turns_event e = turns_window(
				&t, tv[i].pattern[w] == '#' ? 0.9f : 0.05f);

			if (e == TURNS_PAUSE && first) {
				t.early_n = tv[i].early_n;
				first = false;
			}
			if (e == TURNS_NONE)
				continue;
			snprintf(got + strlen(got), sizeof(got) - strlen(got),
				 "%s%c%zu", *got ? " " : "", " BPRE"[e], w + 1);
		}
		print_message("%s: %s\n", tv[i].name, got);
		assert_string_equal(tv[i].events, got);
	}
}

static void test_turns_cut(void **state)
{
	struct turns t;
	int64_t cut_n = 0;
	int begun = 0, ended = 0;
	(void)state;

	turns_init(&t);
	t.max_n = 100 * TURNS_WINDOW_N;
	for (int w = 0; w < 250; w++) {
		switch (turns_window(&t, 0.9f)) {
		case TURNS_BEGAN:
			begun++;
			if (begun > 1) /* goes on exactly where it was cut */
				assert_int_equal(cut_n, t.start_n);
			break;
		case TURNS_ENDED:
			ended++;
			cut_n = t.end_n;
			assert_int_equal(t.pos_n, t.end_n);
			break;
		default:
			break;
		}
	}
	assert_int_equal(3, begun);
	assert_int_equal(2, ended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_turns_early),
		cmocka_unit_test(test_turns_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
