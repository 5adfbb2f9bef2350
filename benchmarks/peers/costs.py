"""What a process pays besides its steps: start, first calls, memory, and what must be shipped.

Each figure comes from processes of their own, with disk caches in a folder that starts empty:
  start    until the library is loaded
  cold     until the first result, with empty caches
  second   the same in a second process, with the caches that the first left: those of Etch, JAX, TensorFlow (both off
           by default), torch.compile and MLX; the others keep none
  warm     the first result of a new function in a process that has compiled another one
  memory   the most that was resident, after five steps, in the first and in the second process
and, where an implementation tells it,
  planned  what a step needs by the plan of its compiler, besides what it is given and what it updates in place
"""

import glob
import os
import statistics
import tempfile
import time

from implementations import Failed, Implementation

WORKLOADS = ["relu(2x + 1) 64k", "MLP 784-512-256-10, Adam, batch 64", "transformer block d=256, forward"]
PLANNED = [
    "MLP 784-512-256-10, Adam, batch 64",
    "CNN 5x5x32-5x5x64-1024-10, Adam, batch 50",
    "LSTM 256 units, 40 steps, batch 50",
    "transformer block d=256, forward",
    "transformer block d=256, training step, Adam",
]
WARM_UP = "softmax 64x10"

# What runs a compiled function where there is no compiler: files of the build, of the peer's environment, of the system.
LIBRARIES = "lib/python*/site-packages/"
SHIPPED = {
    "etch": (["bin/aot_train_c"], [], "a whole program with a compiled training step, and oneTBB"),
    "jax": ([], [LIBRARIES + "jaxlib/*.so"], "jaxlib: JAX has no runtime without compiler"),
    "tensorflow": (
        [],
        [LIBRARIES + "tensorflow/libtensorflow_cc.so*", LIBRARIES + "tensorflow/libtensorflow_framework.so*"],
        "the C++ library",
    ),
    "torch": ([], [LIBRARIES + "torch/lib/libtorch_cpu.so", LIBRARIES + "torch/lib/libc10.so"], "for AOTInductor"),
    "mlx": ([], [LIBRARIES + "mlx/lib/libmlx.so"], "libmlx"),
    "iree": ([], [LIBRARIES + "iree/_runtime_libs/*.so"], "the Python runtime; C programs link less"),
    "onnxruntime": ([], [LIBRARIES + "onnxruntime/capi/*pybind*.so"], "the whole library"),
}


def shipped_bytes(build, environments):
    """Name to (bytes, what they are)."""
    sizes = {}
    for name, (built, installed, what) in SHIPPED.items():
        files = [os.path.join(build, path) for path in built]
        for pattern in installed:
            files += glob.glob(os.path.join(environments, name, pattern))
        files = {os.path.realpath(path) for path in files if os.path.exists(path)}
        if files:
            tbb = glob.glob("/usr/lib/*/libtbb.so.12") if name == "etch" else []
            sizes[name] = (sum(map(os.path.getsize, [*files, *tbb])), what)
    return sizes


def _first_result(implementation, workload, inputs, outputs, begin):
    implementation.ask(f"prepare {inputs} {workload}")
    implementation.ask(f"check 1 {outputs}")
    return time.perf_counter() - begin


def _fresh(name, command, cpus, caches):
    begin = time.perf_counter()
    tensorflow = os.path.join(caches, "tensorflow")
    os.makedirs(tensorflow, exist_ok=True)
    environment = {
        "ETCH_CACHE_DIR": os.path.join(caches, "etch"),
        # Off by default, and then only for what takes a second to compile.
        "JAX_COMPILATION_CACHE_DIR": os.path.join(caches, "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "TF_XLA_FLAGS": f"--tf_xla_persistent_cache_directory={tensorflow} --tf_xla_persistent_cache_device_types=XLA_CPU_JIT",
        "TORCHINDUCTOR_CACHE_DIR": os.path.join(caches, "torch"),
        "TMPDIR": caches,  # MLX keeps its compiled kernels there
    }
    implementation = Implementation(name, command, len(cpus), cpus, environment).wait_until_loaded()
    return implementation, begin, time.perf_counter() - begin


def measure(name, command, workload, warm_up, cpus, folders, repeats):
    """The version of one implementation and its costs of one workload; throws Failed where it does not run. `folders`:
    with the inputs of the two workloads. `workload` and `warm_up` as JSON."""
    figures = {key: [] for key in ("start", "cold", "second", "warm", "memory", "memory second")}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="etch-bench-") as scratch:
            caches = os.path.join(scratch, "caches")
            os.makedirs(caches)
            for which in ("cold", "second"):
                implementation, begin, start = _fresh(name, command, cpus, caches)
                try:
                    figures[which].append(_first_result(implementation, workload, folders[0], scratch, begin))
                    figures["start"].append(start)
                    implementation.ask("sample 5")
                    figures["memory" if which == "cold" else "memory second"].append(
                        int(implementation.ask("memory")[0]) * 1024
                    )
                finally:
                    implementation.close()
            empty = os.path.join(scratch, "empty")
            os.makedirs(empty)
            implementation, _, _ = _fresh(name, command, cpus, empty)
            try:
                _first_result(implementation, warm_up, folders[1], scratch, 0)
                begin = time.perf_counter()
                figures["warm"].append(_first_result(implementation, workload, folders[0], scratch, begin))
            finally:
                implementation.close()
    return implementation.version, {key: statistics.median(values) for key, values in figures.items()}


def planned_bytes(name, command, workload, cpus, folder):
    """Throws Failed where there is no plan."""
    implementation = Implementation(name, command, len(cpus), cpus).wait_until_loaded()
    try:
        return int(implementation.ask(f"plan {folder} {workload}")[0])
    finally:
        implementation.close()


__all__ = ["PLANNED", "WORKLOADS", "WARM_UP", "Failed", "measure", "planned_bytes", "shipped_bytes"]
