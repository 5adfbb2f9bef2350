#!/usr/bin/env python3
"""Writes the table of README.md from results: ./run bench-report [--check]

The mark before the table names the machines and their files, one machine a line:

    <!-- peers
    AMD EPYC, Zen 4: benchmarks/results/a.json benchmarks/results/b.json
    -->

Rows that all machines have come first, then what only some have.
"""

import os
import sys

from figures import counted, families, geomean, is_lost, load, longer, lost_text, ratio, ratios_of, unasked_text

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(SOURCE, "README.md")
BEGIN, MARKED, END = "<!-- peers\n", "-->\n", "<!-- end of peers -->\n"

NAMES = {
    "elementwise": "elementwise",
    "rows": "rows, sums, movement",
    "gemm": "matrix products",
    "convolution": "convolutions, pooling",
    "training": "training steps",
    "transformer": "transformer blocks",
    "science": "science",
    "loops": "loops over small states",
}


def read(lines):
    """Machine to (its rows, its files)."""
    machines = {}
    for line in lines:
        name, _, files = line.partition(": ")
        if not all(os.path.exists(os.path.join(SOURCE, path)) for path in files.split()):
            raise ValueError(f"README.md names results that are not there: {files}")
        rows = [row for path in files.split() for row in load(os.path.join(SOURCE, path))["rows"]]
        machines[name] = (rows, files.split())
    return machines


def line(*cells):
    return "| " + " | ".join(cells) + " |"


def mean(rows):
    return f"{geomean(ratios_of(rows)):.2f}" if rows else ""


def mean_of(rows):
    return f"{mean(rows)} of {len(rows)}" if rows else ""


def ahead(rows):
    return f"{sum(r >= 1 for r in ratios_of(rows))}" if rows else ""


def furthest_behind(rows):
    if not rows:
        return ""
    row = min(rows, key=ratio)
    return f"{'lost' if is_lost(row) else f'{ratio(row):.2f}'} ({row['name']})"


def table(machines):
    one, two = ([counted([row for row in rows if row["threads"] == n]) for rows, _ in machines.values()] for n in (1, 2))
    names = set.intersection(*[{row["name"] for row in rows} for rows in one])
    common = [[row for row in rows if row["name"] in names] for rows in one]
    more = [[row for row in rows if row["name"] not in names] for rows in one]
    of = lambda rows, family: families(rows).get(family, [])
    text = [line("one thread", "rows", *machines), "|---|---:|" + "---:|" * len(machines)]
    for family, name in NAMES.items():
        members = [of(rows, family) for rows in common]
        if members[0]:
            text.append(line(name, str(len(members[0])), *map(mean, members)))
    if names:
        title = f"**rows of {'both' if len(machines) == 2 else 'all'}**" if len(machines) > 1 else "**all**"
        text.append(line(title, f"**{len(names)}**", *[f"**{mean(rows)}**" for rows in common]))
        text.append(line("those of 20 us and more", "", *[mean_of(longer(rows)) for rows in common]))
        text.append(line("ahead on", "", *map(ahead, common)))
    for family, name in NAMES.items():
        members = [of(rows, family) for rows in more]
        if any(members):
            text.append(line(("more " if any(of(rows, family) for rows in common) else "") + name, "", *map(mean_of, members)))
    if any(more):
        text.append(line("**all rows**", "", *[f"**{mean_of(rows)}**" for rows in one]))
        text.append(line("those of 20 us and more", "", *[mean_of(longer(rows)) for rows in one]))
        text.append(line("ahead on", "", *map(ahead, one)))
    text.append(line("furthest behind", "", *map(furthest_behind, one)))
    if any(two):
        text.append(line("**two threads, all rows**", "", *[f"**{mean_of(rows)}**" if rows else "" for rows in two]))
        text.append(line("those of 20 us and more", "", *[mean_of(longer(rows)) for rows in two]))
        text.append(line("ahead on", "", *map(ahead, two)))
        text.append(line("furthest behind", "", *map(furthest_behind, two)))
    links = [", ".join(f"[{'the rows' if not i else 'more'}]({p[:-4]}md)" for i, p in enumerate(f)) for _, f in machines.values()]
    text.append(line("", "", *links))
    for threads, columns in (("one thread", one), ("two threads", two)):
        for name, rows in zip(machines, columns):
            if lost := sum(map(is_lost, rows)):
                text += ["", f"{name}, {threads}: {lost_text(lost)}."]
            if rows and (missing := unasked_text(rows)):
                text += ["", f"Not asked, {name}, {threads}: {missing}."]
    return "\n".join(text) + "\n"


def updated(text):
    """The README with its table written anew."""
    before, begin, rest = text.partition(BEGIN)
    listed, marked, rest = rest.partition(MARKED)
    _, end, after = rest.partition(END)
    if not (begin and marked and end):
        raise ValueError(f"no marks: {BEGIN.strip()} ... {MARKED.strip()} ... {END.strip()}")
    return before + begin + listed + marked + "\n" + table(read(listed.splitlines())) + "\n" + end + after


def main():
    with open(README) as file:
        text = file.read()
    new = updated(text)
    if sys.argv[1:] == ["--check"]:
        sys.exit("README.md differs from its results: ./run bench-report" if new != text else 0)
    with open(README, "w") as file:
        file.write(new)


if __name__ == "__main__":
    main()
