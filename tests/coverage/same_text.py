#!/usr/bin/env python3
"""Fails with a diff and the remedy unless a checked-in file is what was generated: same_text.py GENERATED CHECKED_IN"""
import difflib
import sys

generated, checked_in = sys.argv[1:3]
with open(generated) as a, open(checked_in) as b:
    new, old = a.readlines(), b.readlines()
if new != old:
    sys.stdout.writelines(list(difflib.unified_diff(old, new, checked_in, generated))[:60])
    print("\nout of date; run\n\n  ./run docs")
    sys.exit(1)
