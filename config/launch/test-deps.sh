#!/bin/sh
# Installs what only some tests need, and only what is absent: Chromium, Node and openid-client.
set -eu

# A client library of npm, kept where nothing is committed from.
openid_client() {
  if ! command -v npm >/dev/null 2>&1; then return; fi
  mkdir -p var/openid_client
  cp tests/flows/openid_client/package.json tests/flows/openid_client/package-lock.json \
    tests/flows/openid_client/.npmrc var/openid_client/
  (cd var/openid_client && npm ci)
}

missing=""
found=no
for browser in chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$browser" >/dev/null 2>&1; then found=yes; fi
done
if [ "$found" = no ]; then missing="chromium"; fi
if ! command -v node >/dev/null 2>&1; then missing="$missing nodejs"; fi
if ! command -v npm >/dev/null 2>&1; then missing="$missing npm"; fi

if [ -z "$missing" ]; then
  echo "Chromium and Node are here already."
  openid_client
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "This knows Debian and Ubuntu only; install with your system's own packages:$missing" >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "Needs root or sudo for: apt-get install $missing" >&2
    exit 1
  fi
  as_root="sudo"
fi
$as_root apt-get update --quiet
# shellcheck disable=SC2086 -- the names are words of their own
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $missing
openid_client
