#!/usr/bin/env bash
# A private CA and an ECDSA certificate for tests and the demo.
#   tools/mkcert.sh DIR HOST [HOST…]   -> DIR/ca.pem DIR/cert.pem DIR/key.pem
# Made once; again when the certificate ends within a day.
set -euo pipefail
dir=${1:?folder} && shift
[ $# -gt 0 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
mkdir -p "$dir"
if [ -s "$dir/cert.pem" ] && openssl x509 -checkend 86400 -noout -in "$dir/cert.pem" >/dev/null &&
	openssl x509 -checkhost "$1" -noout -in "$dir/cert.pem" | grep -q 'does match'; then
	exit 0
fi
umask 077
ext=$dir/ext.cnf
{
	echo "basicConstraints=CA:FALSE"
	echo "keyUsage=digitalSignature"
	echo "extendedKeyUsage=serverAuth"
	printf 'subjectAltName='
	sep=
	for h in "$@"; do
		case $h in
		*[!0-9.]*) printf '%sDNS:%s' "$sep" "$h" ;;
		*) printf '%sIP:%s' "$sep" "$h" ;;
		esac
		sep=,
	done
	echo
} >"$ext"
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
		-subj '/CN=Nightbell demo CA' -keyout "$dir/ca.key" -out "$dir/ca.pem" \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-subj "/CN=$1" -keyout "$dir/key.pem" -out "$dir/req.pem"
	openssl x509 -req -in "$dir/req.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial \
		-days 825 -extfile "$ext" -out "$dir/cert.pem"
} >"$dir/openssl.log" 2>&1 || { cat "$dir/openssl.log" >&2; exit 1; }
rm -f "$dir/req.pem" "$ext" "$dir/openssl.log" "$dir/ca.srl"
chmod 644 "$dir/ca.pem" "$dir/cert.pem"
