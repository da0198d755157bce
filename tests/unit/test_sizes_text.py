"""Sizes of layers are read as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mortalff.errors import InputError
from mortalff.networks import LocalFields
from mortalff.networks.sizes import LayerSize, as_text, read_sizes

NUMBERS = st.integers(1, 9999)
FIELDS = st.builds(
    LocalFields,
    channels=NUMBERS,
    field=NUMBERS,
    stride=NUMBERS,
    edges=st.sampled_from(["inside", "truncated"]),
)


@given(st.lists(NUMBERS | FIELDS, min_size=1, max_size=4).map(tuple))
def test_what_is_written_is_read(sizes: tuple[LayerSize, ...]) -> None:
    assert read_sizes(as_text(sizes)) == sizes


@pytest.mark.parametrize(
    "text", ["", "0", "5-", "5.0", "3x2/1x1", "3x3/0x1", "3x3x1", "3x3/1x1 cut"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"layer: got .*such as 500, or 10x10/6x128"):
        read_sizes(text)
