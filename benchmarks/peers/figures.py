"""What was measured: kept as JSON, compared, counted."""

import json
import math
import os

from implementations import PEERS

TITLES = {
    "elementwise": "Elementwise",
    "rows": "Rows, sums, movement",
    "gemm": "Matrix products",
    "convolution": "Convolutions",
    "training": "Training steps",
    "transformer": "Transformer",
    "science": "Science and finance",
    "loops": "Loops over small states",
    "calls": "Calls",
}


# Below this a step of Etch takes no longer than a peer's call from Python does, which is 5 to 30 us.
SHORT_SECONDS = 20e-6
# What a row counts as in means that Etch fails at or computes wrongly: ten times slower than the best peer.
LOST = 0.1
# Workloads whose step is many calls.
CALLS_OF_A_STEP = {"net 20-20-10-1, 10,000 steps of batch 1": 10_000}


def load(path):
    """What a file has: in files of before 2026-11-23 one run stands for all rows."""
    if not (path and os.path.exists(path)):
        return {"machine": {}, "versions": {}, "runs": [], "rows": []}
    with open(path) as file:
        measured = json.load(file)
    if "runs" not in measured:
        measured["runs"] = [run_of(measured["machine"], measured["versions"])]
        for row in measured["rows"]:
            row["run"] = 0
    return measured


def run_of(machine, versions):
    """What rows that were measured together have in common."""
    return {**{key: machine.get(key) for key in ("commit", "date", "load")}, "versions": dict(versions)}


def begin_run(measured, machine):
    """Rows replaced from now on are of this run. Throws ValueError where the rows that stay come from another machine."""
    if measured["rows"] and measured["machine"].get("cpu") != machine["cpu"]:
        raise ValueError(f"the rows there were measured on {measured['machine'].get('cpu')}, this is {machine['cpu']}")
    measured["machine"] = machine
    measured["runs"].append(run_of(machine, {}))


def loaded(measured, name, version):
    measured["versions"][name] = measured["runs"][-1]["versions"][name] = version


def save(measured, path):
    if path:
        with open(path, "w") as file:
            json.dump(measured, file, indent=1)


def replace(measured, row):
    """In the run that began last."""
    same = lambda other: (other["name"], other["threads"]) == (row["name"], row["threads"])
    row["run"] = len(measured["runs"]) - 1
    measured["rows"] = [other for other in measured["rows"] if not same(other)] + [row]


def runs(measured):
    """(run, how many rows it measured) of those that have rows."""
    counts = [sum(row["run"] == i for row in measured["rows"]) for i in range(len(measured["runs"]))]
    return [(run, count) for run, count in zip(measured["runs"], counts) if count]


def time_text(seconds):
    for scale, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def best_peer(row):
    peers = {name: result["seconds"] for name, result in row["results"].items() if name != "etch"}
    return min(peers.items(), key=lambda item: item[1], default=None)


def is_lost(row):
    """Whether Etch has no result here, or a wrong one."""
    return "etch" not in row["results"]


def ratio(row):
    """How many times faster than the best peer; None without one; LOST where Etch has nothing to show."""
    if is_lost(row):
        return LOST
    best = best_peer(row)
    return best[1] / row["results"]["etch"]["seconds"] if best else None


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def groups(measured):
    """For each number of threads: it and its rows."""
    for threads in sorted({row["threads"] for row in measured["rows"]}):
        yield threads, [row for row in measured["rows"] if row["threads"] == threads]


def ratios_of(rows):
    return [r for r in map(ratio, rows) if r is not None]


def families(rows):
    """Family to rows, in the order of TITLES; throws where a family has no title."""
    unknown = {row["family"] for row in rows} - set(TITLES)
    if unknown:
        raise ValueError(f"no title for the families {', '.join(sorted(unknown))}: report.py, TITLES")
    members = {family: [row for row in rows if row["family"] == family] for family in TITLES}
    return {family: rows for family, rows in members.items() if rows}


def is_short(row):
    """Whether a peer's time is for a good part the call from Python."""
    if is_lost(row):
        return False
    steps = CALLS_OF_A_STEP.get(row["name"], 1)
    return row["results"]["etch"]["seconds"] / steps < SHORT_SECONDS


def lost_text(number):
    return f"Etch fails or is wrong in {number}, which count{'s' if number == 1 else ''} as {LOST}x"


def counted(rows):
    """The rows that means are over: a call of a few ns beside Python's of some us says nothing of a compiler."""
    return [row for row in rows if row["family"] != "calls" and ratio(row) is not None]


def longer(rows):
    """Those in which calls from Python do not matter."""
    return [row for row in rows if not is_short(row)]


def unasked(rows):
    """Peer to how many of these rows have neither its time nor a reason why there is none."""
    counts = {peer: sum(peer not in row["results"] and peer not in row["absent"] for row in rows) for peer in PEERS}
    return {peer: count for peer, count in counts.items() if count}


def unasked_text(rows):
    return ", ".join(f"{peer} ({'all' if n == len(rows) else n})" for peer, n in unasked(rows).items())


def summary(measured):
    lines = []
    for threads, rows in groups(measured):
        rows = counted(rows)
        if not rows:
            continue
        ratios = ratios_of(rows)
        text = (
            f"{threads} thread(s): at least as fast as the best peer on {sum(r >= 1 for r in ratios)} of {len(rows)} rows, "
            f"{geomean(ratios):.2f}x by geometric mean"
        )
        if long_ratios := ratios_of(longer(rows)):
            text += f"; {geomean(long_ratios):.2f}x on the {len(long_ratios)} rows in which a call takes Etch 20 us or more"
        if lost := sum(map(is_lost, rows)):
            text += f". {lost_text(lost)}"
        if missing := unasked_text(rows):
            text += f". Not asked: {missing}"
        lines.append(text)
    return "\n".join(lines)
