#!/usr/bin/env bash
# with.sh DEVMONGO COMMAND…: runs the command with SIPAS_TEST_MONGODB_URI naming
# a server. Where the variable is set already, that server is used; otherwise the
# development server is started for as long as the command runs.
set -euo pipefail
server=$1
shift
if [ -n "${SIPAS_TEST_MONGODB_URI:-}" ]; then
  exec "$@"
fi
out=$(mktemp)
"$server" --listen 127.0.0.1:0 >"$out" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null || true; rm -f "$out"' EXIT
for _ in $(seq 300); do
  uri=$(grep -m1 -o 'mongodb://.*' "$out" || true)
  [ -n "$uri" ] && break
  kill -0 "$pid" || { echo "the development server did not start" >&2; exit 1; }
  sleep 0.1
done
[ -n "${uri:-}" ] || { echo "the development server did not become ready" >&2; exit 1; }
SIPAS_TEST_MONGODB_URI=$uri SIPAS_TEST_MONGODB_WEAK=1 "$@"
