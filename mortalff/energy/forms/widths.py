"""How wide numbers in digital memory are: those of weights, and those of activities and errors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Widths:
    """Widths that bytes are counted by. Numbers that a converter made have its bits, whatever these say.

    Attributes:
        word_bytes: bytes of a weight in digital memory, and of any number that is kept for one.
        number_bits: bits of an activity that no converter made.
        error_bits: bits of an error, and of noise that waits for one.
    """

    word_bytes: float = 4.0
    number_bits: int = 32
    error_bits: int = 8


SIMULATED = Widths()
"""Those that learners and hardware count by."""
