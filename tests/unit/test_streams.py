"""Streams: each chip's numbers its own, each draw at a place of its own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mortalff.seeds import STREAMS, Seeds
from mortalff.streams import Stream
from tests.strategies.devices import CPU
from tests.strategies.statistics import SIGNIFICANCE, p_standard_normal, p_uncorrelated

shapes = st.lists(st.integers(1, 6), min_size=1, max_size=3).map(tuple)
chip_ids = st.lists(st.integers(0, 50), min_size=1, max_size=5, unique=True)


def new(seed: int | Seeds = 0, name: str = "read_noise", chips: list[int] | None = None) -> Stream:
    return Stream(Seeds.of(seed), name, [0, 1, 2] if chips is None else chips, CPU)


@given(chips=chip_ids, shape=shapes, skipped=st.integers(0, 3), data=st.data())
def test_a_chip_draws_what_it_draws_alone(
    chips: list[int], shape: tuple[int, ...], skipped: int, data: st.DataObject
) -> None:
    chip = data.draw(st.sampled_from(chips))
    together, alone = new(chips=chips), new(chips=[chip])
    for _ in range(skipped):
        together.uniform(3)
        alone.normal(2, 2)
    at = chips.index(chip)
    assert torch.equal(together.normal(*shape)[at], alone.normal(*shape)[0])
    assert torch.equal(together.uniform(*shape)[at], alone.uniform(*shape)[0])


@given(
    chips=chip_ids,
    shape=st.one_of(shapes, st.just((3, 301))),
    share=st.sampled_from([0.0, 0.2, 1.0]),
    sub=st.integers(0, 3),
)
def test_what_some_places_draw_is_what_they_have_among_all(
    chips: list[int], shape: tuple[int, ...], share: float, sub: int
) -> None:
    stream = new(chips=chips)
    place = stream.next_call()
    generator = torch.Generator().manual_seed(sub)
    where = torch.rand(len(chips), *shape, generator=generator) < share
    normals = stream.normal(*shape, call=place, sub=sub)
    assert torch.equal(stream.normal_where(where, call=place, sub=sub), normals[where])
    uniforms = stream.uniform(*shape, call=place, sub=sub)
    assert torch.equal(stream.uniform_where(where, call=place, sub=sub), uniforms[where])
    assert stream.calls == 1


@given(shape=shapes)
def test_shapes_and_types(shape: tuple[int, ...]) -> None:
    for drawn in (new().normal(*shape), new().uniform(*shape)):
        assert drawn.shape == (3, *shape)
        assert drawn.dtype == torch.float32


@given(repeats=st.lists(st.integers(1, 30), max_size=4), shape=shapes, later=st.integers(1, 5))
def test_sub_draws_move_nothing_on(repeats: list[int], shape: tuple[int, ...], later: int) -> None:
    plain, repeated = new(), new()
    call = repeated.next_call()
    seen = [repeated.normal(*shape, call=call)]
    for sub in repeats:
        repeated.normal(*shape, call=call, sub=sub)
        repeated.uniform(2, call=call, sub=sub)
    assert torch.equal(plain.normal(*shape), seen[0])
    for _ in range(later):
        assert torch.equal(plain.normal(*shape), repeated.normal(*shape))
    assert plain.calls == repeated.calls == 1 + later


def test_a_reserved_place_gives_the_same_again() -> None:
    stream = new()
    stream.normal(4)
    call = stream.next_call()
    stream.normal(4)
    first = stream.normal(4, call=call, sub=5)
    assert torch.equal(first, stream.normal(4, call=call, sub=5))
    assert not torch.equal(first, stream.normal(4, call=call, sub=6))
    assert stream.calls == 3


def test_calls_are_the_whole_state() -> None:
    stream, resumed = new(), new()
    for _ in range(5):
        stream.normal(3)
    resumed.calls = stream.calls
    assert torch.equal(stream.normal(2, 3), resumed.normal(2, 3))


def test_no_two_draws_are_alike() -> None:
    """Streams, chips, places in the network, seeds, calls, subs: each draws other numbers."""
    drawn = [
        stream.normal(6, call=call, sub=sub)
        for name in STREAMS
        for seeds in (Seeds(0), Seeds(1), Seeds(0).child("a"), Seeds(0).child("b"))
        for stream in [new(seeds, name)]
        for call in (0, 1)
        for sub in (0, 1)
    ]
    rows = torch.cat(drawn).numpy()
    assert len(np.unique(rows, axis=0)) == len(rows) == len(STREAMS) * 4 * 2 * 2 * 3


def test_held_streams_stay_while_the_root_varies() -> None:
    one, two = Seeds(1, {"fabrication": 9}), Seeds(2, {"fabrication": 9})
    assert torch.equal(new(one, "fabrication").normal(5), new(two, "fabrication").normal(5))
    assert not torch.equal(new(one).normal(5), new(two).normal(5))


@pytest.mark.parametrize("shape", [(40_000,), (200, 200), (10, 20, 200)])
def test_shapes_are_filled_with_independent_normals(shape: tuple[int, ...]) -> None:
    drawn = new().normal(*shape)
    for chip in range(3):
        assert p_standard_normal(drawn[chip]) > SIGNIFICANCE / 6
        assert p_uncorrelated(drawn[chip], drawn[(chip + 1) % 3]) > SIGNIFICANCE / 6
    assert len(drawn.unique()) > 119_000  # a repeated row or column would halve it
