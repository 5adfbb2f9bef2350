"""Whose results are right: those that most implementations agree with."""

from typing import NamedTuple


class Verdict(NamedTuple):
    yardstick: str  # the implementation that most agree with
    agreeing: int  # how many do, itself included
    gaps: dict  # name to Gap, of everybody


class Gap(NamedTuple):
    share: float  # of what the workload tolerates: up to 1 they agree
    what: str = ""  # "has shape (2,) where ..."

    @property
    def agrees(self):
        return self.share <= 1


def judge(names, gap):
    """`gap(name, other)`: how far the results of one are from those of another, a Gap; results that are no numbers are
    far from themselves. Of groups of one size those are believed that Etch is not in."""
    verdicts = []
    for yardstick in sorted(names, key=lambda name: name == "etch"):
        gaps = {name: gap(name, yardstick) for name in names}
        verdict = Verdict(yardstick, sum(gap.agrees for gap in gaps.values()), gaps)
        if 2 * verdict.agreeing > len(gaps):
            return verdict
        verdicts.append(verdict)
    with_etch = lambda verdict: "etch" in verdict.gaps and verdict.gaps["etch"].agrees
    return max(verdicts, key=lambda verdict: (verdict.agreeing, not with_etch(verdict)), default=None)
