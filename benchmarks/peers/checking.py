"""Runs the first steps of a workload in every implementation, and compares their results before anything is timed."""

import json
import math
import os
import sys
import time

import numpy as np
import sampling
from agreement import Gap, judge
from implementations import Failed, Skipped


def apart(theirs, right, atol, rtol):
    """How far numbers are from each other, of atol + rtol |right| for each. Shapes and dtypes must be the same."""
    if (theirs.shape, theirs.dtype) != (right.shape, right.dtype):
        return Gap(math.inf, f"is {theirs.dtype}{list(theirs.shape)} where {right.dtype}{list(right.shape)} is right")
    if not right.size:
        return Gap(0.0)
    wide = np.abs(right.astype(np.float64))
    difference = np.abs(theirs.astype(np.float64) - right.astype(np.float64))
    allowed = atol + rtol * wide
    share = np.divide(difference, allowed, out=np.where(difference == 0, 0.0, np.inf), where=allowed > 0)
    share[np.isnan(share)] = np.inf
    worst = np.argmax(share)
    return Gap(
        float(share.flat[worst]),
        f"differs by {difference.flat[worst]:.1e} from {right.flat[worst]:.6g}, where {allowed.flat[worst]:.1e} is allowed",
    )


def gap(folder, other, workload):
    """The largest of all results: those that one implementation left in one folder, from those in another."""
    files = lambda folder: sorted(name for name in os.listdir(folder) if name.startswith("out_"))
    if len(files(folder)) != len(files(other)):
        return Gap(math.inf, f"{len(files(folder))} results where {len(files(other))} are right")
    gaps = []
    for name in files(folder):
        theirs, right = (np.load(os.path.join(where, name)) for where in (folder, other))
        found = apart(theirs, right, workload["atol"], workload["rtol"])
        gaps.append(Gap(found.share, f"result {name[4:-4]} {found.what}"))
    return max(gaps, key=lambda gap: gap.share)


def prepare(implementation, workload, inputs, outputs):
    """Makes the workload ready and writes its first results. Returns seconds to the first result."""
    os.makedirs(outputs, exist_ok=True)
    start = time.perf_counter()
    implementation.ask(f"prepare {inputs} {json.dumps(workload)}")
    implementation.ask(f"check {workload['checked_steps']} {outputs}")
    return time.perf_counter() - start


def absent(row, name, why):
    row["absent"][name] = str(why)
    if not isinstance(why, Skipped):
        print(f"    {name}: {why}", file=sys.stderr)


def checked(workload, implementations, cpus, inputs, scratch):
    """A row without times, and by name the implementations that are ready to be timed: those with right results."""
    row = {"results": {}, "absent": {}}
    outputs = lambda name: os.path.join(scratch, name)
    first = sampling.side_by_side(implementations, cpus, lambda i: prepare(i, workload, inputs, outputs(i.name)))
    for name in [name for name, seconds in first.items() if isinstance(seconds, Failed)]:
        absent(row, name, first.pop(name))
    if not first:
        return row, {}
    verdict = judge(list(first), lambda a, b: gap(outputs(a), outputs(b), workload))
    row["agreement"] = {"with": verdict.yardstick, "agreeing": verdict.agreeing, "of": len(first)}
    believed = f"{verdict.yardstick} is believed, {verdict.agreeing} of {len(first)} agree with it"
    for name, seconds in first.items():
        found = verdict.gaps[name]
        if found.agrees:
            row["results"][name] = {"first_seconds": seconds, "of_tolerance": found.share}
        else:
            absent(row, name, f"{found.what}; {believed}")
    return row, {name: implementations[name] for name in row["results"]}
