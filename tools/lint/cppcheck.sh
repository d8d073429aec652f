#!/usr/bin/env bash
# What cppcheck finds in C: out of bounds, uninitialised, leaked, not portable.
set -euo pipefail
command -v cppcheck >/dev/null || { echo "cppcheck: install cppcheck" >&2; exit 1; }
git ls-files -co --exclude-standard 'src/*.c' 'codecs/*.c' 'tools/callsim/*.c' 'tools/provsim/*.c' |
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=nullPointerArithmeticRedundantCheck \
		--error-exitcode=1 -j"$(nproc)" -Isrc -Iinclude -I. -Itools/callsim -Itools/provsim \
		--include=tools/lint/cppcheck.h --file-list=-
