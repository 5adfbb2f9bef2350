#!/usr/bin/env python3
"""Prints what .npy files hold, one line each: <f4 (2, 3) 0 1 2 3 4 5. V2 is bfloat16."""
import ast
import struct
import sys

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x93NUMPY\x01\x00", path
    start = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:start].decode())
    count = 1
    for extent in header["shape"]:
        count *= extent
    code = {"b1": "?", "u1": "B", "i4": "i", "i8": "q", "f2": "e", "f4": "f", "f8": "d", "V2": "H"}[header["descr"][1:]]
    values = struct.unpack("<%d%s" % (count, code), data[start:])
    if header["descr"] == "<V2":
        values = [struct.unpack("<f", struct.pack("<I", v << 16))[0] for v in values]
    print(header["descr"], header["shape"], *("%.6g" % v if isinstance(v, float) else v for v in values))
