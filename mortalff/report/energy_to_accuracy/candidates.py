"""What accuracies took all candidates of a study, and which of the settings tried took least."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mortalff.report.energy_to_accuracy.candidate import Candidate, EnergyToTarget

Key = tuple[str, str]
"""Hardware, and learner on architecture: ``("ecram", "FF on ff_analog")``."""


@dataclass(frozen=True)
class EnergyToAccuracy:
    """All candidates of a study, the best settings of each found by what an accuracy took them.

    Attributes:
        candidates: each setup on each architecture.
        targets: test errors, greatest first.
        left_out: label of a group that cannot be priced → why.
        samples: draws of the constants.
        lasting: whether an error had to be as small at the end of each later epoch.
    """

    candidates: tuple[Candidate, ...]
    targets: tuple[float, ...]
    left_out: Mapping[str, str]
    samples: int
    lasting: bool = True

    @property
    def any(self) -> bool:
        """Whether all chips of one candidate came to one of the errors."""
        return any(
            self.to_target(candidate, target).everywhere
            for candidate in self.candidates
            for target in self.targets
        )

    def to_target(self, candidate: Candidate, target: float) -> EnergyToTarget:
        """What coming to a test error took a candidate, in the sense asked for."""
        return candidate.to_target(target, lasting=self.lasting)

    @cached_property
    def rivals(self) -> dict[Key, tuple[Candidate, ...]]:
        """Candidates that differ in settings alone; where there are several tasks, theirs stands beside hardware."""
        tasks = {candidate.task for candidate in self.candidates}
        found: dict[Key, list[Candidate]] = {}
        for candidate in self.candidates:
            place = (
                candidate.group.hardware
                if len(tasks) == 1
                else f"{candidate.group.hardware}, {candidate.task}"
            )
            found.setdefault((place, candidate.name), []).append(candidate)
        return {key: tuple(candidates) for key, candidates in found.items()}

    def settings(self, candidate: Candidate) -> str:
        """What tells a candidate from its rivals in settings, in words, rates first; empty where it has none."""
        rivals = next(candidates for candidates in self.rivals.values() if candidate in candidates)
        shared = set.intersection(*({*rival.group.extras} for rival in rivals))
        words = [word for word in candidate.group.extras if word not in shared]
        return ", ".join(sorted(words, key=lambda word: not word.startswith("lr ")))

    def best(self, target: float) -> dict[Key, EnergyToTarget]:
        """What it took with the best of the settings tried.

        That is the least energy among those that all chips reached the error with; where there are none, the settings
        with which most chips did, and of these the least error at the end.
        """
        return self._best[target] if target in self._best else self._chosen(target)

    @cached_property
    def _best(self) -> dict[float, dict[Key, EnergyToTarget]]:
        return {target: self._chosen(target) for target in self.targets}

    def _chosen(self, target: float) -> dict[Key, EnergyToTarget]:
        return {
            key: min(
                (self.to_target(candidate, target) for candidate in candidates), key=_preference
            )
            for key, candidates in self.rivals.items()
        }


def _preference(result: EnergyToTarget) -> tuple[float, float, float]:
    if result.everywhere:
        return 0.0, result.energy_j.value, 0.0
    return 1.0, -float(result.reached), result.candidate.last_error
