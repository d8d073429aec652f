#!/bin/bash
# Runs sql/tests/*.sql (or those that are named) on a private, throw-away
# PostgreSQL. Closes with prove's own line.
# NIGHTBELL: the program that migrates (build/nightbell).
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d /tmp/nb-pgtap-XXXXXX)
chmod 0711 "$dir"
trap 'tools/pg destroy "$dir" || :; rm -rf "$dir"' EXIT

command -v pg_prove >/dev/null || {
	echo "pg_prove is missing: apt-get install libtap-parser-sourcehandler-pgtap-perl" >&2
	exit 1
}
PG_FAST=1 tools/pg start "$dir"
conninfo=$(tools/pg conninfo "$dir")
sock=${conninfo#host=} sock=${sock%% *}
printf 'node:\n  public_url: https://voice.example.test\ndatabase:\n  conninfo: %s\n' \
	"$conninfo" >"$dir/nightbell.yaml"
"${NIGHTBELL:-build/nightbell}" migrate --config "$dir/nightbell.yaml" >"$dir/migrate.log" ||
	{ cat "$dir/migrate.log" >&2; exit 1; }
tools/pg psql "$dir" -q -f sql/tests/lib/setup.sql
[ $# -gt 0 ] || set -- sql/tests/*.sql
pg_prove --psql-bin "$(command -v psql)" -h "$sock" -d nightbell -U postgres "$@"
