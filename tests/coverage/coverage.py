#!/usr/bin/env python3
"""Names what each op still owes.

    coverage.py --source DIR --list build/generated/ops.list

One op costs five places: its definition with an example and a type rule, a lowering, a derivative rule, a lit file, and
a row in the numeric table. Silence is a failure: an op that does not need a place says so in its definition (ZeroDerivative,
NotDifferentiable), or stands below with the reason.
"""
import argparse
import pathlib
import re
import sys

# Ops that no user writes as an expression, so that no example of one line and no row of numbers can show them.
STRUCTURE = {"Control", "State", "Schedule"}
# Derivatives of ops that the walks of passes/autodiff handle themselves, and of ops that never meet them.
NO_DERIVATIVE = {
    "yield": "ends a region",
    "launch": "is made after the stage grad", "store_slice": "is made after the stage grad",
    "vjp": "is the request itself", "jvp": "is the request itself",
    "check": "has no results", "print": "has no results",
    "host_call": "is refused by name, with the remedy",
}
# Ops that code generation never meets, with the pass that removes them.
REMOVED_BY = {
    "call": "passes/simplify/InlineCalls.cpp", "custom_vjp": "passes/simplify/InlineCalls.cpp",
    "vjp": "passes/autodiff/ExpandDerivatives.cpp", "jvp": "passes/autodiff/ExpandDerivatives.cpp",
}
TRAITS = {"ZeroDerivative", "NotDifferentiable", "OrderedEffect"}
KEYWORDS = {"if", "while", "for"}


class Op:
    def __init__(self, line):
        words = line.split()
        self.mnemonic, self.family = words[:2]
        rest = words[2:]
        self.traits = set()
        while rest[0] in TRAITS:
            self.traits.add(rest.pop(0))
        if not self.traits:
            rest.pop(0)
        self.has_example = rest.pop(0) == "example"
        self.public = rest != ["-"]
        self.cpp_class = "".join(part.capitalize() for part in self.mnemonic.split("_")) + "Op"
        self.op_code = self.mnemonic + ("_" if self.mnemonic in KEYWORDS else "")


class Sources:
    def __init__(self, root):
        self.root = root

    def text(self, *patterns):
        files = [path for pattern in patterns for path in sorted(self.root.glob(pattern))]
        return "\n".join(path.read_text() for path in files if path.is_file())


def owed(op, sources):
    """(place, what to do) for each place that is missing."""
    missing = []
    if not op.has_example and op.public:
        missing.append(("example", f"exampleCode and exampleOutput in ir/ops/{op.family}.td"))

    # The rules of other families have a general case; where that does not fit, tests/unit/infer_* fail.
    if op.family == "Elementwise" and f"OpCode::{op.op_code}" not in sources.text("ir/infer/elementwise.cpp"):
        missing.append(("type rule", "a case in ir/infer/elementwise.cpp"))

    rules = sources.text("passes/autodiff/*Rules.cpp")
    structural = sources.text("passes/autodiff/Rules.cpp")
    has_rule = re.search(rf"\badd\w*<(?:\w+::)*{op.cpp_class}\b", rules) or f'"etch.{op.mnemonic}"' in structural
    stated = op.traits & {"ZeroDerivative", "NotDifferentiable"} or op.mnemonic in NO_DERIVATIVE
    if not has_rule and not stated:
        missing.append(("gradient", f"a rule in passes/autodiff/{op.family}Rules.cpp, or the trait ZeroDerivative or NotDifferentiable"))

    lit = f"tests/lit/ir/{op.mnemonic.replace('_', '-')}.mlir"
    if f"etch.{op.mnemonic}" not in sources.text(lit):
        missing.append(("lit", lit))

    if op.family not in STRUCTURE:
        table = sources.text("tests/numeric/*.def", "tests/numeric/*.cpp", "tests/numeric/*.h")
        # A row of a table, or a call in a test of its own.
        if not re.search(rf"\b[A-Z_]+\({op.mnemonic}\b|\betch::{op.mnemonic}\b", table):
            missing.append(("numeric row", f"one in tests/numeric/{op.family.lower()}.def"))

    if op.family == "Elementwise":
        place, found = "codegen/cpu/elements/ScalarOps.cpp", rf"case (?:\w+::)*OpCode::{op.op_code}:"
        lowered = re.search(found, sources.text(place))
    else:
        place = REMOVED_BY.get(op.mnemonic, "codegen/cpu/**/*.cpp")
        lowered = re.search(rf"\b{op.cpp_class}\b|OpCode::{op.op_code}\b", sources.text(place))
    if not lowered:
        missing.append(("lowering", f"a rule in {place}"))
    return missing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--list", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    ops = [Op(line) for line in arguments.list.read_text().splitlines() if line]
    sources = Sources(arguments.source)
    debts = [(op, place, remedy) for op in ops for place, remedy in owed(op, sources)]
    for op, place, remedy in debts:
        print(f"etch.{op.mnemonic} owes its {place}: {remedy}")
    print(f"{len(ops)} ops, {len(debts)} debts")
    return 1 if debts or not ops else 0


if __name__ == "__main__":
    sys.exit(main())
