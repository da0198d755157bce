"""States of hardware as dictionaries of tensors, checked before they are loaded."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mortalff.actions import ACTIONS, ActionCounts
from mortalff.errors import InputError, message, nearest


def counts_to_tensor(counts: ActionCounts) -> Tensor:
    """All counts, (actions, chips), float64, in the order of the action names."""
    return torch.from_numpy(np.stack([counts[action] for action in ACTIONS]))


def counts_from_tensor(table: Tensor) -> ActionCounts:
    """The inverse of :func:`counts_to_tensor`."""
    values = table.cpu().numpy()
    kept = {a: values[i].copy() for i, a in enumerate(ACTIONS) if values[i].any()}
    return ActionCounts(values.shape[1], kept)


def check_state(where: str, state: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> None:
    """Check a state's names and shapes against the present state's.

    Raises:
        InputError: a name is missing or unknown, or a shape differs.
    """
    for name in state:
        if name not in like:
            rule = "this hardware has no such state"
            raise InputError(message(f"state of {where}", name, rule, nearest(name, like)))
    for name, tensor in like.items():
        if name not in state:
            raise InputError(
                message(f"state of {where}", sorted(state), f"{name!r} is missing", "save it anew")
            )
        if state[name].shape != tensor.shape:
            raise InputError(
                message(
                    f"state {name!r} of {where}",
                    tuple(state[name].shape),
                    "it is of hardware of another size",
                    f"the shape must be {tuple(tensor.shape)}",
                )
            )
