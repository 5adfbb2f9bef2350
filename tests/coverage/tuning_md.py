#!/usr/bin/env python3
"""Checks that every size and threshold of the compiler has its measurement beside it, and that docs/tuning.md lists it.

    tuning_md.py SOURCE_DIR [--update]

One that chooses a tile, a packing, an unrolling or an emitter is a constant named k..., outside of functions, in one of the
folders below. The comment above it says what it decides and what was measured: figures, or the page of docs/decisions that has
them.
"""
import difflib
import pathlib
import re
import sys
from typing import NamedTuple

SECTIONS = {
    "codegen/cpu/window": "Convolutions and pooling",
    "codegen/cpu/gemm": "Matrix products",
    "codegen/cpu/attention": "Attention",
    "codegen/cpu/reduce": "Reductions and scans",
    "codegen/cpu/elements": "Element by element",
    "codegen/cpu/move": "Moves",
    "codegen/cpu/straight": "Straight lines",
    "passes/buffer": "What runs side by side, and sums in parts",
    "passes/lower": "In which form an op reaches its kernel",
}
# Sizes of a cache line, a page or a register, lanes that sums are defined over, layouts of descriptors, numbers that stand
# for none: nothing to choose.
GIVEN = set(
    """
    kAlignment kFirstRunTimeBlock kSlotAlignment kAmxPart kAmxRowBytes kAmxSide kAmxTileBytes kAny kCacheLine kDataCache kHint kInL1 kInL2 kLanes kNoTap kNothing kPage
    kPair kPart kPointers kRowBits kSetsBytes kSide kSmallestRegister kStateAlignment kVectorBytes kWay kWayOfL1 kWords
    """.split()
)
DECLARATION = re.compile(
    r"(?:(?:static |inline )*|  static )constexpr (?:int|int64_t|int32_t|unsigned|size_t|double) (k\w+ = .*)"
)
PAGE = re.compile(r"(?:docs/)?decisions?[/ ](\d{4})(?:-[\w-]+)?(?:\.md)?")
FIGURE = re.compile(r"\d ?(?:ms|us|ns|%|GFLOP/s|GB/s|cycles)\b|\d %|(?<!\w)\d*\.\d+(?!\w)|\d times")
HEAD = """# Sizes and thresholds

What chooses a tile, a packing, an unrolling or an emitter: each with what it decides and what was measured. They stand where they
are used; this list is made of the comments there (`./run docs`), and `coverage.tuning_md` fails where figures, or the page of
[decisions](decisions/README.md) that has them, are missing. Matrix products have a table of all their tiles and packings besides:
[`GemmTiles.h`](../codegen/cpu/gemm/GemmTiles.h), with the measurements in [`GemmTiles.cpp`](../codegen/cpu/gemm/GemmTiles.cpp);
register tiles of convolutions are in [`ConvTile.h`](../codegen/cpu/window/ConvTile.h). Which ways there are to make a kernel is in
[kernels.md](kernels.md).

"Half, twice: .98, 1.01" is the speed with half and with twice the value over that with the one that stands here: geometric means
over the kernels whose code changes by it, at most eight of some 300 convolutions and gradients, 80 of pooling and 590 rows, columns and
moves; one thread of an AMD Zen 4 that ran other work, least of some ms in each of two processes in turn. So 3 % are noise, of operands
that come from memory 10 %.
"""


class Constant(NamedTuple):
    path: pathlib.Path
    name: str
    value: str
    comment: str


def split(declarations):
    """["kA = 1", "kB = f(2, 3)"] of "kA = 1, kB = f(2, 3)"."""
    parts, depth = [""], 0
    for character in declarations:
        depth += (character in "({") - (character in ")}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def comment_above(lines, i):
    """Of a block of constants that follow each other, the comment is the first one's."""
    while i > 0 and DECLARATION.match(lines[i - 1]):
        i -= 1
    first = i
    while first > 0 and lines[first - 1].strip().startswith("//"):
        first -= 1
    return [line.strip().lstrip("/").strip() for line in lines[first:i]]


def constants_of(path, text):
    lines = text.split("\n")
    for i, line in enumerate(lines):
        match = DECLARATION.match(line)
        if not match:
            continue
        declarations, behind = match[1], i
        while ";" not in declarations:
            behind += 1
            declarations += " " + lines[behind].strip()
        declarations, _, trailing = declarations.partition(";")
        comment = comment_above(lines, i) + [trailing.strip().lstrip("/<").strip()]
        for each in split(declarations):
            name, _, value = each.partition(" = ")
            if name not in GIVEN:
                yield Constant(path, name, value, " ".join(filter(None, comment)))


def has_measurement(constant):
    return PAGE.search(constant.comment) or FIGURE.search(constant.comment)


def section_of(path):
    return next(folder for folder in SECTIONS if path.is_relative_to(folder))


def markdown(constants, pages):
    def linked(match):
        return f"[{match[1]}](decisions/{pages[match[1]]})"

    text = HEAD
    for folder, title in SECTIONS.items():
        rows = [each for each in constants if section_of(each.path) == folder]
        if not rows:
            continue
        text += f"\n## {title}\n\n| constant | value | what it decides, what was measured |\n|---|---|---|\n"
        for each in rows:
            comment = PAGE.sub(linked, each.comment).replace("|", "\\|")
            place = f"[{each.path.stem}](../{each.path.as_posix()})"
            text += f"| {place} `{each.name}` | {each.value} | {comment} |\n"
    return text


def main():
    root = pathlib.Path(sys.argv[1])
    files = sorted(path for folder in SECTIONS for path in (root / folder).rglob("*.[ch]*"))
    constants = [each for path in files for each in constants_of(path.relative_to(root), path.read_text())]
    pages = {path.name[:4]: path.name for path in (root / "docs/decisions").glob("[0-9]*.md")}
    wrong = [f"{c.path}: {c.name} has no figures and no decision beside it" for c in constants if not has_measurement(c)]
    named = [(c, number) for c in constants for number in PAGE.findall(c.comment)]
    wrong += [f"{c.path}: {c.name} names decision {number}, which there is not" for c, number in named if number not in pages]
    if wrong:
        print("\n".join(wrong))
        return 1
    table, new = root / "docs/tuning.md", markdown(constants, pages)
    if "--update" in sys.argv:
        table.write_text(new)
        return 0
    old = table.read_text() if table.exists() else ""
    if old != new:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "docs/tuning.md", "comments"))
        print("\nout of date; run\n\n  ./run docs")
    return old != new


if __name__ == "__main__":
    sys.exit(main())
