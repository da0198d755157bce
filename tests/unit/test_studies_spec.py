"""What a study file may say: shorthands, defaults, and every rule told with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from mortalff.errors import SpecError
from mortalff.studies.spec import Study, common, numbered_pairs
from mortalff.studies.study_file import read_study, shipped_studies
from tests.strategies.studies import dedented, study_file, write

BASE = dedented("""
    study: mine
    data: {name: digits}
    hidden: [10]
    epochs: 2
    blocks:
      - name: a
        hardware: [ecram, {aihwkit: SomePreset, w_init_std: 0.3}]
        learners: [ff, {name: bp, settings: {lr: 1e-3}}]
        conditions: [{}, {"variability.dw_min_std": 1}]
    transfers:
      - name: t
        hardware: [ecram]
        learner: ff
        methods: [copy]
        chips: 2
""")


def test_shorthands_stand_for_what_they_shorten(tmp_path: Path) -> None:
    study = study_file(tmp_path, BASE).study
    block, transfer = study.blocks[0], study.transfers[0]
    assert [choice.card for choice in block.hardware] == ["ecram", None]
    assert block.hardware[1].w_init_std == 0.3
    assert [learner.name for learner in block.learners] == ["ff", "bp"]
    assert block.learners[1].settings == {"lr": 0.001}
    assert transfer.learner.name == "ff"
    assert transfer.chips == ((0, 1), (2, 3)) == numbered_pairs(2)
    assert study.chips == (0,)
    assert study.seeds == (0,)


def test_a_block_speaks_before_the_study(tmp_path: Path) -> None:
    text = BASE.replace(
        "    chips: 2\n", "    chips: [[5, 3]]\n    epochs: 7\n    hidden: [3, 3]\n"
    )
    text = text.replace("epochs: 2\n", "epochs: 2\nchips: [4, 2]\nactivities: analog\n")
    study = study_file(tmp_path, text).study
    assert common(study, study.blocks[0]).epochs == 2
    shared = common(study, study.transfers[0])
    assert (shared.epochs, shared.hidden, shared.activities) == (7, (3, 3), "analog")
    assert study.transfers[0].chips == ((5, 3),)
    assert study.chips == (4, 2)


WRONG = [
    ("hidden", "hiden", "3: hiden: got [10]; there is no such key; did you mean 'hidden'?"),
    ("hidden: [10]\n", "", "1: hidden: the key is missing; widths of the hidden layers"),
    ("epochs: 2", "epochs: 2.5", "4: epochs: got 2.5; .* must be a whole number"),
    ("epochs: 2", "epochs: '2'", "4: epochs: got '2'; .* without quotes"),
    ("epochs: 2", "epochs: 0", "4: epochs: got 0; .*: at least 1"),
    ("epochs: 2", "epochs: yes", "4: epochs: got 'yes'; .* must be a whole number"),
    ("epochs: 2", "epochs: true", "4: epochs: got True; .* must be a whole number"),
    ("[10]", "10", "3: hidden: got 10; .*: a list; write it in [brackets]"),
    ("[10]", "[]", "3: hidden: got []; .*: a list of at least one"),
    ("[10]", "[10, 0]", "3: hidden[1]: got 0; .*: at least 1"),
    ("[10]", "[10, .nan]", "3: hidden[1]: got nan"),
    ("name: a", "nam: a", "6: blocks[0].nam: got 'a'; .*did you mean 'name'?"),
    ("learners:", "learner:", "8: blocks[0].learner: .*did you mean 'learners'?"),
    ("aihwkit:", "aihwkt:", "7: blocks[0].hardware[1].aihwkt: .*did you mean 'aihwkit'?"),
    ("aihwkit: SomePreset", "card: ideal", "7: blocks[0].hardware[1].w_init_std: got 0.3; .*aihwkit"),
    ("aihwkit: SomePreset, ", "", "7: blocks[0].hardware[1]: .*either a card or an aihwkit preset"),
    ("w_init_std: 0.3", "w_init_std: -1", "7: blocks[0].hardware[1].w_init_std: got -1; .*above 0"),
    ("w_init_std: 0.3", "w_init_std: .inf", "7: blocks[0].hardware[1].w_init_std: got inf"),
    ("[ecram, ", "[3, ", "7: blocks[0].hardware[0]: got 3"),
    ("{lr: 1e-3}", "[]", "8: blocks[0].learners[1].settings: got []; .*keys and values"),
    ("name: t", "name: a", "11: transfers[0].name: got 'a'; another block or transfer"),
    ("chips: 2", "chips: [[1, 1]]", "15: transfers[0].chips[0]: got [1, 1]; a chip cannot teach itself"),
    ("chips: 2", "chips: [[1, 2], [1, 3]]", "15: transfers[0].chips[1][0]: got 1; .*teaches once"),
    ("chips: 2", "chips: 0", "15: transfers[0].chips: got 0; there is at least one chip"),
    ("study: mine", "study: a/b", "1: study: got 'a/b'"),
    ("name: digits", "name: digits, train: 0", "2: data.train: got 0; .*at least 1"),
    ("epochs: 2", "epochs: 2\nactivities: digtal", "5: activities: got 'digtal'; .*'digital'?"),
    ("epochs: 2", "epochs: 2\nseeds: [3, 4, 3]", "5: seeds[2]: got 3; it is listed twice"),
    ("epochs: 2", "epochs: 2\nseeds: 3", "5: seeds: got 3; root seeds: a list"),
    ("epochs: 2", "epochs: 2\nchips: [0, -1]", "5: chips[1]: got -1; .*at least 0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "told"), WRONG, ids=[new or "missing" for _, new, _ in WRONG]
)
def test_each_rule_is_told_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in BASE
    path = write(tmp_path, BASE.replace(old, new, 1))
    with pytest.raises(SpecError) as caught:
        read_study(path)
    place, *rest = told.split(".*")
    assert f"{path}:{place}" in str(caught.value)
    line = next(x for x in str(caught.value).splitlines() if f"{path}:{place}" in x)
    assert all(part in line for part in rest)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, BASE.replace("epochs: 2", "epochs: -2").replace("[copy]", "[]"))
    with pytest.raises(SpecError) as caught:
        read_study(path)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[1] for line in lines] == ["epochs", "transfers[0].methods"]


def test_a_study_asks_for_something(tmp_path: Path) -> None:
    text = BASE[: BASE.index("blocks:")]
    with pytest.raises(SpecError, match="at least one block or transfer"):
        study_file(tmp_path, text)


def test_a_study_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, BASE, "mine.yaml")
    with pytest.raises(SpecError, match=r"no such file; did you mean 'mine.yaml'\?"):
        read_study(tmp_path / "mien.yaml")
    with pytest.raises(SpecError, match=r"no study of that name .*; did you mean 'demo'\?"):
        read_study("dmeo")
    with pytest.raises(SpecError, match="it is a folder"):
        read_study(tmp_path)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"study: a\ntitle: caf\xe9\n")
    with pytest.raises(SpecError, match=r"latin.yaml:2: not text in UTF-8"):
        read_study(path)


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_the_studies_that_come_along_are_valid(name: str) -> None:
    assert isinstance(read_study(name).study, Study)


def test_a_file_of_that_name_comes_before_a_study_that_comes_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, BASE, "demo")
    assert read_study("demo").study.study == "mine"
