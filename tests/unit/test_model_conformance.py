"""Learners with a digital model of the hardware, under the suite that all learners pass."""

from __future__ import annotations

from mortalff.learners.in_silico import BPInSilico, InSilicoSettings
from mortalff.learners.pat import PAT, PATSettings
from mortalff.testing import LearnerConformance


class TestBPInSilico(LearnerConformance):
    """Backpropagation in silico."""

    learner_type = BPInSilico
    settings = InSilicoSettings(lr=0.1, batch=20, smoothing=0.5, weight_decay=0.001)


class TestPAT(LearnerConformance):
    """Physics-aware training."""

    learner_type = PAT
    settings = PATSettings(lr=0.1, batch=20, weight_limit=0.5)


class TestPATRarelyWritten(LearnerConformance):
    """Physics-aware training whose hardware lags behind the model, also at the end of an epoch."""

    learner_type = PAT
    settings = PATSettings(lr=0.05, batch=20, program_every=2)
