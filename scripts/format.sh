#!/usr/bin/env bash
# Lays out every C++ file as .clang-format says; with --check, only names those that are laid out otherwise.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

case ${1:-} in
  --check | '') ;;
  *) say "scripts/format.sh knows no option but --check." && exit 2 ;;
esac
require clang-format
format=$(find_clang_format)
cd "$root"
others=()
while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue # deleted, and git does not know yet
  "$format" "$file" | cmp -s - "$file" || others+=("$file")
done < <(git ls-files -z --cached --others --exclude-standard -- '*.hpp' '*.cpp')

[ ${#others[@]} -gt 0 ] || exit 0
if [ "${1:-}" = --check ]; then
  say "These files are not laid out as .clang-format says (scripts/format.sh does it):" "${others[@]/#/  }"
  exit 1
fi
"$format" -i "${others[@]}"
