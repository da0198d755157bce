"""Input lines that send nothing are left out, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mortalff.hardware import live_lines as module
from mortalff.hardware import pulses
from mortalff.hardware.live_lines import ALL, live_lines, live_normals, live_words
from mortalff.hardware.pulses import Seen, fast_update
from mortalff.philox import normals_row, words_row
from mortalff.physics.pulse_trains import Trains
from tests.strategies.devices import devices_of, made_up, stream
from tests.strategies.pulse_batches import CHIPS, N_OUT, tables_of, trains, weights

KEY = np.uint64(0x1234_5678_9ABC_DEF0)


@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_each_line_keeps_its_random_numbers(lit: list[bool]) -> None:
    n_in, wanted = len(lit), np.flatnonzero(lit)
    rows = np.zeros((2, n_in), np.float32)
    rows[1, wanted] = -0.5
    live = live_lines(rows)
    if wanted.size == 0:
        assert live is None
        return
    assert live is not None
    places = np.arange(n_in) if live is ALL else wanted
    if live is not ALL:
        assert live.lines.tolist() == wanted.tolist()
    every, normals = np.empty(4 * -(-n_in // 4), np.uint32), np.empty(n_in, np.float32)
    words_row(KEY, 5, 6, 7, every)
    scratch, drawn = np.empty_like(every), np.empty(places.size, np.uint32)
    own = live_words(KEY, 5, 6, 7, live, scratch, drawn)
    assert own[: places.size].tolist() == every[places].tolist()
    normals_row(KEY, 5, 6, 7, every, normals)
    out = np.empty(places.size, np.float32)
    live_normals(KEY, 5, 6, 7, live, scratch, drawn, out)
    assert out.tolist() == normals[places].tolist()


def test_what_rounding_leaves_of_equal_numbers_is_nothing() -> None:
    rows = np.full((2, 100), 4e-8, np.float32)
    rows[:, 3] = 0.5
    rows[1, 7] = -1e-4  # small, and meant
    live = live_lines(rows)
    assert live is not None
    assert live.lines.tolist() == [3, 7]


@pytest.mark.parametrize("only", [0, 1, -1])
@pytest.mark.parametrize("law", ["SoftBounds", "ExpStep"])
def test_the_others_are_left_as_they_were(
    law: str, only: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States, what is seen of them, and counts: as if all lines had been gone through. Each chip has lines of its own.

    The last chip's send nothing at all.
    """
    monkeypatch.setattr(pulses, "_SMALL", 0)
    n_in = 50
    devices, noise = devices_of(made_up(law), N_OUT, n_in, CHIPS), stream("pulse_noise", CHIPS)
    whole = trains("both", False, n_in, lr=0.03)
    dark = torch.arange(n_in)[None] % 3 != torch.arange(CHIPS)[:, None]
    dark[-1] = True
    batch = Trains(whole.slots, whole.rows.masked_fill(dark[:, None], 0.0), whole.columns)
    found = []
    for most in (module._MOST, 0.0):  # at 0 all lines are gone through
        monkeypatch.setattr(module, "_MOST", most)
        w = weights(devices)
        seen = np.full(w.shape, 9.0, np.float32)
        hits = np.zeros(w.shape, np.uint16)
        scatter = Seen(stream("write_noise", CHIPS), 4, seen, 0.05)
        follows = law == "SoftBounds"
        every = range(CHIPS)
        fast_update(w, hits, tables_of(devices), batch, every, only, scatter, (noise, 0), follows)
        found.append((w, torch.from_numpy(seen), torch.from_numpy(hits.astype(np.int64))))
    (w, seen, hits), (w_all, seen_all, hits_all) = found
    assert torch.equal(hits, hits_all)
    torch.testing.assert_close(w, w_all, rtol=0, atol=1e-6)
    torch.testing.assert_close(seen, seen_all, rtol=0, atol=1e-6)
    before, off = weights(devices), dark[:, None].expand_as(w)
    assert torch.equal(w[off], before[off])
    assert not hits[off].any()
    assert bool((seen[off] == 9.0).all())
    assert float((hits[~off] > 0).float().mean()) > 0.05
    assert bool((seen[hits > 0] != 9.0).all())
    assert all(bool(hits[chip].any()) for chip in range(CHIPS - 1))
