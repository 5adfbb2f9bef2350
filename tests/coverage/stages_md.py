#!/usr/bin/env python3
"""Checks that the IR in docs/stages.md is what etch-opt prints, or writes it.

    stages_md.py --etch-opt build/bin/etch-opt --source DIR [--update]

Each block of the page follows a comment <!-- STAGE --> or <!-- STAGE: REGEX -->, with which only matching lines are
shown. Numbers of SSA values may differ.
"""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"<!-- (\w+)(?:: (.*?))? -->\n```mlir\n(.*?)```", re.DOTALL)
EXAMPLE = "tests/lit/pipeline/stages.mlir"


def excerpt(text, pattern):
    lines = []
    for line in text.splitlines():
        if pattern is None or re.search(pattern, line):
            lines.append(line)
        elif not lines or lines[-1].strip() != "...":
            lines.append("    ...")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--etch-opt", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    page = arguments.source / "docs/stages.md"
    text = page.read_text()

    def regenerate(match):
        stage, pattern, _ = match.groups()
        printed = subprocess.run([arguments.etch_opt, arguments.source / EXAMPLE, f"--stop-after={stage}"],
                                 check=True, capture_output=True, text=True).stdout
        heading = match.group(0).split("\n")[0]
        return f"{heading}\n```mlir\n{excerpt(printed.strip(), pattern)}```"

    new = BLOCK.sub(regenerate, text)
    if arguments.update:
        page.write_text(new)
        return 0
    stages = re.findall(r"^ETCH_STAGE\((\w+),", (arguments.source / "passes/Stages.def").read_text(), re.MULTILINE)
    missing = [stage for stage in stages if f"## `{stage}`" not in text]
    if missing:
        print(f"docs/stages.md has no section on: {' '.join(missing)}")
    numberless = [re.sub(r"[%@]\w+", "%", page).splitlines(True) for page in (text, new)]
    if numberless[0] != numberless[1]:
        sys.stdout.writelines(list(difflib.unified_diff(*numberless, "docs/stages.md", "etch-opt"))[:60])
        print("\nout of date; run\n\n  ./run docs")
    return 1 if missing or numberless[0] != numberless[1] else 0


if __name__ == "__main__":
    sys.exit(main())
