"""The jobs of common.hpp with PyTorch as it is usually written, the data in memory."""

import sys

import common

import torch
from torch import nn


def network(sizes):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(task):
    images, labels = map(torch.from_numpy, common.load_images(task.images))
    net = network(task.sizes)
    criterion = nn.CrossEntropyLoss()
    sgd = torch.optim.SGD(
        net.parameters(), lr=task.learning_rate, momentum=task.momentum, weight_decay=task.weight_decay
    )

    def epoch():
        total = 0.0
        for batch in torch.randperm(task.images).split(task.batch):
            loss = criterion(net(images.index_select(0, batch)), labels.index_select(0, batch))
            sgd.zero_grad(set_to_none=True)
            loss.backward()
            sgd.step()
            total += loss.item() * len(batch)
        return total / task.images

    common.time_epochs(epoch)


def train_tiny(samples):
    x, targets = map(torch.from_numpy, common.tiny_batch(samples))
    net = network(common.tiny_sizes)
    criterion = nn.MSELoss()
    sgd = torch.optim.SGD(net.parameters(), lr=common.tiny_rate)

    def step():
        loss = criterion(net(x), targets)
        sgd.zero_grad(set_to_none=True)
        loss.backward()
        sgd.step()
        return loss.item()

    common.time_steps(step)


torch.manual_seed(1)
torch.set_num_threads(common.threads)
if common.job in common.tasks:
    train(common.tasks[common.job])
elif common.job in common.tiny_samples:
    train_tiny(common.tiny_samples[common.job])
else:
    sys.exit(3)
