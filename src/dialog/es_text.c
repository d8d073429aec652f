#include "dialog/es.h"

void es_words(struct nlu_text *t)
{
	(void)t;
}

size_t es_number(const struct nlu_text *t, size_t i, int *value, bool *ord)
{
	if (i >= t->n || t->v[i].num < 0)
		return 0;
	*value = t->v[i].num;
	*ord = t->v[i].ord;
	return 1;
}

struct sv es_stem(struct sv w)
{
	return w;
}
