"""Distillation: a teacher is asked about the transfer images, and a student learns what it said."""

from __future__ import annotations

from typing import NamedTuple

from mortalff.energy.array_forms import add, whole
from mortalff.energy.forms.counts import Counts, times
from mortalff.energy.forms.form import Form
from mortalff.errors import InputError, message

_CHUNK = 1000  # images a pass of the teacher


class DistillationCounts(NamedTuple):
    """What a distillation counts, on each pair of chips.

    Attributes:
        teacher: passes of all transfer images and an operation for each class of each.
        student: its whole training on new arrays.
    """

    teacher: Counts
    student: Counts


def distillation_counts(
    teacher: Form, student: Form, images: int, epochs: int
) -> DistillationCounts:
    """Transfer by ``distil`` or ``distil_hard``; for ``relearn`` the student's part alone.

    Args:
        teacher: asked by its usual read-out, in batches of 1000.
        student: trained from the start.
        images: transfer images.
        epochs: of the student.

    Raises:
        InputError: images or classes differ.
    """
    for name in ("n_in", "n_classes"):
        asked, told = (getattr(form.network, name) for form in (teacher, student))
        if asked != told:
            rule = f"it must be that of the teacher, {asked}"
            raise InputError(
                message(f"student, {name}", told, rule, "plan both for the same images")
            )
    full, rest = divmod(whole("images", images, 1), _CHUNK)
    counts: Counts = {}
    for vectors, number in ((_CHUNK, full), (rest, 1)):
        if vectors * number:
            add(counts, times(teacher.inference_counts(vectors), number))
    add(counts, {"digital_op": images * teacher.network.n_classes})
    return DistillationCounts(counts, student.training_counts(images, epochs))
