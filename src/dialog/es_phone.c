#include "dialog/es.h"

enum nlu_phone es_phone(struct nlu_phone_no *out, const struct nlu_text *t)
{
	(void)t;
	*out = (struct nlu_phone_no){{0}, 0};
	return NLU_PHONE_NONE;
}
