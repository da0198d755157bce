"""Doing one run: from a specification to its table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from mortalff.data import Dataset, Split, load
from mortalff.errors import DataError, message
from mortalff.hardware.base import PRIVILEGED
from mortalff.learners.base import Learner
from mortalff.networks.shapes import image_shape_of
from mortalff.networks.sizes import Hidden, as_text
from mortalff.studies.chips import ChipSource
from mortalff.studies.layers import layer_rows
from mortalff.studies.measure import Sheet
from mortalff.studies.origin import Origin
from mortalff.studies.registry import find_learner
from mortalff.studies.run_spec import RunData, RunSpec, canonical_json
from mortalff.studies.table import Row, Value, run_table
from mortalff.transfer import TransferResult, measures, transfer
from mortalff.transfer.outputs import outputs


@dataclass(frozen=True)
class Job:
    """A run with what it takes to do it; all of it can be sent to another process.

    Attributes:
        spec: the run.
        study: the study that asks for it.
        block: the block that does.
        source: what the chips are made of.
        origin: which mortalff does it.
        hidden: the hidden layers of its network, which with the learner make the specification's sizes.
        data: the folder with data sets.
    """

    spec: RunSpec
    study: str
    block: str
    source: ChipSource
    origin: Origin
    hidden: Hidden
    data: str | None = None


def perform(job: Job, checkpoint: Path | None = None) -> pa.Table:
    """Do a run.

    Args:
        job: the run.
        checkpoint: a folder that is written after each epoch and, where it exists, resumed from.

    Returns:
        Its measurements, with :data:`mortalff.studies.table.COLUMNS`.

    Raises:
        DataError: the data are not those of the specification.
    """
    data = load_checked(job.spec.data, job.data)
    rows = (
        _train(job, data, checkpoint)
        if job.spec.kind == "train"
        else _transfer(job, data, checkpoint)
    )
    return run_table(list(rows))


def load_checked(wanted: RunData, directory: str | None) -> Dataset:
    """The data of a run.

    Raises:
        DataError: they are missing, damaged, or not the ones that were planned with.
    """
    data = load(wanted.name, directory).take(train=wanted.train, test=wanted.test)
    if data.checksum != wanted.checksum:
        rule = f"the run was planned with data of checksum {wanted.checksum}"
        right = "leave the data as they are while a study runs; run it again"
        raise DataError(message(f"data set {wanted.name!r}", data.checksum, rule, right))
    return data


def _train(job: Job, data: Dataset, checkpoint: Path | None) -> Iterator[Row]:
    spec = job.spec
    learner = _learner(job, spec.chips, data)
    prepared = (
        learner.network.counts
    )  # what it took to get the arrays ready to learn, such as settling them
    _fit(learner, spec, data, checkpoint, validation=data.test)
    sheet = _sheet(job, learner.needs, spec.chips)
    trained = prepared + learner.training_counts
    yield from sheet.history(learner.history, prepared)
    yield from sheet.counts(trained)
    updates = spec.epochs * math.ceil(len(data.train) / learner.settings.batch)
    divisors = {
        "energy_training_j": 1.0,
        "energy_per_update_j": float(updates),
        "energy_per_example_j": float(spec.epochs * len(data.train)),
    }
    yield from sheet.energy(divisors, trained, job.source.prices)
    for readout in learner.readouts:
        before = learner.network.counts
        yield from sheet.rows(f"test_error_{readout}", learner.error(data.test, readout).tolist())
        spent = learner.network.counts - before
        divisors = {f"energy_inference_{readout}_j": float(len(data.test))}
        priced = sheet.energy(divisors, spent, job.source.prices)
        yield from (row for row in priced if row["component"] is None)  # in all
    yield from layer_rows(learner, data.test, job.source, sheet)


def _transfer(job: Job, data: Dataset, checkpoint: Path | None) -> Iterator[Row]:
    spec, lesson = job.spec, job.spec.lesson
    teacher = _learner(job, spec.chips, data)
    _fit(teacher, spec, data, checkpoint)
    trained = teacher.network.state_dict(), teacher.own_state()
    images = data.train.take(lesson.images)
    # Once for all methods: no two reads of an analog chip are alike, and each method has the same teacher.
    said = outputs(teacher, data.test.images).cpu()
    sheets: dict[str, Sheet] = {}
    agreement: dict[str, list[float]] = {}
    for method in lesson.methods:
        # Back to where training ended, so that no method depends on those before it.
        teacher.network.load_state_dict(trained[0])
        teacher.load_own_state(trained[1])
        student = _learner(job, lesson.students, data)
        folder = None if checkpoint is None else checkpoint / method
        result = transfer(
            teacher, student, method, images, lesson.epochs, checkpoint=folder, progress=False
        )
        sheets[method] = _transfer_sheet(job, result)
        heard = outputs(student, data.test.images).cpu()
        compared = measures(said, heard, data.test.labels.cpu())
        measured = {name: values.tolist() for name, values in compared.items()}
        agreement[method] = measured["agreement"]
        yield from _compared(sheets[method], measured)
        counts = result.teacher_counts + result.student_counts
        yield from sheets[method].counts(counts)
        yield from sheets[method].energy({"energy_transfer_j": 1.0}, counts, job.source.prices)
    if "relearn" in agreement:  # students that had no teacher
        for sheet in sheets.values():
            yield from sheet.rows("agreement_baseline", agreement["relearn"])


def _compared(sheet: Sheet, measured: Mapping[str, list[float]]) -> Iterator[Row]:
    for who in ("teacher", "student"):
        yield from sheet.rows(
            f"{who}_error", [1.0 - right for right in measured[f"accuracy_{who}"]]
        )
    for name in ("accuracy_kept", "agreement", "same_wrong"):
        yield from sheet.rows(name, measured[name])
    yield from sheet.rows("kl_divergence", measured["kl_divergence"], "nat")


def _learner(job: Job, chips: tuple[int, ...], data: Dataset) -> Learner:
    """The run's learner on new chips."""
    spec, kind = job.spec, find_learner(job.spec.learner).kind
    settings = kind.settings_type.model_validate(spec.settings)
    arrays = job.source.arrays(chips, spec.seed, spec.activities)
    shape = image_shape_of(data.image_shape, data.n_features)
    network = kind.build(arrays, shape, job.hidden, data.n_classes, settings)
    return kind(network, settings)


def _fit(
    learner: Learner,
    spec: RunSpec,
    data: Dataset,
    checkpoint: Path | None,
    validation: Split | None = None,
) -> None:
    folder = None if checkpoint is None else checkpoint / "training"
    learner.fit(
        data.train,
        spec.epochs,
        validation=validation,
        evaluations_per_epoch=spec.evaluations_per_epoch,
        checkpoint=folder,
        progress=False,
    )


def _sheet(job: Job, needs: frozenset[str], chips: tuple[int, ...]) -> Sheet:
    spec = job.spec
    common: dict[str, Value] = {
        "study": job.study,
        "block": job.block,
        "run_id": spec.run_id,
        "kind": spec.kind,
        "hardware": job.source.name,
        "card_hash": spec.card_hash,
        "condition": canonical_json(spec.condition),
        "learner": spec.learner,
        "settings": canonical_json(spec.settings),
        "needs": ",".join(sorted(needs)),
        "privileged": bool(needs & PRIVILEGED),
        "reproducible": job.source.reproducible,
        "activities": spec.activities,
        "sizes": as_text(spec.sizes),
        "method": "",
        "seed": spec.seed,
        "data": spec.data.name,
        "data_checksum": spec.data.checksum,
        "version": job.origin.version,
        "git_commit": job.origin.git_commit,
    }
    return Sheet(common, chips)


def _transfer_sheet(job: Job, result: TransferResult) -> Sheet:
    needs = result.needs_teacher | result.needs_student
    sheet = _sheet(job, needs, job.spec.lesson.students)
    return replace(sheet, common={**sheet.common, "method": result.method}, teachers=job.spec.chips)
