"""What becomes of results that are wrong or missing; without any peer."""

import importlib.util
import os
import tempfile
import unittest
from unittest import mock

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
if HAS_NUMPY:
    import checking
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


WORKLOAD = {"name": "x", "checked_steps": 1, "atol": 1e-6, "rtol": 1e-5}


def measured(rounds=1, **results):
    """The row of implementations with these results."""
    fakes = {name: FakeImplementation(name, *values) for name, values in results.items()}
    with tempfile.TemporaryDirectory() as scratch, mock.patch("sys.stderr"):
        return compare.measure(WORKLOAD, fakes, FakeImplementation("gauge", 0), [0], rounds, scratch)


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
        self.assertIn("1 results where 2 are right", row["absent"]["etch"])

    def test_nothing_is_timed_in_no_rounds(self):
        row = measured(0, etch=[self.right], jax=[self.right])
        self.assertNotIn("samples", row["results"]["etch"])
        self.assertIn("etch 0, jax 0", compare.checked_line({"name": "x", **row}))


@unittest.skipUnless(HAS_NUMPY, "needs NumPy, as the comparison does")
class Differences(unittest.TestCase):
    def apart(self, theirs, right, atol=1e-6, rtol=1e-5):
        return checking.apart(theirs, right, atol, rtol)

    def test_every_element_counts_by_its_own_size(self):
        right = np.array([1e6, 1], np.float32)
        self.assertTrue(self.apart(right * np.float32(1 + 1e-6), right).agrees)
        far = self.apart(np.array([1e6, 1.01], np.float32), right)
        self.assertFalse(far.agrees)
        self.assertIn("differs by 1.0e-02 from 1, where 1.1e-05 is allowed", far.what)

    def test_shapes_and_dtypes_are_compared(self):
        right = np.ones((2, 3), np.float32)
        self.assertIn("is float32[3, 2] where float32[2, 3] is right", self.apart(np.ones((3, 2), np.float32), right).what)
        self.assertIn("is float32[6]", self.apart(right.reshape(6), right).what)
        self.assertFalse(self.apart(right.astype(np.float64), right).agrees)
        self.assertFalse(self.apart(np.float32([1]), np.array(1, np.float32)).agrees)
        self.assertTrue(self.apart(np.zeros((0, 2)), np.zeros((0, 2))).agrees)

    def test_exact_results(self):
        right = np.array([1, 2], np.int32)
        self.assertTrue(self.apart(right, right, 0, 0).agrees)
        self.assertFalse(self.apart(right + 1, right, 0, 0).agrees)

    def test_what_is_no_number_agrees_with_nothing(self):
        nan = np.array([1, np.nan], np.float32)
        self.assertFalse(self.apart(nan, nan).agrees)
        self.assertFalse(self.apart(np.ones(2, np.float32), nan).agrees)


if __name__ == "__main__":
    unittest.main()
