#include "dialog/all.h"

const struct dialog *const dialog_all[] = {&dialog_script, &dialog_model, NULL};

const struct dialog *dialog_find(struct sv name)
{
	for (size_t i = 0; dialog_all[i]; i++) {
		if (sv_eq(name, dialog_all[i]->name))
			return dialog_all[i];
	}
	return NULL;
}
