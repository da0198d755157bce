"""Distillation: the student learns what the teacher says of the transfer images.

Only inputs and outputs of either chip are used, so neither need be known. Soft targets are the
teacher's probabilities softmax(z/T) of its logits z (Hinton, Vinyals, Dean, arXiv 1503.02531); hard
targets are its choices, as a control. The student's own read-out has no temperature: it takes over
tempered probabilities as they are, so that a student of T > 1 is less sure than its teacher.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mortalff.errors import InputError, message
from mortalff.learners.base import Learner
from mortalff.transfer.method import Lesson, Method
from mortalff.transfer.outputs import outputs


def teacher_targets(
    teacher: Learner, images: Tensor, *, temperature: float = 1.0, hard: bool = False
) -> Tensor:
    """Ask the teacher; its forward passes and digital operations are counted as its own.

    Args:
        teacher: on any hardware.
        images: (n, n_in) in [0, 1].
        temperature: T > 0; without effect on hard targets.
        hard: 1 for the class the teacher chooses and 0 for the others, in place of probabilities.

    Returns:
        Class probabilities (chips, n, n_classes), float32. The softmax is taken in float64.

    Raises:
        InputError: a chip of the teacher gives all classes the same score for every image.
    """
    logits = outputs(teacher, images)
    _check_says_something(logits)
    n_classes = logits.shape[-1]
    # One exponential, or one comparison, a class.
    teacher.network.tally.add("digital_op", logits.shape[1] * n_classes)
    if hard:
        return torch.nn.functional.one_hot(logits.argmax(-1), n_classes).to(torch.float32)
    return torch.softmax(logits.to(torch.float64) / temperature, dim=-1).to(torch.float32)


def distil(teacher: Learner, student: Learner, lesson: Lesson) -> None:
    """Train chip i of the student on the probabilities that chip i of the teacher gives."""
    asked = lesson.images.images
    lesson.train(student, teacher_targets(teacher, asked, temperature=lesson.temperature))


def distil_hard(teacher: Learner, student: Learner, lesson: Lesson) -> None:
    """Train chip i of the student on the classes that chip i of the teacher chooses."""
    lesson.train(student, teacher_targets(teacher, lesson.images.images, hard=True))


def _check_says_something(logits: Tensor) -> None:
    """Zero logits, as of a head that was never trained, would teach the student nothing."""
    mute = (logits.amax(-1) == logits.amin(-1)).all(1)
    if bool(mute.any()):
        raise InputError(
            message(
                "teacher, chips at positions",
                mute.nonzero().flatten().tolist(),
                "its read-out gives all classes the same score for every image",
                "train the teacher and its read-out first",
            )
        )


DISTIL = Method(
    name="distil",
    needs_teacher=frozenset({"forward"}),
    needs_student=frozenset({"forward"}),
    trains=True,
    run=distil,
)
"""Learn the teacher's probabilities."""

DISTIL_HARD = Method(
    name="distil_hard",
    needs_teacher=frozenset({"forward"}),
    needs_student=frozenset({"forward"}),
    trains=True,
    run=distil_hard,
)
"""Learn the teacher's choices."""
