"""What was measured, as JSON, as a table, and as a picture."""

import json
import math
import os

TITLES = {
    "elementwise": "Elementwise",
    "rows": "Rows, sums, movement",
    "gemm": "Matrix products",
    "convolution": "Convolutions",
    "training": "Training steps",
    "transformer": "Transformer",
    "science": "Science and finance",
    "calls": "Calls",
}


def load(path):
    if path and os.path.exists(path):
        with open(path) as file:
            return json.load(file)
    return {"machine": {}, "versions": {}, "rows": []}


def save(measured, path):
    if path:
        with open(path, "w") as file:
            json.dump(measured, file, indent=1)


def replace(measured, row):
    same = lambda other: (other["name"], other["threads"]) == (row["name"], row["threads"])
    measured["rows"] = [other for other in measured["rows"] if not same(other)] + [row]


def time_text(seconds):
    for scale, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def best_peer(row):
    peers = {name: result["seconds"] for name, result in row["results"].items() if name != "etch"}
    return min(peers.items(), key=lambda item: item[1], default=None)


def ratio(row):
    """How many times faster than the best peer; None without one."""
    best = best_peer(row)
    return best[1] / row["results"]["etch"]["seconds"] if best and "etch" in row["results"] else None


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def _groups(measured):
    for threads in sorted({row["threads"] for row in measured["rows"]}):
        rows = [row for row in measured["rows"] if row["threads"] == threads]
        ratios = [r for r in map(ratio, rows) if r is not None]
        yield threads, rows, ratios


def bytes_text(number):
    return f"{number / 1e6:.3g} MB" if number < 1e9 else f"{number / 1e9:.3g} GB"


COSTS = {
    "start": "loaded",
    "cold": "first result, caches empty",
    "second": "second process",
    "warm": "first call, compiler warm",
    "memory": "peak memory",
    "memory second": "of a second process",
}


def cost_text(key, value):
    return bytes_text(value) if key.startswith("memory") else time_text(value)


def costs_text(figures):
    return ", ".join(f"{COSTS[key]} {cost_text(key, value)}" for key, value in figures.items())


def plans_text(plans):
    return ", ".join(f"{name} {bytes_text(size)}" for name, size in plans.items())


def _plans_markdown(measured):
    if not measured.get("planned"):
        return []
    lines = [
        "## Memory by plan",
        "",
        "What a step needs at once, besides what it is given and what it updates in place, as the compilers tell it",
        "(Etch: `memory_stats()`; JAX: `memory_analysis()`, temporaries and results).",
        "",
        "| workload | plans |",
        "|---|---|",
    ]
    return lines + [f"| {name} | {plans_text(plans)} |" for name, plans in measured["planned"].items()] + [""]


def _costs_markdown(measured):
    if not measured.get("costs"):
        return []
    lines = [
        "## Around the steps",
        "",
        "Processes of their own, one thread; disk caches in a folder that starts empty. loaded: until the library is there.",
        "First result: from the start of the process, with the caches empty, then with what the first process left in them.",
        "Compiler warm: a new function in a process that has compiled another one.",
        "",
        "| workload | implementation | " + " | ".join(COSTS.values()) + " |",
        "|---|---|" + "---:|" * len(COSTS),
    ]
    for row in measured["costs"]:
        for name, figures in row["results"].items():
            cells = [cost_text(k, figures[k]) if k in figures else "" for k in COSTS]
            lines.append(f"| {row['name']} | {name} | " + " | ".join(cells) + " |")
    if measured.get("shipped"):
        lines += ["", "What must be shipped to run a compiled function:", "", "| | size | what |", "|---|---:|---|"]
        lines += [f"| {name} | {bytes_text(size)} | {what} |" for name, (size, what) in measured["shipped"].items()]
    return lines + [""]


def summary(measured):
    lines = []
    for threads, rows, ratios in _groups(measured):
        if ratios:
            ahead = sum(r >= 1 for r in ratios)
            lines.append(
                f"{threads} thread(s): at least as fast as the best peer on {ahead} of {len(ratios)} rows, "
                f"{geomean(ratios):.2f}x by geometric mean"
            )
    return "\n".join(lines)


def write_markdown(measured, path):
    machine = measured["machine"]
    peers = [name for name in measured["versions"] if name != "etch"]
    versions = dict.fromkeys(measured["versions"][name] for name in peers)
    text = [
        f"# Beside the peers, {machine.get('date', '')[:10]}",
        "",
        f"- CPU: {machine.get('cpu')}, {machine.get('cores')} cores visible, {machine.get('isa')}",
        f"- Commit: {machine.get('commit')}; load of the machine at the start: {machine.get('load')}",
        f"- Peers: {', '.join(versions)}",
    ]
    if measured["rows"]:
        text += [
            "- Medians of interleaved samples, wall-clock, until the result is there. Results were equal before they were timed.",
            "- limit: the same bytes copied, or the same flops in fused multiply-adds, measured in the same rounds.",
            "- ahead: the time of the best peer over Etch's; above 1 Etch is faster. Bold: the best peer.",
        ]
    text += [""]
    for threads, rows, ratios in _groups(measured):
        text += [f"## {threads} thread{'s' if threads > 1 else ''}", ""]
        for family in TITLES:
            members = [row for row in rows if row["family"] == family]
            if not members:
                continue
            text += [
                f"### {TITLES[family]}",
                "",
                "| workload | limit | Etch | of limit | ahead | " + " | ".join(peers) + " |",
                "|---|---:|---:|---:|---:|" + "---:|" * len(peers),
            ]
            text += [_markdown_row(row, peers) for row in members]
            inside = [r for r in map(ratio, members) if r is not None]
            text += ["", f"Geometric mean: {geomean(inside):.2f}x the best peer.", ""] if inside else [""]
    text += [summary(measured), ""] + _plans_markdown(measured) + _costs_markdown(measured) + _reasons(measured)
    with open(path, "w") as file:
        file.write("\n".join(text))


def _markdown_row(row, peers):
    results = row["results"]
    if "etch" not in results:
        return f"| {row['name']} | | failed | | |" + " |" * len(peers)
    seconds, best, ahead = results["etch"]["seconds"], best_peer(row), ratio(row)
    cells = [
        row["name"],
        time_text(row["limit"]) if row["limit"] else "",
        time_text(seconds),
        f"{seconds / row['limit']:.2f}x" if row["limit"] else "",
        f"{ahead:.2f}x" if ahead else "",
    ]
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


def draw(measured, path):
    """A line for each workload: times of peers over Etch's; right of 1 Etch is faster."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    groups = [group for group in _groups(measured) if group[1]]
    names = list(dict.fromkeys(row["name"] for row in measured["rows"]))
    peers = [name for name in measured["versions"] if name != "etch"]
    figure, axes = plt.subplots(1, len(groups), sharey=True, figsize=(5 * len(groups) + 4, 0.24 * len(names) + 2))
    axes = [axes] if len(groups) == 1 else list(axes)
    markers = dict(zip(peers, "osD^v<>ph*X"))
    for axis, (threads, rows, _) in zip(axes, groups):
        for peer in peers:
            points = [
                (row["results"][peer]["seconds"] / row["results"]["etch"]["seconds"], names.index(row["name"]))
                for row in rows
                if peer in row["results"] and "etch" in row["results"]
            ]
            axis.plot([x for x, _ in points], [y for _, y in points], markers[peer], label=peer, markersize=5, alpha=0.8)
        limits = [
            (row["limit"] / row["results"]["etch"]["seconds"], names.index(row["name"]))
            for row in rows
            if row["limit"] and "etch" in row["results"]
        ]
        axis.plot([x for x, _ in limits], [y for _, y in limits], "k|", label="limit of the machine", markersize=9)
        axis.axvline(1, color="black", linewidth=1)
        axis.set_xscale("log")
        axis.set_title(f"{threads} thread{'s' if threads > 1 else ''}")
        axis.set_xlabel("time / Etch's time; right of 1: Etch is faster")
        axis.grid(True, axis="both", alpha=0.3)
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.6 / figure.get_figheight()))
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=6, fontsize=8)
    figure.savefig(path, dpi=110)
