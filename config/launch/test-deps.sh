#!/bin/sh
# Installs what only some tests need, and only what is absent: Chromium, Node, openid-client
# and oidc-provider.
set -eu

# What the flows need of npm, kept where nothing is committed from.
of_npm() {
  if ! command -v npm >/dev/null 2>&1; then return; fi
  for flow in openid_client openid_provider; do
    mkdir -p "var/$flow"
    cp -R "tests/flows/$flow/." "var/$flow/"
    (cd "var/$flow" && npm ci)
  done
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
  of_npm
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
of_npm
