# What the demo, the end-to-end tests and tools/demo/call.sh share: a private
# PostgreSQL, certificates, a configuration, the carrier and the gateway, all
# under one folder on free ports. Sourced by bash from the project's folder.
D=${NB_DIR:-$PWD/var/demo}
NB_BUILD=${NB_BUILD:-build}
NB_HOST=voice.nightbell.test
NB_NUMBER=+14155550100
export PGCONNECT_TIMEOUT=5
demo_pids=()

say() { echo "  $*"; }
fail() {
	echo "demo: $*" >&2
	exit 1
}

# The wanted port, or when it is taken one that the kernel gives.
free_port() {
	node -e '
const net = require("net"), want = +process.argv[1];
const take = (p, next) => { const s = net.createServer(); s.on("error", next);
  s.listen(p, "127.0.0.1", () => { console.log(s.address().port); s.close(); }); };
take(want, () => take(0, (e) => { throw e; }));' "${1:-0}"
}

demo_config() {
	local carrier dash ops
	carrier=$(free_port "${NB_CARRIER_PORT:-8443}")
	dash=$(free_port "${NB_DASHBOARD_PORT:-8080}")
	ops=$(free_port "${NB_OPS_PORT:-9464}")
	NB_API=$(free_port "${NB_API_PORT:-8900}")
	[ -s "$D/secret" ] || (umask 077 && node -e 'console.log(require("crypto").randomBytes(16).toString("hex"))' >"$D/secret")
	NB_TOKEN=$(cat "$D/secret")
	NB_CARRIER=127.0.0.1:$carrier
	NB_DASHBOARD=127.0.0.1:$dash
	(umask 077 && cat >"$D/nightbell.yaml" <<Y
node:
  name: demo
  public_url: https://$NB_HOST
  runtime_dir: $D/run
  state_dir: $D/state
carrier:
  listen: $NB_CARRIER
  tls_cert: $D/tls/cert.pem
  tls_key: $D/tls/key.pem
twilio:
  account_sid: AC00000000000000000000000000000d01
  auth_token: $NB_TOKEN
  api_url: http://127.0.0.1:$NB_API
dashboard:
  listen: $NB_DASHBOARD
  files: $PWD/web/dist
ops:
  listen: 127.0.0.1:$ops
database:
  conninfo: $NB_CONNINFO
speech:
  library: $PWD/var/speech/libonnxruntime.so
  models: $PWD/var/speech
media:
  workers: ${NB_WORKERS:-1}
log:
  level: info
Y
	)
	{
		for v in NB_TOKEN NB_CARRIER NB_DASHBOARD NB_API NB_CONNINFO; do
			printf '%s=%q\n' "$v" "${!v}"
		done
	} >"$D/env"
	chmod 600 "$D/env"
}

demo_database() {
	tools/pg start "$D/pg" >"$D/pg.log" 2>&1 || { cat "$D/pg.log" >&2; fail "PostgreSQL did not start"; }
	NB_CONNINFO=$(tools/pg conninfo "$D/pg")
	tools/pg psql "$D/pg" -q -v ON_ERROR_STOP=1 -d postgres -c 'drop database if exists nightbell with (force)' -f sql/roles.sql >"$D/pg.log" 2>&1 ||
		{ cat "$D/pg.log" >&2; fail "the demo database could not be made"; }
}

# The scripts as the database holds them: each one file with what it includes.
demo_scripts() {
	local name
	mkdir -p "$D/scripts"
	for name in home_services car_repair dental salon real_estate; do
		[ -s "conf/scripts/$name.json" ] || continue
		"$NB_BUILD"/nightbell script "conf/scripts/$name.json" --print >"$D/scripts/$name.json" ||
			fail "conf/scripts/$name.json cannot be used"
	done
}

demo_seed() {
	"$NB_BUILD"/nightbell migrate --config "$D/nightbell.yaml" >"$D/migrate.log" 2>&1 || { cat "$D/migrate.log" >&2; fail "migration failed"; }
	demo_scripts
	tools/pg psql "$D/pg" -q -v ON_ERROR_STOP=1 -d nightbell -v script_file="$D/scripts/home_services.json" \
		-v script_dir="$D/scripts" -f sql/demo_seed.sql >"$D/seed.log" 2>&1 || { cat "$D/seed.log" >&2; fail "the demo business could not be seeded"; }
}

# Waits until a line matches in a file that a process of ours writes.
wait_line() { # file, pattern, seconds, pid
	local fd line tail found=1
	exec {fd}< <(exec timeout "$3" tail -n +1 -F --pid="$4" "$1" 2>/dev/null)
	tail=$!
	while read -r line <&"$fd"; do
		[[ $line =~ $2 ]] && found=0 && break
	done
	kill "$tail" 2>/dev/null || :
	exec {fd}<&-
	return $found
}

demo_serve() {
	: >"$D/callsim.log"
	"$NB_BUILD"/callsim serve --api-listen "127.0.0.1:$NB_API" --auth-token "$NB_TOKEN" \
		--account AC00000000000000000000000000000d01 --connect "$NB_CARRIER" --ca "$D/tls/ca.pem" \
		--voice-url "https://$NB_HOST/twilio/voice" --sms-url "https://$NB_HOST/twilio/sms" \
		--answer "+14155550191=press:1@4000" --answer "+14155550192=voicemail" --answer "+14155550196=press:1" \
		${NB_CALLSIM:-} \
		>"$D/callsim.log" 2>&1 &
	demo_pids+=($!)
	: >"$D/nightbell.log"
	"$NB_BUILD"/nightbell serve --config "$D/nightbell.yaml" >"$D/nightbell.log" 2>&1 &
	demo_pids+=($!)
	NB_PID=$!
	wait_line "$D/nightbell.log" '(^|[^a-z])ready([^a-z]|$)' "${NB_START_S:-30}" "$NB_PID" ||
		{ tail -15 "$D/nightbell.log" >&2; fail "the gateway did not become ready"; }
}

demo_start() {
	mkdir -p "$D"
	chmod 755 "$D"
	exec {lock}>"$D/lock"
	flock -n "$lock" || { trap - EXIT; fail "one runs already in $D: stop it with Ctrl-C there, or set NB_DIR to another folder"; }
	say "Starting a private PostgreSQL, the carrier's simulator and the gateway …"
	tools/mkcert.sh "$D/tls" "$NB_HOST" 127.0.0.1
	demo_database
	demo_config
	demo_seed
	demo_serve
	say "Ready: $NB_HOST answers on $NB_CARRIER, no key, no account."
}

demo_link() {
	"$NB_BUILD"/nightbell link owner@harbor.test --config "$D/nightbell.yaml"
}

demo_call() {
	"$NB_BUILD"/callsim call "$1" --to "$NB_NUMBER" --voice-url "https://$NB_HOST/twilio/voice" \
		--status-url "https://$NB_HOST/twilio/status" \
		--connect "$NB_CARRIER" --ca "$D/tls/ca.pem" --auth-token "$NB_TOKEN" \
		--account AC00000000000000000000000000000d01 \
		--record "$D/recordings" --json "${@:2}" >"$D/call.log" 2>&1
}

# Several callers at once; the verdicts are in more.log.
demo_calls() {
	"$NB_BUILD"/callsim call "$@" --at-once 4 --to "$NB_NUMBER" --voice-url "https://$NB_HOST/twilio/voice" \
		--status-url "https://$NB_HOST/twilio/status" \
		--connect "$NB_CARRIER" --ca "$D/tls/ca.pem" --auth-token "$NB_TOKEN" \
		--account AC00000000000000000000000000000d01 \
		--record "$D/recordings" --json >"$D/more.log" 2>&1
}

demo_watch() {
	exec node tools/demo/watch.mjs "http://$NB_DASHBOARD" "$(demo_link)"
}

demo_sql() {
	tools/pg psql "$D/pg" -q -At -d nightbell -c "$1"
}

# The booking is there and its text went out: events, not a fixed wait.
demo_wait_booked() {
	node tools/demo/watch.mjs "http://$NB_DASHBOARD" "$(demo_link)" --until-texted 20 >/dev/null
}

demo_show_result() { # the caller's digits
	echo
	say "The appointment in the database:"
	tools/pg psql "$D/pg" -q -d nightbell -c "
select s.name as service, l.name as customer, to_char(a.starts_at at time zone b.timezone, 'Dy DD Mon HH24:MI') as starts, a.status
from appointments a join services s on (s.business_id, s.id) = (a.business_id, a.service_id)
join leads l on (l.business_id, l.id) = (a.business_id, a.lead_id) join businesses b on b.id = a.business_id
order by a.created_at desc limit 3" | sed 's/^/    /'
	say "The text message, as the carrier's REST API has it:"
	curl -s -u "AC00000000000000000000000000000d01:$NB_TOKEN" \
		"http://127.0.0.1:$NB_API/2010-04-01/Accounts/AC00000000000000000000000000000d01/Messages.json?PageSize=1&To=%2B$1" |
		node -e '
let s = ""; process.stdin.on("data", (d) => s += d).on("end", () => {
  const m = JSON.parse(s).messages[0];
  if (!m) { console.log("    none"); return; }
  console.log(`    to ${m.to}, ${m.status}:\n    ${m.body}`); });'
}

# What the owner finds of them: a line per call, newest first.
demo_show_calls() {
	demo_sql "
select coalesce(i.summary, 'no summary') || coalesce(E'\n      open: ' || i.next_action, '')
  from calls c left join call_insights i on (i.business_id, i.call_id) = (c.business_id, c.id)
 order by c.started_at desc limit $1" | sed 's/^\([^ ]\)/    · \1/'
}

demo_stop() {
	local code=${1:-0} i
	trap - EXIT
	for ((i = ${#demo_pids[@]} - 1; i >= 0; i--)); do kill "${demo_pids[i]}" 2>/dev/null || :; done
	for i in "${demo_pids[@]}"; do wait "$i" 2>/dev/null || :; done
	rm -f "$D/env"
	[ ! -d "$D/pg" ] || tools/pg stop "$D/pg" >/dev/null 2>&1 || :
	exit "$code"
}
