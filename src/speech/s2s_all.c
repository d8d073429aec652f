#include "s2s.h"

#include "speech/openai_realtime.h"

const struct s2s *const s2s_all[] = {&s2s_openai, NULL};

const struct s2s *s2s_find(struct sv name)
{
	for (size_t i = 0; s2s_all[i]; i++)
		if (sv_eq(name, s2s_all[i]->name))
			return s2s_all[i];
	return NULL;
}
