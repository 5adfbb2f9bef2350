#!/usr/bin/env python3
"""docs/env.md names every environment variable that is read, and no other: env_md.py SOURCE_DIR"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
# A string of C++ or Python that is such a name; in CMake and in shell scripts the forms that read one.
READ = re.compile(r'''"(ETCH_[A-Z0-9_]+)"|\$ENV\{(ETCH_\w+)\}|\$\{(ETCH_\w+):-''')
# Options of CMake stand on the page, too.
OPTION = re.compile(r"^option\((ETCH_\w+)", re.MULTILINE)
NAMED = re.compile(r"`(ETCH_[A-Z0-9_]+)`")

named = set(NAMED.findall((root / "docs/env.md").read_text()))
sources = [root / "run", root / "CMakeLists.txt"]
for folder in ("runtime", "ir", "passes", "codegen", "frontend", "tools", "examples", "benchmarks", "tests", "cmake"):
    sources += [path for path in (root / folder).rglob("*.*")
                if path.suffix in (".h", ".cpp", ".c", ".py", ".cmake") or path.name == "CMakeLists.txt"]
read, options = {}, set()
for path in sources:
    text = path.read_text()
    options.update(OPTION.findall(text))
    for name in filter(None, (name for names in READ.findall(text) for name in names)):
        of_unit_tests = name.startswith("ETCH_TEST_") and root / "tests" in path.parents
        if not of_unit_tests:
            read.setdefault(name, path.relative_to(root))
wrong = [f"{name}, read in {path}, is not in docs/env.md" for name, path in sorted(read.items()) if name not in named]
wrong += [f"{name} is in docs/env.md, but nothing reads it" for name in sorted(named - set(read) - options)]
wrong += [f"{name} is an option of CMake, but not in docs/env.md" for name in sorted(options - named)]
for each in wrong:
    print(each)
sys.exit(bool(wrong))
