"""Aesop's fables, to predict the next character from the ten before it.

Source: "Aesop's Fables", translated by V. S. Vernon Jones, 1912 (public domain; Project Gutenberg's eBook 11339). The
task: G. Hinton, arXiv 2212.13345 (2022), section 3.4: 248 strings of 100 characters in 30 symbols. The paper names
neither the symbols nor where its strings were cut; what is done here is said below.
"""

from __future__ import annotations

from pathlib import Path

from mortalff.data.dataset import Dataset, hold_out
from mortalff.data.idx import read_unpacked
from mortalff.data.sources import DataFile, Source
from mortalff.data.text import SYMBOLS, WINDOW, clean, windows_of
from mortalff.errors import DataError, InputError, message

TEXT = DataFile("aesop.txt", "4f1e7463b5fd19c55a9f538703a24be5ae3f3f04585d41c7266aba79d0fac8f9")
AESOP = Source(
    name="aesop",
    files=(TEXT,),
    mirrors=(),
    by_hand=(
        f"put the fables (V. S. Vernon Jones's translation of 1912, each title a line in capitals) as {TEXT.name} "
        "into the data folder"
    ),
)
STRINGS = 248
LENGTH = 100
WINDOWS_PER_STRING = LENGTH - WINDOW


def load_aesop(
    directory: str | Path | None = None,
    *,
    validation: int = 0,
    verify: bool = True,
    train_strings: int = STRINGS,
    test_strings: int = STRINGS,
    window: int = WINDOW,
) -> Dataset:
    """Windows of the fables' text with the next character as the label.

    The fables' bodies are put into 30 symbols (see :func:`mortalff.data.text.clean`) and each is cut from its start
    into strings of 100, the rest left out, so that no window joins two fables. The first 248 strings are for training.
    The test strings are the next 248, from the first fable on that gave none for training.

    Args:
        directory: the folder with ``aesop.txt``, or its parent if that folder is ``aesop``; else ``$MORTALFF_DATA``,
            else the user's data folder.
        validation: windows to take from the end of the training split for validation; a multiple of 90 takes whole
            strings.
        verify: check the file's checksum. False admits any other text whose titles are lines in capitals (or which has
            none), and names it ``aesop_unverified``.
        train_strings: strings for training.
        test_strings: strings for testing.
        window: characters seen.

    Returns:
        Windows (n, window · 30), one-hot, 22,320 in each split, string by string; ``image_shape`` is None.

    Raises:
        DataError: the file is missing, another one, not UTF-8, or too short for so many strings.
        InputError: a number of strings is below 1, the window has no next character, or ``validation`` is negative or
            leaves nothing to train on.
    """
    path = AESOP.path(TEXT, directory)
    content = read_unpacked(path)
    if verify:
        TEXT.verify(content, str(path))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        right = "save the text as UTF-8"
        raise DataError(message(str(path), str(error), "the text is not UTF-8", right)) from error
    strings = _parted(fables(text), train_strings, test_strings, str(path))
    train, test = (windows_of(part, window) for part in strings)
    train, held_out = hold_out(train, validation)
    name = AESOP.name if verify else f"{AESOP.name}_unverified"
    return Dataset(name, train, held_out, test, image_shape=None, n_classes=len(SYMBOLS))


def fables(text: str) -> list[str]:
    """The fables' bodies in the thirty symbols; titles, which are lines without small letters, only part them."""
    bodies: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.isupper():
            bodies.append([])
        else:
            bodies[-1].append(line)
    cleaned = [clean(" ".join(body)) for body in bodies]
    return [body for body in cleaned if body]


def _parted(
    bodies: list[str], train_strings: int, test_strings: int, where: str
) -> tuple[list[str], list[str]]:
    for name, n in (("train_strings", train_strings), ("test_strings", test_strings)):
        if n < 1:
            raise InputError(
                message(name, n, "a split holds at least one string", "give 1 or more")
            )
    train: list[str] = []
    test: list[str] = []
    for body in bodies:
        starts = range(0, len(body) - LENGTH + 1, LENGTH)
        part = train if len(train) < train_strings else test
        part.extend(body[start : start + LENGTH] for start in starts)
    if len(train) < train_strings or len(test) < test_strings:
        found = f"{len(train)} strings for training, then {len(test)} for testing"
        rule = f"{train_strings} and {test_strings} strings of {LENGTH} characters were asked for"
        raise DataError(message(where, found, rule, "ask for fewer, or give a longer text"))
    return train[:train_strings], test[:test_strings]
