"""Graphs of ONNX, written by computing with values."""

import numpy as np
import onnx
from onnx import helper, numpy_helper


class Graph:
    """Inner graphs (of loops) name their values by a prefix of their own."""

    def __init__(self, prefix=""):
        self.prefix = prefix
        self.nodes, self.constants, self.inputs = [], [], []
        self.opset = 23
        self._inferred = {}

    def input(self, dtype, shape):
        name = f"{self.prefix}x{len(self.inputs)}"
        info = helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
        self.inputs.append(info)
        return Value(self, name, tuple(shape))

    def add(self, op, *inputs, results=1, **attributes):
        """An input that is None is left out."""
        names = ["" if i is None else self.value(i).name for i in inputs]
        outputs = [f"{self.prefix}v{len(self.nodes)}_{i}" for i in range(results)]
        self.nodes.append(helper.make_node(op, names, outputs, **attributes))
        values = [Value(self, name) for name in outputs]
        return values[0] if results == 1 else values

    def value(self, x):
        if isinstance(x, Value):
            return x
        array = np.asarray(x)
        name = f"{self.prefix}c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return Value(self, name, array.shape)

    def model(self, results):
        # ONNX Runtime infers the types of results that are named without one.
        infos = [helper.make_empty_tensor_value_info(result.name) for result in results]
        graph = helper.make_graph(self.nodes, self.prefix + "graph", self.inputs, infos, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=11)

    def inner(self, results):
        """What a loop runs."""
        return self.model(results).graph

    def shape_of(self, name):
        if name not in self._inferred:
            inferred = onnx.shape_inference.infer_shapes(self.model([]), data_prop=True).graph.value_info
            for info in inferred:
                self._inferred[info.name] = tuple(d.dim_value for d in info.type.tensor_type.shape.dim)
        return self._inferred[name]


class Value:
    """A tensor of a graph that is being written."""

    def __init__(self, graph, name, shape=None):
        self.graph, self.name, self._shape = graph, name, shape

    @property
    def shape(self):
        if self._shape is None:
            self._shape = self.graph.shape_of(self.name)
        return self._shape

    def _operand(self, x):
        return x if isinstance(x, Value) else np.asarray(x, np.float32)

    def __add__(self, x):
        return self.graph.add("Add", self, self._operand(x))

    def __sub__(self, x):
        return self.graph.add("Sub", self, self._operand(x))

    def __mul__(self, x):
        return self.graph.add("Mul", self, self._operand(x))

    def __truediv__(self, x):
        return self.graph.add("Div", self, self._operand(x))

    def __rsub__(self, x):
        return self.graph.add("Sub", self._operand(x), self)

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
