/* days and times, against a fixed Monday morning. */
#include "tests/unit/assert.h"

#include <stdio.h>

#include "dialog/cal.h"
#include "dialog/nlu_when.h"
#include "dialog/spoken.h"
#include "base/buf.h"

/* Monday 2026-11-23, 10:00; open Monday to Saturday 8 to 18. */
static struct nlu_now monday(void)
{
	struct nlu_now now = {cal_days(2026, 11, 23), 600, {{0, 0}}};

	now.hours[0].open = -1;
	for (int i = 1; i < 7; i++) {
		now.hours[i].open = 480;
		now.hours[i].close = 1080;
	}
	return now;
}

/* "2026-11-24 14:00", "2026-11-24 >=15:00 (morning) any past later" … */
static void show(const struct nlu_when *w, char *out, size_t size)
{
	static const char *const rel[] = {"", "~", ">=", "<", ""};
	static const char *const part[] = {"", " morning", " afternoon",
					   " evening"};
	static const char *const shift[] = {"", " later", " earlier",
					    " next-day"};
	char date[24] = "-", time[64] = "";

	if (w->has_day)
		snprintf(date, sizeof(date), "%s", cal_date_str(w->day).s);
	if (w->has_time && w->rel == NLU_BETWEEN)
		snprintf(time, sizeof(time), " %s..%s", cal_time_str(w->time).s,
			 cal_time_str(w->until).s);
	else if (w->has_time)
		snprintf(time, sizeof(time), " %s%s", rel[w->rel],
			 cal_time_str(w->time).s);
	snprintf(out, size, "%s%s%s%s%s%s", date, time, part[w->part],
		 w->any ? " any" : "", shift[w->shift], w->past ? " past" : "");
}

struct row {
	const char *in, *out; /* out NULL: nothing said of a time */
};

static void check(const struct row *tv, size_t n, const struct nlu_now *now,
		  bool asked)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct nlu_text t;
		struct nlu_when w;
		char got[128] = "";
		bool any;

		nlu_split(&t, sv_str(tv[i].in));
		any = nlu_when(&w, &t, now, asked);
		if (any)
			show(&w, got, sizeof(got));
		if (any == (tv[i].out != NULL) &&
		    (!any || !strcmp(got, tv[i].out)))
			continue;
		print_error("\"%s\"\n want %s\n  got %s\n", tv[i].in,
			    tv[i].out ? tv[i].out : "nothing", got);
		wrong++;
	}
	assert_int_equal(0, wrong);
}

/* What answers "which day and time?" may mean. */
static const struct row said_days[] = {
	{"tomorrow", "2026-11-24"},
	{"Tomorrow, please.", "2026-11-24"},
	{"to morrow", "2026-11-24"},
	{"today", "2026-11-23"},
	{"the day after tomorrow", "2026-11-25"},
	{"Tuesday", "2026-11-24"},
	{"on wednesday", "2026-11-25"},
	{"Wensday", "2026-11-25"},
	{"Sunday", "2026-11-29"},
	{"Monday", "2026-11-30"},
	{"this Friday", "2026-11-27"},
	{"next Friday", "2026-12-04"},
	{"next Monday", "2026-11-30"},
	{"Friday next week", "2026-12-04"},
	{"a week from Tuesday", "2026-12-01"},
	{"Thursday week", "2026-12-03"},
	{"thurs", "2026-11-26"},
	{"next week", "2026-11-30"},
	{"this weekend", "2026-11-28"},
	{"in two days", "2026-11-25"},
	{"in a week", "2026-11-30"},
	{"two weeks from now", "2026-12-07"},
	{"in a couple of days", "2026-11-25"},
	{"the 3rd", "2026-12-03"},
	{"on the third", "2026-12-03"},
	{"the twenty fifth", "2026-11-25"},
	{"the 25th", "2026-11-25"},
	{"the thirty first", "2026-12-31"},
	{"December third", "2026-12-03"},
	{"december the third", "2026-12-03"},
	{"Dec. 3rd", "2026-12-03"},
	{"December 3, 2026", "2026-12-03"},
	{"the third of December", "2026-12-03"},
	{"3 December", "2026-12-03"},
	{"the first of next month", "2026-12-01"},
	{"November 20th", "2027-11-20"},
	{"January second", "2027-01-02"},
	{"February 29th", "2028-02-29"},
	{"11/24", "2026-11-24"},
	{"1/4", "2027-01-04"},
	{"12/3/2026", "2026-12-03"},
	{"Thursday the 26th", "2026-11-26"},
};

static const struct row said_times[] = {
	{"tomorrow at two", "2026-11-24 14:00"},
	{"tomorrow at 2", "2026-11-24 14:00"},
	{"Tomorrow at 2:30 p.m.", "2026-11-24 14:30"},
	{"tomorrow 2 p m", "2026-11-24 14:00"},
	{"tomorrow 2pm", "2026-11-24 14:00"},
	{"tomorrow at two p.m.", "2026-11-24 14:00"},
	{"tomorrow to p m", "2026-11-24 14:00"},
	{"tomorrow at for pm", "2026-11-24 16:00"},
	{"tomorrow two thirty", "2026-11-24 14:30"},
	{"tomorrow at 230", "2026-11-24 14:30"},
	{"tuesday half past two", "2026-11-24 14:30"},
	{"tuesday quarter to three", "2026-11-24 14:45"},
	{"a quarter past nine on tuesday", "2026-11-24 09:15"},
	{"ten minutes past ten tomorrow", "2026-11-24 10:10"},
	{"tomorrow at noon", "2026-11-24 12:00"},
	{"tomorrow at twelve", "2026-11-24 12:00"},
	{"tomorrow at twelve noon", "2026-11-24 12:00"},
	{"tomorrow at nine", "2026-11-24 09:00"},
	{"nine a.m. tomorrow", "2026-11-24 09:00"},
	{"9 o'clock tomorrow", "2026-11-24 09:00"},
	{"nine oh five tomorrow", "2026-11-24 09:05"},
	{"tomorrow at seven in the evening", "2026-11-24 19:00"},
	{"tomorrow at eight in the morning", "2026-11-24 08:00"},
	{"tomorrow at 14:00", "2026-11-24 14:00"},
	{"tomorrow fourteen hundred", "2026-11-24 14:00"},
	{"at two", "- 14:00"},
	{"three", "- 15:00"},
	{"ten thirty", "- 10:30"},
	{"tonight at seven", "2026-11-23 19:00"},
	{"today at two", "2026-11-23 14:00"},
	{"today at nine", "2026-11-23 09:00 past"},
	{"today at nine p.m.", "2026-11-23 21:00"},
	{"this morning", "2026-11-23 morning"},
	{"this afternoon at three", "2026-11-23 15:00"},
};

static const struct row said_spans[] = {
	{"tomorrow after three", "2026-11-24 >=15:00"},
	{"after 3 pm tomorrow", "2026-11-24 >=15:00"},
	{"before ten on Friday", "2026-11-27 <10:00"},
	{"Friday by noon", "2026-11-27 <12:00"},
	{"around two on Wednesday", "2026-11-25 ~14:00"},
	{"Wednesday about twoish", "2026-11-25 ~14:00"},
	{"Wednesday two ish", "2026-11-25 ~14:00"},
	{"between two and four tomorrow", "2026-11-24 14:00..16:00"},
	{"tomorrow from 9 to 11", "2026-11-24 09:00..11:00"},
	{"tomorrow ten to two", "2026-11-24 10:00..14:00"},
	{"Tuesday 1-3", "2026-11-24 13:00..15:00"},
	{"not before ten tomorrow", "2026-11-24 >=10:00"},
	{"no later than eleven tomorrow", "2026-11-24 <11:00"},
	{"Thursday at three or later", "2026-11-26 >=15:00"},
	{"tomorrow morning", "2026-11-24 morning"},
	{"Tuesday in the afternoon", "2026-11-24 afternoon"},
	{"friday evening", "2026-11-27 evening"},
	{"first thing tomorrow", "2026-11-24 morning"},
	{"first thing in the morning", "- morning"},
	{"in the morning", "- morning"},
	{"after work on Thursday", "2026-11-26 evening"},
	{"end of the day tomorrow", "2026-11-24 afternoon"},
	{"I work until five so after five thirty", "- >=17:30"},
	{"I get off work at five", "- >=17:00"},
	{"Um, let's say Wednesday at around ten?", "2026-11-25 ~10:00"},
	{"Wednesday, December 2nd, at 8:30 in the morning", "2026-12-02 08:30"},
	{"Not in the morning, in the afternoon", "- afternoon"},
	{"let's do the 4 o'clock", "- 16:00"},
	{"10am", "- 10:00"},
	{"At 9:15am on Tuesday", "2026-11-24 09:15"},
};

static const struct row said_no_preference[] = {
	{"The sooner the better.", "- any"},
	{"what else do you have", "- any"},
	{"I don't care", "- any"},
	{"as soon as possible", "- any"},
	{"ASAP", "- any"},
	{"any time", "- any"},
	{"Anytime tomorrow", "2026-11-24 any"},
	{"any day after three", "- >=15:00 any"},
	{"whenever you can", "- any"},
	{"it doesn't matter", "- any"},
	{"right now", "- any"},
	{"the next available appointment", "- any"},
	{"the first available", "- any"},
	{"what do you have", "- any"},
	{"do you have anything on Thursday?", "2026-11-26 any"},
};

static const struct row said_taken_back[] = {
	{"no, make it Wednesday", "2026-11-25"},
	{"no, how about Wednesday?", "2026-11-25"},
	{"Tuesday, no, Wednesday", "2026-11-25"},
	{"Tuesday at two, sorry, I mean at three", "2026-11-24 15:00"},
	{"not Tuesday, Wednesday", "2026-11-25"},
	{"I can't do Tuesday, how about Thursday", "2026-11-26"},
	{"Tuesday doesn't work, Thursday does", "2026-11-26"},
	{"any day but Tuesday", "2026-11-23"},
	{"Tuesday or Wednesday", "2026-11-24"},
	{"Wednesday instead of Tuesday", "2026-11-25"},
	{"why not Thursday", "2026-11-26"},
	{"not tomorrow", NULL},
	{"anything later?", "- any later"},
	{"something earlier", "- earlier"},
	{"the next day", "- next-day"},
	{"another day", "- next-day"},
	{"yesterday", "2026-11-22 past"},
};

static const struct row said_nothing[] = {
	{"", NULL},
	{"my name is Dana Miller", NULL},
	{"good morning", NULL},
	{"yes please", NULL},
	{"the first one", NULL},
	{"hold on a second", NULL},
	{"just one second please", NULL},
	{"banana", NULL},
	{"415 555 0123", NULL},
	{"the furnace is in the basement", NULL},
};

static void test_asked(void **state)
{
	struct nlu_now now = monday();
	(void)state;

	check(said_days, ARRAY_LEN(said_days), &now, true);
	check(said_times, ARRAY_LEN(said_times), &now, true);
	check(said_spans, ARRAY_LEN(said_spans), &now, true);
	check(said_no_preference, ARRAY_LEN(said_no_preference), &now, true);
	check(said_taken_back, ARRAY_LEN(said_taken_back), &now, true);
	check(said_nothing, ARRAY_LEN(said_nothing), &now, true);
}

static void test_unasked(void **state)
{
	static const struct row tv[] = {
		{"can somebody come tomorrow after three?",
		 "2026-11-24 >=15:00"},
		{"my furnace is broken, can somebody come tomorrow after "
		 "three? This is Dana Miller",
		 "2026-11-24 >=15:00"},
		{"I need a plumber on Thursday at ten", "2026-11-26 10:00"},
		{"I'd like an appointment as soon as possible", "- any"},
		{"my furnace broke this morning", NULL},
		{"it's been broken since Tuesday", NULL},
		{"it quit yesterday", NULL},
		{"It broke today, can you come tomorrow?", "2026-11-24"},
		{"my water heater started leaking last night", NULL},
		{"I have two furnaces", NULL},
		{"two of my drains are clogged", NULL},
		{"good morning, my furnace is out", NULL},
		{"it was installed in 2019", NULL},
		{"I need someone today", "2026-11-23"},
		{"the second floor bathroom drain", NULL},
		{"for three days now the heater makes a noise", NULL},
		{"Can someone come this afternoon?", "2026-11-23 afternoon"},
		{"the furnace stopped at two", NULL},
	};
	struct nlu_now now = monday();
	(void)state;

	check(tv, ARRAY_LEN(tv), &now, false);
}

static void test_turn_of_the_year(void **state)
{
	static const struct row tv[] = {
		{"tomorrow", "2027-01-01"},
		{"the day after tomorrow", "2027-01-02"},
		{"Friday", "2027-01-01"},
		{"next Thursday", "2027-01-07"},
		{"the 31st", "2026-12-31"},
		{"the first", "2027-01-01"},
		{"January 4th", "2027-01-04"},
		{"December 30th", "2027-12-30"},
		{"1/2", "2027-01-02"},
		{"the thirtieth", "2027-01-30"},
		{"today at eleven", "2026-12-31 11:00 past"},
		{"this morning", "2026-12-31 morning past"},
		{"today at four", "2026-12-31 16:00"},
		{"the first of next month", "2027-01-01"},
	};
	struct nlu_now now = monday();
	(void)state;

	now.today = cal_days(2026, 12, 31); /* a Thursday */
	now.minute = 15 * 60 + 30;
	check(tv, ARRAY_LEN(tv), &now, true);
}

static void test_turn_of_the_month(void **state)
{
	static const struct row tv[] = {
		{"the 31st", "2027-03-31"},   {"the 30th", "2027-03-30"},
		{"the 28th", "2027-02-28"},   {"tomorrow", "2027-03-01"},
		{"next month", "2027-03-01"},
	};
	struct nlu_now now = monday();
	(void)state;

	now.today = cal_days(2027, 2, 28); /* a Sunday */
	check(tv, ARRAY_LEN(tv), &now, true);
}

static void test_local(void **state)
{
	static const struct {
		int64_t wall_ms;
		int offset;
		const char *date, *time;
	} tv[] = {
		{INT64_C(1795446000000), 0, "2026-11-23", "15:00"},
		{INT64_C(1795446000000), -300, "2026-11-23", "10:00"},
		{INT64_C(1795446000000), 330, "2026-11-23", "20:30"},
		{INT64_C(1795446000000), 540, "2026-11-24", "00:00"},
		{INT64_C(1795446000000), -930, "2026-11-22", "23:30"},
		{INT64_C(951782400000), 0, "2000-02-29", "00:00"},
		{0, 0, "1970-01-01", "00:00"},
		{0, -60, "1969-12-31", "23:00"},
		{INT64_C(4102444799000), 0, "2099-12-31", "23:59"},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		int days, minute;

		cal_local(tv[i].wall_ms, tv[i].offset, &days, &minute);
		assert_string_equal(tv[i].date, cal_date_str(days).s);
		assert_string_equal(tv[i].time, cal_time_str(minute).s);
	}
	assert_int_equal(1, cal_dow(cal_days(2026, 11, 23)));
	assert_int_equal(4, cal_dow(0));
	assert_false(cal_exists(2026, 2, 29));
	assert_true(cal_exists(2028, 2, 29));
}

static void test_spoken(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: not a time */
	} tv[] = {
		{"2026-11-24T14:00", "Tuesday, November 24th at 2 PM"},
		{"2026-12-01T08:30", "Tuesday, December 1st at 8:30 AM"},
		{"2026-12-02T12:00", "Wednesday, December 2nd at noon"},
		{"2026-12-03T12:05", "Thursday, December 3rd at 12:05 PM"},
		{"2026-12-11T00:00", "Friday, December 11th at 12 AM"},
		{"2026-11-23", "Monday, November 23rd"},
		{"2026-13-01T08:00", NULL},
		{"2026-02-30", NULL},
		{"tomorrow", NULL},
		{"", NULL},
		{"2026-11-24T25:00", NULL},
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		buf_reset(&b);
		assert_int_equal(tv[i].out ? 0 : -EINVAL,
				 spoken_when(&b, sv_str(tv[i].in), NLU_EN));
		if (tv[i].out)
			assert_sv_equal(tv[i].out, buf_get(&b));
	}
	buf_reset(&b);
	spoken_phone(&b, SV("+14155550123"));
	assert_sv_equal("4 1 5, 5 5 5, 0 1 2 3", buf_get(&b));
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_turn_of_the_year),
		cmocka_unit_test(test_turn_of_the_month),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_spoken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
