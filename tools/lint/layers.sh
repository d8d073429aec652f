#!/usr/bin/env bash
# Keeps the layers by what the objects import, not only by their includes.
#   tools/lint/layers.sh BUILD-DIR
# 1. An object may use symbols of its own layer and of those its layer needs.
# 2. Libraries: only where the table below allows them.
# 3. Pure layers import no socket, clock, chance, file or thread.
set -euo pipefail
b=${1:?build folder}
bad=0
layers="base codecs audio proto core dialog io carriers speech buses media desk app"

needs() {
	make -s --no-print-directory -f - print <<<"include Makefile
print:
	@echo \$(needs_$1)" 2>/dev/null
}

dir_of() { [ "$1" = codecs ] && echo codecs || echo "src/$1"; }

# library words -> layers (or one file) that may import them
allowed() { # symbol, layer, object
	case $1 in
	lws_*) [ "$2" = io ] ;;
	curl_*) [ "$2" = io ] ;;
	uv_*) [ "$2" = io ] ;;
	PQ*) [ "$2" = io ] || [[ $3 == */app/migrate.o ]] ;;
	SSL_* | SSL_CTX_* | X509_*) [ "$2" = io ] || [[ $3 == */app/* ]] ;;
	yaml_*) [[ $3 == */app/config*.o ]] ;;
	speex_resampler_*) [ "$2" = speech ] || [ "$2" = audio ] ;;
	flite_* | register_cmu_us_* | cst_*) [ "$2" = speech ] ;;
	pthread_*) [ "$2" = speech ] || [ "$2" = io ] ;;
	dlopen | dlsym) [ "$2" = speech ] ;;
	*) return 0 ;;
	esac
}

impure='^(socket|connect|bind|listen|accept4?|send|recv|sendto|recvfrom|sendmsg|recvmsg|poll|epoll_.*|select|clock_gettime|gettimeofday|time|localtime(_r)?|gmtime(_r)?|nanosleep|usleep|sleep|getrandom|rand|rand_r|random|srand|srandom|drand48|open|openat|fopen|read|write|unlink|fork|execv.*|system|pthread_.*|getenv|log_line|clock_(mono_us|wall_us|random))(@.*)?$'

defs=$(mktemp)
trap 'rm -f "$defs"' EXIT
for l in $layers; do
	[ -e "$b/lib$l.a" ] || continue
	nm --defined-only -g "$b/lib$l.a" 2>/dev/null | awk -v l="$l" 'NF == 3 {print $3, l}'
done | sort -u >"$defs"

for l in $layers; do
	d=$b/$(dir_of "$l")
	[ -d "$d" ] || continue
	may=" $l $(needs "$l") "
	while read -r o; do
		while read -r sym; do
			owner=$(awk -v s="$sym" '$1 == s {print $2; exit}' "$defs")
			if [ -n "$owner" ] && [[ $may != *" $owner "* ]]; then
				echo "layers: $o ($l) uses $sym of $owner"
				bad=1
			elif [ -z "$owner" ] && ! allowed "$sym" "$l" "$o"; then
				echo "layers: $o ($l) imports $sym: not allowed in this layer"
				bad=1
			fi
			case $l in
			audio | proto | core | dialog | codecs)
				if [[ $sym =~ $impure ]]; then
					echo "layers: $o ($l) is pure and imports $sym"
					bad=1
				fi
				;;
			esac
		done < <(nm -u "$o" | awk '{print $NF}' | sort -u)
	done < <(find "$d" -name '*.o' | sort)
done
exit $bad
