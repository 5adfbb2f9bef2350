#!/usr/bin/env python3
"""Compiles and runs the program in README.md and compares what it prints with the block that follows.

    readme.py --compiler CXX --source DIR --build DIR [--update]
"""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCKS = re.compile(r"(```cpp\n(#include.*?)```.*?```text\n)(.*?)(```)", re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--flags", default="")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    source, build = arguments.source.resolve(), arguments.build.resolve()
    readme = source / "README.md"
    text = readme.read_text()
    match = BLOCKS.search(text)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "readme.cpp").write_text(match.group(2))
        subprocess.run([arguments.compiler, "-std=c++20", *arguments.flags.split(), "readme.cpp", "-o", "readme",
                        f"-I{source}/frontend/include", f"-I{source}", f"-I{build}/generated",
                        f"-L{build}/lib", "-letch", f"-Wl,-rpath,{build}/lib"], cwd=folder, check=True)
        printed = subprocess.run(["./readme"], cwd=folder, check=True, capture_output=True, text=True).stdout
    if arguments.update:
        readme.write_text(text[:match.start(3)] + printed + text[match.end(3):])
        return 0
    if printed != match.group(3):
        sys.stdout.writelines(difflib.unified_diff(match.group(3).splitlines(True), printed.splitlines(True), "README.md", "printed"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
