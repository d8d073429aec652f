#include "speech/local/ort.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* Objects of the library; only pointers to them are ever seen. */
struct ort_status;
struct ort_env;
struct ort_options;
struct ort_memory;
struct ort_allocator;
struct ort_info;
struct ort_shape;
struct ort_run_options;

/* What we call; each member's position in the library's table is in fns[]. */
struct ort_fns {
	const char *(*error_message)(const struct ort_status *);
	struct ort_status *(*env_new)(int, const char *, struct ort_env **);
	struct ort_status *(*session_new)(struct ort_env *, const char *,
					  const struct ort_options *,
					  struct ort_session **);
	struct ort_status *(*run)(struct ort_session *,
				  const struct ort_run_options *,
				  const char *const *,
				  const struct ort_value *const *, size_t,
				  const char *const *, size_t,
				  struct ort_value **);
	struct ort_status *(*options_new)(struct ort_options **);
	struct ort_status *(*arena_off)(struct ort_options *);
	struct ort_status *(*optimize)(struct ort_options *, int);
	struct ort_status *(*intra_threads)(struct ort_options *, int);
	struct ort_status *(*inter_threads)(struct ort_options *, int);
	struct ort_status *(*input_count)(const struct ort_session *, size_t *);
	struct ort_status *(*input_type)(const struct ort_session *, size_t,
					 struct ort_info **);
	struct ort_status *(*input_name)(const struct ort_session *, size_t,
					 struct ort_allocator *, char **);
	struct ort_status *(*tensor_new)(const struct ort_memory *, void *,
					 size_t, const int64_t *, size_t, int,
					 struct ort_value **);
	struct ort_status *(*tensor_data)(struct ort_value *, void **);
	struct ort_status *(*info_shape)(const struct ort_info *,
					 const struct ort_shape **);
	struct ort_status *(*dims_count)(const struct ort_shape *, size_t *);
	struct ort_status *(*dims)(const struct ort_shape *, int64_t *, size_t);
	struct ort_status *(*value_shape)(const struct ort_value *,
					  struct ort_shape **);
	struct ort_status *(*memory_new)(int, int, struct ort_memory **);
	struct ort_status *(*allocator_free)(struct ort_allocator *, void *);
	struct ort_status *(*allocator)(struct ort_allocator **);
	void (*env_free)(struct ort_env *);
	void (*status_free)(struct ort_status *);
	void (*memory_free)(struct ort_memory *);
	void (*session_free)(struct ort_session *);
	void (*value_free)(struct ort_value *);
	void (*info_free)(struct ort_info *);
	void (*shape_free)(struct ort_shape *);
	void (*options_free)(struct ort_options *);
	struct ort_status *(*option)(struct ort_options *, const char *,
				     const char *);
};

static const struct {
	size_t off;
	unsigned position;
} fns[] = {
#define FN(member, position)                                                   \
	{                                                                      \
		offsetof(struct ort_fns, member), position                     \
	}
	FN(error_message, 2), FN(env_new, 3),	      FN(session_new, 7),
	FN(run, 9),	      FN(options_new, 10),    FN(arena_off, 19),
	FN(optimize, 23),     FN(intra_threads, 24),  FN(inter_threads, 25),
	FN(input_count, 30),  FN(input_type, 33),     FN(input_name, 36),
	FN(tensor_new, 49),   FN(tensor_data, 51),    FN(info_shape, 55),
	FN(dims_count, 61),   FN(dims, 62),	      FN(value_shape, 65),
	FN(memory_new, 69),   FN(allocator_free, 76), FN(allocator, 78),
	FN(env_free, 92),     FN(status_free, 93),    FN(memory_free, 94),
	FN(session_free, 95), FN(value_free, 96),     FN(info_free, 98),
	FN(shape_free, 99),   FN(options_free, 100),  FN(option, 130),
#undef FN
};

/* The version whose table holds all of the above (ONNX Runtime 1.8). */
enum { API_VERSION = 8, LOG_ERROR = 3, ARENA_ALLOCATOR = 1, OPTIMIZE_ALL = 99 };

struct ort_base {
	const void *const *(*table)(uint32_t version);
	const char *(*version)(void);
};

struct ort {
	void *lib;
	const struct ort_base *base;
	struct ort_fns f;
	struct ort_env *env;
	struct ort_memory *memory;
	struct ort_allocator *allocator;
};

static _Thread_local char last[256];

const char *ort_last(void)
{
	return last;
}

/* 0 on success; else keeps the sentence, frees the status, -EIO. */
static int check(struct ort *o, struct ort_status *st)
{
	if (!st)
		return 0;
	snprintf(last, sizeof(last), "%s", o->f.error_message(st));
	o->f.status_free(st);
	return -EIO;
}

const char *ort_version(const struct ort *o)
{
	return o->base->version();
}

static int load(struct ort *o, const char *library, char *why, size_t size)
{
	const struct ort_base *(*get)(void);
	const void *const *table;
	void *sym;

	/* It keeps objects per thread for good: never unloaded. */
	o->lib = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!o->lib) {
		snprintf(why, size, "%s", dlerror());
		return -ENOENT;
	}
	sym = dlsym(o->lib, "OrtGetApiBase");
	if (!sym) {
		snprintf(why, size, "%s is not ONNX Runtime", library);
		return -ENOTSUP;
	}
	memcpy(&get, &sym, sizeof(get));
	o->base = get();
	table = o->base->table(API_VERSION);
	if (!table) {
		snprintf(why, size, "ONNX Runtime %s in %s is too old",
			 o->base->version(), library);
		return -ENOTSUP;
	}
	for (size_t i = 0; i < ARRAY_LEN(fns); i++)
		memcpy((char *)&o->f + fns[i].off, &table[fns[i].position],
		       sizeof(table[0]));
	return 0;
}

int ort_new(struct ort **out, const char *library, char *why, size_t why_size)
{
	struct ort *o = calloc(1, sizeof(*o));
	int err;

	if (!o)
		return -ENOMEM;
	err = load(o, library, why, why_size);
	if (err)
		goto fail;
	err = check(o, o->f.env_new(LOG_ERROR, "nightbell", &o->env));
	if (!err)
		err = check(o, o->f.memory_new(ARENA_ALLOCATOR, 0, &o->memory));
	if (!err)
		err = check(o, o->f.allocator(&o->allocator));
	if (err) {
		snprintf(why, why_size, "%s", last);
		goto fail;
	}
	*out = o;
	return 0;
fail:
	ort_free(o);
	return err;
}

struct ort *ort_free(struct ort *o)
{
	if (!o)
		return NULL;
	if (o->memory)
		o->f.memory_free(o->memory);
	if (o->env)
		o->f.env_free(o->env);
	if (o->lib)
		dlclose(o->lib);
	free(o);
	return NULL;
}

/*
 * One thread a run (several calls share the cores; two threads cost half as
 * much again for nothing), no spinning, no arena. Folding the dequantised
 * weights once at load costs memory once and saves it in every run.
 */
static int set_options(struct ort *o, struct ort_options *opt)
{
	static const char *const entries[] = {
		"session.intra_op.allow_spinning", "0",
		"session.inter_op.allow_spinning", "0",
		"session.disable_quant_qdq",	   "1",
	};
	int err = check(o, o->f.intra_threads(opt, 1));

	if (!err)
		err = check(o, o->f.inter_threads(opt, 1));
	if (!err)
		err = check(o, o->f.optimize(opt, OPTIMIZE_ALL));
	if (!err)
		err = check(o, o->f.arena_off(opt));
	for (size_t i = 0; !err && i < ARRAY_LEN(entries); i += 2)
		err = check(o, o->f.option(opt, entries[i], entries[i + 1]));
	return err;
}

int ort_session_new(struct ort_session **out, struct ort *o, const char *path,
		    char *why, size_t why_size)
{
	struct ort_options *opt = NULL;
	int err = check(o, o->f.options_new(&opt));

	if (!err)
		err = set_options(o, opt);
	if (!err)
		err = check(o, o->f.session_new(o->env, path, opt, out));
	if (opt)
		o->f.options_free(opt);
	if (err) {
		snprintf(why, why_size, "%s: %s", path, last);
		return -EINVAL;
	}
	return 0;
}

struct ort_session *ort_session_free(struct ort *o, struct ort_session *s)
{
	if (s)
		o->f.session_free(s);
	return NULL;
}

int ort_session_input(struct ort *o, struct ort_session *s, size_t i,
		      char *name, size_t name_size, int64_t dims[ORT_DIMS_MAX],
		      size_t *nd)
{
	const struct ort_shape *shape;
	struct ort_info *info;
	char *text;
	size_t n;
	int err = check(o, o->f.input_count(s, &n));

	if (err)
		return err;
	if (i >= n)
		return -ENOENT;
	err = check(o, o->f.input_name(s, i, o->allocator, &text));
	if (err)
		return err;
	snprintf(name, name_size, "%s", text);
	check(o, o->f.allocator_free(o->allocator, text));
	err = check(o, o->f.input_type(s, i, &info));
	if (err)
		return err;
	err = check(o, o->f.info_shape(info, &shape));
	if (!err)
		err = check(o, o->f.dims_count(shape, nd));
	if (!err && *nd > ORT_DIMS_MAX)
		err = -ENOTSUP;
	if (!err)
		err = check(o, o->f.dims(shape, dims, *nd));
	o->f.info_free(info);
	return err;
}

int ort_value_new(struct ort_value **out, struct ort *o, void *data,
		  size_t bytes, const int64_t *dims, size_t nd,
		  enum ort_type type)
{
	return check(o, o->f.tensor_new(o->memory, data, bytes, dims, nd,
					(int)type, out));
}

struct ort_value *ort_value_free(struct ort *o, struct ort_value *v)
{
	if (v)
		o->f.value_free(v);
	return NULL;
}

void *ort_value_data(struct ort *o, struct ort_value *v)
{
	void *p;

	return check(o, o->f.tensor_data(v, &p)) ? NULL : p;
}

int ort_value_dims(struct ort *o, struct ort_value *v,
		   int64_t dims[ORT_DIMS_MAX], size_t *nd)
{
	struct ort_shape *shape;
	int err = check(o, o->f.value_shape(v, &shape));

	if (err)
		return err;
	err = check(o, o->f.dims_count(shape, nd));
	if (!err && *nd > ORT_DIMS_MAX)
		err = -ENOTSUP;
	if (!err)
		err = check(o, o->f.dims(shape, dims, *nd));
	o->f.shape_free(shape);
	return err;
}

int ort_session_run(struct ort *o, struct ort_session *s,
		    const struct ort_run *r)
{
	for (size_t i = 0; i < r->nout; i++)
		r->out[i] = NULL;
	return check(o, o->f.run(s, NULL, r->in_names, r->in, r->nin,
				 r->out_names, r->nout, r->out));
}
