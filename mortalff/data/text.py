"""Text as a learner sees it: thirty symbols, and windows of one-hot symbols with the next one as the label.

Windows are rows of ``window · 30`` numbers, symbol by symbol in the order of the text.
"""

from __future__ import annotations

import string

import numpy as np
import torch
from torch import Tensor

from mortalff.data.dataset import Split
from mortalff.errors import DataError, InputError, message

SYMBOLS = f'{string.ascii_lowercase} ,."'
"""Letters, the space, and the three commonest marks of Aesop's fables, in the order of their codes 0 to 29."""

WINDOW = 10
_CODES = {symbol: code for code, symbol in enumerate(SYMBOLS)}
_SPELLINGS = str.maketrans({"æ": "ae", "œ": "oe", "“": '"', "”": '"', "-": " ", "–": " ", "—": " "})


def clean(text: str) -> str:
    """Text in the thirty symbols.

    Letters become lower case, ligatures two letters; hyphens, dashes and line ends become spaces, and several spaces
    one; whatever else is not among the symbols is left out ("that's" becomes "thats").
    """
    spelled = " ".join(text.lower().translate(_SPELLINGS).split())
    kept = "".join(symbol for symbol in spelled if symbol in _CODES)
    return " ".join(kept.split())


def encode(text: str) -> Tensor:
    """Codes (length,), int64, of text in the thirty symbols.

    Raises:
        InputError: a character is not among them.
    """
    for place, symbol in enumerate(text):
        if symbol not in _CODES:
            right = f"clean() the text; the symbols are {SYMBOLS!r}"
            raise InputError(message(f"text, character {place}", symbol, "no such symbol", right))
    return torch.tensor([_CODES[symbol] for symbol in text], dtype=torch.int64)


def decode(codes: Tensor) -> str:
    """The text of codes (length,).

    Raises:
        InputError: a code is not in 0 … 29, or there is more than one axis.
    """
    if codes.ndim != 1 or bool(((codes < 0) | (codes >= len(SYMBOLS))).any()):
        rule = f"codes are numbers from 0 to {len(SYMBOLS) - 1} in one row"
        raise InputError(message("codes", codes.tolist(), rule, "decode row by row"))
    return "".join(SYMBOLS[code] for code in codes.tolist())


def one_hot(codes: Tensor) -> Tensor:
    """Windows (..., window · 30), float32, of codes (..., window)."""
    hot = torch.nn.functional.one_hot(codes, len(SYMBOLS))
    return hot.flatten(-2).to(torch.float32)


def codes_of(windows: Tensor) -> Tensor:
    """Codes (..., window) of windows (..., window · 30): the largest number of each symbol's thirty.

    Raises:
        InputError: the windows are no whole number of symbols long.
    """
    n = windows.shape[-1]
    if n % len(SYMBOLS) != 0:
        rule = f"a window has {len(SYMBOLS)} numbers a symbol"
        right = "give windows of one-hot symbols"
        raise InputError(message("windows", f"{n} numbers", rule, right))
    return windows.reshape(*windows.shape[:-1], n // len(SYMBOLS), len(SYMBOLS)).argmax(-1)


def append(windows: Tensor, codes: Tensor) -> Tensor:
    """Windows moved on by one symbol: the first one is dropped and ``codes`` come last.

    With what really came next this is a real window; with a prediction it is Hinton's negative data, and repeated, a
    roll-out.

    Args:
        windows: (..., window · 30).
        codes: (...), int64; leading axes broadcast.
    """
    last = torch.nn.functional.one_hot(codes, len(SYMBOLS)).to(windows.dtype)
    kept = windows[..., len(SYMBOLS) :]
    lead = np.broadcast_shapes(kept.shape[:-1], last.shape[:-1])
    return torch.cat((kept.expand(*lead, -1), last.expand(*lead, -1)), dim=-1)


def windows_of(strings: list[str], window: int = WINDOW) -> Split:
    """All windows of strings of one length, each with the symbol that follows it.

    Args:
        strings: in the thirty symbols.
        window: symbols seen.

    Returns:
        Windows (n, window · 30) and labels (n,), string by string: ``length − window`` of each.

    Raises:
        DataError: there is no string, or lengths differ.
        InputError: no symbol is left to predict, or a character is no symbol.
    """
    lengths = {len(text) for text in strings}
    if len(lengths) != 1:
        rule = "strings have one length, and there is at least one"
        raise DataError(message("strings", sorted(lengths), rule, "cut them alike"))
    length = lengths.pop()
    if not 1 <= window < length:
        rule = f"strings of {length} symbols have windows of 1 to {length - 1} with a next symbol"
        raise InputError(message("window", window, rule, "give such a number"))
    codes = torch.stack([encode(text) for text in strings])
    runs = codes.unfold(1, window + 1, 1).flatten(0, 1)  # a window and its next symbol
    return Split(one_hot(runs[:, :-1]), runs[:, -1].clone())


def openings(split: Split, per_string: int) -> Tensor:
    """The first window of each string (strings, window · 30), from which roll-outs start.

    Args:
        split: as :func:`windows_of` makes it.
        per_string: windows of a string, its length less the window's.
    """
    return split.images[::per_string]
