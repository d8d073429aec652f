#!/usr/bin/env bash
# Runs cmocka programs, two at a time, each with a time limit; shows the output
# of those that fail, and closes with "N passed, N failed" over all tests.
#   tools/run-tests.sh SECONDS PROGRAM…
set -uo pipefail
limit=$1
shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

one() {
	local log=$2/$(echo "$3" | tr / _)
	local begun=$EPOCHREALTIME
	timeout --kill-after=5 "$1" "$3" >"$log" 2>&1
	echo "$? $(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}') $3 $log"
}
export -f one

printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} bash -c 'one "$@"' _ "$limit" "$out" {} >"$out/.all"
passed=0 failed=0
while read -r code secs prog log; do
	p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$log" | tail -1)
	f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s), listed below:$/\1/p' "$log" | tail -1)
	# A crash or a leak after the last test fails the program as a whole.
	[ "$code" = 0 ] || [ "${f:-0}" -gt 0 ] || f=1
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-0}))
	if [ "$code" = 0 ]; then
		printf '  ok    %4s tests %6ss  %s\n' "${p:-0}" "$secs" "${prog#*/}"
	else
		[ "$code" = 124 ] && echo "  (over its limit of $limit s)" >>"$log"
		printf '  FAIL  exit %-3s %6ss  %s\n' "$code" "$secs" "$prog"
		tail -60 "$log" | sed 's/^/    | /'
	fi
done < <(sort -k3 "$out/.all")
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
