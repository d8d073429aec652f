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
	struct nlu_now now = {cal_days(2026, 11, 23), 600, {{0, 0}}, false};

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
					    " next-day", " by"};
	static const char *const days[] = {"sun", "mon", "tue", "wed",
					   "thu", "fri", "sat"};
	char date[24] = "-", time[64] = "";
	size_t n;

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
	n = strlen(out);
	if (w->shift == NLU_BY)
		n += (size_t)snprintf(out + n, size - n, " %dd %dm", w->by_days,
				      w->by_minutes);
	if (w->same_time || w->same_day)
		n += (size_t)snprintf(out + n, size - n, "%s%s",
				      w->same_time ? " same-time" : "",
				      w->same_day ? " same-day" : "");
	for (unsigned i = 0; i < 7; i++) {
		if (w->not_dow & 1u << i)
			n += (size_t)snprintf(out + n, size - n, " -%s",
					      days[i]);
	}
	for (size_t i = 0; i < w->n_not; i++)
		n += (size_t)snprintf(out + n, size - n, " -%s",
				      cal_date_str(w->not_day[i]).s + 5);
}

struct row {
	const char *in, *out; /* out NULL: nothing said of a time */
};

static void check_in(enum nlu_lang lang, const struct row *tv, size_t n,
		     const struct nlu_now *now, bool asked)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct nlu_text t;
		struct nlu_when w;
		char got[128] = "";
		bool any;

		nlu_split_lang(&t, sv_str(tv[i].in), lang);
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

static void check(const struct row *tv, size_t n, const struct nlu_now *now,
		  bool asked)
{
	check_in(NLU_EN, tv, n, now, asked);
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
	{"not Tuesday, Wednesday", "2026-11-25 -tue"},
	{"I can't do Tuesday, how about Thursday", "2026-11-26 -tue"},
	{"Tuesday doesn't work, Thursday does", "2026-11-26 -tue"},
	{"any day but Tuesday", "2026-11-23 -tue"},
	{"Tuesday or Wednesday", "2026-11-24"},
	{"Wednesday instead of Tuesday", "2026-11-25 -tue"},
	{"why not Thursday", "2026-11-26"},
	{"not tomorrow", "- -11-24"},
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

/* What is booked is none of the wish; both when asked and when not. */
static const struct row said_moves[] = {
	{"I need to change my appointment from Thursday to Friday at 2",
	 "2026-11-27 14:00"},
	{"reschedule my Thursday appointment to Monday at 10",
	 "2026-11-30 10:00"},
	{"move my appointment on Thursday to Friday", "2026-11-27"},
	{"move Thursday's appointment to Friday at two", "2026-11-27 14:00"},
	{"I have an appointment on Thursday at nine", NULL},
	{"I have an appointment Thursday, can we move it to Friday at ten",
	 "2026-11-27 10:00"},
	{"can I have an appointment on Thursday at nine", "2026-11-26 09:00"},
	{"I need an appointment on Thursday", "2026-11-26"},
	{"can you move my appointment to Thursday", "2026-11-26"},
	{"can we move my 9 o'clock to 11", "- 11:00"},
	{"can we move it from nine to eleven", "- 11:00"},
	{"move it to three", "- 15:00"},
	{"I'm scheduled for Thursday, could we change it to Friday",
	 "2026-11-27"},
	{"can somebody be scheduled for Thursday", "2026-11-26"},
	{"I can't make it Thursday, can we push it to Friday same time?",
	 "2026-11-27 same-time -thu"},
	{"can't make it Thursday, need to reschedule to Friday at ten",
	 "2026-11-27 10:00 -thu"},
	{"I can't make it Thursday", "- -thu"},
	{"can you push it back an hour", "- by 0d 60m"},
	{"can we move my appointment to the same time next week", "- by 7d 0m"},
	{"can we move it to next week, same time", "- by 7d 0m"},
	{"move it to next week, same day, same time", "- by 7d 0m"},
	{"move it to the same day and time next week", "- by 7d 0m"},
	{"can I change it to the same day next week", "- by 7d 0m"},
	{"reschedule for next week at the same time please", "- by 7d 0m"},
	{"move it to next week", "2026-11-30"},
	{"move it to next week on Friday, same time", "2026-12-04 same-time"},
	{"move it to the same time next Friday", "2026-12-04 same-time"},
	{"move it to Friday next week, same time", "2026-12-04 same-time"},
	{"move it to the same time on Friday", "2026-11-27 same-time"},
	{"can we push it out a week", "- by 7d 0m"},
	{"move it a day later", "- by 1d 0m"},
	{"move it two hours earlier", "- by 0d -120m"},
	{"move it to later the same day", "- later same-day"},
	{"swap my Thursday for a Friday at three", "2026-11-27 15:00"},
	{"cancel my appointment on Thursday", NULL},
	{"I need to reschedule Thursday", NULL},
	{"please reschedule for Thursday", "2026-11-26"},
};

/* Days that do not do are never the wish. */
static const struct row said_not[] = {
	{"can we move it to Friday from nine to eleven",
	 "2026-11-27 09:00..11:00"},
	{"any day next week except Monday", "2026-12-01 -mon"},
	{"any day next week except Monday and Tuesday", "2026-12-02 -mon -tue"},
	{"next week but not on Monday", "2026-12-01 -mon"},
	{"not Tuesday either", "- -tue"},
	{"Tuesdays and Thursdays are bad for me", "- -tue -thu"},
	{"Tuesday is bad, Thursday is fine", "2026-11-26 -tue"},
	{"Tuesdays and Thursdays are good for me", "2026-11-24"},
	{"I can't do Tuesday or Wednesday", "- -tue -wed"},
	{"I'm in surgery on Wednesday, so Friday would be better",
	 "2026-11-27 -wed"},
	{"I have a doctor's appointment at nine tomorrow, so maybe one",
	 "2026-11-24 13:00"},
	{"my kid's birthday is on the 5th so the 6th at ten",
	 "2026-12-06 10:00 -12-05"},
	{"I have a meeting on Friday", "- -fri"},
	{"after my class on Friday", "2026-11-27"},
	{"Friday I am free all day", "2026-11-27"},
	{"Friday I am in surgery", "- -fri"},
	{"I'm off on Wednesday so Wednesday at ten", "2026-11-25 10:00"},
	{"tomorrow doesn't work", "- -11-24"},
	{"Wednesday I work, Thursday I don't", "- -wed -thu"},
	{"Wednesday I work until five", "2026-11-25"},
	{"Thursday is Thanksgiving so Friday", "2026-11-27 -thu"},
	{"the Friday after Thanksgiving", "2026-11-27"},
	{"no Wednesdays please", "- -wed"},
	{"no, Wednesday please", "2026-11-25"},
	{"Friday won't be a problem", "2026-11-27"},
	{"weekends are bad", "- -sun -sat"},
	{"any day but the weekend", "2026-11-23 -sun -sat"},
	{"this weekend is fine", "2026-11-28"},
	{"not this week, next week",
	 "2026-11-30 -11-23 -11-24 -11-25 -11-26 -11-27 -11-28 -11-29"},
};

static const struct row said_counted[] = {
	{"two Fridays from now", "2026-12-04"},
	{"three Tuesdays from now", "2026-12-08"},
	{"the Friday after next", "2026-12-11"},
	{"two Fridays from now at three", "2026-12-04 15:00"},
	{"ten to nine tomorrow", "2026-11-24 08:50"},
	{"tomorrow at ten to eight", "2026-11-24 07:50"},
	{"tomorrow from ten to eleven", "2026-11-24 10:00..11:00"},
	{"tomorrow ten to four", "2026-11-24 10:00..16:00"},
};

static const struct row said_es[] = {
	{"quiero mover mi cita del jueves al viernes a las dos",
	 "2026-11-27 14:00"},
	{"quiero cambiar mi cita del jueves para el lunes a las diez",
	 "2026-11-30 10:00"},
	{"tengo una cita el jueves, quiero moverla al viernes a las diez",
	 "2026-11-27 10:00"},
	{"necesito una cita el jueves a las nueve", "2026-11-26 09:00"},
	{"quiero una cita para el jueves", "2026-11-26"},
	{"quiero mover mi cita al jueves", "2026-11-26"},
	{"quiero cancelar mi cita del jueves", NULL},
	{"no puedo ir el jueves, lo podemos pasar al viernes a la misma hora",
	 "2026-11-27 same-time -thu"},
	{"quiero moverla una hora más tarde", "- by 0d 60m"},
	{"quiero moverla un día después", "- by 1d 0m"},
	{"quiero moverla dos horas antes", "- by 0d -120m"},
	{"quiero moverla a más tarde el mismo día", "- later same-day"},
	{"cualquier día de la próxima semana menos el lunes",
	 "2026-12-01 -mon"},
	{"el martes tampoco puedo", "- -tue"},
	{"tampoco el martes", "- -tue"},
	{"los martes y los jueves no puedo", "- -tue -thu"},
	{"los martes y jueves me quedan mal", "- -tue -thu"},
	{"el martes me queda bien", "2026-11-24"},
	{"tengo cirugía el miércoles, así que el viernes sería mejor",
	 "2026-11-27 -wed"},
	{"tengo una junta el miércoles, mejor el viernes", "2026-11-27 -wed"},
	{"el cumpleaños de mi hijo es el 5, así que el 6 a las diez",
	 "2026-12-06 10:00 -12-05"},
	{"de aquí a dos viernes", "2026-12-04"},
	{"mañana a diez para las nueve", "2026-11-24 08:50"},
};

/* Told beside the wish, whether asked for a day or not. */
static const struct row said_told[] = {
	{"tomorrow night at 8", "2026-11-24 20:00"},
	{"Thursday night at 7", "2026-11-26 19:00"},
	{"can you come at 8 tomorrow night", "2026-11-24 20:00"},
	{"I need someone Thursday night", "2026-11-26 evening"},
	{"Thursday evening at 7", "2026-11-26 19:00"},
	{"Thursday morning at 8", "2026-11-26 08:00"},
	{"I need furnace repair Thursday around noonish, "
	 "I'm at 48 Oak Avenue",
	 "2026-11-26 ~12:00"},
	{"furnace repair Thursday noon-ish, I'm at 48 Oak Avenue",
	 "2026-11-26 ~12:00"},
	{"furnace repair Thursday noon, we're at 48 Oak Avenue",
	 "2026-11-26 12:00"},
	{"oil change tomorrow at 9", "2026-11-24 09:00"},
	{"an oil change Friday", "2026-11-27"},
	{"tire change on Thursday at ten", "2026-11-26 10:00"},
	{"filter change this Friday please", "2026-11-27"},
	{"I want to change Friday to Saturday", "2026-11-28"},
	{"please change Thursday to Friday at ten", "2026-11-27 10:00"},
	{"not tomorrow, I work until 5, so Thursday after that",
	 "2026-11-26 >=17:00 -11-24"},
	{"not Thursday, I work until six, so Friday", "2026-11-27 -thu"},
	{"not on Thursday, I work until six, Friday please", "2026-11-27 -thu"},
	{"Thursday but not in the morning", "2026-11-26 >=12:00"},
	{"Thursday, just not in the afternoon", "2026-11-26 <12:00"},
	{"either Thursday or Friday but not in the morning",
	 "2026-11-26 >=12:00"},
	{"I can't do mornings, so Thursday", "2026-11-26 >=12:00"},
	{"not tomorrow morning, Thursday please", "2026-11-26 -11-24"},
	{"Saturday but not too early", "2026-11-28 >=10:00"},
	{"Saturday but not first thing in the morning", "2026-11-28 >=10:00"},
	{"Friday, not too late", "2026-11-27 <16:00"},
	{"Thursday in the morning, not the afternoon", "2026-11-26 morning"},
	{"my drain clogged this morning, can you come Friday afternoon?",
	 "2026-11-27 afternoon"},
	{"the toilet backed up on Sunday, I'm free Thursday", "2026-11-26"},
	{"my toilet overflowed on Sunday and I need someone Thursday",
	 "2026-11-26"},
	{"I chipped a tooth on Sunday, could I come in Thursday?",
	 "2026-11-26"},
	{"the drain clogged up today, how about Wednesday", "2026-11-25"},
	{"my crown fell off on Saturday, I can come Thursday", "2026-11-26"},
	{"it was fixed on Friday but I need somebody Tuesday", "2026-11-24"},
	{"I wanted to come Thursday", "2026-11-26"},
	{"I need my clogged drain fixed Thursday", "2026-11-26"},
	{"clogged drain, Thursday", "2026-11-26"},
	{"clogged drain tomorrow at two", "2026-11-24 14:00"},
	{"I leave for vacation on Friday so I need the drain done Wednesday",
	 "2026-11-25 -fri"},
	{"we're leaving on Friday, so Wednesday please", "2026-11-25 -fri"},
	{"my parents arrive Friday so I need it Wednesday", "2026-11-25 -fri"},
	{"I can leave the key on Friday", "2026-11-27"},
	{"Friday is not bad", "2026-11-27"},
	{"Friday isn't too early for me", "2026-11-27"},
	{"Friday isn't that good, so Saturday", "2026-11-28 -fri"},
	{"Friday is too early, Saturday", "2026-11-28 -fri"},
	{"can your company come Friday", "2026-11-27"},
	{"can my daughter come in on Friday", "2026-11-27"},
	{"could the technician arrive on Friday", "2026-11-27"},
	{"I'd like my son to come Friday", "2026-11-27"},
	{"my parents will arrive Friday so I need it Wednesday",
	 "2026-11-25 -fri"},
	{"we have company coming Friday so Wednesday please",
	 "2026-11-25 -fri"},
	{"I work Monday to Friday so it must be Saturday",
	 "2026-11-28 -mon -tue -wed -thu -fri"},
	{"I work Monday through Thursday so Friday at ten",
	 "2026-11-27 10:00 -mon -tue -wed -thu"},
	{"I'm working Tuesday, so Wednesday", "2026-11-25 -tue"},
	{"I work until Thursday, so Friday", "2026-11-27"},
	{"I'm on vacation until Thursday, so Friday please", "2026-11-27"},
	{"I'm on vacation until next Monday, so Tuesday please", "2026-12-01"},
	{"we're out of town till Wednesday, Thursday would be good",
	 "2026-11-26"},
	{"I work from home on Friday so Friday is good", "2026-11-27"},
	{"I work until five on Thursday so Friday", "2026-11-27"},
	{"late afternoon on Friday", "2026-11-27 15:00..17:00"},
	{"Friday late in the afternoon", "2026-11-27 15:00..17:00"},
	{"early afternoon on Friday", "2026-11-27 afternoon"},
	{"late morning on Friday", "2026-11-27 10:00..12:00"},
	{"Friday late in the morning", "2026-11-27 10:00..12:00"},
	{"late Friday morning", "2026-11-27 10:00..12:00"},
	{"late tomorrow afternoon", "2026-11-24 15:00..17:00"},
	{"not too late Friday morning", "2026-11-27 <16:00"},
	{"not Friday morning, Friday afternoon", "2026-11-27 afternoon"},
	{"not Friday morning but Friday afternoon", "2026-11-27 afternoon"},
	{"I can't do Friday morning, Friday afternoon works",
	 "2026-11-27 afternoon"},
	{"Friday morning doesn't work, but Friday at three does",
	 "2026-11-27 15:00"},
	{"not tomorrow morning, tomorrow afternoon", "2026-11-24 afternoon"},
	{"not Friday morning, the afternoon would be better",
	 "2026-11-27 afternoon"},
	{"Friday afternoon, not Friday morning", "2026-11-27 afternoon"},
	{"Friday, but not Friday morning", "2026-11-27 >=12:00"},
	{"not Friday morning, Monday afternoon", "2026-11-30 afternoon -fri"},
	{"not Friday, Friday is bad, so Monday", "2026-11-30 -fri"},
	{"Friday my wife works, so Saturday", "2026-11-28 -fri"},
	{"Friday my wife works, Saturday please", "2026-11-28 -fri"},
	{"on Friday my husband is working so Saturday", "2026-11-28 -fri"},
	{"Friday the kids have school, Saturday is good", "2026-11-28 -fri"},
	{"Friday my husband has to work, so Saturday", "2026-11-28 -fri"},
	{"Friday my wife is home so Friday", "2026-11-27"},
	{"Friday my wife works from home, so Friday", "2026-11-27"},
	{"Friday my wife doesn't work, so Friday", "2026-11-27"},
	{"Friday my kids have no school, so Friday is good", "2026-11-27"},
	{"after school on Tuesday", "2026-11-24 >=15:00"},
	{"tomorrow, no, the day after", "2026-11-25"},
	{"tomorrow, or actually the day after that", "2026-11-25"},
	{"Thursday, no wait, the day before", "2026-11-25"},
	{"I'm working from home Thursday so Thursday please", "2026-11-26"},
	{"I'm calling to have the tooth that I chipped on Sunday looked at, "
	 "Thursday please",
	 "2026-11-26"},
	{"I cracked it Saturday I need Thursday", "2026-11-26"},
	{"I had an accident on Sunday, can I come Thursday", "2026-11-26"},
	{"I was hoping for Thursday", "2026-11-26"},
	{"I checked my calendar Friday is good", "2026-11-27"},
	{"we settled on Friday at ten", "2026-11-27 10:00"},
	{"I go to work Friday so Thursday", "2026-11-26 -fri"},
	{"I have to work Friday so Thursday", "2026-11-26 -fri"},
	{"you have to work on it Friday", "2026-11-27"},
	{"not in the morning on Friday", "2026-11-27 >=12:00"},
	{"the day before Friday", "2026-11-26"},
	{"the day after Friday at ten", "2026-11-28 10:00"},
	{"I'm back Friday so Saturday", "2026-11-28"},
	{"I return on Friday so Saturday", "2026-11-28"},
	{"can you come back Friday", "2026-11-27"},
	{"I was in pain on Sunday, Thursday please", "2026-11-26"},
	{"my tooth started hurting on Sunday, Thursday please", "2026-11-26"},
	{"I need it looked at Thursday", "2026-11-26"},
	{"can I get my teeth cleaned Friday", "2026-11-27"},
	{"it flooded last night and again this morning", NULL},
	{"not until Thursday", "2026-11-26"},
	{"I can't wait until Thursday", "- -thu"},
	{"not mornings or afternoons, Thursday", "2026-11-26 >=17:00"},
	{"mornings and afternoons don't work, Thursday", "2026-11-26 >=17:00"},
	{"Thursday morning, I'm at 48 Oak Avenue", "2026-11-26 morning"},
	{"I can't get there until the afternoon on Friday",
	 "2026-11-27 afternoon"},
	{"Friday I leave, so Thursday", "2026-11-26 -fri"},
	{"Thursday, I leave on Friday", "2026-11-26 -fri"},
	{"I leave Friday, can you come before then", "- -fri"},
	{"Thursday is too early, Friday", "2026-11-27 -thu"},
	{"as late as possible on Friday", "2026-11-27 ~17:00"},
	{"what's the latest you have on Friday", "2026-11-27 ~17:00"},
	{"the last appointment on Friday", "2026-11-27 ~17:00"},
	{"I work 9 to 5 Monday to Friday so Saturday",
	 "2026-11-28 -mon -tue -wed -thu -fri"},
};

static const struct row said_told_es[] = {
	{"mañana en la noche a las 8", "2026-11-24 20:00"},
	{"el jueves en la noche a las 7", "2026-11-26 19:00"},
	{"el jueves pero no en la mañana", "2026-11-26 >=12:00"},
	{"el jueves, pero por la tarde no", "2026-11-26 <12:00"},
	{"el sábado pero no muy temprano", "2026-11-28 >=10:00"},
	{"cambio de aceite el viernes a las nueve", "2026-11-27 09:00"},
	{"el desagüe se tapó esta mañana, ¿pueden venir el viernes?",
	 "2026-11-27"},
	{"se rompió el domingo, estoy libre el jueves", "2026-11-26"},
	{"salgo de vacaciones el viernes, así que necesito que vengan el "
	 "miércoles",
	 "2026-11-25 -fri"},
	{"trabajo de lunes a viernes, así que el sábado",
	 "2026-11-28 -mon -tue -wed -thu -fri"},
	{"estoy de vacaciones hasta el jueves, así que el viernes",
	 "2026-11-27"},
	{"el viernes después de la escuela", "2026-11-27 >=15:00"},
	{"mañana, no, pasado mañana", "2026-11-25"},
	{"el viernes lo más tarde posible", "2026-11-27 ~17:00"},
	{"me voy a quedar en casa el viernes", "2026-11-27"},
	{"me voy a México el viernes, así que el jueves", "2026-11-26 -fri"},
	{"me voy el viernes, así que el jueves", "2026-11-26 -fri"},
	{"el viernes a última hora de la mañana", "2026-11-27 10:00..12:00"},
	{"a media mañana el viernes", "2026-11-27 09:30..11:00"},
	{"el viernes a última hora de la tarde", "2026-11-27 15:00..17:00"},
	{"al final de la tarde el viernes", "2026-11-27 15:00..17:00"},
	{"no puedo el viernes en la mañana, el viernes en la tarde",
	 "2026-11-27 afternoon"},
	{"el viernes por la mañana no puedo, pero el viernes por la tarde sí",
	 "2026-11-27 afternoon"},
	{"el viernes en la mañana no puedo, mejor en la tarde",
	 "2026-11-27 afternoon"},
	{"no puedo el viernes en la mañana, el lunes en la tarde",
	 "2026-11-30 afternoon -fri"},
	{"el viernes mi esposa trabaja, así que el sábado", "2026-11-28 -fri"},
	{"el viernes mis hijos tienen clases, mejor el sábado",
	 "2026-11-28 -fri"},
	{"el viernes mi esposa está en casa, así que el viernes", "2026-11-27"},
	{"el viernes mi esposa no trabaja, así que el viernes", "2026-11-27"},
	{"el viernes mi esposa trabaja desde casa, el viernes está bien",
	 "2026-11-27"},
	{"puede cambiar mi cita a la misma hora la próxima semana",
	 "- by 7d 0m"},
	{"quiero mover mi cita para la semana que viene a la misma hora",
	 "- by 7d 0m"},
	{"quiero cambiar mi cita al mismo día de la próxima semana",
	 "- by 7d 0m"},
	{"quiero mover mi cita para el viernes", "2026-11-27"},
	{"quiero cambiar mi cita para el viernes a las diez",
	 "2026-11-27 10:00"},
	{"quiero cancelar mi cita para el viernes", NULL},
	{"mover mi cita para el viernes al lunes", "2026-11-30"},
	{"tengo cita para el viernes, quiero cambiarla al lunes", "2026-11-30"},
	{"mover mi cita a la misma hora el viernes", "2026-11-27 same-time"},
	{"cambiar mi cita al viernes de la próxima semana a la misma hora",
	 "2026-12-04 same-time"},
};

static void test_told(void **state)
{
	struct nlu_now now = monday();
	(void)state;

	check(said_told, ARRAY_LEN(said_told), &now, true);
	check(said_told, ARRAY_LEN(said_told), &now, false);
	check_in(NLU_ES, said_told_es, ARRAY_LEN(said_told_es), &now, true);
	check_in(NLU_ES, said_told_es, ARRAY_LEN(said_told_es), &now, false);
}

static void test_moves(void **state)
{
	struct nlu_now now = monday();
	(void)state;

	check(said_moves, ARRAY_LEN(said_moves), &now, false);
	check(said_moves, ARRAY_LEN(said_moves), &now, true);
	check(said_not, ARRAY_LEN(said_not), &now, true);
	check(said_counted, ARRAY_LEN(said_counted), &now, true);
	check_in(NLU_ES, said_es, ARRAY_LEN(said_es), &now, true);
	now.moving = true;
	check(said_moves, ARRAY_LEN(said_moves), &now, true);
}

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
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_unasked),
		cmocka_unit_test(test_turn_of_the_year),
		cmocka_unit_test(test_turn_of_the_month),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_spoken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
