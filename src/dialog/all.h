/* The dialogs that this build has; dialog.h finds them by name. */
#ifndef DIALOG_ALL_H
#define DIALOG_ALL_H

#include "dialog.h"

extern const struct dialog dialog_script;
extern const struct dialog dialog_model; /* the script beside a model */

#endif
