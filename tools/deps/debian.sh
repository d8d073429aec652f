#!/usr/bin/env bash
# Installs the Debian packages that are missing; silent and quick when none is.
#   tools/deps/debian.sh [test|bench|lint]   with "test" also what the tests need …
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kind=${1:-}

want=()
while read -r name use _; do
	case $name in '' | '#'*) continue ;; esac
	[ -n "${use:-}" ] && [ "$use" != "$kind" ] && continue
	# What brings its own command may have come from elsewhere.
	case $name in
	nodejs | npm) command -v "${name%js}" >/dev/null && continue ;;
	esac
	want+=("$name")
done <"$here/packages.txt"

missing=()
for name in "${want[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || :)
	[ "$state" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || {
		echo "deps: these Debian packages are missing and there is no sudo; as root run:" >&2
		echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
		exit 1
	}
	sudo=sudo
fi
echo "deps: installing ${#missing[@]} Debian packages: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A cluster of the system's own is not ours to start.
install() {
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}"
}
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	$sudo mkdir -p /etc/postgresql-common
	echo 'create_main_cluster = false' |
		$sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
install >"$log" 2>&1 || {
	tail -20 "$log" >&2
	echo "deps: apt-get failed, see above; then run make again" >&2
	exit 1
}
