/*
 * What people say who are in danger, as steps from word to word, for the
 * recogniser's last look: what is near one of these sentences is asked ("Do
 * you smell gas?").
 *
 *   S begins, b … with words that say nothing
 *   i "I": … smell gas     k "there's a"      w "the house": smells of it
 *   g gas follows, F it is said; p "in the": a place follows
 *   m "my", c … carbon monoxide: its alarm follows, A what it does
 *   X carbon monoxide      E polite words to the end
 */
#include "dialog/lists_make.h"

static const struct step alarm[] = {
	{"S", 'b',
	 "i think|help|please|hello|yes|no|well|but|and|wait|now|wait now|"
	 "actually|oh|so|hold on|i'm calling because|it's freezing in here and|"
	 "it is freezing in here and|i have no heat and|we have no heat and|"
	 "my basement is flooding and"},
	{"Sb", 'i', "i|we|i can|we can|i still|i just|you can"},
	{"i", 'g',
	 "smell|smell a lot of|smell some|smell strong|am smelling|smelled|"
	 "are smelling"},
	{"Sb", 'k',
	 "there's a|there is a|we have a|i have a|a|it's a|i smell a"},
	{"Sbk", 'g',
	 "strong smell of|smell of|bad smell of|odor of|strong odor of"},
	{"Sbk", 'F',
	 "gas leak|gas smell|gas odor|strong gas smell|strong gas odor|"
	 "leaking gas"},
	{"Sb", 'w',
	 "it|my house|the house|my kitchen|the kitchen|my basement|"
	 "the basement|the furnace|my furnace|the stove|the whole house|"
	 "my apartment|the garage|something|the water heater|the boiler"},
	{"w", 'g', "smells like|smells of|smells a lot like|stinks of"},
	{"w", 'F', "is leaking gas|leaks gas"},
	{"g", 'F', "gas|natural gas|propane|rotten eggs"},
	{"F", 'p',
	 "in|in the|in my|in our|from the|from my|coming from the|"
	 "coming from my|near the|by the|at the|around the|all over the"},
	{"p", 'F',
	 "house|home|kitchen|basement|furnace|stove|garage|apartment|"
	 "water heater|hallway|room|boiler|oven|utility room|bathroom"},
	{"F", 'E', "please|right now|now|everywhere|here|in here|outside"},
	{"Sb", 'm', "my|the|our|a"},
	{"Sbm", 'c', "carbon monoxide|co|c o|gas"},
	{"c", 'A', "alarm|detector|sensor|monitor"},
	{"A", 'E',
	 "is going off|went off|keeps going off|won't stop|is beeping|"
	 "keeps beeping|is screaming|is ringing|just went off|"
	 "started going off|has been going off|says there's carbon monoxide|"
	 "is going off right now|won't stop beeping"},
	{"Sbk", 'X', "carbon monoxide|carbon monoxide leak"},
	{"X", 'p', "in|in the|in my"},
	{"FEX", 'E',
	 "and my head hurts|and i have a headache|and we have headaches|"
	 "and i feel sick|and i feel dizzy|and we feel dizzy|and we feel sick|"
	 "and my kids feel sick|what should i do|what do i do"},
};

static void make_alarm(struct buf *out)
{
	steps_add(out, "!", alarm, ARRAY_LEN(alarm));
}

struct sv lists_alarm_en(void)
{
	static struct buf made;

	return steps_made(&made, make_alarm);
}
