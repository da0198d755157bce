"""The compiled updates compute what the plain ones do, law by law."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from mortalff import philox
from mortalff.cards import Card, Pulses, load_card
from mortalff.hardware import pulses
from mortalff.hardware.event_kernel import pulse_counted, scatter_seen
from mortalff.hardware.law_tables import LawTables, law_tables
from mortalff.hardware.pulse_references import fast_update_reference
from mortalff.hardware.pulses import NO_HITS, NO_STATES, Seen, exact_update, fast_update
from mortalff.hardware.step_kernels import exponential
from mortalff.physics.affine_step import AffineStep
from mortalff.physics.law import Law
from mortalff.physics.pulse_trains import Trains, expected_coincidences, pulse_trains
from tests.strategies.devices import LAWS, devices_of, made_up, no_spread, stream
from tests.strategies.statistics import SIGNIFICANCE, p_mean, p_variance

CHIPS, N_OUT = 3, 4
EVERY = tuple(range(CHIPS))


def trains(directions: str, shared: bool, n_in: int, lr: float = 0.003) -> Trains:
    """A batch of eight; some devices get no pulses."""
    generator = torch.Generator().manual_seed(n_in)
    chips = 1 if shared else CHIPS
    x = torch.rand(chips, 8, n_in, generator=generator)
    d = torch.randn(chips, 8, N_OUT, generator=generator)
    x[:, :, 1::7] = 0.0
    d = {"up": d.abs(), "down": -d.abs()}.get(directions, d)
    return pulse_trains(x, d, lr, 0.001, Pulses())


def weights(law: Law) -> Tensor:
    """Weights all over the range, some at the bounds."""
    share = torch.rand(law.w_min.shape, generator=torch.Generator().manual_seed(1))
    share[:, 0, 0], share[:, -1, -1] = 0.0, 1.0
    return torch.lerp(law.w_min, law.w_max, share)


def tables_of(law: Law) -> LawTables:
    tables = law_tables(law)
    assert tables is not None
    return tables


def both_ways(law: Law, batch: Trains, only: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Weights before, by the compiled loop, and by plain torch."""
    before = weights(law)
    compiled, plain = before.clone(), before.clone()
    noise = stream("pulse_noise", CHIPS)
    fast_update(
        compiled,
        NO_HITS,
        tables_of(law),
        batch,
        EVERY,
        only,
        Seen(noise, 9, NO_STATES, 0.0),
        (noise, 0),
    )
    up, down = expected_coincidences(batch)
    if only:
        up, down = (up if only > 0 else down), None
    fast_update_reference(plain, law, up, down, noise, 0)
    return before, compiled, plain


@pytest.mark.parametrize("n_in", [1, 2, 3, 5, 8, 785])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "each chip's own"])
@pytest.mark.parametrize("directions", ["up", "down", "both"])
@pytest.mark.parametrize("law", LAWS)
def test_compiled_equals_plain(law: str, directions: str, shared: bool, n_in: int) -> None:
    devices = devices_of(made_up(law), N_OUT, n_in, CHIPS)
    before, compiled, plain = both_ways(devices, trains(directions, shared, n_in))
    # Steps are of 0.001, and weights of 1: float32 rounds these to 1e-7.
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)
    assert (plain - before).abs().max() > 1e-3
    assert bool((compiled >= devices.w_min).all() and (compiled <= devices.w_max).all())


@pytest.mark.parametrize("law", LAWS)
def test_large_arrays_by_products_of_eight_bits(law: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of rows, factors in bfloat16: what rounding adds is a small share of the pulses' own scatter."""
    monkeypatch.setattr(pulses, "_SMALL", 0)
    monkeypatch.setattr(pulses, "_BLOCK", 3 * 65)
    devices = devices_of(made_up(law), N_OUT, 65, CHIPS)
    batch = trains("both", False, 65, lr=0.03)
    before, compiled, plain = both_ways(devices, batch)
    other = before.clone()
    up, down = expected_coincidences(batch)
    fast_update_reference(other, devices, up, down, stream("pulse_noise", CHIPS), 1)
    scatter = float((plain - other).square().mean().sqrt())
    assert float((compiled - plain).square().mean().sqrt()) < 0.03 * scatter
    assert float((compiled - plain).abs().max()) < 0.3 * scatter
    assert scatter > 1e-3


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("only", [1, -1])
def test_one_direction_alone_raises(
    only: int, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    devices = devices_of(made_up(variability={"dw_min_std": 0.0}), N_OUT, 65, CHIPS)
    before, compiled, plain = both_ways(devices, trains("both", True, 65, lr=0.03), only)
    torch.testing.assert_close(compiled, plain, rtol=0, atol=1e-6 if small else 3e-3)
    assert float((compiled - before).mean()) > 0.01
    inside = before < devices.w_max - 0.1
    assert float((compiled - before)[inside].min()) > -0.03  # noise of what pulses occur


@pytest.mark.parametrize("law", [law for law in LAWS if law.startswith("Linear")])
def test_one_sided_devices(law: str) -> None:
    """A lower bound of zero leaves the down step without a slope, whatever its noise."""
    devices = devices_of(made_up(law, device={"w_min": 0.0}), N_OUT, 50, CHIPS)
    assert isinstance(devices, AffineStep)
    assert devices.slope_down is None
    _, compiled, plain = both_ways(devices, trains("both", True, 50))
    torch.testing.assert_close(compiled, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["ecram", "gokmen_vlasov", "reram_es", "reram_sb"])
def test_cards_that_ship(name: str) -> None:
    devices = devices_of(load_card(name), N_OUT, 65, CHIPS)
    before, compiled, plain = both_ways(devices, trains("both", False, 65))
    torch.testing.assert_close(compiled, plain, rtol=2e-6, atol=2e-6)
    assert (plain - before).abs().max() > 1e-3


def test_strong_steps_and_spread() -> None:
    """Where moments are large, so is what a wrong one would change."""
    variability = {"dw_min_std": 3.0}
    for law in LAWS:
        card: Card = made_up(law, device={"dw_min": 0.02}, variability=variability)
        devices = devices_of(card, N_OUT, 33, CHIPS)
        before, compiled, plain = both_ways(devices, trains("both", False, 33))
        torch.testing.assert_close(compiled, plain, rtol=1e-5, atol=1e-5)
        assert (plain - before).abs().mean() > 0.03, law


@pytest.mark.parametrize("small", [True, False])
def test_devices_are_reached_as_often_as_pulses_say(
    small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one sample of one slot a device is reached with the probability of its coincidence."""
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    chips, n_in = 2_000, 6
    devices = devices_of(made_up(), N_OUT, n_in, chips)
    batch = Trains(
        torch.ones(1, 1),
        torch.linspace(-1.0, 1.0, n_in)[None, None],
        torch.tensor([[[0.5, -0.25, 1.0, 0.0]]]),
    )
    hits = np.zeros((chips, N_OUT, n_in), np.uint16)
    noise = stream("pulse_noise", chips)
    w = torch.zeros_like(devices.w_min)
    fast_update(
        w,
        hits,
        tables_of(devices),
        batch,
        range(chips),
        0,
        Seen(noise, 1, NO_STATES, 0.0),
        (noise, 0),
    )
    p = (batch.columns[0, 0][:, None] * batch.rows[0, 0][None]).abs().numpy()
    for place in np.ndindex(p.shape):
        if p[place] in (0.0, 1.0):
            assert (hits[:, *place] == p[place]).all()
        else:
            assert p_mean(hits[:, *place], p[place]) > SIGNIFICANCE / p.size


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("law", LAWS)
def test_only_devices_that_were_reached_move(
    law: str, small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the moments that this leaves them: the plain update agrees, given who was reached."""
    if not small:
        monkeypatch.setattr(pulses, "_SMALL", 0)
    devices = devices_of(made_up(law), N_OUT, 33, CHIPS)
    batch, noise = trains("both", False, 33), stream("pulse_noise", CHIPS)
    before = weights(devices)
    compiled, plain = before.clone(), before.clone()
    hits = np.zeros(before.shape, np.uint16)
    unseen = Seen(noise, 9, NO_STATES, 0.0)
    fast_update(compiled, hits, tables_of(devices), batch, EVERY, 0, unseen, (noise, 0))
    reached = torch.from_numpy(hits > 0)
    up, down = expected_coincidences(batch)
    fast_update_reference(plain, devices, up, down, noise, 0, reached)
    torch.testing.assert_close(compiled, plain, rtol=1e-5, atol=3e-6 if small else 2e-4)
    assert torch.equal(compiled[~reached], before[~reached])
    assert 0.1 < float(reached.float().mean()) < 0.95


@pytest.mark.parametrize("dw_min_std", [0.0, 1.0])
def test_the_mean_and_variance_of_all_are_kept(dw_min_std: float) -> None:
    """Whether or not it is drawn first who was reached; chips are the repeats."""
    chips, variability = 4_000, no_spread(dw_min_std=dw_min_std)
    devices = devices_of(made_up(device={"dw_min": 0.01}, variability=variability), 3, 5, chips)
    generator = torch.Generator().manual_seed(3)
    x, d = torch.rand(1, 4, 5, generator=generator), torch.randn(1, 4, 3, generator=generator)
    batch, noise = pulse_trains(x, d, 0.003, 0.01, Pulses()), stream("pulse_noise", chips)
    w, hits = torch.zeros(chips, 3, 5), np.zeros((chips, 3, 5), np.uint16)
    unseen = Seen(noise, 1, NO_STATES, 0.0)
    fast_update(w, hits, tables_of(devices), batch, range(chips), 0, unseen, (noise, 0))
    up, down = expected_coincidences(batch)
    assert up is not None
    assert down is not None
    number = up.mean + down.mean
    mean = 0.01 * (up.mean - down.mean)[0]
    variance = 1e-4 * (number * (1 + dw_min_std**2) - up.excess - down.excess)[0]
    assert 0.05 < float(number.min()) < float(number.max()) < 4.0
    for place in np.ndindex(3, 5):
        own = w[:, *place]
        assert p_mean(own, float(mean[place])) > SIGNIFICANCE / 45
        assert p_variance(own, float(variance[place])) > SIGNIFICANCE / 45
        assert p_mean(hits[:, *place], float(number[0][place])) > SIGNIFICANCE / 45


# What the exact kernel does, spelled out pulse by pulse with the same random numbers.


def words(key: int, row: int, call: int, sub: int, size: int) -> np.ndarray:
    out = np.empty(4 * ((size + 3) // 4), np.uint32)
    philox.words_row(np.uint64(key), row, call, sub, out)
    return out[:size]


def events(batch: Trains, chip: int, key: int, call: int) -> Iterator[tuple[int, int, bool]]:
    """Column, row and whether it is a down pulse, of each coincidence in the order of slots."""
    own = batch.chip(chip)
    rows, columns, slots = (t.numpy() for t in (own.rows, own.columns, own.slots))
    for sample in range(len(slots)):
        lit_rows, lit_columns = np.flatnonzero(rows[sample]), np.flatnonzero(columns[sample])
        lines = np.concatenate([columns[sample][lit_columns], rows[sample][lit_rows]])
        limits = np.minimum(np.abs(lines).astype(np.float64) * 2.0**32, 2.0**32 - 1)
        for slot in range(int(slots[sample])):
            fired = words(key, sample, call, slot, len(lines)) <= limits.astype(np.uint32)
            for i in lit_columns[fired[: len(lit_columns)]]:
                for j in lit_rows[fired[len(lit_columns) :]]:
                    yield i, j, bool((rows[sample, j] < 0) != (columns[sample, i] < 0))


@pytest.mark.parametrize("only", [0, 1, -1])
@pytest.mark.parametrize("shared", [True, False], ids=["shared", "each chip's own"])
@pytest.mark.parametrize("law", LAWS)
def test_exact_is_each_pulse_in_turn(law: str, shared: bool, only: int) -> None:
    """Without cycle noise, so that the order in which normals are drawn does not matter."""
    zero = {"dw_min_std": 0.0}
    devices = devices_of(made_up(law, device={"dw_min": 0.02}, variability=zero), N_OUT, 9, CHIPS)
    batch = trains("both", shared, 9, lr=0.01)
    w, hits = weights(devices), np.zeros((CHIPS, N_OUT, 9), np.uint16)
    expected, count = w.clone(), np.zeros_like(hits)
    bits, noise = stream("pulse_trains", CHIPS), stream("pulse_noise", CHIPS)
    exact_update(w, hits, tables_of(devices), batch, (2, 0), only, (bits, 5), (noise, 0))
    for chip in (0, 2):
        for i, j, is_down in events(batch, chip, int(bits.keys[chip]), 5):
            if only and is_down == (only > 0):
                continue
            is_down = is_down and not only
            step = (devices.down if is_down else devices.up)(expected).mean[chip, i, j]
            moved = expected[chip, i, j] + (-step if is_down else step)
            low, high = devices.w_min[chip, i, j], devices.w_max[chip, i, j]
            expected[chip, i, j] = moved.clamp(low, high)
            count[chip, i, j] += 1
    torch.testing.assert_close(w, expected, rtol=1e-5, atol=2e-6)
    assert np.array_equal(hits, count)
    assert count[0].sum() > 50
    assert not count[1].any()
    assert torch.equal(w[1], weights(devices)[1])


def test_long_trains_go_in_stretches() -> None:
    """More pulses than one stretch holds: the counts are those of a single one."""
    card = made_up(variability={"dw_min_std": 0.3}, pulses={"bit_length_max": 1000})
    devices = devices_of(card, 40, 60)
    batch = Trains(torch.full((1, 3), 900.0), torch.full((1, 3, 60), 0.5), torch.ones(1, 3, 40))
    w, hits = torch.zeros_like(devices.w_min), np.zeros((1, 40, 60), np.uint16)
    bits, noise = stream("pulse_trains"), stream("pulse_noise")
    exact_update(w, hits, tables_of(devices), batch, (0,), 0, (bits, 0), (noise, 0))
    rows = [
        words(int(bits.keys[0]), sample, 0, slot, 100)[40:] <= np.uint32(2**31)
        for sample in range(3)
        for slot in range(900)
    ]
    assert np.array_equal(hits[0], np.tile(np.sum(rows, 0), (40, 1)))


@pytest.mark.parametrize("law", LAWS)
def test_counted_pulses_have_the_laws_mean_and_spread(law: str) -> None:
    """One pulse each, up or down, at one place of the range: z is standard normal."""
    card = made_up(law, variability={"dw_min_std": 0.3})
    devices = devices_of(card, 40, 60)
    tables = tables_of(devices)
    before = torch.lerp(devices.w_min, devices.w_max, 0.5)
    counts = torch.ones(before.shape, dtype=torch.int32)
    counts[:, 1::2] = -1
    counts[:, :, 0] = 0
    w, noise = before.clone(), stream("pulse_noise")
    pulse_counted(
        w.numpy(), tables.low, tables.high, tables.up, tables.down, tables.shared,
        counts.numpy(), noise.keys, 0,
    )  # fmt: skip
    up, down = devices.up(before), devices.down(before)
    mean = torch.where(counts > 0, up.mean, -down.mean)
    std = torch.where(counts > 0, up.std, down.std)
    assert torch.equal(w[:, :, 0], before[:, :, 0])
    z = ((w - before - mean) / std)[:, :, 1:]
    assert p_mean(z, 0.0) > SIGNIFICANCE
    assert abs(float(z.std()) - 1.0) < 5.0 / (2 * z.numel()) ** 0.5


def test_counted_pulses_follow_one_another() -> None:
    devices = devices_of(made_up("SoftBounds", variability={"dw_min_std": 0.0}), 5, 7)
    tables, w, noise = tables_of(devices), torch.zeros(1, 5, 7), stream("pulse_noise")
    counts = np.full((1, 5, 7), 200, np.int32)
    pulse_counted(
        w.numpy(), tables.low, tables.high, tables.up, tables.down, tables.shared, counts,
        noise.keys, 0,
    )  # fmt: skip
    expected = devices.w_max * (1 - (1 - devices.up(torch.zeros(1)).mean / devices.w_max) ** 200)
    torch.testing.assert_close(w, expected, rtol=1e-4, atol=1e-5)


def test_what_is_seen_scatters_anew_where_pulses_came() -> None:
    shape = (2, 30, 50)
    w, visible = torch.full(shape, 0.2), torch.full(shape, 7.0)
    low, high = torch.full(shape, -1.0), torch.full(shape, 1.0)
    low[:, :, 3] = high[:, :, 3] = 0.2  # stuck
    hits = (np.arange(w.numel()).reshape(shape) % 3).astype(np.uint16)
    noise = stream("write_noise", 2)
    scatter_seen(
        np.arange(2),
        visible.numpy(),
        w.numpy(),
        low.numpy(),
        high.numpy(),
        hits,
        np.float32(0.1),
        noise.keys,
        0,
    )
    drawn = torch.from_numpy(hits > 0) & (low < high)
    assert bool((visible[~drawn] == 7.0).all())
    assert p_mean(visible[drawn], 0.2, 0.1) > SIGNIFICANCE
    assert len(visible[drawn].unique()) > 0.99 * int(drawn.sum())


@pytest.mark.parametrize("low", [-86.0, -1e-3])
def test_exponential(low: float) -> None:
    """The kernel's own e^x, to three units in the last place."""
    x = np.concatenate([np.linspace(low, -low, 20_001), [0.0]]).astype(np.float32)
    own = np.array([exponential(v) for v in x], np.float64)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(own / exact - 1.0).max() < 3 * 2.0**-24 * 2
