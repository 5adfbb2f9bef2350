#!/usr/bin/env python3
"""Compiles each public header alone, seeing what an installation has: etch/ and runtime/base/.

    headers.py --compiler CXX --source DIR --generated DIR
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--generated", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.source, arguments.generated = arguments.source.resolve(), arguments.generated.resolve()
    public = arguments.source / "frontend/include"
    headers = sorted(p.relative_to(public) for p in public.rglob("*.h")) + [pathlib.Path("etch/ops.h")]

    with tempfile.TemporaryDirectory() as folder:
        # An include path without ir/, codegen/ and frontend/, as after cmake --install.
        os.makedirs(f"{folder}/runtime")
        os.symlink(arguments.source / "runtime/base", f"{folder}/runtime/base")

        def compile_alone(header):
            source = pathlib.Path(folder) / (str(header).replace("/", "_") + ".cpp")
            source.write_text(f"#include <{header}>\n#include <{header}>\n")
            command = [arguments.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror",
                       f"-I{public}", f"-I{arguments.generated}", f"-I{folder}", str(source)]
            return header, subprocess.run(command, capture_output=True, text=True)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            failures = [(h, r.stderr) for h, r in pool.map(compile_alone, headers) if r.returncode]
    for header, message in failures:
        print(f"{header} does not compile alone:\n{message}")
    print(f"{len(headers)} public headers, {len(failures)} broken")
    return 1 if failures or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
