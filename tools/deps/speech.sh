#!/bin/sh
# Fetches what the local recogniser and speech detector need: model files and
# the ONNX Runtime library, out of npm packages named in speech.lock.
#
#   tools/deps/speech.sh [DIR]        default DIR: var/speech
#   tools/deps/speech.sh es [DIR]     the Spanish model into DIR/es; only when
#                                     NIGHTBELL_SPEECH_SPANISH_LICENCE says
#                                     "accepted" (nightbell speech-files es
#                                     says what the licence asks)
#
# The packages are only unpacked: no install script runs, and nothing but the
# files of the list is taken. Every tarball and every file must have the hash
# of the list. When all files are there already it only checks them (about a
# second, no network). Where the packages come from is npm's own configuration.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
lock=$here/speech.lock
sub=
if [ "${1:-}" = es ]; then
	shift
	lock=$here/speech-es.lock
	sub=/es
fi
dir=${1:-var/speech}$sub

die() {
	echo "speech.sh: $*" >&2
	exit 1
}

if [ -n "$sub" ] && [ "${NIGHTBELL_SPEECH_SPANISH_LICENCE:-}" != accepted ]; then
	die "the Spanish model's licence is not accepted: see nightbell speech-files es"
fi

case $(uname -m) in
x86_64 | amd64) arch=x64 ;;
aarch64 | arm64) arch=arm64 ;;
*) die "no ONNX Runtime package for $(uname -m): set speech.library to your own" ;;
esac

# Lines of the list that this machine needs: KIND SPEC MEMBER FILE SHA256
wanted() {
	awk -v arch="$arch" '
		$1 == "package" { fit[$3] = $2 == "any" || $2 == arch }
		$1 == "file" || $1 == "vocab" { line[++n] = $0; spec[n] = $2 }
		END { for (i = 1; i <= n; i++) if (fit[spec[i]]) print line[i] }
	' "$lock"
}

sum_ok() { # FILE ALGORITHM HASH
	[ -f "$1" ] && echo "$3  $1" | "$2"sum --status -c -
}

missing() {
	wanted | while read -r kind spec member file sum; do
		sum_ok "$dir/$file" sha256 "$sum" || echo "$spec"
	done | sort -u
}

mkdir -p "$dir"
specs=$(missing)
if [ -z "$specs" ]; then
	echo "speech: all files are in $dir"
	exit 0
fi
command -v npm >/dev/null || die "npm is missing (Debian package npm)"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

for spec in $specs; do
	echo "speech: fetching $spec"
	rm -rf "$tmp/tar" "$tmp/out"
	mkdir "$tmp/tar" "$tmp/out"
	(cd "$tmp" && npm pack --ignore-scripts --silent \
		--pack-destination "$tmp/tar" "$spec" >"$tmp/log" 2>&1) ||
		die "npm pack $spec failed: $(tail -n 3 "$tmp/log")"
	tar=$(echo "$tmp"/tar/*.tgz)
	sum=$(awk -v s="$spec" '$1 == "package" && $3 == s { print $4 }' "$lock")
	sum_ok "$tar" sha512 "$sum" || die "$spec is not what ${lock##*/} expects"
	wanted | while read -r kind from member file sum; do
		[ "$from" = "$spec" ] || continue
		tar -xzf "$tar" -C "$tmp/out" "package/$member"
		got=$tmp/out/package/$member
		if [ "$kind" = vocab ]; then
			# One line of the script is the list of pieces in
			# base64; decoded, line N (from 0) is token N.
			sed -n 's/^const llama_vocab_base64 = "\([^"]*\)".*/\1/p' \
				"$got" | base64 -d >"$tmp/out/vocab"
			got=$tmp/out/vocab
		fi
		sum_ok "$got" sha256 "$sum" || die "$spec: $member has another hash"
		cp "$got" "$dir/.$file.new"
		chmod 644 "$dir/.$file.new"
		mv "$dir/.$file.new" "$dir/$file"
	done
done
[ -z "$(missing)" ] || die "files are missing in $dir after unpacking"
echo "speech: ready in $dir"
