#!/usr/bin/env bash
# No file over 800 lines, no function over 120. Needs universal-ctags for the
# functions; without it only files are measured, and it says so.
set -euo pipefail
bad=0
while read -r f; do
	n=$(wc -l <"$f")
	[ "$n" -le 800 ] || { echo "sizes: $f has $n lines (at most 800)"; bad=1; }
done < <(git ls-files -co --exclude-standard '*.c' '*.h' '*.sql' '*.ts' '*.tsx' '*.mjs' '*.sh' '*.md')
if ctags --version 2>/dev/null | grep -q Universal; then
	long=$(git ls-files -co --exclude-standard '*.c' | xargs -r ctags -f - --fields=+ne --kinds-C=f --output-format=u-ctags 2>/dev/null |
		awk -F'\t' '{l = 0; e = 0
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) l = substr($i, 6)
				if ($i ~ /^end:/) e = substr($i, 5)
			}
			if (e - l >= 120) print "sizes: " $2 ": " $1 "() has " e - l + 1 " lines (at most 120)"}')
	[ -z "$long" ] || { echo "$long"; bad=1; }
else
	echo "sizes: universal-ctags is not installed: functions were not measured" >&2
fi
exit $bad
