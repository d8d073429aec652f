/*
 * config: what conf/nightbell.yaml says, after defaults, ${ENV} and
 * NIGHTBELL_… overrides. Read by src/app/config.c (the table of options is
 * there, each is explained in the YAML file); every other part only reads.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/base.h"

struct config {
	struct {
		char *name;		/* of this machine; default: hostname */
		char *public_url;	/* https://voice.example.com */
		char *runtime_dir;	/* sockets */
		char *state_dir;	/* snapshots, spools, generated secrets */
		int restart_ms;		/* a role that died is down at least so long */
		int hung_s;		/* a role whose loop stands so long is killed; 0: never */
	} node;
	struct {
		char *listen;		/* address:port */
		char *tls_cert, *tls_key;
	} carrier;
	struct {
		char *account_sid, *auth_token;
		char *api_url;		/* https://api.twilio.com */
		char *api_ca;		/* NULL: the system's */
		char *api_connect_to;	/* host:port:addr:port, tests */
	} twilio;
	struct {
		int sms_per_s, sms_at_once;	/* of this machine; per_s 0: */
		int call_per_s, call_at_once;	/* as fast as they come */
		int email_per_s, email_at_once;
		int lag_s;		/* the carrier's list is so late */
	} relay;
	struct {
		char *url;		/* smtp://host:587; NULL: no e-mail */
		char *user, *password;	/* NULL: none asked for */
		char *from;		/* "Name <a@b>" or "a@b" */
		char *starttls;		/* required try never */
		char *ca;		/* NULL: the system's */
		char *connect_to;	/* host:port:addr:port, tests */
	} smtp;
	struct {
		char *listen;
		char *files;		/* folder of the built page */
		int workers;		/* desk processes */
		char *public_url;	/* in mails; NULL: http://listen */
		char *token_secret;	/* NULL: made once in state_dir */
	} dashboard;
	struct {
		char *listen;		/* /metrics /healthz /readyz */
	} ops;
	struct {
		char *conninfo;		/* libpq keywords, no user */
		char *gateway_user, *relay_user, *api_user, *migrate_user;
		char *backup_user;
	} database;
	struct {
		char *stt, *tts;	/* who hears, who speaks: speech_all[] */
		char *library;		/* libonnxruntime.so */
		char *models;		/* folder of Moonshine, Silero, vocabulary */
		char *voice;		/* flite: rms slt awb kal */
		int threads;		/* decodes at once; 0: cores */
		char *partials;		/* "false": texts only in pauses */
		char *spanish;		/* "true": read Spanish */
		char *spanish_licence;	/* "accepted" by the operator */
	} speech;
	struct {
		char *api_key;
		char *api_url;		/* wss://api.deepgram.com */
		char *api_ca;		/* NULL: the system's */
		char *model;		/* nova-3 */
		char *language;		/* NULL: the call's; multi: any */
	} deepgram;
	struct {
		char *kind;		/* script, or a name of s2s_all[] */
	} assistant;
	struct {
		char *api_key;
		char *api_url;		/* wss://api.openai.com */
		char *api_ca;		/* NULL: the system's */
		char *realtime_model, *realtime_voice, *transcribe_model;
		char *turns;		/* silence meaning */
		int silence_ms;		/* that ends a turn */
		/* cents per million tokens */
		int price_text_in, price_text_cached, price_text_out;
		int price_audio_in, price_audio_cached, price_audio_out;
		int price_heard;
		int daily_cap_cents;	/* of a business that has no own */
	} openai;
	struct {
		int workers;		/* 0: one per core */
		int send_ahead_ms;
		char *echo;		/* on off: the canceller */
		int max_call_s;
		int token_s;		/* a stream token's life */
		int drain_s;		/* live calls may last so long at SIGTERM */
		char *stream_secret;	/* NULL: made once in state_dir */
	} media;
	struct {
		char *dir;		/* NULL: state_dir/recordings */
		int bps;		/* of a leg that speaks */
	} recordings;
	struct {
		char *level;		/* debug info warn error */
		char *format;		/* human json */
	} log;
};

#endif
