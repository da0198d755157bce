"""The tidy table of results: one row a measurement.

A row gives one number (``value``, in ``unit``) of one chip, with all that says which chip it was and how it was made.

Metrics of a training run (``kind`` "train"):

* by epoch: ``error_training``, ``goodness_positive_layerK``, ``goodness_negative_layerK``,
  ``device_pulses`` (expected, so far), ``diverged`` (1 for a chip whose numbers ceased to be finite; rows
  only where there is one), and ``error_softmax``, ``error_energy`` on the test images;
* ``count_so_far``, by epoch: how often training had done the action in ``component`` at its end; epoch 0 is what was
  done before the first, such as settling arrays;
* of a study with several ``evaluations_per_epoch``, errors on the test images, ``device_pulses`` and ``count_so_far``
  after each part of an epoch, too;
* ``test_error_softmax``, ``test_error_energy`` after training, one for each read-out of the learner;
* ``count``: how often training did the action in ``component``; tests are left out;
* ``energy_training_j``: what training cost, by component of the chip, and in all where
  ``component`` is null;
* ``energy_per_update_j``: the same for each update (one batch), averaged over training;
* ``energy_per_example_j``: the same for each example presented (FF: a positive-negative pair),
  averaged over training;
* ``energy_inference_softmax_j``, ``energy_inference_energy_j``: what classifying one image costs
  with a read-out;
* ``layer_separation``, ``layer_error``, ``layer_midpoint``, ``layer_dead``, ``layer_effective_bits``,
  ``layer_saturated``, ``layer_pulses``: how each layer (``component``) of FF did, see
  :mod:`mortalff.learners.diagnosis`;
* ``unpriced``: how often an action (``component``) happened in training that has no price. Energies
  that would need the price are left out, the total included.

Metrics of a transfer (``kind`` "transfer"), which teaches the function of ``teacher_chip_id`` to
``chip_id`` by ``method``: ``teacher_error``, ``student_error``, ``accuracy_kept``, ``agreement``,
``same_wrong``, ``kl_divergence`` (see :mod:`mortalff.transfer.metrics`), ``agreement_baseline`` (the
agreement of students that relearned), and ``count``, ``energy_transfer_j``, ``unpriced`` of both chips
for the transfer alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import pyarrow as pa

Value = str | int | float | bool | None
Row = Mapping[str, Value]

_TEXT, _FLAG, _WHOLE, _NUMBER = pa.string(), pa.bool_(), pa.int64(), pa.float64()

COLUMNS: Final = pa.schema(
    [
        pa.field("study", _TEXT, nullable=False),
        pa.field("block", _TEXT, nullable=False),
        pa.field("run_id", _TEXT, nullable=False),
        pa.field("kind", _TEXT, nullable=False),
        pa.field("hardware", _TEXT, nullable=False),
        pa.field("card_hash", _TEXT, nullable=False),
        pa.field("condition", _TEXT, nullable=False),
        pa.field("learner", _TEXT, nullable=False),
        pa.field("settings", _TEXT, nullable=False),
        pa.field("needs", _TEXT, nullable=False),
        pa.field("privileged", _FLAG, nullable=False),
        pa.field("reproducible", _FLAG, nullable=False),
        pa.field("activities", _TEXT, nullable=False),
        pa.field("sizes", _TEXT, nullable=False),
        pa.field("method", _TEXT, nullable=False),
        pa.field("chip_id", _WHOLE, nullable=False),
        pa.field("teacher_chip_id", _WHOLE),
        pa.field("seed", _WHOLE, nullable=False),
        pa.field("data", _TEXT, nullable=False),
        pa.field("data_checksum", _TEXT, nullable=False),
        pa.field("epoch", _NUMBER),
        pa.field("metric", _TEXT, nullable=False),
        pa.field("component", _TEXT),
        pa.field("value", _NUMBER, nullable=False),
        pa.field("low", _NUMBER),
        pa.field("high", _NUMBER),
        pa.field("unit", _TEXT, nullable=False),
        pa.field("version", _TEXT, nullable=False),
        pa.field("git_commit", _TEXT),
    ]
)
"""The columns of a run's file.

=================  =================================================================================
study, block       who asked for the run: in a file, whoever did first
run_id             hash of all that decides the run's numbers
kind               "train" or "transfer"
hardware           the card's name, or "aihwkit:" and the preset's name
card_hash          of the card with its condition; of preset and options for aihwkit
condition          what was changed on the card: JSON, dotted key → value; "{}" for nothing
learner, settings  its name; all its settings as JSON, defaults included
needs              capabilities of hardware that were used, sorted, joined by commas
privileged         whether one of them takes more than inputs, outputs and pulses
reproducible       whether the hardware gives the same numbers again; aihwkit's does not
activities         "digital" or "analog"
sizes              widths from the input up, such as "64-100-100"
method             of a transfer; "" for training
chip_id            the chip measured: of a transfer, the student
teacher_chip_id    of a transfer
seed               root seed: chips, data order, noise
data               name of the data set
data_checksum      SHA-256 of the images and labels used
epoch              epochs done, where the metric is taken as training goes on: 2.25 after a quarter of the third
metric, component  what the number is, and of which part
value, low, high   the number and its band; no band where there is none
unit               "1", "J", "nat"
version            of mortalff, when the run was made
git_commit         of mortalff's checkout, "+dirty" where it had changes; null where there is none
=================  =================================================================================
"""

WHOLE_EPOCHS: Final = COLUMNS.set(COLUMNS.get_field_index("epoch"), pa.field("epoch", _WHOLE))
"""The columns of runs made when there was nothing between epochs; equal but for the kind of ``epoch``."""

STUDY_COLUMNS: Final = COLUMNS.insert(
    COLUMNS.get_field_index("settings") + 1, pa.field("from_card", _FLAG)
)
"""The columns of a study's table: those of its runs, and one that is the study's and no run's.

=================  =================================================================================
from_card          whether the learner's rule set from the card what the study file left to it; null
                   where the study was last run by a mortalff that did not note it
=================  =================================================================================

A run is named by what it does. Whoever writes a rule's settings out asks for the same run, and not for the rule.
"""


def run_table(rows: Sequence[Row]) -> pa.Table:
    """A run's rows as a table.

    Args:
        rows: a mapping with the columns of :data:`COLUMNS` each; a missing one is null.

    Raises:
        ValueError: a column that may not be null is.
    """
    columns = {name: [row.get(name) for row in rows] for name in COLUMNS.names}
    for field in COLUMNS:
        if not field.nullable and None in columns[field.name]:
            raise ValueError(
                f"column {field.name!r} is null in row {columns[field.name].index(None)}"
            )
    return pa.Table.from_pydict(columns, schema=COLUMNS)


def study_table(study: str, parts: Iterable[tuple[str, bool | None, pa.Table]]) -> pa.Table:
    """The tables of a study's runs, one below the other, with :data:`STUDY_COLUMNS`.

    Args:
        study: the study's name.
        parts: the block that a run is of now, whether it is ``from_card``, and its table, in the order wanted.
    """
    at = STUDY_COLUMNS.get_field_index("from_card")
    tables = []
    for block, from_card, table in parts:
        names = {"study": pa.repeat(study, len(table)), "block": pa.repeat(block, len(table))}
        for name, column in names.items():
            index = COLUMNS.get_field_index(name)
            table = table.set_column(index, COLUMNS.field(index), column)
        ruled = pa.repeat(pa.scalar(from_card, _FLAG), len(table))
        table = table.add_column(at, STUDY_COLUMNS.field(at), ruled)
        tables.append(table.replace_schema_metadata(None))
    return pa.concat_tables([STUDY_COLUMNS.empty_table(), *tables])
