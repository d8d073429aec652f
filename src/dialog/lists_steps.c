/*
 * What people say when they are asked for a day and a time, for an address,
 * or what it is about, as steps from word to word: "on" leads to a day, "at" to an hour.
 * Any sequence of the same words would let noise make "after thirty" out of
 * "at two thirty".
 *
 * Days and times:
 *   S begins (fillers)     d "on": a day follows      A a day is said
 *   o "the": an ordinal    m a month: its day         y "of": a month
 *   t "after": a time      u "at": noon, too          n "half past": an hour
 *   H an hour is said
 *   K … with its minutes   q "in the": a part of day  P … is said
 *   e "early": a part      E polite words to the end
 *
 * Addresses: S begins, N a number, E a street
 * Telephone numbers: S begins, then as many digits as the letter's place in
 * AT_DIGITS; seven or ten are a number
 * Services: S begins, A "my": a thing follows, N a thing, V what is wrong
 * with it, C what they wish
 */
#include "dialog/lists_make.h"
#include "dialog/script.h"

#define DAYS "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
#define HOURS                                                                  \
	"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"      \
	"1|2|3|4|5|6|7|8|9|10|11|12"
#define ORDINALS                                                               \
	"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|"    \
	"eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|"          \
	"seventeenth|eighteenth|nineteenth|twentieth|twenty first|"            \
	"twenty second|twenty third|twenty fourth|twenty fifth|twenty sixth|"  \
	"twenty seventh|twenty eighth|twenty ninth|thirtieth|thirty first|"    \
	"1st|2nd|3rd|4th|5th|6th|7th|8th|9th|10th|11th|12th|13th|14th|15th|"   \
	"16th|17th|18th|19th|20th|21st|22nd|23rd|24th|25th|26th|27th|28th|"    \
	"29th|30th|31st"
#define TEENS                                                                  \
	"thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"       \
	"twenty|thirty|13|14|15|16|17|18|19|20|21|22|23|24|25|26|27|28|29|"    \
	"30|31"
#define MINUTES                                                                \
	"thirty|fifteen|forty five|oh five|ten|twenty|twenty five|"            \
	"thirty five|forty|fifty|fifty five|o'clock|05|10|15|20|25|30|35|40|"  \
	"45|50|55|00"

static const struct step when[] = {
	{"S", 'S',
	 "yes|yeah|yes please|sure|okay|ok|no|well|um|uh|so|oh|please|maybe|"
	 "rather|actually|perhaps|preferably|how about|what about|"
	 "can you make it|could you make it|can you come|could you come|"
	 "can you do|could you do|do you have|do you have anything|make it|"
	 "let's say|let's do|let's make it|i'd like|i would like|i'd prefer|"
	 "i prefer|i'm free|we're free|i'm home|i can do|we can do|i want|"
	 "i need|i said|i mean|i meant|i think|it's|is it|is|for|book it for|"
	 "book me for|say|that's|sometime|some time|any time|anytime|not|"
	 "or|if possible|not now|another day"},
	{"SAPHK", 'S', "or|but|no|not|rather|maybe|make that"},
	{"SAPHK", 'd',
	 "on|next|this|this coming|the coming|coming|the next|a week from|"
	 "any|every|on the"},
	{"d", 'A', "week|month|weekend|available|day|days"},
	{"SdAPHK", 'A', DAYS},
	{"SAPHK", 'A',
	 "today|tomorrow|tonight|the day after tomorrow|"
	 "day after tomorrow|this weekend|on the weekend|next week|"
	 "this week|early next week|late next week|later this week|"
	 "later today|a week from today|in two weeks|in a week"},
	{"SdAPHK", 'o', "the"},
	{"o", 'A', ORDINALS},
	{"A", 'y', "of"},
	{"SdAy", 'm',
	 "january|february|march|april|may|june|july|august|september|"
	 "october|november|december"},
	{"y", 'A',
	 "january|february|march|april|may|june|july|august|september|"
	 "october|november|december"},
	{"m", 'o', "the"},
	{"m", 'A', ORDINALS "|" HOURS "|" TEENS},
	{"SAPHK", 't',
	 "after|from|between|sometime after|any time after|anytime after|"
	 "right after"},
	{"SAPHK", 'u',
	 "at|around|about|before|by|until|till|at about|at around|"
	 "sometime around|not before|no later than"},
	{"HK", 't', "to|or|and"},
	{"tu", 'E', "lunch|work|school"},
	{"SAtuP", 'H', HOURS},
	{"SAuPH", 'P', "noon|midday|lunchtime"},
	{"SAtuPH", 'n',
	 "half past|quarter past|a quarter past|quarter to|"
	 "a quarter to|quarter after|a quarter after|ten past|"
	 "ten to|five past|twenty past|twenty to|half"},
	{"n", 'H', HOURS},
	{"H", 'K', MINUTES},
	{"HK", 'P', "am|pm|a m|p m|o'clock"},
	{"SAHKP", 'q', "in the|on the|during the|any time in the"},
	{"q", 'P', "morning|afternoon|evening"},
	{"Sd", 'P', "mornings|afternoons|evenings"},
	{"SAd", 'P', "morning|afternoon|evening|night"},
	{"SAHKP", 'e',
	 "early|late|mid|early in the|late in the|earlier in the"},
	{"e", 'P', "morning|afternoon|evening"},
	{"SA", 'E',
	 "as soon as possible|as soon as you can|asap|first thing|"
	 "first thing in the morning|as early as possible|"
	 "the sooner the better|whenever|whenever you can|any day|"
	 "any time is fine|anytime is fine|the earliest you have"},
	{"AHKPE", 'E',
	 "please|thanks|thank you|if possible|if you can|if that works|or so|"
	 "works|works for me|works best|works better|is good|is fine|is okay|"
	 "is better|is best|is perfect|is great|would be good|would be great|"
	 "would be fine|would be perfect|would be best|would be better|"
	 "would be nice|would be ideal|would work|would suit me|good|fine|"
	 "sharp|for me|sounds good|will do|does that work|instead|then"},
};

/* What most say, for the recogniser's second look: a day and its time. */
static const struct step plain_when[] = {
	{"S", 'S',
	 "yes|no|well|um|how about|what about|i think|maybe|can you come|"
	 "could you come"},
	{"S", 'd', "next|this|on|this coming"},
	{"Sd", 'a', DAYS "|tomorrow|today"},
	{"a", 'u', "at|around|about|after|before"},
	{"au", 'H', HOURS},
	{"a", 'P', "morning|afternoon|evening"},
	{"H", 'K', "thirty|fifteen|forty five|o'clock|30|15|45|00"},
	{"HK", 'P',
	 "am|pm|a m|p m|in the morning|in the afternoon|in the evening"},
	{"HKPE", 'E',
	 "please|thanks|thank you|works|works for me|is good|is fine|"
	 "is best|would be good|would be great|would be fine|"
	 "would be perfect|would be best|would be better|would be nice|"
	 "would work|if possible"},
};

static const struct step address[] = {
	{"S", 'S',
	 "it's|it is|at|the address is|my address is|the house is at|"
	 "the house is|i live at|i'm at|we're at|we live at|no|no it's|yes|"
	 "yes it's|that's|that is|number|um|uh"},
	{"Sn", 'n',
	 "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
	 "thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
	 "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|oh|hundred|"
	 "0|1|2|3|4|5|6|7|8|9"},
	{"n", 'n', "hundred and|thousand"},
	{"E", 'E', "please|thanks|thank you"},
};

static const struct step service[] = {
	{"S", 'S',
	 "hi|hello|hey|good morning|good afternoon|good evening|yes|yeah|no|"
	 "um|uh|well|so|it's|it is|i think|i need|i have|i've got|we have|"
	 "we need|i'm calling about|i am calling about|i'd like|i want|"
	 "it's about|there is something wrong with|something is wrong with|"
	 "i have a problem with|we have a problem with|there's a problem with"},
	{"S", 'a', "my|our|the|a|an|your|this"},
	{"a", 'a', "kitchen|bathroom|basement|old|new"},
	{"N", 'N',
	 "in my house|in the house|in my kitchen|in the kitchen|"
	 "in the bathroom|in the basement|at home|again"},
	{"N", 'V',
	 "is leaking|leaks|is broken|broke|broke down|is dead|died|quit|"
	 "stopped working|has stopped working|is not working|isn't working|"
	 "doesn't work|does not work|won't work|won't start|does not start|"
	 "won't turn on|is blocked|is clogged|is backed up|is stopped up|"
	 "is running|is dripping|is out|went out|is acting up|is cold|"
	 "is making noise|is making a noise|is making a strange noise|"
	 "makes a noise|needs repair|needs to be repaired|needs fixing|"
	 "needs service|needs to be cleaned|repair"},
	{"NV", 'C',
	 "please|thanks|thank you|again|can somebody come|can someone come|"
	 "can you come|could somebody come|can you help|can you fix it|"
	 "can somebody look at it|when can somebody come|"
	 "and i would like somebody to look at it|"
	 "and i'd like somebody to look at it|and i need help|"
	 "and i need somebody|and i need it fixed|as soon as possible|today"},
	{"C", 'C', "please|thank you|thanks"},
};

#define AT_DIGITS "SabcdefGhiT"
/* What an "oh" is written as, too; nlu_phone() reads it back. */
#define ZEROS "zero|oh|0|o|or|but|the"

static const struct step phone[] = {
	{"S", 'S',
	 "it's|it is|my number is|the number is|my phone number is|"
	 "you can reach me at|area code|plus one|one|yes|sure|um|uh"},
	{"S", 'c',
	 "two hundred|three hundred|four hundred|five hundred|six hundred|"
	 "seven hundred|eight hundred|nine hundred"},
	{"GT", 'E', "please|thanks|thank you"},
};
static const char *const digit[] = {
	"one|1", "two|2",   "three|3", "four|4", "five|5",
	"six|6", "seven|7", "eight|8", "nine|9", "zero|oh",
};
static const char *const tens[] = {"twenty", "thirty",	"forty",  "fifty",
				   "sixty",  "seventy", "eighty", "ninety"};

static void make_when(struct buf *out)
{
	steps_add(out, "", when, ARRAY_LEN(when));
	steps_add(out, "~", plain_when, ARRAY_LEN(plain_when));
}

struct sv lists_when_en(void)
{
	static struct buf made;

	return steps_made(&made, make_when);
}

void lists_address_en(struct buf *out, struct sv streets)
{
	struct sv name;

	if (!streets.len)
		return;
	steps_add(out, "", address, ARRAY_LEN(address));
	while (script_next_line(&streets, &name))
		buf_printf(out, "\nn>E %.*s", SV_ARG(name));
}

/* "double five", "forty two": two digits from state at[0] on. */
static void add_pairs(struct buf *out, const char *at)
{
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(digit); i++) {
		len = strcspn(digit[i], "|");
		buf_printf(out, "\n%c>%c double %.*s", at[0], at[2], (int)len,
			   digit[i]);
	}
	/* so only behind the area code, or the exchange */
	if (!strchr("cefh", at[0]))
		return;
	steps_add(out, "",
		  &(struct step){(char[]){at[0], '\0'}, at[2],
				 "ten|eleven|twelve|thirteen|fourteen|fifteen|"
				 "sixteen|seventeen|eighteen|nineteen"},
		  1);
	for (size_t t = 0; t < ARRAY_LEN(tens); t++) {
		buf_printf(out, "\n%c>%c %s", at[0], at[2], tens[t]);
		for (size_t i = 0; i < 9; i++) {
			len = strcspn(digit[i], "|");
			buf_printf(out, "\n%c>%c %s %.*s", at[0], at[2],
				   tens[t], (int)len, digit[i]);
		}
	}
}

static void make_phone(struct buf *out)
{
	static const char states[] = AT_DIGITS;

	steps_add(out, "", phone, ARRAY_LEN(phone));
	for (const char *at = states; at[1]; at++) {
		const char from[] = {at[0], '\0'};

		/* neither an area code nor an exchange begins with 0 or 1 */
		if (at > states)
			steps_add(out, "",
				  &(struct step){from, at[1], "one|1|" ZEROS},
				  1);
		for (size_t i = 1; i < 9; i++)
			steps_add(out, "",
				  &(struct step){from, at[1], digit[i]}, 1);
		if (at[2])
			add_pairs(out, at);
	}
}

struct sv lists_phone_en(void)
{
	static struct buf made;

	return steps_made(&made, make_phone);
}

void lists_service_en(struct buf *out)
{
	steps_add(out, "", service, ARRAY_LEN(service));
}

void lists_thing_en(struct buf *out, struct sv name)
{
	buf_printf(out, "\nS>N %.*s\na>N %.*s", SV_ARG(name), SV_ARG(name));
}
