#!/usr/bin/env bash
# Makes the reference of the API, build/api/html/index.html, with Doxygen, and installs that if it is missing. It fails for
# a class, function or concept of namespace ridge without a sentence, and for sentences that Doxygen does not understand.
# Members are told by their class, or by the concept that they are there for: of these it only says how many have no
# sentence of their own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

require doxygen
cd "$root"
rm -rf build/api
mkdir -p build/api
doxygen docs/Doxyfile
awk '
  / is not documented\.$/ && (/ of (class|struct) / || / operator/ || / -> /) { ++members; next }
  NF { print; ++wrong }
  END { print members + 0 " members are told by their class or concept alone."; exit wrong > 0 }' build/api/warnings.txt
say "build/api/html/index.html"
