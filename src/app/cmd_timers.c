/* timers: the table of waits as docs/timers.md shows it. */
#include "app/cmd.h"
#include "media/waits.h"

static const char intro[] =
	"# What a call waits for\n"
	"\n"
	"Made by `nightbell timers` from the tables in `src/core/timers.c` and "
	"`src/media/waits.c`; `make lint` says when it is old\n"
	"(`make docs` writes it). Nothing in a call waits without a row here. "
	"`nightbell_timer_fired_total{row=…}` in /metrics counts how\n"
	"often each passed. Rows of the engine are fired, each at its time, by "
	"the case of their name in `tests/flow/test_timers.c`. Rows of\n"
	"the media worker: `start` in `tests/e2e/bad-input.test.mjs`, "
	"`recogniser` in `operations.test.mjs`; `context`, `desk`, `stored` "
	"are\n"
	"deadlines of statements (`tests/unit/io/test_pg.c`). How the turns of "
	"a "
	"call follow each other: [turns.md](turns.md).\n"
	"\n"
	"| row | what is waited for | deadline | then |\n"
	"|---|---|---|---|\n";

static const char outro[] =
	"\n"
	"\"*\": the dialog or the configuration says. How long a person's "
	"phone rings in a transfer is in the plan that the carrier\n"
	"carries out (`sql/lib/transfer.sql`): the caller is connected again "
	"when nobody takes it.\n";

int cmd_timers(struct cmd *c)
{
	const struct timer_row *row;

	(void)c;
	fputs(intro, stdout);
	for (size_t i = 0; (row = waits_table(i)); i++) {
		printf("| `%s` | %s | ", row->name, row->waits_for);
		if (row->ms)
			printf("%d ms | %s |\n", row->ms, row->next);
		else
			printf("* | %s |\n", row->next);
	}
	fputs(outro, stdout);
	return EXIT_DONE;
}
