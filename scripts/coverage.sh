#!/usr/bin/env bash
# Counts which lines and branches of include/ the tests run: a summary, and a report in build-coverage/coverage/index.html.
# Fails below 97 % of the lines. Installs what is missing for that.
#
#   scripts/coverage.sh [OPTION OF CTEST]...      e.g.  scripts/coverage.sh -R idx
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require "${build_needs[@]}" Catch2 LBFGSpp gcovr
cd "$root"
folder=$root/build-coverage
cmake --preset coverage >/dev/null
cmake --build --preset coverage --parallel "$jobs"
find "$folder" -name '*.gcda' -delete # or these runs' counts would be added to those of earlier ones
ctest --preset coverage --parallel "$jobs" "$@"

# Of branches those that only exceptions take are left out: any call may throw, so nearly every line would have some.
mkdir -p "$folder/coverage"
gcovr --root "$root" --filter 'include/ridge/' --exclude-throw-branches --exclude-unreachable-branches \
  --json "$folder/coverage/counts.json" "$folder"
show() { gcovr --root "$root" --add-tracefile "$folder/coverage/counts.json" "$@"; }
show --branches --txt "$folder/coverage/branches.txt"
show --html-details "$folder/coverage/index.html" --txt --print-summary --fail-under-line 97
