"""Who is asked for how many samples."""

import unittest
from unittest import mock

import sampling
from implementations import Failed


class FakeImplementation:
    """Takes so long for a step; counts its samples. Fails after so many."""

    def __init__(self, seconds, fails_after=None):
        self.seconds, self.asked, self.fails_after = seconds, 0, fails_after
        self.process = mock.Mock(**{"poll.return_value": None})
        self.bound = []

    def ask(self, line):
        self.asked += 1
        if self.fails_after is not None and self.asked > self.fails_after:
            raise Failed("no more")
        return [str(int(line.split()[1]) * self.seconds)]

    def bind(self, cpus):
        self.bound.append(set(cpus))


class Samples(unittest.TestCase):
    def numbers(self, rounds=11, **seconds):
        implementations = {name: FakeImplementation(value) for name, value in seconds.items()}
        samples, failed = sampling.interleaved(implementations, rounds, lambda: None)
        self.assertEqual(failed, {})
        return {name: len(values) for name, values in samples.items()}

    def test_who_could_be_the_best_peer_has_all_samples(self):
        numbers = self.numbers(etch=1e-3, jax=2e-3, torch=2.9e-3, numpy=3.1e-3)
        self.assertEqual(numbers, {"etch": 11, "jax": 11, "torch": 11, "numpy": 3})

    def test_etch_has_all_samples_where_it_is_behind(self):
        self.assertEqual(self.numbers(etch=9e-3, jax=1e-3), {"etch": 11, "jax": 11})

    def test_what_is_slow_and_far_behind_is_sampled_once(self):
        self.assertEqual(self.numbers(etch=0.01, jax=0.02, mlx=3.0), {"etch": 11, "jax": 11, "mlx": 1})
        mlx = FakeImplementation(3.0)
        sampling.interleaved({"etch": FakeImplementation(0.01), "jax": FakeImplementation(0.02), "mlx": mlx}, 9, lambda: None)
        self.assertEqual(mlx.asked, 1)  # the step that told how long it takes
        # Alone it is the best peer.
        self.assertEqual(self.numbers(etch=0.01, mlx=3.0), {"etch": 11, "mlx": 11})

    def test_everybody_begins_a_round_in_turn(self):
        asked = []

        class Noted(FakeImplementation):
            def __init__(self, name):
                super().__init__(1.0)
                self.name = name

            def ask(self, line):
                asked.append(self.name)
                return super().ask(line)

        sampling.interleaved({name: Noted(name) for name in "abc"}, 4, lambda: asked.append("-"))
        # A step that warms up, and the sample, even of long steps.
        self.assertEqual("".join(asked), "abc" + "aabbcc-" + "bbccaa-" + "ccaabb-" + "aabbcc-")

    def test_who_fails_later_has_no_samples(self):
        implementations = {"etch": FakeImplementation(1.0), "jax": FakeImplementation(1.0, fails_after=3)}
        samples, failed = sampling.interleaved(implementations, 5, lambda: None)
        self.assertEqual((list(samples), failed), (["etch"], {"jax": "no more"}))

    def test_preparing_ends_on_the_cpus_of_the_measurement(self):
        implementations = {name: FakeImplementation(1.0) for name in "abc"}

        def work(implementation):
            if implementation is implementations["b"]:
                raise Failed("not here")
            return 7

        with mock.patch("os.sched_getaffinity", lambda pid: {0, 1}):
            results = sampling.side_by_side(implementations, [1], work)
        self.assertEqual((results["a"], str(results["b"]), results["c"]), (7, "not here", 7))
        for implementation in implementations.values():
            self.assertEqual(len(implementation.bound), 2)
            self.assertEqual(implementation.bound[-1], {1})


if __name__ == "__main__":
    unittest.main()
