"""Torch devices by name, checked."""

from __future__ import annotations

import torch

from mortalff.errors import InputError, message


def checked_device(name: str | torch.device) -> torch.device:
    """A device on which hardware can be simulated.

    Raises:
        InputError: torch knows no such device, or sees no GPU here.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        rule = "torch knows no device of this name"
        raise InputError(message("device", str(name), rule, "use 'cpu', or 'cuda'")) from error
    if device.type not in ("cpu", "cuda"):
        rule = "hardware is simulated on CPUs and on GPUs that torch calls cuda"
        raise InputError(message("device", str(device), rule, "use 'cpu', or 'cuda'"))
    return present_device(device)


def present_device(device: torch.device) -> torch.device:
    """The device, if it is there; hardware of users' own may be on any kind that torch knows.

    Raises:
        InputError: it is a GPU, and torch sees none here.
    """
    if device.type == "cuda" and not torch.cuda.is_available():
        rule = "this machine's torch sees no GPU"
        raise InputError(message("device", str(device), rule, "use 'cpu'; see mortalff doctor"))
    return device
