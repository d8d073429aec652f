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
	"often each passed. Each row names the test that lets it pass at its "
	"time and looks at what happens then; `make lint` says when\n"
	"there is none of that name. How the turns of a call follow each "
	"other: [turns.md](turns.md).\n"
	"\n"
	"| row | what is waited for | deadline | then | test |\n"
	"|---|---|---|---|---|\n";

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
			printf("%d ms", row->ms);
		else
			fputs("*", stdout);
		printf(" | %s | `%s` |\n", row->next, row->test);
	}
	fputs(outro, stdout);
	return EXIT_DONE;
}
