"""BP in silico and physics-aware training: exact where the model is, wrong where it is not, and counted."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import Tensor

import mortalff
from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import CapabilityError
from mortalff.hardware.black_box import BlackBox
from mortalff.learners.bp import BP, BPSettings
from mortalff.learners.in_silico import BPInSilico, InSilicoSettings
from mortalff.learners.model_learner import ModelLearner
from mortalff.learners.pat import PAT, PATSettings
from mortalff.networks import Layer, Network
from mortalff.networks.arrays import CardArrays
from mortalff.networks.stage_choice import UnknownStageChoice

SIZES = (24, 17, 13, 4)  # odd widths: vectorised loops have tails, rows begin anywhere
CELLS = sum(above * (below + 1) for below, above in pairwise(SIZES))
IN_SILICO = InSilicoSettings(lr=0.1, batch=20)
PHYSICS_AWARE = PATSettings(lr=0.1, batch=20)


def blobs(n: int = 120, seed: int = 0) -> Split:
    """Four noisy prototypes."""
    prototypes = torch.rand(4, SIZES[0], generator=torch.Generator().manual_seed(9))
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 4, (n,), generator=generator)
    noise = 0.15 * torch.randn(n, SIZES[0], generator=generator)
    return Split((prototypes[labels] + noise).clamp(0, 1), labels)


def network(card: str = "ideal", chips: int | list[int] = 2) -> Network:
    """A small network."""
    return Network.build(load_card(card), SIZES, chips=chips, seed=5, n_classes=4)


def in_silico(
    card: str = "ideal", chips: int | list[int] = 2, settings: InSilicoSettings = IN_SILICO
) -> BPInSilico:
    """BP in silico on a small network."""
    return BPInSilico(network(card, chips), settings)


def pat(
    card: str = "ideal", chips: int | list[int] = 2, settings: PATSettings = PHYSICS_AWARE
) -> PAT:
    """Physics-aware training on a small network."""
    return PAT(network(card, chips), settings)


def weights(net: Network) -> list[Tensor]:
    """What ideal arrays hold."""
    return [layer.hardware.state_dict()["weights"] for layer in net.layers]


@pytest.mark.parametrize("make", [in_silico, pat])
@pytest.mark.parametrize("kept", [{}, {"smoothing": 0.9, "weight_decay": 0.001}])
def test_with_an_exact_model_the_update_is_that_of_bp(make, kept: dict[str, float]) -> None:  # type: ignore[no-untyped-def]
    settings = PATSettings if make is pat else InSilicoSettings
    learner = make(settings=settings(lr=0.1, batch=20, **kept))
    bp = BP(network(), BPSettings(lr=0.1, batch=20, **kept))
    for layer, start in zip(bp.network.layers, learner.model.weights, strict=True):
        layer.hardware.probe().program(start)
    for each in (learner, bp):
        each.fit(blobs(), 3)
    for mine, theirs in zip(weights(learner.network), weights(bp.network), strict=True):
        assert torch.equal(mine, theirs)  # bit for bit: the same sums in the same order


def test_in_silico_counts_what_bp_on_digital_arrays_does_and_one_writing() -> None:
    learner, bp = in_silico(), BP(network(), BPSettings(lr=0.1, batch=20))
    learner.fit(blobs(), 3)
    bp.fit(blobs(), 3)
    extra = {"program_cell": CELLS, "memory_byte": 4 * CELLS, "digital_op": CELLS}
    for action, counts in learner.training_counts.items():
        expected = bp.training_counts[action] + extra.get(action, 0)
        assert counts.tolist() == expected.tolist(), action


def test_in_silico_leaves_the_hardware_alone_until_the_end() -> None:
    learner = in_silico("gokmen_vlasov")
    learner.fit(blobs(), 3)
    assert learner.training_counts["array_read"].sum() == 0.0
    assert learner.training_counts["program_cell"].tolist() == [CELLS, CELLS]
    learner.error(blobs())
    assert learner.network.counts["program_cell"].tolist() == [CELLS, CELLS]  # it is up to date


def test_writing_in_order_to_measure_is_not_training() -> None:
    learner = in_silico("gokmen_vlasov")
    learner.fit(blobs(), 3, validation=blobs(seed=1))
    assert learner.training_counts["program_cell"].tolist() == [CELLS, CELLS]
    assert learner.network.counts["program_cell"].tolist() == [3 * CELLS, 3 * CELLS]


@pytest.mark.parametrize(("every", "writes"), [(1, 7), (4, 3), (100, 2)])
def test_pat_writes_as_often_as_it_is_told(every: int, writes: int) -> None:
    # Six updates: written before the first, then each ``every`` updates, and at the end.
    learner = pat(settings=PATSettings(lr=0.1, batch=20, program_every=every))
    learner.fit(blobs(), 1)
    assert learner.training_counts["program_cell"].tolist() == [writes * CELLS] * 2


@pytest.mark.parametrize(("every", "writes"), [(1, 13), (4, 5), (100, 3)])
def test_pat_is_written_after_each_epoch_whether_or_not_it_is_measured(
    every: int, writes: int
) -> None:
    # Twelve updates in two epochs; a measurement beforehand writes too, but not for training.
    settings = PATSettings(lr=0.1, batch=20, program_every=every)
    plain, checked = pat(settings=settings), pat(settings=settings)
    checked.error(blobs(seed=1))
    plain.fit(blobs(), 2)
    checked.fit(blobs(), 2, validation=blobs(seed=1))
    for learner, all_writes in ((plain, writes), (checked, writes + 1)):
        assert learner.training_counts["program_cell"].tolist() == [writes * CELLS] * 2
        assert learner.network.counts["program_cell"].tolist() == [all_writes * CELLS] * 2
    for one, other in zip(plain.model.weights, checked.model.weights, strict=True):
        assert torch.equal(one, other)


def test_weights_keep_within_what_the_devices_hold() -> None:
    limited = InSilicoSettings(lr=1.0, batch=20, weight_limit=0.3)
    learner = in_silico("gokmen_vlasov", settings=limited)
    learner.fit(blobs(), 3)
    largest = [
        float((w / layer.gain).abs().max())
        for w, layer in zip(learner.model.weights, learner.network.layers, strict=True)
    ]
    assert max(largest) == pytest.approx(0.3, rel=1e-6)


def test_both_learn_digits_where_the_model_is_right_and_pat_where_it_is_wrong() -> None:
    digits = mortalff.load("digits")
    sizes = BP.sizes((40,), digits.n_classes)
    errors = {}
    for strength in (0.0, 1.0):
        stage = UnknownStageChoice(strength=strength, mixing=0.5)
        arrays = CardArrays(load_card("ideal"), chips=2, seed=1, stage=stage)
        for kind in (BPInSilico, PAT):
            net = Network.stack(arrays, (8, 8, 1), sizes)
            learner = kind(net, kind.settings_type(lr=0.1, batch=20))
            learner.fit(digits.train, 4)
            errors[kind, strength] = float(learner.error(digits.test).mean())
    assert errors[BPInSilico, 0.0] < 0.08
    assert errors[PAT, 0.0] < 0.08
    assert errors[PAT, 1.0] < 0.1  # chance is 0.9
    assert errors[BPInSilico, 1.0] > 0.25


@pytest.mark.parametrize("kind", [BPInSilico, PAT])
def test_hardware_that_cannot_be_programmed_is_refused(kind: type[ModelLearner]) -> None:
    boxes = [
        BlackBox(lambda x, n=above: x.new_zeros(*x.shape[:2], n), n_out=above, n_in=below + 1)
        for below, above in pairwise(SIZES)
    ]
    black = Network([Layer(box, 1.0) for box in boxes], n_classes=4)
    with pytest.raises(CapabilityError, match=f"{kind.name!r}.*'program'"):
        kind(black)


def test_gradients_smoothed_in_the_model_ask_nothing_of_the_hardware() -> None:
    momentum = InSilicoSettings(smoothing=0.9, weight_decay=0.01)
    assert in_silico("gokmen_vlasov", settings=momentum).needs == {"forward", "program"}
