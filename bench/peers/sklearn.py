"""The jobs of common.hpp with scikit-learn: an epoch, or a tiny step, is a call of partial_fit."""

import sys

import common

# This file's own name, and its folder comes first on the path.
sys.path.pop(0)
import sklearn  # noqa: E402
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402


def train(task):
    images, labels = common.load_images(task.images)
    net = MLPClassifier(
        task.sizes[1:-1],
        solver="sgd",
        learning_rate_init=task.learning_rate,
        momentum=task.momentum,
        nesterovs_momentum=False,
        alpha=task.weight_decay * task.batch,  # which it divides by the batch's size
        batch_size=task.batch,
        random_state=1,
    )

    def epoch():
        net.partial_fit(images, labels, classes=range(10))
        return net.loss_  # the penalty in it

    common.time_epochs(epoch)


def train_tiny(samples):
    x, targets = common.tiny_batch(samples)
    net = MLPRegressor(
        common.tiny_sizes[1:-1],
        solver="sgd",
        learning_rate_init=2 * common.tiny_rate,  # its loss is half the squared error
        momentum=0,
        nesterovs_momentum=False,
        alpha=0,
        batch_size=samples,
        random_state=1,
    )

    def step():
        net.partial_fit(x, targets.ravel())
        return 2 * net.loss_

    common.time_steps(step)


sklearn.set_config(assume_finite=True)
if common.job in common.tasks:
    train(common.tasks[common.job])
elif common.job in common.tiny_samples:
    train_tiny(common.tiny_samples[common.job])
else:
    sys.exit(3)
