#!/usr/bin/env bash
# Keeps the layers by what the objects import, not only by their includes.
#   tools/lint/layers.sh BUILD-DIR
# 1. An object may use symbols of its own layer and of those its layer needs.
# 2. Libraries: only where the table below allows them.
# 3. No two layers define the same symbol (the linker would take either).
# 4. Pure layers import no socket, clock, chance, file or thread.
set -euo pipefail
b=${1:?build folder}
layers=$(make -s --no-print-directory print-layers)

facts() {
	for l in $layers; do
		echo "needs $l $(make -s --no-print-directory print-needs L="$l")"
		if [ -e "$b/lib$l.a" ]; then
			nm --defined-only -g "$b/lib$l.a" 2>/dev/null |
				awk -v l="$l" 'NF == 3 {print "def", l, $3}'
		fi
	done
	for l in $layers; do
		d=$b/src/$l
		[ "$l" = codecs ] && d=$b/codecs
		[ -d "$d" ] || continue
		find "$d" -name '*.o' | sort | while read -r o; do
			nm -u "$o" | awk -v l="$l" -v o="$o" '{sub(/@.*/, "", $NF); print "use", l, o, $NF}'
		done
	done
}

facts | awk '
function only(re, where, files) {	# a library symbol and who may import it
	n++; lib[n] = re; ok[n] = " " where " "; file[n] = files
}
BEGIN {
	only("^lws_", "io"); only("^curl_", "io"); only("^uv_", "io")
	only("^PQ", "io", "/app/migrate"); only("^(SSL|X509)_", "io app")
	only("^yaml_", "", "/app/config"); only("^speex_resampler_", "speech audio")
	only("^(flite_|register_cmu_us_|cst_|usenglish_|cmulex_)", "speech")
	only("^pthread_", "speech io"); only("^dl(open|sym)$", "speech")
	impure = "^(socket|connect|bind|listen|accept4?|send|recv|sendto|recvfrom|sendmsg|recvmsg|poll|epoll_.*|select|clock_gettime|gettimeofday|time|localtime(_r)?|gmtime(_r)?|nanosleep|usleep|sleep|getrandom|s?rand(_r|om)?|drand48|open(at)?(64)?|fopen(64)?|read|write|unlink|fork|execv.*|system|pthread_.*|getenv|log_line|clock_(mono_us|wall_us|random))$"
	pure = " audio proto core dialog codecs "
}
$1 == "needs" { l = $2; $1 = ""; may[l] = $0 " " }
$1 == "def" {
	if (!($3 in owner)) owner[$3] = $2
	else if (owner[$3] != $2) { print "layers: " $3 " is defined in " owner[$3] " and in " $2; bad = 1 }
}
$1 == "use" {
	l = $2; o = $3; s = $4
	if (s in owner) {
		if (index(may[l], " " owner[s] " ") == 0) {
			print "layers: " o " (" l ") uses " s " of " owner[s]; bad = 1
		}
	} else for (i = 1; i <= n; i++)
		if (s ~ lib[i] && index(ok[i], " " l " ") == 0 && !(file[i] != "" && index(o, file[i]))) {
			print "layers: " o " (" l ") imports " s ": not allowed there"; bad = 1
		}
	if (index(pure, " " l " ") && s ~ impure) {
		print "layers: " o " (" l ") is pure and imports " s; bad = 1
	}
}
END { exit bad }'
