"""Writes a program of COUNT values.

    many_values.py products|states|operands|results COUNT
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


programs = {"products": products, "states": states, "operands": operands, "results": results}
print("\n".join(programs[sys.argv[1]](int(sys.argv[2]))))
