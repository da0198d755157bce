"""Learners: training procedures, each declaring what it needs of hardware."""

from mortalff.learners.base import Learner
from mortalff.learners.bp import BP, BPSettings
from mortalff.learners.dfa import DFA, DFASettings
from mortalff.learners.diagnosis import Diagnosis, diagnose
from mortalff.learners.drtp import DRTP, DRTPSettings
from mortalff.learners.fa import FA, FASettings
from mortalff.learners.fast_and_slow import reach_goodness
from mortalff.learners.ff import FF
from mortalff.learners.ff_settings import FFSettings
from mortalff.learners.history import EpochRecord
from mortalff.learners.ifa import IFA, IFASettings
from mortalff.learners.in_silico import BPInSilico, InSilicoSettings
from mortalff.learners.mono_forward import MonoForward, MonoForwardSettings
from mortalff.learners.multiplexed import Multiplexed, MultiplexedSettings
from mortalff.learners.node_perturbation import NodePerturbation, NodePerturbationSettings
from mortalff.learners.output_network import OutputLearner, OutputSettings
from mortalff.learners.pat import PAT, PATSettings
from mortalff.learners.pepita import PEPITA, PEPITASettings
from mortalff.learners.rbm import RBM, RBMSettings
from mortalff.learners.recurrent_ff import RecurrentFF
from mortalff.learners.recurrent_ff_settings import RecurrentFFSettings
from mortalff.learners.settings import Settings
from mortalff.learners.weight_perturbation import WeightPerturbation, WeightPerturbationSettings

__all__ = [
    "BP",
    "DFA",
    "DRTP",
    "FA",
    "FF",
    "IFA",
    "PAT",
    "PEPITA",
    "RBM",
    "BPInSilico",
    "BPSettings",
    "DFASettings",
    "DRTPSettings",
    "Diagnosis",
    "EpochRecord",
    "FASettings",
    "FFSettings",
    "IFASettings",
    "InSilicoSettings",
    "Learner",
    "MonoForward",
    "MonoForwardSettings",
    "Multiplexed",
    "MultiplexedSettings",
    "NodePerturbation",
    "NodePerturbationSettings",
    "OutputLearner",
    "OutputSettings",
    "PATSettings",
    "PEPITASettings",
    "RBMSettings",
    "RecurrentFF",
    "RecurrentFFSettings",
    "Settings",
    "WeightPerturbation",
    "WeightPerturbationSettings",
    "diagnose",
    "reach_goodness",
]
