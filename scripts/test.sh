#!/usr/bin/env bash
# Builds ridge's tests, optimized for this machine, and runs them. Installs what is missing for that.
#
#   scripts/test.sh [OPTION OF CTEST]...      e.g.  scripts/test.sh -R idx
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require "${build_needs[@]}" Catch2
# What ridge/training/lbfgs.hpp alone needs; without it, its tests are left out.
if usable apt-get; then (require LBFGSpp) || true; fi
configure -DRIDGE_BUILD_TESTS=ON
cmake --build "$build" --parallel "$jobs"
ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$jobs" "$@"
