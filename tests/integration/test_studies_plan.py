"""Plans: every combination once, in order, and all that is named looked up before anything runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mortalff.cards import card_hash, load_card
from mortalff.cards.search import built_in
from mortalff.doctor import Check
from mortalff.errors import DataError, SpecError
from mortalff.networks.network import Network
from mortalff.studies import choices
from mortalff.studies.plan import Plan, make_plan
from tests.strategies.studies import SMALL, dedented, study_file


def plan(folder: Path, text: str, data: Path | None = None) -> Plan:
    return make_plan(study_file(folder, text), data)


def test_a_plan_is_the_product_in_the_files_order(tmp_path: Path) -> None:
    runs = plan(tmp_path, SMALL).runs
    found = [(r.block, r.source.name, r.spec.learner, r.spec.seed, r.spec.chips) for r in runs]
    assert found == [
        ("in_situ", "gokmen_vlasov", "ff", 0, (0, 1)),
        ("in_situ", "ecram", "ff", 0, (0, 1)),
        ("reference", "ideal", "bp", 0, (0,)),
        ("reference", "ideal", "bp", 1, (0,)),
        ("mortality", "gokmen_vlasov", "ff", 0, (0, 2)),
    ]
    assert [run.spec.sizes for run in runs] == [(64, 12, 12)] * 2 + [(64, 12, 12, 10)] * 2 + [
        (64, 12, 12)
    ]
    lesson = runs[-1].spec.lesson
    assert (lesson.students, lesson.methods) == ((1, 3), ("copy", "distil", "relearn"))
    assert (lesson.images, lesson.epochs) == (100, 2)
    assert runs[0].spec.settings["batch"] == 20
    assert runs[0].spec.settings["negatives"] == "hard", "defaults are part of the specification"


def test_a_condition_changes_the_card_and_the_run(tmp_path: Path) -> None:
    text = dedented("""
        study: noise
        data: {name: digits, train: 50, test: 20}
        hidden: [8]
        epochs: 1
        blocks:
          - name: a
            hardware: [ecram]
            learners: [ff]
            conditions: [{}, {"variability.dw_min_std": 1}, {"variability.dw_min_std": 1.0}]
    """)
    runs = plan(tmp_path, text).runs
    assert len(runs) == 2, "1 and 1.0 are one condition"
    changed = load_card("ecram").replace(**{"variability.dw_min_std": 1.0})
    assert [run.spec.card_hash for run in runs] == [
        card_hash(load_card("ecram")),
        card_hash(changed),
    ]


def test_the_run_is_the_same_wherever_it_is_named(tmp_path: Path) -> None:
    """Names of study and block, comments and order of keys are not what a run is."""
    first = plan(tmp_path, SMALL)
    text = SMALL.replace("study: small", "# again\nstudy: other").replace("in_situ", "renamed")
    text = text.replace("{lr: 0.03, batch: 20,", "{batch: 20, lr: 3e-2,")
    second = plan(tmp_path, text)
    assert [run.run_id for run in second.runs] == [run.run_id for run in first.runs]
    assert second.runs[0].block == "renamed"


def test_a_card_beside_the_study_file_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "cards" / "ecram"
    shutil.copytree(Path(str(built_in())) / "ecram", home)
    monkeypatch.chdir("/")
    runs = plan(tmp_path, SMALL.replace("ecram]", "./cards/ecram]")).runs
    assert runs[1].spec.hardware == {"card": "ecram"}
    assert runs[1].run_id == plan(tmp_path, SMALL).runs[1].run_id


WRONG = [
    ("ecram]", "ecrm]", "7: blocks[0].hardware[1]", "did you mean 'ecram'"),
    ("ecram]", "./gone.toml]", "7: blocks[0].hardware[1]", "there is no such file"),
    ("name: ff,", "name: fff,", "9: blocks[0].learners[0].name", "did you mean 'ff'?"),
    ("[bp]", "[bpp]", "13: blocks[1].learners[0]", "did you mean 'bp'?"),
    ("lr: 0.03", "lrr: 0.03", "9: blocks[0].learners[0].settings.lrr", "did you mean 'lr'?"),
    ("lr: 0.03", "lr: fast", "9: blocks[0].learners[0].settings.lr", "it must be a number"),
    ("lr: 0.03", "lr: -1", "9: blocks[0].learners[0].settings.lr", "above 0"),
    ("lr: 0.03", "negatives: hrd", "9: blocks[0].learners[0].settings.negatives", "'hard'"),
    ("lr: 0.03", "smoothing: 0.9", "9: blocks[0].learners[0]", "'digital_update'"),
    ("name: digits", "name: digitz", "2: data.name", "did you mean 'digits'?"),
    ("train: 200", "train: 2000", "2: data.train", "1400 images"),
    ("test: 100", "test: 398", "2: data.test", "397 images"),
    ("copy, distil", "copi, distil", "19: transfers[0].methods[0]", "did you mean 'copy'?"),
    ("images: 100", "images: 201", "20: transfers[0].transfer_images", "200 training images"),
]


@pytest.mark.parametrize(("old", "new", "place", "told"), WRONG, ids=[w[1] for w in WRONG])
def test_what_does_not_exist_is_told_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, place: str, told: str
) -> None:
    assert old in SMALL
    with pytest.raises(SpecError) as caught:
        plan(tmp_path, SMALL.replace(old, new, 1))
    lines = [x for x in str(caught.value).splitlines() if f"study.yaml:{place}" in x]
    assert lines
    assert told in lines[0]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('{"variability.dw_min_std": -1}', "must be at least 0"),
        ('{"variability.dw_min_sdt": 1}', "did you mean 'variability.dw_min_std'"),
        ('{"device.w_max": {value: 1, unit: V, source: mine}}', "'V'"),
    ],
)
def test_a_wrong_condition_is_told_with_its_key(tmp_path: Path, condition: str, told: str) -> None:
    text = SMALL.replace("    chips: 2\n", f"    chips: 2\n    conditions: [{condition}]\n", 1)
    with pytest.raises(SpecError) as caught:
        plan(tmp_path, text)
    key = condition.split('"')[1]
    assert f'study.yaml:11: blocks[0].conditions[0]."{key}"' in str(caught.value)
    assert told in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("ecram]", "ecrm]").replace("[bp]", "[bpp]").replace("copy", "copi")
    with pytest.raises(SpecError) as caught:
        plan(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 3


def test_copying_is_refused_where_hardware_cannot_be_programmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mortalff.hardware.crossbar import Crossbar

    blind = frozenset({"forward", "pulse"})
    monkeypatch.setattr(Crossbar, "capabilities", property(lambda self: blind))
    with pytest.raises(SpecError) as caught:
        plan(tmp_path, SMALL)
    text = str(caught.value)
    assert "study.yaml:19: transfers[0].methods[0]: on hardware 'gokmen_vlasov'" in text
    assert "'program'" in text
    assert "methods[1]" not in text, "distilling needs no more than forward passes and pulses"


def test_data_that_are_not_there_are_told(tmp_path: Path) -> None:
    text = SMALL.replace("{name: digits, train: 200, test: 100}", "{name: mnist}")
    with pytest.raises(DataError, match="missing: mnist needs this file"):
        plan(tmp_path, text, tmp_path)


def test_a_way_of_pulsing_is_of_the_run(tmp_path: Path) -> None:
    """It is in the run's name and the hardware's; ``auto`` leaves both as they were without it."""
    hardware = "hardware: [gokmen_vlasov, ecram]"
    assert hardware in SMALL
    named = {}
    for mode in ("auto", "fast", "exact"):
        choice = f"hardware: [{{card: gokmen_vlasov, pulse_mode: {mode}}}, ecram]"
        run = plan(tmp_path, SMALL.replace(hardware, choice, 1)).runs[0]
        named[run.run_id] = run.source.name
        network = Network.stack(run.source.arrays((0,), 0, "digital"), (2, 2, 1), (3,))
        assert getattr(next(iter(network.hardware)), "_mode") == mode  # noqa: B009  (Hardware has none)
    assert list(named.values()) == [
        "gokmen_vlasov",
        "gokmen_vlasov (fast pulses)",
        "gokmen_vlasov (exact pulses)",
    ]
    assert plan(tmp_path, SMALL).runs[0].run_id == next(iter(named))


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("{card: ecram, pulse_mode: exakt}", r"pulse_mode: got 'exakt'"),
        ("{card: ideal, pulse_mode: exact}", r"pulse_mode: got 'exact'; .*digital weights"),
        ("{aihwkit: IdealizedPreset, pulse_mode: exact}", r"pulse_mode: got 'exact'; .*tile"),
    ],
)
def test_a_wrong_way_of_pulsing_is_told(tmp_path: Path, choice: str, told: str) -> None:
    hardware = "hardware: [gokmen_vlasov, ecram]"
    text = SMALL.replace(hardware, f"hardware: [{choice}]", 1)
    with pytest.raises(SpecError, match=told):
        plan(tmp_path, text)


AIHWKIT = dedented("""
    study: tiles
    data: {name: digits, train: 50, test: 20}
    hidden: [8]
    epochs: 1
    blocks:
      - name: a
        hardware: [{aihwkit: GokmenVlasovPreset, w_init_std: 0.3, priced_as: gokmen_vlasov}]
        learners: [ff]
""")


def without_aihwkit(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = Check("aihwkit", "missing", "not installed", "run `make aihwkit`")
    monkeypatch.setattr(choices, "check_aihwkit", lambda: absent)


def test_without_aihwkit_its_runs_are_skipped_and_keep_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_aihwkit(monkeypatch)
    (run,) = plan(tmp_path, AIHWKIT).runs
    assert run.skipped == "aihwkit: not installed; run `make aihwkit`"
    assert run.source.name == "aihwkit:GokmenVlasovPreset"
    monkeypatch.undo()
    assert plan(tmp_path, AIHWKIT).runs[0].run_id == run.run_id


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "    learners",
            "    conditions: [{a: 1}]\n    learners",
            r"8: .*conditions\[0\]: .*no(ne|t)",
        ),
        (
            "priced_as: gokmen_vlasov",
            "priced_as: gokmen",
            r"7: .*hardware\[0\].priced_as: .*gokmen_v",
        ),
    ],
)
def test_what_is_wrong_with_a_tile_is_told_without_aihwkit_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    without_aihwkit(monkeypatch)
    with pytest.raises(SpecError, match=told):
        plan(tmp_path, AIHWKIT.replace(old, new, 1))


@pytest.fixture
def aihwkit() -> None:
    if (why := choices.check_aihwkit()).status != "ok":
        pytest.skip(f"aihwkit: {why.detail}")


@pytest.mark.usefixtures("aihwkit")
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("GokmenVlasovPreset", "GokmenPreset", r"7: .*hardware\[0\].aihwkit: .*GokmenVlasovPreset"),
        (
            "epochs: 1",
            "epochs: 1\nactivities: analog",
            r"9: .*: activities: got 'analog'; an aihwkit",
        ),
        (
            "[ff]",
            "[{name: ff, settings: {smoothing: 0.9}}]",
            r"8: .*learners\[0\]: .*'digital_update'",
        ),
    ],
)
def test_what_a_tile_cannot_do_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        plan(tmp_path, AIHWKIT.replace(old, new, 1))
