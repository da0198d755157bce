"""Every device law against aihwkit's, on devices whose every parameter is drawn anew in each run.

Our laws get the constants of aihwkit's own devices, so that what is compared is what pulses do to them. Devices without
noise are compared one by one. aihwkit's noise is not seeded and comes from a table of 32,768 Gaussians whose own mean
and spread are a little off; scores allow for that. A right program fails one of all comparisons of this file together
with a chance below :data:`CHANCE`; the seed that repeats the draws is in the failure and at the head of the run.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff.cards import Card
from mortalff.physics.law import Law
from tests.strategies.closed_forms import device_of
from tests.strategies.random_cards import KINDS, Draw, draws
from tests.strategies.run_seed import run_draws, run_seed
from tests.strategies.statistics import (
    TABLE,
    p_standard_normal,
    p_symmetric,
    symmetric_score,
)
from tests.strategies.tiles import get_weights, hidden
from tests.strategies.twins import SHIFT, Twin, walk

CHANCE = 5e-6
DRAWS = run_draws(50)
SIDE = 16
ROUNDINGS = 2.5e-7  # a few of the last place
SHARE = CHANCE / (2 * len(KINDS))  # of each statistical test function

Scores = dict[str, list[float]]


@functools.cache
def drawn(kind: str) -> list[Draw]:
    return draws(kind, DRAWS)


def noise(draw: Draw) -> torch.Generator:
    return torch.Generator().manual_seed(draw.construction_seed)


class Verdict:
    """Comparisons of one test, judged together: each by itself, and each kind over all draws."""

    def __init__(self) -> None:
        self.ps: list[tuple[float, str]] = []
        self.scores: defaultdict[str, list[float]] = defaultdict(list)

    def p(self, value: float, draw: Draw, what: str) -> None:
        self.ps.append((value, f"{draw}: {what}"))

    def score(self, value: float, draw: Draw, what: str) -> None:
        """A symmetric score, which counts once by itself and once in the sum over draws."""
        self.p(p_symmetric(value), draw, what)
        self.scores[what].append(value)

    def give(self) -> None:
        for what, values in self.scores.items():
            total = sum(values) / np.sqrt(len(values))
            self.ps.append((p_symmetric(total), f"all draws of seed {run_seed()}: {what}"))
        share = SHARE / len(self.ps)
        failed = sorted((p, what) for p, what in self.ps if not p > share)
        assert not failed, f"{len(failed)} of {len(self.ps)} below {share:.1e}; {failed[:5]}"


def places(law: Law) -> Iterator[tuple[str, Tensor]]:
    """Weights at which a pulse is tried, (n_out, n_in), on the bounds and a fraction of a step from them too."""
    low, high = law.w_min[0], law.w_max[0]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        yield f"{share} of the range", low + share * (high - low)
    yield "half a step below the bound", high - 0.5 * law.up(high[None]).mean[0].abs()
    yield "half a step above the bound", low + 0.5 * law.down(low[None]).mean[0].abs()


@pytest.mark.parametrize("kind", KINDS)
def test_one_pulse(kind: str) -> None:
    """Its mean without noise, to rounding; with noise mean, spread and what the bounds cut off."""
    verdict = Verdict()
    for draw in drawn(kind):
        quiet, noisy = Twin.of(draw, SIDE, quiet=True), Twin.of(draw, SIDE)
        check_one_quiet_pulse(quiet, draw)
        generator = noise(draw)
        for sign in (1, -1):
            free: list[Tensor] = []
            means, spreads = [], []
            for _, place in places(noisy.law):
                before = noisy.set(place)[None]
                step = (noisy.law.up if sign > 0 else noisy.law.down)(before)
                after = noisy.pulse([sign])[None]
                visible(noisy, verdict, draw)
                xi = torch.randn(before.shape, generator=generator)
                ours = torch.clamp(
                    before + sign * (step.mean + step.std * xi), noisy.law.w_min, noisy.law.w_max
                )
                centre = torch.clamp(before + sign * step.mean, noisy.law.w_min, noisy.law.w_max)
                # Where noise hardly moves a float32, rounding is in its place.
                told = step.std > 1e-5
                theirs, mine = ((w - centre)[told] / step.std[told] for w in (after, ours))
                means.append(theirs - mine)
                spreads.append(theirs.square() - mine.square())
                reach = step.mean.abs() + 7.0 * step.std
                inside = (before + reach < noisy.law.w_max) & (before - reach > noisy.law.w_min)
                free.append(
                    (sign * (after - before) - step.mean)[told & inside] / step.std[told & inside]
                )
            if float(device_of(draw.card)[1].dw_min_std) == 0.0:
                continue
            way = "up" if sign > 0 else "down"
            verdict.score(symmetric_score(torch.cat(means), TABLE**-0.5), draw, f"mean {way}")
            offset = np.sqrt(3.0 / TABLE)
            verdict.score(symmetric_score(torch.cat(spreads), offset), draw, f"spread {way}")
            if (sample := torch.cat(free)).numel() > 30:
                verdict.p(p_standard_normal(sample, TABLE), draw, f"one free pulse {way}")
    verdict.give()


def check_one_quiet_pulse(quiet: Twin, draw: Draw) -> None:
    for sign in (1, -1):
        for name, place in places(quiet.law):
            before = quiet.set(place)[None]
            step = (quiet.law.up if sign > 0 else quiet.law.down)(before)
            ours = torch.clamp(before + sign * step.mean, quiet.law.w_min, quiet.law.w_max)
            theirs = quiet.pulse([sign])[None]
            torch.testing.assert_close(
                ours, theirs, rtol=2e-6, atol=5e-7, msg=f"{draw} {name} {sign}"
            )


def visible(noisy: Twin, verdict: Verdict, draw: Draw) -> None:
    """Write noise: the visible weight scatters about the state by write_noise_std · dw_min."""
    mean, spread = device_of(noisy.card)
    std = float(spread.write_noise_std) * float(mean.dw_min)
    if std > 0.0:
        z = (get_weights(noisy.tile) - noisy.state()) / std
        verdict.p(p_standard_normal(z, TABLE), draw, "write noise")


SCHEDULE = ((1,) * 50, (1,) * 350, (-1,) * 300, (1, -1) * 150)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_pulses(kind: str) -> None:
    """Up, down, to and fro from a random start: each device without noise, mean and spread of curves with noise."""
    verdict = Verdict()
    for draw in drawn(kind):
        quiet, noisy = Twin.of(draw, SIDE, quiet=True), Twin.of(draw, SIDE)
        generator, law = noise(draw), noisy.law
        start = torch.rand(SIDE, SIDE, generator=generator)
        start = law.w_min[0] + start * (law.w_max - law.w_min)[0]
        size = 1.0 + start.abs()
        quiet.set(start)
        ours = noisy.set(start).expand(3, -1, -1).clone()
        pulses = 0
        for signs in SCHEDULE:
            walk(law, ours, signs, generator)
            theirs, calm = noisy.pulse(signs), quiet.pulse(signs)
            pulses += len(signs)
            what = f"after {pulses} pulses"
            # Roundings add up, and where steps repel a device they grow.
            apart = (ours[2] - calm).abs() > 5e-5 * size
            assert float(apart.float().mean()) <= 0.02, f"{draw}: {what} {(ours[2] - calm)[apart]}"
            if float(device_of(draw.card)[1].dw_min_std) == 0.0:
                continue
            mine, shifted, centre = ours
            # Where steps have died out, devices differ by roundings alone, which are not symmetric.
            theirs = torch.where((theirs - mine).abs() < ROUNDINGS * size, mine, theirs)
            # What the mean of aihwkit's table, off by 1/√32768 or so, does to the curves.
            moved = (shifted - mine) / SHIFT
            mean = float(moved.mean()) / np.sqrt(TABLE)
            verdict.score(symmetric_score(theirs - mine, mean), draw, f"mean {what}")
            square = (mine - centre).square()
            wider = (shifted - centre).square() - square
            offset = np.hypot(float(wider.mean()) / SHIFT, np.sqrt(2.0) * float(square.mean()))
            spread = (theirs - centre).square() - square
            score = symmetric_score(spread, float(offset) / np.sqrt(TABLE))
            verdict.score(score, draw, f"spread {what}")
    verdict.give()


@pytest.mark.parametrize("kind", KINDS)
def test_symmetry_points(kind: str) -> None:
    """Where our up and down steps are equal, aihwkit's are, and pulses to and fro stay where steps saturate."""
    found = 0
    for draw in drawn(kind):
        quiet = Twin.of(draw, SIDE, quiet=True)
        law = quiet.law
        point, has = symmetry_point(law)
        step = law.up(point).mean
        has = has & (step > 0) & (point + 2 * step < law.w_max) & (point - 2 * step > law.w_min)
        at = quiet.set(point[0])
        # aihwkit clips what is written to a device read against a reference as if there were none.
        has = has & (at == point)
        if not bool(has.any()):
            continue
        found += 1
        up = quiet.pulse([1]) - at
        quiet.set(point[0])
        down = at - quiet.pulse([-1])
        size = 1.0 + point[0].abs()
        unequal = (up - down).abs() > 1e-6 * size
        assert not bool(unequal[has[0]].any()), f"{draw}: {(up - down)[has[0] & unequal]}"
        quiet.set(point[0])
        left = (quiet.pulse((1, -1) * 100) - at).abs()
        stays = has & (law.up(point + step).mean <= step) & (law.up(point - step).mean >= step)
        back = law.down(point + step).mean
        stays = (stays & (back >= step) & (back <= 1.5 * step))[0]
        assert bool((left <= 1.5 * step[0] + 1e-4 * size)[stays].all()), (
            f"{draw}: {left[stays].max()}"
        )
        check_closed_form(draw.card, hidden(quiet.tile), point[0], has[0], str(draw))
    # Steps that do not change with the weight are equal nowhere, or everywhere.
    assert found == 0 if kind == "ConstantStep" else found > DRAWS / 4


def symmetry_point(law: Law) -> tuple[Tensor, Tensor]:
    """By bisection, where the up step is the larger at the lower bound and the smaller at the upper."""

    def excess(w: Tensor) -> Tensor:
        return law.up(w).mean - law.down(w).mean

    low, high = law.w_min.clone(), law.w_max.clone()
    has = (excess(low) > 0) & (excess(high) < 0)
    for _ in range(40):
        middle = (low + high) / 2
        above = excess(middle) > 0
        low, high = torch.where(above, middle, low), torch.where(above, high, middle)
    return (low + high) / 2, has


def check_closed_form(
    card: Card, theirs: dict[str, Tensor], point: Tensor, has: Tensor, name: str
) -> None:
    """(Δ⁺ − Δ⁻)/(Δ⁺/b_max − Δ⁻/b_min) − reference, from aihwkit's own constants."""
    law = card.law
    reversed_ = getattr(law, "reverse_up", False) or getattr(law, "reverse_down", False)
    if not law.kind.startswith("SoftBounds") or reversed_:
        return
    up, down = theirs["dwmin_up"].double(), theirs["dwmin_down"].double()
    top, bottom = theirs["max_bound"].double(), theirs["min_bound"].double()
    has = has & (top > 0) & (bottom < 0) & (up > 0) & (down > 0)
    due = (up - down) / (up / top - down / bottom) - theirs.get("reference", torch.zeros(()))
    torch.testing.assert_close(point.double()[has], due[has], rtol=1e-5, atol=1e-5, msg=name)
