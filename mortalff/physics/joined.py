"""Laws of some chips each, put together into the law of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

import torch
from torch import Tensor

L = TypeVar("L")


def joined(parts: Iterable[tuple[L, slice]], chips: int) -> L:
    """One law from laws that differ in nothing but their chips.

    Each part is copied into its place before the next is asked for, so that there is never more than one beside the
    whole.

    Args:
        parts: laws, dataclasses of tensors (chips of the part, n_out, n_in), of other such dataclasses and of settings;
            each with the place of its chips.
        chips: how many there are in all.
    """
    whole: L | None = None
    for part, place in parts:
        whole = cast("L", _room(part, chips)) if whole is None else whole
        _fill(whole, part, place)
    assert whole is not None
    return whole


def _room(part: object, chips: int) -> object:
    """The like of a part, with room for all chips."""
    if isinstance(part, Tensor):
        return torch.empty((chips, *part.shape[1:]), dtype=part.dtype, device=part.device)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    return replace(part, **{f.name: _room(getattr(part, f.name), chips) for f in fields(part)})


def _fill(whole: object, part: object, place: slice) -> None:
    if isinstance(part, Tensor) and isinstance(whole, Tensor):
        whole[place] = part
    elif is_dataclass(part) and not isinstance(part, type):
        for field in fields(part):
            _fill(getattr(whole, field.name), getattr(part, field.name), place)
