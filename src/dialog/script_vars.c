#include "dialog/script.h"

#include "dialog/cal.h"
#include "dialog/spoken.h"

#include <ctype.h>

static json_t *member(json_t *in, struct sv key)
{
	char name[64];

	if (json_is_array(in)) {
		int64_t i;

		return sv_i64(&i, key) || i < 0 ? NULL
						: json_array_get(in, (size_t)i);
	}
	if (sv_copy(name, sizeof(name), key))
		return NULL;
	return json_object_get(in, name);
}

static struct sv head(struct sv *path)
{
	const char *dot = memchr(path->p, '.', path->len);
	struct sv key = {path->p, dot ? (size_t)(dot - path->p) : path->len};

	path->p += key.len + (dot != NULL);
	path->len -= key.len + (dot != NULL);
	return key;
}

json_t *vars_get(const struct dialog_sess *s, struct sv path)
{
	json_t *v = s->vars;

	while (v && path.len)
		v = member(v, head(&path));
	return v;
}

void vars_set(struct dialog_sess *s, struct sv path, json_t *value)
{
	json_t *in = s->vars, *next;
	char name[64];

	value = value ? value : json_null();
	for (;;) {
		if (sv_copy(name, sizeof(name), head(&path)) || !path.len)
			break;
		next = json_object_get(in, name);
		if (!json_is_object(next)) {
			next = json_object();
			json_object_set_new(in, name, next);
		}
		in = next;
	}
	json_object_set_new(in, name, value);
}

void vars_add(struct dialog_sess *s, const char *key, json_t *value)
{
	json_t *list = json_object_get(s->vars, key);

	if (!json_is_array(list)) {
		list = json_array();
		json_object_set_new(s->vars, key, list);
	}
	json_array_append_new(list, value);
}

#define LIST_MAX 16

static enum nlu_lang lang(const struct dialog_sess *s)
{
	return s->desk ? s->base : s->lang;
}

static bool has_name(json_t *service, json_t *name)
{
	const char *key;
	json_t *v;

	json_object_foreach (json_object_get(service, "names"), key, v) {
		if (json_equal(v, name))
			return true;
	}
	return json_equal(json_object_get(service, "name"), name);
}

/* The service with this id, or else the one that has this name. */
static json_t *service_of(const struct dialog_sess *s, json_t *id, json_t *name)
{
	json_t *v, *found = NULL;
	size_t i;

	json_array_foreach (json_object_get(s->vars, "services"), i, v) {
		if (json_is_string(id) &&
		    json_equal(json_object_get(v, "id"), id))
			return v;
		if (!found && json_is_string(name) && has_name(v, name))
			found = v;
	}
	return found;
}

static json_t *own_name(const struct dialog_sess *s, json_t *thing)
{
	json_t *names = json_object_get(thing, "names");
	json_t *v = json_object_get(names, lang_name(lang(s)));

	return json_is_string(v) ? v : json_object_get(thing, "name");
}

/*
 * The name of a thing in the language that is spoken, or in the script's for
 * the desk. What a script or a tool put together knows a service by its id.
 */
static json_t *name_for(const struct dialog_sess *s, json_t *thing)
{
	json_t *service = NULL;

	if (!json_object_get(thing, "names"))
		service = service_of(s, json_object_get(thing, "id"), NULL);
	return own_name(s, service ? service : thing);
}

/* The same for "service_name", as the desk's answers have it. */
static json_t *service_name_for(const struct dialog_sess *s, json_t *thing)
{
	json_t *name = json_object_get(thing, "service_name");
	json_t *service =
		service_of(s, json_object_get(thing, "service_id"), name);

	return service ? own_name(s, service) : name;
}

/* "furnace repair, drain cleaning or boiler service"; "press 1 for …". */
static void list(const struct dialog_sess *s, struct buf *out, json_t *items,
		 void (*say)(struct buf *out, const struct sv *names, size_t n,
			     enum nlu_lang lang))
{
	struct sv names[LIST_MAX];
	size_t n = MIN(json_array_size(items), (size_t)LIST_MAX);

	for (size_t i = 0; i < n; i++) {
		json_t *it = json_array_get(items, i);

		names[i] = sv_str(json_string_value(
			json_is_object(it) ? name_for(s, it) : it));
	}
	say(out, names, n, lang(s));
}

/* Offered times: "Tuesday, November 24th at 2 PM or at 4 PM". */
static void slots(const struct dialog_sess *s, struct buf *out, json_t *items)
{
	struct sv starts[2];
	size_t n = MIN(json_array_size(items), ARRAY_LEN(starts));

	for (size_t i = 0; i < n; i++)
		starts[i] = sv_str(json_string_value(
			json_object_get(json_array_get(items, i), "start")));
	spoken_slots(out, starts, n, lang(s));
}

void vars_money(const struct dialog_sess *s, struct buf *out, json_t *v)
{
	json_t *cents = json_is_object(v) ? json_object_get(v, "cents") : v;
	int64_t max = json_integer_value(json_object_get(v, "max_cents"));
	bool es = lang(s) == NLU_ES, low = json_integer_value(cents) > 0;

	if (!json_is_integer(cents))
		return;
	if (max && low)
		buf_str(out, es ? "entre " : "between ");
	if (low || !max)
		spoken_money(out, json_integer_value(cents), lang(s));
	if (max && low)
		buf_str(out, es ? " y " : " and ");
	else if (max)
		buf_str(out, es ? "hasta " : "up to ");
	if (max)
		spoken_money(out, max, lang(s));
}

static void plain(struct buf *out, json_t *v)
{
	json_t *name;

	if (json_is_string(v))
		buf_add(out, json_string_value(v), json_string_length(v));
	else if (json_is_integer(v))
		buf_printf(out, "%lld", (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		buf_str(out, json_is_true(v) ? "true" : "false");
	else if ((name = json_object_get(v, "name")) ||
		 (name = json_object_get(v, "full")) ||
		 (name = json_object_get(v, "words")))
		plain(out, name);
}

static const char *const filters[] = {"when", "date",  "time",	"or",  "and",
				      "menu", "phone", "slots", "cap", "money"};

/* "cap" may stand behind another filter: "menu|cap". */
static bool take_cap(struct sv *filter)
{
	const char *bar = memchr(filter->p ? filter->p : "", '|', filter->len);
	size_t n = bar ? (size_t)(bar - filter->p) : 0;
	struct sv last = {filter->p + n + (bar != NULL),
			  filter->len - n - (bar != NULL)};

	if (!filter->len || !sv_eq(last, "cap"))
		return false;
	filter->len = n;
	return true;
}

static bool known_filter(struct sv f)
{
	(void)take_cap(&f);
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		if (!f.len || sv_eq(f, filters[i]))
			return true;
	}
	return false;
}

static void filtered(const struct dialog_sess *s, struct buf *out, json_t *v,
		     struct sv filter)
{
	const char *str = json_string_value(v);
	struct sv text = sv_str(str ? str : "");
	size_t from = out->len;
	int day, minute;
	bool cap = take_cap(&filter);

	if (sv_eq(filter, "or")) {
		list(s, out, v, spoken_or);
	} else if (sv_eq(filter, "and")) {
		list(s, out, v, spoken_and);
	} else if (sv_eq(filter, "menu")) {
		list(s, out, v, spoken_menu);
	} else if (sv_eq(filter, "slots")) {
		slots(s, out, v);
	} else if (sv_eq(filter, "when")) {
		if (spoken_when(out, text, lang(s)))
			buf_sv(out, text);
	} else if (sv_eq(filter, "date")) {
		if (!cal_parse(text, &day, &minute))
			spoken_date(out, day, lang(s));
	} else if (sv_eq(filter, "time")) {
		if (!cal_parse_time(text, &minute) ||
		    (!cal_parse(text, &day, &minute) && minute >= 0))
			spoken_time(out, minute, lang(s));
	} else if (sv_eq(filter, "phone")) {
		spoken_phone(out, text);
	} else if (sv_eq(filter, "money")) {
		vars_money(s, out, v);
	} else {
		plain(out, v);
	}
	if (cap && out->len > from)
		out->p[from] = (char)toupper((unsigned char)out->p[from]);
}

/* As vars_get(), but names are in the language that is wanted. */
static json_t *get_for(const struct dialog_sess *s, struct sv path)
{
	static const struct {
		const char *end;
		json_t *(*get)(const struct dialog_sess *s, json_t *thing);
	} tab[] = {
		{".service_name", service_name_for},
		{".name", name_for},
	};

	for (size_t i = 0; i < ARRAY_LEN(tab); i++) {
		size_t n = strlen(tab[i].end);

		if (path.len > n &&
		    !memcmp(path.p + path.len - n, tab[i].end, n))
			return tab[i].get(
				s,
				vars_get(s, (struct sv){path.p, path.len - n}));
	}
	return vars_get(s, path);
}

static void value(struct dialog_sess *s, struct buf *out, struct sv path)
{
	const char *bar = memchr(path.p, '|', path.len);
	struct sv filter = {NULL, 0};

	if (bar) {
		filter.p = bar + 1;
		filter.len = (size_t)(path.p + path.len - filter.p);
		path.len = (size_t)(bar - path.p);
	}
	filtered(s, out, get_for(s, path), filter);
}

void vars_render(struct dialog_sess *s, struct buf *out, const char *tpl)
{
	while (*tpl) {
		size_t n = strcspn(tpl, "{");
		const char *close;

		buf_add(out, tpl, n);
		tpl += n;
		if (!*tpl)
			return;
		close = strchr(tpl, '}');
		if (!close)
			return;
		value(s, out, (struct sv){tpl + 1, (size_t)(close - tpl) - 1});
		tpl = close + 1;
	}
}

static json_t *expand_string(struct dialog_sess *s, const char *tpl)
{
	struct buf b;
	json_t *v;
	size_t n = strlen(tpl);

	if (n > 2 && tpl[0] == '{' && strcspn(tpl, "}") == n - 1 &&
	    !strchr(tpl, '|')) {
		v = get_for(s, (struct sv){tpl + 1, n - 2});
		return v ? json_deep_copy(v) : json_null();
	}
	buf_init(&b, 0);
	vars_render(s, &b, tpl);
	v = json_stringn(b.p ? b.p : "", b.len);
	buf_fini(&b);
	return v ? v : json_null();
}

/* {"lines": [...]}: those whose condition holds, with blanks between. */
static json_t *expand_lines(struct dialog_sess *s, json_t *lines)
{
	struct buf b;
	json_t *v, *line;
	size_t i;

	buf_init(&b, 0);
	json_array_foreach (lines, i, line) {
		json_t *cond = json_object_get(line, "if");
		json_t *text = json_is_string(line)
				       ? line
				       : json_object_get(line, "text");

		if (!json_is_string(text) || (cond && !vars_true(s, cond)))
			continue;
		if (b.len)
			buf_char(&b, ' ');
		vars_render(s, &b, json_string_value(text));
	}
	v = json_stringn(b.p ? b.p : "", b.len);
	buf_fini(&b);
	return v ? v : json_null();
}

static json_t *expand(struct dialog_sess *s, json_t *tpl)
{
	const char *key;
	json_t *v, *out;
	size_t i;

	if (json_is_string(tpl))
		return expand_string(s, json_string_value(tpl));
	if (json_is_object(tpl) && json_object_get(tpl, "lines"))
		return expand_lines(s, json_object_get(tpl, "lines"));
	if (json_is_object(tpl)) {
		out = json_object();
		json_object_foreach (tpl, key, v)
			json_object_set_new(out, key, expand(s, v));
		return out;
	}
	if (json_is_array(tpl)) {
		out = json_array();
		json_array_foreach (tpl, i, v)
			json_array_append_new(out, expand(s, v));
		return out;
	}
	return json_incref(tpl);
}

json_t *vars_expand(struct dialog_sess *s, json_t *tpl)
{
	json_t *v;

	s->desk = true;
	v = expand(s, tpl);
	s->desk = false;
	return v;
}

static bool truthy(const json_t *v)
{
	if (json_is_boolean(v))
		return json_is_true(v);
	if (json_is_string(v))
		return json_string_length(v) > 0;
	if (json_is_array(v))
		return json_array_size(v) > 0;
	return v && !json_is_null(v);
}

static bool plain_is(json_t *v, const char *text)
{
	struct buf b;
	bool same;

	buf_init(&b, 0);
	plain(&b, v);
	same = sv_eq(buf_get(&b), text);
	buf_fini(&b);
	return same;
}

/* "list=text": one of them. */
static bool one_true(const struct dialog_sess *s, const char *c)
{
	bool neg = *c == '!';
	const char *eq;
	bool unequal, same = false;
	json_t *v, *m;
	size_t i;

	c += neg;
	eq = strchr(c, '=');
	if (!eq)
		return truthy(vars_get(s, sv_str(c))) != neg;
	unequal = eq > c && eq[-1] == '!';
	v = vars_get(s, (struct sv){c, (size_t)(eq - c) - unequal});
	if (json_is_array(v)) {
		json_array_foreach (v, i, m)
			same |= plain_is(m, eq + 1);
	} else {
		same = plain_is(v, eq + 1);
	}
	return same != unequal;
}

bool vars_true(const struct dialog_sess *s, json_t *cond)
{
	size_t i;
	json_t *c;

	if (json_is_string(cond))
		return one_true(s, json_string_value(cond));
	json_array_foreach (cond, i, c) {
		if (json_is_string(c) && !one_true(s, json_string_value(c)))
			return false;
	}
	return true;
}

const char *vars_check(const char *tpl)
{
	while ((tpl = strchr(tpl, '{'))) {
		size_t n = strcspn(tpl + 1, "{}"), path = strcspn(tpl + 1, "|");

		if (tpl[1 + n] != '}')
			return "a \"{\" without its \"}\"";
		if (!n || !path)
			return "an empty {}";
		if (path < n) {
			struct sv f = {tpl + 2 + path, n - path - 1};

			if (!f.len || !known_filter(f))
				return "an unknown filter: when, date, time, "
				       "or, and, menu, phone, slots, money, "
				       "cap "
				       "exist";
		}
		tpl += n + 2;
	}
	return NULL;
}

/* Each {path}, filters aside, must be one of original's. */
bool vars_same_paths(const char *tpl, const char *original)
{
	while ((tpl = strchr(tpl, '{'))) {
		size_t n = strcspn(tpl, "|}");
		const char *o = original;
		bool found = false;

		while (!found && (o = strchr(o, '{'))) {
			found = strcspn(o, "|}") == n && !memcmp(o, tpl, n);
			o++;
		}
		if (!found)
			return false;
		tpl += n;
	}
	return true;
}
