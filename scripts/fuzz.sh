#!/usr/bin/env bash
# Feeds ridge's readers of files with mutated ones: builds the targets of tests/fuzz with clang's libFuzzer and the address
# and undefined behaviour sanitizers, and runs each from its corpus. Installs what is missing for that.
#
#   scripts/fuzz.sh [SECONDS] [TARGET]...     default: 60, all      e.g.  scripts/fuzz.sh 3600 idx safetensors
#
# What reaches new code is kept in build-fuzz/finds and begun with the next time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then
  seconds=$1
  shift
fi
targets=("$root"/tests/fuzz/*_fuzz.cpp)
targets=("${targets[@]##*/}")
targets=("${targets[@]%_fuzz.cpp}")
for target; do
  if [[ " ${targets[*]} " != *" $target "* ]]; then
    say "There is no fuzz target $target, but ${targets[*]}."
    exit 2
  fi
done
[ $# -gt 0 ] || set -- "${targets[@]}"
corpus=$root/tests/fuzz/corpus

require clang clang-rt cmake make Eigen3 zlib nlohmann_json
build=$root/build-fuzz
CXX=clang++ cmake -S "$root" -B "$build" -DRIDGE_FUZZ=ON -DRIDGE_BUILD_TESTS=OFF -DRIDGE_BUILD_EXAMPLES=OFF \
  -DRIDGE_NATIVE=OFF >/dev/null
cmake --build "$build" --parallel "$jobs" --target "${@/%/_fuzz}"

# The targets write a file for each input: in memory, where there is such a folder.
TMPDIR=$(mktemp -d /dev/shm/ridge-fuzz.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$TMPDIR"' EXIT
# The default quarantine of 256 MB costs more in page faults than the rest of a run.
ASAN_OPTIONS=quarantine_size_mb=16${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export TMPDIR ASAN_OPTIONS

# fuzz TARGET COPY: several copies of one target share their finds.
fuzz() {
  local program=$build/tests/fuzz/$1_fuzz finds=$build/finds/$1 crashes=$build/crashes/$1 log=$build/$1.$2.log input
  mkdir -p "$finds" "$crashes"
  if "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -artifact_prefix="$crashes/" \
    "$finds" "$corpus/$1" >"$log" 2>&1; then
    awk -v target="$1" '/number_of_executed_units/ { n = $2 } /average_exec_per_sec/ { rate = $2 } /new_units_added/ { new = $2 }
      END { printf "%-12s %d executions, %d/s, %d new inputs that reach new code\n", target, n, rate, new }' "$log"
  else
    tail -n 40 "$log"
    input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    say "$1 fails; all that it said is in $log." \
      "${input:+Replay with: $program $input}"
    return 1
  fi
}
export -f fuzz say
export build corpus seconds

copies=$((jobs > $# ? jobs / $# : 1))
for ((copy = 0; copy < copies; copy++)); do printf '%s\n' "${@/%/ $copy}"; done |
  xargs -P "$jobs" -L 1 bash -euo pipefail -c 'fuzz "$@"' fuzz
