"""IREE: StableHLO as JAX writes it, compiled by iree-compile for llvm-cpu and this CPU."""

import importlib.metadata

import iree.compiler
import iree.runtime
import jax
import jax.numpy as jnp
import numpy as np
from ops import Absent, update
from ops_jax import Jax


class Iree(Jax):
    operations = {name: f for name, f in Jax.operations.items() if name != "solve"}

    def __init__(self, threads):
        super().__init__(threads)
        # A worker for each CPU that the process may use; none for one thread.
        self.config = iree.runtime.Config("local-sync" if threads == 1 else "local-task")

    def versions(self):
        return f"IREE {importlib.metadata.version('iree-base-compiler')}"

    def array(self, values):
        return iree.runtime.asdevicearray(self.config.device, np.ascontiguousarray(values))

    def numpy(self, array):
        return array.to_host()

    def wait(self, result):
        pass  # A call ends when its results are there.

    def rows(self, x):
        host = x.to_host()
        return [self.array(host[i : i + 1]) for i in range(len(host))]

    def solve(self, a, b):
        """Gauss-Jordan, as Etch's: JAX calls LAPACK, which IREE does not have."""
        size = a.shape[0]

        def eliminate(i, m):
            row = jax.lax.dynamic_slice(m, (i, 0), (1, size + 1))
            row = row / jax.lax.dynamic_slice(row, (0, i), (1, 1))
            column = jax.lax.dynamic_slice(m, (0, i), (size, 1))
            return jnp.where(jnp.arange(size)[:, None] == i, row, m - column * row)

        return jax.lax.fori_loop(0, size, eliminate, jnp.concatenate([a, b[:, None]], 1))[:, size]

    def _build(self, f, arguments):
        """A callable on device arrays; results are a flat tuple, or one array."""
        shapes = [jax.ShapeDtypeStruct(a.shape, a.dtype) for a in arguments]
        module = str(jax.jit(f, keep_unused=True).lower(*shapes).compiler_ir("stablehlo"))
        code = iree.compiler.compile_str(
            module,
            target_backends=["llvm-cpu"],
            input_type="stablehlo",
            extra_args=[
                "--iree-llvmcpu-target-cpu=host",
                "--iree-opt-level=O3",
                "--iree-input-demote-f64-to-f32=false",
            ],
        )
        vm = iree.runtime.VmModule.copy_buffer(self.config.vm_instance, code)
        context = iree.runtime.SystemContext(config=self.config, vm_modules=[vm])
        self._contexts = getattr(self, "_contexts", [])[-3:] + [context]
        [name] = [n for n in vm.function_names if n == "main"] or [vm.function_names[0]]
        return getattr(context.modules, vm.name)[name]

    def compile(self, f):
        built = []

        def call(*arguments):
            if not built:
                built.append(self._build(f, arguments))
            return built[0](*arguments)

        return call

    def compile_gradient(self, loss):
        return self.compile(jax.grad(loss))

    def eager(self, f):
        raise Absent("no eager operations")

    def _stateful(self, f, state):
        """f(state..., *batch) -> (result, *state), run with the state of the last call."""
        run = self.compile(lambda *arguments: f(*arguments))
        state = [self.array(np.asarray(s)) for s in state]

        def step(*batch):
            result, *state[:] = run(*state, *batch)
            return result

        return step

    def trainer(self, loss, parameters, optimizer, rate):
        n = len(parameters)
        zeros = [np.zeros(p.shape, np.float32) for p in parameters]
        state = [p.to_host() for p in parameters] + ([*zeros, *zeros, np.float32(0)] if optimizer == "adam" else [])

        def train_step(*arguments):
            own, batch = arguments[: len(state)], arguments[len(state) :]
            moments = (list(own[n : 2 * n]), list(own[2 * n : 3 * n]), own[-1]) if optimizer == "adam" else ()
            value, gradients = jax.value_and_grad(loss)(list(own[:n]), *batch)
            new, moments = update(self, optimizer, rate, own[:n], moments, gradients)
            return value, *new, *jax.tree.leaves(moments)

        return self._stateful(train_step, state)

    def training_loop(self, loss, parameters, rate, xs, ys):
        def epoch(*arguments):
            def body(i, state):
                parameters, _ = state
                value, gradients = jax.value_and_grad(loss)(parameters, xs[i][None], ys[i][None])
                return [p - rate * g for p, g in zip(parameters, gradients)], value

            *parameters, xs, ys = arguments
            parameters, value = jax.lax.fori_loop(0, xs.shape[0], body, (parameters, jnp.float32(0)))
            return value, *parameters

        step = self._stateful(epoch, [p.to_host() for p in parameters])
        return lambda: step(xs, ys)

    def compile_loop(self, body, steps):
        return self.compile(lambda x: jax.lax.fori_loop(0, steps, lambda _, x: body(x), x))

    def compile_scan(self, step, start):
        return self.compile(lambda xs: jax.lax.scan(step, start(), xs)[1])

    def with_normals(self, f, count, x):
        def price(key, x):
            key, used = jax.random.split(jax.random.wrap_key_data(key))
            return f(jax.random.normal(used, (count,)), x), jax.random.key_data(key)

        step = self._stateful(price, [np.array([0, 7], np.uint32)])
        return lambda: step(x)

    def variables_updater(self, count, x):
        add = self.compile(lambda x, *variables: tuple(v + x for v in variables))
        state = [self.array(np.zeros(x.shape, np.float32)) for _ in range(count)]

        def step():
            state[:] = add(x, *state)
            return state[-1]

        return step


PEER = Iree
