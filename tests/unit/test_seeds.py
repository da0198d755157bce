"""Keys of streams: one for every stream, chip, place and step, and held where asked."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.errors import InputError
from mortalff.seeds import STREAMS, Seeds

names = st.sampled_from(sorted(STREAMS))
roots = st.integers(-(2**70), 2**70)
numbers = st.none() | st.integers(0, 10**6)
paths = st.lists(st.text("abc0:/ ", min_size=1, max_size=4), max_size=3)
places = st.tuples(roots, paths.map(tuple), names, numbers, numbers)


def _key(place: tuple[int, tuple[str, ...], str, int | None, int | None]) -> int:
    root, path, stream, chip, step = place
    seeds = Seeds(root)
    for part in path:
        seeds = seeds.child(part)
    return seeds.key(stream, chip, step)


@given(first=places, second=places)
def test_two_places_have_two_keys(first: object, second: object) -> None:
    assert (_key(first) == _key(second)) == (first == second)  # type: ignore[arg-type]


def test_no_two_of_many_places_share_a_key() -> None:
    roots, layers = (0, 1, 12), ((), ("0",), ("1",), ("0", "1"), ("01",))
    chips, steps = (None, *range(12)), (None, 0, 1, 11)
    places = list(itertools.product(roots, layers, STREAMS, chips, steps))
    assert len({_key(place) for place in places}) == len(places)


@given(place=places)
def test_keys_are_64_bits_and_repeat(place: object) -> None:
    key = _key(place)  # type: ignore[arg-type]
    assert 0 <= key < 2**64
    assert _key(place) == key  # type: ignore[arg-type]


def test_keys_do_not_change_from_version_to_version() -> None:
    # What a published result was made with must stay what it was.
    assert Seeds(0).key("fabrication", chip=3) == 0x9C2FC8EC28BA1F6D
    assert Seeds(7).child("layer 1").key("data_order", step=2) == 0x9047AD9EF4EB52DA


def test_bits_of_keys_are_even() -> None:
    """Each bit is set in half the keys, within six standard deviations."""
    keys = [Seeds(root).key("read_noise", chip) for root in range(40) for chip in range(100)]
    for bit in range(64):
        count = sum(key >> bit & 1 for key in keys)
        assert abs(count - 2000) < 6 * (4000 * 0.25) ** 0.5


@given(root=roots, other=roots, held=roots, stream=names, chip=numbers)
def test_a_held_stream_keeps_its_seed(
    root: int, other: int, held: int, stream: str, chip: int | None
) -> None:
    one, two = Seeds(root, {stream: held}), Seeds(other, {stream: held})
    for name in STREAMS:
        if name == stream:
            assert one.key(name, chip) == two.key(name, chip) == Seeds(held).key(name, chip)
        else:
            assert one.key(name, chip) == Seeds(root).key(name, chip)
    assert one.child("a").key(stream, chip) == two.child("a").key(stream, chip)
    assert one.child("a").key(stream, chip) != one.child("b").key(stream, chip)


def test_children_keep_root_held_and_path() -> None:
    child = Seeds(4, {"initial": 9}).child("a").child("b")
    assert (child.root, dict(child.held), child.path) == (4, {"initial": 9}, ("a", "b"))


def test_of_takes_a_number_or_seeds() -> None:
    seeds = Seeds(3, {"initial": 1})
    assert Seeds.of(seeds) is seeds
    assert Seeds.of(3) == Seeds(3)


@pytest.mark.parametrize("stream", ["read noise", "", "Fabrication"])
def test_unknown_streams_are_refused(stream: str) -> None:
    with pytest.raises(InputError, match="stream"):
        Seeds(0).key(stream)
    with pytest.raises(InputError, match="stream"):
        Seeds(0, {stream: 1})


def test_the_nearest_name_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'pulse_noise'"):
        Seeds(0).key("puls_noise")
