"""Chips that diverged and layers that did not learn, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from mortalff.report.groups import Group
from mortalff.studies.layers import PREFIX, read_diagnosis


def layers_that_do_not_learn(groups: Sequence[Group]) -> Iterator[str]:
    """A sentence for each layer of a setup that FF trained in vain; floors were not to learn."""
    for group in groups:
        if group.is_floor:
            continue
        lost = [trial for trial in group.trials if any(v for _, v in trial.curve("diverged"))]
        if lost:
            yield (
                f"{group.label}: {len(lost)} of {len(group.trials)} chips diverged: their numbers were not finite "
                "any more, and their errors are those of guessing."
            )
        measured: dict[tuple[str, str], list[float]] = {}
        for trial in group.trials:
            for key, found in trial.finals.items():
                if key[0].startswith(PREFIX):
                    measured.setdefault(key, []).append(found.value)
        diagnosis = read_diagnosis(measured, json.loads(group.setup.spec).get("settings", {}))
        for problem in diagnosis.problems() if diagnosis else ():
            yield f"{group.label}: {problem}."
