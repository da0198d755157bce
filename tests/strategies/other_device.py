"""A torch device that is not a CPU, where there is none: tensors that say so, and whose numbers lie on the CPU.

As on a GPU, such a tensor gives no numpy array and does not mix with a CPU's tensors, but for numbers. So code that
only runs on a CPU fails here, and what runs gives the numbers that the same operations give on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any  # operators take and give anything

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

OTHER = torch.device("lazy:0")  # of torch's device types, one that every build knows the name of


class _Elsewhere(torch.Tensor):
    """A tensor of :data:`OTHER`, and where its numbers lie."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> _Elsewhere:
        made: _Elsewhere = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, device=OTHER,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(
        cls,
        func: Callable[..., Any],
        types: object,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _run(func, args, dict(kwargs or {}))


class _Operators(TorchDispatchMode):
    """Runs operators on the numbers of such tensors, and makes them where asked for."""

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: object,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _run(func, args, dict(kwargs or {}))


class _FromNumbers(TorchFunctionMode):
    """Makes such tensors of numbers, which torch does without an operator."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        options = dict(kwargs or {})
        if func in (torch.tensor, torch.as_tensor) and _is_other(options.get("device")):
            return func(*args, **{**options, "device": None}).to(OTHER)
        return func(*args, **options)


@contextmanager
def other_device() -> Iterator[torch.device]:
    """Within it, :data:`OTHER` is a device."""
    with _FromNumbers(), _Operators():
        yield OTHER


def _is_other(device: object) -> bool:
    return device is not None and torch.device(device).type == OTHER.type  # type: ignore[call-overload]


def _run(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
    elsewhere = [t for t in given if isinstance(t, _Elsewhere)]
    strays = [t for t in given if not isinstance(t, _Elsewhere) and t.dim() > 0]
    # Copies and indices may come from a CPU, and so may numbers.
    if elsewhere and strays and not any(name in str(func) for name in ("copy", "index")):
        raise RuntimeError(f"{func}: some tensors lie on {OTHER}, others on the CPU")
    there = bool(elsewhere)
    if kwargs.get("device") is not None:
        there, kwargs["device"] = _is_other(kwargs["device"]), torch.device("cpu")
    inner = tree_map(lambda t: t.held if isinstance(t, _Elsewhere) else t, (list(args), kwargs))
    out = func(*inner[0], **inner[1])
    known = {id(t.held): t for t in elsewhere}  # what is changed in place stays the same tensor

    def back(t: Any) -> Any:
        if not isinstance(t, torch.Tensor) or not there:
            return t
        return known[id(t)] if id(t) in known else _Elsewhere(t)

    return tree_map(back, out)
