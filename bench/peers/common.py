"""What the Python peers share; the jobs and the command line are those of common.hpp."""

import gzip
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

if len(sys.argv) != 5:
    sys.exit(f"{sys.argv[0]} JOB MNIST_FOLDER THREADS LINES")
job, folder, threads, lines = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
# OpenBLAS and OpenMP read it when they are loaded.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np  # noqa: E402


@dataclass(frozen=True)
class Task:
    """Classification of MNIST: cross-entropy, ReLU between the layers, SGD."""

    sizes: tuple
    images: int
    batch: int
    learning_rate: float
    momentum: float
    weight_decay: float


tasks = {
    "classic": Task((784, 128, 10), 60000, 64, 0.01, 0.0, 1e-4),
    "wide": Task((784, 1024, 1024, 2048, 10), 6000, 100, 0.01, 0.9, 1e-4),
}
tiny_samples = {"tiny1": 1, "tiny32": 32}
tiny_sizes = (4, 16, 16, 1)
tiny_rate = 0.001


def read_idx(name, dimensions):
    plain = folder / f"{name}-idx{dimensions}-ubyte"
    packed = plain.with_name(plain.name + ".gz")
    raw = gzip.decompress(packed.read_bytes()) if packed.exists() else plain.read_bytes()
    shape = np.frombuffer(raw, ">u4", dimensions, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load_images(count):
    """The first images of MNIST, from 0 to 1, and their labels."""
    images = read_idx("train-images", 3)[:count].reshape(count, -1)
    return images.astype(np.float32) / np.float32(255), read_idx("train-labels", 1)[:count].astype(np.int64)


def tiny_batch(samples):
    random = np.random.default_rng(1)
    inputs = random.uniform(-1, 1, (samples, tiny_sizes[0])).astype(np.float32)
    return inputs, random.uniform(-1, 1, (samples, 1)).astype(np.float32)


def time_epochs(epoch):
    """`epoch()` trains for one epoch and returns its mean loss."""
    loss = epoch()
    for _ in range(lines):
        started = time.perf_counter()
        loss = epoch()
        print(f"{time.perf_counter() - started:.6f}")
    print(f"loss {loss:.4g}", file=sys.stderr)


def time_steps(step):
    """`step()` makes one step and returns its loss."""

    def run(steps):
        started = time.perf_counter()
        for _ in range(steps):
            loss = step()
        return time.perf_counter() - started, loss

    fewest, enough = 200, 0.02
    steps = fewest
    taken, loss = run(steps)
    while taken < enough:
        steps *= 2
        taken, loss = run(steps)
    steps = max(fewest, int(steps * enough / taken))
    for _ in range(lines):
        taken, loss = run(steps)
        print(f"{taken / steps:.4e}")
    print(f"loss {loss:.4g}", file=sys.stderr)
