#!/usr/bin/env bash
# Puts what was built where a Debian system keeps such things. DESTDIR=… puts
# it below another root. An existing configuration stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
d=${DESTDIR:-}
share=$d/usr/share/nightbell
b=${B:-build}
[ -x "$b/nightbell" ] && [ -d web/dist ] && [ -s var/speech/libonnxruntime.so ] ||
	{ echo "install: build first: make deps build" >&2; exit 1; }
install -d "$d/usr/bin" "$share" "$d/usr/share/doc/nightbell" "$d/lib/systemd/system" "$d/etc/nightbell"
install -m 755 "$b/nightbell" "$b/callsim" "$b/provsim" "$d/usr/bin/"
for f in sql conf/scripts; do
	rm -rf "${share:?}/${f##*/}"
	cp -r "$f" "$share/${f##*/}"
done
rm -rf "$share/page" "$share/speech"
cp -r web/dist "$share/page"
install -d "$share/speech"
install -d "$share/deps"
install -m 755 tools/deps/speech.sh "$share/deps/"
install -m 644 tools/deps/speech*.lock "$share/deps/"
install -m 644 var/speech/*.onnx var/speech/*.so var/speech/*.txt "$share/speech/"
install -m 644 docs/*.md README.md LICENSE "$d/usr/share/doc/nightbell/"
install -m 644 conf/systemd/*.service "$d/lib/systemd/system/"
if [ ! -e "$d/etc/nightbell/nightbell.yaml" ]; then
	sed -E "s|^( *)(# )?files: .*|\1files: /usr/share/nightbell/page|; s|^( *)(# )?library: .*|\1library: /usr/share/nightbell/speech/libonnxruntime.so|; s|^( *)(# )?models: .*|\1models: /usr/share/nightbell/speech|" \
		conf/nightbell.yaml >"$d/etc/nightbell/nightbell.yaml"
	chmod 640 "$d/etc/nightbell/nightbell.yaml"
fi
if [ -z "$d" ] && [ "$(id -u)" = 0 ]; then
	getent passwd nightbell >/dev/null || useradd --system --home-dir /var/lib/nightbell --shell /usr/sbin/nologin nightbell
	chown root:nightbell /etc/nightbell/nightbell.yaml
	chmod 640 /etc/nightbell/nightbell.yaml
fi
echo "install: done. What comes next: $d/usr/share/doc/nightbell/operations.md"
