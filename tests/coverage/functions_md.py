#!/usr/bin/env python3
"""Checks that docs/functions.md lists what the public headers declare, with the first sentence of each comment, or writes it.

    functions_md.py SOURCE_DIR [--update]

Functions and types of one comment share a row. What has no comment of its own, is called detail, or is an operator or a member is
not listed. The functions of etch/ops.h come from docs/ops.md.
"""
import difflib
import pathlib
import re
import sys

SECTIONS = {
    "Tensors": ("tensor", "creation", "operand", "variable", "random", "io"),
    "Mathematics": ("compositions", "statistics", "activations", "einsum"),
    "Shapes and places": ("arrangement", "shaping"),
    "Networks": ("nn", "losses", "convolution", "windows", "attention"),
    "Functions": ("function", "options", "structure", "policy", "memory", "effects"),
    "Derivatives and control flow": ("gradient", "control_flow"),
    "Machine": ("threads", "device"),
}
HEAD = """# Functions

What there is, by subject: names in namespace `etch`, with the first sentence of what the header says. `./run docs` writes this page.
"""
TYPE = re.compile(r"^(?:template <.*> )?(?:class|struct|enum class) (\w+)")
CALLABLE = re.compile(r"(?<![\w:.])(\w+)\(")
NO_NAMES = {"requires", "decltype", "sizeof", "explicit", "convertible_to", "alignas", "current"}


def first_sentence(comment):
    """Of the text before the example; `i.e.` and the like do not end one."""
    text = " ".join(" ".join(line.strip() for line in comment).split())
    return re.split(r"(?<=[.:])\s+(?=[A-Z`])|\s{2,}", text)[0].rstrip(":.")


def name_of(declaration):
    """What a line at the left margin declares, or None."""
    if match := TYPE.match(declaration):
        return None if declaration.rstrip().endswith(";") else match.group(1)
    if "operator" in declaration or declaration.startswith(("using", "namespace", "inline constexpr", "}", "#", "//")):
        return None
    names = [name for name in CALLABLE.findall(re.sub(r"template <[^>]*>", "", declaration)) if name not in NO_NAMES]
    return names[0] if names else None


def rows_of(header):
    """[(names, sentence)] of the declarations at the left margin that have a comment."""
    rows, comment, is_detail, is_open = [], [], False, False
    for line in header.read_text().split("\n"):
        if line.startswith("namespace detail"):
            is_detail = True
        elif line == "}" or line.startswith("}  // namespace detail"):
            is_detail = False
        if is_detail:
            continue
        if line.startswith("///"):
            if is_open:
                comment, is_open = [], False
            comment.append(line[3:])
            continue
        if not line:
            comment, is_open = [], False
        name = name_of(line) if comment and line[:1].strip() else None
        if name and not is_open:
            text = []
            for each in comment:
                if not each.strip() or each.startswith("     "):
                    break
                text.append(each)
            rows.append(([name], first_sentence(text)))
            is_open = True
        elif name and name not in rows[-1][0]:
            rows[-1][0].append(name)
    return merged(rows)


def merged(rows):
    """Overloads in the row of the first."""
    result, known = [], set()
    for names, sentence in rows:
        new = [name for name in names if name not in known]
        known.update(new)
        if new and sentence:
            result.append((new, sentence))
    return result


def ops_of(page):
    """{family: names} of the functions in docs/ops.md."""
    families, family = {}, None
    for line in page.read_text().split("\n"):
        if line.startswith("## "):
            family = line[3:]
        elif match := re.match(r"(?:Tensor|std::vector<Tensor>) (\w+)\(", line):
            families.setdefault(family, []).append(match.group(1))
    return families


def page_of(source):
    folder, text = source / "frontend/include/etch", HEAD
    listed = {stem for stems in SECTIONS.values() for stem in stems} | {"etch"}
    missing = sorted(header.stem for header in folder.glob("*.h") if header.stem not in listed)
    if missing:
        sys.exit(f"functions_md.py: no section has {', '.join(stem + '.h' for stem in missing)}")
    for section, stems in SECTIONS.items():
        text += f"\n## {section}\n\n| | | |\n|---|---|---|\n"
        for stem in stems:
            where = f"[{stem}.h](../frontend/include/etch/{stem}.h)"
            for names, sentence in rows_of(folder / f"{stem}.h"):
                cell = sentence.replace("|", "\\|")
                text += f"| {', '.join(f'`{name}`' for name in names)} | {cell} | {where} |\n"
                where = ""
    text += "\n## Ops\n\nWhat the functions above consist of, and functions themselves, each with its meaning in [ops.md](ops.md).\n\n"
    for family, names in ops_of(source / "docs/ops.md").items():
        text += f"- {family}: {', '.join(f'`{name}`' for name in names)}\n"
    return text


def main():
    source = pathlib.Path(sys.argv[1])
    page, new = source / "docs/functions.md", page_of(source)
    if "--update" in sys.argv:
        page.write_text(new)
        return 0
    old = page.read_text() if page.exists() else ""
    if old != new:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "docs/functions.md", "headers"))
        print("\nout of date; run\n\n  ./run docs")
    return old != new


if __name__ == "__main__":
    sys.exit(main())
