"""Examples as a network takes them: checked, and their labels as class probabilities."""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.data import Split
from mortalff.errors import InputError, message
from mortalff.networks.network import Network


def check_split(split: Split, network: Network) -> None:
    """Check that a network can take a split.

    Raises:
        InputError: images of another width, or none; a label that is no class of the network.
    """
    wide = split.images.shape[1] if split.images.ndim == 2 else -1
    if wide != network.n_in or len(split) == 0:
        rule = f"the network takes {network.n_in} inputs"
        right = f"give (n, {network.n_in}) with n at least 1"
        raise InputError(message("shape of images", tuple(split.images.shape), rule, right))
    for label in (int(split.labels.max()), int(split.labels.min())):
        if not 0 <= label < network.n_classes:
            rule = f"the network knows {network.n_classes} classes, numbered from 0"
            raise InputError(message("labels", label, rule, "build the network with more classes"))


def class_targets(train: Split, targets: Tensor | None, network: Network) -> Tensor:
    """What each example should be taken for.

    Args:
        train: the examples.
        targets: probabilities (n, n_classes) or (chips, n, n_classes) as a teacher gives them; None for the labels.
        network: whose classes and chips they are.

    Returns:
        Probabilities (1 or chips, n, n_classes), float32.

    Raises:
        InputError: targets of another shape.
    """
    if targets is None:
        hot = torch.nn.functional.one_hot(train.labels, network.n_classes)
        return hot.to(torch.float32).unsqueeze(0)
    soft = targets.unsqueeze(0) if targets.ndim == 2 else targets
    right = (len(train), network.n_classes)
    if tuple(soft.shape[1:]) != right or soft.shape[0] not in (1, network.chips):
        rule = "a teacher gives one probability a class for each example"
        shown = f"give {right}, or chips in front"
        raise InputError(message("shape of targets", tuple(targets.shape), rule, shown))
    return soft.to(torch.float32)
