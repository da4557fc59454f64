#!/usr/bin/env bash
# Times ridge's elastic net paths against R's glmnet and scikit-learn on the same lambdas: paths of the lasso, 100
# lambdas from the largest to 1/1000 of it, on three sizes, in turn, round by round. The fit alone is timed, after
# the data are read.
#
#   bench/compare_linear_models.sh [--rounds 3] [--folder FOLDER]
#
# Needs R with glmnet (Debian: r-cran-glmnet) and /usr/bin/python3 with numpy, scipy and scikit-learn
# (python3-sklearn), or the Python in $PYTHON. $CXX is the compiler to take. Prints the median seconds,
# the share of the deviance that the last model explains, and its features.
#
# ridge and glmnet end by the same rule, with ridge's tolerance the square root of glmnet's thresh; that of the
# default thresh = 1e-7 is 3.2e-4, and a row for 1e-12 says what more digits cost. scikit-learn's tol is of the
# duality gap, relative to |y|^2, 1e-4 unless told otherwise.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

rounds=3 folder=
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=${2:?--rounds needs a number} ;;
    --folder) folder=${2:?--folder needs a folder} ;;
    *)
      say "bench/compare_linear_models.sh knows --rounds and --folder, not $1."
      exit 2
      ;;
  esac
  shift 2
done
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
python=${PYTHON:-/usr/bin/python3}
here=$root/bench/linear_models
export LC_ALL=C OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

say "Compiling"
eigen=${EIGEN:-/usr/include/eigen3}
"${CXX:-g++}" -O3 -march=native -DNDEBUG -std=c++20 -w -I "$root/include" -isystem "$eigen" \
  "$here/paths.cpp" -o "$folder/paths" -pthread

for size in "1000 100 1" "5000 500 1" "2000 10000 0.01"; do
  read -r samples features density <<<"$size"
  data=$folder/${samples}x$features
  "$python" "$here/data.py" "$data" "$samples" "$features" "$density"
  for job in gaussian binomial; do
    : >"$folder/times"
    for ((round = 0; round < rounds; ++round)); do
      for thresh in 1e-7 1e-12; do
        tolerance=$([ "$thresh" = 1e-7 ] && echo 3.1622777e-4 || echo 1e-6)
        echo "ridge,$thresh $("$folder/paths" "$data" "$job" "$tolerance")"
        echo "glmnet,$thresh $(Rscript "$here/paths.R" "$data" "$job" "$thresh")"
      done
      # Sparse ones take it minutes: once.
      [ "$job" = binomial ] || { [ "$density" != 1 ] && [ "$round" -gt 0 ]; } ||
        echo "scikit-learn,1e-4 $("$python" "$here/paths.py" "$data" "$job" 1e-4)"
    done >>"$folder/times"
    say "" "$samples x $features$([ "$density" = 1 ] || echo ", $density of them not zero"), $job"
    "$python" - "$folder/times" <<'END'
import statistics, sys
runs = {}
for name, seconds, *rest in map(str.split, open(sys.argv[1])):
    runs.setdefault(name, []).append((float(seconds), rest))
for name, of_name in runs.items():
    seconds = [run[0] for run in of_name]
    lambdas, ratio, features = of_name[-1][1]
    print(f"{name:18} {statistics.median(seconds):9.4f} s ({min(seconds):.4f} to {max(seconds):.4f})"
          f"  {lambdas} lambdas, explains {float(ratio):.8f} with {features} features")
END
  done
done
