"""The compiled kernels that take pulses one by one: each in turn, in its law's numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from mortalff import philox
from mortalff.hardware.event_kernel import pulse_counted, scatter_seen
from mortalff.hardware.pulses import exact_update
from mortalff.hardware.step_kernels import exponential
from mortalff.physics.pulse_trains import Trains
from tests.strategies.devices import LAWS, devices_of, made_up, stream
from tests.strategies.pulse_batches import CHIPS, N_OUT, tables_of, trains, weights
from tests.strategies.statistics import SIGNIFICANCE, p_mean

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
