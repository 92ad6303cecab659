#!/bin/sh
# Installs, renews or removes the box on a Debian-like machine with systemd. Run as root from a folder that `npm run build:box` has made:
#   sh edge-box/install/install.sh --hub https://hub.example.org --code 7K3QP-9XW2M [--name NAME] [--update-key KEY]
#     [--ca hub.pem]: the certificate to trust, for a hub with one of its own making
#   sh edge-box/install/install.sh                 # again: renews the program, keeps settings and data
#   sh edge-box/install/install.sh --uninstall [--purge]
# --root DIR installs into another root and leaves systemd alone (for images, and for tests).
set -eu

root='' hub='' code='' name='' update_key='' ca='' action=install purge=no
usage() { sed -n '2,7s/^# \{0,1\}//p' "$0"; }
need() { [ $# -ge 2 ] && [ -n "$2" ] || { echo "$1 needs a value" >&2; exit 2; }; }
while [ $# -gt 0 ]; do
  case "$1" in
    --hub) need "$@"; hub=$2; shift 2 ;;
    --code) need "$@"; code=$2; shift 2 ;;
    --name) need "$@"; name=$2; shift 2 ;;
    --update-key) need "$@"; update_key=$2; shift 2 ;;
    --ca) need "$@"; ca=$2; shift 2 ;;
    --root) need "$@"; root=${2%/}; shift 2 ;;
    --uninstall) action=uninstall; shift ;;
    --purge) purge=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) echo "unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
done

program=$root/opt/rui-box
settings=$root/etc/rui-box
data=$root/var/lib/rui-box
unit=$root/etc/systemd/system/rui-box.service
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)

with_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }
systemd() { if with_systemd; then systemctl "$@"; fi; }
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  echo 'run this as root' >&2
  exit 1
fi

uninstall() {
  systemd disable --now rui-box.service || true
  rm -f "$unit"
  systemd daemon-reload
  rm -rf "$program"
  if [ "$purge" = yes ]; then
    # With the key: the box would have to be enrolled anew. With the outbox: what was not sent is lost.
    rm -rf "$settings" "$data"
    if [ -z "$root" ] && id rui-box >/dev/null 2>&1; then userdel rui-box; fi
    echo 'removed, with settings and data'
  else
    echo "removed; settings and data are kept in $settings and $data (--purge removes them)"
  fi
}

# Sets a line NAME=value; what is there for other names stays. Values are quoted for systemd.
set_setting() {
  [ -n "$2" ] || return 0
  case "$2" in *[\"\\]* | *'
'*) echo "$1: not a value" >&2; exit 2 ;; esac
  { grep -v "^$1=" "$settings/box.env" || true; printf '%s="%s"\n' "$1" "$2"; } >"$settings/box.env.new"
  chmod 600 "$settings/box.env.new"
  mv "$settings/box.env.new" "$settings/box.env"
}

install_box() {
  node=$(ls -d "$tree"/node_modules/node-linux-*/bin/node 2>/dev/null | head -n 1)
  if [ -z "$node" ] || [ ! -f "$tree/edge-box/src/main.ts" ]; then
    echo "$tree is no built box; make one with: npm run build:box -- --out <folder>" >&2
    exit 1
  fi
  if [ -z "$hub" ] && ! grep -qs '^HUB_URL=' "$settings/box.env"; then
    echo 'where is the hub? --hub https://…' >&2
    exit 2
  fi
  if [ -z "$root" ] && ! id rui-box >/dev/null 2>&1; then
    useradd --system --home-dir /var/lib/rui-box --no-create-home --shell /usr/sbin/nologin rui-box
  fi
  # Hardware encoders and Bluetooth, on machines that have such groups.
  if [ -z "$root" ]; then
    for group in render bluetooth; do
      if getent group "$group" >/dev/null; then usermod -aG "$group" rui-box; fi
    done
  fi

  # Beside, then in its place: a machine that loses power in between has the former one.
  rm -rf "$program.new"
  mkdir -p "$program.new" "$settings" "$(dirname "$unit")"
  cp -R "$tree" "$program.new/app"
  cp "$here/launch.mjs" "$program.new/launch.mjs"
  ln -s "app/${node#"$tree"/}" "$program.new/node"
  rm -rf "$program.old"
  if [ -d "$program" ]; then mv "$program" "$program.old"; fi
  mv "$program.new" "$program"
  rm -rf "$program.old"

  chmod 755 "$settings"
  [ -f "$settings/box.env" ] || (umask 077 && : >"$settings/box.env")
  set_setting HUB_URL "$hub"
  set_setting ENROL_CODE "$code"
  set_setting BOX_NAME "$name"
  set_setting UPDATE_PUBLIC_KEY "$update_key"
  if [ -n "$ca" ]; then
    cp "$ca" "$settings/hub-ca.pem"
    chmod 644 "$settings/hub-ca.pem"
    set_setting NODE_EXTRA_CA_CERTS /etc/rui-box/hub-ca.pem
  fi

  # What was installed by hand is newer than what the hub had sent before.
  rm -f "$data/app/current" "$data/app/trial.json"

  cp "$here/rui-box.service" "$unit"
  chmod 644 "$unit"
  systemd daemon-reload
  systemd enable rui-box.service
  systemd restart rui-box.service
  echo "installed in $program; settings: $settings/box.env"
}

case "$action" in
  install) install_box ;;
  uninstall) uninstall ;;
esac
