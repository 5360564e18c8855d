# shellcheck shell=bash
# What the scripts beside this file share. Sourced, never run.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

say() { printf '\n==> %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 2
}

# The comment block at the top of the script that was started, as its help.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

jobs="$(nproc)"

# configure PRESET [ARGUMENT...]: makes build/PRESET, or brings it up to date; with these arguments to CMake.
configure() {
  local preset="$1"
  shift
  say "configure $preset"
  # A preset that names no compiler means GCC, whatever the environment says.
  (cd "$root" && CC=gcc CXX=g++ cmake --preset "$preset" -Wno-dev --log-level=WARNING "$@")
}

# build PRESET [TARGET...]: everything, or these targets.
build() {
  local preset="$1"
  shift
  local -a targets=()
  (($# == 0)) || targets=(--target "$@")
  say "build $preset"
  cmake --build "$root/build/$preset" --parallel "$jobs" "${targets[@]}"
}
