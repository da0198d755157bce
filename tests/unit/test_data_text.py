"""Text in thirty symbols: cleaning, windows, and what counting alone predicts."""

from __future__ import annotations

import math

import pytest
import torch

from mortalff.data.text import (
    SYMBOLS,
    append,
    clean,
    codes_of,
    decode,
    encode,
    one_hot,
    openings,
    windows_of,
)
from mortalff.data.text_baselines import (
    bigram_cross_entropy,
    bigram_error,
    unigram_cross_entropy,
    unigram_error,
)
from mortalff.errors import DataError, InputError


def test_there_are_thirty_symbols_and_text_survives_them() -> None:
    assert len(set(SYMBOLS)) == 30
    assert encode(SYMBOLS).tolist() == list(range(30))
    assert decode(encode('a fox, "grapes".')) == 'a fox, "grapes".'


def test_cleaning() -> None:
    text = "  That's Æsop's\nFOX-trap--too   well: “sour”!  (1912) . "
    assert clean(text) == 'thats aesops fox trap too well "sour" .'
    assert clean(clean(text)) == clean(text)


def test_windows_are_in_the_order_of_the_text() -> None:
    split = windows_of(["abcdefg", "tuvwxyz"], window=4)
    assert split.images.shape == (6, 4 * 30)
    assert split.images.sum(1).tolist() == [4.0] * 6
    assert [decode(row) for row in codes_of(split.images)] == [
        "abcd", "bcde", "cdef", "tuvw", "uvwx", "vwxy",
    ]  # fmt: skip
    assert decode(split.labels) == "efgxyz"
    assert split.images[0].reshape(4, 30)[1].tolist() == [0.0, 1.0] + [0.0] * 28
    assert [decode(row) for row in codes_of(openings(split, 3))] == ["abcd", "tuvw"]


def test_a_window_moves_on_by_one_symbol() -> None:
    split = windows_of(["a quick brown fox"], window=5)
    assert torch.equal(append(split.images, split.labels)[:-1], split.images[1:])
    chips = torch.stack([split.labels, torch.zeros_like(split.labels)])
    moved = append(split.images, chips)
    assert moved.shape == (2, 12, 150)
    assert torch.equal(moved[0], append(split.images, split.labels))
    assert decode(codes_of(moved)[1, 0]) == " quia"


def test_a_roll_out_reads_as_text() -> None:
    window = one_hot(encode("once upon "))
    for code in encode("a time"):
        window = append(window, code)
    assert decode(codes_of(window)) == "pon a time"


def test_what_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError, match="text, character 2: got 'X'"):
        encode("abX")
    with pytest.raises(InputError, match=r"codes: got \[3, 30\]"):
        decode(torch.tensor([3, 30]))
    with pytest.raises(InputError, match="windows: got '31 numbers'"):
        codes_of(torch.zeros(2, 31))
    with pytest.raises(DataError, match=r"strings: got \[2, 3\]"):
        windows_of(["ab", "abc"], window=1)
    with pytest.raises(InputError, match=r"window: got 3; .* 1 to 2"):
        windows_of(["abc"], window=3)


def test_counting_predicts_what_follows() -> None:
    split = windows_of(["abababab", "xxxxxabc"], window=6)
    assert decode(split.labels) == "abbc"
    assert unigram_error(split) == 0.5
    assert unigram_error(split, windows_of(["xxxxxxxx"], window=6)) == 1.0
    assert unigram_cross_entropy(split) == pytest.approx(
        -(2 * math.log(3 / 34) + 2 * math.log(2 / 34)) / 4
    )
    # Last symbols and labels: b a, a b, a b, b c.
    assert bigram_error(split) == 0.25
    assert bigram_cross_entropy(split) == pytest.approx(
        -(2 * math.log(3 / 32) + 2 * math.log(2 / 32)) / 4
    )
