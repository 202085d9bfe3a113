#!/bin/sh
# Installs k3v: downloads the file for this machine, checks its SHA-256 sum against the checksums of the release, and puts it in place.
#
#   K3V_VERSION      release to install, such as v0.2.0; else the latest
#   K3V_INSTALL_DIR  folder to put it in; else /usr/local/bin if that may be written, else ~/.local/bin
#   K3V_RELEASES     https address of the releases; else where this script was released
#
# Ends with 0 once it is installed; else with 1, one line that says why, and what was there before untouched.
set -eu

releases="${K3V_RELEASES:-@RELEASES@}"

die() {
  printf 'install k3v: %s\n' "$1" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

case "$releases" in
  https://* | http://127.0.0.1:*) ;;
  @*) die 'this copy of the script was not released: set K3V_RELEASES to the address of the releases' ;;
  *) die "the address of the releases is \"$releases\": give one that begins with https://" ;;
esac
releases="${releases%/}"

case "$(uname -s)" in
  Linux) system=linux ;;
  Darwin) system=macos ;;
  *) die "there is no k3v for $(uname -s); it is made for Linux, macOS and Windows (use install.ps1 there)" ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) machine=x64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) die "there is no k3v for $(uname -m); it is made for x86_64 and arm64" ;;
esac
if [ "$system" = linux ] && ls /lib/ld-musl-* >/dev/null 2>&1 && ! ls /lib*/ld-linux-* /lib/*/ld-linux-* >/dev/null 2>&1; then
  die 'k3v needs glibc, and this system has musl (Alpine?): run the container image of k3v instead'
fi
file="k3v-$system-$machine"

if has curl; then
  download() { curl --fail --silent --show-error --location --retry 3 --output "$2" "$1"; }
elif has wget; then
  download() { wget --quiet --tries=3 --output-document="$2" "$1"; }
else
  die 'neither curl nor wget is installed: install one of them'
fi

if has sha256sum; then
  sum_of() { sha256sum "$1" | cut -d ' ' -f 1; }
elif has shasum; then
  sum_of() { shasum -a 256 "$1" | cut -d ' ' -f 1; }
else
  die 'neither sha256sum nor shasum is installed, so nothing downloaded can be checked: install one of them'
fi

folder="${K3V_INSTALL_DIR:-}"
if [ -z "$folder" ]; then
  if [ -w /usr/local/bin ]; then folder=/usr/local/bin; else folder="$HOME/.local/bin"; fi
fi
mkdir -p "$folder" 2>/dev/null || :
if ! { [ -d "$folder" ] && [ -w "$folder" ]; }; then
  die "\"$folder\" cannot be written: set K3V_INSTALL_DIR to a folder that can, or run this as another user"
fi

if [ -n "${K3V_VERSION:-}" ]; then
  from="$releases/download/v${K3V_VERSION#v}"
else
  from="$releases/latest/download"
fi

# In the same folder, so that putting it in place is one rename.
work="$(mktemp -d "$folder/.k3v-install.XXXXXX")"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

printf 'Downloading %s\n' "$from/$file" >&2
download "$from/checksums.txt" "$work/checksums.txt" ||
  die "$from/checksums.txt could not be downloaded: is ${K3V_VERSION:-the latest} a release?"
expected="$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$work/checksums.txt")"
[ -n "$expected" ] || die "$from/checksums.txt has no sum of $file: this release has no k3v for this machine"
download "$from/$file" "$work/k3v" || die "$from/$file could not be downloaded"
found="$(sum_of "$work/k3v")"
[ "$found" = "$expected" ] ||
  die "$from/$file is not what was released: its SHA-256 is $found, not $expected; nothing was installed"

chmod 755 "$work/k3v"
version="$("$work/k3v" version)" || die "the downloaded k3v does not run on this machine; nothing was installed"
mv -f "$work/k3v" "$folder/k3v"
printf 'Installed %s in %s\n' "$version" "$folder/k3v" >&2
# The same program under the name that users of K3K know. What else has that name stays.
if [ -L "$folder/k3k" ] || [ ! -e "$folder/k3k" ]; then
  ln -sf k3v "$folder/k3k"
else
  printf '%s is there already: k3v is not linked to it\n' "$folder/k3k" >&2
fi
case ":$PATH:" in
  *":$folder:"*) ;;
  *) printf 'Add %s to your PATH.\n' "$folder" >&2 ;;
esac
