/* The carriers that this build knows: one file each, listed in all.c. */
#ifndef CARRIERS_ALL_H
#define CARRIERS_ALL_H

#include "carrier.h"

extern const struct carrier carrier_twilio, carrier_browser;

#endif
