"""Learners: what they may know, that they resume, and that chips do not disturb one another."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.black_box import BlackBox
from mortalff.hardware.fabricate import fabricate
from mortalff.learners import BP, FF, BPSettings, FFSettings, Learner
from mortalff.networks import Layer, Network

SIZES = (24, 17, 13)  # odd widths: vectorised loops have tails, rows begin anywhere
CLASSES = 4


def blobs(n: int = 120, seed: int = 0) -> Split:
    """Four noisy prototypes behind four blank label pixels."""
    generator = torch.Generator().manual_seed(seed)
    prototypes = torch.rand(CLASSES, SIZES[0], generator=torch.Generator().manual_seed(9))
    labels = torch.randint(0, CLASSES, (n,), generator=generator)
    noise = 0.15 * torch.randn(n, SIZES[0], generator=generator)
    return Split((prototypes[labels] + noise).clamp(0, 1), labels)


def ff(chips: int | list[int] = 2, card: str = "gokmen_vlasov", **changes: object) -> FF:
    """A small FF learner."""
    settings = FFSettings.model_validate({"lr": 0.05, "batch": 20, **changes})
    network = Network.build(load_card(card), SIZES, chips=chips, seed=5, n_classes=CLASSES)
    return FF(network, settings)


def bp(chips: int | list[int] = 2, card: str = "gokmen_vlasov") -> BP:
    """A small BP learner."""
    sizes = BP.sizes(SIZES, CLASSES)
    network = Network.build(load_card(card), sizes, chips=chips, seed=5, n_classes=CLASSES)
    return BP(network, BPSettings(lr=0.02, batch=20))


def same_state(a: Learner, b: Learner) -> bool:
    """Whether two learners are in the same state, bit for bit."""
    first, second = a.network.state_dict(), b.network.state_dict()
    first |= {f"own.{k}": v for k, v in a.own_state().items()}
    second |= {f"own.{k}": v for k, v in b.own_state().items()}
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov", "ecram"])
def test_ff_learns(card: str) -> None:
    learner = ff(card=card)
    learner.fit(blobs(400), 12)
    for readout in FF.readouts:
        assert learner.error(blobs(400, seed=1), readout).max() < 0.25  # chance is 0.75


def test_bp_learns() -> None:
    learner = bp()
    learner.fit(blobs(400), 12)
    assert learner.error(blobs(400, seed=1)).max() < 0.25


def linear_black_box(n_out: int, n_in: int, seed: int) -> BlackBox:
    """A twisted linear device whose weights live in this closure alone.

    Its inputs are scrambled by a fixed permutation and its gain differs from unit to unit, so that no model of a plain
    array would fit it; a pulse moves what it stores by the outer product it is shown, through the same scrambling.
    """
    generator = torch.Generator().manual_seed(seed)
    stored = torch.randn(1, n_out, n_in, generator=generator) / n_in**0.5
    scramble = torch.randperm(n_in, generator=generator)
    gain = torch.empty(1, 1, n_out).uniform_(0.5, 2.0, generator=generator)

    def forward(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh((x[..., scramble] @ stored.transpose(1, 2)) / 3.0) * 3.0 * gain

    def pulse(x: torch.Tensor, d: torch.Tensor, lr: float) -> None:
        stored.add_(d.transpose(1, 2) @ x[..., scramble], alpha=lr / x.shape[1])

    return BlackBox(forward, pulse=pulse, n_out=n_out, n_in=n_in)


def test_ff_trains_a_black_box_it_knows_nothing_of() -> None:
    boxes = [
        linear_black_box(above, below + 1, seed)
        for seed, (below, above) in enumerate(pairwise(SIZES))
    ]
    for box in boxes:
        assert box.capabilities == {"forward", "pulse"}
    network = Network([Layer(box, 1.0) for box in boxes], n_classes=CLASSES)
    learner = FF(network, FFSettings(lr=0.05, batch=20))
    before = learner.error(blobs(400, seed=1), "energy").item()
    learner.fit(blobs(400), 12)
    after = learner.error(blobs(400, seed=1), "energy").item()
    assert before > 0.5
    assert after < 0.25


def test_ff_calls_nothing_but_forward_and_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = ff()

    def refuse(*_: object) -> None:
        raise AssertionError("a probe was asked for")

    for layer in learner.network.layers:
        for door in ("probe", "state_dict", "load_state_dict"):
            monkeypatch.setattr(type(layer.hardware), door, refuse)
    learner.fit(blobs(), 1)
    learner.predict(blobs().images, "energy")
    assert learner.needs == {"forward", "pulse"}


def test_bp_is_refused_by_hardware_without_a_transposed_read() -> None:
    boxes = [linear_black_box(16, 25, 0), linear_black_box(4, 17, 1)]
    network = Network([Layer(box, 1.0) for box in boxes], n_classes=CLASSES)
    with pytest.raises(CapabilityError, match=r"'bp'.*'forward_transposed'.*it offers 'forward'"):
        BP(network)


def test_bp_is_refused_where_activities_stay_analog() -> None:
    network = Network.build(
        load_card("ecram"), (*SIZES, CLASSES), n_classes=CLASSES, activities="analog"
    )
    with pytest.raises(InputError, match="activities='digital'"):
        BP(network)


def test_digital_weights_have_neither_analog_activities_nor_converters() -> None:
    ideal = load_card("ideal")
    with pytest.raises(InputError, match="choose 'digital'"):
        Network.build(ideal, SIZES, n_classes=CLASSES, activities="analog")
    with pytest.raises(InputError, match="without converters or pulses; leave it out"):
        fabricate(ideal, n_out=3, n_in=4, periphery=load_card("ecram").periphery)
    with pytest.raises(InputError, match="without converters or pulses; leave it out"):
        fabricate(ideal, n_out=3, n_in=4, pulse_mode="exact")


def test_hintons_recipe_is_refused_by_a_crossbar() -> None:
    network = Network.build(load_card("ecram"), SIZES, n_classes=CLASSES)
    with pytest.raises(CapabilityError, match="digital number for every weight"):
        FF(network, FFSettings.hinton())


@pytest.mark.parametrize("make", [ff, bp])
@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov", "reram_es"])
def test_a_chip_alone_learns_what_it_learns_among_others(make, card: str) -> None:  # type: ignore[no-untyped-def]
    many, alone = make([0, 1, 2, 3], card), make([3], card)
    many.fit(blobs(), 3)
    alone.fit(blobs(), 3)
    images = blobs(seed=1).images
    readout = many.readouts[0]
    for name, tensor in alone.own_state().items():
        if tensor.ndim > 0:
            assert torch.equal(tensor[0], many.own_state()[name][3]), name
    assert torch.equal(many.scores(images, readout)[3:], alone.scores(images, readout))
    for action, counts in alone.network.counts.items():
        assert counts[0] == many.network.counts[action][3]


@pytest.mark.parametrize("make", [ff, bp])
def test_a_checkpoint_resumes_bit_for_bit(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole, first, second = make(), make(), make()
    whole.fit(blobs(), 4)

    class PowerCutError(Exception):
        pass

    def cut(record: object) -> None:
        if getattr(record, "epoch") == 2:  # noqa: B009
            raise PowerCutError

    with pytest.raises(PowerCutError):
        first.fit(blobs(), 4, checkpoint=tmp_path / "point", on_epoch=cut)
    second.fit(blobs(), 4, checkpoint=tmp_path / "point")
    assert same_state(whole, second)
    assert whole.history == second.history


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    ff().save(tmp_path / "point")
    with pytest.raises(InputError, match=r"settings.*resumes only what it was saved from"):
        ff(lr=0.01).load(tmp_path / "point")
    (tmp_path / "point" / "state.safetensors").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="delete it to start afresh"):
        ff().load(tmp_path / "point")


def test_images_of_the_wrong_width_are_refused() -> None:
    with pytest.raises(InputError, match=r"shape of images.*24 inputs"):
        ff().fit(Split(torch.rand(5, 7), torch.zeros(5, dtype=torch.int64)), 1)


def test_without_a_head_goodness_alone_is_read_out() -> None:
    learner = ff(head=False, negatives="random")
    assert learner.readouts == ("energy",)
    with pytest.raises(InputError, match=r"'softmax'.*choose one of 'energy'"):
        learner.predict(blobs().images, "softmax")
    with pytest.raises(ValueError, match="hard negatives are drawn by the softmax head"):
        FFSettings(head=False)


def test_unknown_readout_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'energy'"):
        ff().predict(blobs().images, "energi")


def test_a_layer_to_read_out_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"readout_from_layer: got 9.*from 1 to 2"):
        ff(readout_from_layer=9)


def test_bp_needs_one_output_a_class() -> None:
    network = Network.build(load_card("ideal"), (24, 16, 11), n_classes=CLASSES)
    with pytest.raises(InputError, match="one unit for each of 4 classes"):
        BP(network)


def test_frozen_layers_are_the_floor() -> None:
    learner = ff(layers="frozen")
    before = [layer.hardware.state_dict()["weights"] for layer in learner.network.layers]
    learner.fit(blobs(), 2)
    for layer, weights in zip(learner.network.layers, before, strict=True):
        assert torch.equal(layer.hardware.state_dict()["weights"], weights)
    assert learner.network.counts["device_pulse"].sum() == 0


def test_too_few_pixels_for_a_label() -> None:
    network = Network.build(load_card("ideal"), (8, 5), n_classes=10)
    with pytest.raises(InputError, match="first 10 pixels"):
        FF(network)
