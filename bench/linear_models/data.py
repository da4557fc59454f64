#!/usr/bin/env python3
"""Writes the data that bench/compare_linear_models.sh times paths on.

    data.py FOLDER SAMPLES FEATURES DENSITY

Features are correlated (an autoregression of 0.5 from one to the next) where they are dense; a tenth of them, 50 at
most, carry the signal. Lambdas, 100 of them, go from the data's largest to 1/1000 of it, in glmnet's way of
standardizing.
"""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse


def main():
    folder, samples, features, density = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    if density < 1:
        x = scipy.sparse.random(samples, features, density, format="csc", random_state=1, data_rvs=random.standard_normal)
        x.sort_indices()
        x.indices.astype("<i4").tofile(folder / "rows.bin")
        x.indptr.astype("<i4").tofile(folder / "starts.bin")
        x.data.astype("<f8").tofile(folder / "values.bin")
    else:
        x = random.standard_normal((samples, features))
        for j in range(1, features):
            x[:, j] = 0.5 * x[:, j - 1] + np.sqrt(0.75) * x[:, j]
        x.T.astype("<f8").tofile(folder / "x.bin")
    b = np.zeros(features)
    active = min(50, features // 10)
    b[random.choice(features, active, replace=False)] = random.standard_normal(active)
    signal = x @ b
    y = signal + signal.std() * random.standard_normal(samples)
    labels = (random.random(samples) < 1 / (1 + np.exp(-2 * (signal - signal.mean()) / signal.std()))).astype(float)
    mean = np.asarray(x.mean(axis=0)).ravel()
    square = np.asarray(x.multiply(x).mean(axis=0) if density < 1 else (x * x).mean(axis=0)).ravel()
    deviation = np.sqrt(square - mean**2)
    for name, targets in (("gaussian", y), ("binomial", labels)):
        apart = targets - targets.mean()
        largest = np.max(np.abs(np.asarray(x.T @ apart).ravel()) / deviation) / samples
        (largest * 1e-3 ** (np.arange(100) / 99)).astype("<f8").tofile(folder / f"{name}_lambdas.bin")
    y.astype("<f8").tofile(folder / "y.bin")
    labels.astype("<f8").tofile(folder / "labels.bin")
    np.array([samples, features, density < 1], dtype="<i8").tofile(folder / "sizes.bin")


if __name__ == "__main__":
    main()
