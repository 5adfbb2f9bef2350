"""What becomes of results that are wrong or missing; without any peer."""

import importlib.util
import os
import tempfile
import unittest
from unittest import mock

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
if HAS_NUMPY:
    import compare
    import numpy as np
from implementations import Failed


class FakeImplementation:
    """Answers with these results; without any it fails."""

    def __init__(self, name, *results):
        self.name, self.results = name, results
        self.process = mock.Mock(**{"poll.return_value": None})

    def bind(self, cpus):
        pass

    def ask(self, line):
        command, *_, last = line.split()
        if command == "check":
            if not self.results:
                raise Failed("no memory")
            for i, result in enumerate(self.results):
                np.save(os.path.join(last, f"out_{i}.npy"), result)
        return {"sample": ["0.1"], "limit": ["0.1", "0.2"]}.get(command, [])


WORKLOAD = {"name": "x", "checked_steps": 1, "tolerance": 1e-5}


def measured(**results):
    """The row of implementations with these results."""
    fakes = {name: FakeImplementation(name, *values) for name, values in results.items()}
    with tempfile.TemporaryDirectory() as scratch, mock.patch("sys.stderr"):
        return compare.measure(WORKLOAD, fakes, FakeImplementation("gauge", 0), [0], 1, scratch)


@unittest.skipUnless(HAS_NUMPY, "needs NumPy, as the comparison does")
class Rows(unittest.TestCase):
    def setUp(self):
        self.right = np.arange(6, dtype=np.float32)

    def test_etch_is_absent_where_it_fails_and_peers_are_timed(self):
        row = measured(etch=[], jax=[self.right], numpy=[self.right])
        self.assertEqual(row["absent"], {"etch": "no memory"})
        self.assertEqual(set(row["results"]), {"jax", "numpy"})

    def test_etch_is_absent_where_it_is_wrong(self):
        row = measured(etch=[self.right + 1], jax=[self.right], numpy=[self.right])
        self.assertIn("jax is believed, 2 of 3 agree with it", row["absent"]["etch"])
        self.assertEqual(set(row["results"]), {"jax", "numpy"})

    def test_a_peer_is_absent_where_it_is_wrong(self):
        row = measured(etch=[self.right], jax=[self.right * 2], numpy=[self.right])
        self.assertEqual(set(row["results"]), {"etch", "numpy"})
        self.assertEqual(row["agreement"], {"with": "numpy", "agreeing": 2, "of": 3})

    def test_results_are_counted(self):
        row = measured(etch=[self.right], jax=[self.right] * 2, numpy=[self.right] * 2)
        self.assertIn("has 1 results where 2 are right", row["absent"]["etch"])


if __name__ == "__main__":
    unittest.main()
