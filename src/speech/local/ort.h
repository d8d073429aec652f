/*
 * ort: as much of ONNX Runtime's C interface as three models need, loaded at
 * run time and without its header (Debian 12 has neither). The library gives
 * out one table of functions to which upstream only ever appends, so the
 * position of a function is its binary interface: ort.c lists them.
 *
 * A session may be run by many threads at once.
 */
#ifndef SPEECH_LOCAL_ORT_H
#define SPEECH_LOCAL_ORT_H

#include "base/base.h"

struct ort;	    /* the library and its environment */
struct ort_session; /* a loaded model */
struct ort_value;   /* a tensor */

enum ort_type { ORT_FLOAT = 1, ORT_INT64 = 7, ORT_BOOL = 9 };

enum { ORT_DIMS_MAX = 8 };

/** 0, -ENOENT no such library, -ENOTSUP not ONNX Runtime; why: a sentence. */
int ort_new(struct ort **out, const char *library, char *why, size_t why_size);
struct ort *ort_free(struct ort *o);
const char *ort_version(const struct ort *o);

/** Loads the model of a file: one thread, nothing spins. 0 or -EINVAL. */
int ort_session_new(struct ort_session **out, struct ort *o, const char *path,
		    char *why, size_t why_size);
struct ort_session *ort_session_free(struct ort *o, struct ort_session *s);

/**
 * Name and shape of input i (free dimensions are -1; *nd: how many). -ENOENT
 * when there are fewer inputs.
 */
int ort_session_input(struct ort *o, struct ort_session *s, size_t i,
		      char *name, size_t name_size, int64_t dims[ORT_DIMS_MAX],
		      size_t *nd);

/** A tensor over data, which stays yours and must outlive it. */
int ort_value_new(struct ort_value **out, struct ort *o, void *data,
		  size_t bytes, const int64_t *dims, size_t nd,
		  enum ort_type type);
/** NULL is fine. Returns NULL. */
struct ort_value *ort_value_free(struct ort *o, struct ort_value *v);
/** Its elements, NULL on failure; lent as long as v lives. */
void *ort_value_data(struct ort *o, struct ort_value *v);
int ort_value_dims(struct ort *o, struct ort_value *v,
		   int64_t dims[ORT_DIMS_MAX], size_t *nd);

struct ort_run {
	const char *const *in_names;
	const struct ort_value *const *in;
	size_t nin;
	const char *const *out_names;
	struct ort_value **out; /* made by the run, yours then */
	size_t nout;
};

/** 0, or -EIO: the model refused (see ort_last()); then no output is made. */
int ort_session_run(struct ort *o, struct ort_session *s,
		    const struct ort_run *r);

/** The sentence of this thread's last failure; "" if none. */
const char *ort_last(void);

#endif
