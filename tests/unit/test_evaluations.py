"""Evaluations within an epoch: where they are, what they tell, and that nothing is otherwise for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mortalff.cards import load_card
from mortalff.data import Split
from mortalff.errors import InputError
from mortalff.learners.evaluation import Evaluations
from mortalff.learners.ff import FF
from mortalff.learners.ff_settings import FFSettings
from mortalff.networks.network import Network
from mortalff.testing.hardware_case import same
from mortalff.testing.learner_case import whole_state

SEVEN = Split(torch.rand(7, 12), torch.zeros(7, dtype=torch.int64))


def examples(n: int, seed: int) -> Split:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (n,), generator=generator)
    prototypes = torch.rand(10, 12, generator=torch.Generator().manual_seed(9))
    noise = 0.1 * torch.randn(n, 12, generator=generator)
    return Split((prototypes[labels] + noise).clamp(0, 1), labels)


TRAIN, TEST = examples(150, 0), examples(40, 1)


def learner(schedule: str = "half_linear_steps") -> FF:
    """On devices with spread, cycle-to-cycle noise and noisy reads; the last batch of an epoch is a small one."""
    network = Network.build(load_card("gokmen_vlasov"), (12, 8, 8), chips=2, seed=5)
    settings = {"lr": 0.02, "batch": 20, "schedule": schedule}
    return FF(network, FFSettings.model_validate(settings))


def test_they_are_spread_evenly_and_the_last_is_the_epochs_end() -> None:
    assert Evaluations.spread(SEVEN, 1, 72).within == frozenset()
    assert Evaluations.spread(SEVEN, 4, 72).within == {18, 36, 54}
    assert Evaluations.spread(SEVEN, 4, 7).within == {1, 3, 5}
    assert Evaluations.spread(SEVEN, 7, 7).within == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("per_epoch", "split", "told"),
    [
        (0, SEVEN, "evaluations_per_epoch: got 0; an epoch has 8 updates; give a whole number from 1 to 8"),
        (9, SEVEN, "evaluations_per_epoch: got 9; an epoch has 8 updates"),
        (2, None, "evaluations_per_epoch: got 2; there are no examples to evaluate on; give validation"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(per_epoch: int, split: Split | None, told: str) -> None:
    """Before anything is trained."""
    one = learner()
    with pytest.raises(InputError, match=told):
        one.fit(TRAIN, 1, validation=split, evaluations_per_epoch=per_epoch)
    assert not one.training_counts["outer_product"].any()


def test_they_leave_training_as_it_is_and_tell_how_it_went() -> None:
    """The same to the bit, states of random streams and counts too; eight updates an epoch, evaluated every two."""
    seldom, often = learner(), learner()
    seldom.fit(TRAIN, 2, validation=TEST)
    often.fit(TRAIN, 2, validation=TEST, evaluations_per_epoch=4)
    assert same(whole_state(often), whole_state(seldom))
    assert often.training_counts == seldom.training_counts
    assert [replace(record, evaluations=()) for record in often.history] == seldom.history
    within = [one for record in often.history for one in record.evaluations]
    assert [one.epoch for one in within] == [0.25, 0.5, 0.75, 1.25, 1.5, 1.75]
    for one in within:
        assert set(one.measured) == {"device_pulses", "error_softmax", "error_energy"}
        assert one.measured["device_pulses"] == one.counts["device_pulse"], "tests are in neither"
    passes = [one.counts["outer_product"][0] for one in within]
    assert passes == [2 * 2 * 20 * updates for updates in (2, 4, 6)] + [
        2 * 2 * (150 + 20 * updates) for updates in (2, 4, 6)
    ]
    errors = [tuple(one.measured["error_energy"]) for one in within]
    assert len(set(errors)) > 3, "it learns meanwhile"


@pytest.mark.parametrize("asked", [2, 3, 4, 7, 11])
def test_a_power_cut_between_evaluations_leaves_no_trace(asked: int, tmp_path: Path) -> None:
    """What is repeated of the epoch goes as it did, its evaluations too; each of these asks for two read-outs."""
    whole, cut, resumed = learner(), learner(), learner()
    whole.fit(TRAIN, 2, validation=TEST, evaluations_per_epoch=4)

    class PowerCutError(Exception):
        pass

    class Dying(FF):
        left = asked

        def error(self, split: Split, readout: str | None = None) -> Tensor:
            self.left -= 1
            if not self.left:
                raise PowerCutError
            return super().error(split, readout)

    cut.__class__ = Dying
    point = tmp_path / "point"
    with pytest.raises(PowerCutError):
        cut.fit(TRAIN, 2, validation=TEST, evaluations_per_epoch=4, checkpoint=point)
    resumed.fit(TRAIN, 2, validation=TEST, evaluations_per_epoch=4, checkpoint=point)
    assert same(whole_state(resumed), whole_state(whole))
    assert resumed.history == whole.history
    assert resumed.training_counts == whole.training_counts


def test_checkpoints_that_know_nothing_of_evaluations_are_read(tmp_path: Path) -> None:
    whole, first, second = (learner("constant") for _ in range(3))
    whole.fit(TRAIN, 2, validation=TEST)
    point = tmp_path / "point"
    first.fit(TRAIN, 1, validation=TEST, checkpoint=point)
    about = json.loads((point / "about.json").read_text(encoding="utf-8"))
    for record in about["history"]:
        del record["evaluations"]
    (point / "about.json").write_text(json.dumps(about), encoding="utf-8")
    second.fit(TRAIN, 2, validation=TEST, checkpoint=point)
    assert second.history == whole.history
