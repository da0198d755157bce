"""The constants of devices of random cards: ours and aihwkit's against closed forms, and against each other.

Each constant that is a folded normal is compared with that distribution (Kolmogorov and Smirnov), aihwkit's and ours;
all, their sums and their differences are compared between the two. A right program fails one of all comparisons of
this file together with a chance below :data:`CHANCE`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from scipy import stats
from torch import Tensor

from mortalff.cards import Card, PowStepLaw, SoftBoundsReferenceLaw
from mortalff.hardware.device_laws import device_law
from tests.strategies.closed_forms import device_of
from tests.strategies.devices import stream
from tests.strategies.random_cards import KINDS, Draw, draws
from tests.strategies.statistics import array
from tests.strategies.tiles import hidden, tile

CHANCE = 5e-6
DRAWS = 25
SIDE = 50
SHARE = CHANCE / len(KINDS)

Constants = dict[str, Tensor]


@pytest.mark.parametrize("kind", KINDS)
def test_constants_have_their_distributions(kind: str) -> None:
    ps = [found for draw in draws(kind, DRAWS) for found in compared(draw)]
    failed = sorted((p, what) for p, what in ps if not p > SHARE / len(ps))
    assert not failed, f"{len(failed)} of {len(ps)} below {SHARE / len(ps):.1e}; {failed[:5]}"


def compared(draw: Draw) -> Iterator[tuple[float, str]]:
    theirs = aihwkits(draw)
    mine = ours(draw)
    assert mine.keys() == theirs.keys()
    for name, law in closed_forms(draw.card).items():
        for whose, found in (("aihwkit's", theirs[name]), ("ours", mine[name])):
            yield float(stats.kstest(array(found), law.cdf).pvalue), f"{draw}: {whose} {name}"
    for one in theirs:
        yield same(theirs[one], mine[one]), f"{draw}: {one}"
        for other in theirs:
            if one < other:  # how they go together
                a, b = (set_[one] / scale(theirs[one]) for set_ in (theirs, mine))
                c, d = (set_[other] / scale(theirs[other]) for set_ in (theirs, mine))
                size = float(torch.maximum(a.abs(), c.abs()).max())  # by which they are rounded
                yield same(a + c, b + d, size), f"{draw}: {one} + {other}"
                yield same(a - c, b - d, size), f"{draw}: {one} - {other}"


def scale(values: Tensor) -> float:
    """Of the scatter of constants, so that sums and differences show both; one where they are all alike."""
    std = float(values.double().std())
    return std if std > 1e-6 * float(values.abs().max()) else 1.0


def same(a: Tensor, b: Tensor, size: float = 0.0) -> float:
    """p-value that two samples have one distribution; what has no spread, but for rounding, must be equal."""
    x, y = array(a), array(b)
    size = max(abs(x).max(), abs(y).max(), size)
    if max(x.std(), y.std()) <= 1e-5 * size:
        return float(abs(x.mean() - y.mean()) <= 1e-4 * size)
    return float(stats.ks_2samp(x, y, method="asymp").pvalue)


def aihwkits(draw: Draw) -> Constants:
    found = hidden(tile(draw.card, SIDE, SIDE, seed=draw.construction_seed))
    reference = found.get("reference", torch.zeros(()))
    constants = {
        "step up": found["dwmin_up"],
        "step down": found["dwmin_down"],
        "upper bound": found["max_bound"] - reference,
        "lower bound": found["min_bound"] - reference,
    }
    own = {name: found[name] for name in ("slope_up", "slope_down") if name in found}
    own |= {name: found[name] for name in ("gamma_up", "gamma_down") if name in found}
    if draw.card.law.kind == "SoftBoundsReference":
        top, bottom = found["max_bound"], found["min_bound"]
        own["slope_up"] = -(found["dwmin_up"] / top).where(top > 0, torch.zeros(()))
        own["slope_down"] = -(found["dwmin_down"] / bottom).where(bottom < 0, torch.zeros(()))
        constants["step up"] = constants["step up"] + own["slope_up"] * reference
        constants["step down"] = constants["step down"] + own["slope_down"] * reference
    return {**constants, **own}


def ours(draw: Draw) -> Constants:
    fabrication = stream("fabrication", seed=draw.construction_seed)
    law = device_law(draw.card, fabrication, SIDE, SIDE)
    steps = getattr(law, "devices", law)
    found = {
        "step up": steps.step_up,
        "step down": steps.step_down,
        "upper bound": law.w_max,
        "lower bound": law.w_min,
    }
    own = ("gamma_up", "gamma_down")
    if draw.card.law.kind in ("LinearStep", "SoftBounds", "SoftBoundsReference"):
        own = ("slope_up", "slope_down")
    none = torch.zeros_like(law.w_max)
    found |= {
        n: none if getattr(law, n) is None else getattr(law, n) for n in own if hasattr(law, n)
    }
    return found


def closed_forms(card: Card) -> dict[str, stats.rv_continuous]:
    """Distributions of constants that are |mean + std ξ|, as far as the card has them."""
    mean, spread = device_of(card)
    law, dw = card.law, float(mean.dw_min)
    found: dict[str, stats.rv_continuous | None] = {}
    if not spread.enforce_consistency:
        return found
    if not isinstance(law, SoftBoundsReferenceLaw):
        # Bounds that are drawn crosswise change places; so few that they do not count.
        top, top_std = float(mean.w_max), float(spread.w_max_dtod)
        found["upper bound"] = folded(top, top * top_std)
        tau = float(spread.dw_min_dtod) ** 2 + float(spread.up_down_dtod) ** 2
        if not spread.dw_min_dtod_log_normal:
            beta = float(mean.up_down)
            found["step up"] = folded(dw * (1.0 + min(beta, 0.0)), dw * tau**0.5)
            found["step down"] = folded(dw * (1.0 - max(beta, 0.0)), dw * tau**0.5)
    if isinstance(law, PowStepLaw):
        gamma, beta = float(law.gamma), float(law.gamma_up_down)
        std = gamma * (float(law.gamma_dtod) ** 2 + float(law.gamma_up_down_dtod) ** 2) ** 0.5
        found["gamma_up"] = folded(gamma * (1.0 + min(beta, 0.0)), std)
        found["gamma_down"] = folded(gamma * (1.0 - max(beta, 0.0)), std)
    return {name: law for name, law in found.items() if law is not None}


def folded(mean: float, std: float) -> stats.rv_continuous | None:
    """|mean + std ξ|, or None where that has no spread."""
    return stats.foldnorm(abs(mean) / std, scale=std) if std > 0.0 else None
