"""All measures of a student against its teacher at once."""

from __future__ import annotations

from torch import Tensor

from mortalff.data import Split
from mortalff.learners.base import Learner
from mortalff.transfer import metrics
from mortalff.transfer.outputs import outputs


def compare(
    teacher: Learner, student: Learner, test: Split, *, independent: Learner | None = None
) -> dict[str, Tensor]:
    """Compare what teacher and student say of test images.

    Each is asked once, with its usual read-out; the forward passes are counted as their own.

    Args:
        teacher: what was to be transferred.
        student: what it was transferred to, on as many chips.
        test: images and labels that no transfer has seen.
        independent: chips that learned without the teacher, as many, for the baseline of the
            agreement: a student by ``relearn``.

    Returns:
        Name → (chips,), float64, on the CPU: ``accuracy_teacher``, ``accuracy_student``,
        ``accuracy_kept``, ``agreement``, ``kl_divergence`` (nats), ``same_wrong``, and with
        ``independent`` also ``agreement_baseline``, its agreement with the teacher. See
        :mod:`mortalff.transfer.metrics`.

    Raises:
        InputError: the numbers of chips or classes differ.
    """
    said, heard = (outputs(learner, test.images).cpu() for learner in (teacher, student))
    measured = measures(said, heard, test.labels.cpu())
    if independent is not None:
        other = outputs(independent, test.images).cpu().argmax(-1)
        measured["agreement_baseline"] = metrics.agreement(said.argmax(-1), other)
    return measured


def measures(said: Tensor, heard: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """The measures of :func:`compare` from what was said, for a teacher asked once and many students.

    Args:
        said: the teacher's logits, (chips, n, n_classes), on the CPU.
        heard: the student's, likewise.
        labels: (n,).

    Raises:
        InputError: the numbers of chips or classes differ.
    """
    ours, theirs = said.argmax(-1), heard.argmax(-1)
    return {
        "accuracy_teacher": metrics.accuracy(ours, labels),
        "accuracy_student": metrics.accuracy(theirs, labels),
        "accuracy_kept": metrics.accuracy_kept(ours, theirs, labels),
        "agreement": metrics.agreement(ours, theirs),
        "kl_divergence": metrics.kl_divergence(said, heard),
        "same_wrong": metrics.same_wrong(ours, theirs, labels),
    }
