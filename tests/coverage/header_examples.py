#!/usr/bin/env python3
"""Runs the examples of the public headers and compares the values that they show.

    header_examples.py --compiler CXX --source DIR --build DIR

An example is an expression in the comment of a declaration, and its value as etch::to_numpy_string writes it:

    /// Each element repeated along an axis.
    ///
    ///     etch::repeat(etch::constant({1, 2}), 2)  // [1 1 2 2]
    Tensor repeat(Operand x, int64_t count, int64_t axis = 0);

Every function of HEADERS that gives tensors has one, or shares the comment of one that has.
"""
import argparse
import re
import sys

import program

HEADERS = ("activations", "arrangement", "attention", "compositions", "convolution", "einsum", "losses", "statistics")
COMMENT = re.compile(r"^ *///(.*)$")
DECLARATION = re.compile(r"^(?:Tensor|std::vector<Tensor>) (\w+)\(")
VALUE = re.compile(r"^(?:[\[\]\s\d.e+-]|inf|nan)+$")


class Example:
    def __init__(self, header, line, expression, value):
        self.place, self.expression, self.value = f"frontend/include/etch/{header.name}:{line}", expression, value


def example_in(header, line, comment):
    """The example of a comment that ends before `line`, or None."""
    code = [text[5:] for text in comment if text.startswith("     ")]
    expression = "".join(text.split("  //")[0] for text in code).strip()
    value = "\n".join(text.split("  // ", 1)[1] for text in code if "  // " in text)
    if not expression.startswith("etch::") or ";" in expression or not value or not VALUE.match(value):
        return None
    return Example(header, line, expression, value)


def read_header(header):
    """Examples, and functions without one."""
    examples, without, comment, example = [], [], [], None
    for number, line in enumerate(header.read_text().split("\n"), 1):
        if match := COMMENT.match(line):
            comment.append(match.group(1))
            continue
        if comment:
            example = example_in(header, number, comment)
            if example:
                examples.append(example)
            comment = []
        declaration = DECLARATION.match(line)
        if declaration and not example:
            without.append(f"{header.name}:{number}: {declaration.group(1)} has no example")
        if not line:
            example = None
    return examples, without


def values_of(examples, arguments):
    lines = "\n".join(f'  std::cout << etch::to_numpy_string({each.expression}) << "\\n@\\n";' for each in examples)
    text = f"#include <iostream>\n\n#include <etch/etch.h>\n\nint main() {{\n{lines}\n}}\n"
    return program.output_of(text, arguments).split("\n@\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    program.add_arguments(parser)
    arguments = parser.parse_args()
    examples, wrong = [], []
    for header in sorted((arguments.source / "frontend/include/etch").glob("*.h")):
        found, without = read_header(header)
        examples += found
        if header.stem in HEADERS:
            wrong += without
    for example, value in zip(examples, values_of(examples, arguments)):
        if value != example.value:
            wrong.append(f"{example.place}: {example.expression} gives\n{value}\nand not\n{example.value}")
    for each in wrong:
        print(each)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
