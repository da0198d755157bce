"""Copying the weights: read every weight of the teacher, write it into the student.

It needs privileged access to both chips, and is what a transfer that knows nothing of the hardware
is held against. What is copied are the effective weights, gain × weight, and the digital read-out
as it is. The student's devices hold them as well as they can: weights beyond their bounds are
clipped, and writing may have noise. An unknown stage behind an array is not copied.
"""

from __future__ import annotations

from mortalff.errors import InputError, message
from mortalff.learners.base import Learner
from mortalff.transfer.method import Lesson, Method

_BYTES = 4  # a float32 of the read-out


def copy_weights(teacher: Learner, student: Learner, lesson: Lesson) -> None:
    """Copy chip i of the teacher to chip i of the student, layer by layer.

    With gains g and weights W, W_student ← W_teacher · g_teacher / g_student.

    Args:
        teacher: read, otherwise left as it is.
        student: written; its settings and history stay its own.
        lesson: not used; copying looks at no images and takes one step.

    Raises:
        InputError: the layers or the read-outs differ in number or width; nothing is written then.
    """
    del lesson
    given = [(layer.n_in, layer.n_out, layer.bias) for layer in teacher.network.layers]
    taken = [(layer.n_in, layer.n_out, layer.bias) for layer in student.network.layers]
    if given != taken:
        raise InputError(
            message(
                "layers of the student (inputs, outputs, bias)",
                taken,
                f"weights are copied one to one, and the teacher has {given}",
                "build the student with the teacher's sizes",
            )
        )
    readout = teacher.readout_state()
    student.load_readout_state(readout)
    size = sum(_BYTES * tensor[0].numel() for tensor in readout.values())
    for learner in (teacher, student):
        learner.network.tally.add("memory_byte", size)
    pairs = zip(teacher.network.layers, student.network.layers, strict=True)
    for source, target in pairs:
        weights = source.hardware.probe().read_weights()
        if source.gain != target.gain:
            weights = weights * (source.gain / target.gain)
            student.network.tally.add("digital_mac", weights[0].numel())
        target.hardware.probe().program(weights)


COPY = Method(
    name="copy",
    needs_teacher=frozenset({"read_weights"}),
    needs_student=frozenset({"program"}),
    trains=False,
    run=copy_weights,
)
"""Copy the weights and the read-out."""
