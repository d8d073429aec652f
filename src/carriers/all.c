#include "carriers/all.h"

const struct carrier *const carrier_all[] = {
	&carrier_twilio,
	&carrier_browser,
	NULL,
};

const struct carrier *carrier_find(struct sv name)
{
	for (size_t i = 0; carrier_all[i]; i++)
		if (sv_eq(name, carrier_all[i]->name))
			return carrier_all[i];
	return NULL;
}
