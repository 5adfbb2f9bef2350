#!/usr/bin/env python3
"""Every environment variable that is read stands in docs/env.md: env_md.py SOURCE_DIR"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# A string of C++ or Python that is such a name; in CMake and in shell scripts the forms that read one.
READ = re.compile(r'''"(ETCH_[A-Z0-9_]+)"|\$ENV\{(ETCH_\w+)\}|\$\{(ETCH_\w+):-''')
page = (root / "docs/env.md").read_text()
sources = [root / "run"]
for folder in ("runtime", "ir", "passes", "codegen", "frontend", "tools", "examples", "benchmarks", "tests", "cmake"):
    sources += [path for path in (root / folder).rglob("*.*")
                if path.suffix in (".h", ".cpp", ".c", ".py", ".cmake") or path.name == "CMakeLists.txt"]
missing = set()
for path in sources:
    for name in filter(None, (name for names in READ.findall(path.read_text()) for name in names)):
        ofUnitTests = name.startswith("ETCH_TEST_") and root / "tests" in path.parents
        if f"`{name}`" not in page and not ofUnitTests:
            missing.add((name, str(path.relative_to(root))))
for name, path in sorted(missing):
    print(f"{name}, read in {path}, is not in docs/env.md")
sys.exit(bool(missing))
