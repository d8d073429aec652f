#include "speech/local/silero.h"

#include <stdio.h>
#include <stdlib.h>

struct silero {
	struct ort *ort;
	struct ort_session *model;
};

int silero_new(struct silero **out, struct ort *o, const char *dir, char *why,
	       size_t why_size)
{
	struct silero *v = calloc(1, sizeof(*v));
	char path[512];
	int err;

	if (!v)
		return -ENOMEM;
	v->ort = o;
	snprintf(path, sizeof(path), "%s/silero_vad_v6.onnx", dir);
	err = ort_session_new(&v->model, o, path, why, why_size);
	if (err)
		v = silero_free(v);
	else
		*out = v;
	return err;
}

struct silero *silero_free(struct silero *v)
{
	if (v)
		ort_session_free(v->ort, v->model);
	free(v);
	return NULL;
}

static int run(struct silero *v, struct silero_state *st, float *probability)
{
	static const char *const in_name[] = {"input", "state", "sr"};
	static const char *const out_name[] = {"output", "stateN"};
	const int64_t in_dims[] = {1, ARRAY_LEN(st->in)};
	const int64_t state_dims[] = {2, 1, SILERO_STATE / 2};
	struct ort_value *in[3] = {NULL}, *out[2] = {NULL};
	int64_t rate_hz = 16000;
	const float *p, *next;
	int err;

	err = ort_value_new(&in[0], v->ort, st->in, sizeof(st->in), in_dims, 2,
			    ORT_FLOAT);
	if (!err)
		err = ort_value_new(&in[1], v->ort, st->state,
				    sizeof(st->state), state_dims, 3,
				    ORT_FLOAT);
	if (!err)
		err = ort_value_new(&in[2], v->ort, &rate_hz, sizeof(rate_hz),
				    NULL, 0, ORT_INT64);
	if (!err)
		err = ort_session_run(
			v->ort, v->model,
			&(struct ort_run){
				.in_names = in_name,
				.in = (const struct ort_value *const *)in,
				.nin = 3,
				.out_names = out_name,
				.out = out,
				.nout = 2,
			});
	if (!err) {
		p = ort_value_data(v->ort, out[0]);
		next = ort_value_data(v->ort, out[1]);
		if (p && next) {
			*probability = *p;
			memcpy(st->state, next, sizeof(st->state));
		} else {
			err = -EIO;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		ort_value_free(v->ort, in[i]);
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		ort_value_free(v->ort, out[i]);
	return err;
}

int silero_window(struct silero *v, struct silero_state *st,
		  const int16_t pcm[SILERO_WINDOW], float *probability)
{
	memmove(st->in, st->in + SILERO_WINDOW,
		SILERO_CONTEXT * sizeof(st->in[0]));
	for (size_t i = 0; i < SILERO_WINDOW; i++)
		st->in[SILERO_CONTEXT + i] = (float)pcm[i] / 32768;
	return run(v, st, probability);
}
