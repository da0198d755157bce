"""Broken devices: how many, where, stuck at what, and that they stay there."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from mortalff.cards import Card, Faults, load_card
from mortalff.hardware.device_laws import device_law
from mortalff.hardware.faults import FaultMap, draw_faults, with_faults
from mortalff.hardware.law_tables import law_tables
from mortalff.hardware.pulse_references import exact_update_reference, fast_update_reference
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, exact_update, fast_update
from mortalff.physics.clusters import poisson_number
from mortalff.physics.pulse_trains import expected_coincidences, pulse_trains
from mortalff.seeds import Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU, made_up, stream
from tests.strategies.statistics import SIGNIFICANCE, p_mean

N_OUT, N_IN = 60, 80
SINGLE = ("dead_rate", "stuck_low_rate", "stuck_high_rate", "stuck_random_rate")
LINES = ("open_row_rate", "shorted_row_rate", "open_column_rate", "shorted_column_rate")
CLUSTERS = {"cluster_density": 0.002, "cluster_size": 6.0, "cluster_radius": 1.5}


def section(**settings: float | str) -> Faults:
    made: dict[str, object] = {}
    for name, value in settings.items():
        unit = "weight" if name == "stuck_random_range" else "1"
        made[name] = (
            value if isinstance(value, str) else {"value": value, "unit": unit, "source": "test"}
        )
    return Faults.model_validate(made)


def faults_stream(chips: int | list[int] = 1, seed: int = 0) -> Stream:
    ids = range(chips) if isinstance(chips, int) else chips
    return Stream(Seeds.of(seed).child("faults"), "fabrication", ids, CPU)


def drawn(chips: int | list[int] = 1, seed: int = 0, **settings: float | str) -> FaultMap:
    found = draw_faults(section(**settings), faults_stream(chips, seed), N_OUT, N_IN, CPU)
    assert found is not None
    return found


def bounds(chips: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (chips, N_OUT, N_IN)
    low = -0.5 - 0.2 * torch.rand(shape, generator=generator)
    return low, 0.5 + 0.2 * torch.rand(shape, generator=generator)


def p_count(count: int, trials: int, rate: float) -> float:
    return float(stats.binomtest(count, trials, rate).pvalue)


def test_without_faults_there_is_nothing() -> None:
    places = faults_stream()
    assert draw_faults(section(), places, N_OUT, N_IN, CPU) is None
    assert draw_faults(section(cluster_density=1e-12), places, N_OUT, N_IN, CPU) is None
    assert places.calls == 0


@pytest.mark.parametrize("name", SINGLE)
def test_rates_of_single_faults(name: str) -> None:
    """As many as the rate says, on chips, rows and columns alike."""
    mask = drawn(20, **{name: 0.03}).mask
    ps = [p_count(int(mask.sum()), mask.numel(), 0.03)]
    for dims, trials in (((1, 2), N_OUT * N_IN), ((0, 1), 20 * N_OUT), ((0, 2), 20 * N_IN)):
        counts = mask.sum(dims).double()
        chi2 = float(((counts - 0.03 * trials) ** 2 / (trials * 0.03 * 0.97)).sum())
        ps.append(2 * min(stats.chi2.cdf(chi2, len(counts)), stats.chi2.sf(chi2, len(counts))))
    assert min(ps) > SIGNIFICANCE / len(ps)


@pytest.mark.parametrize("name", LINES)
def test_rates_of_lines(name: str) -> None:
    mask = drawn(100, **{name: 0.05}).mask
    dim, size = (1, N_IN) if "row" in name else (2, N_OUT)
    lines = mask.all(dim)
    assert torch.equal(mask, lines.unsqueeze(dim).expand_as(mask))
    assert p_count(int(lines.sum()), 100 * size, 0.05) > SIGNIFICANCE


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("dead_rate", "zero"),
        ("stuck_low_rate", "low"),
        ("stuck_high_rate", "high"),
        ("open_row_rate", "zero"),
        ("open_column_rate", "zero"),
        ("shorted_row_rate", "high"),
        ("shorted_column_rate", "high"),
    ],
)
def test_where_devices_are_stuck(name: str, where: str) -> None:
    low, high = bounds(3)
    found = drawn(3, **{name: 0.2})
    now_low, now_high = found.bounds(low, high)
    stuck = {"zero": torch.zeros_like(low), "low": low, "high": high}[where]
    assert torch.equal(now_low, torch.where(found.mask, stuck, low))
    assert torch.equal(now_high, torch.where(found.mask, stuck, high))


@pytest.mark.parametrize("reach", [None, 0.1])
def test_stuck_at_random_is_uniform(reach: float | None) -> None:
    settings = {"stuck_random_rate": 0.5}
    if reach is not None:
        settings["stuck_random_range"] = reach
    low, high = bounds()
    found = drawn(**settings)
    now_low, now_high = found.bounds(low, high)
    assert torch.equal(now_low == now_high, found.mask)
    if reach is not None:
        low, high = torch.full_like(low, -reach), torch.full_like(high, reach)
    u = ((now_low - low) / (high - low))[found.mask].double().numpy()
    assert float(stats.kstest(u, "uniform").pvalue) > SIGNIFICANCE


def test_the_first_of_the_list_decides() -> None:
    low, high = bounds()
    rates = dict.fromkeys(SINGLE, 1.0)
    expected = [
        (rates, torch.zeros_like(low)),
        (rates | {"dead_rate": 0.0}, high),
        (rates | {"dead_rate": 0.0, "stuck_high_rate": 0.0}, low),
        (rates | {"shorted_row_rate": 1.0}, high),
        (rates | {"shorted_row_rate": 1.0, "open_column_rate": 1.0}, torch.zeros_like(low)),
        (rates | {"cluster_density": 1.0, "cluster_kind": "low"}, low),
    ]
    for settings, value in expected:
        now_low, now_high = drawn(**settings).bounds(low, high)
        share = (now_low == value).float().mean()
        assert float(share) > 0.99
        assert torch.equal(now_low, now_high)


def test_each_kind_keeps_its_devices_beside_others() -> None:
    everything = dict.fromkeys((*SINGLE, *LINES), 0.01) | CLUSTERS
    union = torch.zeros((2, N_OUT, N_IN), dtype=torch.bool)
    for name in (*SINGLE, *LINES):
        union |= drawn(2, **{name: 0.01}).mask if name in SINGLE else _maybe(name)
    union |= drawn(2, **CLUSTERS).mask
    assert torch.equal(drawn(2, **everything).mask, union)


def _maybe(name: str) -> Tensor:
    found = draw_faults(section(**{name: 0.01}), faults_stream(2), N_OUT, N_IN, CPU)
    return torch.zeros((2, N_OUT, N_IN), dtype=torch.bool) if found is None else found.mask


def test_a_chip_has_its_own_faults_whatever_is_made_beside_it() -> None:
    settings = dict.fromkeys((*SINGLE, *LINES), 0.02) | CLUSTERS | {"cluster_kind": "random"}
    low, high = bounds(4)
    among, alone = drawn([0, 1, 2, 3], **settings), drawn([2], **settings)
    assert torch.equal(among.mask[2:3], alone.mask)
    ours, theirs = among.bounds(low, high), alone.bounds(low[2:3], high[2:3])
    assert all(torch.equal(a[2:3], b) for a, b in zip(ours, theirs, strict=True))
    assert not torch.equal(among.mask[0], among.mask[1])
    assert not torch.equal(drawn(1, seed=1, **settings).mask, drawn(1, **settings).mask)


def cluster_counts(chips: int, density: float, size: float, radius: float) -> Tensor:
    """How often each device is hit, by the same formula that the share of broken devices has."""
    settings = {"cluster_density": density, "cluster_size": size, "cluster_radius": radius}
    return drawn(chips, **settings).mask


@hypothesis_settings(max_examples=50)
@given(mean=st.floats(0.001, 500.0), u=st.floats(1e-9, 1.0 - 1e-9), k=st.integers(0, 600))
def test_numbers_of_faults_are_scipys_quantiles(mean: float, u: float, k: int) -> None:
    """Also where a uniform is just the chance of k or fewer."""
    edge = float(stats.poisson.cdf(k, mean))
    us = np.array([u, edge]) if 0.0 < edge < 1.0 else np.array([u])
    np.testing.assert_array_equal(poisson_number(us, mean), stats.poisson.ppf(us, mean))


def test_share_of_devices_in_clusters() -> None:
    """A device is spared with exp(-∫ density (1 - exp(-size q(r)))), q(r) its share of a cluster at r."""
    density, size, radius, chips = 0.003, 8.0, 1.2, 200
    reach = np.arange(-8, 9, 1 / 40) + 1 / 80
    one = stats.norm.cdf((1 - reach) / radius) - stats.norm.cdf(-reach / radius)
    q = one[:, None] * one[None, :]
    expected = 1 - math.exp(-density * float((1 - np.exp(-size * q)).sum()) / 40**2)
    mask = cluster_counts(chips, density, size, radius)
    per_chip = mask.double().mean((1, 2))
    edges = torch.cat([mask[:, :2].flatten(1), mask[:, -2:].flatten(1)], 1).double().mean(1)
    ps = [p_mean(per_chip, expected), p_mean(edges, expected)]
    assert min(ps) > SIGNIFICANCE / len(ps)


def test_clusters_are_clustered() -> None:
    """Neighbours of broken devices are broken far more often than others; a wide cluster is as good as none."""
    tight = cluster_counts(50, 0.003, 8.0, 1.0)
    wide = cluster_counts(50, 0.003, 8.0, 30.0)
    share = {}
    for name, mask in (("tight", tight), ("wide", wide)):
        beside = mask[:, :, 1:] & mask[:, :, :-1]
        share[name] = float(beside.float().mean() / mask.float().mean() ** 2)
    assert share["tight"] > 5.0
    assert 0.7 < share["wide"] < 1.5


LAWS: tuple[str, ...] = (
    "ConstantStep",
    "LinearStep",
    "SoftBounds",
    "SoftBoundsReference",
    "PowStep",
    "ExpStep",
)


@pytest.mark.parametrize("name", LAWS)
@given(seed=st.integers(0, 1000))
@hypothesis_settings(max_examples=5, deadline=None)
def test_working_devices_keep_their_law(name: str, seed: int) -> None:
    card: Card = made_up(name)
    law = device_law(card, stream("fabrication", 2, seed), N_OUT, N_IN)
    found = drawn(2, seed, dead_rate=0.1, stuck_high_rate=0.1)
    broken = with_faults(law, found)
    works = ~found.mask
    w = torch.clamp(torch.full_like(law.w_min, 0.1), law.w_min, law.w_max)
    for before, after in ((law.up(w), broken.up(w)), (law.down(w), broken.down(w))):
        assert torch.equal(before.mean[works], after.mean[works])
        assert torch.equal(before.std[works], after.std[works])
    assert torch.equal(broken.w_min[works], law.w_min[works])
    assert torch.equal(broken.w_min[found.mask], broken.w_max[found.mask])
    assert torch.equal(law.w_min < law.w_max, torch.ones_like(works))


@pytest.mark.parametrize("name", [*LAWS, "PiecewiseStep", "reram_es"])
@pytest.mark.parametrize("compiled", [False, True])
def test_pulses_move_working_devices_alone(name: str, compiled: bool) -> None:
    """Also where a law divides by the range, which broken devices do not have."""
    card = load_card(name) if name == "reram_es" else made_up(name)
    law = device_law(card, stream("fabrication"), N_OUT, N_IN)
    settings = {"dead_rate": 0.1, "stuck_low_rate": 0.1, "stuck_random_rate": 0.1}
    found = drawn(**settings)
    broken = with_faults(law, found)
    before = torch.clamp(torch.zeros(1, N_OUT, N_IN), broken.w_min, broken.w_max)
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(1, 10, N_IN, generator=generator)
    d = torch.rand(1, 10, N_OUT, generator=generator) - 0.5
    x[:, :, 0] = 0.0  # no pulse reaches this line
    trains = pulse_trains(x, d, 0.01, 0.001, card.pulses)
    for exact in (False, True):
        w, noise, bits = before.clone(), stream("pulse_noise"), stream("pulse_trains")
        if not compiled and exact:
            exact_update_reference(w, broken, trains, bits, noise)
        elif not compiled:
            fast_update_reference(w, broken, *expected_coincidences(trains), noise)
        else:
            tables = law_tables(broken)
            assert tables is not None
            if exact:
                exact_update(w, NO_HITS, tables, trains, (0,), 0, (bits, 0), (noise, 0))
            else:
                unseen = Seen(noise, 1, NO_STATES, 0.0)
                fast_update(w, NO_HITS, tables, trains, (0,), 0, unseen, (noise, 0))
        assert torch.equal(w[found.mask], before[found.mask])
        assert float((w != before)[~found.mask].float().mean()) > 0.5
        assert bool(torch.isfinite(w).all())
