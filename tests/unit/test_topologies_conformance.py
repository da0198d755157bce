"""FF through local fields and recurrent FF keep the promises of all learners."""

from __future__ import annotations

from mortalff.learners import FF, FFSettings, RecurrentFF, RecurrentFFSettings
from mortalff.networks.local import LocalFields
from mortalff.testing import LearnerConformance


class TestFFThroughLocalFields(LearnerConformance):
    epochs = 5
    learner_type = FF
    settings = FFSettings(lr=0.05, batch=20)
    hidden = (LocalFields(field=3, channels=3), LocalFields(field=2, channels=5))


class TestRecurrentFF(LearnerConformance):
    epochs = 5
    learner_type = RecurrentFF
    settings = RecurrentFFSettings(lr=0.03, batch=20, label_copies=3)


class TestSmoothedRecurrentFF(LearnerConformance):
    epochs = 5
    learner_type = RecurrentFF
    settings = RecurrentFFSettings(lr=0.03, batch=20, smoothing=0.9, weight_decay=0.001)
    hidden = (17,)
