"""Studies of networks that are no dense stacks on bare arrays: planned, run and named."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from mortalff.cards import load_card
from mortalff.doctor import Check
from mortalff.errors import SpecError
from mortalff.networks.local import LocalFields
from mortalff.networks.network import Network
from mortalff.studies import choices
from mortalff.studies.origin import Origin
from mortalff.studies.perform import Job, perform
from mortalff.studies.plan import PlannedRun, make_plan
from tests.strategies.ruled import install_ruled
from tests.strategies.studies import dedented, study_file

STUDY = dedented("""
    study: structures
    data: {name: digits, train: 400, test: 100}
    hidden: [12]
    epochs: 2
    blocks:
      - name: a
        hardware: [ecram]
        learners: [bp]
""")


def plan(folder: Path, *changes: tuple[str, str]) -> tuple[PlannedRun, ...]:
    text = STUDY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return make_plan(study_file(folder, text)).runs


def done(run: PlannedRun) -> pa.Table:
    origin = Origin("1", None)
    return perform(Job(run.spec, "structures", run.block, run.source, origin, run.hidden))


def final(table: pa.Table, metric: str) -> float:
    last = table.filter((pc.field("metric") == metric) & pc.field("epoch").is_null())
    return float(pc.mean(last["value"]).as_py())


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_ruled(tmp_path / "lab")
    monkeypatch.syspath_prepend(tmp_path / "lab")


# Local layers


def test_a_study_trains_local_layers(tmp_path: Path) -> None:
    fields = "{channels: 8, field: 4, stride: 2}"
    quick = "[{name: bp, settings: {lr: 0.1, batch: 10}}]"
    (run,) = plan(tmp_path, ("[12]", f"[{fields}, 20]"), ("[bp]", quick), ("ecram", "ideal"))
    local = LocalFields(channels=8, field=4, stride=2)
    assert run.spec.sizes == (64, local, 20, 10)
    table = done(run)
    assert set(table["sizes"].to_pylist()) == {"64-4x4/2x8-20-10"}
    assert final(table, "test_error_softmax") < 0.5, "guessing errs in 90 %"


def test_fields_that_do_not_fit_the_images_are_told_at_the_learner(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"study.yaml:8: .*field: got 9; .* a height of 8"):
        plan(tmp_path, ("[12]", "[{channels: 8, field: 9, stride: 1}]"))


# Unknown stages


def test_a_stage_is_of_the_run_and_of_its_numbers(tmp_path: Path) -> None:
    staged = "[ideal, {card: ideal, stage: {strength: 0}}, {card: ideal, stage: {strength: 2}}]"
    quick = "[{name: bp, settings: {lr: 0.1, batch: 10}}]"
    runs = plan(tmp_path, ("[ecram]", staged), ("[bp]", quick))
    assert len({run.run_id for run in runs}) == 3
    tables = [done(run) for run in runs]
    assert [set(table["hardware"].to_pylist()) for table in tables] == [
        {"ideal"},
        {"ideal + unknown stage 0"},
        {"ideal + unknown stage 2"},
    ]
    bare, none, bent = (final(table, "test_error_softmax") for table in tables)
    assert bare == none
    assert bent != bare


# Schemes


@pytest.mark.usefixtures("lab")
def test_a_scheme_is_of_the_run_and_plain_is_none(tmp_path: Path) -> None:
    written = "[ecram, {card: ecram, scheme: plain}, {card: ecram, scheme: renamed}, %s]"
    options = "{card: ecram, scheme: {name: renamed, settings: {part: third}}}"
    runs = plan(tmp_path, ("[ecram]", written % options))
    assert [run.source.name for run in runs] == [
        "ecram",
        "ecram (renamed)",
        "ecram (renamed)",
    ], "the plain scheme is the same run as none"
    assert runs[1].run_id != runs[2].run_id
    networks = [
        Network.stack(run.source.arrays((0,), 0, "digital"), (8, 8, 1), (3,)) for run in runs
    ]
    read = [network.layers[0].hardware.probe().read_weights() for network in networks]
    assert not torch.equal(read[0], read[1])
    assert not torch.equal(read[1], read[2])


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("renmed", r"scheme: .*no such scheme; did you mean 'renamed'\?"),
        ("no_scheme", r"scheme: .*no subclass of mortalff.hardware.scheme.Scheme"),
        ("{name: renamed, settings: {share: 0}}", r"scheme.settings.share: got 0; .*above 0"),
        ("{name: renamed, settings: {shar: 1}}", r"scheme.settings.shar: .*did you mean 'share'"),
    ],
)
def test_a_wrong_scheme_is_told(tmp_path: Path, scheme: str, told: str) -> None:
    with pytest.raises(SpecError, match=r"study.yaml:7: blocks\[0\].hardware\[0\]." + told):
        plan(tmp_path, ("ecram", f"{{card: ecram, scheme: {scheme}}}"))


# Rules

RULED = ("[bp]", "[{name: ruled, from_card: true}]")


@pytest.mark.usefixtures("lab")
def test_a_rule_sets_from_each_card_what_is_not_given(tmp_path: Path) -> None:
    (ideal, ecram) = plan(tmp_path, ("[ecram]", "[ideal, ecram]"), RULED)
    device = load_card("ecram").device
    assert device is not None
    assert ideal.spec.settings["lr"] == 0.5 / 64
    assert ecram.spec.settings["lr"] == 10 * float(device.dw_min)
    assert (ideal.spec.settings["batch"], ecram.spec.settings["batch"]) == (100, 25)
    assert (ideal.source.name, ecram.source.name) == ("ideal", "ecram (renamed)")


@pytest.mark.usefixtures("lab")
def test_what_the_file_gives_goes_before_the_rule(tmp_path: Path) -> None:
    given = "[{name: ruled, from_card: true, settings: {lr: 0.25}}]"
    (run,) = plan(tmp_path, ("ecram", "{card: ecram, scheme: plain}"), ("[bp]", given))
    assert (run.spec.settings["lr"], run.spec.settings["batch"]) == (0.25, 25)
    assert run.source.name == "ecram"


@pytest.mark.usefixtures("lab")
def test_a_run_set_by_a_rule_is_the_run_that_names_its_numbers(tmp_path: Path) -> None:
    (ruled,) = plan(tmp_path, RULED)
    written = {key: ruled.spec.settings[key] for key in ("lr", "batch")}
    (named,) = plan(
        tmp_path,
        ("ecram", "{card: ecram, scheme: {name: renamed, settings: {part: ruled}}}"),
        ("[bp]", f"[{{name: ruled, settings: {written}}}]"),
    )
    assert named.run_id == ruled.run_id
    assert (named.from_card, ruled.from_card) == (False, True)
    assert final(done(ruled), "test_error_softmax") <= 1.0


@pytest.mark.usefixtures("lab")
def test_a_rule_sees_the_card_with_its_condition(tmp_path: Path) -> None:
    changed = (
        'learners: [{name: ruled, from_card: true}]\n    conditions: [{"device.dw_min": 0.02}]'
    )
    (run,) = plan(tmp_path, ("learners: [bp]", changed))
    assert run.spec.settings["lr"] == pytest.approx(0.2)


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            [("[bp]", "[{name: bp, from_card: true}]")],
            r"learners\[0\].from_card: from_card: got 'ecram'; learner 'bp' has no rule",
        ),
        (
            [("ecram", "{aihwkit: EcRamPreset}"), RULED],
            r"from_card: got 'aihwkit:EcRamPreset'; settings come from a card, and this is none",
        ),
        (
            [("[12]", "[13]"), RULED],
            r"settings.lr: got -1.0; learner 'ruled' set this from card 'ecram'",
        ),
        (
            [("[bp]", "[{name: ruled, from_card: true, settings: {lrr: 1}}]")],
            r"learners\[0\].settings.lrr: .*did you mean 'lr'",
        ),
    ],
)
def test_a_rule_that_cannot_be_applied_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: list[tuple[str, str]], told: str
) -> None:
    absent = Check("aihwkit", "missing", "not installed", "run `make aihwkit`")
    monkeypatch.setattr(choices, "check_aihwkit", lambda: absent)
    with pytest.raises(SpecError, match=r"study.yaml:8: .*" + told):
        plan(tmp_path, *changes)


# Networks of a learner's own


@pytest.mark.usefixtures("lab")
def test_a_learner_may_build_a_network_of_its_own(tmp_path: Path) -> None:
    (own,) = plan(tmp_path, ("[12]", "[12, 11]"), ("[bp]", "[narrowing]"))
    (bp,) = plan(tmp_path)
    counts = [
        table.filter(pc.field("metric") == "count").select(["component", "value"])
        for table in (done(own), done(bp))
    ]
    assert own.hidden == (12, 11)
    assert counts[0].equals(counts[1]), "its network is BP's with one hidden layer"
