#include "dialog/lists.h"

static const char *const yes_no[] = {
	"sí",	    "sí por favor", "claro",	  "está bien", "de acuerdo",
	"correcto", "no",	    "no gracias", "mejor no",
};

static const char *const anywhere[] = {
	"cómo",	      "perdón", "repita por favor", "quién habla",
	"un momento", "hola",	"es una máquina",   "con una persona por favor",
	"adiós",
};

static const char *const frames[] = {"%.*s", "mi %.*s", "el %.*s", "la %.*s"};

void lists_es(struct lang_lists *out)
{
	*out = (struct lang_lists){
		.yes_no = WORD_LIST(yes_no),
		.anywhere = WORD_LIST(anywhere),
		.frames = WORD_LIST(frames),
	};
}
