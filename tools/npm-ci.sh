#!/usr/bin/env bash
# npm ci in this folder, only when the lock file changed; never runs the
# install scripts of packages.
set -euo pipefail
stamp=node_modules/.installed
sum=$(sha256sum package-lock.json)
[ "$(cat "$stamp" 2>/dev/null || :)" = "$sum" ] && exit 0
npm ci --ignore-scripts --no-audit --no-fund --silent
echo "$sum" >"$stamp"
