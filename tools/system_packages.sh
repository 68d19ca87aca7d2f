#!/usr/bin/env bash
# Installs the two programs that the tests need and pip cannot bring: Postgres and Chromium, from the distribution.
# Does nothing where both are there. Starts no service and makes no database cluster: the tests start their own.
set -euo pipefail

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
has_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null; }

missing=()
has_postgres || missing+=(postgresql)
has_chromium || missing+=(chromium fonts-liberation)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}. This system has no apt-get: install them with its own package manager." >&2
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Missing: ${missing[*]}. Install them with: sudo bash tools/system_packages.sh" >&2
    exit 1
fi

undo=()
cleanup() { for file in "${undo[@]}"; do rm -f "$file"; done; }
trap cleanup EXIT

# Debian makes and starts a cluster while it installs Postgres, unless it is told otherwise beforehand.
if ! has_postgres; then
    no_cluster=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$no_cluster" ]; then
        mkdir -p "$(dirname "$no_cluster")"
        echo 'create_main_cluster = false' >"$no_cluster"
    fi
    no_service=/usr/sbin/policy-rc.d
    if [ ! -e "$no_service" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$no_service"
        chmod +x "$no_service"
        undo+=("$no_service")
    fi
fi

log=$(mktemp)
undo+=("$log")
install() {
    DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get install -y --no-install-recommends \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "${missing[@]}" >"$log" 2>&1
}

echo "Installing ${missing[*]} from the distribution…"
if ! install; then
    apt-get update >>"$log" 2>&1 || true # the second attempt says what is wrong
    if ! install; then
        tail -n 20 "$log" >&2
        echo "Could not install ${missing[*]}; the last lines above say why." >&2
        exit 1
    fi
fi
