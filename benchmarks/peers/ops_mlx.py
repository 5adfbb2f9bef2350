"""MLX on the CPU: mx.compile."""

import math

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from ops import Absent, Ops, update


class Mlx(Ops):
    operations = dict(
        exp=mx.exp,
        log=mx.log,
        # Of a number in the update of Adam.
        sqrt=lambda x: mx.sqrt(x),
        rsqrt=mx.rsqrt,
        tanh=mx.tanh,
        erf=mx.erf,
        sigmoid=mx.sigmoid,
        relu=lambda x: mx.maximum(x, 0),
        softmax=lambda x: mx.softmax(x, axis=-1),
        log_softmax=lambda x: x - mx.logsumexp(x, axis=-1, keepdims=True),
        rms_norm=lambda x, gain: mx.fast.rms_norm(x, gain, 1e-5),
        layer_norm=lambda x, gain, bias: mx.fast.layer_norm(x, gain, bias, 1e-5),
        attention=lambda q, k, v, size: mx.fast.scaled_dot_product_attention(q, k, v, scale=1 / math.sqrt(size)),
        sum=mx.sum,
        mean=lambda x, axis=None, keepdims=False: mx.mean(x, axis, keepdims=keepdims),
        argmin=lambda x, axis: mx.argmin(x, axis=axis),
        running_sums=lambda x: mx.cumsum(x, axis=0),
        stack=mx.stack,
        join=mx.concatenate,
        beside=lambda *parts: mx.concatenate(parts, axis=1),
        matmul=mx.matmul,
        solve=lambda a, b: mx.linalg.solve(a, b),
        transpose=lambda x: mx.contiguous(x.T),
        permute=lambda x, axes: mx.transpose(x, axes),
        swap=lambda x: mx.swapaxes(x, -1, -2),
        reshape=mx.reshape,
        take=lambda table, ids: mx.take(table, ids, axis=0),
        sum_rows=lambda x, ids, count: mx.zeros((count, x.shape[1])).at[ids].add(x),
        pad_one=lambda x: mx.pad(x, 1),
        pad_axis=lambda x, axis, low, high: mx.pad(x, [(low, high) if i == axis else (0, 0) for i in range(x.ndim)]),
        to_float=lambda x: x.astype(mx.float32),
        eye=mx.eye,
        zeros=mx.zeros,
        full=lambda shape, value: mx.full(shape, float(value)),
    )

    def __init__(self, threads):
        super().__init__(threads)
        mx.set_default_device(mx.cpu)

    def versions(self):
        return f"MLX {mx.__version__ if hasattr(mx, '__version__') else ''}".strip()

    def array(self, values):
        return mx.array(values, mx.float64) if values.dtype == np.float64 else mx.array(values)

    def numpy(self, array):
        return np.array(array)

    def wait(self, result):
        mx.eval(result)

    def compile(self, f):
        return mx.compile(f)

    def eager(self, f):
        # Nothing runs before it is asked for: wait() does.
        return f

    def compile_gradient(self, loss):
        return mx.compile(mx.grad(loss))

    def trainer(self, loss, parameters, optimizer, rate):
        parameters = list(parameters)
        moments = ()
        if optimizer == "adam":
            moments = ([mx.zeros_like(p) for p in parameters], [mx.zeros_like(p) for p in parameters], mx.array(0.0))

        @mx.compile
        def train_step(parameters, moments, *batch):
            value, gradients = mx.value_and_grad(loss)(parameters, *batch)
            parameters, moments = update(self, optimizer, rate, parameters, moments, gradients)
            return value, parameters, moments

        state = [parameters, moments]

        def step(*batch):
            value, *state[:] = train_step(*state, *batch)
            mx.eval(value, state)
            return value

        return step

    def training_loop(self, loss, parameters, rate, xs, ys):
        raise Absent("no compiled loops")

    def with_normals(self, f, count, x):
        price = mx.compile(f)
        return lambda: price(mx.random.normal((count,)), x)

    def variables_updater(self, count, x):
        add = mx.compile(lambda variables, x: [v + x for v in variables])
        state = [[mx.zeros_like(x) for _ in range(count)]]

        def step():
            state[0] = add(state[0], x)
            mx.eval(state[0])
            return state[0][-1]

        return step

    def cross_entropy(self, x, labels):
        picked = mx.squeeze(mx.take_along_axis(x, labels[:, None], axis=1), 1)
        return mx.mean(mx.logsumexp(x, axis=1) - picked)

    picture_layout = "NHWC"
    filter_layouts = dict(NHWC="OHWI")

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        groups, border = x.shape[3] // filters.shape[3], filters.shape[1] // 2 * dilation
        return mx.conv2d(x, filters, stride, border, dilation, groups)

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        return nn.MaxPool2d(window, stride)(x)

    def means_of_groups(self, points, ids, count):
        sums = mx.zeros((count, points.shape[1])).at[ids].add(points)
        counts = mx.zeros((count,)).at[ids].add(mx.ones((points.shape[0],)))
        return sums / mx.maximum(counts, 1)[:, None]


PEER = Mlx
