#include "desk/openapi.h"

#include <stdlib.h>

#include <jansson.h>

#include "desk/routes.h"

static const struct {
	const char *type, *json, *format, *pattern;
} types[] = {
	{"uuid", "string", "uuid", NULL},
	{"time", "string", "date-time", NULL},
	{"local", "string", NULL,
	 "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}$"}, /* the business's clock */
	{"phone", "string", NULL, "^\\+[1-9][0-9]{6,14}$"},
	{"text", "string", NULL, NULL},
	{"role", "string", NULL, "^(viewer|staff|owner|admin)$"},
	{"int", "integer", NULL, NULL},
	{"bool", "boolean", NULL, NULL},
	{"object", "object", NULL, NULL},
};

static json_t *ref(struct sv schema)
{
	return json_pack(
		"{s:o}", "$ref",
		json_sprintf("#/components/schemas/%.*s", SV_ARG(schema)));
}

static json_t *type_of(struct sv type, bool many, bool null)
{
	json_t *t = NULL;

	for (size_t i = 0; i < ARRAY_LEN(types) && !t; i++) {
		if (!sv_eq(type, types[i].type))
			continue;
		t = json_pack("{s:s*, s:s*}", "format", types[i].format,
			      "pattern", types[i].pattern);
		json_object_set_new(
			t, "type",
			null && !many
				? json_pack("[s, s]", types[i].json, "null")
				: json_string(types[i].json));
	}
	if (!t)
		t = null && !many ? json_pack("{s:[o, {s:s}]}", "anyOf",
					      ref(type), "type", "null")
				  : ref(type);
	return many ? json_pack("{s:s, s:o}", "type", "array", "items", t) : t;
}

/* What a rule says more: the words, or bounds. */
static void add_rule(json_t *t, const struct field *f)
{
	const bool is_int = sv_eq(f->type, "int");
	struct sv left = f->rule, word;
	int64_t least, most;
	json_t *words;

	if (!f->rule.len)
		return;
	if (field_bounds(f, &least, &most)) {
		json_object_set_new(t, is_int ? "minimum" : "minLength",
				    json_integer(least));
		json_object_set_new(t, is_int ? "maximum" : "maxLength",
				    json_integer(most));
		if (!is_int)
			json_object_set_new(t, "pattern", json_string("\\S"));
		return;
	}
	words = json_array();
	while (field_word(&word, &left))
		json_array_append_new(words, json_stringn(word.p, word.len));
	if (f->null)
		json_array_append_new(words, json_null());
	json_object_set_new(t, "enum", words);
}

/* body: what may be null may be missing there, too. */
static json_t *schema_json(const struct schema *s, bool body)
{
	json_t *props = json_object(), *need = json_array(), *o;
	json_t *type;
	const char *rest = s->fields;
	struct field f;
	char name[64];

	while (field_next(&f, &rest)) {
		sv_copy(name, sizeof(name), f.name);
		type = type_of(f.type, f.many, f.null);
		add_rule(type, &f);
		json_object_set_new(props, name, type);
		if (!f.null || !body)
			json_array_append_new(need, json_string(name));
	}
	o = json_pack("{s:s, s:o, s:o}", "type", "object", "properties", props,
		      "required", need);
	if (body)
		json_object_set_new(o, "additionalProperties", json_false());
	return o;
}

static json_t *page_json(const struct route *r)
{
	return json_pack(
		"{s:s, s:{s:o, s:{s:s, s:s}, s:{s:[s, s], s:s}}, s:[s, s, s]}",
		"type", "object", "properties", r->list,
		type_of(sv_str(r->answer), true, false), "last", "type",
		"integer", "description",
		"sequence of the newest event that the page shows", "next",
		"type", "string", "null", "description",
		"cursor of the next page", "required", r->list, "last", "next");
}

static json_t *content(const char *type, json_t *schema)
{
	return json_pack("{s:{s:o}}", type, "schema", schema);
}

static json_t *params_json(const struct route *r)
{
	json_t *list = json_array();

	if (strstr(r->path, "{id}"))
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:o}", "name", "id",
					"in", "path", "required", 1, "schema",
					type_of(SV("uuid"), false, false)));
	for (size_t i = 0; i < route_params_n; i++) {
		const struct route_param *p = &route_params[i];
		json_t *type;

		if (!route_param(r, sv_str(p->name)))
			continue;
		type = type_of(sv_str(p->type), false, false);
		if (!strcmp(p->name, "limit"))
			json_object_update_new(
				type, json_pack("{s:i, s:i, s:i}", "minimum", 1,
						"maximum", 200, "default", 50));
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o}",
						      "name", p->name, "in",
						      "query", "description",
						      p->what, "schema", type));
	}
	return list;
}

static json_t *audio_answer(const char *what)
{
	return json_pack(
		"{s:s, s:o}", "description", what, "content",
		content("audio/ogg", json_pack("{s:s, s:s}", "type", "string",
					       "format", "binary")));
}

static json_t *problem_answer(const char *what)
{
	return json_pack(
		"{s:s, s:o}", "description", what, "content",
		content("application/problem+json", ref(SV("Problem"))));
}

static json_t *audio_json(void)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "200",
			 audio_answer("all of it"), "206",
			 audio_answer("the part that Range asked for"), "416",
			 problem_answer("nothing of it lies in Range"),
			 "default", problem_answer("what is wrong (RFC 9457)"));
}

static json_t *answers_json(const struct route *r)
{
	json_t *ok;

	if (r->kind == ROUTE_AUDIO)
		return audio_json();
	if (!r->answer)
		ok = content("text/event-stream",
			     json_pack("{s:s}", "type", "string"));
	else
		ok = content("application/json",
			     r->list ? page_json(r) : ref(sv_str(r->answer)));
	return json_pack("{s:{s:s, s:o}, s:o}",
			 r->kind == ROUTE_LINK ? "202" : "200", "description",
			 "done", "content", ok, "default",
			 problem_answer("what is wrong (RFC 9457)"));
}

static const char *const role_names[] = {
	[ROLE_VIEWER] = "viewer",
	[ROLE_STAFF] = "staff",
	[ROLE_OWNER] = "owner",
	[ROLE_ADMIN] = "admin",
};

static json_t *route_json(const struct route *r)
{
	json_t *o =
		json_pack("{s:s, s:o, s:o}", "summary", r->what, "parameters",
			  params_json(r), "responses", answers_json(r));

	if (r->body)
		json_object_set_new(o, "requestBody",
				    json_pack("{s:b, s:o}", "required", 1,
					      "content",
					      content("application/json",
						      ref(sv_str(r->body)))));
	if (r->role == ROLE_NONE)
		json_object_set_new(o, "security",
				    r->kind == ROUTE_REFRESH
					    ? json_pack("[{s:[]}]", "cookie")
					    : json_array());
	else
		json_object_set_new(o, "x-role",
				    json_string(role_names[r->role]));
	return o;
}

static bool is_body(const char *name)
{
	for (size_t i = 0; i < routes_n; i++)
		if (routes[i].body && !strcmp(routes[i].body, name))
			return true;
	return false;
}

static json_t *paths_json(void)
{
	json_t *paths = json_object();

	for (size_t i = 0; i < routes_n; i++) {
		const struct route *r = &routes[i];
		json_t *path = json_object_get(paths, r->path);
		char method[16];
		size_t n = 0;

		if (!path) {
			path = json_object();
			json_object_set_new(paths, r->path, path);
		}
		for (; n < sizeof(method) - 1 && r->method[n]; n++)
			method[n] = (char)(r->method[n] | 0x20);
		method[n] = '\0';
		json_object_set_new(path, method, route_json(r));
	}
	return paths;
}

void openapi_print(struct buf *out)
{
	json_t *all = json_object(), *root;
	char *text;

	for (size_t i = 0; i < schemas_n; i++)
		json_object_set_new(
			all, schemas[i].name,
			schema_json(&schemas[i], is_body(schemas[i].name)));
	root = json_pack(
		"{s:s, s:{s:s, s:s, s:s}, s:[{s:[]}, {s:[]}], s:o, "
		"s:{s:o, s:{s:{s:s, s:s}, s:{s:s, s:s, s:s}}}}",
		"openapi", "3.1.0", "info", "title", "Nightbell", "version",
		"1", "description",
		"What the dashboard reads and changes. Lists come in pages: "
		"give \"next\" as cursor. Send changes as application/json.",
		"security", "bearer", "cookie", "paths", paths_json(),
		"components", "schemas", all, "securitySchemes", "bearer",
		"type", "http", "scheme", "bearer", "cookie", "type", "apiKey",
		"in", "cookie", "name", SESSION_COOKIE);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	if (text)
		buf_str(out, text);
	else
		out->err = -ENOMEM;
	free(text);
}
