#!/usr/bin/env bash
# Keeps the layers by what the objects import, not only by their includes.
#   tools/lint/layers.sh BUILD-DIR
# 1. An object may use symbols of its own layer and of those its layer needs.
# 2. Libraries: only where the table below allows them.
# 3. No two layers define the same symbol (the linker would take either).
# 4. Pure layers import from outside only what the list below names, and from
#    base neither the log nor the clock.
# 5. Banned functions are not imported at all: a pointer to one is a use, too
#    (banned.sh reads the sources and finds the calls).
set -euo pipefail
b=${1:?build folder}
needs=$(make -s --no-print-directory print-layers)
layers=$(awk '{print $1}' <<<"$needs")

facts() {
	sed 's/^/needs /' <<<"$needs"
	for l in $layers; do
		if [ -e "$b/lib$l.a" ]; then
			nm --defined-only -g "$b/lib$l.a" 2>/dev/null |
				awk -v l="$l" 'NF == 3 {print "def", l, $3}'
		fi
	done
	for l in $layers tools; do
		d=$b/src/$l
		case $l in codecs | tools) d=$b/$l ;; esac
		[ -d "$d" ] || continue
		find "$d" -name '*.o' | sort | xargs -r nm -A -u |
			awk -v l="$l" '{o = $1; sub(/:$/, "", o); sub(/@.*/, "", $NF); print "use", l, o, $NF}'
	done
}

facts | awk '
function only(re, where, files) {	# a library symbol and who may import it
	n++; lib[n] = re; ok[n] = " " where " "; file[n] = files
}
function allow(layer, re) { pure[layer] = "^(" compiler "|" re ")$" }
function wrong(what) { print "layers: " o " (" l ") " what; bad = 1 }
BEGIN {
	only("^lws_", "io"); only("^curl_", "io"); only("^uv_", "io")
	only("^PQ", "io", "/app/(migrate|pg_tool|aside|cmd_restore)\\.o$"); only("^(SSL|X509)_", "io app")
	only("^yaml_", "", "/app/config"); only("^speex_resampler_", "speech audio"); only("^speex_echo_", "audio"); only("^opus_(en|de)code(r_(init|get_size|ctl|create|destroy))?$", "codecs audio"); only("^ogg_", "audio")
	only("^(flite_|register_cmu_us_|cst_|usenglish_|cmulex_)", "speech")
	only("^jwt_", "proto"); only("^pthread_", "speech io"); only("^dl(open|sym)$", "speech")
	# What pure layers may import, and why. Each line is a whole symbol.
	compiler = "_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__popcount[ds]i2|__(memcpy|memmove|memset|snprintf|vsnprintf)_chk"
	memory = "mem(cpy|move|set|cmp|chr|rchr|mem)|malloc|calloc|realloc|free"
	text = "str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|str|spn|cspn|pbrk)|v?snprintf"
	letters = "__ctype_(b|tolower|toupper)_loc"	# isdigit() and the like
	values = "json_(delete|equal|deep_copy|pack|true|false|null|integer|real|string|stringn|stringn_nocheck|(integer|real|number|string)_value|string_length|array|object|array_(get|size|clear|append_new|set_new|insert_new|remove)|object_(get|getn|size|set_new|del|clear|iter|iter_key|iter_next|iter_value|key_to_iter))"
	json = values "|json_(loadb|dumps)"		# memory only: no file, no descriptor
	crypto = "HMAC|EVP_sha(1|256)|SHA1|SHA256|CRYPTO_memcmp"	# signatures, WebSocket keys; no random bytes
	tokens = "jwt_(new|free|decode|(get|add)_grant(_int)?|[gs]et_alg|encode_str)"	# the time is an argument of ours
	numbers = "(log10|log|exp|pow|sqrt|sin|cos|lrint|lround|round|floor|ceil)f?"
	allow("codecs", memory "|opus_(encode|decode)(r_(init|get_size|ctl))?|opus_packet_(parse|get_nb_samples)")			# samples in, samples out
	allow("audio", memory "|" text "|" numbers "|speex_(resampler|echo)_.*|opus_encode(r_(create|destroy|ctl))?|ogg_(stream|page)_.*")	# sums over samples
	allow("proto", memory "|" text "|" letters "|" json "|" crypto "|" tokens "|qsort")	# wire formats
	allow("core", memory "|" text "|" letters)	# decides; knows no format
	allow("dialog", memory "|" text "|" letters "|" json "|json_object_update_missing|strerror")	# facts and plans are JSON; strerror: why a file was not read
	unfit = "^(log_|clock_)"		# of base: what is not a sum of its arguments
	banned = "^(__)?(v?sprintf|st[rp]cpy|strcat|gets|strtok(_r)?|ato(i|l|ll|f)|u?sleep|(clock_)?nanosleep|getaddrinfo|gethostbyname(_r)?|localtime|gmtime|ctime|asctime|s?rand(om)?(_r)?|[dlm]rand48)(_chk)?$"
}
$1 == "needs" { l = $2; $1 = ""; may[l] = $0 " " }
$1 == "def" {
	if (!($3 in owner)) owner[$3] = $2
	else if (owner[$3] != $2) { print "layers: " $3 " is defined in " owner[$3] " and in " $2; bad = 1 }
}
$1 == "use" {
	l = $2; o = $3; s = $4
	if (s ~ banned) wrong("imports " s ": banned, see banned.sh")
	if (l == "tools") next
	if (s in owner) {
		if (index(may[l], " " owner[s] " ") == 0) wrong("uses " s " of " owner[s])
		if (l in pure && s ~ unfit) wrong("is pure and uses " s)
		next
	}
	for (i = 1; i <= n; i++)
		if (s ~ lib[i] && index(ok[i], " " l " ") == 0 && !(file[i] != "" && o ~ file[i]))
			wrong("imports " s ": not allowed there")
	if (l in pure && s !~ pure[l]) wrong("is pure and imports " s ", which is not on its list")
}
END { exit bad }'
