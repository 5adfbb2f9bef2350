#!/usr/bin/env python3
"""Every environment variable that is read stands in docs/env.md: env_md.py SOURCE_DIR"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
READ = re.compile(r'(?:getenv|env::\w+|material)\("(ETCH_\w+)"')
page = (root / "docs/env.md").read_text()
missing = set()
for folder in ("runtime", "ir", "passes", "codegen", "frontend", "tools", "examples", "benchmarks", "tests"):
    for path in (root / folder).rglob("*.*"):
        if path.suffix in (".h", ".cpp", ".c"):
            missing |= {(name, str(path.relative_to(root))) for name in READ.findall(path.read_text())
                        if f"`{name}`" not in page and not name.startswith("ETCH_TEST_")}
for name, path in sorted(missing):
    print(f"{name}, read in {path}, is not in docs/env.md")
sys.exit(bool(missing))
