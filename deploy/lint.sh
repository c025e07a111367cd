#!/usr/bin/env bash
# Checks what is deployed without an engine: the Dockerfile, compose.yaml, the
# systemd unit and the Caddyfile. A missing tool is an error that names its package.
set -euo pipefail
cd "$(dirname "$0")"

need() {
  command -v "$1" >/dev/null || { echo "deploy/lint.sh needs $1 (apt-get install $2)" >&2; exit 1; }
}
need npx nodejs
need docker-compose docker-compose
need caddy caddy
need systemd-analyze systemd

echo "Dockerfile"
npx --yes dockerfile-utils@0.16.3 lint Dockerfile

echo "compose.yaml"
docker-compose -f compose.yaml config -q

echo "caddy/Caddyfile"
caddy validate --config caddy/Caddyfile --adapter caddyfile >/dev/null 2>&1 || caddy validate --config caddy/Caddyfile --adapter caddyfile
caddy fmt caddy/Caddyfile | diff -u caddy/Caddyfile -

echo "systemd/sipas.service"
unit=$(mktemp -d)/sipas.service
# The binary is not installed where this runs; everything else is checked as it is.
sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' systemd/sipas.service >"$unit"
systemd-analyze verify "$unit"
