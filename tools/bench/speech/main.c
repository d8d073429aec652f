/*
 * bench-speech: how soon the assistant falls silent when a caller speaks
 * against it, how often it does so for nothing, what is left of its echo.
 *
 *   bench-speech [-t] [-s SEED] [-n PERCENT] [-r ROW] [-o FOLDER]
 *
 * -t takes the material for tuning instead of that for figures, -n a share
 * of the trials, -r only rows whose name holds ROW. Same seed, same figures.
 * Raw results go to FOLDER, a line of JSON each; the tables to standard output.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rows.h"

static const char *const languages[] = {
	"sounds/en_US_f_Allison", "sounds/fr_CA_f_June", "sounds/it_IT_m_Carlo",
	"sounds/ru_RU_f_IvrvoiceRU"};

/* What the assistant says while somebody interrupts it. */
static const char *const sentences[] = {
	"Thanks for calling. I am the automated assistant and can book a visit "
	"for you.",
	"We have an opening on Tuesday between two and four in the afternoon, "
	"and another one on Thursday morning at nine.",
	"A technician will come to your house and look at the furnace. The "
	"visit costs eighty nine dollars, which we take off the repair.",
	"If you smell gas, please leave the house now and call the emergency "
	"number of your gas company from outside.",
	"I have noted your name and your address. Is there a number where we "
	"can reach you while the technician is on the way?",
	"Let me read that back to you, so that nothing goes wrong with it.",
	"Our office opens at eight. I can also take a message and somebody "
	"will call you back within the hour.",
	"That usually takes about ninety minutes, and we clean up before we "
	"leave. You do not have to stay in the room.",
};

/* Said while listening, not to interrupt. */
static const char *const nods[] = {"uh huh", "mm hmm", "okay",	    "yeah",
				   "right",  "I see",  "all right", "oh"};
static const char *const nod_voices[] = {
	"flite:awb", "flite:rms", "espeak-ng:en-us+m3", "espeak-ng:en-us+f3"};

static int load(struct material *m, enum sound_set set)
{
	struct sounds voice = {0};
	int err = 0;

	m->set = set;
	for (size_t i = 0; !err && i < ARRAY_LEN(languages); i++)
		err = sound_load(&m->people, languages[i], set, 0.9, 4);
	for (size_t i = 0; !err && i < ARRAY_LEN(sentences); i++)
		err = sound_say(&voice, "flite:slt", sentences[i]);
	for (size_t v = 0; !err && v < ARRAY_LEN(nod_voices); v++)
		for (size_t i = 0; !err && i < ARRAY_LEN(nods); i++)
			if ((i + v) % 3 != (set == SOUND_TUNE ? 1u : 0u))
				err = sound_say(&m->nods, nod_voices[v],
						nods[i]);
	if (!err)
		err = sound_join(&m->ours, &voice, 3);
	sound_free(&voice);
	return err;
}

int main(int argc, char **argv)
{
	struct config cfg = {.speech = {.models = (char *)"var/speech"}};
	struct run run = {.seed = 1, .share = 100, .out = "build/bench/speech"};
	static struct engine e;
	static struct material m;
	bool tune = false;
	int opt, err;

	while ((opt = getopt(argc, argv, "ts:n:r:o:")) != -1)
		switch (opt) {
		case 't':
			tune = true;
			break;
		case 's':
			run.seed = strtoull(optarg, NULL, 10);
			break;
		case 'n':
			run.share = (int)strtol(optarg, NULL, 10);
			break;
		case 'r':
			run.only = optarg;
			break;
		case 'o':
			run.out = optarg;
			break;
		default:
			return 2;
		}
	err = dir_make(run.out);
	if (!err)
		err = engine_init(&e, &cfg);
	if (!err)
		err = load(&m, tune ? SOUND_TUNE : SOUND_SHOW);
	if (err || !m.people.n) {
		fprintf(stderr,
			"bench-speech: %s: its recordings come with the Debian "
			"packages of tools/deps/packages.txt, its models with "
			"tools/deps/speech.sh\n",
			strerror(err ? -err : ENOENT));
		return 1;
	}
	run.engine = &e;
	run.material = &m;
	err = rows_all(&run);
	sound_free(&m.people);
	sound_free(&m.nods);
	pcm_fini(&m.ours);
	engine_fini(&e);
	return err ? 1 : 0;
}
