"""Every learner counts what its closed form says, exactly: whole trainings, single updates and read-outs."""

from __future__ import annotations

import pytest
import torch
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from mortalff.actions import OF_VALUES, ActionCounts
from mortalff.energy.forms import FORMS, SCHEMES, distillation_counts, learner_form
from mortalff.studies.registry import find_learner, find_scheme, learner_names, scheme_names
from mortalff.transfer import transfer
from tests.strategies.learner_plans import CLASSES, Trial, trials

EVERY = sorted(FORMS)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)  # trials are small as they come

Counts = dict[str, float]


def chips_of(counts: ActionCounts) -> list[Counts]:
    """Each chip's counts, less those that depend on values."""
    chips = [counts.chip(index) for index in range(counts.chips)]
    return [{a: n for a, n in chip.items() if a not in OF_VALUES} for chip in chips]


def test_every_learner_and_scheme_of_ours_has_a_closed_form() -> None:
    ours = {name for name in learner_names() if not find_learner(name).provider}
    assert ours == set(FORMS)
    schemes = {
        name for name in scheme_names() if find_scheme(name).__module__.startswith("mortalff.")
    }
    assert schemes == set(SCHEMES)


@pytest.mark.parametrize("learner", EVERY)
def test_training_and_every_readout(learner: str) -> None:
    number = 30 if learner == "ff" else 10  # which has the most settings

    @settings(max_examples=number, phases=PHASES)
    @given(trials(learner), st.integers(1, 4))
    def check(trial: Trial, vectors: int) -> None:
        run = trial.build()
        run.fit(trial.data(), trial.epochs, progress=False)
        form = learner_form(learner, trial.settings, trial.plan)
        counts = form.training_counts(trial.examples, trial.epochs)
        assert chips_of(run.training_counts) == [counts] * 2
        assert run.readouts == form.readouts
        for readout in run.readouts:
            before = run.network.counts
            run.scores(torch.rand(vectors, 16), readout)
            counts = form.inference_counts(vectors, readout)
            assert chips_of(run.network.counts - before) == [counts] * 2

    check()


def a_round(trial: Trial) -> int:
    """Updates of each kind after which learner, transfers and refreshes are where they were."""
    transfers = 1 if trial.plan.scheme is None else trial.plan.scheme.every
    refreshes = getattr(trial.plan.card.cell, "refresh_every", 0) or 1
    apart = getattr(trial.settings, "phases", "together") == "apart"
    return transfers * refreshes * (trial.settings.phase_batches if apart else 1)


@pytest.mark.parametrize("learner", EVERY)
def test_updates(learner: str) -> None:
    """As many updates as bring all back to where it was are as many mean ones."""

    @settings(max_examples=4, phases=PHASES)
    @given(trials(learner), st.integers(1, 4))
    def check(trial: Trial, batch: int) -> None:
        form = learner_form(learner, trial.settings, trial.plan)
        times, parts = a_round(trial), sum(form.kinds.values())
        batch = min(batch, trial.examples)  # roll-outs are as many as examples
        run = trial.build()
        hot = torch.eye(CLASSES)[torch.arange(batch) % CLASSES].unsqueeze(0)
        counted = run.network.counts - run.network.counts
        for part in range(parts):
            run.start_epoch(trial.data(), part, parts)  # a stack of RBMs learns a layer at a time
            before = run.network.counts
            for _ in range(times):
                run.step(torch.rand(batch, 16), hot, 0.01)
            counted = counted + (run.network.counts - before)
        expected = {a: times * parts * n for a, n in form.update_counts(batch).items()}
        assert chips_of(counted) == [pytest.approx(expected, rel=1e-12)] * 2

    check()


@settings(max_examples=10, phases=PHASES)
@given(trials("bp"), st.sampled_from(EVERY).flatmap(trials), st.booleans())
def test_distillation(taught: Trial, trial: Trial, hard: bool) -> None:
    teacher, student = taught.build(), trial.build()
    method, epochs = "distil_hard" if hard else "distil", trial.epochs
    # A small teacher that happens to be mute is refused.
    assume((teacher.predict(trial.data().images) != 0).any(1).all())
    done = transfer(teacher, student, method, trial.data(), epochs, progress=False)
    forms = [learner_form(one.learner, one.settings, one.plan) for one in (taught, trial)]
    counts = distillation_counts(forms[0], forms[1], trial.examples, epochs)
    assert chips_of(done.teacher_counts) == [counts.teacher] * 2
    assert chips_of(done.student_counts) == [counts.student] * 2
