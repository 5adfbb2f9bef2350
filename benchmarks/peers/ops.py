"""What is common to the peers: compositions for those that have no operation of their own, and how a step is run."""

import math

import numpy as np


class Absent(Exception):
    """The peer cannot do this, or only in a way that nobody would choose; the message says why."""


def turned(array, layout, wanted):
    """A NumPy array with its axes, "NHWC", in another order, "NCHW"."""
    return array.transpose([layout.index(axis) for axis in wanted])


class Ops:
    """One peer. Subclasses fill in its own operations, and replace compositions where it has better ones."""

    operations = {}  # name to function, for those that need no words
    # Layouts that windows are computed in: of pictures the only one, None where both are, and of filters beside them.
    picture_layout = None
    filter_layouts = dict(NHWC="HWIO", NCHW="HWIO")

    def __init__(self, threads):
        vars(self).update(self.operations)

    def versions(self):
        raise NotImplementedError

    def array(self, values):
        """A NumPy array as the peer's."""
        raise NotImplementedError

    def expect(self, dtypes):
        """Told before the arrays of a workload come."""

    def numpy(self, array):
        raise NotImplementedError

    def constant(self, array):
        """The peer's array as its compiled code takes constants."""
        return self.numpy(array)

    def turned(self, array, layout, wanted):
        """The peer's array with its axes in another order in memory; before anything is timed."""
        if layout == wanted:
            return array
        return self.array(np.ascontiguousarray(turned(self.numpy(array), layout, wanted)))

    def wait(self, result):
        """Returns when the result has been computed. For peers that run ahead of the program."""

    def run(self, task, steps):
        """So many steps. A call is over when its result is there, and begins when the last one's is given up."""
        for _ in range(steps):
            result = None
            result = task.step()
            self.wait(result)
        return result

    # What a peer may lack.

    def watch_plans(self):
        """From now on compiled functions note what memory they plan."""
        raise Absent("tells no plan of its memory")

    def planned_bytes(self):
        """Of the function that ran last, besides its arguments and what it updates in place."""

    def compile(self, f):
        return f

    def infer(self, f, weights):
        """A compiled function of what f takes before the weights, which never change: a peer made for inference may lay
        them out for itself before the first step."""
        compiled = self.compile(f)
        return lambda *inputs: compiled(*inputs, *weights)

    def compile_gradient(self, loss):
        raise Absent("no gradients")

    def trainer(self, loss, parameters, optimizer, rate):
        raise Absent("no gradients")

    def training_loop(self, loss, parameters, rate, xs, ys):
        raise Absent("no compiled loops with gradients")

    def variables_updater(self, count, x):
        raise Absent("no compiled updates")

    def eager(self, f):
        return f

    def compile_loop(self, body, steps):
        """`body` repeated: a loop in Python around compiled code, unless the peer has a loop."""
        step = self.compile(body)

        def loop(x):
            for _ in range(steps):
                x = step(x)
            return x

        return loop

    def compile_scan(self, step, start):
        """A function of a sequence: (state, y) = step(state, x) for each of its x, from start() on; the ys. A loop in
        Python around compiled code, unless the peer has a loop."""
        step = self.compile(step)

        def scan(xs):
            state, ys = start(), []
            for x in xs:
                state, y = step(state, x)
                ys.append(y)
            return self.stack(ys)

        return scan

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        """NHWC, or NCHW, and filters as filter_layouts says, with half of the window as zeros around, in as many groups
        as the filters' inputs leave."""
        raise NotImplementedError

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        """NHWC, or NCHW; windows inside x."""
        raise NotImplementedError

    def conv2d_data_gradient(self, shape, **options):
        """A function of x (of this shape), filters and the slope of the result."""
        return self.compile_gradient(lambda x, filters, dy: self.sum(self.conv2d(x, filters, **options) * dy))

    def conv2d_filter_gradient(self, shape, **options):
        """A function of filters (of this shape), x and the slope of the result."""
        return self.compile_gradient(lambda filters, x, dy: self.sum(self.conv2d(x, filters, **options) * dy))

    # Compositions.

    def biquad(self, ahead, back):
        """A function of a sequence: y[t] is the sum of ahead[i] x[t - i], less that of back[i] y[t - 1 - i]."""

        def step(state, x):
            y = ahead[0] * x + state[0]
            return (ahead[1] * x - back[0] * y + state[1], ahead[2] * x - back[1] * y), y

        return self.compile_scan(step, lambda: (self.zeros(()), self.zeros(())))

    def fir(self, taps):
        """A function of a sequence: y[t] is the sum of taps[i] x[t - i], from a line of the last inputs."""

        def step(last, x):
            line = self.join((x[None], last[:-1]))
            return line, self.sum(line * taps)

        return self.compile_scan(step, lambda: self.zeros(taps.shape))

    def rows(self, x):
        return [x[i : i + 1] for i in range(x.shape[0])]

    def gelu(self, x):
        return 0.5 * x * (1 + self.erf(x * 0.70710678))

    def layer_norm(self, x, gain, bias):
        centered = x - self.mean(x, -1, True)
        return centered * self.rsqrt(self.mean(centered * centered, -1, True) + 1e-5) * gain + bias

    def log_softmax(self, x):
        return self.log(self.softmax(x))

    def rms_norm(self, x, gain):
        return x * self.rsqrt(self.mean(x * x, -1, True) + 1e-5) * gain

    def batch_norm(self, x, gain, bias):
        """Of NHWC pictures, by the moments of the batch."""
        centered = x - self.mean(x, (0, 1, 2), True)
        return centered * self.rsqrt(self.mean(centered * centered, (0, 1, 2), True) + 1e-5) * gain + bias

    def attention(self, q, k, v, size):
        """Of heads of this size: q, k, v [batch, heads, length, size]."""
        scores = self.matmul(q, self.permute(k, (0, 1, 3, 2))) * (1 / math.sqrt(size))
        return self.matmul(self.softmax(scores), v)

    def lstm_cell(self, gates, c):
        units = c.shape[-1]
        i, f, g, out = (gates[:, n * units : (n + 1) * units] for n in range(4))
        c = self.sigmoid(f) * c + self.sigmoid(i) * self.tanh(g)
        return self.sigmoid(out) * self.tanh(c), c

    def reverse(self, x):
        """Along the first axis."""
        return x[::-1]

    def lstm(self, x, wx, wh, b):
        """The last output for x [time, batch, width]; the loop over time is unrolled."""
        projected = self.matmul(x, wx) + b
        h = c = self.zeros((x.shape[1], wh.shape[0]))
        for t in range(x.shape[0]):
            h, c = self.lstm_cell(projected[t] + self.matmul(h, wh), c)
        return h

    def gru_cell(self, now, before, h):
        """`now` of the inputs, `before` of the state `h`: gates in the order reset, update, candidate."""
        units = h.shape[-1]
        gate = lambda x, n: x[:, n * units : (n + 1) * units]
        reset, update = (self.sigmoid(gate(now, n) + gate(before, n)) for n in range(2))
        candidate = self.tanh(gate(now, 2) + reset * gate(before, 2))
        return candidate + update * (h - candidate)

    def gru(self, x, wx, wh, b):
        """The outputs of all steps for x [time, batch, width]; the loop over time is unrolled."""
        if x.shape[0] > 100:
            raise Absent("no loop with gradients: this many steps in a row take minutes to compile")
        projected = self.matmul(x, wx) + b
        outputs = [self.zeros((x.shape[1], wh.shape[0]))]
        for t in range(x.shape[0]):
            outputs.append(self.gru_cell(projected[t], self.matmul(outputs[-1], wh), outputs[-1]))
        return self.stack(outputs[1:])


def adam(o, parameters, means, squares, step, gradients, rate):
    """Adam as Keras writes it, on lists of arrays: new parameters, means and squares. `step` counts from 1."""
    scale = rate * o.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients)]
    squares = [0.999 * v + 0.001 * g * g for v, g in zip(squares, gradients)]
    parameters = [p - scale * m / (o.sqrt(v) + 1e-7) for p, m, v in zip(parameters, means, squares)]
    return parameters, means, squares


def update(o, optimizer, rate, parameters, moments, gradients):
    """Functional update; `moments` is () for SGD, (means, squares, step) for Adam."""
    if optimizer == "sgd":
        return [p - rate * g for p, g in zip(parameters, gradients)], ()
    means, squares, step = moments
    step = step + 1
    parameters, means, squares = adam(o, parameters, means, squares, step, gradients, rate)
    return parameters, (means, squares, step)
