"""The jobs of common.hpp with PyTorch's operations alone: no autograd, no optimizer, all in place."""

import sys

import common

import torch

relu_backward = torch.ops.aten.threshold_backward.grad_input


class Net:
    """Weights are inputs x outputs."""

    def __init__(self, sizes, learning_rate, momentum=0.0, weight_decay=0.0):
        self.sizes = sizes
        self.learning_rate, self.momentum, self.weight_decay = learning_rate, momentum, weight_decay
        self.weights, self.biases, self.velocities = [], [], []
        for inputs, outputs in zip(sizes, sizes[1:]):
            bound = inputs**-0.5
            self.weights.append(torch.empty(inputs, outputs).uniform_(-bound, bound))
            self.biases.append(torch.empty(outputs).uniform_(-bound, bound))
            self.velocities.append((torch.zeros(inputs, outputs), torch.zeros(outputs)))
        self.transposed = [weight.t() for weight in self.weights]
        self.buffers = {}  # for each number of samples: it changes only at an epoch's end

    def forward(self, x):
        samples = len(x)
        if samples not in self.buffers:
            y = [torch.empty(samples, size) for size in self.sizes[1:]]
            dy = [torch.empty(samples, size) for size in self.sizes[1:]]
            self.buffers[samples] = y, dy, [each.t() for each in y], torch.ones(samples)
        self.y, self.dy, self.y_transposed, self.ones = self.buffers[samples]
        self.x_transposed = x.t()
        for y, weight, bias in zip(self.y, self.weights, self.biases):
            torch.addmm(bias, x, weight, out=y)
            x = y.relu_() if y is not self.y[-1] else y
        return x

    def step(self, scale):
        """From the last dy back to the first weight; gradients are those of `scale` times the loss."""
        kept = 1 - self.learning_rate * self.weight_decay
        for i in reversed(range(len(self.weights))):
            dy, x_transposed = self.dy[i], self.y_transposed[i - 1] if i > 0 else self.x_transposed
            if i > 0:
                torch.mm(dy, self.transposed[i], out=self.dy[i - 1])
                relu_backward(self.dy[i - 1], self.y[i - 1], 0, grad_input=self.dy[i - 1])
            if self.momentum == 0:
                rate = -self.learning_rate * scale
                self.weights[i].addmm_(x_transposed, dy, beta=kept, alpha=rate)
                self.biases[i].addmv_(dy.t(), self.ones, beta=kept, alpha=rate)
                continue
            v, v_bias = self.velocities[i]
            v.addmm_(x_transposed, dy, beta=self.momentum, alpha=scale)
            v_bias.addmv_(dy.t(), self.ones, beta=self.momentum, alpha=scale)
            for parameter, velocity in (self.weights[i], v), (self.biases[i], v_bias):
                velocity.add_(parameter, alpha=self.weight_decay)
                parameter.sub_(velocity, alpha=self.learning_rate)


def train(task):
    images, labels = map(torch.from_numpy, common.load_images(task.images))
    labels = labels.unsqueeze(1)
    net = Net(task.sizes, task.learning_rate, task.momentum, task.weight_decay)
    x = torch.empty(task.batch, task.sizes[0])
    minus_one = torch.full((task.batch, 1), -1.0)

    def epoch():
        total = torch.zeros(())
        for batch in torch.randperm(task.images).split(task.batch):
            samples = len(batch)
            inputs = torch.index_select(images, 0, batch, out=x[:samples])
            target = labels.index_select(0, batch)
            log_probability = torch.log_softmax(net.forward(inputs), 1)
            total -= log_probability.gather(1, target).sum()
            torch.exp(log_probability, out=net.dy[-1]).scatter_add_(1, target, minus_one[:samples])
            net.step(1 / samples)
        return total.item() / task.images

    common.time_epochs(epoch)


def train_tiny(samples):
    x, targets = map(torch.from_numpy, common.tiny_batch(samples))
    net = Net(common.tiny_sizes, common.tiny_rate)

    def step():
        y = net.forward(x)
        error = torch.sub(y, targets, out=net.dy[-1]).view(-1)
        loss = torch.dot(error, error).item() / samples
        net.step(2 / samples)
        return loss

    common.time_steps(step)


torch.manual_seed(1)
torch.set_num_threads(common.threads)
with torch.inference_mode():
    if common.job in common.tasks:
        train(common.tasks[common.job])
    elif common.job in common.tiny_samples:
        train_tiny(common.tiny_samples[common.job])
    else:
        sys.exit(3)
