#!/usr/bin/env bash
# Starts everything under var/demo and plays a missed call with real audio.
#   tools/demo/demo.sh            (make demo builds first, then runs this)
# On a terminal it stays up until Ctrl-C; without one it ends by itself: 0 when
# the call was answered, understood, booked and texted, else 1 with a reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/demo/lib.sh

caller=${CALLER:-polite-booker}
begun=$SECONDS
trap 'demo_stop $?' EXIT
trap 'exit 130' INT TERM

demo_start

echo
echo "  A customer calls $NB_NUMBER. Nobody picks up …"
echo
demo_watch &
watch_pid=$!
demo_pids+=("$watch_pid")
if ! demo_call "$caller"; then
	fail "the call did not go as it should; logs: $D/nightbell.log $D/call.log"
fi
demo_wait_booked || fail "no appointment and text came of the call; logs: $D/nightbell.log $D/call.log"
kill "$watch_pid" 2>/dev/null || :
wait "$watch_pid" 2>/dev/null || :

from=$("$NB_BUILD"/callsim show "$caller" | node -e 'let s = ""; process.stdin.on("data", (d) => s += d).on("end", () => console.log(JSON.parse(s).from.slice(1)))')
demo_show_result "$from"
more=${CALLERS-gas corrector robocall hangs-up-greeting}
if [ -n "$more" ]; then
	echo
	say "More callers at the same time: $more …"
	read -ra names <<<"$more"
	demo_calls "${names[@]}" || say "a call did not go as it should: $D/more.log"
	say "What the owner finds of all calls:"
	demo_show_calls $((${#names[@]} + 1))
fi
echo
echo "  The whole demo took $((SECONDS - begun)) s after the build."
link=$(demo_link)
echo
echo "  Dashboard (one-time link, opens on this machine):"
echo "    $link"
echo "  There \"Call the assistant\" talks to it with your own voice; no telephone needed."
if [ ! -t 0 ] || [ ! -t 1 ]; then
	exit 0
fi
cat <<T

  Place more calls from another terminal:
    tools/demo/call.sh interrupter        any of: build/callsim list
    tools/demo/call.sh spanish --seed 3   another voice, line and wording with every seed
  A new dashboard link:
    build/nightbell link owner@harbor.test --config $D/nightbell.yaml

  Everything runs until you press Ctrl-C.
T
wait "${demo_pids[0]}"
