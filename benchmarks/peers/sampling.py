"""Samples of one workload: interleaved, each first in its turn, and fewer of those that are far behind."""

import math
import os
import statistics
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from implementations import Failed

SAMPLE_SECONDS = 0.02
# Who is slower than the best peer by FAR after FIRST_ROUNDS has samples enough: only the best one's time is compared.
FIRST_ROUNDS, FAR = 3, 1.5
# Who is slower by VERY_FAR, and takes so many seconds, is sampled once.
VERY_FAR, SLOW_SECONDS = 5, 0.3


def side_by_side(implementations, cpus, work):
    """Name to what work(implementation) returned, or the Failed that it raised: one of them on each CPU of the process
    at a time, as compilers run on one. Afterwards all are bound to `cpus` again."""
    free = SimpleQueue()
    everywhere = sorted(os.sched_getaffinity(0))
    for cpu in everywhere:
        free.put({cpu})

    def one(implementation):
        cpu = free.get()
        try:
            if len(cpus) == 1:
                implementation.bind(cpu)
            return work(implementation)
        except Failed as why:
            return why
        finally:
            if implementation.process.poll() is None:
                implementation.bind(cpus)
            free.put(cpu)

    with ThreadPoolExecutor(len(everywhere)) as pool:
        return dict(zip(implementations, pool.map(one, implementations.values())))


def sample(implementation, steps):
    return float(implementation.ask(f"sample {steps}")[0]) / steps


def calibrate(implementation):
    """How many steps make a sample, and what a step takes."""
    steps, seconds = 1, sample(implementation, 1)
    while steps * seconds < SAMPLE_SECONDS / 4 and steps < 1_000_000:
        steps *= 8
        seconds = sample(implementation, steps)
    return max(1, math.ceil(SAMPLE_SECONDS / max(seconds, 1e-9))), seconds


def best(seconds):
    """Of the peers, or of Etch where there is none."""
    return min((value for name, value in seconds.items() if name != "etch"), default=seconds.get("etch"))


def is_asked(name, sampled, seconds):
    """Whether an implementation has one more sample. `seconds`: of all so far."""
    if name == "etch":
        return True
    behind = seconds[name] / best(seconds)
    if sampled >= 1 and behind > VERY_FAR and seconds[name] > SLOW_SECONDS:
        return False
    return sampled < FIRST_ROUNDS or behind < FAR


def rotated(names, i):
    """Each begins a round in its turn: caches and clock are as between() left them."""
    first = i % len(names) if names else 0
    return names[first:] + names[:first]


def interleaved(implementations, rounds, between):
    """Name to samples, and name to why there are none. between() is called in each round."""
    steps, seconds, samples, failed = {}, {}, {}, {}
    for name, implementation in implementations.items():
        try:
            steps[name], seconds[name] = calibrate(implementation)
            samples[name] = []
        except Failed as why:
            failed[name] = str(why)
    for name, values in samples.items():
        if not is_asked(name, 1, seconds):
            values.append(seconds[name])
    for i in range(rounds):
        for name in rotated([name for name, values in samples.items() if is_asked(name, len(values), seconds)], i):
            try:
                sample(implementations[name], 1)  # brings its data and threads back
                samples[name].append(sample(implementations[name], steps[name]))
            except Failed as why:
                failed[name] = str(why)
                del samples[name], seconds[name]
        seconds = {name: statistics.median(values) for name, values in samples.items()}
        between()
    return samples, failed
