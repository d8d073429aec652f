#!/usr/bin/env bash
# Every suite that needs no key, on real servers that the tests start on free
# ports and stop again. Closes with each runner's own line and a table.
set -uo pipefail
cd "$(dirname "$0")/.."
begun=$SECONDS
rows=()
bad=0

suite() { # name, command…
	local name=$1 at=$SECONDS code
	shift
	echo
	echo "== $name"
	"$@" </dev/null
	code=$?
	rows+=("$(printf '%-28s %5ds  %s' "$name" $((SECONDS - at)) "$([ $code = 0 ] && echo ok || echo "FAILED ($code)")")")
	[ $code = 0 ] || bad=1
	return $code
}
node_suite() { # folder, files at a time
	(cd "$1" && if [ -f package.json ]; then ../../tools/npm-ci.sh; fi && node --test --test-concurrency="${2:-1}" .)
}
# Calls wait for people most of their time: callers ring beside the suites that
# leave the processor alone, then models talk beside those that do not. At last
# come those that look at the clock.
busy='backup|install|outbox|restore-killed|year'
models='realtime|realtime-ends|realtime-script'
timed='dashboards|slots'
long='deepgram|recording|calls' # begin first
files() { # those whose name is one of, or (-v) is none of
	ls ./*.test.mjs | grep -E "$@"
}
beside() { # log, files… (the log is shown when both are done)
	local log=$1
	shift
	(cd tests/e2e && NB_AT_ONCE=10 NB_CALL_S=900 exec node --test --test-concurrency=3 "$@") >"$log" 2>&1
}
end_to_end() {
	local code=0 log
	log=$(mktemp)
	(cd tests/e2e && ../../tools/npm-ci.sh) || return 1
	beside "$log" callers.test.mjs &
	(cd tests/e2e && node --test --test-concurrency=4 $(files "/($long)\.") \
		$(files -v "/(callers|$long|$busy|$models|$timed)\.")) || code=1
	wait $! || code=1
	cat "$log"
	beside "$log" $(cd tests/e2e && files "/($models)\.") &
	(cd tests/e2e && node --test --test-concurrency=1 $(files "/($busy)\.")) || code=1
	wait $! || code=1
	cat "$log"
	rm -f "$log"
	(cd tests/e2e && node --test --test-concurrency=1 $(files "/($timed)\.")) || code=1
	return $code
}
# A whole call and the broken peers once more, under ASan, UBSan and LSan.
sanitized() {
	made SAN=1 -j"$(nproc)" build || return 1
	(cd tests/e2e && export NB_BUILD=build/san NB_START_S=60 NB_AT_ONCE=2 &&
		NB_CALLERS='polite-booker interrupter' node --test callers.test.mjs &&
		node --test --test-name-pattern='token|malformed|flood|hangs up' bad-input.test.mjs)
}
made() { make --no-print-directory "$@"; }

suite "install" made deps deps-test || exit 1
suite "build" made -j"$(nproc)" build || exit 1
suite "lint" made lint
suite "check" made check
suite "database (pgTAP)" tools/pgtap.sh
suite "judge of calls" node_suite tests/tools
suite "vendors' clients" node_suite tests/sdk
suite "providers' clients" node_suite tests/provsim
suite "end to end" end_to_end
suite "end to end, sanitized" sanitized
suite "browser" node_suite tests/web 2

echo
printf '  %s\n' "${rows[@]}"
echo "  total $((SECONDS - begun)) s"
[ $bad = 0 ] || { echo "make test: a suite failed, see above" >&2; exit 1; }
