#!/usr/bin/env bash
# Times steps of two versions of ridge in turn within one process, so that a noisy machine is noisy for both.
#
#   bench/compare_versions.sh [OLD [NEW]]      OLD: a commit, HEAD by default; NEW: another, else what is in the folder
#
# $CXX is the compiler to take and $CXXFLAGS what replaces -O3 -march=native. Placement in memory alone makes 3 to 5 % either
# way even so: believe less only if it comes again with each of several runs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

case ${1:-} in -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit ;; esac
require compiler Eigen3
read -ra compiler <<<"${CXX:-g++}"
eigen=$(pkg-config --cflags-only-I eigen3 2>/dev/null || echo -I/usr/include/eigen3)
read -ra eigen <<<"${eigen//-I/-isystem }"
read -ra flags <<<"${CXXFLAGS:--O3 -march=native}"
unique=()
if "${compiler[@]}" --version | grep -q "Free Software Foundation"; then unique=(-fno-gnu-unique); fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# headers NAME COMMIT: the headers of a commit in $out/NAME.
headers() {
  git -C "$root" rev-parse --verify --quiet "$2^{commit}" >/dev/null || { say "There is no commit $2." && exit 2; }
  mkdir "$out/$1"
  git -C "$root" archive "$2" include | tar -x -C "$out/$1"
}
headers old "${1:-HEAD}"
if [ $# -gt 1 ]; then headers new "$2"; else ln -s "$root" "$out/new"; fi

compilers=()
for version in old new; do
  "${compiler[@]}" -std=c++20 "${flags[@]}" -DNDEBUG -shared -fPIC "${unique[@]}" -I "$out/$version/include" \
    "${eigen[@]}" "$root/bench/versions/version.cpp" -o "$out/$version.so" -pthread &
  compilers+=($!)
done
for compiler_id in "${compilers[@]}"; do wait "$compiler_id"; done
"${compiler[@]}" -std=c++20 -O2 "$root/bench/versions/compare.cpp" -o "$out/compare" -ldl -pthread
cp "$out/old.so" "$out/old_again.so"
cp "$out/new.so" "$out/new_again.so"
"$out/compare" "$out/old.so" "$out/new.so" "$out/new_again.so" "$out/old_again.so"
