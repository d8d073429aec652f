#!/usr/bin/env bash
# C is laid out by clang-format with the repository's .clang-format.
set -euo pipefail
command -v clang-format >/dev/null || { echo "format: install clang-format" >&2; exit 1; }
git ls-files -co --exclude-standard 'src/*.[ch]' 'codecs/*.[ch]' 'tools/*.[ch]' 'tests/*.c' |
	xargs -r clang-format --dry-run -Werror 2>&1 | grep -E 'error|warning' | head -40
exit "${PIPESTATUS[1]}"
