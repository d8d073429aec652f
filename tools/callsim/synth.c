#include "synth.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "channel.h"

#define ENGINE_MS 30000
#define CACHE_VERSION "3" /* rises when the channel changes */

extern char **environ;

struct job {
	char txt[600], wav[600]; /* what goes in and comes out */
	char opt[4][128];
	const char *argv[20];
};

/* Names go to programs as arguments and into Scheme: nothing else passes. */
static bool plain(const char *s)
{
	for (; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			    "YZ0123456789_-+",
			    *s))
			return false;
	return true;
}

static void argv_flite(struct job *j, const struct synth_voice *v,
		       const char *name)
{
	int n = 0;

	j->argv[n++] = "flite";
	j->argv[n++] = "-voice";
	j->argv[n++] = name;
	if (v->rate != 1) {
		snprintf(j->opt[0], sizeof(j->opt[0]), "duration_stretch=%.3f",
			 1 / v->rate);
		j->argv[n++] = "--setf";
		j->argv[n++] = j->opt[0];
	}
	if (v->pitch != 1) {
		snprintf(j->opt[1], sizeof(j->opt[1]),
			 "int_f0_target_mean=%.1f", 120 * v->pitch);
		j->argv[n++] = "--setf";
		j->argv[n++] = j->opt[1];
	}
	j->argv[n++] = "-f";
	j->argv[n++] = j->txt;
	j->argv[n++] = "-o";
	j->argv[n++] = j->wav;
}

static void argv_festival(struct job *j, const struct synth_voice *v,
			  const char *name)
{
	int n = 0;

	if (!strcmp(name, "us_slt_hts"))
		name = "cmu_us_slt_arctic_hts";
	snprintf(j->opt[0], sizeof(j->opt[0]), "(voice_%.80s)", name);
	/* HTS voices take their speed as an option of their own engine. */
	if (strstr(name, "hts"))
		snprintf(j->opt[1], sizeof(j->opt[1]),
			 "(set! hts_engine_params (append hts_engine_params "
			 "'((\"-r\" %.3f))))",
			 v->rate);
	else
		snprintf(j->opt[1], sizeof(j->opt[1]),
			 "(Parameter.set 'Duration_Stretch %.3f)", 1 / v->rate);
	j->argv[n++] = "text2wave";
	j->argv[n++] = j->txt;
	j->argv[n++] = "-o";
	j->argv[n++] = j->wav;
	j->argv[n++] = "-eval";
	j->argv[n++] = j->opt[0];
	j->argv[n++] = "-eval";
	j->argv[n++] = j->opt[1];
}

static void argv_espeak(struct job *j, const struct synth_voice *v,
			const char *name)
{
	int n = 0;

	snprintf(j->opt[0], sizeof(j->opt[0]), "%.0f", 160 * v->rate);
	snprintf(j->opt[1], sizeof(j->opt[1]), "%.0f",
		 MAX(0, MIN(99, 50 * v->pitch)));
	j->argv[n++] = "espeak-ng";
	j->argv[n++] = "-v";
	j->argv[n++] = name;
	j->argv[n++] = "-s";
	j->argv[n++] = j->opt[0];
	j->argv[n++] = "-p";
	j->argv[n++] = j->opt[1];
	j->argv[n++] = "-f";
	j->argv[n++] = j->txt;
	j->argv[n++] = "-w";
	j->argv[n++] = j->wav;
}

static const struct {
	const char *prefix, *package;
	void (*argv)(struct job *j, const struct synth_voice *v,
		     const char *name);
} engines[] = {
	{"flite:", "flite", argv_flite},
	{"festival:", "festival and festvox-us-slt-hts", argv_festival},
	{"espeak-ng:", "espeak-ng", argv_espeak},
};

/* "flite:slt@0.85": cuts the throat's size off the name, which it copies. */
static int split_throat(char *name, size_t size, const char *full,
			double *throat)
{
	const char *at = strrchr(full, '@');
	char *end;

	*throat = 1;
	if (sv_copy(name, size,
		    (struct sv){full, at ? (size_t)(at - full) : strlen(full)}))
		return -EINVAL;
	if (!at)
		return 0;
	*throat = strtod(at + 1, &end);
	return *end || end == at + 1 || *throat < 0.7 || *throat > 1.4 ? -EINVAL
								       : 0;
}

/* Exit status, -ENOENT not there, -ETIME hung. */
static int run(const char *const *argv)
{
	posix_spawn_file_actions_t fa;
	struct pollfd pf;
	int err, status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(&pid, argv[0], &fa, NULL, (char *const *)argv,
			   environ);
	posix_spawn_file_actions_destroy(&fa);
	if (err)
		return -err;
	pf = (struct pollfd){.fd = (int)syscall(SYS_pidfd_open, pid, 0),
			     .events = POLLIN};
	if (pf.fd >= 0) {
		err = poll(&pf, 1, ENGINE_MS) == 0 ? -ETIME : 0;
		close(pf.fd);
	}
	if (err)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (err)
		return err;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	int err = 0;

	if (!f)
		return -errno;
	if (fprintf(f, "%s\n", text) < 0)
		err = -EIO;
	if (fclose(f))
		err = -errno;
	return err;
}

static int speak(struct pcm *out, const char *cache_dir,
		 const struct synth_voice *v, const char *text, char *why,
		 size_t why_size)
{
	static atomic_uint count;
	const char *name = NULL;
	char bare[128];
	double throat;
	struct synth_voice slower = *v;
	unsigned id = atomic_fetch_add(&count, 1);
	struct job j = {0};
	size_t e;
	int err;

	err = split_throat(bare, sizeof(bare), v->name, &throat);
	for (e = 0; e < ARRAY_LEN(engines) && !err; e++)
		if (sv_starts(sv_str(bare), engines[e].prefix)) {
			name = bare + strlen(engines[e].prefix);
			break;
		}
	if (!name || !*name || !plain(name)) {
		snprintf(why, why_size,
			 "voice \"%s\": use flite:NAME, festival:NAME, "
			 "espeak-ng:NAME or file:PATH, at the end @0.7 to "
			 "@1.4 for another throat",
			 v->name);
		return -EINVAL;
	}
	snprintf(j.txt, sizeof(j.txt), "%s/%d-%u.txt", cache_dir, (int)getpid(),
		 id);
	snprintf(j.wav, sizeof(j.wav), "%s/%d-%u.wav", cache_dir, (int)getpid(),
		 id);
	err = write_text(j.txt, text);
	if (err) {
		snprintf(why, why_size, "%s: %s", j.txt, strerror(-err));
		return err;
	}
	slower.rate *= throat;
	engines[e].argv(&j, &slower, name);
	err = run(j.argv);
	if (err == -ENOENT)
		snprintf(why, why_size, "%s is not installed (Debian: %s)",
			 j.argv[0], engines[e].package);
	else if (err == -ETIME)
		snprintf(why, why_size, "%s did not finish in %d s", j.argv[0],
			 ENGINE_MS / 1000);
	else if (err)
		snprintf(why, why_size, "%s failed for voice \"%s\" (%d)",
			 j.argv[0], v->name, err);
	if (err > 0)
		err = -EBADMSG;
	if (!err)
		err = clip_read(out, j.wav, why, why_size);
	if (!err && throat != 1)
		err = channel_throat(out, throat);
	unlink(j.txt);
	unlink(j.wav);
	return err;
}

static void cache_name(char *path, size_t size, const char *dir,
		       const struct synth_voice *v, const char *text)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	char hex[33];
	struct buf b;

	buf_init(&b, 0);
	buf_printf(&b, "%s|%s|%.4f|%.4f|%s", CACHE_VERSION, v->name, v->rate,
		   v->pitch, text);
	EVP_Digest(b.p, b.len, md, NULL, EVP_sha256(), NULL);
	buf_fini(&b);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	snprintf(path, size, "%s/%s.wav", dir, hex);
}

static int from_file(struct pcm *out, const struct synth_voice *v, char *why,
		     size_t why_size)
{
	const char *name = v->name + strlen("file:");
	char path[600];

	if (*name != '/' && v->base_dir)
		snprintf(path, sizeof(path), "%s/%s", v->base_dir, name);
	else
		snprintf(path, sizeof(path), "%s", name);
	return clip_read(out, path, why, why_size);
}

int synth_get(struct pcm *out, const char *cache_dir,
	      const struct synth_voice *v, const char *text, char *why,
	      size_t why_size)
{
	bool file = sv_starts(sv_str(v->name), "file:");
	char path[600];
	int err;

	*out = (struct pcm){0};
	why[0] = '\0';
	if (file) {
		err = from_file(out, v, why, why_size);
	} else {
		err = dir_make(cache_dir);
		if (err) {
			snprintf(why, why_size, "%s: %s", cache_dir,
				 strerror(-err));
			return err;
		}
		cache_name(path, sizeof(path), cache_dir, v, text);
		if (!clip_read(out, path, why, why_size))
			return 0;
		why[0] = '\0';
		err = speak(out, cache_dir, v, text, why, why_size);
	}
	if (!err)
		err = channel_band(out);
	if (err)
		goto out;
	channel_trim(out);
	channel_level(out, SYNTH_DBOV);
	if (out->n < TEL_FRAME_N) {
		snprintf(why, why_size, "voice \"%s\" made no sound of \"%s\"",
			 v->name, text);
		err = -EBADMSG;
	}
	if (!err && !file)
		err = clip_write(path, out->s, out->n);
out:
	if (err)
		pcm_fini(out);
	if (err && !why[0])
		snprintf(why, why_size, "%s", strerror(-err));
	return err;
}
