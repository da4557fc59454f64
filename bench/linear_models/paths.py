#!/usr/bin/env python3
"""Times scikit-learn's lasso paths on the data of data.py: paths.py FOLDER JOB TOL. Prints as paths.cpp does.

Gaussian alone: scikit-learn has no path of logistic regression by coordinate descent. It does not standardize, so
the features are given standardized (dense) or divided by their deviations (sparse), which is not timed.
"""

import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import Lasso, lasso_path


def main():
    folder, job, tol = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    samples, features, sparse = np.fromfile(folder / "sizes.bin", dtype="<i8")
    lambdas = np.fromfile(folder / f"{job}_lambdas.bin")
    y = np.fromfile(folder / "y.bin")
    if sparse:
        columns = [np.fromfile(folder / f"{name}.bin", dtype=kind)
                   for name, kind in (("values", "<f8"), ("rows", "<i4"), ("starts", "<i4"))]
        x = scipy.sparse.csc_matrix(tuple(columns), shape=(samples, features))
        mean = np.asarray(x.mean(axis=0)).ravel()
        deviation = np.sqrt(np.asarray(x.multiply(x).mean(axis=0)).ravel() - mean**2)
        x = scipy.sparse.csc_matrix(x @ scipy.sparse.diags(1 / deviation))
        # Centred by the path itself, which Lasso knows how to ask for and lasso_path does not.
        start = time.perf_counter()
        model = Lasso(warm_start=True, tol=tol, max_iter=10**6)
        for strength in lambdas:
            model.set_params(alpha=strength).fit(x, y)
        seconds, b = time.perf_counter() - start, model.coef_
        rest = y - x @ b - model.intercept_
    else:
        x = np.fromfile(folder / "x.bin").reshape(features, samples).T
        x = np.asfortranarray((x - x.mean(axis=0)) / x.std(axis=0))
        start = time.perf_counter()
        _, path, _ = lasso_path(x, y - y.mean(), alphas=lambdas, tol=tol, max_iter=10**6)
        seconds, b = time.perf_counter() - start, path[:, -1]
        rest = y - y.mean() - x @ b
    ratio = 1 - np.sum(rest**2) / np.sum((y - y.mean()) ** 2)
    print(f"{seconds:.6f} {len(lambdas)} {ratio:.10f} {np.count_nonzero(b)}")


if __name__ == "__main__":
    main()
