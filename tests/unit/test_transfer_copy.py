"""Copying weights: exact where devices are alike, clipped where not, and counted cell by cell."""

from __future__ import annotations

import pytest
import torch

from mortalff.cards import Card, load_card
from mortalff.errors import CapabilityError, InputError
from mortalff.learners import BP, FF, BPSettings
from mortalff.networks import Network
from mortalff.transfer import METHODS, transfer
from mortalff.transfer.outputs import outputs
from tests.strategies.transfer import (
    CLASSES,
    SIZES,
    black_box_ff,
    blobs,
    ff,
    quiet_card,
    trained_ff,
)

CELLS = 12 * 17 + 10 * 13  # outputs × (inputs + bias line), layer by layer
HEAD_BYTES = 4 * CLASSES * 10  # float32 weights on the features of the second layer
IMAGES = blobs(50, seed=3)


def same_outputs(teacher: FF, student: FF) -> bool:
    """Whether both give the same logits and the same goodness, bit for bit."""
    images = IMAGES.images
    logits = torch.equal(outputs(teacher, images), outputs(student, images))
    return logits and torch.equal(
        teacher.scores(images, "energy"), student.scores(images, "energy")
    )


@pytest.mark.parametrize("card", [load_card("ideal"), quiet_card()], ids=["digital", "crossbar"])
def test_a_copy_onto_chips_of_equal_devices_is_exact(card: Card) -> None:
    teacher, student = trained_ff(card), ff(card, seed=1)
    assert not same_outputs(teacher, student)
    transfer(teacher, student, "copy", IMAGES, 0)
    assert same_outputs(teacher, student)


def test_a_copy_onto_the_same_mismatched_devices_is_exact() -> None:
    # The seed fixes the devices; the student is that chip as it left the fab.
    card = quiet_card(**{"variability.w_max_dtod": 0.3, "variability.w_min_dtod": 0.3})
    teacher, student = trained_ff(card), ff(card)
    transfer(teacher, student, "copy", IMAGES, 0)
    assert same_outputs(teacher, student)


def test_other_devices_clip_the_copy_at_bounds_of_their_own() -> None:
    card = quiet_card(**{"variability.w_max_dtod": 0.5, "variability.w_min_dtod": 0.5})
    teacher, student = trained_ff(card), ff(card, seed=1)
    transfer(teacher, student, "copy", IMAGES, 0)
    assert not same_outputs(teacher, student)
    pairs = zip(teacher.network.layers, student.network.layers, strict=True)
    for source, target in pairs:
        given = source.hardware.probe().read_weights()
        held = target.hardware.probe().read_weights()
        clipped = held != given
        assert 0.0 < clipped.to(torch.float64).mean() < 0.5
        assert (held.abs() <= given.abs())[clipped].all()


def test_write_noise_spoils_the_copy() -> None:
    card = quiet_card(**{"variability.write_noise_std": 20.0})
    teacher, student = trained_ff(card), ff(card, seed=1)
    transfer(teacher, student, "copy", IMAGES, 0)
    assert not same_outputs(teacher, student)


def test_what_is_copied_is_gain_times_weight() -> None:
    # Digital weights have gain 1, those of the crossbar use the range of its devices.
    teacher, student = trained_ff(), ff(quiet_card(**{"device.w_max": 9.0, "device.w_min": -9.0}))
    for layer in student.network.layers:
        assert layer.gain < 1.0
    result = transfer(teacher, student, "copy", IMAGES, 0)
    assert torch.allclose(
        outputs(teacher, IMAGES.images), outputs(student, IMAGES.images), atol=1e-4
    )
    assert result.student_counts["digital_mac"].tolist() == [CELLS, CELLS]


def test_chip_i_goes_to_chip_i() -> None:
    teacher, student = trained_ff(chips=[5, 2]), ff(seed=1, chips=[0, 7])
    transfer(teacher, student, "copy", IMAGES, 0)
    assert same_outputs(teacher, student)
    first, second = outputs(student, IMAGES.images)
    assert not torch.equal(first, second)


def test_every_cell_is_read_and_written_once_and_counted() -> None:
    teacher, student = trained_ff(quiet_card()), ff(quiet_card(), seed=1)
    result = transfer(teacher, student, "copy", IMAGES, 7)
    for chip in range(2):
        read = {"weight_read": CELLS, "memory_byte": HEAD_BYTES}
        assert result.teacher_counts.chip(chip) == read
        written = {"program_cell": CELLS, "memory_byte": HEAD_BYTES}
        assert result.student_counts.chip(chip) == written
    assert result.history == ()
    assert student.history == []


def test_it_says_that_it_is_privileged() -> None:
    method = METHODS["copy"]
    assert method.privileged
    assert method.needs_teacher == {"read_weights"}
    assert method.needs_student == {"program"}
    result = transfer(trained_ff(), ff(seed=1), "copy", IMAGES, 0)
    assert result.privileged
    assert result.needs_teacher == {"read_weights"}
    assert result.needs_student == {"program"}


def test_hardware_that_hides_its_weights_cannot_be_copied() -> None:
    with pytest.raises(CapabilityError, match=r"'copy', teacher.*'read_weights'"):
        transfer(black_box_ff(0), ff(), "copy", IMAGES, 0)
    with pytest.raises(CapabilityError, match=r"'copy', student.*'program'"):
        transfer(trained_ff(), black_box_ff(0), "copy", IMAGES, 0)


def test_layers_that_differ_are_an_error_and_nothing_is_written() -> None:
    teacher = trained_ff()
    for sizes in ((16, 11, 10), (16, 12), (16, 12, 10, 10)):
        student = ff(seed=1, sizes=sizes)
        before = student.network.state_dict()
        with pytest.raises(InputError, match=r"layers of the student.*\(12, 10, True\)"):
            transfer(teacher, student, "copy", IMAGES, 0)
        after = student.network.state_dict()
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_read_outs_that_differ_are_an_error_and_nothing_is_written() -> None:
    sizes = (*SIZES[:2], CLASSES)
    network = Network.build(load_card("ideal"), sizes, chips=2, n_classes=CLASSES)
    student, teacher = BP(network, BPSettings()), ff(seed=1, sizes=sizes)
    before = network.state_dict()
    with pytest.raises(InputError, match=r"read-out for learner 'bp'.*'weights'.*none"):
        transfer(teacher, student, "copy", IMAGES, 0)
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
