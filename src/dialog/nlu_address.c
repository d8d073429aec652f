#include "dialog/es.h"

bool nlu_address(struct nlu_address *out, const struct nlu_text *t,
		 struct sv streets, struct sv places, bool asked)
{
	if (t->lang == NLU_ES)
		return es_address(out, t, streets, places, asked);
	memset(out, 0, sizeof(*out));
	return false;
}

void nlu_address_join(struct nlu_address *a, const struct nlu_address *now)
{
	*a = *now;
}
