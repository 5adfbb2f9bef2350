"""ONNX Runtime on the CPU: what can be written as a graph for inference."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from ops import Absent, Ops


class Graph:
    def __init__(self):
        self.nodes, self.constants = [], []

    def add(self, op, *inputs, **attributes):
        names = [self.value(i).name for i in inputs]
        result = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [result], **attributes))
        return Value(self, result)

    def value(self, x):
        if isinstance(x, Value):
            return x
        array = np.asarray(x)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return Value(self, name)


class Value:
    """A tensor of a graph that is being written."""

    def __init__(self, graph, name, shape=None):
        self.graph, self.name, self.known_shape = graph, name, shape

    @property
    def shape(self):
        if self.known_shape is None:
            raise Absent("the shape of an inner value is not known while the graph is written")
        return self.known_shape

    def _number(self, x):
        return np.float32(x) if isinstance(x, (int, float)) else x

    def __add__(self, x):
        return self.graph.add("Add", self, self._number(x))

    def __sub__(self, x):
        return self.graph.add("Sub", self, self._number(x))

    def __mul__(self, x):
        return self.graph.add("Mul", self, self._number(x))

    def __truediv__(self, x):
        return self.graph.add("Div", self, self._number(x))

    def __rsub__(self, x):
        return self.graph.add("Sub", self._number(x), self)

    __radd__, __rmul__ = __add__, __mul__

    def __getitem__(self, index):
        """Slices, None, and one leading integer."""
        if isinstance(index, int):
            return self.graph.add("Gather", self, np.int64(index), axis=0)
        if not isinstance(index, tuple):
            index = (index,)
        value = self
        ranges = [(i, r) for i, r in enumerate(r for r in index if r is not None) if r != slice(None)]
        if ranges:
            starts = np.array([r.start or 0 for _, r in ranges], np.int64)
            ends = np.array([np.iinfo(np.int64).max if r.stop is None else r.stop for _, r in ranges], np.int64)
            value = self.graph.add("Slice", value, starts, ends, np.array([i for i, _ in ranges], np.int64))
        new = [i for i, r in enumerate(index) if r is None]
        return self.graph.add("Unsqueeze", value, np.array(new, np.int64)) if new else value


def unary(op, **attributes):
    return lambda x: x.graph.add(op, x, **attributes)


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
        layer_norm=lambda x, gain, bias: x.graph.add("LayerNormalization", x, gain, bias, epsilon=1e-5),
        argmin=lambda x, axis: x.graph.add("ArgMin", x, axis=axis, keepdims=0),
        running_sums=lambda x: x.graph.add("CumSum", x, np.array(0, np.int64)),
        beside=lambda x, y: x.graph.add("Concat", x, y, axis=1),
        matmul=lambda x, y: x.graph.add("MatMul", x, y),
        transpose=unary("Transpose", perm=[1, 0]),
        permute=lambda x, axes: x.graph.add("Transpose", x, perm=axes),
        reshape=lambda x, shape: x.graph.add("Reshape", x, np.array(shape, np.int64)),
        take=lambda table, ids: table.graph.add("Gather", table, ids),
        to_float=lambda x: x.graph.add("Cast", x, to=TensorProto.FLOAT),
        eye=lambda n: np.eye(n, dtype=np.float32),
        pad_one=lambda x: x.graph.add("Pad", x, np.array([1, 1, 1, 1], np.int64)),
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
        return array.numpy()

    def compile(self, f):
        built = []

        def call(*arguments):
            if not built:
                built.append(self._session(f, arguments))
            session, names, results = built[0]
            found = session.run_with_ort_values(results, dict(zip(names, arguments)))
            return tuple(found) if len(found) > 1 else found[0]

        return call

    def _session(self, f, arguments):
        graph = Graph()
        names = [f"x{i}" for i in range(len(arguments))]
        arrays = [a.numpy() for a in arguments]
        results = f(*[Value(graph, name, a.shape) for name, a in zip(names, arrays)])
        results = [r.name for r in (results if isinstance(results, tuple) else (results,))]
        types = [helper.np_dtype_to_tensor_dtype(a.dtype) for a in arrays]
        inputs = [helper.make_tensor_value_info(n, t, a.shape) for n, t, a in zip(names, types, arrays)]
        outputs = [helper.make_tensor_value_info(r, TensorProto.FLOAT, None) for r in results]
        model = helper.make_model(
            helper.make_graph(graph.nodes, "workload", inputs, outputs, graph.constants),
            opset_imports=[helper.make_opsetid("", 20)],
            ir_version=10,
        )
        session = onnxruntime.InferenceSession(model.SerializeToString(), self.options, ["CPUExecutionProvider"])
        return session, names, results

    def solve(self, a, b):
        raise Absent("no solver of linear systems")

    def eager(self, f):
        raise Absent("no eager operations")

    def with_normals(self, f, count, x):
        price = self.compile(lambda x: f(x.graph.add("RandomNormal", shape=[count], seed=7.0), x))
        return lambda: price(x)

    def swap(self, x):
        axes = list(range(len(x.shape))) if x.known_shape is not None else [0, 1, 2, 3]
        return x.graph.add("Transpose", x, perm=axes[:-2] + [axes[-1], axes[-2]])

    def sum(self, x, axis=None):
        axes = [] if axis is None else [np.array([axis], np.int64)]
        return x.graph.add("ReduceSum", x, *axes, keepdims=0)

    def mean(self, x, axis=None, keepdims=False):
        axes = [] if axis is None else [np.atleast_1d(np.array(axis, np.int64))]
        return x.graph.add("ReduceMean", x, *axes, keepdims=int(keepdims))

    def cross_entropy(self, x, labels):
        labels = x.graph.add("Cast", labels, to=TensorProto.INT64)
        return x.graph.add("SoftmaxCrossEntropyLoss", x, labels)

    def means_of_groups(self, points, ids, count):
        add = points.graph.add
        one_hot = add("OneHot", ids, np.int64(count), np.array([0, 1], np.float32), axis=0)
        counts = add("ReduceSum", one_hot, np.array([1], np.int64), keepdims=1)
        return self.matmul(one_hot, points) / add("Max", counts, np.float32(1))


PEER = OnnxRuntime
