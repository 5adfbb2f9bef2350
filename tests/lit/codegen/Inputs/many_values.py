"""Writes a program of COUNT values.

    many_values.py products|states|operands|results|scans COUNT
"""
import sys


def products(count):
    """Each is made of the one before it."""
    square = "tensor<3x3xf32>"
    lines = [f"func.func @products(%v0: {square}) -> {square} {{"]
    for i in range(count):
        lines.append(
            f"  %v{i + 1} = etch.dot_general %v{i}, %v0 batch = [] x [] contract = [1] x [0] : "
            f"({square}, {square}) -> {square}"
        )
    return lines + [f"  return %v{count} : {square}", "}"]


def states(count):
    """A loop that carries them, each made of other elements of itself."""
    row, number = "tensor<100xf32>", "tensor<i64>"
    names = [f"%x{i}" for i in range(count)]
    rows = ", ".join([row] * count)
    lines = [
        f"func.func @states(%n: {number}, {', '.join(f'{x}: {row}' for x in names)}) -> ({rows}) {{",
        f"  %all:{count} = etch.for %n to %n ({', '.join(names)}) : ({number}, {number}, {rows}) -> ({rows}) {{",
        f"  ^bb0(%i: {number}, {', '.join(f'%s{i}: {row}' for i in range(count))}):",
    ]
    for i in range(count):
        lines.append(f"    %r{i} = etch.reverse %s{i} axes = [0] : ({row}) -> {row}")
        lines.append(f"    %d{i} = etch.sub %r{i}, %s{i} : {row}")
    lines.append(f"    etch.yield {', '.join(f'%d{i}' for i in range(count))} : {rows}")
    return lines + ["  }", f"  return {', '.join(f'%all#{i}' for i in range(count))} : {rows}", "}"]


def operands(count):
    """A concatenation of them."""
    row = "tensor<2x8xf32>"
    names = [f"%x{i}" for i in range(count)]
    result = f"tensor<{2 * count}x8xf32>"
    return [
        f"func.func @operands({', '.join(f'{x}: {row}' for x in names)}) -> {result} {{",
        f"  %0 = etch.concatenate {', '.join(names)} axis = 0 : ({', '.join([row] * count)}) -> {result}",
        f"  return %0 : {result}",
        "}",
    ]


def results(count):
    """Sums, each made of the one before it."""
    row = "tensor<64xf32>"
    lines = [f"func.func @results(%x: {row}, %v0: {row}) -> ({', '.join([row] * count)}) {{"]
    for i in range(count):
        lines.append(f"  %v{i + 1} = etch.add %v{i}, %x : {row}")
    return lines + [f"  return {', '.join(f'%v{i + 1}' for i in range(count))} : {', '.join([row] * count)}", "}"]


def scans(count):
    """Loops that put what they carry into the rows of a tensor."""
    row, rows, number = "tensor<1000xf32>", "tensor<4x1000xf32>", "tensor<i64>"
    state = f"{row}, {rows}"
    lines = [f"func.func @scans(%n: {number}, %v0: {row}, %rows: {rows}) -> ({state}) {{", f"  %r0 = etch.neg %rows : {rows}"]
    for i in range(count):
        lines += [
            f"  %s{i}:2 = etch.for %n to %n (%v{i}, %r{i}) : ({number}, {number}, {state}) -> ({state}) {{",
            f"  ^bb0(%i: {number}, %v: {row}, %r: {rows}):",
            f"    %next = etch.add %v, %v : {row}",
            f"    %stored = etch.store_slice %next into %r at %i : ({rows}, {row}, {number}) -> {rows}",
            f"    etch.yield %next, %stored : {state}",
            "  }",
            f"  %v{i + 1} = etch.neg %s{i}#0 : {row}",
            f"  %r{i + 1} = etch.neg %s{i}#1 : {rows}",
        ]
    return lines + [f"  return %v{count}, %r{count} : {state}", "}"]


programs = {
    "products": products,
    "states": states,
    "operands": operands,
    "results": results,
    "scans": scans,
}
print("\n".join(programs[sys.argv[1]](int(sys.argv[2]))))
