#include "dialog/es.h"

enum nlu_urgency nlu_urgency(const struct nlu_text *t)
{
	if (t->lang == NLU_ES)
		return es_urgency(t);
	return NLU_URGENCY_NONE;
}
