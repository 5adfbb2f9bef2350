"""Who is believed."""

import math
import unittest

from agreement import Gap, judge


def believed(**results):
    """The yardstick and who agrees with it; a result is a number, and results within 1 agree."""

    def gap(name, other):
        apart = abs(results[name] - results[other])
        return Gap(math.inf if math.isnan(apart) else apart)

    verdict = judge(results, gap)
    return verdict.yardstick, {name for name, gap in verdict.gaps.items() if gap.agrees}


class Judging(unittest.TestCase):
    def test_etch_is_not_the_yardstick(self):
        self.assertEqual(believed(etch=7, jax=0, torch=0, numpy=0), ("jax", {"jax", "torch", "numpy"}))

    def test_the_majority_is_believed(self):
        self.assertEqual(believed(etch=0, jax=9, torch=0.5, numpy=0), ("torch", {"etch", "torch", "numpy"}))
        self.assertEqual(believed(etch=0, jax=5, torch=9, numpy=9), ("torch", {"torch", "numpy"}))

    def test_peers_are_believed_where_nobody_has_a_majority(self):
        self.assertEqual(believed(etch=0, jax=9), ("jax", {"jax"}))
        self.assertEqual(believed(etch=0, mlx=0, jax=9, torch=9), ("jax", {"jax", "torch"}))

    def test_no_number_agrees_with_nothing(self):
        self.assertEqual(believed(etch=0, jax=math.nan, torch=math.nan)[1], {"etch"})

    def test_etch_alone_is_believed(self):
        self.assertEqual(believed(etch=0), ("etch", {"etch"}))


if __name__ == "__main__":
    unittest.main()
