#include "dialog/es.h"

bool es_address(struct nlu_address *out, const struct nlu_text *t,
		struct sv streets, struct sv places, bool asked)
{
	(void)t;
	(void)streets;
	(void)places;
	(void)asked;
	*out = (struct nlu_address){{0}, {0}, {0}, {0}, {0}, {0}};
	return false;
}

bool es_money(struct nlu_money *out, const struct nlu_text *t, bool asked)
{
	(void)t;
	(void)asked;
	*out = (struct nlu_money){0};
	return false;
}
