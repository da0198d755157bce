"""Learners by perturbation, Mono-Forward and stacked RBMs keep what every learner promises."""

from __future__ import annotations

from mortalff.learners.mono_forward import MonoForward, MonoForwardSettings
from mortalff.learners.multiplexed import Multiplexed, MultiplexedSettings
from mortalff.learners.node_perturbation import NodePerturbation, NodePerturbationSettings
from mortalff.learners.rbm import RBM, RBMSettings
from mortalff.learners.weight_perturbation import WeightPerturbation, WeightPerturbationSettings
from mortalff.testing import LearnerConformance


class TestNodePerturbation(LearnerConformance):
    learner_type = NodePerturbation
    settings = NodePerturbationSettings(lr=0.02, batch=20)


class TestAntitheticNodePerturbation(LearnerConformance):
    learner_type = NodePerturbation
    settings = NodePerturbationSettings(
        lr=0.02, batch=20, antithetic=True, draws=2, output="perturbed", activation="tanh"
    )


class TestWeightPerturbationByPulses(LearnerConformance):
    learner_type = WeightPerturbation
    settings = WeightPerturbationSettings(lr=0.003, batch=20, patterns=4)


class TestWeightPerturbationInThePeriphery(LearnerConformance):
    learner_type = WeightPerturbation
    settings = WeightPerturbationSettings(lr=0.003, batch=20, patterns=4, applied="periphery")


class TestMultiplexed(LearnerConformance):
    learner_type = Multiplexed
    settings = MultiplexedSettings(lr=0.03, batch=20, sample_time=2)


class TestMultiplexedWithFullCodes(LearnerConformance):
    learner_type = Multiplexed
    settings = MultiplexedSettings(lr=0.01, batch=20, codes="full", sample_time=4)


class TestMonoForward(LearnerConformance):
    learner_type = MonoForward
    settings = MonoForwardSettings(lr=0.1, batch=20)


class TestRBM(LearnerConformance):
    learner_type = RBM
    settings = RBMSettings(lr=0.1, batch=20)
