"""What finding and undoing the range of each vector takes in the digital periphery."""

from __future__ import annotations

from mortalff.actions import Counts

Work = float | Counts
"""How often, on all chips or on each, (chips,)."""

RANGES_OF_VECTORS = ("abs_max", "average_abs_max")
"""Kinds of ranging that look at each vector."""


def ranging_work(
    kind: str, vectors: Work, again: Work, n_in: int, n_out: int, *, shared: bool = False
) -> dict[str, Work]:
    """Digital work of ranging one block of arrays (of one row of output converters), whose inputs are numbers.

    With ``abs_max``, once a vector: n_in operations, each input compared with the largest so far; n_in multiply-adds,
    each input scaled; n_out multiply-adds, each converted output scaled back. ``average_abs_max`` takes two
    multiply-adds more, for its average. Other kinds take nothing: a constant or calibrated range is a reference voltage
    of the converters, and that calibration looks at its first vectors is left out.

    A layer over several arrays finds the largest input of each row of arrays and scales it once, n_in in all, however
    many arrays stand side by side; where partial sums are added as numbers each is scaled back first, for rows differ
    in range. A vector that bound management reads again is scaled anew at each attempt; its largest input is known by
    then, and outputs that clipped are not scaled back.

    Args:
        kind: ``input_ranging`` of the card.
        vectors: how many are read.
        again: how many of them are read again, counted at each attempt.
        n_in: input lines.
        n_out: outputs that are converted. None where they stay analog: a gain that normalises undoes the range too.
        shared: whether a block beside it has ranged the same inputs.

    Returns:
        ``digital_op`` and ``digital_mac``; empty for kinds that take nothing.
    """
    if kind not in RANGES_OF_VECTORS:
        return {}
    found = 0.0 if shared else vectors
    average = 2 if kind == "average_abs_max" else 0
    macs = found * (n_in + average) + again * n_in + vectors * n_out
    return {"digital_op": found * n_in, "digital_mac": macs}
