#!/usr/bin/env bash
# Builds the example `mnist` and trains it on MNIST. Installs and downloads what is missing for that.
#
#   scripts/train_mnist.sh [OPTION OF THE EXAMPLE]...      e.g.  scripts/train_mnist.sh --epochs 10
#
# Without --data DIR, scripts/find_mnist.sh decides where the data comes from.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require "${build_needs[@]}"
tests=OFF
if has Catch2; then tests=ON; fi
configure -DRIDGE_BUILD_TESTS=$tests
# Standard output belongs to the example.
cmake --build "$build" --parallel "$jobs" --target mnist >&2

example=$build/examples/mnist
for option; do
  case $option in --data | --data=* | --help | -h) exec "$example" "$@" ;; esac
done
data=$("$root/scripts/find_mnist.sh")
settings=()
# They are few, so five epochs of the default steps would leave the network half trained.
if [ "$data" = "$root/data/digits" ]; then settings=(--learning-rate 0.05 --momentum 0.9 --batch-size 16); fi
exec "$example" --data "$data" "${settings[@]}" "$@"
