"""What a campaign has changed: the difference of two shares with its interval.

Source: R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven
methods, Statistics in Medicine 17 (1998), method 10 (score intervals, without continuity correction). It holds for
small groups and for shares of 0 and 1, where the textbook's normal interval does not.
"""

from dataclasses import dataclass
from math import sqrt

#: 97.5 % quantile of the standard normal distribution: two sides of 95 %.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Group:
    """How many of how many came."""

    came: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1; 0 for an empty group."""
        return self.came / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Uplift:
    """Difference of the shares (contacted less held out) and its 95 % interval, as fractions from -1 to 1."""

    difference: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def score_interval(group: Group) -> tuple[float, float]:
    """Wilson's interval of a share, 95 %. The group must not be empty."""
    n, p = group.of, group.share
    middle = 2 * n * p + Z * Z
    spread = Z * sqrt(Z * Z + 4 * n * p * (1 - p))
    below = 2 * (n + Z * Z)
    return max(0.0, (middle - spread) / below), min(1.0, (middle + spread) / below)


def uplift(contacted: Group, held_out: Group) -> Uplift | None:
    """None while one of the groups is empty: then there is nothing to compare with."""
    if not contacted.of or not held_out.of:
        return None
    (low_1, high_1), (low_2, high_2) = score_interval(contacted), score_interval(held_out)
    p, q = contacted.share, held_out.share
    return Uplift(
        difference=p - q,
        low=p - q - sqrt((p - low_1) ** 2 + (high_2 - q) ** 2),
        high=p - q + sqrt((high_1 - p) ** 2 + (q - low_2) ** 2),
    )
