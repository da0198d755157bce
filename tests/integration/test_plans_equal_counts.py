"""A plan's counts are those of a run of the same: two arrays a layer, local fields, both, over several arrays."""

from __future__ import annotations

import pytest
import torch

from mortalff.actions import OF_VALUES, ActionCounts
from mortalff.cards import Card, load_card
from mortalff.energy.architectures import Net, Plan, Task, load_architecture, work_for
from mortalff.energy.architectures.transfers import transfers
from mortalff.hardware.saved_state import counts_from_tensor
from mortalff.hardware.two_array import TwoArrays
from mortalff.learners import Learner, Settings
from mortalff.networks import LocalFields
from mortalff.networks.arrays import CardArrays
from mortalff.studies.registry import find_learner

CLASSES, PAIRS = 3, 4
DENSE = Net(16, (6, 5), CLASSES)
FIELDS = Net(16, (LocalFields(field=2, stride=2, channels=3), 5), CLASSES, (4, 4, 1))
EDGES = Net(
    16, (LocalFields(field=3, stride=2, channels=2, edges="truncated"),), CLASSES, (4, 4, 1)
)
JOINED = TwoArrays(every=2, gamma=0.3, rest=0.1, settle=0.1)
APART = TwoArrays(every=3, reads=2, lines=2)
SEVERAL = TwoArrays(every=2, gamma=0.3, devices=2)


@pytest.fixture(scope="module")
def card() -> Card:
    """A card whose outputs never clip, so that no vector is read twice."""
    return load_card("gokmen_vlasov").replace(**{"periphery.output_ranging": "none"})


def plan_of(learner: str, architecture: str, card: Card, net: Net, scheme: object) -> Plan:
    """A learner with what it is told by default, on small arrays."""
    small = load_architecture(architecture).changed(**{"arrays.rows": 7, "arrays.columns": 4})
    told = small.settings.get(learner, {})
    settings = find_learner(learner).kind.settings_type.model_validate({**told})
    return Plan(small, learner, settings, card, net, scheme)


def run_of(plan: Plan) -> Learner:
    """The learner of a plan on a chip of its card."""
    kind = find_learner(plan.learner).kind
    arrays = CardArrays(plan.card, activities=plan.architecture.activities, scheme=plan.scheme)  # type: ignore[arg-type]
    assert isinstance(plan.settings, Settings)
    hidden, shape = plan.net.hidden, plan.net.image_shape
    return kind(kind.build(arrays, shape, hidden, CLASSES, plan.settings), plan.settings)  # type: ignore[arg-type]


def updates(run: Learner, number: int) -> ActionCounts:
    """What so many updates count."""
    before = run.network.counts
    hot = torch.eye(CLASSES)[torch.arange(PAIRS) % CLASSES].unsqueeze(0)
    for _ in range(number):
        run.step(torch.rand(PAIRS, 16), hot, 0.01)
    return run.network.counts - before


def less_values(counts: ActionCounts) -> dict[str, float]:
    return {a: n for a, n in counts.chip(0).items() if a not in OF_VALUES}


@pytest.mark.parametrize(
    ("learner", "architecture", "net", "scheme"),
    [
        ("ff", "ff_digital", DENSE, JOINED),
        ("ff", "ff_digital", DENSE, APART),
        ("ff", "ff_digital", DENSE, SEVERAL),
        ("bp", "bp_digital", DENSE, JOINED),
        ("dfa", "bp_digital", FIELDS, JOINED),
        ("ff", "ff_digital", FIELDS, None),
        ("ff", "ff_analog", FIELDS, None),
        ("bp", "bp_digital", EDGES, None),
        ("ff", "ff_digital", EDGES, JOINED),
    ],
)
def test_updates_and_inference(
    learner: str, architecture: str, net: Net, scheme: TwoArrays | None, card: Card
) -> None:
    """As many updates as bring transfers back to where they were, and a batch classified."""
    plan = plan_of(learner, architecture, card, net, scheme)
    run, number = run_of(plan), 1 if scheme is None else scheme.every
    counted = less_values(updates(run, number))
    one = work_for("update", plan, Task(batch=PAIRS)).counts
    assert counted == pytest.approx({a: number * n for a, n in one.items()}, rel=1e-12)
    before = run.network.counts
    run.scores(torch.rand(PAIRS, 16), run.readouts[0])
    image = work_for("inference", plan, Task(batch=PAIRS)).counts
    counted = less_values(run.network.counts - before)
    assert counted == pytest.approx({a: PAIRS * n for a, n in image.items()}, rel=1e-12)


@pytest.mark.parametrize("net", [DENSE, EDGES])
def test_what_slow_arrays_are_pulsed_with_is_the_transfers(net: Net, card: Card) -> None:
    plan = plan_of("ff", "ff_digital", card, net, JOINED)
    run = run_of(plan)

    def slow(action: str) -> float:
        found = 0.0
        for layer in run.network.layers:
            for name, tensor in layer.hardware.state_dict().items():
                if name.endswith("slow.counts"):
                    found += float(counts_from_tensor(tensor)[action][0])
        return found

    before = [slow(action) for action in ("outer_product", "voltage_to_pulse")]
    updates(run, 6)
    after = [slow(action) for action in ("outer_product", "voltage_to_pulse")]
    found = transfers(plan, 6)
    expected = [found.counts[action] for action in ("outer_product", "voltage_to_pulse")]
    assert [b - a for a, b in zip(before, after, strict=True)] == pytest.approx(expected)
    weights = sum(layer.hardware.n_out * layer.hardware.n_in for layer in run.network.layers)
    assert found.numbers == 3 * (weights if net is DENSE else plan.weights)
