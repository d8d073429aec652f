#!/usr/bin/env bash
# C is laid out by clang-format with the repository's .clang-format.
set -euo pipefail
command -v clang-format >/dev/null || { echo "format: install clang-format" >&2; exit 1; }
rows=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'codecs/*.[ch]' 'tools/*.[ch]' 'tests/*.c' |
	xargs -r clang-format --dry-run 2>&1 | grep -E 'warning|error' || :)
[ -z "$rows" ] || { head -20 <<<"$rows"; echo "format: run make format" >&2; exit 1; }
