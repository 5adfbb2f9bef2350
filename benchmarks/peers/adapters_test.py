"""What the adapters offer, read from their sources: the peers themselves need not be installed."""

import ast
import os
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
MODULES = ["ops_" + peer for peer in ("jax", "tensorflow", "torch", "mlx", "iree", "onnxruntime", "numpy")]


def tree(module):
    with open(os.path.join(HERE, module + ".py")) as file:
        return ast.parse(file.read())


def asked_operations(module, names):
    """What `o.name` and, in methods, `self.name` ask for."""
    return {
        node.attr
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
    }


def offered_operations(module):
    """Names of every class of a module: what its methods and its table of operations define."""
    offered = {}
    for node in tree(module).body:
        if not isinstance(node, ast.ClassDef):
            continue
        names = set()
        for base in (getattr(base, "id", "") for base in node.bases):
            if base in offered:
                names |= offered[base]
            elif base == "Ops":
                names |= offered_operations("ops")["Ops"]
            elif base == "Jax":
                names |= offered_operations("ops_jax")["Jax"]
        for member in node.body:
            if isinstance(member, ast.FunctionDef):
                names.add(member.name)
            elif isinstance(member, ast.Assign) and getattr(member.targets[0], "id", "") == "operations":
                if isinstance(member.value, ast.Call):
                    names |= {keyword.arg for keyword in member.value.keywords}
            elif isinstance(member, ast.Assign):
                names.add(getattr(member.targets[0], "id", ""))
        offered[node.name] = names
    return offered


class Adapters(unittest.TestCase):
    def test_every_operation_is_offered_or_refused_with_a_reason(self):
        # A name that is missing would be reported as a failure of the peer.
        asked = asked_operations("workloads", ("o",)) | asked_operations("ops", ("o",))
        for module in MODULES:
            *_, peer = offered_operations(module).values()
            self.assertEqual(asked - peer, set(), module)

    def test_compositions_ask_for_what_is_offered(self):
        needed = asked_operations("ops", ("self",)) - {"operations"}
        for module in MODULES:
            *_, peer = offered_operations(module).values()
            self.assertEqual(needed - peer, set(), module)

    def test_waiting_for_tensorflow_copies_nothing(self):
        [tensorflow] = [node for node in tree("ops_tensorflow").body if isinstance(node, ast.ClassDef)]
        [wait] = [member for member in tensorflow.body if getattr(member, "name", "") == "wait"]
        self.assertNotIn("numpy", {node.attr for node in ast.walk(wait) if isinstance(node, ast.Attribute)})

    def test_layouts_are_turned_outside_of_what_is_timed(self):
        for module in MODULES:
            for node in ast.walk(tree(module)):
                if isinstance(node, ast.FunctionDef) and node.name in ("conv2d", "max_pool"):
                    called = {call.func.attr for call in ast.walk(node) if isinstance(call, ast.Call) and hasattr(call.func, "attr")}
                    self.assertNotIn("contiguous", called, module)
                    # Of torch's views only the order of axes is another.
                    if module != "ops_torch":
                        self.assertEqual(called & {"permute", "turned"}, set(), module)

    def test_nobody_refuses_a_layout(self):
        # MLX and ONNX Runtime turn pictures, XLA compiles both.
        for module in MODULES:
            with open(os.path.join(HERE, module + ".py")) as file:
                self.assertNotRegex(file.read(), r'Absent\([^)]*channels (first|last)')


if __name__ == "__main__":
    unittest.main()
