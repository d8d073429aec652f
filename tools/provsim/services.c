#include "deepgram.h"

const struct service *const services[] = {&deepgram_listen, NULL};
