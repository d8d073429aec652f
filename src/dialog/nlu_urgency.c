#include "dialog/es.h"

/* The first level whose pattern fits counts: from urgent to not at all,
 * except for what denies it. */
static const struct {
	enum nlu_urgency is;
	const char *pattern;
} table[] = {
	{NLU_URGENCY_ANY, "not|isnt|no|wasnt|nothing an?|that|very|really|so? "
			  "urgent|emergency|rush|hurry"},
	{NLU_URGENCY_ANY,
	 "isnt|not in? a|an|any? real|big? rush|hurry|emergency"},
	{NLU_URGENCY_ANY,
	 "no particular|big|real|great? rush|hurry|rough|rash|rushing|"
	 "hurray"},
	{NLU_URGENCY_ANY, "it|that|this can wait"},
	{NLU_URGENCY_ANY, "can wait"},
	{NLU_URGENCY_ANY, "whenever you|is|its|works|convenient"},
	{NLU_URGENCY_ANY, "at your convenience"},
	{NLU_URGENCY_ANY,
	 "when|whenever you|youre can|get|have|free a|to|the?"},
	{NLU_URGENCY_ANY, "take your time"},
	{NLU_URGENCY_ANY, "some day|time or other"},
	{NLU_URGENCY_ANY, "no time pressure|limit"},
	{NLU_URGENCY_ANY, "dont|not need|have it|to right away|now|soon"},
	{NLU_URGENCY_ANY, "next month"},
	{NLU_URGENCY_NOW, "emergency"},
	{NLU_URGENCY_NOW, "life or|and death"},
	{NLU_URGENCY_NOW, "right|straight away|now"},
	{NLU_URGENCY_NOW, "immediately|instantly|asap"},
	{NLU_URGENCY_NOW, "this minute|second|instant"},
	{NLU_URGENCY_NOW, "very|really|so|extremely|super|its|is|most urgent"},
	{NLU_URGENCY_NOW, "^ urgent"},
	{NLU_URGENCY_NOW, "urgently"},
	{NLU_URGENCY_NOW, "water|sewage|sewer all? everywhere|over"},
	{NLU_URGENCY_NOW, "water * pouring|gushing|spraying|rushing|shooting|"
			  "flooding"},
	{NLU_URGENCY_NOW, "pouring|gushing|spraying|rushing through|out|from|"
			  "into|in|down|everywhere"},
	{NLU_URGENCY_NOW, "flooded|flooding"},
	{NLU_URGENCY_NOW, "flood * basement|house|kitchen|home"},
	{NLU_URGENCY_NOW, "burst|bursted|broken pipe|pipes"},
	{NLU_URGENCY_NOW, "pipe|pipes|tank * burst|bursted|exploded"},
	{NLU_URGENCY_NOW, "ceiling * coming|falling|caving|leaking|dripping"},
	{NLU_URGENCY_NOW, "water|leaking|dripping * ceiling"},
	{NLU_URGENCY_NOW, "cant|cannot|wont turn|shut * off"},
	{NLU_URGENCY_NOW, "smell|smells|smelling * gas|burning|smoke"},
	{NLU_URGENCY_NOW, "sparks|sparking|smoking|on fire"},
	{NLU_URGENCY_NOW, "cannot|cant wait"},
	{NLU_URGENCY_NOW, "need|needs|want help|somebody|someone|it|you * now"},
	{NLU_URGENCY_NOW, "baby|newborn|infant|elderly * no|without|freezing|"
			  "cold"},
	{NLU_URGENCY_TODAY, "today|tonight"},
	{NLU_URGENCY_TODAY, "as soon|quickly|quick|fast as"},
	{NLU_URGENCY_TODAY, "this morning|afternoon|evening please|if|would"},
	{NLU_URGENCY_TODAY, "come|send|somebody|someone|need|out * this "
			    "morning|afternoon|evening"},
	{NLU_URGENCY_TODAY, "same day"},
	{NLU_URGENCY_TODAY, "the sooner the better"},
	{NLU_URGENCY_TODAY, "before tonight|dark|night"},
	{NLU_URGENCY_TODAY, "within the hour|day"},
	{NLU_URGENCY_TODAY, "in a hurry"},
	{NLU_URGENCY_TODAY, "freezing in|here|cold|inside"},
	{NLU_URGENCY_TODAY, "no heat|heating|water at all"},
	{NLU_URGENCY_SOON, "this|in week|days"},
	{NLU_URGENCY_SOON, "in|within the|a next? few|couple|two|three of? "
			   "days"},
	{NLU_URGENCY_SOON, "in|within the? next? few|couple|two|three of? "
			   "days"},
	{NLU_URGENCY_SOON, "the next few|couple|two|three of? days"},
	{NLU_URGENCY_SOON, "soon|sooner|shortly"},
	{NLU_URGENCY_SOON, "tomorrow"},
	{NLU_URGENCY_SOON, "before the weekend"},
	{NLU_URGENCY_SOON, "next week"},
	{NLU_URGENCY_SOON, "pretty|fairly|kind|somewhat of? urgent"},
	{NLU_URGENCY_NOW, "urgent"},
	{NLU_URGENCY_ANY, "any time|day|week|anytime"},
	{NLU_URGENCY_ANY, "anytime|whenever|flexible"},
};

/* "It broke this morning": told, not wished. */
static const char *const told[] = {
	"since|until|till|from|broke|started|stopped|died|quit|happened|"
	"noticed|was|were|woke|went * today|tonight|morning|afternoon",
	"emergency contact|number|shutoff|shut|kit|brake|exit|light|fund",
};

enum nlu_urgency nlu_urgency(const struct nlu_text *t)
{
	bool past = false;

	if (t->lang == NLU_ES)
		return es_urgency(t);
	for (size_t i = 0; i < ARRAY_LEN(told); i++)
		past |= nlu_match(t, told[i], NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (!nlu_match(t, table[i].pattern, NULL, NULL))
			continue;
		if (past && table[i].is == NLU_URGENCY_TODAY &&
		    !nlu_match(t, "come|send|need|today please", NULL, NULL))
			continue;
		return table[i].is;
	}
	return NLU_URGENCY_NONE;
}
