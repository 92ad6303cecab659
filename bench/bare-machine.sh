#!/usr/bin/env bash
# Measures what a newcomer waits for: the first `npm start` on a bare Debian 12 with git, Node 20 and npm (worker build
# included where the prebuilt one does not download), then the second start; with --test also `npm test`.
# Writes docs/bench-results/bare-machine.json. Needs root and debootstrap. Node and npm are the machine's own (/usr/bin/node, Node 20 or newer).
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
root=$work/debian
port=3917

cleanup() {
  [ -n "${started:-}" ] && kill -TERM "$started" 2>/dev/null && wait "$started" 2>/dev/null || true
  for mount in proc sys dev; do umount "$root/$mount" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null || true; } | grep -v '^#' | grep -oE 'https?://[^ ]+' | head -1)
echo "making a bare Debian 12 …"
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" "$mirror" >"$work/debootstrap.log"
# Reach the network as this machine does.
cp -a /etc/apt/sources.list* /etc/apt/apt.conf.d "$root/etc/apt/"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# Links into the new root would lead out of it.
rm -rf "$root/etc/ssl/certs"
cp -rL /etc/ssl/certs "$root/etc/ssl/"
cp ~/.npmrc "$root/root/" 2>/dev/null || true
cp /usr/bin/node "$root/usr/bin/"
mkdir -p "$root/usr/lib/node_modules"
cp -a "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$root/usr/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
for mount in proc sys dev; do mount --bind "/$mount" "$root/$mount"; done
git clone --quiet "$project" "$root/root/hub"

inside() {
  exec env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt PORT=$port \
    chroot "$root" /bin/bash -c "cd /root/hub && exec $1"
}

# Milliseconds from the command to a hub that says it is ready, in tookMs.
measure_start() {
  local beganMs=$(($(date +%s%N) / 1000000))
  (inside 'npm start') >>"$work/start.log" 2>&1 </dev/null &
  started=$!
  until curl -sf -o /dev/null "http://127.0.0.1:$port/readyz"; do
    kill -0 "$started" 2>/dev/null || { tail -30 "$work/start.log"; exit 1; }
    sleep 0.1
  done
  tookMs=$(($(date +%s%N) / 1000000 - beganMs))
  echo "$1: $tookMs ms"
  kill -TERM "$started"
  wait "$started" || true
  started=
}

measure_start 'first start'
firstMs=$tookMs
measure_start 'second start'
printf '{ "date": "%s", "cores": %s, "firstStartMs": %s, "secondStartMs": %s }\n' \
  "$(date +%F)" "$(nproc)" "$firstMs" "$tookMs" >"$project/docs/bench-results/bare-machine.json"
if [ "${1:-}" = --test ]; then (inside 'npm test') | tail -3; fi
