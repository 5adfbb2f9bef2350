"""NumPy (with SciPy's erf): operation by operation."""

import numpy as np
import scipy
import scipy.special
from ops import Ops


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
        sum=np.sum,
        mean=lambda x, axis=None, keepdims=False: np.mean(x, axis, keepdims=keepdims),
        argmin=np.argmin,
        running_sums=lambda x: np.cumsum(x, 0),
        stack=np.stack,
        join=np.concatenate,
        beside=lambda x, y: np.concatenate((x, y), 1),
        matmul=np.matmul,
        solve=np.linalg.solve,
        transpose=lambda x: np.ascontiguousarray(x.T),
        permute=np.transpose,
        swap=lambda x: np.swapaxes(x, -1, -2),
        reshape=np.reshape,
        take=lambda table, ids: table[ids],
        pad_one=lambda x: np.pad(x, 1),
        to_float=lambda x: x.astype(np.float32),
        eye=lambda n: np.eye(n, dtype=np.float32),
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

    def means_of_groups(self, points, ids, count):
        one_hot = (ids[:, None] == np.arange(count)).astype(np.float32)
        return one_hot.T @ points / np.maximum(np.sum(one_hot, 0), 1)[:, None]


PEER = NumPy
