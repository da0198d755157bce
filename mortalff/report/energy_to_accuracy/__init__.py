"""Energy to accuracy: actions that trainings counted up to the evaluation that showed it, priced on architectures."""

from mortalff.report.energy_to_accuracy.candidate import Candidate, EnergyToTarget
from mortalff.report.energy_to_accuracy.candidates import EnergyToAccuracy
from mortalff.report.energy_to_accuracy.study import TARGETS, energy_to_accuracy
from mortalff.report.energy_to_accuracy.table import EnergyRow, energy_rows, energy_sentences
from mortalff.report.energy_to_accuracy.trained_plans import NotPriced, TrainedPlan, trained_plans

__all__ = [
    "TARGETS",
    "Candidate",
    "EnergyRow",
    "EnergyToAccuracy",
    "EnergyToTarget",
    "NotPriced",
    "TrainedPlan",
    "energy_rows",
    "energy_sentences",
    "energy_to_accuracy",
    "trained_plans",
]
