"""The suite that all learners pass, one's own included."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from mortalff.actions import ActionCounts, Counts
from mortalff.errors import CapabilityError, InputError
from mortalff.hardware.base import CAPABILITIES
from mortalff.learners.base import Learner
from mortalff.learners.history import EpochRecord
from mortalff.testing.bare_arrays import BareArrays
from mortalff.testing.hardware_case import same
from mortalff.testing.learner_case import LearnerCase, learned_state, whole_state


class LearnerConformance(LearnerCase):
    """Whether a learner keeps what :class:`mortalff.learners.base.Learner` promises.

    Subclass it under a name that pytest collects, and say which learner, and how it learns::

        from mortalff.testing import LearnerConformance

        class TestMyLearner(LearnerConformance):
            learner_type = MyLearner
            settings = MySettings(lr=0.05, batch=20)

    What is special about the learner is said by overriding the attributes of
    :class:`mortalff.testing.LearnerCase`.
    """

    def test_it_learns(self) -> None:
        """On ideal weights, every chip's error comes below ``error_below``."""
        learner = self.ideal()
        learner.fit(self.examples(400), self.epochs, progress=False)
        test = self.examples(400, seed=1)
        errors = torch.stack([learner.error(test, readout) for readout in learner.readouts])
        assert float(errors.min(0).values.max()) < self.error_below

    def test_needs_are_enough(self) -> None:
        """It trains and predicts on hardware that offers its needs and nothing else."""
        needs = self.ideal().needs
        assert needs <= CAPABILITIES.keys()
        learner = self.make(BareArrays(needs, chips=2))
        learner.fit(self.examples(), 2, progress=False)
        for readout in learner.readouts:
            learner.predict(self.examples(seed=1).images, readout)

    def test_hardware_that_lacks_a_need_is_refused(self) -> None:
        """On making the learner, before anything is done."""
        needs = self.ideal().needs
        for need in sorted(needs):
            with pytest.raises(CapabilityError, match=need):
                self.make(BareArrays(needs - {need}))

    def test_settings_are_frozen_and_known(self) -> None:
        """They cannot be changed, are not changed by training, and what is unknown among them is refused."""
        learner = self.ideal()
        before = learner.settings.model_dump()
        with pytest.raises(ValidationError, match="frozen"):
            setattr(learner.settings, "lr", 1.0)  # noqa: B010 - a plain assignment is an error to mypy
        with pytest.raises(ValidationError, match="no_such_setting"):
            type(learner.settings).model_validate({"no_such_setting": 1})
        learner.fit(self.examples(), 1, progress=False)
        assert learner.settings.model_dump() == before
        for name, field in type(learner.settings).model_fields.items():
            assert field.description, f"setting {name} has no description"

    @pytest.mark.parametrize("on", ["ideal", "noisy"])
    def test_it_resumes_bit_for_bit(self, on: str, tmp_path: Path) -> None:
        """Cut off after two epochs of three and resumed, it ends as if never cut off."""
        whole, first, second = (getattr(self, on)() for _ in range(3))
        examples, point = self.examples(), tmp_path / "point"
        whole.fit(examples, 3, progress=False)

        class PowerCutError(Exception):
            pass

        def cut(record: EpochRecord) -> None:
            if record.epoch == 2:
                raise PowerCutError

        with pytest.raises(PowerCutError):
            first.fit(examples, 3, checkpoint=point, progress=False, on_epoch=cut)
        second.fit(examples, 3, checkpoint=point, progress=False)
        assert same(whole_state(second), whole_state(whole))
        assert second.history == whole.history
        assert second.training_counts == whole.training_counts
        for readout in whole.readouts:
            images = self.examples(seed=1).images
            assert torch.equal(second.scores(images, readout), whole.scores(images, readout))

    @pytest.mark.parametrize("on", ["ideal", "noisy"])
    def test_a_chip_alone_learns_what_it_learns_among_others(self, on: str) -> None:
        """Bit for bit, and at the same count of actions."""
        many: Learner = getattr(self, on)([0, 1, 2, 3])
        alone: Learner = getattr(self, on)([3])
        for learner in (many, alone):
            learner.fit(self.examples(), 2, progress=False)
        for record, own in zip(many.history, alone.history, strict=True):
            assert {name: values[3:] for name, values in record.measured.items()} == own.measured
        images = self.examples(seed=1).images
        for readout in many.readouts:
            assert torch.equal(many.scores(images, readout)[3:], alone.scores(images, readout))
        for name, tensor in alone.readout_state().items():
            assert torch.equal(many.readout_state()[name][3:], tensor)
        assert many.network.counts.chip(3) == alone.network.counts.chip(0)

    def test_seeds_decide(self) -> None:
        """The same seed gives the same, whatever torch's own generator does; another one something else."""
        states: list[dict[str, Tensor]] = []
        for seed in (3, 3, 4):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(len(states))
                before = torch.random.get_rng_state()
                learner = self.ideal(seed=seed)
                learner.fit(self.examples(), 1, progress=False)
                assert torch.equal(torch.random.get_rng_state(), before)
            states.append(whole_state(learner))
        assert same(states[0], states[1])
        assert not same(states[0], states[2])

    def test_training_is_counted(self) -> None:
        """On every chip; what is done to validate is counted too, but not as training, which it leaves as it is."""
        plain, checked = self.ideal(), self.ideal()
        begun = plain.network.counts
        plain.fit(self.examples(), 2, progress=False)
        checked.fit(self.examples(), 2, validation=self.examples(seed=1), progress=False)
        assert plain.training_counts == plain.network.counts - begun
        assert (_work(plain.training_counts) > 0).all()
        assert checked.training_counts == plain.training_counts
        assert same(learned_state(checked), learned_state(plain))
        assert (_work(checked.network.counts) > _work(plain.network.counts)).all()
        assert set(checked.history[0].measured) >= {f"error_{name}" for name in checked.readouts}

    @pytest.mark.parametrize("on", ["ideal", "noisy"])
    def test_evaluating_within_epochs_leaves_no_trace(self, on: str) -> None:
        """However often it is evaluated within an epoch, it ends the same, bit for bit, counts included."""
        seldom, often = getattr(self, on)(), getattr(self, on)()
        examples = self.examples(3 * seldom.settings.batch)
        test = self.examples(30, seed=1)
        seldom.fit(examples, 2, validation=test, progress=False)
        often.fit(examples, 2, validation=test, evaluations_per_epoch=3, progress=False)
        assert same(whole_state(often), whole_state(seldom))
        assert often.training_counts == seldom.training_counts
        assert [replace(record, evaluations=()) for record in often.history] == seldom.history
        for record in often.history:
            done = [record.epoch - 2 / 3, record.epoch - 1 / 3]
            assert [one.epoch for one in record.evaluations] == pytest.approx(done)

    def test_predicting_is_counted_and_teaches_nothing(self) -> None:
        """Each read-out counts its work, and leaves all but counts as it was."""
        learner = self.ideal()
        learner.fit(self.examples(), 1, progress=False)
        state = learned_state(learner)
        for readout in learner.readouts:
            before = learner.network.counts
            learner.predict(self.examples(seed=1).images, readout)
            assert (_work(learner.network.counts - before) > 0).all()
        assert same(learned_state(learner), state)

    def test_soft_targets_are_learned(self) -> None:
        """Hard labels given as probabilities give what labels give; other probabilities give something else."""
        examples = self.examples()
        hot = self.hot(examples)
        states: list[dict[str, Tensor]] = []
        for targets in (None, hot, hot.expand(2, -1, -1), 0.6 * hot + 0.4 / self.n_classes):
            learner = self.ideal()
            learner.fit(examples, 1, targets=targets, progress=False)
            states.append(learned_state(learner))
        assert same(states[1], states[0])
        assert same(states[2], states[0])
        assert not same(states[3], states[0])

    def test_read_outs_agree_with_one_another(self) -> None:
        """Predictions are the largest scores, errors the share of wrong ones, the first read-out the usual one."""
        learner = self.ideal()
        learner.fit(self.examples(), 1, progress=False)
        test = self.examples(seed=1)
        assert learner.readouts
        assert torch.equal(
            learner.predict(test.images), learner.predict(test.images, learner.readouts[0])
        )
        for readout in learner.readouts:
            scores = learner.scores(test.images, readout)
            assert scores.shape == (2, len(test), self.n_classes)
            assert bool(torch.isfinite(scores).all())
            assert not scores.requires_grad
            predicted = learner.predict(test.images, readout)
            assert torch.equal(predicted, scores.argmax(-1))
            wrong = (predicted != test.labels).to(torch.float64).mean(1)
            assert torch.equal(learner.error(test, readout), wrong)
            assert torch.equal(learner.score(test, readout), 1.0 - wrong)
        with pytest.raises(InputError, match="readout"):
            learner.predict(test.images, "no such read-out")

    def test_its_state_is_a_copy(self) -> None:
        """Writing into what it gave changes nothing, and its read-out takes back what it gave."""
        learner = self.ideal()
        learner.fit(self.examples(), 1, progress=False)
        kept = whole_state(learner)
        for tensor in (*learner.own_state().values(), *learner.readout_state().values()):
            tensor.zero_()
        assert same(whole_state(learner), kept)
        learner.load_readout_state(learner.readout_state())
        with pytest.raises(InputError, match="read-out"):
            learner.load_readout_state({"no such thing": torch.zeros(1)})

    def test_a_step_leaves_its_examples_alone(self) -> None:
        """Images and targets are as they were, and every measurement is one number a chip."""
        learner, examples = self.ideal(), self.examples(20)
        learner.start_epoch(examples, 0, 1)
        images, targets = examples.images.clone(), self.hot(examples).unsqueeze(0)
        measured = learner.step(images, targets, learner.settings.lr)
        assert torch.equal(images, examples.images)
        assert torch.equal(targets[0], self.hot(examples))
        assert all(tensor.shape == (2,) for tensor in measured.values())


def _work(counts: ActionCounts) -> Counts:
    """All actions of each chip together, (chips,)."""
    work: Counts = np.stack(list(counts.values())).sum(0)
    return work
