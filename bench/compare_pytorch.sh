#!/usr/bin/env bash
# Times the example `mnist` against the same job written with PyTorch, pytorch_mnist.py: whole
# processes from start to end, reading included, in turn. Installs PyTorch where it is missing.
#
#   bench/compare_pytorch.sh [--data FOLDER] [--rounds 3] [--epochs 5]
#
# MNIST is looked for in FOLDER, $RIDGE_MNIST_DIR, data/mnist. $PYTHON is the Python to take.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

data=${RIDGE_MNIST_DIR:-$root/data/mnist} rounds=3 epochs=5
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=${2:?--data needs a folder} ;;
    --rounds) rounds=${2:?--rounds needs a number} ;;
    --epochs) epochs=${2:?--epochs needs a number} ;;
    *)
      say "bench/compare_pytorch.sh knows --data, --rounds and --epochs, not $1."
      exit 2
      ;;
  esac
  shift 2
done
if [ ! -d "$data" ]; then
  say "There is no MNIST in $data. Name its folder with --data, or get it: scripts/download_mnist.sh"
  exit 1
fi

find_python() {
  for python in ${PYTHON:-python3 /usr/bin/python3}; do
    ! "$python" -c 'import numpy, torch' 2>/dev/null || return 0
  done
  return 1
}
if ! find_python; then
  root_only=()
  [ "$(id -u)" = 0 ] || root_only=(sudo)
  packages=(python3-torch python3-numpy libopenblas0-pthread) # the last: without it PyTorch is 6 times slower
  say "There is no Python with PyTorch. Installing it with:" \
    "  ${root_only[*]:+sudo }apt-get install -y --no-install-recommends ${packages[*]}"
  "${root_only[@]}" apt-get update -qq || true
  "${root_only[@]}" apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null
  PYTHON=/usr/bin/python3
  find_python
fi

"$root/scripts/train_mnist.sh" --help >/dev/null # builds it
example=$build/examples/mnist
script=$root/bench/pytorch_mnist.py

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TIMEFORMAT=%R
threads=(1)
[ "$jobs" = 1 ] || threads+=("$jobs")
peak=()
if /usr/bin/time -f %M true >/dev/null 2>&1; then peak=(/usr/bin/time -a -f %M -o); fi

# measure NAME COMMAND...: adds a run's seconds and peak memory to NAME's, and keeps what it prints.
measure() {
  local name=$1 run=()
  shift
  [ ${#peak[@]} = 0 ] || run=("${peak[@]}" "$work/$name.kilobytes")
  { time "${run[@]}" "$@" >"$work/$name.output" 2>&3; } 3>&2 2>>"$work/$name.seconds"
  say "$name: $(tail -n 1 "$work/$name.seconds") s"
}

# The middle of the numbers in a file, or nothing.
median() {
  [ ! -f "$1" ] || sort -n "$1" | awk '{ x[NR] = $1 } END { print (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2 }'
}

for ((round = 1; round <= rounds; round++)); do
  say "Round $round of $rounds"
  measure ridge "$example" --data "$data" --epochs "$epochs"
  for count in "${threads[@]}"; do
    measure "pytorch-$count" "$python" "$script" "$data" --epochs "$epochs" --threads "$count"
  done
done

# row NAME TITLE: a line of the table.
row() {
  local seconds kilobytes peak_mb=- last
  seconds=$(median "$work/$1.seconds")
  kilobytes=$(median "$work/$1.kilobytes")
  [ -z "$kilobytes" ] || peak_mb=$((${kilobytes%.*} / 1024))
  last=$(grep -E 'Loss|Accuracy' "$work/$1.output" | tail -n 2 | paste -s -d ' ')
  printf '%-20s %9.2f %9s   %s\n' "$2" "$seconds" "$peak_mb" "$last"
}

printf '%-20s %9s %9s   %s\n' "median of $rounds" seconds "peak MB" "last epoch"
row ridge ridge
for count in "${threads[@]}"; do
  row "pytorch-$count" "PyTorch, $count thread$([ "$count" = 1 ] || echo s)"
  median "$work/pytorch-$count.seconds" >>"$work/medians"
done
sort -n "$work/medians" | awk -v ridge="$(median "$work/ridge.seconds")" \
  'NR == 1 { printf "ridge takes 1/%.1f of the time of PyTorch with its best number of threads.\n", $1 / ridge }'
