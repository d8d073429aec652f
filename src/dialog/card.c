#include "dialog/card.h"

size_t card_mask(struct card_mask *m, char *text)
{
	(void)m;
	return strlen(text);
}
