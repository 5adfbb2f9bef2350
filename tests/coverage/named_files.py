#!/usr/bin/env python3
"""Every file that a page names, in `code` or as a link, is in the repository: named_files.py SOURCE_DIR"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]).resolve()
NAME = re.compile(r"`([\w/.-]+\.(?:cpp|h|td|py|def|md|mlir|hpp|c))`")
LINK = re.compile(r"\]\(([\w/.-]+\.\w+)(?:#[\w-]*)?\)")
# What add-an-op.md and add-a-pass.md add, what the build writes, and dumps (03-fused.mlir).
NOT_KEPT = re.compile(r"reciprocal|FoldPads|fold-pads|^etch/ops\.h$|^(x|model)\.|^\d\d-")
FOLDERS = ("runtime", "ir", "passes", "codegen", "frontend", "tools", "tests", "examples", "benchmarks", "docs", "cmake")

files = {str(path.relative_to(root)) for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file()}
files |= {path.name for path in root.iterdir()}
ends = {"/".join(file.split("/")[-n:]) for file in files for n in range(1, file.count("/") + 2)}
missing = []
for page in sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md"), root / "benchmarks/README.md"]):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    named = {name for name in NAME.findall(text) if name not in ends}
    named |= {link for link in LINK.findall(text) if not (page.parent / link).exists()}
    missing += [f"{page.relative_to(root)} names {name}, which there is not"
                for name in sorted(named) if not NOT_KEPT.search(name)]
for each in missing:
    print(each)
sys.exit(bool(missing))
