# Sourced by the scripts beside it: where the project is, what it needs and how to get that.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)
build=$root/build
jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
# A compiler may take a gigabyte: no more at once than the memory holds.
memory=$(awk '/^MemTotal/ { print int($2 / 1000000) }' /proc/meminfo 2>/dev/null || echo "$jobs")
((jobs <= memory)) || jobs=$((memory > 1 ? memory : 1))
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=${CMAKE_GENERATOR:-Ninja}; fi

say() { printf '%s\n' "$@" >&2; }

# The beginning of a part of what .ci/run and .ci/nightly do.
heading() { printf '\n=== %s (after %d min %d s)\n\n' "$1" $((SECONDS / 60)) $((SECONDS % 60)); }

# Builds and tests a preset: run_preset NAME [CONFIGURE_PRESET, if it has another name]
run_preset() {
  cmake --preset "${2:-$1}" >/dev/null
  cmake --build --preset "$1" --parallel "$jobs"
  ctest --preset "$1" --parallel "$jobs"
}

# What the library and its example are built with; the tests add Catch2.
build_needs=(compiler cmake make Eigen3 zlib nlohmann_json CLI11)

# The package that meets a need, for each package manager.
packages='
need            apt-get            dnf               pacman          zypper              apk               brew
compiler        g++                gcc-c++           gcc             gcc-c++             g++               gcc
cmake           cmake              cmake             cmake           cmake               cmake             cmake
make            make               make              make            make                make              make
Eigen3          libeigen3-dev      eigen3-devel      eigen           eigen3-devel        eigen-dev         eigen
zlib            zlib1g-dev         zlib-devel        zlib            zlib-devel          zlib-dev          zlib
nlohmann_json   nlohmann-json3-dev json-devel        nlohmann-json   nlohmann_json-devel nlohmann-json     nlohmann-json
CLI11           libcli11-dev       cli11-devel       cli11           cli11-devel         cli11             cli11
LBFGSpp         liblbfgspp-dev     -                 -               -                   -                 -
Catch2          catch2             catch-devel       catch2          Catch2-devel        catch2            catch2
benchmark       libbenchmark-dev   google-benchmark-devel benchmark   benchmark-devel     benchmark-dev     google-benchmark
pkg-config      pkg-config         pkgconf-pkg-config pkgconf         pkg-config          pkgconf           pkgconf
curl            curl               curl              curl            curl                curl              curl
ca-certificates ca-certificates    ca-certificates   ca-certificates ca-certificates     ca-certificates   ca-certificates
clang           clang              clang             clang           clang               clang             llvm
clang-rt        libclang-rt-dev    compiler-rt       compiler-rt     clang               compiler-rt       llvm
clang-format    clang-format-14    clang-tools-extra clang           clang-tools         clang-extra-tools clang-format
clang-tidy      clang-tidy-14      clang-tools-extra clang           clang-tools         clang-extra-tools llvm
gcovr           gcovr              gcovr             -               -                   gcovr             gcovr
doxygen         doxygen            doxygen           doxygen         doxygen             doxygen           doxygen
'

# A need, as a person looks for it.
describe() {
  case $1 in
    compiler) echo "a C++20 compiler (gcc or clang)" ;;
    cmake) echo "CMake 3.22 or newer" ;;
    make) echo "make or ninja" ;;
    Eigen3) echo "Eigen 3.4 or newer" ;;
    zlib) echo "zlib with its headers" ;;
    nlohmann_json) echo "nlohmann/json" ;;
    LBFGSpp) echo "LBFGS++" ;;
    benchmark) echo "Google Benchmark" ;;
    curl) echo "curl or wget" ;;
    clang-rt) echo "clang's libFuzzer and sanitizers" ;;
    clang-format) echo "clang-format 14 (or set CLANG_FORMAT to the one to use)" ;;
    clang-tidy) echo "clang-tidy 14 (or set CLANG_TIDY to the one to use)" ;;
    *) echo "$1" ;;
  esac
}

has() {
  case $1 in
    compiler) preprocesses <<<$'#include <concepts>\n#if __cpp_concepts < 201907L\n#error\n#endif' ;;
    cmake)
      [[ $(cmake --version) =~ ([0-9]+)\.([0-9]+) ]] &&
        ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= 3022))
      ;;
    make) command -v ninja || command -v make ;;
    zlib) [ -f /usr/include/zlib.h ] || preprocesses <<<'#include <zlib.h>' ;;
    LBFGSpp) [ -f /usr/include/LBFGS.h ] || [ -f /usr/local/include/LBFGS.h ] ;;
    curl) command -v curl || command -v wget ;;
    ca-certificates)
      compgen -G '/etc/ssl/cert.pem' || compgen -G '/etc/ssl/certs/*' || compgen -G '/etc/pki/tls/certs/*'
      ;;
    clang) command -v clang++ ;;
    clang-rt) links_fuzzer ;;
    clang-format) find_clang_format ;;
    clang-tidy) find_clang_tidy ;;
    pkg-config | gcovr | doxygen) command -v "$1" ;;
    *) has_package "$1" ;;
  esac >/dev/null 2>&1
}

# Whether the compiler that CMake would take accepts the source on standard input as C++20.
preprocesses() {
  local compiler=${CXX:-}
  [ -n "$compiler" ] || compiler=$(command -v c++ || command -v g++ || command -v clang++)
  # shellcheck disable=SC2086 # CXX may hold arguments
  $compiler -std=c++20 -E -x c++ -
}

# Whether clang finds the libraries of -fsanitize=fuzzer.
links_fuzzer() {
  echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
    clang++ -x c++ -fsanitize=fuzzer,address -o /dev/null -
}

# Whether a package's CMake files lie where CMake looks for them.
has_package() (
  shopt -s nullglob nocaseglob
  path=$PATH:
  IFS=':;'
  for prefix in ${CMAKE_PREFIX_PATH:-} /usr/local /usr ${path//\/bin:/:}; do
    found=("$prefix"/{lib,lib64,lib/*-*,share}/{cmake/"$1"*,"$1"*/cmake}/"$1"Config.cmake)
    [ ${#found[@]} = 0 ] || exit 0
  done
  exit 1
)

# Version 14, since others lay some lines out differently, and have more checks and other mistakes of their own.
find_clang_format() { find_version_14 clang-format "${CLANG_FORMAT:-}"; }
find_clang_tidy() { find_version_14 clang-tidy "${CLANG_TIDY:-}"; }

# find_version_14 TOOL CHOSEN: what is chosen is taken as it is.
find_version_14() {
  local name
  for name in ${2:-"$1-14" "$1"}; do
    if [ -n "$2" ] || [[ $($name --version 2>/dev/null) == *"version 14."* ]]; then
      echo "$name"
      return
    fi
  done
  return 1
}

# require NEED...: installs what is missing of these, and says so first. Silent where nothing is.
require() {
  local need missing=() failed=()
  [ -z "${RIDGE_SKIP_INSTALL:-}" ] || return 0
  for need; do has "$need" || missing+=("$need"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  install "${missing[@]}" || true
  for need in "${missing[@]}"; do has "$need" || failed+=("$(describe "$need")"); done
  [ ${#failed[@]} -gt 0 ] || return 0
  say "ridge needs the following, which could not be installed here:" "${failed[@]/#/  }" \
    "Please install it. If it is there and was overlooked, set RIDGE_SKIP_INSTALL=1."
  exit 1
}

# install NEED...: through the first package manager that this user may use.
install() {
  local sudo='' column command need row
  [ "$(id -u)" = 0 ] || sudo=sudo
  if usable apt-get; then
    column=1 command="$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"
  elif usable dnf; then
    column=2 command="$sudo dnf install -y --setopt=install_weak_deps=False"
  elif usable pacman; then
    column=3 command="$sudo pacman -Sy --needed --noconfirm"
  elif usable zypper; then
    column=4 command="$sudo zypper --non-interactive install --no-recommends"
  elif usable apk; then
    column=5 command="$sudo apk add --no-cache"
  elif command -v brew >/dev/null; then
    column=6 command="brew install"
  else
    return 1
  fi
  for need; do
    read -ra row < <(grep "^$need " <<<"$packages")
    command+=" ${row[column]}"
  done
  say "Something that ridge needs is missing. Installing it with:" "  ${command# }"
  # A fresh system has no package lists; where they cannot be had, older ones may still do.
  [ "$column" != 1 ] || $sudo apt-get update -qq || true
  $command >/dev/null
}

# The package managers of a system work for root only.
usable() {
  command -v "$1" >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# configure OPTION...: the optimized build that all scripts share.
configure() {
  cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DRIDGE_NATIVE=ON -DRIDGE_BUILD_EXAMPLES=ON "$@" >/dev/null
}
