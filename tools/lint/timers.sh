#!/usr/bin/env bash
# Each row of docs/timers.md names a test, "file:name", and that test is there:
# a function that cmocka is given, or a case of that name in a table.
set -euo pipefail
cd "$(dirname "$0")/../.."

wrong=0 rows=0
while IFS='|' read -r _ row _ _ _ test _; do
	row=$(tr -d ' `' <<<"$row") test=$(tr -d ' `' <<<"$test")
	rows=$((rows + 1))
	file=${test%%:*} name=${test#*:}
	if [[ -n $test && -f $file ]]; then
		if grep -qE "^static void $name\(void \*\*state\)" "$file"; then
			grep -qE "^[^/]*(T|cmocka_unit_test\w*)\($name[,)]" "$file" && continue
		elif grep -qF "{\"$name\", " "$file"; then
			continue
		fi
	fi
	echo "lint: docs/timers.md: row $row has no test: \"$test\"" >&2
	wrong=1
done < <(grep '^| `' docs/timers.md)
if ((rows < 20)); then
	echo "lint: docs/timers.md: only $rows rows were read" >&2
	exit 1
fi
exit $wrong
