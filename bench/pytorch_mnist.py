#!/usr/bin/env python3
"""The job of examples/mnist.cpp as it is usually written with PyTorch, to compare with.

    python3 bench/pytorch_mnist.py FOLDER_OF_MNIST [--epochs 5] [--threads N] [--seed 1]

Debian: apt-get install python3-torch python3-numpy libopenblas0-pthread. The last matters: without it
PyTorch multiplies by the reference BLAS, which is several times slower.
"""

import argparse
import gzip
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


def read_idx(folder, stem, dimensions):
    for name in (f"{stem}-idx{dimensions}-ubyte", f"{stem}.idx{dimensions}-ubyte"):
        for path, opened in ((folder / f"{name}.gz", gzip.open), (folder / name, open)):
            if path.is_file():
                with opened(path, "rb") as file:
                    raw = file.read()
                shape = np.frombuffer(raw, ">u4", dimensions, offset=4)
                return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)
    raise SystemExit(f"{folder} holds no {stem}")


class Mnist(Dataset):
    """Images as floats from 0 to 1, converted once: an item is then a cheap view."""

    def __init__(self, folder, part):
        images = read_idx(folder, f"{part}-images", 3)
        self.images = torch.tensor(images).reshape(len(images), -1).float() / 255
        self.labels = torch.tensor(read_idx(folder, f"{part}-labels", 1)).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.images[index], self.labels[index]


def accuracy(net, loader):
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == labels).sum().item() for x, labels in loader)
    return right / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--threads", type=int, help="of PyTorch; its own choice unless given")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    train_loader = DataLoader(Mnist(options.folder, "train"), batch_size=64, shuffle=True)
    test_loader = DataLoader(Mnist(options.folder, "t10k"), batch_size=1000)
    net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, weight_decay=1e-4)

    started = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        net.train()
        total = 0.0
        for x, labels in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(x), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        print(f"Epoch {epoch}, Average Loss: {total / len(train_loader.dataset):.4f}")
        print(f"Test Accuracy: {100 * accuracy(net, test_loader):.2f}%", flush=True)
    print(f"Time: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()
