"""TensorFlow: tf.function(jit_compile=True), which is XLA."""

import tensorflow as tf
from ops import Absent, Ops, adam


class TensorFlow(Ops):
    operations = dict(
        exp=tf.exp,
        log=tf.math.log,
        sqrt=tf.sqrt,
        rsqrt=tf.math.rsqrt,
        tanh=tf.tanh,
        erf=tf.math.erf,
        sigmoid=tf.sigmoid,
        relu=tf.nn.relu,
        gelu=lambda x: tf.nn.gelu(x, approximate=False),
        softmax=tf.nn.softmax,
        log_softmax=tf.nn.log_softmax,
        batch_norm=lambda x, gain, bias: tf.compat.v1.nn.fused_batch_norm(x, gain, bias, epsilon=1e-5)[0],
        cross_entropy=lambda x, labels: tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=x)
        ),
        sum=tf.reduce_sum,
        mean=tf.reduce_mean,
        argmin=tf.argmin,
        running_sums=lambda x: tf.cumsum(x, 0),
        stack=tf.stack,
        join=lambda parts: tf.concat(parts, 0),
        beside=lambda *parts: tf.concat(parts, 1),
        solve=lambda a, b: tf.linalg.solve(a, b[:, None])[:, 0],
        transpose=tf.transpose,
        permute=tf.transpose,
        swap=tf.linalg.matrix_transpose,
        reshape=tf.reshape,
        take=tf.gather,
        sum_rows=tf.math.unsorted_segment_sum,
        pad_one=lambda x: tf.pad(x, [[1, 1], [1, 1]]),
        pad_axis=lambda x, axis, low, high: tf.pad(x, [[low, high] if i == axis else [0, 0] for i in range(len(x.shape))]),
        to_float=lambda x: tf.cast(x, tf.float32),
        eye=tf.eye,
        zeros=tf.zeros,
        full=lambda shape, value: tf.fill(shape, float(value)),
    )

    def __init__(self, threads):
        super().__init__(threads)
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)

    def versions(self):
        return f"TensorFlow {tf.__version__}"

    def array(self, values):
        return tf.constant(values)

    def numpy(self, array):
        return array.numpy()

    def wait(self, result):
        for array in result if isinstance(result, tuple) else (result,):
            memoryview(array)  # Waits, and shares the memory: array.numpy() would copy it.

    def matmul(self, x, y):
        return tf.linalg.matvec(x, y) if len(y.shape) == 1 else tf.matmul(x, y)

    def compile(self, f):
        return tf.function(f, jit_compile=True)

    def compile_gradient(self, loss):
        @tf.function(jit_compile=True)
        def gradient(x, *others):
            with tf.GradientTape() as tape:
                tape.watch(x)
                value = loss(x, *others)
            return tf.convert_to_tensor(tape.gradient(value, x))

        return gradient

    def trainer(self, loss, parameters, optimizer, rate):
        make = lambda values: [tf.Variable(value) for value in values]
        parameters = make(parameters)
        means, squares, count = make(map(tf.zeros_like, parameters)), make(map(tf.zeros_like, parameters)), tf.Variable(0.0)

        @tf.function(jit_compile=True)
        def step(*batch):
            with tf.GradientTape() as tape:
                value = loss(parameters, *batch)
            gradients = list(map(tf.convert_to_tensor, tape.gradient(value, parameters)))
            if optimizer == "sgd":
                for p, g in zip(parameters, gradients):
                    p.assign_sub(rate * g)
            else:
                count.assign_add(1)
                new = adam(self, parameters, means, squares, count.read_value(), gradients, rate)
                for variables, updates in zip((parameters, means, squares), new):
                    for variable, updated in zip(variables, updates):
                        variable.assign(updated)
            return value

        return step

    def training_loop(self, loss, parameters, rate, xs, ys):
        variables = [tf.Variable(p) for p in parameters]

        @tf.function(jit_compile=True)
        def epoch(xs, ys):
            def body(i, value, *parameters):
                with tf.GradientTape() as tape:
                    tape.watch(parameters)
                    value = loss(parameters, xs[i][None], ys[i][None])
                gradients = tape.gradient(value, parameters)
                return i + 1, value, *[p - rate * g for p, g in zip(parameters, gradients)]

            n = xs.shape[0]
            start = (tf.constant(0), tf.constant(0.0), *[v.read_value() for v in variables])
            _, value, *parameters = tf.while_loop(lambda i, *_: i < n, body, start, maximum_iterations=n)
            for variable, p in zip(variables, parameters):
                variable.assign(p)
            return value

        return lambda: epoch(xs, ys)

    def compile_loop(self, body, steps):
        return tf.function(
            lambda x: tf.while_loop(lambda i, x: i < steps, lambda i, x: (i + 1, body(x)), (tf.constant(0), x))[1],
            jit_compile=True,
        )

    def compile_scan(self, step, start):
        scan = lambda xs: tf.scan(lambda last, x: step(last[0], x), xs, (start(), tf.zeros(())))[1]
        return tf.function(scan, jit_compile=True)

    def with_normals(self, f, count, x):
        state = tf.Variable([7, 0])

        @tf.function(jit_compile=True)
        def price(x):
            state.assign_add([0, 1])
            return f(tf.random.stateless_normal((count,), state), x)

        return lambda: price(x)

    def variables_updater(self, count, x):
        variables = [tf.Variable(tf.zeros_like(x)) for _ in range(count)]

        @tf.function(jit_compile=True)
        def add(x):
            for variable in variables:
                variable.assign_add(x)
            return variables[-1].read_value()

        return lambda: add(x)

    def means_of_groups(self, points, ids, count):
        sums = tf.math.unsorted_segment_sum(points, ids, count)
        counts = tf.math.unsorted_segment_sum(tf.ones(points.shape[0]), ids, count)
        return sums / tf.maximum(counts, 1)[:, None]

    # Channels first are refused by TensorFlow's own kernels on CPUs, and compiled by XLA.

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        layout = "NCHW" if channels_first else "NHWC"
        border, none = [filters.shape[0] // 2 * dilation] * 2, [0, 0]
        padding = [none, none, border, border] if channels_first else [none, border, border, none]
        options = {"padding": padding, "data_format": layout, "dilations": dilation}
        if filters.shape[2] == 1 < x.shape[1 if channels_first else 3] == filters.shape[3]:
            options["dilations"] = (dilation, dilation)
            strides = (1, 1, stride, stride) if channels_first else (1, stride, stride, 1)
            return tf.nn.depthwise_conv2d(x, tf.transpose(filters, (0, 1, 3, 2)), strides, **options)
        return tf.nn.conv2d(x, filters, stride, **options)

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        return tf.nn.max_pool2d(x, window, stride, "VALID", "NCHW" if channels_first else "NHWC")

    def lstm(self, x, wx, wh, b):
        zero = tf.zeros((x.shape[1], wh.shape[0]))
        projected = tf.tensordot(x, wx, 1) + b
        cell = lambda state, now: self.lstm_cell(now + tf.matmul(state[0], wh), state[1])
        return tf.scan(cell, projected, (zero, zero))[0][-1]

    def gru(self, x, wx, wh, b):
        zero = tf.zeros((x.shape[1], wh.shape[0]))
        projected = tf.tensordot(x, wx, 1) + b
        return tf.scan(lambda h, now: self.gru_cell(now, tf.matmul(h, wh), h), projected, zero)


PEER = TensorFlow
