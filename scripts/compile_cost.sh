#!/usr/bin/env bash
# What it costs a user to compile ridge, beside what <Eigen/Dense> costs. It is held to a budget in what does not vary from
# run to run: the memory that gcc allocates while it compiles, and the size of the code. Seconds are shown only.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require compiler Eigen3
if ! command -v g++ >/dev/null || ! g++ --version | grep -q "Free Software Foundation"; then
  say "Skipped: only gcc tells what it allocates."
  exit
fi
eigen=$(pkg-config --cflags-only-I eigen3 2>/dev/null || echo -I/usr/include/eigen3)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cd "$out"

echo '#include <Eigen/Dense>' >eigen.cpp
echo '#include <ridge/ridge.hpp>' >ridge.cpp
cat >fit.cpp <<'END'
#include <ridge/ridge.hpp>

int main() {
  const ridge::Matrix<float> x = ridge::Matrix<float>::Random(2, 2000);
  const ridge::RowVector<int> labels = (x.colwise().norm().array() < 0.8f).cast<int>();
  const auto [train, test] = ridge::split(ridge::Dataset<float, int>{x, labels}, 0.25, ridge::Random{1});
  ridge::Sequential net{ridge::Linear<float>{2, 16}, ridge::ReLU{}, ridge::Linear<float>{16, 2}};
  ridge::initialize(net, ridge::Random{2});
  ridge::fit(net, ridge::CrossEntropy{} + ridge::L2{1e-4}, ridge::SGD{.learning_rate = 0.01}, train, {.epochs = 40},
             ridge::Validate{test}, ridge::Progress{});
}
END

# measure NAME: what it takes at -O3, for a processor that does not depend on this machine's.
measure() {
  local machine=()
  if [ "$(uname -m)" = x86_64 ]; then machine=(-march=x86-64-v3); fi
  # shellcheck disable=SC2086 # may be more than one folder
  g++ -std=c++20 -O3 -DNDEBUG "${machine[@]}" -ftime-report -I "$root/include" ${eigen//-I/-isystem } -c "$1.cpp" \
    -o "$1.o" 2>report
  megabytes=$(sed -n 's/^ *TOTAL .* \([0-9]*\)M *$/\1/p' report)
  seconds=$(sed -n 's/^ *TOTAL *: *\([0-9.]*\) .*/\1/p' report)
  kilobytes=$(size "$1.o" | awk 'NR == 2 { printf "%.0f", $1 / 1000 }')
}

status=0
# row NAME WHAT BUDGET CODE: at most BUDGET hundredths of Eigen's memory, and CODE kB of code.
row() {
  measure "$1"
  local share=$((100 * megabytes / eigens)) result=ok
  if ((share > $3 || kilobytes > $4)); then
    result="above the budget, $3 % and $4 kB"
    status=1
  fi
  printf '%-44s  %5d MB, %4d %%  %5d kB of code  %6s s  %s\n' "$2" "$megabytes" "$share" "$kilobytes" "$seconds" "$result"
}

measure eigen
eigens=$megabytes
row eigen "<Eigen/Dense>" 100 1
row ridge "<ridge/ridge.hpp>" 150 1
row fit "a network, fitted with validation, at -O3" 345 205
exit $status
