#include "buses/all.h"

#include <stddef.h>

const struct bus *const bus_all[] = {&bus_local, NULL};
