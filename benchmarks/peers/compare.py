#!/usr/bin/env python3
"""Measures Etch beside its peers: ./run bench --peers

Every workload (benchmarks/workloads/*.cpp) is prepared in every implementation that is installed, on the same inputs;
what differs from the results of the majority is not timed. Then rounds begin: in each round each implementation runs one
sample (those far behind the best peer in fewer rounds), and copies and multiply-adds are measured between them, so that whatever else the machine does meets all alike.
Figures are medians over the rounds, wall-clock, until the result is there.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import checking
import costs
import costs_report
import figures
import plot
import report
import sampling
from implementations import PEERS, Failed, Implementation, commands

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", help="names, with commas between them (default: all that are installed)")
    parser.add_argument("--only", default="", help="a regular expression: families or names of workloads")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, one after the other (1,2)")
    parser.add_argument("--rounds", type=int, default=11, help="medians are over so many samples (11); 0: compare results only")
    parser.add_argument("--tiny", action="store_true", help="tiny sizes: see only that everything runs and agrees")
    parser.add_argument("--costs", action="store_true", help="measure start-up, first calls and memory instead")
    parser.add_argument("--json", help="write the figures; rows that the file has already are kept, with their commit, unless measured anew")
    parser.add_argument("--markdown", help="write a table")
    parser.add_argument("--plot", help="draw it (PNG)")
    parser.add_argument("--list", action="store_true", help="write the names of the workloads, and end")
    parser.add_argument("--build", default=os.path.join(SOURCE, "build"), help="folder of the build")
    parser.add_argument(
        "--environments",
        default=os.environ.get("ETCH_BENCH_VENV", os.path.expanduser("~/.cache/etch-bench/venv")),
        help="folder of the peers' Python environments ($ETCH_BENCH_VENV)",
    )
    return parser.parse_args()


def measure(workload, implementations, gauge, cpus, rounds, scratch):
    """A row: for each implementation its median and samples, or why there is none. `gauge`: a process that writes the
    inputs and measures copies and multiply-adds."""
    inputs = os.path.join(scratch, "inputs")
    gauge.ask(f"inputs {inputs} {json.dumps(workload)}")
    row, running = checking.checked(workload, implementations, cpus, inputs, scratch)
    if not rounds:
        return row
    limits = []
    between = lambda: limits.append([float(word) for word in gauge.ask(f"limit {json.dumps(workload)}")])
    samples, failed = sampling.interleaved(running, rounds, between)
    for name, why in failed.items():
        del row["results"][name]
        checking.absent(row, name, why)
    for name, values in samples.items():
        row["results"][name].update(samples=values, seconds=statistics.median(values))
    memory, arithmetic = (statistics.median(column) for column in zip(*limits))
    row["limit"] = max(memory, arithmetic)
    row["limited_by"] = "memory" if memory >= arithmetic else "arithmetic"
    return row


def restart(implementations, start):
    """Those that one workload has ended: they may win the next."""
    for name, implementation in implementations.items():
        if implementation.process.poll() is not None:
            implementation.close()
            try:
                implementations[name] = start(name).wait_until_loaded()
            except Failed as why:
                print(f"    {name}: does not start again: {why}", file=sys.stderr)


def measure_costs(arguments, table, found, cpus, measured):
    """Start-up, first calls, memory, and what is shipped."""
    by_name = {w["name"]: w for w in table}
    etch = Implementation("etch", found["etch"], 1, cpus).wait_until_loaded()
    with tempfile.TemporaryDirectory(prefix="etch-bench-") as scratch:
        folder = lambda name: os.path.join(scratch, str(list(by_name).index(name)))
        for name in {*costs.WORKLOADS, *costs.PLANNED, costs.WARM_UP}:
            etch.ask(f"inputs {folder(name)} {json.dumps(by_name[name])}")
        etch.close()
        for workload in costs.PLANNED:
            plans = measured.setdefault("planned", {}).setdefault(workload, {})
            for name, command in found.items():
                try:
                    plans[name] = costs.planned_bytes(
                        name, command, json.dumps(by_name[workload]), cpus, folder(workload)
                    )
                except Failed:
                    continue  # most peers tell no plan
            print(f"  {workload}: planned memory: " + costs_report.plans_text(plans), flush=True)
            figures.save(measured, arguments.json)
        for workload in costs.WORKLOADS:
            rows = measured.setdefault("costs", [])
            row = next((row for row in rows if row["name"] == workload), None)
            if row is None:
                rows.append(row := {"name": workload, "results": {}})
            for name, command in found.items():
                texts = json.dumps(by_name[workload]), json.dumps(by_name[costs.WARM_UP])
                folders = folder(workload), folder(costs.WARM_UP)
                try:
                    version, paid = costs.measure(name, command, *texts, cpus, folders, min(arguments.rounds, 3))
                except Failed as why:
                    print(f"    {name}: {why}", file=sys.stderr)
                    continue
                figures.loaded(measured, name, version)
                row["results"][name] = paid
                print(f"  {workload}: {name}: " + costs_report.costs_text(paid), flush=True)
                figures.save(measured, arguments.json)
    measured["shipped"] = costs.shipped_bytes(arguments.build, arguments.environments)


def line(row):
    """One row for the terminal."""
    results = row["results"]
    peers = {name: result["seconds"] for name, result in results.items() if name != "etch"}
    lost = figures.is_lost(row)
    text = f"  {row['name']:<46} etch {'failed' if lost else figures.time_text(results['etch']['seconds']):>8}"
    if row["limit"]:
        text += f"  copy/FMAs {figures.time_text(row['limit']):>8}"
    if peers:
        text += f"  {'lost to' if lost else f'{figures.ratio(row):5.2f}x of'} {min(peers, key=peers.get)}"
    return text + "".join(f"  {name} {figures.time_text(peers[name])}" for name in sorted(peers, key=peers.get))


def checked_line(row):
    """How far everybody is from who is believed, where nothing is timed."""
    apart = ", ".join(f"{name} {result['of_tolerance']:.2g}" for name, result in row["results"].items())
    return f"  {row['name']:<46} of what is tolerated: {apart or 'nobody'}"


def main():
    arguments = parse()
    etch_worker = os.path.join(arguments.build, "bin/etch-bench-worker")
    ask = lambda *flags: json.loads(subprocess.run([etch_worker, *flags], check=True, capture_output=True).stdout)
    table = ask("--list", *["--tiny"] * arguments.tiny)
    chosen = [w for w in table if re.search(arguments.only, f"{w['family']} {w['name']}")]
    if arguments.list:
        print("\n".join(f"{w['family']:<12} {w['name']}" for w in chosen))
        return
    wanted = arguments.peers.split(",") if arguments.peers is not None else PEERS
    unknown = set(wanted) - set(PEERS) - {""}
    if unknown:
        sys.exit(f"compare.py: no peer named {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")
    measured = figures.load(arguments.json)
    if arguments.costs and measured.get("costs"):
        sys.exit(f"compare.py: {arguments.json} has costs already, of another run: name another file")
    try:
        figures.begin_run(measured, ask("--machine"))
    except ValueError as why:
        sys.exit(f"compare.py: {arguments.json}: {why}")
    cpus = sorted(os.sched_getaffinity(0))
    rounds = min(arguments.rounds, 1) if arguments.tiny else arguments.rounds
    for threads in map(int, arguments.threads.split(",")):
        if threads > len(cpus):
            print(f"skipped: {threads} threads, because there are {len(cpus)} CPUs", file=sys.stderr)
            continue
        found, absent = commands(arguments.build, arguments.environments, threads, arguments.tiny)
        for name, why in absent.items():
            if name in wanted:
                print(f"skipped: {name}: {why}", file=sys.stderr)
        found = {name: command for name, command in found.items() if name == "etch" or name in wanted}
        if arguments.costs:
            measure_costs(arguments, table, found, cpus[-threads:], measured)
            break
        start = lambda name: Implementation(name, found[name], threads, cpus[-threads:])
        gauge = start("etch").wait_until_loaded()
        loading = {name: start(name) for name in found}
        implementations = {}
        for name, implementation in loading.items():
            try:
                implementations[name] = implementation.wait_until_loaded()
                figures.loaded(measured, name, implementation.version)
            except Failed as why:
                absent[name] = str(why)
                print(f"skipped: {name}: {why}", file=sys.stderr)
        print(f"{threads} thread(s): {', '.join(i.version for i in implementations.values())}", flush=True)
        for workload in chosen:
            with tempfile.TemporaryDirectory(prefix="etch-bench-") as scratch:
                row = measure(workload, implementations, gauge, cpus[-threads:], rounds, scratch)
            row["absent"].update({name: why for name, why in absent.items() if name in wanted})
            row = {"name": workload["name"], "family": workload["family"], "threads": threads, **row}
            restart(implementations, start)
            if not rounds:
                print(checked_line(row), flush=True)
                continue
            print(line(row), flush=True)
            figures.replace(measured, row)
            figures.save(measured, arguments.json)
        for implementation in (gauge, *implementations.values()):
            implementation.close()
    order = {w["name"]: i for i, w in enumerate(table)}
    measured["rows"].sort(key=lambda row: (row["threads"], order.get(row["name"], len(order))))
    figures.save(measured, arguments.json)
    print(figures.summary(measured) if rounds else "nothing was timed")
    if arguments.markdown:
        report.write_markdown(measured, arguments.markdown)
    if arguments.plot:
        plot.draw(measured, arguments.plot)


if __name__ == "__main__":
    main()
