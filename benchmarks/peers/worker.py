"""Runs workloads in a peer as it is told on standard input: benchmarks/workloads/line_protocol.h says how.

worker.py PEER THREADS, with the Python of the peer's environment. The first line it writes is "ok versions".
"""

import gc
import importlib
import json
import os
import sys
import time

import numpy as np
import workloads
from ops import Absent

# Peers that share a module: the class in it.
CLASSES = {"torch.compile": ("torch", "TorchCompiled")}


def load(peer, threads):
    module, name = CLASSES.get(peer, (peer, "PEER"))
    return getattr(importlib.import_module("ops_" + module), name)(threads)


def inputs_of(folder, workload):
    return [np.load(os.path.join(folder, f"in_{i}.npy")) for i in range(len(workload["inputs"]))]


def answer(ops, task, line):
    command, _, rest = line.partition(" ")
    if command in ("prepare", "plan"):
        task.clear()
        gc.collect()
        folder, _, table = rest.partition(" ")
        workload = json.loads(table)
        make = getattr(workloads, workload["kind"], None)
        if make is None:
            raise Absent("not written for peers")
        if command == "plan":
            ops.watch_plans()
        inputs = inputs_of(folder, workload)
        ops.expect({values.dtype for values in inputs})
        task.append(make(ops, workload["sizes"], *map(ops.array, inputs)))
        if command == "prepare":
            return "ok"
        ops.run(task[0], 1)
        return f"ok {ops.planned_bytes()}"
    if command == "check":
        steps, _, folder = rest.partition(" ")
        written = 0
        for _ in range(int(steps)):
            results = ops.run(task[0], 1)
            for result in results if isinstance(results, (tuple, list)) else (results,):
                np.save(os.path.join(folder, f"out_{written}.npy"), task[0].read(ops.numpy(result)))
                written += 1
        return f"ok {written}"
    if command == "sample":
        start = time.perf_counter()
        ops.run(task[0], int(rest))
        return f"ok {time.perf_counter() - start:.9g}"
    if command == "memory":
        with open("/proc/self/status") as status:
            return "ok " + next(line.split()[1] for line in status if line.startswith("VmHWM"))
    raise ValueError(f"there is no command '{command}'")


def main():
    # Answers own the real standard output; what peers print goes to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    ops = load(sys.argv[1], int(sys.argv[2]))
    task = []
    answers.write(f"ok {ops.versions()}\n")
    for line in sys.stdin:
        try:
            text = answer(ops, task, line.rstrip("\n"))
        except Absent as why:
            text = f"skip {why}"
        except Exception as error:  # A peer that fails is reported, and the others go on.
            text = f"error {type(error).__name__}: {error}"
        answers.write(text.replace("\n", " ")[:500] + "\n")


if __name__ == "__main__":
    main()
