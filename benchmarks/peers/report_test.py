"""What is told of measurements, without any peer."""

import glob
import os
import tempfile
import unittest
import unittest.mock

import figures
import readme
import report
import rows_behind
from implementations import PEERS


MACHINE = {"cpu": "Zen", "commit": "abc", "date": "2026-11-22 10:00 UTC", "load": "0.1"}


def row(name, family, threads=1, **seconds):
    etch = seconds.pop("etch")
    results = {peer.replace("_", "."): {"seconds": value} for peer, value in seconds.items()}
    return {
        "name": name,
        "family": family,
        "threads": threads,
        "results": {"etch": {"seconds": etch}, **results},
        "absent": {},
        "limit": 1e-3,
    }


def measured(*rows):
    versions = {"etch": "Etch", "jax": "JAX 1", "numpy": "NumPy 2"}
    run = figures.run_of(MACHINE, versions)
    return {"machine": MACHINE, "versions": versions, "runs": [run], "rows": [{"run": 0, **row} for row in rows]}


def page_of(measured):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.md")
        report.write_markdown(measured, path)
        with open(path) as file:
            return file.read()


def page(*rows):
    return page_of(measured(*rows))


LORENZ = row("Lorenz", "loops", etch=1e-3, jax=2e-3)
GEMM = row("gemm 2x2x2", "gemm", etch=1e-3, jax=0.5e-3, numpy=3e-3)


# Etch has no result, or a wrong one.
LOST = dict(GEMM, name="gemm 3x3x3", results={"jax": {"seconds": 1e-3}}, absent={"etch": "out_0.npy has shape (2,)"})


class Pages(unittest.TestCase):
    def test_every_family_that_is_counted_is_shown(self):
        self.assertIn("| Lorenz |", page(LORENZ))
        families = {w["family"] for w in measured(LORENZ, GEMM)["rows"]}
        self.assertLessEqual(families, set(figures.TITLES))

    def test_an_unknown_family_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "astrology"):
            page(row("stars", "astrology", etch=1, jax=1))

    def test_peers_that_were_not_asked_are_named(self):
        skipped = dict(GEMM, absent={"mlx": "no products"})
        self.assertEqual(set(figures.unasked([skipped])), set(PEERS) - {"jax", "numpy", "mlx"})
        self.assertIn("Not asked: tensorflow (all)", page(GEMM))
        self.assertIn("Not asked: tensorflow (all)", figures.summary(measured(GEMM)))

    def test_rows_behind_stand_with_their_reason(self):
        self.assertIn("| gemm 2x2x2 | 0.50x | jax | not explained |  |", page(LORENZ, GEMM))
        near = row("gemm 512x512x512", "gemm", etch=1e-3, onednn=0.98e-3)
        self.assertIn("decisions/0077-share-of-the-peak.md", page(near))
        # A reason does not explain what is further behind than it was when the reason was found.
        far = row("gemm 512x512x512", "gemm", etch=1e-3, onednn=0.6e-3)
        self.assertEqual(rows_behind.reason(far), ("not explained", ""))

    def test_what_etch_fails_at_is_shown_and_explained(self):
        text = page(LOST, LORENZ)
        self.assertIn("| gemm 3x3x3 | 1 ms | **failed** |  | lost | **1 ms** |", text)
        self.assertIn("| gemm 3x3x3 | lost | jax | Etch: out_0.npy has shape (2,) |", text)
        page(dict(LOST, results={}))

    def test_decisions_that_reasons_name_are_there(self):
        folder = os.path.join(readme.SOURCE, "docs", "decisions")
        for known in rows_behind.REASONS:
            if known.page:
                self.assertTrue(os.path.exists(os.path.join(folder, known.page + ".md")), known.page)


class Means(unittest.TestCase):
    def test_short_calls_have_no_say_in_the_second_mean(self):
        short = row("softmax 64x10", "rows", etch=1e-6, jax=20e-6)
        many = row(next(iter(figures.CALLS_OF_A_STEP)), "training", etch=7e-3, jax=0.3)
        self.assertEqual(figures.longer([short, many, LORENZ]), [LORENZ])
        self.assertIn("2.00x on the 1 rows", figures.summary(measured(short, many, LORENZ)))

    def test_calls_are_not_counted(self):
        call = row("compiled a * b + c", "calls", etch=1e-8, jax=1e-5)
        self.assertIn("on 1 of 1 rows, 2.00x", figures.summary(measured(call, LORENZ)))

    def test_what_etch_fails_at_is_lost(self):
        self.assertEqual(figures.counted([LOST, LORENZ]), [LOST, LORENZ])
        self.assertEqual(figures.longer([LOST]), [LOST])
        # sqrt(2 * 0.1)
        text = figures.summary(measured(LOST, LORENZ))
        self.assertIn("best peer on 1 of 2 rows, 0.45x", text)
        self.assertIn("0.45x on the 2 rows", text)
        self.assertIn("Etch fails or is wrong in 1, which counts as 0.1x", text)
        alone = dict(LOST, results={})
        self.assertIn("on 0 of 1 rows, 0.10x", figures.summary(measured(alone)))


class Runs(unittest.TestCase):
    """Rows that an older run left in a file."""

    def later(self):
        both = measured(LORENZ, GEMM)
        figures.begin_run(both, {**MACHINE, "commit": "def", "date": "2026-11-23 09:00 UTC"})
        figures.loaded(both, "jax", "JAX 2")
        figures.loaded(both, "numpy", "NumPy 2")
        figures.replace(both, dict(GEMM))
        return both

    def test_rows_keep_commit_and_versions_of_their_run(self):
        text = page_of(self.later())
        self.assertIn("# Beside the peers, 2026-11-22 to 2026-11-23\n", text)
        self.assertIn("- Commit: abc (1 rows), 2026-11-22 10:00 UTC;", text)
        self.assertIn("- Commit: def (1 rows), 2026-11-23 09:00 UTC;", text)
        self.assertIn("- Peers: JAX 1 (1 rows), JAX 2 (1 rows), NumPy 2\n", text)

    def test_a_run_of_which_nothing_stays_is_not_told(self):
        both = self.later()
        figures.replace(both, dict(LORENZ))
        text = page_of(both)
        self.assertIn("- Commit: def, 2026-11-23 09:00 UTC;", text)
        self.assertNotIn("abc", text)
        self.assertIn("- Peers: JAX 2, NumPy 2\n", text)

    def test_machines_are_not_mixed(self):
        with self.assertRaisesRegex(ValueError, "measured on Zen, this is Xeon"):
            figures.begin_run(measured(GEMM), {**MACHINE, "cpu": "Xeon"})
        figures.begin_run(figures.load(None), {**MACHINE, "cpu": "Xeon"})

    def test_files_without_runs_are_read(self):
        older = {key: value for key, value in measured(GEMM).items() if key != "runs"}
        older["rows"] = [dict(GEMM)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.json")
            figures.save(older, path)
            self.assertEqual(figures.load(path), measured(GEMM))

    def test_files_that_results_keep_are_read(self):
        for path in glob.glob(os.path.join(readme.SOURCE, "benchmarks", "results", "*peers*.json")):
            page_of(figures.load(path))


class Readme(unittest.TestCase):
    def table(self, *machines):
        return readme.table({name: (rows, [f"{name}.json"]) for name, rows in machines})

    def test_common_rows_come_first_and_more_rows_apart(self):
        more = row("gemm i32 2x2x2", "gemm", etch=1e-3, jax=4e-3)
        text = self.table(("Zen", [GEMM, LORENZ, more]), ("Xeon", [GEMM]))
        self.assertIn("| matrix products | 1 | 0.50 | 0.50 |", text)
        self.assertIn("| **rows of both** | **1** | **0.50** | **0.50** |", text)
        self.assertIn("| more matrix products |  | 4.00 of 1 |  |", text)
        self.assertIn("| loops over small states |  | 2.00 of 1 |  |", text)
        self.assertLess(text.index("rows of both"), text.index("loops"))
        self.assertIn("| **all rows** |  | **1.59 of 3** | **0.50 of 1** |", text)
        self.assertIn("0.50 (gemm 2x2x2)", text)

    def test_two_threads_and_unasked_peers(self):
        text = self.table(("Zen", [GEMM, dict(GEMM, threads=2)]))
        self.assertIn("| **two threads, all rows** |  | **0.50 of 1** |", text)
        self.assertIn("Not asked, Zen, two threads: tensorflow (all)", text)

    def test_lost_rows(self):
        text = self.table(("Zen", [LOST, LORENZ]))
        self.assertIn("| **all** | **2** | **0.45** |", text)
        self.assertIn("| furthest behind |  | lost (gemm 3x3x3) |", text)
        self.assertIn("Zen, one thread: Etch fails or is wrong in 1", text)

    def test_what_stands_around_the_table_stays(self):
        text = "a\n<!-- peers\n-->\nold\n<!-- end of peers -->\nb\n"
        with unittest.mock.patch.object(readme, "table", lambda machines: "new\n"):
            new = readme.updated(text)
        self.assertEqual(new, "a\n<!-- peers\n-->\n\nnew\n\n<!-- end of peers -->\nb\n")
        with self.assertRaisesRegex(ValueError, "no marks"):
            readme.updated("a\n")


if __name__ == "__main__":
    unittest.main()
