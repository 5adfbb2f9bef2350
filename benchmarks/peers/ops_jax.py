"""JAX: jax.jit on XLA for CPUs."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from ops import Ops, update


class Jax(Ops):
    # XLA makes a thread for each CPU that the process may use.

    operations = dict(
        exp=jnp.exp,
        log=jnp.log,
        sqrt=jnp.sqrt,
        rsqrt=jax.lax.rsqrt,
        tanh=jnp.tanh,
        erf=jax.lax.erf,
        sigmoid=jax.nn.sigmoid,
        relu=jax.nn.relu,
        gelu=lambda x: jax.nn.gelu(x, approximate=False),
        softmax=jax.nn.softmax,
        log_softmax=jax.nn.log_softmax,
        sum=lambda x, axis=None, keepdims=False: jnp.sum(x, axis, keepdims=keepdims),
        mean=lambda x, axis=None, keepdims=False: jnp.mean(x, axis, keepdims=keepdims),
        argmin=jnp.argmin,
        running_sums=lambda x: jnp.cumsum(x, 0),
        beside=lambda *parts: jnp.concatenate(parts, 1),
        matmul=jnp.matmul,
        solve=jnp.linalg.solve,
        transpose=jnp.transpose,
        permute=jnp.transpose,
        swap=lambda x: jnp.swapaxes(x, -1, -2),
        reshape=jnp.reshape,
        take=lambda table, ids: jnp.take(table, ids, axis=0, mode="clip"),
        sum_rows=jax.ops.segment_sum,
        pad_one=lambda x: jnp.pad(x, 1),
        pad_axis=lambda x, axis, low, high: jnp.pad(x, [(low, high) if i == axis else (0, 0) for i in range(x.ndim)]),
        stack=jnp.stack,
        join=jnp.concatenate,
        to_float=lambda x: x.astype(jnp.float32),
        eye=jnp.eye,
        zeros=jnp.zeros,
        full=lambda shape, value: jnp.full(shape, value, jnp.float32),
    )

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.plans = None

    def watch_plans(self):
        self.plans = []

    def planned_bytes(self):
        plan = self.plans[-1]
        return plan.temp_size_in_bytes + plan.output_size_in_bytes - plan.alias_size_in_bytes

    def jit(self, f, **options):
        jitted = jax.jit(f, **options)
        if self.plans is None:
            return jitted

        def call(*arguments):
            self.plans.append(jitted.lower(*arguments).compile().memory_analysis())
            return jitted(*arguments)

        return call

    def versions(self):
        return f"JAX {jax.__version__}"

    def expect(self, dtypes):
        # Without it f64 becomes f32; with it constants of f32 workloads would become f64.
        jax.config.update("jax_enable_x64", np.dtype(np.float64) in dtypes)

    def array(self, values):
        return jnp.asarray(values)

    def numpy(self, array):
        return np.asarray(array)

    def wait(self, result):
        jax.block_until_ready(result)

    def compile(self, f):
        return self.jit(f)

    def compile_gradient(self, loss):
        return self.jit(jax.grad(loss))

    def trainer(self, loss, parameters, optimizer, rate):
        # Copies: the step donates its state.
        parameters = [jnp.array(p) for p in parameters]
        moments = ()
        if optimizer == "adam":
            moments = ([jnp.zeros_like(p) for p in parameters], [jnp.zeros_like(p) for p in parameters], jnp.float32(0))

        @functools.partial(self.jit, donate_argnums=(0, 1))
        def train_step(parameters, moments, *batch):
            value, gradients = jax.value_and_grad(loss)(parameters, *batch)
            parameters, moments = update(self, optimizer, rate, parameters, moments, gradients)
            return value, parameters, moments

        state = [parameters, moments]

        def step(*batch):
            value, *state[:] = train_step(*state, *batch)
            return value

        return step

    def training_loop(self, loss, parameters, rate, xs, ys):
        @functools.partial(self.jit, donate_argnums=0)
        def epoch(parameters, xs, ys):
            def body(i, state):
                parameters, _ = state
                x, y = xs[i][None], ys[i][None]
                value, gradients = jax.value_and_grad(loss)(parameters, x, y)
                return [p - rate * g for p, g in zip(parameters, gradients)], value

            return jax.lax.fori_loop(0, xs.shape[0], body, (parameters, jnp.float32(0)))

        state = [[jnp.array(p) for p in parameters]]

        def step():
            state[0], value = epoch(state[0], xs, ys)
            return value

        return step

    def compile_loop(self, body, steps):
        return self.jit(lambda x: jax.lax.fori_loop(0, steps, lambda _, x: body(x), x))

    def compile_scan(self, step, start):
        return self.jit(lambda xs: jax.lax.scan(step, start(), xs)[1])

    def with_normals(self, f, count, x):
        @self.jit
        def draw(key, x):
            key, used = jax.random.split(key)
            return key, f(jax.random.normal(used, (count,)), x)

        key = [jax.random.key(7)]

        def step():
            key[0], result = draw(key[0], x)
            return result

        return step

    def variables_updater(self, count, x):
        @functools.partial(self.jit, donate_argnums=0)
        def add(variables, x):
            return [v + x for v in variables]

        state = [[jnp.zeros_like(x) for _ in range(count)]]

        def step():
            state[0] = add(state[0], x)
            return state[0][-1]

        return step

    def cross_entropy(self, x, labels):
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], 1))

    def means_of_groups(self, points, ids, count):
        sums = jax.ops.segment_sum(points, ids, count)
        counts = jax.ops.segment_sum(jnp.ones(points.shape[0]), ids, count)
        return sums / jnp.maximum(counts, 1)[:, None]

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        layout = "NCHW" if channels_first else "NHWC"
        border = filters.shape[0] // 2 * dilation
        return jax.lax.conv_general_dilated(
            x,
            filters,
            (stride, stride),
            [(border, border)] * 2,
            rhs_dilation=(dilation, dilation),
            dimension_numbers=(layout, "HWIO", layout),
            feature_group_count=x.shape[1 if channels_first else 3] // filters.shape[2],
        )

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        axes = lambda n: (1, 1, n, n) if channels_first else (1, n, n, 1)
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, axes(window), axes(stride), "VALID")

    def lstm(self, x, wx, wh, b):
        def cell(state, now):
            h, c = state
            return self.lstm_cell(now + h @ wh, c), None

        zero = jnp.zeros((x.shape[1], wh.shape[0]))
        (h, _), _ = jax.lax.scan(cell, (zero, zero), x @ wx + b)
        return h

    def gru(self, x, wx, wh, b):
        def cell(h, now):
            h = self.gru_cell(now, h @ wh, h)
            return h, h

        return jax.lax.scan(cell, jnp.zeros((x.shape[1], wh.shape[0])), x @ wx + b)[1]


PEER = Jax
