#!/usr/bin/env bash
# ridge in other people's projects: makes a project of each kind in a temporary folder, builds it and runs it.
#
#   scripts/consumers.sh [KIND]...      e.g.  scripts/consumers.sh find_package debian;  all of them unless named
# shellcheck disable=SC2317 # kinds are called by their names
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

kinds=(add_subdirectory FetchContent find_package other_versions without_zlib library pkg_config one_line two_units
  two_units_clang debian)
[ $# -gt 0 ] || set -- "${kinds[@]}"
require compiler cmake make Eigen3 zlib nlohmann_json pkg-config

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cp -R "$root/tests/consumer" "$out/source"
cd "$out"
only_package=(-DRIDGE_BUILD_TESTS=OFF -DRIDGE_BUILD_EXAMPLES=OFF)

# build NAME SOURCE OPTION...: builds a project and runs its tests.
build() {
  cmake -S "$2" -B "$1" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "${@:3}"
  cmake --build "$1"
  ctest --test-dir "$1" --output-on-failure
}

# refused PATTERN COMMAND...: the command fails and says what matches, line breaks aside.
refused() {
  local said
  if said=$("${@:2}" 2>&1); then
    echo "It must fail: ${*:2}"
    return 1
  fi
  echo "$said"
  said=$(tr -s ' \n' ' ' <<<"$said")
  [[ $said =~ $1 ]]
}

# ridge, installed and then moved.
installed() {
  [ ! -d moved ] || return 0
  cmake -S "$root" -B ridge-build "${only_package[@]}"
  cmake --install ridge-build --prefix "$out/first"
  mv first moved
  rm -rf ridge-build
}

# compile NAME OPTION... with the compiler that CMake would take.
compile() {
  # shellcheck disable=SC2086 # CXX may hold arguments
  ${CXX:-c++} -std=c++20 "${@:2}" -o "$1"
  "./$1"
}

# Only the target that was asked for it is compiled for this machine.
check_native() {
  [ "$(grep -cE -- '-(march|mcpu)=native' "$1/compile_commands.json")" = 1 ]
}

add_subdirectory() { # its source tree
  build add source -DWAY=add_subdirectory -DRIDGE="$root"
  check_native add
}

FetchContent() { # a tree that CMake fetched
  build fetch source -DWAY=FetchContent -DRIDGE="$root"
  check_native fetch
}

find_package() { # an installed package, moved
  installed
  build find source -DVERSION=0.1 -DCOMPONENTS=io -DCMAKE_PREFIX_PATH="$out/moved"
  check_native find
}

other_versions() { # versions and components that there are not
  installed
  local version
  for version in 0.0 0.2 1; do
    refused "not compatible|not accepted|compatible with requested" \
      cmake -S source -B "other-$version" -DVERSION="$version" -DCMAKE_PREFIX_PATH="$out/moved"
  done
  refused "ridge has no component gpu; it has io" \
    cmake -S source -B other-component -DCOMPONENTS=gpu -DCMAKE_PREFIX_PATH="$out/moved"
}

without_zlib() { # ridge::ridge without what ridge::io needs
  installed
  local options=(-DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON -DCMAKE_PREFIX_PATH="$out/moved")
  build plain source "${options[@]}"
  [ ! -e plain/files ]
  refused "ridge::io needs zlib \(Debian: zlib1g-dev\)" cmake -S source -B no-zlib -DCOMPONENTS=io "${options[@]}"
}

library() { # a library with ridge in its interface, and its user
  installed
  cmake -S source/library -B library -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$out/moved"
  cmake --build library
  cmake --install library --prefix "$out/installed-library"
  build user source/library_user -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$out/installed-library;$out/moved"
}

pkg_config() { # the compiler and pkg-config
  installed
  export PKG_CONFIG_PATH=$out/moved/share/pkgconfig
  [ "$(pkg-config --modversion ridge)" = "$(pkg-config --modversion ridge-io)" ]
  # shellcheck disable=SC2046 # each option is a word
  compile with-pkg-config source/app.cpp $(pkg-config --cflags --libs ridge)
  # shellcheck disable=SC2046
  compile files-with-pkg-config source/files.cpp $(pkg-config --cflags --libs ridge-io)
}

one_line() { # the compiler alone: -I include
  local eigen
  eigen=$(pkg-config --cflags-only-I eigen3 || echo -I/usr/include/eigen3)
  # shellcheck disable=SC2086 # may be more than one folder, or none
  compile one-line source/fit.cpp -I "$root/include" ${eigen//-I/-isystem } -pthread
}

# two_units_with OPTION...: every header twice, with all warnings, as C++20 and as C++23 without types at run time.
two_units_with() {
  mkdir -p everything
  (cd "$root/include" && find ridge -name '*.hpp' | sort) | sed 's/.*/#include <&>/' >everything/everything.hpp
  has LBFGSpp || sed -i.all '/lbfgs/d' everything/everything.hpp
  build "two-units-$1" source -DWAY=add_subdirectory -DRIDGE="$root" -DEVERYTHING="$out/everything" "${@:2}"
}
two_units() { # two translation units of every header, with all warnings, C++20 and C++23
  two_units_with default
}
two_units_clang() { # the same with clang
  two_units_with clang -DCMAKE_CXX_COMPILER=clang++
}

debian() { # a Debian package, unpacked
  cmake -S "$root" -B debian-build "${only_package[@]}"
  (cd debian-build && cpack -G DEB)
  local package
  package=$(echo debian-build/*.deb)
  dpkg-deb --info "$package"
  [ "$(dpkg-deb --field "$package" Architecture)" = all ]
  [[ $(dpkg-deb --field "$package" Depends) == *libeigen3-dev* ]]
  # An address on this machine is right for a package that stays here.
  if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error,warning \
      --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$package"
  fi
  dpkg-deb --extract "$package" unpacked
  [ -s unpacked/usr/share/doc/libridge-dev/copyright ]
  grep -q "\"version-semver\": \"$(dpkg-deb --field "$package" Version)\"" "$root/cmake/packaging/vcpkg/ridge/vcpkg.json"
  build find-debian source -DVERSION=0.1 -DCOMPONENTS=io -DCMAKE_PREFIX_PATH="$out/unpacked/usr"
}

# What a kind needs that is not everywhere, if it is not here.
lacks() {
  case $1 in
    two_units_clang) command -v clang++ >/dev/null || echo clang ;;
    debian) command -v dpkg-deb >/dev/null || echo dpkg ;;
  esac
}

status=0
for kind; do
  [[ " ${kinds[*]} " == *" $kind "* ]] || { say "There is no kind $kind, but ${kinds[*]}." && exit 2; }
  what=$(grep "^$kind() {" "$root/scripts/consumers.sh")
  begin=$SECONDS result=ok
  if [ -n "$(lacks "$kind")" ]; then
    result="skipped: no $(lacks "$kind")"
  else
    "$kind" >"$out/log" 2>&1 &
    wait $! || { result=FAILED status=1 && cat "$out/log"; }
  fi
  printf '%-16s  %-72s  %s (%d s)\n' "$kind" "${what#*# }" "$result" $((SECONDS - begin))
done
exit $status
