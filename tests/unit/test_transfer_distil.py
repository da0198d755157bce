"""Distilling and relearning: what the student is given, what is used of either chip, what it costs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import InputError
from mortalff.learners import BP, FF, BPSettings
from mortalff.networks import Network
from mortalff.transfer import METHODS, TransferResult, compare, transfer
from mortalff.transfer.distil import teacher_targets
from mortalff.transfer.outputs import outputs
from tests.strategies.transfer import (
    CLASSES,
    SETTINGS,
    SIZES,
    black_box_ff,
    blobs,
    ff,
    quiet_card,
    trained_ff,
)

IMAGES = blobs(40, seed=3)


def test_soft_targets_are_the_tempered_probabilities() -> None:
    teacher = trained_ff()
    logits = outputs(teacher, IMAGES.images)
    for temperature in (0.5, 1.0, 4.0):
        targets = teacher_targets(teacher, IMAGES.images, temperature=temperature)
        assert targets.shape == (2, 40, CLASSES)
        powers = (logits / temperature).exp()
        assert torch.allclose(targets, powers / powers.sum(-1, keepdim=True), atol=1e-6)
        assert torch.allclose(targets.sum(-1), torch.ones(2, 40), atol=1e-6)


def test_a_high_temperature_flattens_and_a_low_one_sharpens() -> None:
    teacher = trained_ff()
    flat = teacher_targets(teacher, IMAGES.images, temperature=1e6)
    assert torch.allclose(flat, torch.full_like(flat, 1 / CLASSES), atol=1e-4)
    sharp = teacher_targets(teacher, IMAGES.images, temperature=1e-6)
    assert torch.equal(sharp, teacher_targets(teacher, IMAGES.images, hard=True))


def test_hard_targets_are_the_choices() -> None:
    teacher = trained_ff()
    targets = teacher_targets(teacher, IMAGES.images, hard=True)
    assert torch.equal(targets.argmax(-1), teacher.predict(IMAGES.images))
    assert ((targets == 0.0) | (targets == 1.0)).all()
    assert (targets.sum(-1) == 1.0).all()


def test_asking_the_teacher_is_counted() -> None:
    n, teacher = len(IMAGES), trained_ff()
    result = transfer(teacher, ff(seed=1), "distil", IMAGES, 1)
    arrays = 12 * 17 + 10 * 13
    lines = (17 + 12) + (13 + 10)
    for chip in range(2):
        assert result.teacher_counts.chip(chip) == {
            # Lengths of the images, products, lengths of the activities, products of the head.
            "digital_mac": n * (16 + arrays + 12 + 10 + 10 * CLASSES),
            # Normalise the images; rectify and normalise; one exponential a class.
            "digital_op": n * (16 + 2 * (12 + 10) + CLASSES),
            # Lines of every vector; each weight and the head's, once for the one batch.
            "memory_byte": 4 * (n * lines + arrays + 10 * CLASSES),
        }


def test_the_student_pays_what_training_costs_it() -> None:
    twin = ff(quiet_card(), seed=1)
    twin.fit(IMAGES, 3, targets=teacher_targets(trained_ff(), IMAGES.images), progress=False)
    student = ff(quiet_card(), seed=1)
    result = transfer(trained_ff(), student, "distil", IMAGES, 3)
    assert result.student_counts == twin.network.counts
    assert result.student_counts["outer_product"].tolist() == [3 * 2 * 2 * 40] * 2
    assert [record.epoch for record in result.history] == [1, 2, 3]
    assert torch.equal(outputs(student, IMAGES.images), outputs(twin, IMAGES.images))


def test_relearning_is_training_on_the_labels_and_leaves_the_teacher_alone() -> None:
    teacher, student, twin = trained_ff(), ff(seed=1), ff(seed=1)
    result = transfer(teacher, student, "relearn", IMAGES, 3)
    twin.fit(IMAGES, 3, progress=False)
    assert torch.equal(outputs(student, IMAGES.images), outputs(twin, IMAGES.images))
    assert result.teacher_counts.chip(0) == {}
    assert result.needs_teacher == frozenset()


def test_labels_teach_a_distilled_student_nothing() -> None:
    wrong = Split(IMAGES.images, (IMAGES.labels + 1) % CLASSES)
    for method in ("distil", "distil_hard"):
        one, two = ff(seed=1), ff(seed=1)
        transfer(trained_ff(), one, method, IMAGES, 2)
        transfer(trained_ff(), two, method, wrong, 2)
        assert torch.equal(outputs(one, IMAGES.images), outputs(two, IMAGES.images))


@pytest.mark.parametrize("method", ["distil", "distil_hard"])
def test_only_inputs_outputs_and_pulses_are_used(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    teacher, student, control = black_box_ff(0), black_box_ff(50), black_box_ff(50)
    for learner in (teacher, student):
        for hardware in learner.network.hardware:
            assert hardware.capabilities == {"forward", "pulse"}

            def refuse(*_: object) -> None:
                raise AssertionError("privileged access was asked for")

            monkeypatch.setattr(type(hardware), "probe", refuse)
    test = blobs(200, seed=4)
    teacher.fit(blobs(), 10, progress=False)
    result = transfer(teacher, student, method, IMAGES, 10)
    assert not result.privileged
    assert result.needs_teacher == {"forward"}
    assert result.needs_student == {"forward", "pulse"}
    assert not METHODS[method].privileged
    taught, untaught = compare(teacher, student, test), compare(teacher, control, test)
    assert (taught["agreement"] > untaught["agreement"] + 0.2).all()


def test_each_chip_learns_from_its_own_teacher() -> None:
    teacher = trained_ff(chips=[0, 1])
    student = ff(seed=1, chips=[3, 4])
    transfer(teacher, student, "distil", IMAGES, 2)
    for position, (one, other) in enumerate(((0, 3), (1, 4))):
        alone = ff(seed=1, chips=[other])
        transfer(trained_ff(chips=[one]), alone, "distil", IMAGES, 2)
        assert torch.equal(
            outputs(alone, IMAGES.images)[0], outputs(student, IMAGES.images)[position]
        )


def test_a_student_that_backpropagates_makes_the_transfer_privileged() -> None:
    network = Network.build(
        load_card("ideal"), (16, 12, CLASSES), chips=2, seed=1, n_classes=CLASSES
    )
    student = BP(network, BPSettings(lr=0.05, batch=10))
    result = transfer(trained_ff(), student, "distil", IMAGES, 2)
    assert result.privileged
    assert "forward_transposed" in result.needs_student


def test_a_trained_student_goes_on_from_where_it_is() -> None:
    teacher, student = trained_ff(quiet_card()), ff(quiet_card(), seed=1)
    copied = transfer(teacher, student, "copy", IMAGES, 0)
    tuned = transfer(teacher, student, "distil", IMAGES, 2)
    again = transfer(teacher, student, "relearn", IMAGES, 1)
    assert [record.epoch for record in tuned.history] == [1, 2]
    assert [record.epoch for record in again.history] == [3]
    total = copied.student_counts + tuned.student_counts + again.student_counts
    whole = student.network.counts
    for action in ("program_cell", "array_read", "outer_product", "digital_mac"):
        assert total[action].tolist() == whole[action].tolist()


class _StopsAfterTwo(FF):
    """A student whose computer dies once the second epoch is saved."""

    def save(self, folder: Path) -> None:
        super().save(folder)
        if len(self.history) == 2:
            raise KeyboardInterrupt


def _teach(student: FF, checkpoint: Path | None) -> TransferResult:
    return transfer(
        trained_ff(load_card("gokmen_vlasov")),
        student,
        "distil",
        IMAGES,
        4,
        checkpoint=checkpoint,
        progress=False,
    )


def test_a_transfer_that_was_stopped_ends_like_one_that_was_not(tmp_path: Path) -> None:
    card, folder = load_card("gokmen_vlasov"), tmp_path / "checkpoint"
    with pytest.raises(KeyboardInterrupt):
        _teach(_StopsAfterTwo(ff(card, seed=1).network, SETTINGS), folder)
    resumed, whole = ff(card, seed=1), ff(card, seed=1)
    first, second = _teach(resumed, folder), _teach(whole, None)
    assert first == second
    assert [record.epoch for record in first.history] == [1, 2, 3, 4]
    assert torch.equal(outputs(resumed, IMAGES.images), outputs(whole, IMAGES.images))


def test_a_teacher_with_nothing_to_say_is_an_error() -> None:
    student = ff(seed=1)
    with pytest.raises(InputError, match=r"teacher, chips.*\[0, 1\].*train the teacher"):
        transfer(ff(sizes=SIZES), student, "distil", IMAGES, 1)
    assert student.history == []
