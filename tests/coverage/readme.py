#!/usr/bin/env python3
"""Compiles and runs the program in README.md and compares what it prints with the block that follows.

    readme.py --compiler CXX --source DIR --build DIR [--update]
"""
import argparse
import difflib
import re
import sys

import program

BLOCKS = re.compile(r"(```cpp\n(#include.*?)```.*?```text\n)(.*?)(```)", re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    program.add_arguments(parser)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    readme = arguments.source / "README.md"
    text = readme.read_text()
    match = BLOCKS.search(text)
    printed = program.output_of(match.group(2), arguments)
    if arguments.update:
        readme.write_text(text[:match.start(3)] + printed + text[match.end(3):])
        return 0
    if printed != match.group(3):
        sys.stdout.writelines(difflib.unified_diff(match.group(3).splitlines(True), printed.splitlines(True), "README.md", "printed"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
