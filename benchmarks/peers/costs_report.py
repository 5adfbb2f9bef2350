"""Start-up, first calls, memory and plans, as text and as tables."""

from figures import time_text


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


def section(title, *lines):
    return [f"## {title}", "", *lines]


def plans_markdown(measured):
    if not measured.get("planned"):
        return []
    lines = section(
        "Memory by plan",
        "What a step needs at once, besides what it is given and what it updates in place, as the compilers tell it",
        "(Etch: `memory_stats()`; JAX: `memory_analysis()`, temporaries and results).",
        "",
        "| workload | plans |",
        "|---|---|",
    )
    return lines + [f"| {name} | {plans_text(plans)} |" for name, plans in measured["planned"].items()] + [""]


def costs_markdown(measured):
    if not measured.get("costs"):
        return []
    lines = section(
        "Around the steps",
        "Processes of their own, one thread; disk caches in a folder that starts empty. loaded: until the library is there.",
        "First result: from the start of the process, with the caches empty, then with what the first process left in them.",
        "Caches of compiled code: Etch's, torch.compile's and MLX's, as they are; JAX's and TensorFlow's, which are off by default, switched on;",
        "the others keep none. Compiler warm: a new function in a process that has compiled another one.",
        "",
        "| workload | implementation | " + " | ".join(COSTS.values()) + " |",
        "|---|---|" + "---:|" * len(COSTS),
    )
    for row in measured["costs"]:
        for name, figures in row["results"].items():
            cells = [cost_text(k, figures[k]) if k in figures else "" for k in COSTS]
            lines.append(f"| {row['name']} | {name} | " + " | ".join(cells) + " |")
    if measured.get("shipped"):
        lines += ["", "What must be shipped to run a compiled function:", "", "| | size | what |", "|---|---:|---|"]
        lines += [f"| {name} | {bytes_text(size)} | {what} |" for name, (size, what) in measured["shipped"].items()]
    return lines + [""]
