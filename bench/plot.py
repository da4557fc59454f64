#!/usr/bin/env python3
"""Draws what bench/compare.sh has measured: for each job a bar for each system, at its best setting.

    bench/plot.py RESULTS.csv PICTURE.svg

Debian: apt-get install python3-matplotlib.
"""

import csv
import sys
from collections import defaultdict
from statistics import median

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

JOBS = {
    "classic": "Classic: an epoch of 784-128-10",
    "wide": "Wide: 6,000 images, 784-1024-1024-2048-10",
    "tiny1": "Tiny: a step of 4-16-16-1, one sample",
    "tiny32": "Tiny: a step of 4-16-16-1, 32 samples",
}
NAMES = {
    "hand_written": "by hand, fixed sizes",
    "openblas": "by hand, OpenBLAS",
    "eigen": "by hand, Eigen",
    "pytorch_by_hand": "PyTorch without autograd",
    "pytorch": "PyTorch",
    "sklearn": "scikit-learn",
    "tiny_dnn": "tiny-dnn",
}
OURS, LIBRARY, BY_HAND = "#1b6ca8", "#9aa5b1", "#d3d9df"


def readable(seconds):
    for unit, factor in (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def best_medians(path):
    """{job: {system: seconds}}"""
    runs = defaultdict(list)
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            setting = row["job"], row["peer"], row["threads"], row["coretype"]
            runs[setting].append(float(row["seconds"]))
    best = defaultdict(dict)
    for (job, peer, *_), seconds in runs.items():
        best[job][peer] = min(median(seconds), best[job].get(peer, float("inf")))
    return best


def main(results, picture):
    best = best_medians(results)
    jobs = [job for job in JOBS if job in best]
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "ridge", "svg.fonttype": "none"})
    heights = [len(best[job]) + 1.5 for job in jobs]
    figure, axes = plt.subplots(
        len(jobs), 1, figsize=(7.2, 0.24 * sum(heights)), gridspec_kw={"height_ratios": heights}
    )
    for axis, job in zip(axes if len(jobs) > 1 else [axes], jobs):
        systems = sorted(best[job].items(), key=lambda item: item[1], reverse=True)
        ours = best[job].get("ridge")
        for place, (system, seconds) in enumerate(systems):
            by_hand = system in ("hand_written", "openblas", "eigen", "pytorch_by_hand")
            color = OURS if system == "ridge" else BY_HAND if by_hand else LIBRARY
            axis.barh(place, seconds, color=color, height=0.72)
            ratio = "" if system == "ridge" or not ours else f"   ({seconds / ours:,.{0 if seconds > 20 * ours else 2 if seconds < ours else 1}f} x)"
            axis.annotate(
                readable(seconds) + ratio, (seconds, place), (4, 0), textcoords="offset points",
                va="center", fontsize=8,
            )  # fmt: skip
        axis.set_yticks(range(len(systems)), [NAMES.get(system, system) for system, _ in systems])
        low, high = systems[-1][1], systems[0][1]
        logarithmic = high > 50 * low
        if logarithmic:
            axis.set_xscale("log")
            axis.set_xlim(low / 2, high * (high / low) ** 0.35)
        else:
            axis.set_xlim(0, 1.3 * high)
        axis.set_title(JOBS[job] + (" (logarithmic)" if logarithmic else ""), loc="left", fontsize=9, fontweight="bold")
        axis.tick_params(axis="y", length=0)
        axis.xaxis.set_visible(False)
        for side in ("top", "right", "bottom", "left"):
            axis.spines[side].set_visible(False)
    figure.tight_layout(h_pad=0.8)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
