"""Which chips: a count, or the numbers of those wanted."""

from __future__ import annotations

from collections.abc import Sequence

from mortalff.errors import InputError, message


def chip_numbers(chips: int | Sequence[int]) -> tuple[int, ...]:
    """One number a chip; with the seed it fixes all that chip's randomness.

    Args:
        chips: how many (numbered from 0), or the numbers of the chips wanted.

    Raises:
        InputError: no chips, a number twice, a negative number.
    """
    numbers = tuple(range(chips)) if isinstance(chips, int) else tuple(int(c) for c in chips)
    if not numbers or len(set(numbers)) != len(numbers) or min(numbers) < 0:
        raise InputError(
            message(
                "chips",
                chips,
                "there must be at least one chip, each with a number of its own from 0 up",
                "give a count such as 8, or numbers such as [3, 5]",
            )
        )
    return numbers
