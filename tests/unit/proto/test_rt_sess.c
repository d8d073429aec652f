/*
 * The Realtime session against orders of events as they come in the field,
 * races included. Virtual time; what is sent is a log of types and ids.
 */
#include "../assert.h"

#include "proto/rt_sess.h"

#include <jansson.h>
#include <stdio.h>

struct world {
	struct rt_sess *s;
	char log[8192];
	int64_t now_us;
	int lost, active, most_active;
};

static void note(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void note(struct world *w, const char *fmt, ...)
{
	size_t n = strlen(w->log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->log + n, sizeof(w->log) - n, fmt, ap);
	va_end(ap);
}

static const char *text_at(json_t *o, const char *a, const char *b)
{
	const char *v =
		json_string_value(b ? json_object_get(json_object_get(o, a), b)
				    : json_object_get(o, a));

	return v ? v : "-";
}

/* Everything that goes out is whole JSON; responses are counted. */
static void on_send(struct sv msg, void *arg)
{
	struct world *w = arg;
	json_t *o = json_loadb(msg.p, msg.len, 0, NULL);
	const char *type = text_at(o, "type", NULL);

	assert_non_null(o);
	if (!strcmp(type, "response.create"))
		note(w, ">create%s ",
		     json_object_get(o, "response") ? "!" : "");
	else if (!strcmp(type, "response.cancel"))
		note(w, ">cancel:%s ", text_at(o, "response_id", NULL));
	else if (!strcmp(type, "conversation.item.truncate"))
		note(w, ">truncate:%s:%d ", text_at(o, "item_id", NULL),
		     (int)json_integer_value(
			     json_object_get(o, "audio_end_ms")));
	else if (!strcmp(type, "conversation.item.delete"))
		note(w, ">delete:%s ", text_at(o, "item_id", NULL));
	else if (!strcmp(text_at(o, "item", "type"), "function_call_output"))
		note(w, ">output:%s:%s ", text_at(o, "item", "call_id"),
		     text_at(o, "item", "output"));
	else if (!strcmp(text_at(o, "item", "type"), "message"))
		note(w, ">tell:%s ", text_at(o, "item", "role"));
	else
		note(w, ">%s ", type);
	w->active += !strcmp(type, "response.create");
	w->most_active = MAX(w->most_active, w->active);
	json_decref(o);
}

static void on_ready(void *arg)
{
	note(arg, "ready ");
}

static void on_vad(bool began, int64_t ms, void *arg)
{
	note(arg, "%s:%d ", began ? "began" : "ended", (int)ms);
}

static void on_turn(void *arg)
{
	note(arg, "turn ");
}

static void on_heard(struct sv text, int64_t start_ms, int64_t end_ms,
		     void *arg)
{
	note(arg, "heard:%.*s:%d-%d ", SV_ARG(text), (int)start_ms,
	     (int)end_ms);
}

static void on_said(uint32_t say, struct sv text, bool last, void *arg)
{
	note(arg, "said%u:%.*s%s ", say, SV_ARG(text), last ? "." : "");
}

static void on_audio(uint32_t say, struct sv base64, void *arg)
{
	note(arg, "audio%u:%zu ", say, base64.len);
}

static void on_call(uint32_t ref, struct sv name, struct sv args, void *arg)
{
	note(arg, "call%u:%.*s%.*s ", ref, SV_ARG(name), SV_ARG(args));
}

static struct rt_usage used; /* the last */

static void on_usage(const struct rt_usage *u, void *arg)
{
	used = *u;
	if (u->audio_out)
		note(arg, "usage:%d/%d/%d ", (int)u->audio_in,
		     (int)u->audio_cached, (int)u->audio_out);
}

static void on_old(void *arg)
{
	note(arg, "old ");
}

static void on_lost(int err, struct sv why, void *arg)
{
	struct world *w = arg;

	w->lost++;
	note(w, "lost:%s:%.*s ", strerrorname_np(-err), SV_ARG(why));
}

static void recv_(struct world *w, const char *msg)
{
	char b[2048];
	size_t n = 0;

	for (; *msg; msg++)
		b[n++] = *msg == '\'' ? '"' : *msg;
	if (memmem(b, n, "\"response.done\"", 15))
		w->active = 0;
	rt_sess_recv(w->s, (struct sv){b, n}, w->now_us);
}

static void pass(struct world *w, int ms)
{
	int64_t to = w->now_us + ms * INT64_C(1000), next;

	while ((next = rt_sess_next_us(w->s)) <= to) {
		w->now_us = MAX(w->now_us, next);
		rt_sess_tick(w->s, w->now_us);
	}
	w->now_us = to;
}

#define UPDATED                                                                \
	"{'type':'session.updated','session':{'audio':{'input':{'format':{"    \
	"'type':'audio/pcmu'}},'output':{'format':{'type':'audio/pcmu'}}},"    \
	"'tools':[{}]}}"
#define CREATED(r) "{'type':'response.created','response':{'id':'" r "'}}"
#define DONE(r, status)                                                        \
	"{'type':'response.done','response':{'id':'" r "','status':'" status   \
	"','usage':{'input_tokens':9,'output_tokens':7,"                       \
	"'input_token_details':{'text_tokens':4,'audio_tokens':5,"             \
	"'cached_tokens_details':{'audio_tokens':2}},"                         \
	"'output_token_details':{'text_tokens':1,'audio_tokens':6}}}}"
#define FAILED(r, code)                                                        \
	"{'type':'response.done','response':{'id':'" r "','status':'failed',"  \
	"'status_details':{'error':{'code':'" code "'}}}}"
#define AUDIO(r, i)                                                            \
	"{'type':'response.output_audio.delta','response_id':'" r              \
	"','item_id':'" i "','delta':'" TEN TEN TEN TEN "'}"
#define TEN "/////////////////////////////////////////" /* 41 */
#define TEXT(r, i, t)                                                          \
	"{'type':'response.output_audio_transcript.delta','response_id':'" r   \
	"','item_id':'" i "','delta':'" t "'}"
#define CALL(r, c, status)                                                     \
	"{'type':'response.output_item.done','response_id':'" r                \
	"','item':{'id':'f" c "','type':'function_call','status':'" status     \
	"','name':'book','call_id':'" c "','arguments':'{}'}}"
#define SAID(r, i)                                                             \
	"{'type':'response.output_item.done','response_id':'" r                \
	"','item':{'id':'" i "','type':'message','status':'completed'}}"
#define ERR(code, message)                                                     \
	"{'type':'error','error':{'type':'invalid_request_error','code':"      \
	"'" code "','message':'" message "','event_id':null}}"
#define STARTED                                                                \
	"{'type':'input_audio_buffer.speech_started','item_id':'u1',"          \
	"'audio_start_ms':700}"
#define STOPPED                                                                \
	"{'type':'input_audio_buffer.speech_stopped','item_id':'u1',"          \
	"'audio_end_ms':1900}"
#define WALL_US INT64_C(1795446000000000)
#define COMMITTED "{'type':'input_audio_buffer.committed','item_id':'u1'}"

static void begin(struct world *w)
{
	const struct rt_session_prm prm = {
		.model = SV("m"),
		.voice = SV("marin"),
		.instructions = SV("be \"kind\""),
		.tools = SV("[{}]"),
		.tools_n = 1,
		.transcribe = SV("t"),
		.silence_ms = 500,
	};
	const struct rt_handlers h = {
		on_send,  on_ready, on_vad,   on_turn, on_heard, on_said,
		on_audio, on_call,  on_usage, on_old,  on_lost,	 w,
	};

	*w = (struct world){.now_us = 1000000};
	assert_int_equal(0, rt_sess_new(&w->s, &prm, &h));
	rt_sess_opened(w->s, w->now_us, WALL_US + w->now_us);
}

static void make_live(struct world *w)
{
	begin(w);
	recv_(w, "{'type':'session.created','session':{}}");
	recv_(w, UPDATED);
	w->log[0] = '\0';
}

static void end(struct world *w)
{
	assert_true(w->most_active <= 1);
	rt_sess_free(w->s);
}

#define assert_log(w, want)                                                    \
	do {                                                                   \
		assert_string_equal(want, (w)->log);                           \
		(w)->log[0] = '\0';                                            \
	} while (0)

static void ask(struct world *w)
{
	rt_sess_ask(w->s, SV(""), w->now_us);
}

static void test_set_up(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	rt_sess_tell(w.s, "assistant", SV("hello"));
	ask(&w);
	assert_false(rt_sess_live(w.s));
	assert_log(&w, "");
	recv_(&w, "{'type':'session.created','session':{}}");
	assert_log(&w, ">session.update ");
	recv_(&w, UPDATED);
	assert_log(&w, ">tell:assistant ready >create ");
	assert_true(rt_sess_live(w.s));
	end(&w);
}

/* Numbers that no clock and no meter has: no sum of them overflows. */
static void test_numbers(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	recv_(&w, "{'type':'session.created','session':{"
		  "'expires_at':9000000000000000000}}");
	recv_(&w, UPDATED);
	recv_(&w, "{'type':'conversation.item.input_audio_transcription."
		  "completed','item_id':'u1','transcript':'hi','usage':{"
		  "'seconds':4000000000000000000}}");
	assert_true(rt_sess_live(w.s));
	assert_int_equal(1000000, used.heard);
	recv_(&w,
	      "{'type':'response.done','response':{'id':'r9','usage':{"
	      "'input_token_details':{'text_tokens':-5,'audio_tokens':1e300,"
	      "'cached_tokens_details':{'text_tokens':-9000000000000000000,"
	      "'audio_tokens':7}},'output_token_details':{"
	      "'text_tokens':9000000000000000000,'audio_tokens':-3}}}}");
	assert_int_equal(0, used.text_in);
	assert_int_equal(0, used.text_cached);
	assert_int_equal(1000000 - 7, used.audio_in);
	assert_int_equal(1000000, used.text_out);
	assert_int_equal(0, used.audio_out);
	w.log[0] = '\0';
	recv_(&w, "{'type':'input_audio_buffer.speech_started','item_id':'u2',"
		  "'audio_start_ms':-9000000000000000000}");
	recv_(&w, "{'type':'input_audio_buffer.speech_stopped','item_id':'u2',"
		  "'audio_end_ms':9000000000000000000}");
	assert_log(&w, "began:0 ended:86400000 ");
	end(&w);
}

static void test_set_up_deadlines_and_refusals(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	pass(&w, RT_CREATED_MS);
	assert_log(&w, "lost:ETIMEDOUT:no session.created ");
	end(&w);

	begin(&w);
	recv_(&w, "{'type':'session.created','session':{}}");
	pass(&w, RT_UPDATED_MS - 1);
	assert_log(&w, ">session.update ");
	pass(&w, 1);
	assert_log(&w, "lost:ETIMEDOUT:no session.updated ");
	end(&w);

	/* one bad parameter: nothing of the update was taken */
	begin(&w);
	recv_(&w, "{'type':'session.created','session':{}}");
	recv_(&w, ERR("string_above_max_length", "too long"));
	assert_log(&w, ">session.update lost:EINVAL:too long ");
	end(&w);

	/* it says that it is fine and has other settings */
	begin(&w);
	recv_(&w, "{'type':'session.created','session':{}}");
	recv_(&w, "{'type':'session.updated','session':{'audio':{'input':{"
		  "'format':{'type':'audio/pcm'}}}}}");
	assert_log(&w, ">session.update "
		       "lost:EINVAL:it did not take our settings ");
	end(&w);

	begin(&w);
	recv_(&w, ERR("beta_api_shape_disabled", "no"));
	assert_log(&w, "lost:EACCES:beta_api_shape_disabled ");
	end(&w);
}

static void test_turn(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	recv_(&w, STARTED);
	recv_(&w, STOPPED);
	recv_(&w, COMMITTED);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, TEXT("r1", "i1", "Good "));
	recv_(&w, AUDIO("r1", "i1"));
	recv_(&w, TEXT("r1", "i1", "morning."));
	recv_(&w, "{'type':'conversation.item.input_audio_transcription."
		  "completed','item_id':'u1','transcript':'hi','usage':{"
		  "'type':'tokens','total_tokens':5}}");
	recv_(&w, SAID("r1", "i1"));
	recv_(&w, DONE("r1", "completed"));
	assert_log(&w, "began:700 ended:1900 turn >create said1:Good  "
		       "audio1:164 said1:morning. heard:hi:700-1900 said1:. "
		       "usage:3/2/6 ");
	end(&w);
}

/* The second one waits for the end of the first; the server says so, too. */
static void test_never_two(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, AUDIO("r1", "i1"));
	ask(&w);
	assert_log(&w, ">create audio1:164 ");
	recv_(&w, DONE("r1", "completed"));
	assert_log(&w, "usage:3/2/6 said1:. >create ");
	w.active = 0;
	recv_(&w, ERR("conversation_already_has_active_response", "busy"));
	assert_log(&w, "");
	recv_(&w, DONE("r9", "completed"));
	assert_log(&w, "usage:3/2/6 >create ");
	end(&w);
}

static void test_interrupt(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, TEXT("r1", "i1", "One two"));
	recv_(&w, AUDIO("r1", "i1"));
	recv_(&w, STARTED);
	w.log[0] = '\0';
	rt_sess_interrupt(w.s, w.now_us);
	rt_sess_cut(w.s, 1, 80);
	assert_log(&w, ">cancel:r1 >truncate:i1:10 ");
	/* what is on its way */
	recv_(&w, AUDIO("r1", "i1"));
	recv_(&w, TEXT("r1", "i1", " three"));
	recv_(&w, AUDIO("r1", "i2"));
	recv_(&w, CALL("r1", "c1", "incomplete"));
	assert_log(&w, "");
	recv_(&w, STOPPED);
	recv_(&w, COMMITTED);
	ask(&w); /* waits for the end of r1 */
	assert_log(&w, "ended:1900 turn ");
	recv_(&w, DONE("r1", "cancelled"));
	assert_log(&w, "usage:3/2/6 >create ");
	end(&w);
}

/* Truncation is never behind what came, and errors about it mean nothing. */
static void test_truncate_edges(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, AUDIO("r1", "i1")); /* 123 samples */
	recv_(&w, AUDIO("r1", "i2"));
	recv_(&w, DONE("r1", "completed"));
	w.log[0] = '\0';
	rt_sess_interrupt(w.s, w.now_us); /* nothing to cancel */
	rt_sess_cut(w.s, 1, 99999);
	rt_sess_cut(w.s, 2, 0);	 /* nothing of it was heard */
	rt_sess_cut(w.s, 7, 80); /* never was */
	assert_log(&w, ">truncate:i1:15 >delete:i2 ");
	recv_(&w,
	      ERR("", "Audio content of 15ms is already shorter than 16ms"));
	recv_(&w, ERR("response_cancel_not_active", "none"));
	assert_log(&w, "");
	ask(&w);
	assert_log(&w, ">create ");
	end(&w);
}

/* Interrupted before it has an id: cancelled as soon as it has one. */
static void test_interrupt_asked(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	rt_sess_interrupt(w.s, w.now_us);
	assert_log(&w, ">create ");
	recv_(&w, CREATED("r1"));
	recv_(&w, AUDIO("r1", "i1"));
	assert_log(&w, ">cancel:r1 ");
	/* response.done overtook the cancel */
	recv_(&w, DONE("r1", "completed"));
	recv_(&w, ERR("response_cancel_not_active", "none"));
	ask(&w);
	assert_log(&w, "usage:3/2/6 >create ");
	recv_(&w, CREATED("r2"));
	recv_(&w, AUDIO("r2", "i2"));
	assert_log(&w, "audio1:164 ");
	end(&w);
}

static void test_function(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, CALL("r1", "c1", "completed"));
	recv_(&w, CALL("r1", "c1", "completed")); /* told twice, done once */
	recv_(&w, CALL("r1", "c2", "completed"));
	rt_sess_result(w.s, 1, SV("{\"ok\":1}"), true, w.now_us);
	assert_log(&w, ">create call1:book{} call2:book{} ");
	recv_(&w, DONE("r1", "completed"));
	assert_log(&w, "usage:3/2/6 >output:c1:{\"ok\":1} ");
	rt_sess_result(w.s, 2, SV("{}"), true, w.now_us);
	assert_log(&w, ">output:c2:{} >create ");
	end(&w);
}

/* The caller talks while the tool runs: its result waits for no answer. */
static void test_speech_during_function(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, CALL("r1", "c1", "completed"));
	recv_(&w, DONE("r1", "completed"));
	recv_(&w, STARTED);
	w.log[0] = '\0';
	rt_sess_result(w.s, 1, SV("{}"), true, w.now_us);
	assert_log(&w, ">output:c1:{} ");
	recv_(&w, STOPPED);
	assert_log(&w, "ended:1900 >create ");
	recv_(&w, COMMITTED);
	recv_(&w, CREATED("r2"));
	assert_log(&w, "turn ");
	end(&w);
}

/* A function that was complete before the cut was called; its result goes
 * in, or the model waits for ever. One that was not is none. */
static void test_function_cut(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, CALL("r1", "c1", "completed"));
	rt_sess_interrupt(w.s, w.now_us);
	recv_(&w, CALL("r1", "c2", "completed"));
	rt_sess_result(w.s, 1, SV("{}"), false, w.now_us);
	assert_log(&w, ">create call1:book{} >cancel:r1 ");
	recv_(&w, DONE("r1", "cancelled"));
	assert_log(&w, "usage:3/2/6 >output:c1:{} ");
	end(&w);
}

static void test_failures(void **state)
{
	struct world w;

	(void)state;
	/* once more, then no more */
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, FAILED("r1", "inference_rate_limit_exceeded"));
	assert_log(&w, ">create >create ");
	recv_(&w, CREATED("r2"));
	recv_(&w, FAILED("r2", "inference_rate_limit_exceeded"));
	assert_log(&w, "lost:EREMOTEIO:inference_rate_limit_exceeded ");
	end(&w);

	/* connects fine, and nothing is paid: never again */
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, FAILED("r1", "insufficient_quota"));
	assert_log(&w, ">create lost:EACCES:insufficient_quota ");
	recv_(&w, CREATED("r2"));
	rt_sess_result(w.s, 1, SV("{}"), true, w.now_us);
	pass(&w, 100000);
	assert_log(&w, "");
	assert_int_equal(1, w.lost);
	end(&w);

	/* completed without a word, twice */
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	recv_(&w, DONE("r1", "completed"));
	recv_(&w, CREATED("r2"));
	recv_(&w, DONE("r2", "completed"));
	assert_log(&w, ">create usage:3/2/6 >create usage:3/2/6 "
		       "lost:EREMOTEIO:a response without a word ");
	end(&w);

	make_live(&w);
	recv_(&w, ERR("session_expired", "60 minutes"));
	assert_log(&w, "lost:ETIME:session_expired ");
	end(&w);
}

static void test_deadlines(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	ask(&w);
	pass(&w, RT_ASKED_MS); /* created never came */
	assert_log(&w, ">create >create ");
	w.most_active = 0; /* the first one is given up */
	pass(&w, RT_ASKED_MS);
	assert_log(&w, "lost:ETIMEDOUT:no response.created ");
	end(&w);

	/* audio, and then nothing any more */
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	pass(&w, RT_PROGRESS_MS - 1);
	recv_(&w, AUDIO("r1", "i1"));
	pass(&w, RT_PROGRESS_MS - 1);
	assert_log(&w, ">create audio1:164 ");
	pass(&w, 1);
	assert_log(&w,
		   ">cancel:r1 lost:ETIMEDOUT:a response that stands still ");
	end(&w);

	/* response.done of a cancelled one got lost: the talk goes on */
	make_live(&w);
	ask(&w);
	recv_(&w, CREATED("r1"));
	rt_sess_interrupt(w.s, w.now_us);
	ask(&w);
	assert_log(&w, ">create >cancel:r1 ");
	w.active = 0;
	pass(&w, RT_ENDING_MS);
	assert_log(&w, ">create ");
	end(&w);

	/* a detector that never ends */
	make_live(&w);
	recv_(&w, STARTED);
	ask(&w);
	assert_log(&w, "began:700 ");
	pass(&w, RT_TALKING_MS);
	assert_log(&w, ">create ");
	end(&w);
}

/* expires_at counts from 1970; now is WALL_US + w.now_us. */
static void test_life(void **state)
{
	static const struct {
		int64_t expires_in_s; /* 0: it does not tell */
		int old_ms, end_ms;
	} rows[] = {
		{0, 50 * 60000, 60 * 60000},
		{3600, 50 * 60000, 60 * 60000},
		{30, 20000, 30000},
		{1800, 20 * 60000, 30 * 60000},
		/* clocks that differ by hours tell nothing */
		{7200, 50 * 60000, 60 * 60000},
		{-7200, 50 * 60000, 60 * 60000},
		{2, 50 * 60000, 60 * 60000},
	};
	struct world w;
	char json[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin(&w);
		snprintf(json, sizeof(json),
			 "{'type':'session.created','session':{"
			 "'expires_at':%lld}}",
			 rows[i].expires_in_s
				 ? (long long)((WALL_US + w.now_us) / 1000000 +
					       rows[i].expires_in_s)
				 : 0);
		recv_(&w, json);
		recv_(&w, UPDATED);
		w.log[0] = '\0';
		pass(&w, rows[i].old_ms - 1);
		assert_log(&w, "");
		pass(&w, 1);
		assert_log(&w, "old ");
		pass(&w, rows[i].end_ms - rows[i].old_ms - 1);
		assert_log(&w, ""); /* told once */
		pass(&w, 1);
		assert_log(&w, "lost:ETIME:the session's time is over ");
		end(&w);
	}
}

/* Another session may take over only when nothing is under way. */
static void test_idle(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	assert_true(rt_sess_idle(w.s));
	recv_(&w, STARTED);
	assert_false(rt_sess_idle(w.s));
	recv_(&w, STOPPED);
	recv_(&w, COMMITTED);
	assert_true(rt_sess_idle(w.s));
	ask(&w);
	assert_false(rt_sess_idle(w.s));
	recv_(&w, CREATED("r1"));
	recv_(&w, AUDIO("r1", "i1"));
	assert_false(rt_sess_idle(w.s));
	recv_(&w, DONE("r1", "completed"));
	assert_true(rt_sess_idle(w.s));
	end(&w);
}

static void test_own_words(void **state)
{
	struct world w;

	(void)state;
	make_live(&w);
	rt_sess_ask(w.s, SV("Ask whether he is there."), w.now_us);
	recv_(&w, CREATED("r1"));
	recv_(&w, AUDIO("r1", "i1"));
	recv_(&w, DONE("r1", "completed"));
	ask(&w);
	assert_log(&w, ">create! audio1:164 usage:3/2/6 said1:. >create ");
	end(&w);
}

/* Bytes that are no event, and events of next year, hurt nobody. */
static void test_garbage(void **state)
{
	static const char *const all[] = {
		"",
		"[]",
		"{'type':7}",
		"{'type':'response.output_audio.delta'}",
		"{'type':'response.hologram.delta','response_id':'r1'}",
		"{'type':'response.done'}",
		"{'type':'error'}",
		"{'type':'session.updated'}",
		"{'type':'response.created'}",
	};
	struct world w;

	(void)state;
	make_live(&w);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		recv_(&w, all[i]);
	assert_int_equal(0, w.lost);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_up),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_set_up_deadlines_and_refusals),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_never_two),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_truncate_edges),
		cmocka_unit_test(test_interrupt_asked),
		cmocka_unit_test(test_function),
		cmocka_unit_test(test_speech_during_function),
		cmocka_unit_test(test_function_cut),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_own_words),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
