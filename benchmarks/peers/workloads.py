"""The workloads for the peers: each computation once, on the operations that every peer offers (ops_*.py).

A function is named as the `kind` of a workload in benchmarks/workloads/*.cpp and computes the same. It gets the
operations `o`, the sizes of the workload and its inputs as arrays of the peer, and returns a `Task`.
"""

import math

from ops import turned


class Task:
    """What is run: `step()` returns an array or a tuple of arrays. `read`: what they are compared as, in NumPy."""

    def __init__(self, step, read=lambda array: array):
        self.step, self.read = step, read


def pure(body):
    """A workload that computes its results from its inputs: body(o, *inputs)."""

    def make(o, sizes, *inputs):
        f = o.compile(lambda *arrays: body(o, *arrays))
        return Task(lambda: f(*inputs))

    return make


# ------------------------------------------------------------------------------------------------- elementwise, rows

chain = pure(lambda o, x: o.relu(2 * x + 1))
tanh_sigmoid = pure(lambda o, x: o.tanh(x) * o.sigmoid(x))
gelu = pure(lambda o, x: o.gelu(x))
softmax = pure(lambda o, x: o.softmax(x))
layer_norm = pure(lambda o, x, gain, bias: o.layer_norm(x, gain, bias))
log_softmax = pure(lambda o, x: o.log_softmax(x))
rms_norm = pure(lambda o, x, gain: o.rms_norm(x, gain))
batch_norm = pure(lambda o, x, gain, bias: o.batch_norm(x, gain, bias))
cross_entropy = pure(lambda o, x, labels: o.cross_entropy(x, labels))
sum = pure(lambda o, x: o.sum(x))
transpose = pure(lambda o, x: o.transpose(x))
running_sums = pure(lambda o, x: o.running_sums(x))
beside = pure(lambda o, x, y: o.beside(x, y))
smallest = pure(lambda o, x: o.to_float(o.argmin(x, 1)))
scaled_columns = pure(lambda o, x, scale, shift: x * scale + shift)
embedding_mean = pure(lambda o, table, ids: o.mean(o.take(table, ids), 1))


def gradient_of_first(loss):
    def make(o, sizes, x, *others):
        f = o.compile_gradient(lambda x, *others: loss(o, x, *others))
        return Task(lambda: f(x, *others))

    return make


cross_entropy_gradient = gradient_of_first(lambda o, x, labels: o.cross_entropy(x, labels))


batch_norm_gradient = gradient_of_first(lambda o, x, gain, bias, dy: o.sum(o.batch_norm(x, gain, bias) * dy))


def _half_square_of_mean(o, table, ids):
    mean = o.mean(o.take(table, ids), 1)
    return o.sum(mean * mean) * 0.5


embedding_mean_gradient = gradient_of_first(_half_square_of_mean)


def _messages_loss(o, weights, nodes, sources, targets):
    hidden = o.relu(o.matmul(nodes, weights))
    heard = o.sum_rows(o.take(hidden, sources), targets, nodes.shape[0])
    return o.mean(heard * heard)


graph_convolution_gradient = gradient_of_first(_messages_loss)


def segment_sum(o, sizes, x, ids):
    f = o.compile(lambda x, ids: o.sum_rows(x, ids, sizes["segments"]))
    return Task(lambda: f(x, ids))


# --------------------------------------------------------------------------------------------------------- products

gemm = pure(lambda o, x, y: o.matmul(x, y))
gemm_tn = pure(lambda o, x, y: o.matmul(o.swap(x), y))
gemm_nt = pure(lambda o, x, y: o.matmul(x, o.swap(y)))
dense = pure(lambda o, x, w, b: o.relu(o.matmul(x, w) + b))

# ----------------------------------------------------------------------------------------------------- convolutions

class Windows:
    """Pictures and filters as a peer's kernels take them: turned outside of what is timed, and back to be compared."""

    def __init__(self, o, sizes={}):
        self.o = o
        self.given = "NCHW" if sizes.get("channels_first") else "NHWC"
        self.taken = o.picture_layout or self.given
        self.filter_layout = o.filter_layouts[self.taken]
        self.options = {**sizes, "channels_first": self.taken == "NCHW"}

    def picture(self, x):
        return self.o.turned(x, self.given, self.taken)

    def filters(self, w):
        return self.o.turned(w, "HWIO", self.filter_layout)

    def read_picture(self, array):
        return turned(array, self.taken, self.given)

    def read_filters(self, array):
        return turned(array, self.filter_layout, "HWIO")


def conv(o, sizes, x, filters):
    w = Windows(o, sizes)
    x, filters = w.picture(x), w.filters(filters)
    f = o.infer(lambda x, filters: o.conv2d(x, filters, **w.options), (filters,))
    return Task(lambda: f(x), w.read_picture)


def conv_data_gradient(o, sizes, x, filters, dy):
    w = Windows(o, sizes)
    x, filters, dy = w.picture(x), w.filters(filters), w.picture(dy)
    f = o.conv2d_data_gradient(x.shape, **w.options)
    return Task(lambda: f(x, filters, dy), w.read_picture)


def conv_filter_gradient(o, sizes, filters, x, dy):
    w = Windows(o, sizes)
    x, filters, dy = w.picture(x), w.filters(filters), w.picture(dy)
    f = o.conv2d_filter_gradient(filters.shape, **w.options)
    return Task(lambda: f(filters, x, dy), w.read_filters)


def max_pool(o, sizes, x):
    w = Windows(o, sizes)
    x = w.picture(x)
    f = o.compile(lambda x: o.max_pool(x, **w.options))
    return Task(lambda: f(x), w.read_picture)


def max_pool_gradient(o, sizes, x, dy):
    w = Windows(o, sizes)
    x, dy = w.picture(x), w.picture(dy)
    f = o.compile_gradient(lambda x, dy: o.sum(o.max_pool(x, **w.options) * dy))
    return Task(lambda: f(x, dy), w.read_picture)


def _cnn_loss(o, sizes, p, x, labels):
    h = o.max_pool(o.relu(o.conv2d(x, p[0]) + p[1]))
    h = o.max_pool(o.relu(o.conv2d(h, p[2]) + p[3]))
    h = o.relu(o.matmul(o.reshape(h, (x.shape[0], -1)), p[4]) + p[5])
    return o.cross_entropy(o.matmul(h, p[6]) + p[7], labels)


# --------------------------------------------------------------------------------------------------------- training


def _seed_net_loss(o, p, x, y):
    h = o.relu(o.matmul(x, p[0]) + p[1])
    h = o.relu(o.matmul(h, p[2]) + p[3])
    error = o.matmul(h, p[4]) + p[5] - y
    return o.mean(error * error)


def seed_net(o, sizes, *inputs):
    parameters, (xs, ys) = inputs[:6], inputs[6:]
    step = o.trainer(lambda p, x, y: _seed_net_loss(o, p, x, y), parameters, "sgd", 0.01)
    samples = list(zip(o.rows(xs), o.rows(ys)))

    def epoch():
        for x, y in samples:
            loss = step(x, y)
        return loss

    return Task(epoch)


def seed_net_loop(o, sizes, *inputs):
    parameters, (xs, ys) = inputs[:6], inputs[6:]
    return Task(o.training_loop(lambda p, x, y: _seed_net_loss(o, p, x, y), parameters, 0.01, xs, ys))


def train(count, optimizer, rate, loss):
    """The first `count` inputs are parameters, the others the batch; the result is the loss before the update."""

    def make(o, sizes, *inputs):
        step = o.trainer(lambda p, *batch: loss(o, sizes, p, *batch), inputs[:count], optimizer, rate)
        return Task(lambda: step(*inputs[count:]))

    return make


def _mlp_loss(o, sizes, p, x, labels):
    h = o.relu(o.matmul(x, p[0]) + p[1])
    h = o.relu(o.matmul(h, p[2]) + p[3])
    return o.cross_entropy(o.matmul(h, p[4]) + p[5], labels)


def _lstm_loss(o, sizes, p, x, labels):
    return o.cross_entropy(o.matmul(o.lstm(x, p[0], p[1], p[2]), p[3]) + p[4], labels)


def _lstm_of_both_directions_loss(o, sizes, p, x, labels):
    forwards, backwards = o.lstm(x, p[0], p[1], p[2]), o.lstm(o.reverse(x), p[4], p[5], p[6])
    return o.cross_entropy(o.matmul(forwards, p[3]) + o.matmul(backwards, p[7]) + p[8], labels)


def _gru_sequence_loss(o, sizes, p, x, y):
    error = o.matmul(o.gru(x, p[0], p[1], p[2]), p[3]) - y
    return o.mean(error * error)


def _ensemble_loss(o, sizes, p, x, y):
    def loss(u, v, w):
        error = o.matmul(o.tanh(o.matmul(o.tanh(o.matmul(x, u)), v)), w) - y
        return o.mean(error * error)

    total = loss(*p[:3])
    for i in range(3, 3 * sizes["nets"], 3):
        total = total + loss(*p[i : i + 3])
    return total


def ensemble(o, sizes, *inputs):
    return train(3 * sizes["nets"], "sgd", 0.1, _ensemble_loss)(o, sizes, *inputs)


def cnn(o, sizes, w1, b1, w2, *others):
    filters = Windows(o).filters
    return train(8, "adam", 1e-4, _cnn_loss)(o, sizes, filters(w1), b1, filters(w2), *others)


mlp = train(6, "adam", 0.001, _mlp_loss)
lstm = train(5, "sgd", 0.1, _lstm_loss)
gru_sequence = train(4, "sgd", 0.1, _gru_sequence_loss)
lstm_of_both_directions = train(9, "sgd", 0.1, _lstm_of_both_directions_loss)

# ------------------------------------------------------------------------------------------------------ transformer


def attention(o, sizes, *inputs):
    f = o.compile(lambda q, k, v: o.attention(q, k, v, sizes["size"]))
    return Task(lambda: f(*inputs))


def attention_gradients(o, sizes, *inputs):
    f = o.compile_gradient(lambda x, g: o.sum(g * o.attention(x[0], x[1], x[2], sizes["size"])))
    return Task(lambda: f(*inputs))


def _block(o, heads, p, x):
    batch, length, d = x.shape
    qkv = o.reshape(o.matmul(o.layer_norm(x, p[0], p[1]), p[2]), (batch, length, 3, heads, d // heads))
    qkv = o.permute(qkv, (2, 0, 3, 1, 4))
    mixed = o.permute(o.attention(qkv[0], qkv[1], qkv[2], d // heads), (0, 2, 1, 3))
    y = x + o.matmul(o.reshape(mixed, (batch, length, d)), p[3])
    h = o.matmul(o.layer_norm(y, p[4], p[5]), p[6]) + p[7]
    return y + o.matmul(o.gelu(h), p[8]) + p[9]


def transformer(o, sizes, *inputs):
    f = o.infer(lambda x, *p: _block(o, sizes["heads"], p, x), inputs[:-1])
    return Task(lambda: f(inputs[-1]))


def _transformer_loss(o, sizes, p, x):
    y = _block(o, sizes["heads"], p, x)
    return o.mean(y * y)


transformer_training = train(10, "adam", 0.001, _transformer_loss)

# ---------------------------------------------------------------------------------------------------------- science

RATE, VOLATILITY = 0.05, 0.2


def _black_scholes(o, spot, strike, years):
    def cdf(x):
        return 0.5 * (1 + o.erf(x * 0.70710678))

    spread = VOLATILITY * o.sqrt(years)
    d1 = (o.log(spot / strike) + (RATE + 0.5 * VOLATILITY**2) * years) / spread
    d2 = d1 - spread
    paid = strike * o.exp(-RATE * years)
    call = spot * cdf(d1) - paid * cdf(d2)
    return call, call - spot + paid


black_scholes = pure(_black_scholes)


def _rotation(o, points, turns):
    def cross(x, y):
        def part(i, k):
            return x[:, i : i + 1] * y[:, k : k + 1] - x[:, k : k + 1] * y[:, i : i + 1]

        return o.beside(part(1, 2), part(2, 0), part(0, 1))

    u = turns[:, 0:3]
    twice = 2 * cross(u, points)
    return points + turns[:, 3:4] * twice + cross(u, twice)


rotation = pure(_rotation)


def _normals(o, heights):
    n = heights.shape[0]
    x = heights[1 : n - 1, 0 : n - 2] - heights[1 : n - 1, 2:n]
    y = heights[0 : n - 2, 1 : n - 1] - heights[2:n, 1 : n - 1]
    normal = o.stack((x, y, o.full((n - 2, n - 2), 2)), 2)
    return normal / o.sqrt(o.sum(normal * normal, 2, True))


normals = pure(_normals)


def monte_carlo(o, sizes, spot):
    def price(normal, spot):
        final = spot * o.exp(RATE - 0.5 * VOLATILITY**2 + VOLATILITY * normal)
        return o.mean(o.relu(final - 100)) * math.exp(-RATE)

    return Task(o.with_normals(price, sizes["paths"], spot))


def _heat_step(o, u):
    middle = u[1:-1, 1:-1]
    neighbours = u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:]
    return o.pad_one(middle + 0.1 * (neighbours - 4 * middle))


def heat(o, sizes, u):
    f = o.compile_loop(lambda u: _heat_step(o, u), sizes["steps"])
    return Task(lambda: f(u))


def _k_means(o, points, centres):
    distance = o.sum(centres * centres, 1) - 2 * o.matmul(points, o.swap(centres))
    return o.means_of_groups(points, o.argmin(distance, 1), centres.shape[0])


k_means = pure(_k_means)


def _newton(o, x, labels, w):
    p = o.sigmoid(o.matmul(x, w))
    gradient = o.matmul(o.swap(x), p - o.to_float(labels)) + w
    hessian = o.matmul(o.swap(x), x * (p * (1 - p))[:, None]) + o.eye(w.shape[0])
    return w - o.solve(hessian, gradient)


newton = pure(_newton)


def _n_body(o, positions, velocities, masses):
    apart = positions[:, None, :] - positions[:, :, None]
    inverse = o.rsqrt(o.sum(apart * apart, 0) + 1e-2)
    pull = masses * inverse * inverse * inverse
    moved = velocities + 1e-3 * o.sum(apart * pull, 2)
    return positions + 1e-3 * moved, moved


n_body = pure(_n_body)

# ------------------------------------------------------------------------------------------------------------ loops

STEP = 2e-4


def _lorenz_slope(o, s):
    x, y, z = s[0], s[1], s[2]
    return o.stack((10 * (y - x), x * (28 - z) - y, x * y - 2.6666667 * z))


def _lorenz_step(o, s):
    k1 = _lorenz_slope(o, s)
    k2 = _lorenz_slope(o, s + 0.5 * STEP * k1)
    k3 = _lorenz_slope(o, s + 0.5 * STEP * k2)
    k4 = _lorenz_slope(o, s + STEP * k3)
    return s + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def lorenz(o, sizes, state):
    f = o.compile_loop(lambda s: _lorenz_step(o, s), sizes["steps"])
    return Task(lambda: f(state))


def biquad(o, sizes, samples):
    f = o.biquad((0.2, 0.4, 0.2), (-0.37, 0.2))
    return Task(lambda: f(samples))


def fir(o, sizes, samples, taps):
    f = o.fir(o.constant(taps))
    return Task(lambda: f(samples))


def _spring_force(o, p, axis):
    if axis == 1:
        apart = p[:, 1:] - p[:, :-1]
    else:
        apart = p[:, :, 1:] - p[:, :, :-1]
    length = o.sqrt(o.sum(apart * apart, 0)[None])
    pull = 50 * (length - 1) / length * apart
    return o.pad_axis(pull, axis, 0, 1) - o.pad_axis(pull, axis, 1, 0)


def _cloth_step(o, s):
    p, v = s[:3], s[3:]
    moved = 0.999 * (v + 1e-3 * (_spring_force(o, p, 1) + _spring_force(o, p, 2)))
    return o.join((p + 1e-3 * moved, moved))


def cloth(o, sizes, state):
    f = o.compile_loop(lambda s: _cloth_step(o, s), sizes["steps"])
    return Task(lambda: f(state))


# ------------------------------------------------------------------------------------------------------------ calls

call = pure(lambda o, a, b, c: a * b + c)


def update_variables(o, sizes, x):
    return Task(o.variables_updater(20, x))


def eager_add(o, sizes, a, b):
    return Task(o.eager(lambda: a + b))


def eager_matmul(o, sizes, a, b):
    return Task(o.eager(lambda: o.matmul(a, b)))
