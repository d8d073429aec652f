#include "dialog/es.h"

bool nlu_money(struct nlu_money *out, const struct nlu_text *t, bool asked)
{
	if (t->lang == NLU_ES)
		return es_money(out, t, asked);
	*out = (struct nlu_money){0};
	return false;
}
