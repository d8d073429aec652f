#!/usr/bin/env bash
# A throw-away PostgreSQL with our schema for the tests of src/desk.
#   db.sh start DIR    prints what libpq needs
#   db.sh stop DIR
set -euo pipefail
cd "$(dirname "$0")/../../.."
dir=$2
apply() { # begins, runs the files as their owner, commits
	printf "begin;\nset local role nightbell_owner;\n"
	cat "$@"
	printf "\ncommit;\n"
}
case $1 in
start)
	PG_FAST=1 tools/pg start "$dir" >&2
	{
		echo "set client_min_messages = warning;"
		printf "set role nightbell_owner;\ncreate schema nightbell;\nreset role;\n"
		for f in sql/migrations/*.sql; do apply "$f"; done
		apply sql/{lib,desk,api,admin,grants}/*.sql
	} | tools/pg psql "$dir" -qAt -o /dev/null -U nightbell_migrate >&2
	tools/pg conninfo "$dir"
	;;
stop)
	tools/pg destroy "$dir" >&2
	rm -rf "$dir"
	;;
esac
