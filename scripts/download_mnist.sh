#!/usr/bin/env bash
# Downloads MNIST's four files and checks them against their published SHA-256 sums.
#
#   scripts/download_mnist.sh [FOLDER]      default: data/mnist of the project
#
# RIDGE_MNIST_MIRRORS, addresses separated by spaces, takes the place of the mirrors below.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

mirrors=${RIDGE_MNIST_MIRRORS-https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist}
folder=${1:-$root/data/mnist}
files='
440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 train-images-idx3-ubyte.gz
3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c train-labels-idx1-ubyte.gz
8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 t10k-images-idx3-ubyte.gz
f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 t10k-labels-idx1-ubyte.gz'

sha256() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1"
  elif command -v shasum >/dev/null; then
    shasum -a 256 "$1"
  else
    openssl dgst -sha256 -r "$1"
  fi | cut -d' ' -f1
}

# fetch ADDRESS FILE: gives up in seconds on a host that does not answer, or that stops sending.
fetch() {
  if command -v curl >/dev/null; then
    curl --fail --silent --show-error --location --connect-timeout 4 --speed-time 10 --speed-limit 1000 --output "$2" "$1"
  else
    wget -q -T 10 -t 1 -O "$2" "$1"
  fi
}

# The files that are not there yet as they were published.
missing() {
  local sum file
  while read -r sum file; do
    [ -z "$file" ] || { [ -f "$folder/$file" ] && [ "$(sha256 "$folder/$file")" = "$sum" ]; } || echo "$sum $file"
  done <<<"$files"
}

files=$(missing)
[ -n "$files" ] || exit 0
say "Downloading MNIST (11 MB) to $folder."
mkdir -p "$folder"
part=$folder/.download.$$
trap 'rm -f "$part"' EXIT

failures=
for mirror in $mirrors; do
  while read -r sum file; do
    # What stops one file, an unreachable host above all, stops the others: on to the next mirror.
    if ! problem=$(fetch "${mirror%/}/$file" "$part" 2>&1); then
      problem=${problem#curl: (*) }
      failures+="; ${mirror%/}: ${problem:-no answer}"
      break
    elif [ "$(sha256 "$part")" = "$sum" ]; then
      mv -f "$part" "$folder/$file"
    else
      failures+="; ${mirror%/}/$file is not the published file"
    fi
  done <<<"$files"
  files=$(missing)
  [ -n "$files" ] || exit 0
done
rmdir "$folder" 2>/dev/null || true
say "MNIST could not be downloaded${failures/#;/:}."
exit 1
