#!/usr/bin/env bash
# Times ridge against its peers on the jobs of peers/common.hpp: one after the other, round by round, with one
# thread and with all cores. Installs what Debian has of them where it is missing.
#
#   bench/compare.sh [--data FOLDER] [--rounds 5] [--jobs classic,wide,tiny1,tiny32]
#                    [--peers ridge,pytorch,...] [--output FILE.csv]
#
# Prints a table for each job, with each peer at the setting of its best median; FILE.csv gets every number.
# MNIST is looked for in FOLDER, $RIDGE_MNIST_DIR, data/mnist. $CXX is the compiler to take and
# $PYTHON the Python.
#
# Left out after the first round is a setting in which a peer takes half as long again as in its best one, and
# what takes more than half a minute.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

all_peers=(ridge hand_written openblas eigen libtorch dlib tiny_dnn pytorch pytorch_by_hand sklearn)
peers=("${all_peers[@]}")
tasks=(classic wide tiny1 tiny32)
out=$build/bench-peers
data=${RIDGE_MNIST_DIR:-$root/data/mnist} rounds=5 results=$out/results.csv
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=${2:?--data needs a folder} ;;
    --rounds) rounds=${2:?--rounds needs a number} ;;
    --jobs) IFS=, read -ra tasks <<<"${2:?--jobs needs names}" ;;
    --peers) IFS=, read -ra peers <<<"${2:?--peers needs names}" ;;
    --output) results=${2:?--output needs a file} ;;
    *)
      say "bench/compare.sh knows --data, --rounds, --jobs, --peers and --output, not $1."
      exit 2
      ;;
  esac
  shift 2
done
for peer in "${peers[@]}"; do
  [[ " ${all_peers[*]} " == *" $peer "* ]] || { say "The peers are: ${all_peers[*]}; not $peer." && exit 2; }
done
for task in "${tasks[@]}"; do
  [[ $task =~ ^(classic|wide|tiny1|tiny32)$ ]] || { say "The jobs are: classic wide tiny1 tiny32; not $task." && exit 2; }
done
if [ ! -d "$data" ]; then
  say "There is no MNIST in $data. Name its folder with --data, or get it: scripts/download_mnist.sh"
  exit 1
fi

require compiler Eigen3 zlib
export LC_ALL=C
mkdir -p "$out/third_party"
ln -sfn /usr/include/stb "$out/third_party/stb" # where tiny-dnn looks for it
log=$out/log.txt
read -ra compiler <<<"${CXX:-g++}"
flags=(-std=c++20 -O3 -march=native -I "$root/include" -isystem /usr/include/eigen3)

# needs PEER: sets `debian`, its packages, and `with`, what it is linked with or imports.
needs() {
  debian=() with=()
  case $1 in
    openblas) debian=(libopenblas-pthread-dev) with=(-fopenmp -lopenblas) ;;
    eigen) with=(-fopenmp) ;;
    libtorch)
      debian=(libtorch-dev libopenblas0-pthread)
      with=(-isystem /usr/include/torch/csrc/api/include -ltorch -ltorch_cpu -lc10)
      ;;
    dlib) debian=(libdlib-dev libopenblas-pthread-dev) with=(-ldlib -lopenblas) ;;
    tiny_dnn) debian=(tiny-dnn libcereal-dev libgemmlowp-dev libstb-dev) with=(-isystem "$out") ;;
    pytorch | pytorch_by_hand) debian=(python3-torch python3-numpy libopenblas0-pthread) with=(numpy torch) ;;
    sklearn) debian=(python3-sklearn python3-numpy libopenblas0-pthread) with=(numpy sklearn) ;;
  esac
}
is_python() { [ -f "$root/bench/peers/$1.py" ]; }
uses_openblas() { [[ ! $1 =~ ^(ridge|hand_written|eigen|tiny_dnn)$ ]]; }

# Debian's packages take any BLAS that is there, and the reference one is several times slower.
has_openblas() { compgen -G '/usr/lib*/libopenblas*' || compgen -G '/usr/lib/*/libopenblas*'; } >/dev/null

# prepare PEER: compiles it, or finds a Python for it.
declare -A pythons
prepare() {
  needs "$1"
  local python program=$out/$1 modules
  if is_python "$1"; then
    modules=$(IFS=, && echo "${with[*]}")
    for python in ${PYTHON:-python3 /usr/bin/python3}; do
      ! "$python" -c "import $modules" 2>>"$log" || { pythons[$1]=$python && return; }
    done
    return 1
  fi
  [ -z "$(find "$root/include" "$root/bench/peers" -newer "$program" -print -quit 2>&1)" ] ||
    "${compiler[@]}" "${flags[@]}" "$root/bench/peers/$1.cpp" -o "$program" "${with[@]}" -lz 2>>"$log"
}

# install_debian PACKAGE...
install_debian() {
  local root_only=()
  [ "$(id -u)" = 0 ] || root_only=(sudo)
  if ! usable apt-get; then
    say "  There is no apt-get to install it with: $*"
    return
  fi
  say "  Installing it with: ${root_only[*]:+sudo }apt-get install -y --no-install-recommends $*"
  "${root_only[@]}" apt-get update -qq >>"$log" 2>&1 || true
  "${root_only[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" \
    >>"$log" 2>&1 || say "  apt-get could not."
}

: >"$log"
ready=()
for peer in "${peers[@]}"; do
  say "Preparing $peer"
  if ! prepare "$peer" || { uses_openblas "$peer" && ! has_openblas; }; then
    [ ${#debian[@]} = 0 ] || install_debian "${debian[@]}"
    prepare "$peer" || { say "  It is left out; why is in $log." && continue; }
  fi
  ready+=("$peer")
done

threads=(1)
[ "$jobs" = 1 ] || threads+=("$jobs")
# OpenBLAS does not know every processor, and takes the slowest kernels for one that it does not.
cores=(-)
! grep -qs avx512f /proc/cpuinfo || cores+=(SkylakeX)

mkdir -p "$(dirname "$results")"
echo job,peer,threads,coretype,round,seconds >"$results"
declare -A skip

# measure ROUND JOB PEER THREADS CORETYPE
measure() {
  local setting="$2,$3,$4,$5" lines=1 status=0 began=$SECONDS command=("$out/$3") variables=(OMP_WAIT_POLICY=PASSIVE)
  [ -z "${skip[$setting]:-}" ] || return 0
  case $2 in
    classic) lines=2 ;;
    tiny*) lines=5 ;;
  esac
  ! is_python "$3" || command=("${pythons[$3]}" "$root/bench/peers/$3.py")
  [ "$5" = - ] || variables+=(OPENBLAS_CORETYPE="$5")
  timeout 120 env "${variables[@]}" "${command[@]}" "$2" "$data" "$4" "$lines" >"$out/last_numbers.txt" 2>"$out/last_errors.txt" ||
    status=$?
  case $status in
    0)
      while read -r seconds; do echo "$setting,$1,$seconds"; done <"$out/last_numbers.txt" >>"$results"
      say "  $2, $3, $4 threads, kernels $5: $(paste -s -d ' ' "$out/last_numbers.txt") s; $(tail -n 1 "$out/last_errors.txt")"
      if [ $((SECONDS - began)) -gt 30 ]; then skip[$setting]=1; fi
      return
      ;;
    3) ;;
    124) say "  $2, $3, $4 threads, kernels $5: given up after two minutes" ;;
    *) say "  $2, $3, $4 threads, kernels $5: failed with status $status, $(tail -n 1 "$out/last_errors.txt")" ;;
  esac
  skip[$setting]=1
}

for ((round = 1; round <= rounds; round++)); do
  say "Round $round of $rounds"
  for task in "${tasks[@]}"; do
    for count in "${threads[@]}"; do
      for core in "${cores[@]}"; do
        for peer in "${ready[@]}"; do
          [ "$core" = - ] || uses_openblas "$peer" || continue
          measure "$round" "$task" "$peer" "$count" "$core"
        done
      done
    done
  done
  [ "$round" = 1 ] || continue
  while read -r setting; do skip[$setting]=1; done < <(awk -F, '
    NR > 1 {
      setting = $1 "," $2 "," $3 "," $4; peer[setting] = $1 "," $2
      if (!(setting in least) || $6 < least[setting]) least[setting] = $6
      if (!($1 "," $2 in best) || $6 < best[$1 "," $2]) best[$1 "," $2] = $6
    }
    END { for (setting in least) if (least[setting] > 1.5 * best[peer[setting]]) print setting }' "$results")
done

# table JOB TITLE
table() {
  local rows
  rows=$(grep "^$1," "$results" | sort -t , -k 2,4 -k 6,6g | awk -F, '
    function end_setting() {
      if (count == 0) return
      median = (x[int((count + 1) / 2)] + x[int(count / 2) + 1]) / 2
      if (!(peer in best) || median < best[peer]) { best[peer] = median; least[peer] = x[1]; at[peer] = setting }
      count = 0
    }
    function readable(t) {
      if (t >= 1) return sprintf("%.3g s", t)
      if (t >= 1e-3) return sprintf("%.3g ms", t * 1e3)
      if (t >= 1e-6) return sprintf("%.3g µs", t * 1e6)
      return sprintf("%.3g ns", t * 1e9)
    }
    {
      if ($2 "," $3 "," $4 != key) end_setting()
      key = $2 "," $3 "," $4; peer = $2
      setting = $3 ($3 == 1 ? " thread" : " threads") ($4 == "-" ? "" : ", " $4)
      x[++count] = $6
    }
    END {
      end_setting()
      for (peer in best)
        printf "%.9g\t| %s | %s | %s | %s | %s |\n", best[peer], peer, at[peer], readable(best[peer]),
          readable(least[peer]), "ridge" in best ? sprintf("%.3g", best[peer] / best["ridge"]) : ""
    }' | sort -g | cut -f 2-)
  [ -n "$rows" ] || return 0
  printf '\n### %s\n\n| system | best setting | median | min | ratio to ridge |\n|---|---|---:|---:|---:|\n%s\n' "$2" "$rows"
}

for task in "${tasks[@]}"; do
  case $task in
    classic) table classic "classic: 784-128-10, batches of 64, an epoch of 60,000 images" ;;
    wide) table wide "wide: 784-1024-1024-2048-10, batches of 100, an epoch of 6,000 images" ;;
    tiny1) table tiny1 "tiny1: 4-16-16-1, a step of one sample" ;;
    tiny32) table tiny32 "tiny32: 4-16-16-1, a step of 32 samples" ;;
  esac
done
say "" "Every number is in $results."
