"""The programs that are compared: how each is started, asked and kept quiet."""

import ctypes
import os
import select
import signal
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = ["jax", "tensorflow", "torch", "torch.compile", "mlx", "iree", "onnxruntime", "numpy", "onednn"]


class Failed(Exception):
    """No answer that can be used; the message says why."""


class Skipped(Failed):
    """The implementation says that it does not do this."""


def _begin(cpus):
    os.sched_setaffinity(0, cpus)
    # Stopped processes do not notice that the comparison has been killed: die with it (PR_SET_PDEATHSIG).
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Implementation:
    """A process that runs workloads. While it is not asked it is stopped: some peers spin after their work."""

    def __init__(self, name, command, threads, cpus, more_environment={}):
        self.name = name
        environment = {**os.environ, **more_environment}
        for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ETCH_NUM_THREADS"):
            environment[variable] = str(threads)
        environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
        self.log = open(os.path.join(os.environ.get("TMPDIR", "/tmp"), f"etch-bench-{name}.log"), "ab")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            preexec_fn=lambda: _begin(cpus),
        )
        self.buffer = b""
        self.version = None

    def wait_until_loaded(self):
        """Programs load side by side. Throws Failed."""
        self.version, status = self._answer(120)
        if status != "ok":
            raise Failed(self.version)
        self._pause()
        return self

    def ask(self, line, timeout=300):
        """The words of the answer after "ok". Throws Failed, or Skipped."""
        if self.process.poll() is not None:
            raise Failed(f"ended with status {self.process.returncode}")
        self._resume()
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        text, status = self._answer(timeout)
        self._pause()
        if status == "skip":
            raise Skipped(text)
        if status != "ok":
            raise Failed(text)
        return text.split()

    def bind(self, cpus):
        """All of its threads, to these CPUs."""
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            try:
                os.sched_setaffinity(int(thread), cpus)
            except ProcessLookupError:
                continue  # it has just ended

    def close(self):
        if self.process.poll() is None:
            self._resume()
            self.process.kill()
        self.process.wait()
        self.log.close()

    def _answer(self, timeout):
        end = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            read = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not read:
                self.process.kill()
                self.process.wait()
                raise Failed(f"no answer in {timeout} s" if not ready else f"ended; see {self.log.name}")
            self.buffer += read
        line, _, self.buffer = self.buffer.partition(b"\n")
        status, _, text = line.decode().partition(" ")
        return text, status

    def _pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def _resume(self):
        self.process.send_signal(signal.SIGCONT)


def commands(build, environments, threads, tiny):
    """Name to command of everything that is installed, and name to reason of what is not."""
    found, absent = {}, {}
    found["etch"] = [os.path.join(build, "bin/etch-bench-worker"), "--threads", str(threads)] + ["--tiny"] * tiny
    for peer in PEERS:
        if peer == "onednn":
            program = os.path.join(build, "bin/etch-bench-onednn")
            if os.path.exists(program):
                found[peer] = [program, str(threads)]
            else:
                absent[peer] = "etch-bench-onednn was not built: CMake found no oneDNN 3"
            continue
        python = os.path.join(environments, peer.partition(".")[0], "bin/python")
        if not os.path.exists(python):
            absent[peer] = f"no environment {os.path.dirname(os.path.dirname(python))}: ./run bench-setup"
        elif not os.path.exists(os.path.join(HERE, f"ops_{peer.partition('.')[0]}.py")):
            absent[peer] = "no adapter"
        else:
            found[peer] = [python, os.path.join(HERE, "worker.py"), peer, str(threads)]
    return found, absent
