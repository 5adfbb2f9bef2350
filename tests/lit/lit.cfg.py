# How lit runs the IR tests. Substitutions beyond lit's own:
#   %source  the checkout        %lib  the built libraries        %cc %cxx  the compilers Etch is built with
import os

import lit.formats

config.name = "etch"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.etch_obj_root

# Ours first: an installed etch-opt must not be the one that is tested.
config.environment["PATH"] = os.pathsep.join([config.etch_tools_dir, config.llvm_tools_dir, os.environ["PATH"]])
# What is tested is compiled.
config.environment["ETCH_CACHE"] = "0"
config.environment["ETCH_KERNEL_PACK"] = ""
for name in ("ETCH_DATA_DIR", "ETCH_CASES_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions += [
    ("%source", config.etch_source_dir),
    ("%lib", config.etch_lib_dir),
    ("%cxx", config.cxx_compiler),
    ("%cc", config.c_compiler),
]

# `REQUIRES: etch-run` in a test skips it in a build without that tool.
for tool in ("etch-opt", "etch-run", "etchc"):
    if os.path.exists(os.path.join(config.etch_tools_dir, tool)):
        config.available_features.add(tool)

# `REQUIRES: host-avx2` in a test that runs what it compiles for x86-64-v3.
with open("/proc/cpuinfo") as cpuinfo:
    if " avx2 " in cpuinfo.read():
        config.available_features.add("host-avx2")
