#!/usr/bin/env python3
"""Writes a .npy file: make_npy.py FILE DTYPE SHAPE VALUES, for instance make_npy.py x.npy f4 2,3 0,1,2,3,4,5.

SHAPE "" is rank 0. Fewer values than elements are repeated; "range" counts from 0. V2 is bfloat16, as ml_dtypes saves
it; its values must need no rounding.
"""
import struct
import sys

path, dtype, shape, values = sys.argv[1:5]
dims = [int(extent) for extent in shape.split(",") if extent]
count = 1
for extent in dims:
    count *= extent
code = {"b1": "?", "u1": "B", "i4": "i", "i8": "q", "f2": "e", "f4": "f", "f8": "d", "V2": "H"}[dtype]
numbers = list(range(count)) if values == "range" else [float(v) if dtype[0] in "fV" else int(v) for v in values.split(",")]
numbers = [numbers[i % len(numbers)] for i in range(count)]
if dtype == "V2":
    numbers = [struct.unpack("<I", struct.pack("<f", v))[0] >> 16 for v in numbers]
order = "|" if dtype in ("b1", "u1") else "<"
header = "{'descr': '%s%s', 'fortran_order': False, 'shape': (%s), }" % (order, dtype, "".join("%d, " % d for d in dims))
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(path, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack("<%d%s" % (count, code), *numbers))
