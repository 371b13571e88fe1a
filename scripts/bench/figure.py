"""What was measured: the values of all runs, what they are compared with, and where they have to be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

HIGHER, LOWER = "higher", "lower"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table. `references` were measured beside the values, one a run, where there is such a thing.

    Floor and goal are bounds of the ratio where there is a reference, else of the median.
    """

    name: str
    unit: str
    values: Sequence[float]
    better: str
    references: Sequence[float] = ()
    floor: float | None = None
    goal: float | None = None

    @property
    def median(self) -> float:
        """The value in the middle."""
        return statistics.median(self.values)

    @property
    def reference(self) -> float | None:
        """The reference in the middle."""
        return statistics.median(self.references) if self.references else None

    @property
    def ratio(self) -> float | None:
        """The ratio in the middle, of each run to its own reference: what else ran beside it slowed both."""
        if not self.references:
            return None
        return statistics.median(a / b for a, b in zip(self.values, self.references, strict=True))

    @property
    def verdict(self) -> str:
        """Where it is: goal, floor, or below; a dash where it has no bounds."""
        if self.floor is None and self.goal is None:
            return "-"
        if self._meets(self.goal):
            return "goal"
        return "floor" if self._meets(self.floor) else "below"

    def row(self) -> dict[str, object]:
        """Give it for programs."""
        return {
            "name": self.name,
            "unit": self.unit,
            "runs": len(self.values),
            "min": min(self.values),
            "median": self.median,
            "max": max(self.values),
            "reference": self.reference,
            "ratio": self.ratio,
            "better": self.better,
            "floor": self.floor,
            "goal": self.goal,
        }

    def _meets(self, bound: float | None) -> bool:
        if bound is None:
            return False
        judged = self.median if self.ratio is None else self.ratio
        return judged >= bound if self.better == HIGHER else judged <= bound


def percentile(values: Sequence[float], percent: float) -> float:
    """Give the least of the values that is not below `percent` of them."""
    ranked = sorted(values)
    return ranked[max(0, ceil(len(ranked) * percent / 100) - 1)]
