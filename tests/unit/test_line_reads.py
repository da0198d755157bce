"""Reads of a line at a time, in closed forms and as hardware makes them: transfers and refreshes, tiled or not."""

from __future__ import annotations

import pytest
import torch

import mortalff
from mortalff.cards import Card, load_card
from mortalff.energy.array_forms import LayerShape
from mortalff.energy.forms.arrays import CrossbarForm
from mortalff.energy.forms.joined_arrays import SeveralForm, SideBySideForm, TwoArraysForm
from mortalff.energy.forms.line_reads import LineReads
from mortalff.hardware.base import Hardware
from mortalff.hardware.crossbar import Crossbar
from mortalff.hardware.parallel_arrays import ParallelArrays
from mortalff.hardware.transfer_array import Transfer, TransferArray

N_OUT, N_IN, UPDATES = 9, 14, 6
SHAPE = LayerShape(N_IN, N_OUT)
TILES = {"tiling.rows_max": 5, "tiling.columns_max": 4, "tiling.partial_sums": "analog"}
QUIET = {"periphery.output_ranging": "none"}
SLICES = {"periphery.dac_bits": 7, "periphery.input_slice_bits": 2}
UNEVEN = {"periphery.dac_bits": 7, "periphery.input_slice_bits": 4}  # the upper slice has two bits


def crossbar(card: Card, seed: int = 0) -> Crossbar:
    return Crossbar(card, N_OUT, N_IN, (0,), mortalff.Seeds.of(seed), torch.device("cpu"))


def counted(hardware: Hardware) -> LineReads:
    """What updates that ask for nothing read, driven cells and lines from what charged them."""
    before = hardware.counts
    for _ in range(UPDATES):
        hardware.pulse(torch.zeros(1, N_IN), torch.zeros(1, N_OUT), 0.01)
    since = (hardware.counts - before).chip(0)
    names = ("array_read", "cell_read", "line_end", "cell_wire")
    reads, cells, lines, wires = (since.get(name, 0.0) for name in names)
    return LineReads(reads, cells, lines, wires)


@pytest.mark.parametrize("changes", [{}, TILES])
@pytest.mark.parametrize("every", [1, 2])
def test_refreshes(changes: dict[str, object], every: int) -> None:
    card = load_card("pcm").replace(**{"cell.refresh_every": every}, **changes)
    assert counted(crossbar(card)) == CrossbarForm(SHAPE, card).line_reads(UPDATES)


@pytest.mark.parametrize(
    "changes", [{}, TILES, {"periphery.weight_mapping": "offset"}, SLICES, SLICES | TILES, UNEVEN]
)
@pytest.mark.parametrize("devices", [1, 3])
@pytest.mark.parametrize("lines", [None, 4])
def test_transfers(changes: dict[str, object], devices: int, lines: int | None) -> None:
    card = load_card("reram_es").replace(**QUIET, **changes)
    settings = Transfer(every=2, lines=lines, reads=2)
    fast, slow = (
        ParallelArrays([crossbar(card, 10 * kind + n) for n in range(devices)]) for kind in range(2)
    )
    one = CrossbarForm(SHAPE, card)
    form = TwoArraysForm(
        SeveralForm(one, devices) if devices > 1 else one,
        every=2,
        lines=N_IN if lines is None else lines,
        reads=2,
        joined=False,
        against_rest=False,
        settled=False,
    )
    found = counted(TransferArray(fast, slow, settings))
    assert found == pytest.approx(form.line_reads(UPDATES), rel=1e-6)
    both = SideBySideForm(SHAPE, (form, form)).line_reads(UPDATES)
    assert both == form.line_reads(UPDATES).times(2)


def test_arrays_that_are_only_read_by_vectors() -> None:
    card = load_card("ecram").replace(**QUIET)
    assert counted(crossbar(card)) == CrossbarForm(SHAPE, card).line_reads(UPDATES) == LineReads()
