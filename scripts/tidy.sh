#!/usr/bin/env bash
# Looks for mistakes in include/ with clang-tidy, by the checks of .clang-tidy. Installs what is missing for that.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require "${build_needs[@]}" Catch2 clang-tidy
if usable apt-get; then (require LBFGSpp) || true; fi
configure -DRIDGE_BUILD_TESTS=ON
cd "$root"

# A header that is not included is not looked at.
forgotten=()
while IFS= read -r header; do
  grep -rqF "<$header>" include tests/tidy || forgotten+=("$header")
done < <(cd include && find ridge -name '*.hpp')
if [ ${#forgotten[@]} -gt 0 ]; then
  say "tests/tidy/everything.cpp does not include:" "${forgotten[@]/#/  }"
  exit 1
fi

# clang-tidy counts what it does not show, in system headers for the most part.
"$(find_clang_tidy)" --quiet -p "$build" tests/tidy/everything.cpp 2> >(grep -v ' warnings generated\.$' >&2)
