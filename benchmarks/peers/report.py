"""A page of what was measured."""

import costs_report
import rows_behind
from figures import (
    LOST,
    TITLES,
    best_peer,
    families,
    geomean,
    groups,
    is_lost,
    ratio,
    ratios_of,
    runs,
    summary,
    time_text,
    unasked_text,
)


def write_markdown(measured, path):
    peers = [name for name in measured["versions"] if name != "etch"]
    text = _header(measured, peers)
    if measured["rows"]:
        text += [
            "- Medians of interleaved samples, wall-clock, until the result is there. Timed is who has the results of most,",
            "  each element x within 1e-6 + 1e-5 |x| or what the workload tolerates instead (benchmarks/workloads).",
            "- copy or FMAs: the same bytes copied by memcpy, or the same flops in fused multiply-adds, whichever takes longer, measured in the",
            "  same rounds. No limit: what does not read what it overwrites is faster than memcpy, and so are loops that stay in the caches.",
            "- ahead: the time of the best peer over Etch's; above 1 Etch is faster. Bold: the best peer.",
            f"- lost: Etch fails or is wrong, which counts as {LOST}x in means.",
            "- Where a step takes less than some 20 us, a peer's time is mostly its call from Python. Etch is called from C++, and so is oneDNN.",
        ]
    text += [""]
    for threads, rows in groups(measured):
        text += [f"## {threads} thread{'s' if threads > 1 else ''}", ""]
        for family, members in families(rows).items():
            text += [
                f"### {TITLES[family]}",
                "",
                "| workload | copy or FMAs | Etch | of that | ahead | " + " | ".join(peers) + " |",
                "|---|---:|---:|---:|---:|" + "---:|" * len(peers),
            ]
            text += [_markdown_row(row, peers) for row in members]
            inside = ratios_of(members)
            text += ["", f"Geometric mean: {geomean(inside):.2f}x the best peer.", ""] if inside else [""]
            if missing := unasked_text(members):
                text += [f"Not asked: {missing}.", ""]
        text += rows_behind.markdown(rows)
    text += [summary(measured), ""]
    text += costs_report.plans_markdown(measured) + costs_report.costs_markdown(measured) + _reasons(measured)
    with open(path, "w") as file:
        file.write("\n".join(text))


def _header(measured, peers):
    """What was measured when, and on what. Rows that an older run left in the file are of that run's commit and peers."""
    machine = measured["machine"]
    told = runs(measured) or [(run, 0) for run in measured["runs"][-1:]]
    dates = sorted({str(run["date"])[:10] for run, _ in told})
    lines = [
        f"# Beside the peers, {' to '.join(dict.fromkeys(dates[:1] + dates[-1:]))}",
        "",
        f"- CPU: {machine.get('cpu')}, {machine.get('cores')} cores visible, {machine.get('isa')}",
    ]
    for run, rows in told:
        which = f" ({rows} rows)" if len(told) > 1 else ""
        lines.append(f"- Commit: {run['commit']}{which}, {run['date']}; load of the machine at the start: {run['load']}")
    return lines + [f"- Peers: {', '.join(dict.fromkeys(text for peer in peers for text in _versions(peer, told)))}"]


def _versions(peer, told):
    """Of one peer, with numbers of rows where runs had different ones."""
    rows = {}
    for run, count in told:
        if version := run["versions"].get(peer):
            rows[version] = rows.get(version, 0) + count
    return [f"{version} ({count} rows)" if len(rows) > 1 else version for version, count in rows.items()]


def _markdown_row(row, peers):
    results, best = row["results"], best_peer(row)
    limit = row.get("limit")
    cells = [row["name"], time_text(limit) if limit else ""]
    if is_lost(row):
        cells += ["**failed**", "", "lost"]
    else:
        seconds, ahead = results["etch"]["seconds"], ratio(row)
        cells += [time_text(seconds), f"{seconds / limit:.2f}x" if limit else "", f"{ahead:.2f}x" if ahead else ""]
    for peer in peers:
        cell = time_text(results[peer]["seconds"]) if peer in results else ""
        cells.append(f"**{cell}**" if best and peer == best[0] else cell)
    return "| " + " | ".join(cells) + " |"


def _reasons(measured):
    """Why cells are empty, each reason once."""
    reasons = {}
    for row in measured["rows"]:
        for name, why in row["absent"].items():
            reasons.setdefault((name, why), set()).add(row["name"])
    if not reasons:
        return []
    lines = ["## Empty cells", ""]
    for (name, why), rows in sorted(reasons.items()):
        lines.append(f"- {name}: {why} ({', '.join(sorted(rows))})")
    return lines + [""]
