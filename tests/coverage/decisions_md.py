#!/usr/bin/env python3
"""Checks that docs/decisions/README.md lists every decision under its subject, or writes it.

    decisions_md.py SOURCE_DIR [--update]

A page begins with `# NUMBER Title`, an empty line and `Subject: S.`, where S is one of SUBJECTS.
"""
import difflib
import pathlib
import re
import sys

SUBJECTS = {
    "programs": "what a program is: state, extents, ops, descriptors",
    "calls": "what a cached call does, and donated arguments",
    "first calls": "time to compile, and code that need not be compiled",
    "fusion": "which ops share a kernel",
    "memory": "where values lie",
    "loops": "what runs in `for_loop` and `while_loop`, and what state consists of",
    "threads": "what is split, and what runs side by side",
    "order of sums": "why results do not depend on threads",
    "elements": "kernels that compute element by element, and rows of few elements in all kernels",
    "math functions": "formulas and their accuracy",
    "moves": "transposes, slices, concatenations, taken rows",
    "reductions": "rows, columns, coordinates",
    "matrix products": "tiles, packing, shapes off the beaten track",
    "convolutions": "and their gradients",
    "pooling": "and its gradients",
    "attention": "",
    "processors": "other than those with AVX-512",
    "testing and measuring": "",
}
HEAD = """# Decisions

Why things are as they are: the question, the choice, what was measured, what was tried without gain. A page tells of its
decision as it was taken, with the figures of that day; later pages name those that they change. Gaps between numbers
have no meaning. `./run docs` writes this list.
"""
FIRST_LINES = re.compile(r"# (\d{4}) (\S.*)\n\nSubject: ([^\n]+)\.\n\n")


def read_pages(folder):
    """[(number, file name, title, subject)], and what is wrong with pages."""
    pages, wrong, numbers = [], [], {}
    for path in sorted(folder.glob("[0-9]*.md")):
        match = FIRST_LINES.match(path.read_text())
        if not match:
            wrong.append(f"{path.name}: does not begin with `# NUMBER Title` and, between empty lines, `Subject: S.`")
            continue
        number, title, subject = match.groups()
        if not path.name.startswith(number + "-"):
            wrong.append(f"{path.name}: its title has the number {number}")
        if subject not in SUBJECTS:
            wrong.append(f"{path.name}: no subject is called '{subject}'; there are: {', '.join(SUBJECTS)}")
        if number in numbers:
            wrong.append(f"{path.name}: has the number of {numbers[number]}")
        numbers[number] = path.name
        pages.append((number, path.name, title, subject))
    return pages, wrong


def sentence(text):
    return text[:1].upper() + text[1:]


def index_of(pages):
    text = HEAD
    for subject, meaning in SUBJECTS.items():
        rows = [f"- [{number}]({name}) {title}\n" for number, name, title, of in pages if of == subject]
        if rows:
            text += f"\n## {sentence(subject)}\n\n"
            text += f"{sentence(meaning)}.\n\n" if meaning else ""
            text += "".join(rows)
    return text


def main():
    folder = pathlib.Path(sys.argv[1]) / "docs/decisions"
    pages, wrong = read_pages(folder)
    if wrong:
        print("\n".join(wrong))
        return 1
    index, new = folder / "README.md", index_of(pages)
    if "--update" in sys.argv:
        index.write_text(new)
        return 0
    old = index.read_text() if index.exists() else ""
    if old != new:
        difference = difflib.unified_diff(old.splitlines(True), new.splitlines(True), "docs/decisions/README.md", "pages")
        sys.stdout.writelines(difference)
        print("\nout of date; run\n\n  ./run docs")
    return old != new


if __name__ == "__main__":
    sys.exit(main())
