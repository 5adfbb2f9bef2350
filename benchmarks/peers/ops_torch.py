"""PyTorch: eagerly, and through torch.compile."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from ops import Absent, Ops


class Torch(Ops):
    operations = dict(
        exp=torch.exp,
        log=torch.log,
        sqrt=torch.sqrt,
        rsqrt=torch.rsqrt,
        tanh=torch.tanh,
        erf=torch.erf,
        sigmoid=torch.sigmoid,
        relu=torch.relu,
        gelu=F.gelu,
        softmax=lambda x: torch.softmax(x, -1),
        log_softmax=lambda x: torch.log_softmax(x, -1),
        rms_norm=lambda x, gain: F.rms_norm(x, x.shape[-1:], gain, 1e-5),
        layer_norm=lambda x, gain, bias: F.layer_norm(x, x.shape[-1:], gain, bias),
        cross_entropy=lambda x, labels: F.cross_entropy(x, labels.long()),
        attention=lambda q, k, v, size: F.scaled_dot_product_attention(q, k, v),
        argmin=torch.argmin,
        running_sums=lambda x: torch.cumsum(x, 0),
        stack=torch.stack,
        join=torch.cat,
        beside=lambda *parts: torch.cat(parts, 1),
        matmul=torch.matmul,
        solve=torch.linalg.solve,
        transpose=lambda x: x.T.contiguous(),
        permute=torch.permute,
        swap=lambda x: x.mT,
        reshape=torch.reshape,
        take=lambda table, ids: F.embedding(ids, table),
        sum_rows=lambda x, ids, count: x.new_zeros(count, x.shape[1]).index_add(0, ids, x),
        pad_one=lambda x: F.pad(x, (1, 1, 1, 1)),
        pad_axis=lambda x, axis, low, high: F.pad(x, (0, 0) * (x.dim() - 1 - axis) + (low, high)),
        to_float=lambda x: x.float(),
        eye=torch.eye,
        zeros=torch.zeros,
        full=lambda shape, value: torch.full(shape, float(value)),
    )

    def __init__(self, threads):
        super().__init__(threads)
        torch.set_num_threads(threads)

    def versions(self):
        return f"PyTorch {torch.__version__}"

    def array(self, values):
        return torch.from_numpy(np.ascontiguousarray(values))

    def numpy(self, array):
        return array.detach().numpy()

    def constant(self, array):
        return array

    def run(self, task, steps):
        for _ in range(steps):
            result = None
            result = task.step()
        return result

    def compile(self, f):
        return torch.inference_mode()(f)

    def _compile_training(self, f):
        return f

    def compile_gradient(self, loss):
        loss = self._compile_training(loss)

        def gradient(x, *others):
            x = x.detach().requires_grad_()
            return torch.autograd.grad(loss(x, *others), x)[0]

        return gradient

    def trainer(self, loss, parameters, optimizer, rate):
        parameters = [p.clone().requires_grad_() for p in parameters]
        if optimizer == "adam":
            update = torch.optim.Adam(parameters, rate, fused=True)
        else:
            update = torch.optim.SGD(parameters, rate, foreach=True)
        loss = self._compile_training(loss)
        steps = 0

        def step(*batch):
            nonlocal steps
            steps += 1
            if optimizer == "adam":
                # torch corrects the bias of the squares before it adds epsilon, Keras after.
                update.param_groups[0]["eps"] = 1e-7 / math.sqrt(1 - 0.999**steps)
            update.zero_grad()
            value = loss(parameters, *batch)
            value.backward()
            update.step()
            return value

        return step

    def training_loop(self, loss, parameters, rate, xs, ys):
        raise Absent("no compiled loops with gradients")

    def with_normals(self, f, count, x):
        price = self.compile(lambda x: f(torch.randn(count), x))
        return lambda: price(x)

    def variables_updater(self, count, x):
        variables = [torch.zeros_like(x) for _ in range(count)]

        def step():
            torch._foreach_add_(variables, [x] * count)
            return variables[-1]

        return step

    def sum(self, x, axis=None, keepdims=False):
        return torch.sum(x) if axis is None else torch.sum(x, axis, keepdims)

    def mean(self, x, axis=None, keepdims=False):
        return torch.mean(x) if axis is None else torch.mean(x, axis, keepdims)

    def means_of_groups(self, points, ids, count):
        sums = torch.zeros(count, points.shape[1]).index_add_(0, ids, points)
        counts = torch.zeros(count).index_add_(0, ids, torch.ones(points.shape[0]))
        return sums / counts.clamp(min=1)[:, None]

    # NHWC is torch's channels_last: the same elements, seen as NCHW; filters beside it lie in the same order.
    filter_layouts = dict(NHWC="OHWI", NCHW="OIHW")

    @staticmethod
    def _image(x, channels_first=False):
        return x if channels_first else x.permute(0, 3, 1, 2)

    @staticmethod
    def _from_image(x, channels_first):
        return x if channels_first else x.permute(0, 2, 3, 1)

    @staticmethod
    def _window(filters, channels, stride, dilation):
        """`filters`: their shape as OIHW."""
        padding = filters[2] // 2 * dilation
        return {"stride": stride, "padding": padding, "dilation": dilation, "groups": channels // filters[1]}

    def batch_norm(self, x, gain, bias):
        return F.batch_norm(self._image(x), None, None, gain, bias, training=True, eps=1e-5).permute(0, 2, 3, 1)

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        image, f = self._image(x, channels_first), self._image(filters, channels_first)
        window = self._window(f.shape, image.shape[1], stride, dilation)
        return self._from_image(F.conv2d(image, f, **window), channels_first)

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        return self._from_image(F.max_pool2d(self._image(x, channels_first), window, stride), channels_first)

    def conv2d_data_gradient(self, shape, stride=1, dilation=1, channels_first=False):
        def gradient(x, filters, dy):
            image, f, g = (self._image(array, channels_first) for array in (x, filters, dy))
            window = self._window(f.shape, image.shape[1], stride, dilation)
            return self._from_image(torch.nn.grad.conv2d_input(image.shape, f, g, **window), channels_first)

        return self.compile(gradient)

    def conv2d_filter_gradient(self, shape, stride=1, dilation=1, channels_first=False):
        def gradient(filters, x, dy):
            image, f, g = (self._image(array, channels_first) for array in (x, filters, dy))
            window = self._window(f.shape, image.shape[1], stride, dilation)
            return self._from_image(torch.nn.grad.conv2d_weight(image, f.shape, g, **window), channels_first)

        return self.compile(gradient)

    def reverse(self, x):
        return torch.flip(x, (0,))

    def lstm(self, x, wx, wh, b):
        # torch's own kernel takes the weights transposed and two biases.
        zero = x.new_zeros(1, x.shape[1], wh.shape[0])
        weights = [wx.T, wh.T, b, torch.zeros_like(b)]
        _, h, _ = torch.lstm(x, (zero, zero), weights, True, 1, 0.0, True, False, False)
        return h[0]

    def gru(self, x, wx, wh, b):
        zero = x.new_zeros(1, x.shape[1], wh.shape[0])
        return torch.gru(x, zero, [wx.T, wh.T, b, torch.zeros_like(b)], True, 1, 0.0, True, False, False)[0]


class Frozen(torch.nn.Module):
    """A function of inputs and of weights that never change: torch.compile lays those out where they belong to a module."""

    def __init__(self, f, weights):
        super().__init__()
        self.f = f
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(w, requires_grad=False) for w in weights])

    def forward(self, *inputs):
        return self.f(*inputs, *self.weights)


class TorchCompiled(Torch):
    def compile(self, f):
        return torch.inference_mode()(torch.compile(f, dynamic=False))

    def infer(self, f, weights):
        return torch.inference_mode()(torch.compile(Frozen(f, weights).eval(), dynamic=False, options={"freezing": True}))

    def _compile_training(self, f):
        return torch.compile(f, dynamic=False)

    def eager(self, f):
        raise Absent("the eager rows are torch's own")

    # torch's kernels have no derivative here: loops, which the compiler unrolls.
    lstm = Ops.lstm
    gru = Ops.gru

    def variables_updater(self, count, x):
        variables = [torch.zeros_like(x) for _ in range(count)]

        def add(x):
            for variable in variables:
                variable.add_(x)

        compiled = self.compile(add)

        def step():
            compiled(x)
            return variables[-1]

        return step


PEER = Torch
