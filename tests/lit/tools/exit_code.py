#!/usr/bin/env python3
"""exit_code.py N COMMAND ...: runs the command, both outputs to stdout; fails unless it exits with N."""
import subprocess
import sys

result = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
sys.stdout.buffer.write(result.stdout)
if result.returncode != int(sys.argv[1]):
    sys.exit("exit code %d, expected %s" % (result.returncode, sys.argv[1]))
