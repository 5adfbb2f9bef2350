"""Rows in which a peer is faster: by how much, and why."""

import re
from typing import NamedTuple

from figures import best_peer, is_lost, ratio


class Reason(NamedTuple):
    rows: str  # a regular expression on names
    threads: int
    least: float  # of the best peer, where this was found: it does not explain what is further behind
    why: str
    page: str = ""  # of docs/decisions


# Kept by hand; what is not here is "not explained".
REASONS = [
    Reason(
        "^gemm, 64 of 128x128x32$",
        1,
        0.90,
        "4 MiB of results come from L3 and go there",
        "0101-results-of-batches",
    ),
    Reason(
        "^segment sum of 1M x 4,",
        1,
        0.70,
        "the sum of a row waits until the store of its last one is handed over; alone 1.09 ms beside 0.92",
        "0108-scattered-short-rows",
    ),
    Reason("^two columns scaled and shifted,", 1, 0.90, "within 1.2 of a copy of the bytes; .92 to 1.33 from run to run"),
    Reason("^sum 16M$", 1, 0.97, "both read memory as fast as it comes"),
    Reason("^sum 16M$", 1, 0.78, "one stream of reads, 1.88 ms in C, where two far apart take 1.79: oneDNN is nearer to that"),
    Reason(
        "^segment sum of 1M x 4,",
        2,
        0.30,
        "two threads each looked at all indices; since then one adds rows of fewer than 256 bytes",
        "0108-scattered-short-rows",
    ),
    Reason(
        "^conv 512x512 64->3 3x3, filter gradient$",
        2,
        0.70,
        "one picture: threads take tiles of the result, and each reads all of the picture; 24 to 30 ms where one takes 31",
        "0069-parts-of-images",
    ),
    Reason(
        "^conv 28x28 128->128 3x3, dilation 2, data gradient$",
        2,
        0.95,
        "as on one thread: 5 % is laying out filters, which oneDNN has laid out before",
        "0044-convolution-limits",
    ),
    Reason("^gemm 64x64x64$", 2, 0.85, "one thread: splitting five microseconds takes as long as it saves"),
    Reason(
        "64->64 3x3, stride 2, each channel, filter gradient$",
        1,
        0.85,
        "two operands from memory, within 1.3 of a copy of their bytes; .92 to 1.20 from run to run",
        "0110-lines-in-a-row",
    ),
    Reason("^conv 56x56 64->64 3x3, each channel$", 1, 0.97, "within 3 %", "0098-tiles-with-too-little-to-do"),
    Reason(
        "^conv 28x28 128->128 3x3, dilation 2(, data gradient)?$",
        1,
        0.95,
        "both at .95 of the FMA peak; 5 % of ours is laying out filters, which oneDNN has laid out before",
        "0044-convolution-limits",
    ),
    Reason(r"^gemm (f64 )?\d+x\d+x\d+", 1, 0.97, "both near the FMA peak, as far as these extents let", "0077-share-of-the-peak"),
]


def reason(row):
    """(why, page of docs/decisions or "")."""
    if is_lost(row):
        return f"Etch: {row['absent'].get('etch', 'no result')}", ""
    for known in REASONS:
        if row["threads"] == known.threads and re.search(known.rows, row["name"]) and ratio(row) >= known.least:
            return known.why, known.page
    return "not explained", ""


def markdown(rows):
    """A table for pages in benchmarks/results, the furthest behind first."""
    behind = sorted((row for row in rows if (ratio(row) or 1) < 1), key=ratio)
    if not behind:
        return []
    lines = ["### Rows behind", "", "| workload | ahead | best peer | why | decision |", "|---|---:|---|---|---|"]
    for row in behind:
        why, page = reason(row)
        link = f"[{page[:4]}](../../docs/decisions/{page}.md)" if page else ""
        ahead = "lost" if is_lost(row) else f"{ratio(row):.2f}x"
        best, _ = best_peer(row) or ("", 0)
        lines.append(f"| {row['name']} | {ahead} | {best} | {why} | {link} |")
    return lines + [""]
