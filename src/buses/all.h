/*
 * The buses that are compiled in.
 */
#ifndef BUSES_ALL_H
#define BUSES_ALL_H

#include "bus.h"

extern const struct bus bus_local;

#endif
