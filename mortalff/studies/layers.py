"""How each layer of a trained network does, as rows of the table, and what they say of layers that did not learn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import torch

from mortalff.data import Split
from mortalff.learners.base import Learner
from mortalff.learners.diagnosis import Diagnosis, diagnose
from mortalff.learners.ff import FF
from mortalff.studies.chips import ChipSource
from mortalff.studies.measure import Sheet
from mortalff.studies.table import Row

PREFIX = "layer_"
_EXAMPLES = 500


def layer_rows(learner: Learner, test: Split, source: ChipSource, sheet: Sheet) -> Iterator[Row]:
    """Rows of metrics ``layer_*``, one for each layer (``component``) and chip; none for learners other than FF.

    Devices at a bound are counted where weights can be read out, which is a privilege of simulations.
    """
    if not isinstance(learner, FF):
        return
    readable = all(
        "read_weights" in layer.hardware.capabilities for layer in learner.network.layers
    )
    card = source.prices if readable else None
    found = diagnose(learner, test.take(min(len(test), _EXAMPLES)), card=card)
    for number, values in enumerate(found.layers):
        for name, each in values.items():
            yield from sheet.rows(f"{PREFIX}{name}", each.tolist(), component=f"layer{number + 1}")


def read_diagnosis(
    measured: Mapping[tuple[str, str], Sequence[float]], settings: Mapping[str, object]
) -> Diagnosis | None:
    """The diagnosis that rows were made of.

    Args:
        measured: (metric, component) → values, one a chip.
        settings: the learner's.

    Returns:
        None where no layer was looked at.
    """
    layers: dict[str, dict[str, torch.Tensor]] = {}
    for (metric, component), values in measured.items():
        if metric.startswith(PREFIX):
            name = metric.removeprefix(PREFIX)
            layers.setdefault(component, {})[name] = torch.tensor(values, dtype=torch.float64)
    if not layers:
        return None
    in_order = sorted(layers, key=lambda name: int(name.removeprefix("layer")))
    logistic = settings.get("loss", "logistic") == "logistic"
    return Diagnosis(tuple(layers[name] for name in in_order), logistic)


def silent_layers(table: pa.Table) -> list[str]:
    """A sentence for each layer that did not learn; floors, which were not to learn, are left out."""
    runs: dict[tuple[str, ...], dict[tuple[str, str], list[float]]] = {}
    wanted = pc.starts_with(table["metric"], PREFIX)
    columns = (
        "block",
        "hardware",
        "condition",
        "learner",
        "settings",
        "metric",
        "component",
        "value",
    )
    for row in table.filter(wanted).select(columns).to_pylist():
        of = (row["block"], row["hardware"], row["condition"], row["learner"], row["settings"])
        runs.setdefault(of, {}).setdefault((row["metric"], row["component"]), []).append(
            row["value"]
        )
    found = []
    for (block, hardware, condition, _, text), measured in runs.items():
        settings = json.loads(text)
        diagnosis = None
        if settings.get("layers") != "frozen":
            diagnosis = read_diagnosis(measured, settings)
        where = f"{block}, {hardware}" + ("" if condition == "{}" else f", {condition}")
        found += [f"{where}: {problem}" for problem in diagnosis.problems()] if diagnosis else []
    return found


def diverged_chips(table: pa.Table) -> list[str]:
    """A sentence for each run with chips whose numbers ceased to be finite."""
    last: dict[tuple[str, ...], dict[int, float]] = {}
    for row in table.filter(pc.equal(table["metric"], "diverged")).to_pylist():
        of = (row["run_id"], row["block"], row["hardware"], row["condition"], row["learner"])
        last.setdefault(of, {})[row["chip_id"]] = row["value"]
    found = []
    for (_, block, hardware, condition, learner), chips in last.items():
        where = f"{block}, {hardware}" + ("" if condition == "{}" else f", {condition}")
        lost = ", ".join(str(chip) for chip, value in sorted(chips.items()) if value)
        found.append(
            f"{where}, {learner}: chip {lost} of {len(chips)} diverged, its numbers not finite any more: lower the rate"
        )
    return found
