/* routes: the table is whole, and finds what it should. */
#include "tests/unit/assert.h"

#include <stdlib.h>

#include <jansson.h>

#include "desk/openapi.h"
#include "desk/routes.h"

#define ID "019363a0-0000-7000-8000-000000000001"

static void test_route_find(void **state)
{
	static const struct {
		const char *method, *path, *route, *id, *allow;
	} tv[] = {
		{"GET", "/api/v1/calls", "/api/v1/calls", "", ""},
		{"GET", "/api/v1/calls/" ID, "/api/v1/calls/{id}", ID, ""},
		{"GET", "/api/v1/calls/" ID "/segments",
		 "/api/v1/calls/{id}/segments", ID, ""},
		{"POST", "/api/v1/calls", NULL, "", "GET"},
		{"PUT", "/api/v1/tasks/" ID, NULL, "", "GET, PATCH"},
		{"GET", "/api/v1/calls/", NULL, "", ""},
		{"GET", "/api/v1/calls/" ID "/", NULL, "", ""},
		{"GET", "/api/v1/calls/" ID "x", NULL, "", ""},
		{"GET", "/api/v1/calls/019363a0", NULL, "", ""},
		{"GET", "/api/v1/calls/" ID "/other", NULL, "", ""},
		{"get", "/api/v1/calls", NULL, "", "GET"},
		{"GET", "", NULL, "", ""},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		char allow[64];
		struct sv id;
		const struct route *r;

		print_message("%s %s\n", tv[i].method, tv[i].path);
		r = route_find(sv_str(tv[i].method), sv_str(tv[i].path), &id,
			       allow);
		assert_string_equal(tv[i].allow, allow);
		assert_int_equal(tv[i].route != NULL, r != NULL);
		if (!r)
			continue;
		assert_string_equal(tv[i].route, r->path);
		assert_sv_equal(tv[i].id, id);
	}
}

/* Each type of each schema is one that the description can say. */
static void check_types(const struct schema *s)
{
	static const char known[] =
		" uuid time local phone text int bool role object ";
	const char *rest = s->fields;
	struct field f;

	while (field_next(&f, &rest)) {
		char word[64];

		snprintf(word, sizeof(word), " %.*s ", SV_ARG(f.type));
		if (!strstr(known, word) && !schema_find(f.type)) {
			print_error("%s.%.*s: no type%s\n", s->name,
				    SV_ARG(f.name), word);
			fail();
		}
	}
}

static void test_routes_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < schemas_n; i++)
		check_types(&schemas[i]);
	for (size_t i = 0; i < routes_n; i++) {
		const struct route *r = &routes[i];
		const char *at = r->params;

		print_message("%s %s\n", r->method, r->path);
		assert_int_equal(r->kind == ROUTE_SQL ||
					 r->kind == ROUTE_CALL ||
					 r->kind == ROUTE_AUDIO,
				 r->sql != NULL);
		assert_true(!r->body || schema_find(sv_str(r->body)));
		assert_true(!r->answer || schema_find(sv_str(r->answer)));
		for (size_t n; *at; at += n + (at[n] == ' ')) {
			n = strcspn(at, " ");
			assert_non_null(route_param(r, (struct sv){at, n}));
		}
		/* What changes something is not for readers. */
		if (r->kind == ROUTE_SQL && strcmp(r->method, "GET") != 0)
			assert_true(r->role >= ROLE_STAFF);
		/* Only signing in, and the description, are for everybody. */
		if (r->role == ROLE_NONE)
			assert_null(r->sql);
	}
}

static void test_value_fits(void **state)
{
	static const struct {
		const char *type, *text;
		bool fits;
	} tv[] = {
		{"uuid", ID, true},
		{"uuid", "x", false},
		{"int", "0", true},
		{"int", "-1", false},
		{"int", "99999999999999999999", false},
		{"phone", "+14155550100", true},
		{"phone", "14155550100", false},
		{"phone", "+0415555010", false},
		{"phone", "+-415555010", false},
		{"phone", "+1415555", true},
		{"phone", "+141555", false},
		{"time", "2026-11-24T10:00:00Z", true},
		{"time", "2026-11-24", true},
		{"time", "2026-11-24T10:00 02:00", true},
		{"time", "2026-11-24 10:00:00.25-05", true},
		{"time", "2028-02-29", true},
		{"time", "2026-02-29", false},
		{"time", "2026-13-01", false},
		{"time", "2026-11-24T24:00:00Z", false},
		{"time", "2026-11-24T10:00:00Zz", false},
		{"time", "2026-11-24T10:00:00+2", false},
		{"time", "banana", false},
		{"time", "", false},
		{"place", "1.20", true},
		{"place", "1", false},
		{"place", "1.", false},
		{"place", ".1", false},
		{"place", "1.x", false},
		{"place", "1.2.3", false},
		{"place", "1.-2", false},
		{"place", "1.9999999999", false},
		{"start", "1795528800000000_" ID, true},
		{"start", "1795528800000000_", false},
		{"start", "_" ID, false},
		{"start", "-1_" ID, false},
		{"start", "999999999999999999_" ID, false},
		{"text", "", false},
		{"text", "x", true},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s %s\n", tv[i].type, tv[i].text);
		assert_int_equal(tv[i].fits, value_fits(sv_str(tv[i].type),
							sv_str(tv[i].text)));
	}
}

static void test_openapi(void **state)
{
	struct buf b;
	json_t *o, *paths;
	(void)state;

	buf_init(&b, 0);
	openapi_print(&b);
	assert_int_equal(0, b.err);
	o = json_loads(b.p, 0, NULL);
	assert_non_null(o);
	paths = json_object_get(o, "paths");
	for (size_t i = 0; i < routes_n; i++)
		assert_non_null(json_object_get(paths, routes[i].path));
	assert_int_equal(schemas_n,
			 json_object_size(json_object_get(
				 json_object_get(o, "components"), "schemas")));
	json_decref(o);
	buf_fini(&b);
}

static void test_rules(void **state)
{
	static const struct {
		const char *fields, *text;
		bool fits;
	} tv[] = {
		{"a:text", "anything", true},
		{"a:text(open|done)", "open", true},
		{"a:text(open|done)", "done", true},
		{"a:text(open|done)?", "done", true},
		{"a:text(open|done)", "open|done", false},
		{"a:text(open|done)", "don", false},
		{"a:text(open|done)", "", false},
		{"a:text(1..3)", "abc", true},
		{"a:text(1..3)?", "abcd", false},
		{"a:text(1..3)", "\xc3\xa9\xc3\xa9\xc3\xa9", true},
		{"a:text(1..3)", " \t", false},
		{"a:text(1..3)", " a ", true},
	};
	const char *rest;
	struct field f;
	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(tv); i++) {
		print_message("%s %s\n", tv[i].fields, tv[i].text);
		rest = tv[i].fields;
		assert_true(field_next(&f, &rest));
		assert_sv_equal("text", f.type);
		assert_int_equal(tv[i].fits,
				 field_text_fits(&f, sv_str(tv[i].text)));
	}
	rest = "days:int(1..3650)? more:uuid[]";
	assert_true(field_next(&f, &rest));
	assert_sv_equal("int", f.type);
	assert_true(f.null);
	assert_true(field_int_fits(&f, 1));
	assert_true(field_int_fits(&f, 3650));
	assert_false(field_int_fits(&f, 0));
	assert_false(field_int_fits(&f, 3651));
	assert_true(field_next(&f, &rest));
	assert_sv_equal("uuid", f.type);
	assert_true(f.many);
	assert_int_equal(0, f.rule.len);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_find),
		cmocka_unit_test(test_routes_whole),
		cmocka_unit_test(test_value_fits),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_openapi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
