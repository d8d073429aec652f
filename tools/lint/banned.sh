#!/usr/bin/env bash
# Functions that we do not use, and why.
set -euo pipefail
bad=0
ban() { # pattern, reason
	local rows
	rows=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'codecs/*.[ch]' 'tools/*.[ch]' 'include/*.h' |
		xargs -r grep -nE "(^|[^A-Za-z0-9_>.])($1)\(" /dev/null |
		grep -vE '^[^:]*:[0-9]*:[[:space:]]*(\*|/\*)' || :)
	[ -z "$rows" ] || { echo "$rows" | sed "s|\$|   <- banned: $2|"; bad=1; }
}
ban 'sprintf|vsprintf|strcpy|strcat|gets' 'no bound: snprintf, sv_copy, buf_*'
ban 'strtok|strtok_r' 'writes into its input: use slices'
ban 'atoi|atol|atof' 'no error: sv_i64, strtod with a check'
ban 'alloca' 'unbounded stack'
ban 'sleep|usleep|nanosleep' 'wait for an event'
ban 'getaddrinfo|gethostbyname' 'blocks the loop: use dns'
ban 'localtime|gmtime|ctime|asctime' 'shared buffer: the _r form'
ban 'rand|srand|random' 'not for tokens, not reproducible: clock_random or a seed'
exit $bad
