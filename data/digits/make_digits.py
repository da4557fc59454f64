#!/usr/bin/env python3
"""Writes the four files of this folder from scikit-learn's copy of the UCI digits.

Run it with a Python that has scikit-learn; each run writes the same bytes. README.md says what the
set is and whose.
"""

import gzip
import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

# The set is 14 filled-in forms, one after the other: each has the same digits in the same order,
# in one hand. The last three begin here, so training never sees the forms that it is tested on.
# A random split would put each hand on both sides, and its accuracy would flatter by several percent.
TEST_BEGINS = 1415


def write_idx(path, array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 0x08, array.ndim, *array.shape)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
        zipped.write(header + array.astype(np.uint8).tobytes())


def main():
    digits = load_digits()
    # 0..16 "on" pixels of a 4x4 block, spread over a byte as MNIST's grey levels are.
    images = np.floor(digits.images * 255 / 16 + 0.5)
    folder = Path(__file__).parent
    for part, chosen in ("train", slice(TEST_BEGINS)), ("t10k", slice(TEST_BEGINS, None)):
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images[chosen])
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", digits.target[chosen])


if __name__ == "__main__":
    main()
