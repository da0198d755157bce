"""Random batches of pulses against aihwkit, on the very devices of its tiles: mean, variance, correlation of changes.

Inputs, errors, rates, laws, devices, where these stand and how trains are managed are drawn anew in each run; the seed
is at the head of pytest's output and in each failure. Both sides repeat a batch as often. That one repeat of theirs and
one of ours change places leaves a right program's differences as likely as they were: their sums are held to
Hoeffding's bound, which needs no more than that (:func:`~tests.strategies.statistics.symmetric_score`).
Bounds are shared out, so that a right program fails one test function with a chance below :data:`SIGNIFICANCE`.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
import torch

from mortalff.cards import Card
from tests.strategies.devices import made_up, no_spread
from tests.strategies.pulse_trials import (
    N_IN,
    N_OUT,
    REPEATS,
    SHARING,
    Outcome,
    Place,
    Sharing,
    Trial,
    by_aihwkit,
    by_us,
    covariance_of_numbers,
    expected,
    pairs,
    random_trials,
    trials_of_card,
    with_little_noise,
    with_small_steps,
)
from tests.strategies.random_cards import KINDS
from tests.strategies.run_seed import run_seed
from tests.strategies.statistics import (
    SIGNIFICANCE,
    TABLE,
    Array,
    p_mean,
    p_symmetric,
    symmetric_score,
)

TRIALS = 6
MEASURED = ("reram_array_om", "reram_array_hfo2", "reram_es")
"""Cards of measured devices: steps of up to a quarter of the range, or noise of five steps."""
SOURCES = (*KINDS, *MEASURED)
SHARE = SIGNIFICANCE / len(SOURCES)


def trials(source: str) -> list[Trial]:
    make = random_trials if source in KINDS else trials_of_card
    return list(make(source, TRIALS))


class Verdict:
    """Comparisons of one test, judged together; scores of a kind once more in their sum over trials."""

    def __init__(self) -> None:
        self.ps: list[tuple[float, str]] = []
        self.scores: defaultdict[str, list[float]] = defaultdict(list)

    def p(self, value: float, what: str) -> None:
        self.ps.append((value, what))

    def score(self, value: float, what: str, kind: str) -> None:
        self.p(p_symmetric(value), f"{what}: {kind}")
        self.scores[kind].append(value)

    def give(self, significance: float) -> None:
        for kind, values in self.scores.items():
            total = sum(values) / np.sqrt(len(values))
            self.p(p_symmetric(total), f"all trials of seed {run_seed()}: {kind}")
        share = significance / len(self.ps)
        failed = sorted((p, what) for p, what in self.ps if not p > share)
        assert not failed, f"{len(failed)} of {len(self.ps)} below {share:.1e}: {failed[:4]}"


def compare_moments(
    verdict: Verdict,
    trial: Trial,
    outcome: Outcome,
    ours: Array,
    *,
    bend: Array | float = 0.0,
    fewest: float = 0.0,
) -> None:
    """Mean and variance, device by device and of all devices of the tile together.

    ``bend`` is by how much the mean change of each device may differ; devices of fewer pulses than ``fewest`` are left
    out.
    """
    theirs = outcome.changes
    centre = 0.5 * (ours.mean(0) + theirs.mean(0))
    scale = np.sqrt(0.5 * (ours.var(0) + theirs.var(0)))
    # Others move by rounding alone, which need not be alike, or by the same pulses in each repeat.
    moves = scale > 1e-7
    apart = np.abs(ours - theirs).max(0) - bend
    assert apart[~moves].max(initial=0.0) < 3e-6, trial.name
    number, noise = expected(outcome)
    moves &= number >= fewest
    unit = np.where(moves, scale, 1.0)
    # An offset of the table's Gaussians moves all devices; what its variance is off by spreads them.
    offset = np.where(moves, np.hypot(noise / np.sqrt(TABLE), bend) / unit, 0.0)
    step = noise / np.maximum(number, 1e-9) / unit
    wider = np.where(moves, 3.0 * number * step * (step + 1.0 / np.sqrt(number.clip(1e-3))), 0.0)
    wider = wider / np.sqrt(TABLE)
    mean = np.where(moves, (ours - theirs) / unit, 0.0)
    square = np.where(moves, ((ours - centre) / unit) ** 2 - ((theirs - centre) / unit) ** 2, 0.0)
    for o, i in np.argwhere(moves):
        for kind, values, off in (("mean", mean, offset), ("variance", square, wider)):
            p = p_symmetric(symmetric_score(values[:, o, i], float(off[o, i])))
            verdict.p(p, f"{trial.name}: {kind} of {(int(o), int(i))}")
    towards = np.sign(centre)
    score = symmetric_score((mean * towards).sum((1, 2)), float(offset.sum()))
    verdict.score(score, trial.name, "mean of all")
    score = symmetric_score(square.sum((1, 2)), float(wider.sum()))
    verdict.score(score, trial.name, "variance of all")


@pytest.mark.parametrize("source", SOURCES)
def test_exact_has_mean_and_variance(source: str) -> None:
    verdict = Verdict()
    for trial in trials(source):
        outcome = by_aihwkit(trial)
        compare_moments(verdict, trial, outcome, by_us(outcome, "exact"))
    verdict.give(SHARE)


def steps(outcome: Outcome, w: torch.Tensor) -> Array:
    """Sizes of mean up and down steps at weights, (2, n_out, n_in)."""
    both = (outcome.law.up(w[None]).mean, outcome.law.down(w[None]).mean)
    return torch.cat(both).abs().double().numpy()


def bend(outcome: Outcome) -> Array:
    """How far devices would go astray if all pulses had the step that devices have after them."""
    number, _ = expected(outcome)
    after = outcome.start + torch.tensor(outcome.changes.mean(0), dtype=torch.float32)
    return number * np.abs(steps(outcome, after) - steps(outcome, outcome.start)).max(0)


@pytest.mark.parametrize("source", SOURCES)
def test_fast_has_mean_and_variance_where_steps_are_small(source: str) -> None:
    """Steps of 1e-5 of the range, over which laws bend little; how fast departs elsewhere is in pulses.py.

    Its changes are normal and theirs whole steps, so these are not to be exchanged; but of a thousand pulses and more
    in all repeats, sums are near enough to normal for the same bound.
    """
    verdict = Verdict()
    for trial in map(with_small_steps, trials(source)):
        outcome = by_aihwkit(trial)
        ours = by_us(outcome, "fast")
        compare_moments(verdict, trial, outcome, ours, bend=bend(outcome), fewest=0.5)
    verdict.give(SHARE)


def standardised(changes: Array, centre: Array, scale: Array) -> Array:
    return np.where(scale > 1e-7, (changes - centre) / np.where(scale > 1e-7, scale, 1.0), 0.0)


def products(z: Array, places: list[tuple[Place, Place]], signs: Array) -> Array:
    """Products of pairs of deviations, repeat by repeat, with signs that make what is expected positive."""
    columns = [z[:, *one] * z[:, *other] for one, other in places]
    return np.stack(columns, 1) * signs


def signs_of(outcome: Outcome, sharing: Sharing, places: list[tuple[Place, Place]]) -> Array:
    if sharing == "neither":
        return np.ones(len(places))
    return np.array([np.sign(covariance_of_numbers(outcome.trains, *pair)) for pair in places])


@pytest.mark.parametrize("source", SOURCES)
def test_exact_has_the_correlation_of_lines(source: str) -> None:
    """Of devices that share a row's train, a column's, or neither: pair by pair, and all pairs of a tile together.

    With less cycle noise than many a law is drawn with, which would hide it.
    """
    verdict = Verdict()
    seen: dict[Sharing, float] = dict.fromkeys(SHARING, 0.0)
    for trial in map(with_little_noise, trials(source)):
        outcome = by_aihwkit(trial)
        ours, theirs = by_us(outcome, "exact"), outcome.changes
        centre = 0.5 * (ours.mean(0) + theirs.mean(0))
        scale = np.sqrt(0.5 * (ours.var(0) + theirs.var(0)))
        own, other = (standardised(c, centre, scale) for c in (ours, theirs))
        number, noise = expected(outcome)
        # What an offset of their Gaussians does to the size of a step, it does to covariances.
        off = 4.0 * float(
            (noise / np.maximum(number * steps(outcome, outcome.start).mean(0), 1e-12)).max()
        )
        off = min(off, 4.0) / np.sqrt(TABLE)
        for sharing in SHARING:
            places = pairs(sharing)
            signs = signs_of(outcome, sharing, places)
            one, two = (products(z, places, signs) for z in (own, other))
            for n, pair in enumerate(places):
                size = float(np.abs(two[:, n].mean()))
                p = p_symmetric(symmetric_score(one[:, n] - two[:, n], off * size))
                verdict.p(p, f"{trial.name}: {sharing} {pair}")
            both, size = one.sum(1) - two.sum(1), float(np.abs(two.mean(0)).sum())
            verdict.score(symmetric_score(both, off * size), trial.name, f"correlation: {sharing}")
            if (total := two.sum(1)).any():
                seen[sharing] += float(total.mean() / total.std() * np.sqrt(REPEATS / TRIALS))
    verdict.give(SHARE)
    # There is something to compare.
    assert min(seen["row"], seen["column"]) > 6.0, seen
    assert abs(seen["neither"]) < 6.0, seen


@pytest.mark.parametrize("source", SOURCES)
def test_fast_has_no_correlation(source: str) -> None:
    ps: list[tuple[float, str]] = []
    for trial in map(with_small_steps, trials(source)):
        outcome = by_aihwkit(trial)
        ours = by_us(outcome, "fast")
        z = standardised(ours, ours.mean(0), ours.std(0))
        for sharing in SHARING:
            places = pairs(sharing)
            total = products(z, places, signs_of(outcome, sharing, places)).sum(1)
            if total.any():
                ps.append((p_mean(total, 0.0), f"{trial.name}: {sharing}"))
    assert len(ps) > 2 * TRIALS
    worst = min(ps)
    assert worst[0] > SHARE / len(ps), worst


def alike(**pulses: bool) -> Card:
    return made_up(variability=no_spread(dw_min_std=0.3), pulses=pulses)


def test_aihwkit_balances_wherever_it_manages_lengths() -> None:
    """docs/aihwkit_differences.md: update_bl_management switches update_management on, as its helper here says."""
    x = torch.zeros(1, N_IN)
    x[0, :2] = torch.tensor([1.0, 0.1])
    d = 20.0 * torch.ones(1, N_OUT)
    place = torch.full((N_OUT, N_IN), 0.5)
    moved = {}
    for balanced in (True, False):
        card = alike(update_management=balanced, bit_length_management=True)
        trial = Trial("balanced", card, 1, x, d, 5e-4, place)
        moved[balanced] = np.mean([by_aihwkit(trial).changes.mean((0, 1)) for _ in range(12)], 0)
    # k = 10: without balance, the probability of a column would be cut from 4.5 to 1. A trial's mean of the second
    # column has a standard deviation of 1.7 %, so that twelve have .5 %, and the ratio of both sides .7 %: 7 of these.
    np.testing.assert_allclose(moved[False][:2], [1e-2, 1e-3], rtol=0.05)
    np.testing.assert_allclose(moved[True], moved[False], rtol=0.05, atol=1e-9)
