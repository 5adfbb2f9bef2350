"""NumPy, and SciPy where it has the operation: operation by operation."""

import numpy as np
import scipy
import scipy.signal
import scipy.sparse
import scipy.special
from ops import Absent, Ops


class NumPy(Ops):
    # OpenBLAS reads OPENBLAS_NUM_THREADS, which the comparison sets.

    operations = dict(
        exp=np.exp,
        log=np.log,
        sqrt=np.sqrt,
        rsqrt=lambda x: 1 / np.sqrt(x),
        tanh=np.tanh,
        erf=scipy.special.erf,
        sigmoid=scipy.special.expit,
        relu=lambda x: np.maximum(x, np.float32(0)),
        sum=lambda x, axis=None, keepdims=False: np.sum(x, axis, keepdims=keepdims),
        mean=lambda x, axis=None, keepdims=False: np.mean(x, axis, keepdims=keepdims),
        argmin=np.argmin,
        running_sums=lambda x: np.cumsum(x, 0),
        stack=np.stack,
        join=np.concatenate,
        beside=lambda *parts: np.concatenate(parts, 1),
        matmul=np.matmul,
        solve=np.linalg.solve,
        transpose=lambda x: np.ascontiguousarray(x.T),
        permute=np.transpose,
        swap=lambda x: np.swapaxes(x, -1, -2),
        reshape=np.reshape,
        take=lambda table, ids: table[ids],
        pad_one=lambda x: np.pad(x, 1),
        pad_axis=lambda x, axis, low, high: np.pad(x, [(low, high) if i == axis else (0, 0) for i in range(x.ndim)]),
        to_float=lambda x: x.astype(np.float32),
        eye=lambda n: np.eye(n, dtype=np.float32),
        zeros=lambda shape: np.zeros(shape, np.float32),
        full=lambda shape, value: np.full(shape, value, np.float32),
    )

    def versions(self):
        return f"NumPy {np.__version__}, SciPy {scipy.__version__}"

    def array(self, values):
        return values

    def numpy(self, array):
        return np.asarray(array)

    def run(self, task, steps):
        for _ in range(steps):
            result = None
            result = task.step()
        return result

    def with_normals(self, f, count, x):
        generator = np.random.default_rng(7)
        return lambda: f(generator.standard_normal(count, np.float32), x)

    def softmax(self, x):
        e = np.exp(x - np.max(x, -1, keepdims=True))
        e /= np.sum(e, -1, keepdims=True)
        return e

    def cross_entropy(self, x, labels):
        shifted = x - np.max(x, -1, keepdims=True)
        picked = shifted[np.arange(x.shape[0]), labels]
        return np.mean(np.log(np.sum(np.exp(shifted), -1)) - picked)

    def sum_rows(self, x, ids, count):
        # A product with a sparse matrix of ones: a tenth of the time of np.add.at.
        ones = np.ones(len(ids), x.dtype)
        return scipy.sparse.csc_array((ones, ids, np.arange(len(ids) + 1)), shape=(count, len(ids))) @ x

    def biquad(self, ahead, back):
        ahead, back = np.asarray(ahead, np.float32), np.asarray((1, *back), np.float32)
        return lambda samples: scipy.signal.lfilter(ahead, back, samples)

    def fir(self, taps):
        return self.biquad(taps, ())

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        raise Absent("no convolution of many channels")

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        rows = 2 if channels_first else 1
        height, width = ((n - window) // stride + 1 for n in x.shape[rows : rows + 2])
        result = None
        for i in range(window):
            for k in range(window):
                spot = (slice(i, i + stride * height, stride), slice(k, k + stride * width, stride))
                part = x[(slice(None),) * rows + spot]
                result = part.copy() if result is None else np.maximum(result, part, out=result)
        return result

    def means_of_groups(self, points, ids, count):
        one_hot = (ids[:, None] == np.arange(count)).astype(np.float32)
        return one_hot.T @ points / np.maximum(np.sum(one_hot, 0), 1)[:, None]


PEER = NumPy
