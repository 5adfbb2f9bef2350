#!/usr/bin/env python3
"""Who may include whom (docs/architecture.md), checked on every source file.

    includes.py --source DIR
"""
import argparse
import pathlib
import re
import sys

UPSTREAM = ("mlir/", "llvm/", "llvm-c/", "mlir-c/")
# Folder of the includer -> prefixes it may include; the longest matching folder decides. Generated files of a folder
# count as the folder's. <angle> includes are only looked at for LLVM and MLIR.
MAY_INCLUDE = {
    "runtime/base": ["runtime/base/"],
    "runtime": ["runtime/"],
    "ir": ["ir/", "runtime/base/", *UPSTREAM],
    # The part of ir that libetch contains.
    "ir/tape": ["ir/tape/", "runtime/base/"],
    "ir/infer": ["ir/infer/", "ir/tape/", "runtime/base/"],
    "passes": ["passes/", "ir/", "runtime/base/", *UPSTREAM],
    "codegen": ["codegen/", "passes/", "ir/", "runtime/", *UPSTREAM],
    # What libetch and libetch_compiler agree on: seen from both sides, so free of LLVM.
    "codegen/abi/compiler.h": ["codegen/abi/", "ir/tape/", "runtime/"],
    # Of the compiler, the frontend sees the table of functions only; of ir, the tape and its rules.
    "frontend": ["frontend/", "etch/", "codegen/abi/compiler.h", "ir/tape/", "ir/infer/", "runtime/"],
    "frontend/include": ["etch/", "runtime/base/"],
    "tools": ["tools/", "codegen/", "passes/", "ir/", "frontend/", "etch/", "runtime/", *UPSTREAM],
    "examples": ["examples/", "etch/", "runtime/", "frontend/io/"],
    "benchmarks": ["benchmarks/", "etch/", "frontend/", "codegen/", "ir/tape/", "runtime/"],
}
# Made of both: turns a tape into a module.
EXCEPTIONS = {
    "ir/tape/TapeImport.cpp": ["ir/", "runtime/base/", *UPSTREAM],
    "ir/tape/TapeImport.h": ["ir/", "runtime/base/", *UPSTREAM],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)


def allowed_for(path):
    if path in EXCEPTIONS:
        return EXCEPTIONS[path]
    folders = [folder for folder in MAY_INCLUDE if path == folder or path.startswith(folder + "/")]
    return MAY_INCLUDE[max(folders, key=len)]


def violations(root):
    for top in sorted({folder.split("/")[0] for folder in MAY_INCLUDE}):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cpp", ".c", ".inc", ".def"):
                continue
            name = str(path.relative_to(root))
            text, here = path.read_text(), str(path.parent.relative_to(root))
            for match in INCLUDE.finditer(text):
                style, target = match.groups()
                if style == "<" and not target.startswith(UPSTREAM) and not target.startswith("etch/"):
                    continue
                # A name without folder is a neighbour.
                if "/" not in target:
                    target = f"{here}/{target}"
                if not target.startswith(tuple(allowed_for(name))):
                    yield f"{name}:{text.count(chr(10), 0, match.start(2)) + 1}: may not include {target}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    found = list(violations(parser.parse_args().source))
    for line in found:
        print(line)
    if found:
        print("who may include whom is in docs/architecture.md and in tests/coverage/includes.py")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
