"""How like its teacher a student is. Each measure gives one float64 number a chip.

Throughout, there are n images with labels y; t is the class the teacher chooses, s the student's,
and [·] is 1 where true and 0 elsewhere.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.errors import InputError, message


def accuracy(predicted: Tensor, labels: Tensor) -> Tensor:
    """Share of images that a chip gets right, (1/n) Σ [s = y].

    Args:
        predicted: classes (chips, n), int64.
        labels: (n,), int64.

    Returns:
        (chips,), in [0, 1].
    """
    _check_predictions(predicted, labels=labels)
    return (predicted == labels).to(torch.float64).mean(1)


def accuracy_kept(teacher: Tensor, student: Tensor, labels: Tensor) -> Tensor:
    """The student's accuracy over the teacher's, Σ [s = y] / Σ [t = y].

    Args:
        teacher: classes (chips, n), int64.
        student: likewise.
        labels: (n,), int64.

    Returns:
        (chips,), at least 0; above 1 where the student is the better one; NaN where the teacher is
        never right.
    """
    _check_predictions(teacher, student, labels=labels)
    right = (teacher == labels).to(torch.float64).sum(1)
    kept = (student == labels).to(torch.float64).sum(1) / right
    return torch.where(right > 0, kept, torch.nan)


def agreement(teacher: Tensor, student: Tensor) -> Tensor:
    """Share of images on which both say the same, (1/n) Σ [s = t].

    Args:
        teacher: classes (chips, n), int64.
        student: likewise.

    Returns:
        (chips,), in [0, 1].
    """
    _check_predictions(teacher, student)
    return (teacher == student).to(torch.float64).mean(1)


def agreement_baseline(predicted: Tensor) -> Tensor:
    """Mean agreement of each chip with every other, for chips trained independently of each other.

    With a(i, j) the agreement of chips i and j, b(i) = Σ_{j≠i} a(i, j) / (chips − 1). Chips that
    know the task agree without having taught each other; what a transfer adds is agreement above
    this.

    Args:
        predicted: classes (chips, n), int64, of at least two chips.

    Returns:
        (chips,), in [0, 1].

    Raises:
        InputError: there is but one chip.
    """
    _check_predictions(predicted)
    chips, n = predicted.shape
    if chips < 2:
        rule = "a chip is compared with others"
        raise InputError(message("chips", chips, rule, "give the predictions of 2 or more"))
    alike = [(predicted == one).sum(1) for one in predicted]
    # Each chip agrees with itself on all n images, which does not count.
    return (torch.stack(alike).sum(0) - n).to(torch.float64) / (n * (chips - 1))


def kl_divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """Mean KL divergence of the student's probabilities from the teacher's, in nats.

    (1/n) Σ_images Σ_k p_k (ln p_k − ln q_k) with p = softmax(teacher), q = softmax(student).

    Args:
        teacher: logits (chips, n, n_classes).
        student: likewise.

    Returns:
        (chips,), at least 0.
    """
    _check_alike("logits", teacher, student, ndim=3)
    log_p = teacher.to(torch.float64).log_softmax(-1)
    log_q = student.to(torch.float64).log_softmax(-1)
    # Rounding can bring the divergence of equals below 0.
    return (log_p.exp() * (log_p - log_q)).sum(-1).mean(1).clamp_min(0.0)


def same_wrong(teacher: Tensor, student: Tensor, labels: Tensor) -> Tensor:
    """Of the images the teacher gets wrong, the share on which the student says the same.

    Σ [t ≠ y][s = t] / Σ [t ≠ y]: how many of the teacher's mistakes the student makes too.

    Args:
        teacher: classes (chips, n), int64.
        student: likewise.
        labels: (n,), int64.

    Returns:
        (chips,), in [0, 1]; NaN where the teacher makes no mistake.
    """
    _check_predictions(teacher, student, labels=labels)
    wrong = teacher != labels
    same = (wrong & (student == teacher)).to(torch.float64).sum(1)
    return same / wrong.to(torch.float64).sum(1)


def _check_predictions(*predicted: Tensor, labels: Tensor | None = None) -> None:
    _check_alike("predictions", *predicted, ndim=2)
    if labels is not None and labels.shape != predicted[0].shape[1:]:
        rule = f"there is one label for each of {predicted[0].shape[1]} images"
        right = f"give labels of shape ({predicted[0].shape[1]},)"
        raise InputError(message("shape of labels", tuple(labels.shape), rule, right))


def _check_alike(what: str, *tensors: Tensor, ndim: int) -> None:
    """Broadcasting would turn a missing chip axis into a wrong number."""
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if len(set(shapes)) > 1 or len(shapes[0]) != ndim or 0 in shapes[0]:
        axes = "(chips, n)" if ndim == 2 else "(chips, n, n_classes)"
        rule = "teacher and student are compared chip by chip and image by image"
        right = f"give {what} of shape {axes}, the same for both, with at least one image"
        raise InputError(message(f"shapes of {what}", shapes, rule, right))
