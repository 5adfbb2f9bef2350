"""ONNX Runtime on the CPU: what can be written as a graph for inference."""

import math

import numpy as np
import onnxruntime
from onnx import TensorProto
from onnx_graph import Graph
from ops import Absent, Ops


def unary(op, **attributes):
    return lambda x: x.graph.add(op, x, **attributes)


def ints(*numbers):
    return np.array(numbers, np.int64)


class OnnxRuntime(Ops):
    operations = dict(
        exp=unary("Exp"),
        log=unary("Log"),
        sqrt=unary("Sqrt"),
        rsqrt=lambda x: unary("Reciprocal")(unary("Sqrt")(x)),
        tanh=unary("Tanh"),
        erf=unary("Erf"),
        sigmoid=unary("Sigmoid"),
        relu=unary("Relu"),
        gelu=unary("Gelu"),
        softmax=unary("Softmax", axis=-1),
        log_softmax=unary("LogSoftmax", axis=-1),
        rms_norm=lambda x, gain: x.graph.add("RMSNormalization", x, gain, epsilon=1e-5),
        layer_norm=lambda x, gain, bias: x.graph.add("LayerNormalization", x, gain, bias, epsilon=1e-5),
        argmin=lambda x, axis: x.graph.add("ArgMin", x, axis=axis, keepdims=0),
        running_sums=lambda x: x.graph.add("CumSum", x, np.array(0, np.int64)),
        beside=lambda *parts: parts[0].graph.add("Concat", *parts, axis=1),
        join=lambda parts: parts[0].graph.add("Concat", *parts, axis=0),
        matmul=lambda x, y: x.graph.add("MatMul", x, y),
        transpose=unary("Transpose", perm=[1, 0]),
        permute=lambda x, axes: x.graph.add("Transpose", x, perm=axes),
        reshape=lambda x, shape: x.graph.add("Reshape", x, ints(*shape)),
        take=lambda table, ids: table.graph.add("Gather", table, ids),
        to_float=lambda x: x.graph.add("Cast", x, to=TensorProto.FLOAT),
        eye=lambda n: np.eye(n, dtype=np.float32),
        zeros=lambda shape: np.zeros(shape, np.float32),
        full=lambda shape, value: np.full(shape, value, np.float32),
        pad_one=lambda x: x.graph.add("Pad", x, ints(1, 1, 1, 1)),
        pad_axis=lambda x, axis, low, high: x.graph.add("Pad", x, ints(low, high), None, ints(axis)),
    )

    def __init__(self, threads):
        super().__init__(threads)
        self.options = onnxruntime.SessionOptions()
        self.options.intra_op_num_threads = threads
        self.options.inter_op_num_threads = 1
        self.options.log_severity_level = 3

    def versions(self):
        return f"ONNX Runtime {onnxruntime.__version__}"

    def array(self, values):
        return onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))

    def numpy(self, array):
        return array.numpy().copy()  # what numpy() returns is gone with the array

    def compile(self, f):
        return self.infer(f, ())

    def infer(self, f, weights):
        built = []

        def call(*inputs):
            if not built:
                built.append(self._session(f, inputs, weights))
            session, names, results = built[0]
            found = session.run_with_ort_values(results, dict(zip(names, inputs)))
            return tuple(found) if len(found) > 1 else found[0]

        return call

    def _session(self, f, inputs, weights):
        graph = Graph()
        arrays = [i.numpy() for i in inputs]
        values = [graph.input(a.dtype, a.shape) for a in arrays]
        results = f(*values, *[graph.value(w.numpy()) for w in weights])
        results = results if isinstance(results, tuple) else (results,)
        text = graph.model(results).SerializeToString()
        session = onnxruntime.InferenceSession(text, self.options, ["CPUExecutionProvider"])
        return session, [v.name for v in values], [r.name for r in results]

    def compile_loop(self, body, steps):
        def loop(x):
            inner = Graph("loop_")
            inner.input(np.int64, ())
            goes_on, state = inner.input(bool, ()), inner.input(np.float32, x.shape)
            results = [inner.add("Identity", goes_on), body(state)]
            return x.graph.add("Loop", np.int64(steps), None, x, body=inner.inner(results))

        return self.compile(loop)

    def compile_scan(self, step, start):
        def scan(xs):
            first = start()
            first = first if isinstance(first, tuple) else (first,)
            inner = Graph("scan_")
            states = tuple(inner.input(s.dtype, s.shape) for s in first)
            state, y = step(states if len(states) > 1 else states[0], inner.input(np.float32, xs.shape[1:]))
            body = inner.inner([*(state if isinstance(state, tuple) else (state,)), y])
            return xs.graph.add("Scan", *first, xs, results=len(first) + 1, body=body, num_scan_inputs=1)[-1]

        return self.compile(scan)

    def solve(self, a, b):
        raise Absent("no solver of linear systems")

    def eager(self, f):
        raise Absent("no eager operations")

    def with_normals(self, f, count, x):
        def price(x):
            x.graph.opset = 21  # the last one in which ONNX Runtime has RandomNormal
            return f(x.graph.add("RandomNormal", shape=[count], seed=7.0), x)

        compiled = self.compile(price)
        return lambda: compiled(x)

    def stack(self, parts, axis=0):
        add = parts[0].graph.add
        return add("Concat", *[add("Unsqueeze", part, ints(axis)) for part in parts], axis=axis)

    def swap(self, x):
        axes = list(range(len(x.shape)))
        return self.permute(x, axes[:-2] + [axes[-1], axes[-2]])

    def sum(self, x, axis=None, keepdims=False):
        return x.graph.add("ReduceSum", x, None if axis is None else ints(axis), keepdims=int(keepdims))

    def mean(self, x, axis=None, keepdims=False):
        return x.graph.add("ReduceMean", x, None if axis is None else ints(*np.atleast_1d(axis)), keepdims=int(keepdims))

    def sum_rows(self, x, ids, count):
        zeros = np.zeros((count, *x.shape[1:]), np.float32)
        ids = x.graph.add("Cast", ids, to=TensorProto.INT64)
        return x.graph.add("ScatterND", zeros, x.graph.add("Unsqueeze", ids, ints(1)), x, reduction="add")

    def cross_entropy(self, x, labels):
        labels = x.graph.add("Cast", labels, to=TensorProto.INT64)
        return x.graph.add("SoftmaxCrossEntropyLoss", x, labels)

    def attention(self, q, k, v, size):
        return q.graph.add("Attention", q, k, v, scale=1 / math.sqrt(size))

    def means_of_groups(self, points, ids, count):
        add = points.graph.add
        one_hot = add("OneHot", ids, np.int64(count), np.array([0, 1], np.float32), axis=0)
        counts = add("ReduceSum", one_hot, ints(1), keepdims=1)
        return self.matmul(one_hot, points) / add("Max", counts, np.float32(1))

    picture_layout = "NCHW"
    filter_layouts = dict(NCHW="OIHW")

    def conv2d(self, x, filters, stride=1, dilation=1, channels_first=False):
        border = filters.shape[2] // 2 * dilation
        return x.graph.add(
            "Conv",
            x,
            filters,
            strides=[stride] * 2,
            dilations=[dilation] * 2,
            pads=[border] * 4,
            group=x.shape[1] // filters.shape[1],
        )

    def max_pool(self, x, window=2, stride=2, channels_first=False):
        return x.graph.add("MaxPool", x, kernel_shape=[window] * 2, strides=[stride] * 2)


PEER = OnnxRuntime
