"""What a step of each rival counts is what its docstrings say, exactly."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch

from mortalff.actions import OF_VALUES
from mortalff.cards import Card, load_card
from mortalff.energy import LayerShape
from mortalff.energy.array_forms import read, read_transposed
from mortalff.learners import BP, BPSettings
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.learners.drtp import DRTP, DRTPSettings
from mortalff.learners.fa import FA, FASettings
from mortalff.learners.ifa import IFA, IFASettings
from mortalff.learners.output_network import OutputLearner
from mortalff.learners.pepita import PEPITA, PEPITASettings
from mortalff.networks import Network
from tests.strategies.fully_connected_forms import bp_update, inference

CLASSES, BATCH = 3, 4
WIDTHS = (8, 7, 6, 5)  # input and three hidden layers
SHAPES = [LayerShape(9, 7), LayerShape(8, 6), LayerShape(7, 5), LayerShape(6, CLASSES)]
DAC_BITS = 7

Counts = dict[str, float]


@pytest.fixture(scope="module")
def card() -> Card:
    """A card whose outputs never clip, so that no vector is read twice, and that does not range its inputs."""
    off = {"periphery.output_ranging": "none", "periphery.input_ranging": "none"}
    return load_card("gokmen_vlasov").replace(**off)


def built(card: Card) -> Network:
    return Network.build(card, (*WIDTHS, CLASSES), chips=2, n_classes=CLASSES)


def counted(learner: OutputLearner) -> list[Counts]:
    """Each chip's counts of one step, less pulses."""
    images = torch.rand(BATCH, WIDTHS[0], generator=torch.Generator().manual_seed(0))
    hot = torch.nn.functional.one_hot(torch.arange(BATCH) % CLASSES, CLASSES)
    learner.step(images, hot.to(torch.float32).unsqueeze(0), 0.01)
    chips = [learner.network.counts.chip(i) for i in range(2)]
    return [
        {a: n for a, n in chip.items() if a not in OF_VALUES or a == "device_reset"}
        for chip in chips
    ]


def total(*parts: Mapping[str, float]) -> Counts:
    """Parts added up, less what comes to nothing."""
    names = {name for part in parts for name in part}
    sums = {name: sum(part.get(name, 0.0) for part in parts) for name in names}
    return {name: number for name, number in sums.items() if number != 0.0}


def back_and_forth() -> Counts:
    """Backpropagation's counts."""
    return bp_update(SHAPES, BATCH, input_bits=DAC_BITS, error_bits=8, inputs=WIDTHS[0])


def no_way_back() -> Counts:
    """Backpropagation's counts, less the transposed reads."""
    back = [read_transposed(shape, BATCH, dac=True, adc=True) for shape in SHAPES[1:]]
    return total(back_and_forth(), *({a: -n for a, n in part.items()} for part in back))


def product(n_to: int, n_from: int) -> Counts:
    """A random matrix applied to a batch."""
    return {"digital_mac": BATCH * n_to * n_from, "memory_byte": 4 * n_to * n_from}


def test_bp(card: Card) -> None:
    learner = BP(built(card), BPSettings(activation="tanh"))
    assert counted(learner) == [back_and_forth()] * 2


def test_fa_has_a_product_for_each_layer_above_the_first(card: Card) -> None:
    learner = FA(built(card), FASettings())
    form = total(no_way_back(), product(7, 6), product(6, 5), product(5, CLASSES))
    assert counted(learner) == [form] * 2


@pytest.mark.parametrize("kind", ["dfa", "drtp"])
def test_direct_feedback_has_a_product_for_each_hidden_layer(card: Card, kind: str) -> None:
    network = built(card)
    learner = DFA(network, DFASettings()) if kind == "dfa" else DRTP(network, DRTPSettings())
    form = total(no_way_back(), *(product(width, CLASSES) for width in WIDTHS[1:]))
    assert counted(learner) == [form] * 2


def test_ifa_reads_hidden_layers_once_more(card: Card) -> None:
    learner = IFA(built(card), IFASettings())
    again = [read(shape, BATCH, dac=True, adc=True) for shape in SHAPES[1:3]]
    assert counted(learner) == [total(no_way_back(), product(7, CLASSES), *again)] * 2


def test_pepita_goes_up_twice_but_for_the_output_layer(card: Card) -> None:
    learner = PEPITA(built(card), PEPITASettings())
    second = inference(SHAPES[:-1], BATCH, "digital", normalised=False)
    added = {"digital_op": BATCH * WIDTHS[0]}
    kept = {"memory_byte": 2 * BATCH * sum(WIDTHS[1:]) * DAC_BITS / 8}  # written and read
    form = total(no_way_back(), product(WIDTHS[0], CLASSES), added, second, kept)
    assert counted(learner) == [form] * 2
