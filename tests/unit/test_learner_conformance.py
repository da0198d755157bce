"""Learners keep the promises of all learners."""

from __future__ import annotations

from mortalff.learners import BP, FF, BPSettings, FFSettings
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.learners.drtp import DRTP, DRTPSettings
from mortalff.learners.fa import FA, FASettings
from mortalff.learners.ifa import IFA, IFASettings
from mortalff.learners.pepita import PEPITA, PEPITASettings
from mortalff.networks.local import LocalFields
from mortalff.testing import LearnerConformance

LOCAL = (LocalFields(field=3, channels=3), LocalFields(field=2, channels=5))


class TestFF(LearnerConformance):
    learner_type = FF
    settings = FFSettings(lr=0.05, batch=20)


class TestBP(LearnerConformance):
    learner_type = BP
    settings = BPSettings(lr=0.05, batch=20)


class TestBPWithSmoothedGradients(LearnerConformance):
    learner_type = BP
    settings = BPSettings(lr=0.05, activation="tanh", smoothing=0.9, weight_decay=0.001, batch=20)


class TestBPThroughLocalFields(LearnerConformance):
    learner_type = BP
    settings = BPSettings(lr=0.1, batch=20)
    hidden = LOCAL


class TestFA(LearnerConformance):
    learner_type = FA
    settings = FASettings(lr=0.1, batch=20)


class TestDFA(LearnerConformance):
    learner_type = DFA
    settings = DFASettings(lr=0.3, activation="sigmoid", batch=20)


class TestIFA(LearnerConformance):
    learner_type = IFA
    settings = IFASettings(lr=0.1, activation="tanh", batch=20)


class TestIFAThroughLocalFields(LearnerConformance):
    learner_type = IFA
    settings = IFASettings(lr=0.2, activation="tanh", batch=20)
    hidden = LOCAL


class TestDRTP(LearnerConformance):
    learner_type = DRTP
    settings = DRTPSettings(lr=0.1, batch=20)


class TestPEPITA(LearnerConformance):
    learner_type = PEPITA
    settings = PEPITASettings(lr=0.05, batch=20)
