#!/usr/bin/env python3
"""Compiles programs that must not compile and looks for the messages that their `// error: TEXT` lines promise.

    check.py --compiler CXX --include DIR ... FILE...
"""
import argparse
import pathlib
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    broken = 0
    for path in arguments.files:
        promised = [line[len("// error: "):].strip() for line in path.read_text().splitlines() if line.startswith("// error: ")]
        command = [arguments.compiler, "-std=c++20", "-fsyntax-only", *[f"-I{i}" for i in arguments.include], str(path)]
        result = subprocess.run(command, capture_output=True, text=True)
        text = " ".join(result.stderr.split())
        missing = [p for p in promised if " ".join(p.split()) not in text]
        if result.returncode == 0 or missing or not promised:
            broken += 1
            print(f"{path.name}: " + ("compiles" if result.returncode == 0 else f"does not say {missing}") + f"\n{result.stderr[:2000]}")
        # The message must lead to the user's line, not only into Etch's headers.
        elif path.name not in result.stderr:
            broken += 1
            print(f"{path.name}: the diagnostics never name the user's file\n{result.stderr[:2000]}")
    print(f"{len(arguments.files)} programs that must not compile, {broken} wrong")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
