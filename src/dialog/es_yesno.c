#include "dialog/es.h"

enum nlu_yesno es_yesno(const struct nlu_text *t)
{
	(void)t;
	return NLU_NEITHER;
}
