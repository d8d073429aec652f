#!/usr/bin/env bash
# Starts PostgreSQL, callsim and the gateway under NB_DIR, prints one line of
# JSON with the addresses, and stops all of it when standard input ends. For
# the end-to-end and browser tests.
#   NB_SET='media.token_s=1 …' changes options of the configuration.
set -euo pipefail
cd "$(dirname "$0")/../.."
export NB_CARRIER_PORT=0 NB_DASHBOARD_PORT=0 NB_OPS_PORT=0 NB_API_PORT=0
. tools/demo/lib.sh
trap 'demo_stop $?' EXIT
trap 'exit 143' INT TERM
for kv in ${NB_SET:-}; do
	name=${kv%%=*}
	name=${name//./_}
	export "NIGHTBELL_${name^^}=${kv#*=}"
done
demo_start >&2
node -e 'console.log(JSON.stringify(Object.fromEntries(process.argv.slice(1).map((a) => {
  const at = a.indexOf("="); return [a.slice(0, at), a.slice(at + 1)]; }))))' \
	dir="$D" token="$NB_TOKEN" host="$NB_HOST" carrier="$NB_CARRIER" dashboard="$NB_DASHBOARD" \
	api="$NB_API" number="$NB_NUMBER" pid="$NB_PID" account=AC00000000000000000000000000000d01
cat >/dev/null
exit 0
