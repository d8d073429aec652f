#include "app/script_desk.h"

#include <stdio.h>
#include <stdlib.h>

#include "dialog/cal.h"

enum {
	DAYS = 14,	/* the calendar looks this far */
	STEP_MIN = 30,	/* visits begin at full and half hours */
	SOON_MIN = 60,	/* nobody comes sooner */
	FREE_MAX = 700, /* places in the calendar */
};

struct place {
	int day, minute;
	long far; /* from what was wished */
};

struct script_desk {
	json_t *context; /* lent */
	json_t *taken;	 /* starts that are taken: "2026-11-24T09:00" */
	json_t *mine;	 /* the caller's appointments, by id */
	unsigned ids, asked;
	struct place free[FREE_MAX]; /* of the last look */
};

static const char *str(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

int script_desk_new(struct script_desk **out, json_t *context)
{
	struct script_desk *d = calloc(1, sizeof(*d));
	json_t *list, *a;
	size_t i;

	if (!d)
		return -ENOMEM;
	d->context = context;
	d->taken = json_object();
	d->mine = json_object();
	if (!d->taken || !d->mine) {
		script_desk_free(d);
		return -ENOMEM;
	}
	list = json_object_get(json_object_get(context, "caller"),
			       "appointments");
	json_array_foreach (list, i, a) {
		json_object_set(d->mine, str(a, "appointment"), a);
		json_object_set_new(d->taken, str(a, "start"), json_true());
	}
	*out = d;
	return 0;
}

struct script_desk *script_desk_free(struct script_desk *d)
{
	if (d) {
		json_decref(d->taken);
		json_decref(d->mine);
		free(d);
	}
	return NULL;
}

static json_t *refuse(const char *error)
{
	return json_pack("{sb ss}", "ok", 0, "error", error);
}

static json_t *service_of(const struct script_desk *d, const char *id)
{
	json_t *list = json_object_get(d->context, "services"), *v;
	size_t i;

	json_array_foreach (list, i, v) {
		if (!strcmp(str(v, "id"), id))
			return v;
	}
	return NULL;
}

static int duration_of(const struct script_desk *d, const char *id)
{
	json_t *v = json_object_get(service_of(d, id), "duration_min");

	return json_is_integer(v) ? (int)json_integer_value(v) : 60;
}

struct stamp {
	char s[64];
};

static struct stamp stamp(int day, int minute)
{
	struct stamp t;

	snprintf(t.s, sizeof(t.s), "%sT%s", cal_date_str(day).s,
		 cal_time_str(minute).s);
	return t;
}

static bool hours_on(const struct script_desk *d, int day, int *open,
		     int *close)
{
	json_t *list = json_object_get(d->context, "hours"), *h;
	size_t i;

	json_array_foreach (list, i, h) {
		json_t *dow = json_object_get(h, "dow");

		if (json_is_integer(dow) &&
		    json_integer_value(dow) % 7 == cal_dow(day) &&
		    !cal_parse_time(sv_str(str(h, "open")), open) &&
		    !cal_parse_time(sv_str(str(h, "close")), close))
			return true;
	}
	return false;
}

static bool is_taken(const struct script_desk *d, const char *start)
{
	return json_object_get(d->taken, start) != NULL;
}

static long part_far(const char *part, int minute)
{
	int now = minute < 720 ? 0 : minute < 1020 ? 1 : 2;
	int want = !strcmp(part, "morning")	? 0
		   : !strcmp(part, "afternoon") ? 1
		   : !strcmp(part, "evening")	? 2
						: now;

	return now == want ? 0 : CAL_DAY_MIN / 2;
}

static int by_far(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->far != y->far)
		return x->far < y->far ? -1 : 1;
	if (x->day != y->day)
		return x->day - y->day;
	return x->minute - y->minute;
}

/* Free places, those nearest to the wish first. */
static size_t places(const struct script_desk *d, struct place *out,
		     json_t *args, int today, int minute)
{
	int day, none, time = -1, open, close;
	int wished =
		cal_parse(sv_str(str(args, "date")), &day, &none) ? -1 : day;
	int length = duration_of(d, str(args, "service"));
	size_t n = 0;

	if (cal_parse_time(sv_str(str(args, "time")), &time))
		time = -1;
	for (day = today; day < today + DAYS; day++) {
		if (!hours_on(d, day, &open, &close))
			continue;
		for (int m = open; m + length <= close && n < FREE_MAX;
		     m += STEP_MIN) {
			if (day == today && m < minute + SOON_MIN)
				continue;
			if (is_taken(d, stamp(day, m).s))
				continue;
			out[n].day = day;
			out[n].minute = m;
			out[n].far = part_far(str(args, "part"), m);
			if (wished >= 0)
				out[n].far +=
					labs((long)day - wished) * CAL_DAY_MIN;
			if (time >= 0)
				out[n].far += labs((long)m - time);
			n++;
		}
	}
	qsort(out, n, sizeof(*out), by_far);
	return n;
}

static json_t *slot(int day, int minute, int length)
{
	return json_pack("{ss ss}", "start", stamp(day, minute).s, "end",
			 stamp(day, minute + length).s);
}

static json_t *find_slots(struct script_desk *d, json_t *args, int day,
			  int minute)
{
	json_t *limit = json_object_get(args, "limit"), *list = json_array();
	int length = duration_of(d, str(args, "service"));
	size_t n = places(d, d->free, args, day, minute);
	size_t max =
		json_is_integer(limit) ? (size_t)json_integer_value(limit) : 3;

	for (size_t i = 0; i < n && i < max; i++)
		json_array_append_new(
			list, slot(d->free[i].day, d->free[i].minute, length));
	return json_pack("{sb sb so}", "ok", 1, "exact", n && !d->free[0].far,
			 "slots", list);
}

static json_t *taken(struct script_desk *d, json_t *args, int day, int minute)
{
	json_t *v = find_slots(d, args, day, minute);

	json_object_set_new(v, "ok", json_false());
	json_object_set_new(v, "error", json_string("slot_taken"));
	return v;
}

static json_t *hold(struct script_desk *d, json_t *args, int day, int minute)
{
	const char *start = str(args, "start");
	char id[16];
	int at_day, at;

	if (is_taken(d, start))
		return taken(d, args, day, minute);
	if (cal_parse(sv_str(start), &at_day, &at) || at < 0)
		return refuse("bad_request");
	snprintf(id, sizeof(id), "h%u", ++d->ids);
	return json_pack(
		"{sb ss ss ss}", "ok", 1, "hold", id, "start", start, "end",
		stamp(at_day, at + duration_of(d, str(args, "service"))).s);
}

static json_t *book(struct script_desk *d, json_t *args, int day, int minute)
{
	const char *start = str(args, "start");
	json_t *service = service_of(d, str(args, "service")), *a;
	char id[16];

	if (is_taken(d, start))
		return taken(d, args, day, minute);
	snprintf(id, sizeof(id), "a%u", ++d->ids);
	json_object_set_new(d->taken, start, json_true());
	a = json_pack("{ss ss ss ss}", "appointment", id, "service_id",
		      str(args, "service"), "service_name",
		      str(service, "name"), "start", start);
	json_object_set_new(d->mine, id, a);
	return json_pack("{sb ss ss ss}", "ok", 1, "appointment", id, "start",
			 start, "service_name", str(service, "name"));
}

static json_t *appointments(struct script_desk *d, json_t *args, int day,
			    int minute)
{
	json_t *list = json_array(), *a;
	const char *id;

	(void)args, (void)day, (void)minute;
	json_object_foreach (d->mine, id, a)
		json_array_append(list, a);
	return json_pack("{sb so}", "ok", 1, "appointments", list);
}

static json_t *move(struct script_desk *d, json_t *args, int day, int minute)
{
	json_t *a = json_object_get(d->mine, str(args, "appointment"));
	const char *start = str(args, "start");

	if (!a)
		return refuse("not_found");
	if (is_taken(d, start))
		return taken(d, args, day, minute);
	json_object_del(d->taken, str(a, "start"));
	json_object_set_new(a, "start", json_string(start));
	json_object_set_new(d->taken, start, json_true());
	return json_pack("{sb ss ss ss}", "ok", 1, "appointment",
			 str(args, "appointment"), "start", start,
			 "service_name", str(a, "service_name"));
}

static json_t *cancel(struct script_desk *d, json_t *args, int day, int minute)
{
	const char *id = str(args, "appointment");
	json_t *a = json_object_get(d->mine, id), *out;

	(void)day, (void)minute;
	if (!a)
		return refuse("not_found");
	out = json_pack("{sb ss ss}", "ok", 1, "start", str(a, "start"),
			"service_name", str(a, "service_name"));
	json_object_del(d->taken, str(a, "start"));
	json_object_del(d->mine, id);
	return out;
}

static json_t *fine(struct script_desk *d, json_t *args, int day, int minute)
{
	(void)d, (void)args, (void)day, (void)minute;
	return json_pack("{sb}", "ok", 1);
}

static json_t *message(struct script_desk *d, json_t *args, int day, int minute)
{
	char id[16];

	(void)args, (void)day, (void)minute;
	snprintf(id, sizeof(id), "t%u", ++d->ids);
	return json_pack("{sb ss}", "ok", 1, "task", id);
}

static json_t *transfer(struct script_desk *d, json_t *args, int day,
			int minute)
{
	(void)args, (void)day, (void)minute;
	return json_is_true(json_object_get(d->context, "agents_available"))
		       ? json_pack("{sb}", "ok", 1)
		       : refuse("nobody");
}

static json_t *dispatch(struct script_desk *d, json_t *args, int day,
			int minute)
{
	(void)args, (void)day, (void)minute;
	if (!json_is_true(json_object_get(d->context, "on_call")))
		return refuse("nobody");
	d->asked = 0;
	return json_pack("{sb ss ss}", "ok", 1, "dispatch", "d1", "technician",
			 "Sam");
}

/* The technician answers at the second look. */
static json_t *dispatch_status(struct script_desk *d, json_t *args, int day,
			       int minute)
{
	(void)args, (void)day, (void)minute;
	return json_pack("{sb ss ss}", "ok", 1, "state",
			 d->asked++ ? "acknowledged" : "asked", "technician",
			 "Sam");
}

static const struct {
	const char *name;
	json_t *(*answer)(struct script_desk *d, json_t *args, int day,
			  int minute);
} tools[] = {
	{"find_slots", find_slots},
	{"hold", hold},
	{"book", book},
	{"appointments", appointments},
	{"move", move},
	{"cancel", cancel},
	{"consent", fine},
	{"send_text", fine},
	{"privacy", fine},
	{"details", fine},
	{"dispatch_note", fine},
	{"opt_out", fine},
	{"message", message},
	{"transfer", transfer},
	{"dispatch", dispatch},
	{"dispatch_status", dispatch_status},
};

json_t *script_desk_answer(struct script_desk *d, struct sv name, json_t *args,
			   int day, int minute)
{
	for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
		if (sv_eq(name, tools[i].name))
			return tools[i].answer(d, args, day, minute);
	}
	return refuse("unknown_tool");
}
