"""Transfer by any method, with what it took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from mortalff.data import Split
from mortalff.errors import InputError, message, nearest
from mortalff.learners.base import Learner
from mortalff.transfer.copy import COPY
from mortalff.transfer.distil import DISTIL, DISTIL_HARD
from mortalff.transfer.method import Lesson, Method, TransferResult
from mortalff.transfer.relearn import RELEARN

METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for method in (COPY, DISTIL, DISTIL_HARD, RELEARN)}
)
"""The ways of transfer, by name."""


def transfer(
    teacher: Learner,
    student: Learner,
    method: str | Method,
    images: Split,
    epochs: int,
    *,
    temperature: float = 1.0,
    checkpoint: Path | None = None,
    progress: bool = True,
) -> TransferResult:
    """Teach the function of the teacher's chips to the student's, chip i to chip i.

    Args:
        teacher: trained; its weights stay as they are.
        student: on as many chips; it may be trained or not.
        method: a name in :data:`METHODS`, or a method of one's own.
        images: transfer images; labels are used by ``relearn`` alone.
        epochs: epochs to train the student, beyond those in its history; ``copy`` trains none.
        temperature: T of the teacher's probabilities softmax(logits / T), for ``distil``.
        checkpoint: a folder, one a transfer, that the student's training is saved to after each
            epoch and resumed from; give the teacher and student as they were at the start, and
            the result is that of a transfer that was never stopped. ``copy`` does not use it.
        progress: show a bar on a terminal.

    Returns:
        What was used and counted.

    Raises:
        InputError: an unknown method; a number that makes no sense; teacher and student that
            share hardware or differ in chips, classes, inputs, or, for ``copy``, in layers.
        CapabilityError: hardware of either lacks what the method needs.
    """
    if isinstance(method, str):
        if method not in METHODS:
            rule = "there is no such way of transfer"
            raise InputError(message("method", method, rule, nearest(method, METHODS)))
        method = METHODS[method]
    _check_numbers(epochs, temperature)
    _check_pair(teacher, student)
    needs_student = method.needs_student | (student.needs if method.trains else frozenset())
    teacher.network.require(method.needs_teacher, f"transfer {method.name!r}, teacher")
    student.network.require(needs_student, f"transfer {method.name!r}, student")

    before, done = (teacher.network.counts, student.network.counts), len(student.history)
    method.run(teacher, student, Lesson(images, epochs, temperature, checkpoint, progress))
    return TransferResult(
        method=method.name,
        needs_teacher=method.needs_teacher,
        needs_student=needs_student,
        teacher_counts=teacher.network.counts - before[0],
        student_counts=student.network.counts - before[1],
        history=tuple(student.history[done:]),
    )


def _check_numbers(epochs: int, temperature: float) -> None:
    if epochs < 0:
        rule = "a student is trained for some epochs or none"
        raise InputError(message("epochs", epochs, rule, "give 0 or more"))
    if not 0.0 < temperature < math.inf:
        rule = "a temperature is finite and above 0"
        raise InputError(message("temperature", temperature, rule, "1 keeps the probabilities"))


def _check_pair(teacher: Learner, student: Learner) -> None:
    shared = {id(part) for part in teacher.network.hardware} & {
        id(part) for part in student.network.hardware
    }
    if shared:
        rule = "teacher and student are on hardware of their own, and these share some"
        right = "build a second network for the student"
        raise InputError(message("student", student.network.chip_ids, rule, right))
    for name in ("chips", "n_classes", "n_in"):
        given, taken = (int(getattr(one.network, name)) for one in (teacher, student))
        if given != taken:
            rule = f"it must be that of the teacher, {given}"
            right = "build both networks for the same images and as many chips"
            raise InputError(message(f"student, {name}", taken, rule, right))
