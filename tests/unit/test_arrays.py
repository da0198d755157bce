"""Arrays on a row of chips: named, with stages behind them and schemes around them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.errors import InputError
from mortalff.hardware.base import Hardware
from mortalff.hardware.fabricate import fabricate
from mortalff.hardware.scheme import MakeArray, Plain, Scheme
from mortalff.hardware.unknown_stage import UnknownStage
from mortalff.learners import FF, FFSettings
from mortalff.networks.arrays import CardArrays
from mortalff.networks.local import LocalFields
from mortalff.networks.network import Network
from mortalff.networks.sizes import as_text, narrowest, rough_weights
from mortalff.networks.stage_choice import UnknownStageChoice
from mortalff.seeds import Seeds

X = torch.rand(5, 12)


def weights(hardware: Hardware) -> Tensor:
    return hardware.probe().read_weights()


class Sum(Hardware):
    """Two arrays whose outputs are added and which are pulsed alike."""

    def __init__(self, parts: tuple[Hardware, Hardware]) -> None:
        first = parts[0]
        super().__init__(first.n_out, first.n_in, first.chip_ids, first.device)
        self.parts = parts

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset({"forward", "pulse"})

    def state_dict(self) -> dict[str, Tensor]:
        return {f"{i}.{k}": t for i, p in enumerate(self.parts) for k, t in p.state_dict().items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        for index, part in enumerate(self.parts):
            start = f"{index}."
            part.load_state_dict(
                {k.removeprefix(start): t for k, t in state.items() if k.startswith(start)}
            )

    def _forward(self, x: Tensor) -> Tensor:
        return self.parts[0].forward(x) + self.parts[1].forward(x)

    def _pulse(self, x: Tensor, d: Tensor, lr: float) -> None:
        for part in self.parts:
            part.pulse(x, d, lr)


class TwoArrays(Scheme):
    """A second array beside the first, without weights at the start."""

    name: ClassVar[str] = "two_arrays"

    def wrap(self, make: MakeArray) -> Sum:
        return Sum((make(), make("second", w_init_std=0.0)))


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov"])
def test_an_array_is_what_fabricate_makes_of_the_seeds_below_its_name(card: str) -> None:
    arrays = CardArrays(load_card(card), chips=[4, 1], seed=3)
    made, _ = arrays.array(6, 13, "up")
    wanted = fabricate(
        load_card(card), n_out=6, n_in=13, chips=[4, 1], seed=Seeds.of(3).child("up")
    )
    assert made.chip_ids == arrays.chip_ids == (4, 1)
    assert torch.equal(weights(made), weights(wanted))


def test_an_array_does_not_depend_on_the_arrays_made_before_it() -> None:
    arrays = CardArrays(load_card("ecram"), seed=3)
    first, other, again = (arrays.array(6, 13, name)[0] for name in ("a", "b", "a"))
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


@pytest.mark.parametrize("card", ["ideal", "gokmen_vlasov", "ecram"])
def test_the_gain_gives_outputs_of_unit_variance(card: str) -> None:
    layer = CardArrays(load_card(card), chips=4).layer(300, 200, "layer1", first=True)
    x = torch.randn(50, 200)
    x /= x.square().mean(-1, keepdim=True).sqrt()
    assert float(layer.preactivity(x).var()) == pytest.approx(1.0, rel=0.2)


def test_only_the_first_array_converts_what_stays_analog() -> None:
    arrays = CardArrays(load_card("ecram"), activities="analog")
    counts = []
    for first in (True, False):
        array, _ = arrays.array(3, 12, "layer1", first=first)
        array.forward(X)
        counts.append(float(array.counts["dac_conversion"].sum()))
    assert counts[0] > 0.0
    assert counts[1] == 0.0


def test_digital_weights_have_no_analog_activities() -> None:
    with pytest.raises(InputError, match="whose products are numbers; choose 'digital'"):
        CardArrays(load_card("ideal"), activities="analog")


def test_a_network_built_of_a_card_is_the_stack_of_its_arrays() -> None:
    card = load_card("gokmen_vlasov")
    built = Network.build(card, (12, 5, 4), chips=2, seed=7)
    stacked = Network.stack(CardArrays(card, chips=2, seed=7), (3, 4, 1), (5, 4))
    for one, other in zip(built.layers, stacked.layers, strict=True):
        assert one.gain == other.gain
        assert torch.equal(one(X[:, : one.n_in]), other(X[:, : other.n_in]))


def test_dense_and_local_layers_stand_on_each_other() -> None:
    sizes = (LocalFields(channels=5, field=2, stride=1), LocalFields(channels=3, field=2), 7)
    network = Network.stack(CardArrays(load_card("ideal")), (4, 4, 2), sizes)
    assert [layer.n_in for layer in network.layers] == [32, 45, 12]
    assert [layer.n_out for layer in network.layers] == [45, 12, 7]
    with pytest.raises(InputError, match=r"field: got 2; the layer below has a height of 1"):
        Network.stack(CardArrays(load_card("ideal")), (4, 4, 2), (7, sizes[0]))


# Unknown stages


def stage_error(card: str, width: int, strength: float) -> float:
    """How far a layer's outputs are from what they are without the stage, in their own spread."""
    choice = UnknownStageChoice(strength=strength)
    x = torch.randn(40, width)
    layers = [
        CardArrays(load_card(card), chips=4, stage=stage).layer(300, width, "layer1")
        for stage in (None, choice)
    ]
    plain, bent = (layer.preactivity(x) for layer in layers)
    return float((bent - plain).square().mean().sqrt() / plain.std())


def test_a_stage_of_some_strength_is_as_bad_on_every_card_and_width() -> None:
    """Else a study of unknown stages would compare cards by the size of their weights."""
    errors = [stage_error(card, width, 1.0) for card in ("ideal", "ecram") for width in (20, 300)]
    assert min(errors) > 0.3
    assert max(errors) < 1.15 * min(errors)


def test_a_stage_of_no_strength_changes_nothing() -> None:
    assert stage_error("ideal", 20, 0.0) == 0.0


def test_each_array_has_a_stage_of_its_own_that_does_not_change_the_array() -> None:
    card, choice = load_card("ideal"), UnknownStageChoice(strength=1.0, mixing=0.2)
    plain = Network.build(card, (12, 5, 5), chips=2)
    network = Network.stack(CardArrays(card, chips=2, stage=choice), (1, 12, 1), (5, 5))
    stages = [layer.stage for layer in network.layers]
    one, other = (stage.forward(X[:, :5]) for stage in stages if stage is not None)
    assert not torch.equal(one, other)
    assert [hardware.n_in for hardware in network.hardware] == [13, 5, 6, 5]
    for with_stage, without in zip(network.layers, plain.layers, strict=True):
        assert torch.equal(weights(with_stage.hardware), weights(without.hardware))


def test_a_scaled_stage_is_the_stage_of_scaled_signals() -> None:
    plain = UnknownStage(12, 2, 0, strength=2.0, mixing=0.5)
    scaled = UnknownStage(12, 2, 0, strength=2.0, mixing=0.5, scale=8.0)
    assert torch.allclose(scaled(8.0 * X), 8.0 * plain(X), rtol=1e-6, atol=1e-5)
    with pytest.raises(InputError, match=r"scale: got 0\.0; it is finite and above 0"):
        UnknownStage(12, scale=0.0)


def test_a_checkpoint_is_refused_behind_another_stage(tmp_path: Path) -> None:
    def learner(strength: float) -> FF:
        choice = UnknownStageChoice(strength=strength)
        arrays = CardArrays(load_card("ideal"), stage=choice)
        return FF(Network.stack(arrays, (3, 4, 1), (5, 5), 3), FFSettings())

    learner(1.0).save(tmp_path / "checkpoint")
    learner(1.0).load(tmp_path / "checkpoint")
    with pytest.raises(InputError, match="unknown stage of strength"):
        learner(2.0).load(tmp_path / "checkpoint")


# Schemes


def test_the_plain_scheme_is_no_scheme() -> None:
    card = load_card("ecram")
    one, other = (CardArrays(card, scheme=scheme).array(6, 13, "a") for scheme in (None, Plain()))
    assert torch.equal(weights(one[0]), weights(other[0]))
    assert one[1] == other[1]


def test_a_scheme_holds_a_layer_in_several_arrays_of_the_same_chips() -> None:
    card = load_card("ecram")
    plain = CardArrays(card, chips=[2, 5]).layer(4, 12, "layer1")
    layer = CardArrays(card, chips=[2, 5], scheme=TwoArrays()).layer(4, 12, "layer1")
    assert isinstance(layer.hardware, Sum)
    first, second = layer.hardware.parts
    assert torch.equal(weights(first), weights(plain.hardware))
    assert float(weights(second).std()) < 0.3 * float(weights(first).std())
    assert layer.hardware.chip_ids == (2, 5)
    assert layer.gain == plain.gain


# Sizes

FIELDS = LocalFields(channels=128, field=10, stride=6)


def test_sizes_have_short_names() -> None:
    assert as_text((784, 500, 10)) == "784-500-10"
    assert as_text((784, FIELDS, 500)) == "784-10x10/6x128-500"
    assert as_text((LocalFields(channels=3, field=11, edges="truncated"),)) == "11x11/1x3 truncated"


def test_the_narrowest_layers_are_of_the_same_kinds() -> None:
    assert narrowest((FIELDS, 500)) == (LocalFields(channels=1, field=10, stride=6), 1)


def test_weights_are_counted_exactly_in_dense_layers_and_about_in_local_ones() -> None:
    assert rough_weights((784, 500, 10)) == 784 * 500 + 500 * 10
    exact = 16 * 128 * 100 + 16 * 128 * 10
    assert 0.5 * exact < rough_weights((784, FIELDS, 10)) < 2 * exact


def test_a_scheme_needs_its_arrays_as_numbers() -> None:
    with pytest.raises(InputError, match="reads its arrays as numbers"):
        CardArrays(load_card("reram_sb"), activities="analog", scheme=TwoArrays())
