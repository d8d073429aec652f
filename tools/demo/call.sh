#!/usr/bin/env bash
# Places another call into the demo that runs: tools/demo/call.sh CALLER [option…]
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/demo/lib.sh
[ $# -gt 0 ] || { echo "usage: tools/demo/call.sh CALLER [options of callsim call]   (build/callsim list)" >&2; exit 2; }
[ -s "$D/env" ] || fail "no demo is running here; start one with: make demo"
. "$D/env"
exec build/callsim call "$1" --to "$NB_NUMBER" --voice-url "https://$NB_HOST/twilio/voice" \
	--status-url "https://$NB_HOST/twilio/status" \
	--connect "$NB_CARRIER" --ca "$D/tls/ca.pem" --auth-token "$NB_TOKEN" \
	--account AC00000000000000000000000000000d01 "${@:2}"
